# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cells of the lattice hold points of which kind: a byte for each cell, tile after tile on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.cache import TileCache
from ..tiles.lattice import Box
from .areas import AROUND_BIT, NEAR_BIT
from .cell_kernels import mark_cells, mark_near
from .tile_points import SIDE, TilePoints

if TYPE_CHECKING:
    from ..jobs.folder import JobFolder

TILES = 96
"""Resident at once: 24 MB."""

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


class ClassMap:
    """Bits of the points in each cell.  One thread marks; then ``flush``; then any thread looks."""

    def __init__(self, folder: JobFolder, per_cell: int, near2: int, tiles: set[tuple[int, int]] | None = None) -> None:
        """``near2``: squared half steps within which ground is near; ``tiles`` are those on disk already."""
        self.tiles = set() if tiles is None else tiles
        self._folder, self._per_cell, self._near2 = folder, per_cell, near2
        self._within = _cells_within(per_cell, near2)
        self._cache: TileCache[tuple[int, int], Bytes] = TileCache(
            self._load, self._save, size=lambda tile: tile.nbytes, max_tiles=TILES
        )

    def mark(self, points: TilePoints, bits: Bytes) -> None:
        """Add the bits of points to their cells."""
        with self._changed(points.tile) as tile:
            mark_cells(points.places, bits, tile)

    def mark_near(self, ground: TilePoints) -> None:
        """Mark the sites near points that are ground, over the borders of their tile too."""
        reach = int(np.abs(self._within).max(initial=0))
        first, last = (
            [(int(extreme(ground.places[axis])) + sign * reach) >> TILE_LEVEL for axis in (0, 1)]
            for extreme, sign in ((np.min, -1), (np.max, 1))
        )
        for up in range(first[1], last[1] + 1):
            for right in range(first[0], last[0] + 1):
                with self._changed((ground.tile[0] + right, ground.tile[1] + up)) as tile:
                    mark_near(
                        ground.places, -right * SIDE, -up * SIDE, self._per_cell, self._near2, self._within,
                        NEAR_BIT, AROUND_BIT, tile,
                    )  # fmt: skip

    @contextmanager
    def _changed(self, key: tuple[int, int]) -> Iterator[Bytes]:
        tile = self._cache.get(key)
        self.tiles.add(key)
        yield tile
        self._cache.mark_dirty(key)

    def flush(self) -> None:
        """Write everything to disk."""
        self._cache.flush()

    def window(self, box: Box) -> Bytes:
        """[rows from the south, columns] of the cells of a box."""
        out = np.zeros((box.y1 - box.y0, box.x1 - box.x0), np.uint8)
        for iy in range(box.y0 >> TILE_LEVEL, ((box.y1 - 1) >> TILE_LEVEL) + 1):
            for ix in range(box.x0 >> TILE_LEVEL, ((box.x1 - 1) >> TILE_LEVEL) + 1):
                if (ix, iy) not in self.tiles:
                    continue
                tile, x, y = self._cache.get((ix, iy)), ix << TILE_LEVEL, iy << TILE_LEVEL
                part = Box(x, y, x + SIDE, y + SIDE).clipped(box)
                out[part.y0 - box.y0 : part.y1 - box.y0, part.x0 - box.x0 : part.x1 - box.x0] = tile[
                    part.y0 - y : part.y1 - y, part.x0 - x : part.x1 - x
                ]
        return out

    def tile(self, key: tuple[int, int]) -> Bytes:
        """[512, 512], rows from the south."""
        return self._cache.get(key)

    def _load(self, key: tuple[int, int]) -> Bytes:
        if key not in self.tiles:
            return np.zeros((SIDE, SIDE), np.uint8)
        with self._folder.read_result(_name(key)) as result:
            return result.rows("classes")

    def _save(self, key: tuple[int, int], tile: Bytes) -> None:
        self._folder.write_result(_name(key), {}, {"classes": tile})


def _name(key: tuple[int, int]) -> str:
    return f"classes-{key[0]}-{key[1]}"


def _cells_within(per_cell: int, near2: int) -> Ints:
    """Columns and rows [m, 2] from the cell of a point to all those whose centers may be near it."""
    span = (isqrt(near2) + per_cell) // (2 * per_cell)
    cells = np.arange(-span, span + 1)
    center = (2 * cells + 1) * per_cell
    least = np.abs(center - np.clip(center, 0, 2 * per_cell - 2)) ** 2
    rows, columns = np.nonzero(least[:, None] + least <= near2)
    return np.stack([cells[columns], cells[rows]], axis=1)
