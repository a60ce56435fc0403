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
from ..tiles.bucketing import Part
from ..tiles.cache import TileCache
from ..tiles.lattice import Box
from .areas import NEAR_BIT
from .cell_kernels import mark_cells, mark_near

if TYPE_CHECKING:
    from ..jobs.folder import JobFolder

SIDE = 1 << TILE_LEVEL
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
        self._cache: TileCache[tuple[int, int], Bytes] = TileCache(
            self._load, self._save, size=lambda tile: tile.nbytes, max_tiles=TILES
        )

    def mark(self, x: Ints, y: Ints, bits: Bytes, tiles: list[Part]) -> None:
        """Add the bits of points at lattice steps x, y to their cells; ``tiles`` as by_tile gives them."""
        for (ix, iy), part in tiles:
            with self._changed((ix, iy)) as tile:
                mark_cells(x, y, bits, part, self._per_cell, ix << TILE_LEVEL, iy << TILE_LEVEL, tile)

    def mark_near(self, x: Ints, y: Ints, tiles: list[Part]) -> None:
        """Mark the sites near the points of ``tiles``, which are ground."""
        for _, ground in tiles:
            self._mark_near(x, y, ground)

    def _mark_near(self, x: Ints, y: Ints, ground: Ints) -> None:
        """Over the borders of their tile too."""
        reach = isqrt(self._near2) // 2 + 1
        side = self._per_cell << TILE_LEVEL
        first, last = (
            [int(extreme(axis[ground]) + sign * reach) // side for axis in (x, y)]
            for extreme, sign in ((np.min, -1), (np.max, 1))
        )
        for iy in range(first[1], last[1] + 1):
            for ix in range(first[0], last[0] + 1):
                corner = (ix << TILE_LEVEL, iy << TILE_LEVEL)
                with self._changed((ix, iy)) as tile:
                    mark_near(x, y, ground, self._per_cell, self._near2, *corner, NEAR_BIT, tile)

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
