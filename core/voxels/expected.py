# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over a voxel map will need.

An update: from the headers of its clouds and a taste of their points.  What reads a map: from the sizes of its tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from ..clouds.taste import FILES, POINTS, passing_share, plane
from ..jobs.budget import Budget
from ..jobs.estimate import Estimate, Spread, estimate, expected_blocks
from ..jobs.memory import MB
from .apply import RECORD_BYTES
from .grid import CellBox, TileIndex
from .places import HIT
from .rays import Carver
from .tile import VOXEL_BYTES

if TYPE_CHECKING:
    from .grid import VoxelGrid
    from .intake import Selected
    from .options import UpdateOptions
    from .voxel_map import VoxelMap

RAYS = 8
"""Tiles a ray is taken to cross."""
HELD = 160
"""Bytes of an observation of a tile while it is applied."""
GATHERED = 120
"""Of an observation that waits to be sorted by tile."""
MOST_SIZED = 20_000
"""Tiles whose files are asked for their size; of more, evenly spread ones stand for all."""


@dataclass(frozen=True)
class Reader:
    """What an algorithm that reads a map was seen to hold: MB of kernels and libraries it ``loaded``, bytes for each
    ``voxel`` of the largest tile, and whether it walks through the cache of tiles.
    """

    loaded: int
    voxel: int
    cached: bool = False


READERS = {
    "bt": Reader(24, 110, True), "ot": Reader(24, 110, True), "las": Reader(75, 265), "laz": Reader(80, 265),
    "gpkg": Reader(84, 366), "ply": Reader(24, 250), "rasters": Reader(90, 0, True), "voxels": Reader(24, 490),
    "places": Reader(118, 60), "rays": Reader(118, 60, True), "check": Reader(22, 50), "merge": Reader(66, 110, True),
}  # fmt: skip
"""By format of an export, or by what is done."""


def expect(options: UpdateOptions, grid: VoxelGrid, selected: Sequence[Selected], budget: Budget) -> Estimate:
    """Blocks are tiles.  Raises MemoryLimitError where one cannot fit."""
    share = passing_share([(entry.source, entry.filter) for entry in selected])
    spreads = [Spread(plane(entry.source), share * entry.source.points) for entry in selected]
    points = sum(spread.points for spread in spreads)
    high = _tiles_above(grid, selected)
    columns = expected_blocks(spreads, grid.resolution, tile=round(grid.tile_size / grid.resolution), most=1 << 62)
    tiles = [replace(column, times=column.times * high) for column in columns]
    record = HIT.itemsize + (RAYS * 72 if options.misses == "rays" else 0)
    carving = Carver.bytes(grid) if options.misses == "rays" else 0
    most = budget.working // 4 // RECORD_BYTES
    # A tile of more is written again by ranges of its order; where it is carved it is not.
    again = 0.0 if carving else sum(tile.points / high for tile in tiles if tile.points / high > most)
    run = min(points, 1 << 19, budget.run_points(200))
    return estimate(
        points,
        tiles,
        budget,
        1,
        unit=lambda n, cells: carving + min(ceil(n / high) * HELD, budget.working // 4),
        building=run * GATHERED,
        scratch=points * record + round(again) * HIT.itemsize,
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


def expect_reading(
    voxel_map: VoxelMap, reader: str, cache_tiles: int, budget: Budget, *, box: CellBox | None = None,
    voxel_scratch: float = 0.0, scratch: int = 0, extra: int = 0, asked: int | None = None,
) -> Estimate:  # fmt: skip
    """Of one of ``READERS`` over a map, or the tiles of it that touch ``box``; blocks are tiles.

    ``voxel_scratch`` bytes of temporary data for each voxel and ``scratch`` beside them; ``extra`` bytes of memory;
    ``asked`` points that are looked up in it, where it is not the voxels that count.
    """
    found, sizes = _sizes(voxel_map, box)
    voxels = float(sizes.mean()) * found if found else 0.0
    kind, largest = READERS[reader], int(sizes.max(initial=0))
    held = np.sort(sizes)[::-1][: cache_tiles or None].sum() * VOXEL_BYTES if kind.cached else 0
    memory = budget.base + kind.loaded * MB + min(int(held), budget.working // 3) + kind.voxel * largest + extra
    return Estimate(
        round(voxels) if asked is None else asked,
        found,
        round(voxels * voxel_scratch) + scratch,
        min(memory, budget.limit),
        1,
        "voxels" if asked is None else "points",
        "tile",
    )


def _sizes(voxel_map: VoxelMap, box: CellBox | None) -> tuple[int, np.ndarray]:
    """Number of tiles, and the voxels of each by the size of its file, or of an even sample of them."""
    tiles, side = voxel_map.tiles().astype(np.int64), voxel_map.grid.side
    if box is not None:
        tiles = tiles[((tiles * side < box.high) & (tiles * side + side > box.low)).all(axis=1)]
    if voxel_map.folder is None or not len(tiles):
        return len(tiles), np.empty(0, np.int64)
    some = tiles[:: -(-len(tiles) // MOST_SIZED)].tolist()
    return len(tiles), np.array([voxel_map.stored_voxels(TileIndex(*tile)) for tile in some], np.int64)
