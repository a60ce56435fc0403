# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run will need, from the headers of its clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..jobs.budget import Budget
from ..jobs.estimate import Estimate, Spread, estimate, expected_blocks
from ..neighborhood.search.nearest import peak_bytes
from ..tiles.lattice import Lattice
from . import cellsums, classmap
from .holes import CELL_BYTES
from .rays import ray_bytes
from .unit import PART
from .validation import support_bytes

if TYPE_CHECKING:
    from ..clouds.collection import Collection

READ_BYTES = 30 << 20
"""Of chunks that are decoded, and of the sample for the bias."""
SCRATCH = 60
"""Bytes on disk for each cell of the cloud: class map, mean, synthetic point."""


def expect_sites(
    collection: Collection, lattice: Lattice, min_neighbors: int, budget: Budget, threads: int
) -> Estimate:
    """Of a run over the sites of these clouds.  Raises MemoryLimitError where a unit cannot fit."""
    spreads = [
        Spread((s.bounds[0], s.bounds[1], s.bounds[3], s.bounds[4]), float(s.points)) for s in collection.sources
    ]
    blocks = expected_blocks(spreads, float(lattice.cell), per_cell=1.0)
    judged = PART * (support_bytes(min_neighbors) + 4 * 64) + ray_bytes()
    tiles = min(len(blocks), cellsums.resident_tiles(budget))
    held = tiles * cellsums.TILE_BYTES + min(len(blocks), classmap.TILES) * classmap.SIDE**2
    return estimate(
        collection.points,
        blocks,
        budget,
        threads,
        unit=lambda points, cells: cells * CELL_BYTES + peak_bytes(points, cells) + min(judged, cells * 4096),
        building=READ_BYTES + held,
        scratch=sum(block.cells for block in blocks) * SCRATCH,
    )
