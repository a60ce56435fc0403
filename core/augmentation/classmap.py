# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cells of the lattice hold, or are near to, points of which kind: bits of each cell, tile after tile on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.cache import TileCache
from ..tiles.lattice import Box
from .areas import AROUND_BITS, GROUND, NEAR_BITS
from .cell_kernels import mark_cells, mark_far, mark_near
from .tile_points import SIDE, TilePoints

if TYPE_CHECKING:
    from ..jobs.folder import JobFolder

TILES = 64
"""Resident at once: 32 MB."""
CELL_BYTES = 2
FAR = 16
"""Where a point is near to cells farther off than this, they are marked row by row."""

Bits = NDArray[np.uint16]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Reach:
    """Which cells have their center within a distance of the points of some kind.

    Cells within ``sure2`` (squared cells) of a cell that holds such a point are near wherever in it the point lies.
    Those of the ring around them are found point by point, and marked.  Of ground all are.
    """

    near2: int
    """Squared half steps."""
    sure2: int
    """-1: none."""
    ring: Ints
    """Columns and rows [m, 2] from the cell of a point to those whose centers may be near it."""

    @staticmethod
    def of(per_cell: int, near2: int, kind: str) -> Reach:
        span = (isqrt(near2) + per_cell) // (2 * per_cell)
        cells = np.arange(-span, span + 1)
        center = (2 * cells + 1) * per_cell
        least = np.abs(center - np.clip(center, 0, 2 * per_cell - 2)) ** 2
        inner = isqrt(near2) - (isqrt(2 * per_cell**2) + 1)  # a point lies at most half a diagonal from its center
        sure2 = inner**2 // (2 * per_cell) ** 2 if inner >= 0 and kind != GROUND else -1
        may = (least[:, None] + least <= near2) & ((cells**2)[:, None] + cells**2 > sure2)
        rows, columns = np.nonzero(may)
        return Reach(near2, sure2, np.stack([cells[columns], cells[rows]], axis=1))

    @property
    def sure(self) -> int:
        """Cells along an axis to the farthest that is near for sure."""
        return isqrt(max(self.sure2, 0))

    def surely(self, held: Bools) -> Bools:
        """The cells near for sure, where such points lie in the cells ``held``."""
        if self.sure2 < 0 or not held.any() or held.all():
            return held if self.sure2 >= 0 else np.zeros_like(held)
        from scipy import ndimage

        return np.asarray(np.rint(ndimage.distance_transform_edt(~held) ** 2) <= self.sure2)


class ClassMap:
    """Bits of the points in each cell.  One thread marks; then ``flush``; then any thread looks."""

    def __init__(
        self, folder: JobFolder, per_cell: int, near2: Mapping[str, int], tiles: set[tuple[int, int]] | None = None
    ) -> None:
        """``near2``: squared half steps within which points of a kind (ground, areas) are near; ``tiles`` are those
        on disk already."""
        self.tiles = set() if tiles is None else tiles
        self._folder, self._per_cell = folder, per_cell
        self.reaches = {kind: Reach.of(per_cell, squared, kind) for kind, squared in near2.items()}
        self._cache: TileCache[tuple[int, int], Bits] = TileCache(
            self._load, self._save, size=lambda tile: tile.nbytes, max_tiles=TILES
        )

    def mark(self, points: TilePoints, bits: Bits) -> None:
        """Add the bits of points to their cells."""
        with self._changed(points.tile) as tile:
            mark_cells(points.places, bits, tile)

    def mark_near(self, points: TilePoints, kind: str) -> None:
        """Mark the cells near points of a kind, over the borders of their tile too."""
        reach = self.reaches[kind]
        span = int(np.abs(reach.ring).max(initial=0))
        first, last = (
            [(int(extreme(points.places[axis])) + sign * span) >> TILE_LEVEL for axis in (0, 1)]
            for extreme, sign in ((np.min, -1), (np.max, 1))
        )
        for up in range(first[1], last[1] + 1):
            for right in range(first[0], last[0] + 1):
                self._folder.check()
                with self._changed((points.tile[0] + right, points.tile[1] + up)) as tile:
                    if reach.sure2 < 0 and span > FAR:
                        to = points.places, -right * SIDE, -up * SIDE, self._per_cell
                        mark_far(*to, reach.near2, NEAR_BITS[kind], tile)
                        continue
                    mark_near(
                        points.places, -right * SIDE, -up * SIDE, self._per_cell, reach.near2, reach.ring,
                        NEAR_BITS[kind], AROUND_BITS[kind], tile,
                    )  # fmt: skip

    @contextmanager
    def _changed(self, key: tuple[int, int]) -> Iterator[Bits]:
        tile = self._cache.get(key)
        self.tiles.add(key)
        yield tile
        self._cache.mark_dirty(key)

    def flush(self) -> None:
        """Write everything to disk."""
        self._cache.flush()

    def window(self, box: Box) -> Bits:
        """[rows from the south, columns] of the cells of a box."""
        out = np.zeros((box.y1 - box.y0, box.x1 - box.x0), np.uint16)
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

    def tile(self, key: tuple[int, int]) -> Bits:
        """[512, 512], rows from the south."""
        return self._cache.get(key)

    def _load(self, key: tuple[int, int]) -> Bits:
        if key not in self.tiles:
            return np.zeros((SIDE, SIDE), np.uint16)
        with self._folder.read_result(_name(key)) as result:
            return result.rows("classes")

    def _save(self, key: tuple[int, int], tile: Bits) -> None:
        self._folder.write_result(_name(key), {}, {"classes": tile})


def _name(key: tuple[int, int]) -> str:
    return f"classes-{key[0]}-{key[1]}"
