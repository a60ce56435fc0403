# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run will need, from the headers of its clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clouds import taste
from ..jobs.budget import Budget
from ..jobs.estimate import Block, Estimate, all_blocks, all_cells, all_points, estimate, expected_blocks
from ..neighborhood.search.nearest import peak_bytes
from ..tiles.lattice import Lattice
from . import cellsums, classmap
from .ground_sample import SAMPLE
from .holes import CELL_BYTES
from .rays import ray_bytes
from .tile_points import SIDE
from .unit import PART, POINT
from .validation import support_bytes

if TYPE_CHECKING:
    from ..clouds.collection import Collection

READ_BYTES = 30 << 20
"""Of chunks that are decoded, and of the sample for the bias."""
SAMPLED, SPOOLED, SEALED = 24, 12, 16
"""Bytes on disk of a point of the sample, of the mean of a cell of ground."""
GROUND, FILLED = 0.85, 0.1
"""Shares of the cells with points that are taken to hold ground, and of all cells to lie in holes."""


def expect_sites(
    collection: Collection, lattice: Lattice, min_neighbors: int, budget: Budget, threads: int, site_bytes: float
) -> Estimate:
    """Of a run over the sites of these clouds that leaves ``site_bytes`` of each cell on disk.

    Raises MemoryLimitError where a unit cannot fit.
    """
    spreads = taste.spreads([(source, None) for source in collection.sources], float(lattice.cell))
    blocks = expected_blocks(spreads, float(lattice.cell), per_cell=1.0)
    judged = PART * (support_bytes(min_neighbors) + 4 * 64) + ray_bytes()
    number = all_blocks(blocks)
    tiles = min(number, cellsums.resident_tiles(budget))
    held = tiles * cellsums.TILE_BYTES + min(number, classmap.TILES) * classmap.CELL_BYTES * SIDE**2
    return estimate(
        collection.points,
        blocks,
        budget,
        threads,
        unit=lambda points, cells: cells * CELL_BYTES + peak_bytes(points, cells) + min(judged, cells * 4096),
        building=READ_BYTES + held,
        scratch=_scratch(collection.points, blocks, (number - tiles) * cellsums.TILE_BYTES, site_bytes),
    )


def filled_bytes(strategy: str) -> float:
    """Of the synthetic points and rejected sites, for each cell."""
    return POINT.itemsize * (1.0 if strategy == "full" else FILLED)


def _scratch(points: int, blocks: list[Block], sums: float, site_bytes: float) -> float:
    """Class map, sample, means of the ground: while they are sealed, beside ``sums`` that were put aside, or beside
    the results."""
    cells, ground = all_cells(blocks), GROUND * all_points(blocks)
    maps = all_blocks(blocks) * classmap.CELL_BYTES * SIDE**2 + min(points, SAMPLE) * SAMPLED
    return maps + max((SPOOLED + SEALED) * ground + sums, SEALED * ground + cells * site_bytes)
