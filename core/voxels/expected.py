# SPDX-License-Identifier: GPL-2.0-or-later
"""What an update of a voxel map will need, from the headers of its clouds and a taste of their points."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from ..clouds.taste import FILES, POINTS, passing_share, plane
from ..jobs.budget import Budget
from ..jobs.estimate import Estimate, Spread, estimate, expected_blocks
from .places import HIT
from .rays import Carver

if TYPE_CHECKING:
    from .grid import VoxelGrid
    from .intake import Selected
    from .options import UpdateOptions

RAYS = 8
"""Tiles a ray is taken to cross."""
HELD = 160
"""Bytes of an observation of a tile while it is applied."""
GATHERED = 120
"""Of an observation that waits to be sorted by tile."""


def expect(options: UpdateOptions, grid: VoxelGrid, selected: Sequence[Selected], budget: Budget) -> Estimate:
    """Blocks are tiles.  Raises MemoryLimitError where one cannot fit."""
    share = passing_share([(entry.source, entry.filter) for entry in selected])
    spreads = [Spread(plane(entry.source), share * entry.source.points) for entry in selected]
    points = sum(spread.points for spread in spreads)
    high = _tiles_above(grid, selected)
    columns = expected_blocks(spreads, grid.resolution, tile=round(grid.tile_size / grid.resolution), most=1 << 62)
    tiles = [columns[i % len(columns)] for i in range(round(len(columns) * high))]
    record = HIT.itemsize + (RAYS * 72 if options.misses == "rays" else 0)
    carving = Carver.bytes(grid) if options.misses == "rays" else 0
    run = min(points, 1 << 19, budget.run_points(200))
    return estimate(
        points,
        tiles,
        budget,
        1,
        unit=lambda n, cells: carving + min(ceil(n / high) * HELD, budget.working // 4),
        building=run * GATHERED,
        scratch=points * record,
    )


def _tiles_above(grid: VoxelGrid, selected: Sequence[Selected]) -> float:
    """Mean number of occupied tiles in a column of tiles, among the points tasted."""
    solid: set[tuple[int, int, int]] = set()
    for entry in selected[:: -(-len(selected) // FILES)]:
        with closing(entry.source.chunks((), POINTS)) as chunks:  # type: ignore[type-var]
            chunk = next(iter(chunks), None)
        if chunk is not None and len(chunk):
            places = np.stack([np.floor(chunk[axis] / grid.tile_size) for axis in "xyz"], axis=1)
            solid.update(map(tuple, np.unique(places, axis=0).astype(np.int64).tolist()))
    plan = {(x, y) for x, y, _ in solid}
    return max(1.0, len(solid) / len(plan)) if plan else 1.0
