# SPDX-License-Identifier: GPL-2.0-or-later
"""Where synthetic points may go: on the cloud and in the holes it surrounds, never in the emptiness beyond.

Known from the points alone, whatever files they came in: squares of 16 x 16 cells that hold a point, with
notches of up to 32 squares closed and whatever is enclosed filled, inside the cells all points span.
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
NOTCH = 16
"""Squares by which the cloud is grown and shrunk again: gaps in its edge of twice that are closed."""
SIDE = 1 << SQUARE_LEVEL
MOST_SQUARES = 1 << 25
"""Of the grid that is held to find what is enclosed; a cloud scattered wider is taken as its squares are."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Footprint:
    """``squares`` [rows, columns] say where; the first is at (x0, y0), in squares.  ``box`` holds all sites."""

    squares: Bools
    x0: int
    y0: int
    box: Box
    whole: bool
    """False where the cloud was too scattered to look for what it encloses."""

    @staticmethod
    def of(classes: ClassMap, box: Box, inner: Box) -> Footprint:
        """The footprint of all cells that hold a point; ``box`` is their bound, ``inner`` what sites must lie in."""
        x0, y0 = box.x0 >> SQUARE_LEVEL, box.y0 >> SQUARE_LEVEL
        columns, rows = ((box.x1 - 1) >> SQUARE_LEVEL) - x0 + 1, ((box.y1 - 1) >> SQUARE_LEVEL) - y0 + 1
        whole = columns * rows <= MOST_SQUARES
        if not whole:
            return Footprint(np.zeros((0, 0), np.bool_), x0, y0, inner, False)
        squares = np.zeros((rows, columns), np.bool_)
        per_tile = 1 << (TILE_LEVEL - SQUARE_LEVEL)
        for key in sorted(classes.tiles):
            held = (classes.tile(key) & POINT_BIT).reshape(per_tile, SIDE, per_tile, SIDE).any(axis=(1, 3))
            y, x = np.nonzero(held)
            squares[y + key[1] * per_tile - y0, x + key[0] * per_tile - x0] = True
        return Footprint(_closed(squares), x0, y0, inner, True)

    def window(self, box: Box) -> Bools:
        """[rows from the south, columns]: which cells of a box are on the footprint."""
        if not self.whole:
            return np.ones((box.y1 - box.y0, box.x1 - box.x0), np.bool_)
        y = (np.arange(box.y0, box.y1) >> SQUARE_LEVEL) - self.y0
        x = (np.arange(box.x0, box.x1) >> SQUARE_LEVEL) - self.x0
        return np.asarray(self.squares[np.ix_(y, x)])

    def tiles(self, classes: ClassMap) -> list[Node]:
        """Tiles that may hold sites, in Morton order."""
        if not self.whole:
            keys = classes.tiles
        else:
            shift = TILE_LEVEL - SQUARE_LEVEL
            y, x = np.nonzero(self.squares)
            keys = set(zip(((x + self.x0) >> shift).tolist(), ((y + self.y0) >> shift).tolist(), strict=True))
        return sorted((Node(TILE_LEVEL, ix, iy) for ix, iy in keys), key=morton_key)


def _closed(squares: Bools) -> Bools:
    from scipy import ndimage

    padded = np.pad(squares, 2 * NOTCH)
    around = 2 * NOTCH + 1
    grown = ndimage.maximum_filter(padded, around, mode="constant")
    closed = ndimage.minimum_filter(grown, around, mode="constant")
    filled = ndimage.binary_fill_holes(closed)
    inner = slice(2 * NOTCH, -2 * NOTCH)
    return np.asarray(filled[inner, inner], np.bool_)
