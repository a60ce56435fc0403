# SPDX-License-Identifier: GPL-2.0-or-later
"""Leaves of the blended mode: a closed rule on counts, so that any unit finds the same ones alone.

A node of level L (2**L cells a side) is split iff L is above the finest level and any of the 3 x 3
nodes of its level around it holds more than ``k`` points.

- It is a tree: if a child is split, one of the 9 nodes around it is overfull; that one lies inside
  the 9 nodes around the parent, so one of those is overfull too and the parent is split.
- It is graded 2:1, corners included: let N be a leaf and M a node of its level touching it.  The
  3 x 3 around any child of M that touches N lies inside the 3 x 3 around N, where all nodes, hence
  all their children, hold at most k points: that child is not split.
- The 3 x 3 around a leaf holds at most 9 k points (above the finest level), which bounds every fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from ...tiles.lattice import Box

if TYPE_CHECKING:
    from ...tiles.store import Store

Integers = NDArray[np.int64]

BLOCK_LEVEL = 4
"""The store counts its points by blocks of 16 x 16 cells."""
COARSEST = 9
"""No leaf is larger than a unit."""
FINEST = 2
"""No leaf is smaller than 4 x 4 cells."""
MARGIN = 1
"""Cells a leaf's weight reaches beyond the leaf, at least."""


@dataclass(frozen=True)
class Rule:
    """What decides the leaves, globally."""

    k: int
    """A leaf and each of the 8 nodes around it hold at most so many points, if above the finest level."""
    finest: int
    coarsest: int


@dataclass(frozen=True)
class Leaves:
    """Leaves by row, then column, of their south-west cell."""

    x0: Integers
    y0: Integers
    level: Integers

    def __len__(self) -> int:
        return len(self.x0)

    def take(self, index: NDArray[np.generic]) -> Leaves:
        return Leaves(self.x0[index], self.y0[index], self.level[index])


def margin(level: Integers) -> Integers:
    """How far, in cells, the weight of a leaf reaches beyond it and falls inside it: a quarter of its side."""
    return np.maximum(MARGIN, (1 << level) >> 2)


def find_leaves(store: Store, box: Box, x: Integers, y: Integers, rule: Rule, *, wide: bool = False) -> Leaves:
    """Every leaf whose weight reaches into ``box``; with ``wide`` every leaf that lies within its side of it.

    ``x``, ``y`` are the cells of all points within ``2 << BLOCK_LEVEL`` cells of ``box``.
    """
    blocks = store.blocks(box.grown(3 << rule.coarsest))
    most = sum(
        (((box.x1 - 1) >> level) - (box.x0 >> level) + 3) * (((box.y1 - 1) >> level) - (box.y0 >> level) + 3)
        for level in range(rule.finest, rule.coarsest + 1)
    )
    found = np.empty((3, most), np.int64)
    counted = blocks.x0, blocks.y0, blocks.count, x, y, np.ones(len(x), np.int64)
    number = _descend(*box, rule.k, rule.finest, rule.coarsest, wide, *counted, found)
    leaves = Leaves(*found[:, :number])
    return leaves.take(np.lexsort((leaves.x0, leaves.y0)))


@kernel
def _descend(west, south, east, north, k, finest, coarsest, wide, block_x, block_y, in_block, x, y, one, found):  # type: ignore[no-untyped-def]
    """Leaves that reach into the box, from the coarsest level down, to ``found`` [x0 | y0 | level]; their number.

    On each level the nodes from 2 before the box to 2 after it are counted; all but the outermost are looked at.
    """
    number = above_x0 = above_y0 = 0
    above = np.ones((1, 1), np.bool_)
    for level in range(coarsest, finest - 1, -1):
        x0, y0 = (west >> level) - 2, (south >> level) - 2
        columns, rows = ((east - 1) >> level) + 3 - x0, ((north - 1) >> level) + 3 - y0
        count = np.zeros((rows, columns), np.int64)
        if level >= BLOCK_LEVEL:
            _count(block_x, block_y, in_block, level, x0, y0, count)
        else:
            _count(x, y, one, level, x0, y0, count)
        side = 1 << level
        reach = side if wide else max(MARGIN, side >> 2)
        split = np.zeros((rows, columns), np.bool_)
        for row in range(1, rows - 1):
            for column in range(1, columns - 1):
                split[row, column] = level > finest and count[row - 1 : row + 2, column - 1 : column + 2].max() > k
                ix, iy = x0 + column, y0 + row
                exists = level == coarsest or above[(iy >> 1) - above_y0, (ix >> 1) - above_x0]
                if exists and not split[row, column]:
                    left, bottom = ix << level, iy << level
                    across = left - reach < east and left + side + reach > west
                    if across and bottom - reach < north and bottom + side + reach > south:
                        found[0, number], found[1, number], found[2, number] = left, bottom, level
                        number += 1
        above, above_x0, above_y0 = split, x0, y0
    return number


@kernel
def _count(x, y, each, level, x0, y0, count):  # type: ignore[no-untyped-def]
    """Add ``each`` of cells (x, y) to the count of the node it lies in; ``count`` [row, column] begins at (x0, y0)."""
    rows, columns = count.shape
    for i in range(len(x)):
        column, row = (x[i] >> level) - x0, (y[i] >> level) - y0
        if 0 <= column < columns and 0 <= row < rows:
            count[row, column] += each[i]
