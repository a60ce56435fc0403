# SPDX-License-Identifier: GPL-2.0-or-later
"""Points of a chunk by the tile they lie in, each placed once: its cell, and where in the cell it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.bucketing import Tile, by_node
from .cell_kernels import place_points

SIDE = 1 << TILE_LEVEL
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class TilePoints:
    """``places`` int32 [4, n]: column and row of the cell in the tile, x and y from its corner (lattice steps)."""

    tile: Tile
    per_cell: int
    places: NDArray[np.int32]
    v: Ints

    def __len__(self) -> int:
        return len(self.v)

    def take(self, index: NDArray[np.generic]) -> TilePoints:
        """Those of a boolean mask or an index."""
        return TilePoints(self.tile, self.per_cell, self.places[:, index], self.v[index])

    @property
    def corner(self) -> tuple[int, int]:
        """Column and row of the tile's first cell."""
        return self.tile[0] * SIDE, self.tile[1] * SIDE

    @property
    def xyv(self) -> tuple[Ints, Ints, Ints]:
        """Coordinates in lattice steps."""
        column, row, dx, dy = self.places.astype(np.int64)
        return (column + self.corner[0]) * self.per_cell + dx, (row + self.corner[1]) * self.per_cell + dy, self.v


def by_tile(x: Ints, y: Ints, v: Ints, per_cell: int) -> list[tuple[Ints, TilePoints]]:
    """Of points in lattice steps: for each tile the numbers of those in it, and them."""
    order, nodes = by_node(x, y, per_cell, TILE_LEVEL)
    found, first = [], 0
    for node, number in nodes:
        part = order[first : first + number]
        first += number
        places = np.empty((4, number), np.int32)
        place_points(x, y, part, per_cell, node.ix * SIDE, node.iy * SIDE, places)
        found.append((part, TilePoints((node.ix, node.iy), per_cell, places, v[part])))
    return found
