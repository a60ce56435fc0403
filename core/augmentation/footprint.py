# SPDX-License-Identifier: GPL-2.0-or-later
"""Where synthetic points may go: on the cloud and in the holes it surrounds, never in the emptiness beyond.

Known from the points alone, whatever files they came in: squares of 16 x 16 cells that hold a point, with bays
whose mouth is up to 8 squares wide closed and whatever is enclosed filled, inside the cells all points span.
Of the squares at its edge what can be reached from outside without passing between points is left out: on a slanted
edge nothing is put beside the cloud.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.lattice import Box, Node
from ..tiles.spool import morton_key
from .areas import POINT_BIT
from .classmap import ClassMap

SQUARE_LEVEL = 4
NOTCH = 4
"""Squares by which the cloud is grown and shrunk again: bays with mouths of twice that are closed.

Rivers that cross a survey are as wide, missing tiles are wider.
"""
BETWEEN = 8
"""Cells by which points at the edge are grown and shrunk again: what is left lies between them."""
REACH = 32
"""Cells into the squares of the edge that the emptiness outside is followed."""
SIDE = 1 << SQUARE_LEVEL
MOST_SQUARES = 1 << 25
"""Of the grid that is held to find what is enclosed; a cloud scattered wider is taken as its squares are."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Footprint:
    """``squares`` [rows, columns] say where; the first is at (x0, y0), in squares.  ``box`` holds all sites."""

    squares: Bools
    edge: Bools
    """Squares of the footprint beside others that are none."""
    classes: ClassMap
    x0: int
    y0: int
    box: Box
    scattered: tuple[tuple[int, int], ...] = ()
    """Where the cloud was too scattered to look for what it encloses: the tiles that hold points."""

    @staticmethod
    def of(classes: ClassMap, box: Box, inner: Box) -> Footprint:
        """The footprint of all cells that hold a point; ``box`` is their bound, ``inner`` what sites must lie in."""
        x0, y0 = box.x0 >> SQUARE_LEVEL, box.y0 >> SQUARE_LEVEL
        columns, rows = ((box.x1 - 1) >> SQUARE_LEVEL) - x0 + 1, ((box.y1 - 1) >> SQUARE_LEVEL) - y0 + 1
        if columns * rows > MOST_SQUARES:
            none = np.zeros((0, 0), np.bool_)
            held = tuple(key for key in sorted(classes.tiles) if (classes.tile(key) & POINT_BIT).any())
            return Footprint(none, none, classes, x0, y0, inner, held)
        squares = np.zeros((rows, columns), np.bool_)
        per_tile = 1 << (TILE_LEVEL - SQUARE_LEVEL)
        for key in sorted(classes.tiles):
            held = (classes.tile(key) & POINT_BIT).reshape(per_tile, SIDE, per_tile, SIDE).any(axis=(1, 3))
            y, x = np.nonzero(held)
            squares[y + key[1] * per_tile - y0, x + key[0] * per_tile - x0] = True
        squares = np.pad(_closed(squares), 1)  # whatever lies beyond is no more of it than this border
        return Footprint(squares, squares & ~_inside(squares), classes, x0 - 1, y0 - 1, inner)

    @property
    def whole(self) -> bool:
        """Whether it was looked for what the cloud encloses."""
        return not self.scattered

    def window(self, box: Box) -> Bools:
        """[rows from the south, columns]: which cells of a box are on the footprint."""
        if not self.whole:
            return np.ones((box.y1 - box.y0, box.x1 - box.x0), np.bool_)
        if not self._cells(self.edge, box).any():
            return self._cells(self.squares, box)
        halo = REACH + 2 * BETWEEN
        return self._trimmed(box.grown(halo))[halo:-halo, halo:-halo]

    def _cells(self, squares: Bools, box: Box) -> Bools:
        """Of the cells of a box those in ``squares``."""
        y = (np.arange(box.y0, box.y1) >> SQUARE_LEVEL) - self.y0
        x = (np.arange(box.x0, box.x1) >> SQUARE_LEVEL) - self.x0
        rows, columns = squares.shape
        return np.asarray(squares[np.ix_(np.clip(y, 0, rows - 1), np.clip(x, 0, columns - 1))])

    def _trimmed(self, box: Box) -> Bools:
        """The cells of a box without those of edge squares that can be reached from outside, points in no way."""
        from scipy import ndimage

        cells = self._cells(self.squares, box)
        points = _grown_and_shrunk((self.classes.window(box) & POINT_BIT) != 0, BETWEEN)
        free = self._cells(self.edge, box) & ~points
        outside = ndimage.binary_dilation(~cells, np.ones((3, 3)), iterations=REACH, mask=~cells | free)
        return np.asarray(cells & ~outside)

    def tiles(self) -> list[Node]:
        """Tiles that may hold sites, in Morton order."""
        if not self.whole:
            keys = set(self.scattered)
        else:
            shift = TILE_LEVEL - SQUARE_LEVEL
            y, x = np.nonzero(self.squares)
            keys = set(zip(((x + self.x0) >> shift).tolist(), ((y + self.y0) >> shift).tolist(), strict=True))
        return sorted((Node(TILE_LEVEL, ix, iy) for ix, iy in keys), key=morton_key)


def _closed(squares: Bools) -> Bools:
    from scipy import ndimage

    closed = _grown_and_shrunk(np.pad(squares, 2 * NOTCH), NOTCH)
    inner = slice(2 * NOTCH, -2 * NOTCH)
    return np.asarray(ndimage.binary_fill_holes(closed)[inner, inner], np.bool_)


def _grown_and_shrunk(held: Bools, by: int) -> Bools:
    from scipy import ndimage

    grown = ndimage.maximum_filter(held, 2 * by + 1, mode="constant")
    return np.asarray(ndimage.minimum_filter(grown, 2 * by + 1, mode="constant"))


def _inside(squares: Bools) -> Bools:
    """Those with all eight neighbors."""
    from scipy import ndimage

    return np.asarray(ndimage.minimum_filter(squares, 3, mode="constant"))
