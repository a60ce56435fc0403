# SPDX-License-Identifier: GPL-2.0-or-later
"""The sums that the means of quad tree nodes are made of: those of a block's cells, and of all nodes up to the block.

Points of a block are added in the order of the store and nodes in the order of their children, so a sum has the
same bytes in every unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel
from ...tiles.blocks import Blocks
from ...tiles.points import Points
from .leaves import BLOCK_LEVEL, Integers, Leaves
from .supports import CROWDED, Nearby, join, no_points, read_crowded

if TYPE_CHECKING:
    from ...tiles.store import Store

PARTS = 341
"""Nodes of a block: 256 cells, 64, 16, 4 and the block itself, level after level."""
LEVEL_START = np.array([0, 256, 320, 336, 340], np.int64)
"""Where the nodes of each level begin among the parts of a block."""


AT_ONCE = 32
"""Representative blocks read at once."""


@argument
class Parts(NamedTuple):
    """Sums of w, w x, w y, w v of the nodes of some blocks, x and y in lattice steps from the block's corner."""

    sums: NDArray[np.float64]
    """[blocks, PARTS, 4]."""
    x0: Integers
    y0: Integers
    where: NDArray[np.int64]
    """[rows, columns]: the number of the block here, -1 where it was not summed."""
    corner_x: int
    """Block column of the first column of ``where``."""
    corner_y: int


def no_parts() -> Parts:
    none = np.empty(0, np.int64)
    return Parts(np.empty((0, PARTS, 4)), none, none, np.full((1, 1), -1, np.int64), 0, 0)


def sum_near(near: Nearby, leaves: Leaves) -> Parts:
    """The parts of every block that a leaf may open."""
    where = np.full(near.first.shape, -1, np.int64)
    mark_opened(near, leaves.x0, leaves.y0, leaves.level, where)
    rows, columns = np.nonzero(where >= 0)
    where[rows, columns] = np.arange(len(rows))
    sums = np.zeros((len(rows), PARTS, 4))
    x0, y0 = (columns + near.column) << BLOCK_LEVEL, (rows + near.row) << BLOCK_LEVEL
    first, last = near.first[rows, columns], near.last[rows, columns]
    sum_parts(near.x, near.y, near.v, near.w, first, last, x0, y0, near.per_cell, sums)
    return Parts(sums, x0, y0, where, near.column, near.row)


def sum_far(store: Store, blocks: Blocks) -> Parts:
    """The whole of each representative block, as the last of its parts; read a few at a time."""
    sums = np.empty((len(blocks), 1, 4))
    order = np.argsort(blocks.start, kind="stable")
    for at in range(0, len(order), AT_ONCE):
        some = order[at : at + AT_ONCE]
        part = np.zeros((len(some), PARTS, 4))
        points, stop = _read_each(store, blocks.take(some))
        place = np.r_[0, stop[:-1]], stop, blocks.x0[some], blocks.y0[some]
        sum_parts(points.x, points.y, points.v, points.w, *place, store.lattice.per_cell, part)
        sums[some, 0] = part[:, PARTS - 1]
    return Parts(sums, blocks.x0, blocks.y0, np.full((1, 1), -1, np.int64), 0, 0)


def _read_each(store: Store, blocks: Blocks) -> tuple[Points, Integers]:
    """Points of ``blocks``, one after the other, and where those of each stop; merged where crowded."""
    if (blocks.count <= CROWDED).all():
        points = store.read_blocks(blocks)
        if len(points) == blocks.count.sum():  # where cross-validation leaves points out, the counts are not theirs
            return points, np.cumsum(blocks.count)
    points, stop = no_points(), np.empty(len(blocks), np.int64)
    for i in range(len(blocks)):
        crowded = blocks.count[i] > CROWDED
        some = np.array([i])
        corner = int(blocks.x0[i]), int(blocks.y0[i])
        points = join(points, read_crowded(store, *corner) if crowded else store.read_blocks(blocks.take(some)))
        stop[i] = len(points)
    return points, stop


@kernel
def finest_side(level):  # type: ignore[no-untyped-def]
    """Side, in cells, of the smallest node a leaf sees: a quarter of its own."""
    return max(1, (1 << level) >> 2)


@kernel
def mark_opened(near, leaves_x0, leaves_y0, level, where):  # type: ignore[no-untyped-def]
    """``where`` = 0 for every block with points that a leaf opens: nearer than its side, for small leaves."""
    rows, columns = where.shape
    width = 1 << BLOCK_LEVEL
    for i in range(len(level)):
        if finest_side(level[i]) >= width:
            continue
        side = 1 << level[i]
        for row in range(((leaves_y0[i] - width) >> BLOCK_LEVEL) - near.row,
                         ((leaves_y0[i] + side + width) >> BLOCK_LEVEL) - near.row + 1):  # fmt: skip
            for column in range(((leaves_x0[i] - width) >> BLOCK_LEVEL) - near.column,
                                ((leaves_x0[i] + side + width) >> BLOCK_LEVEL) - near.column + 1):  # fmt: skip
                if 0 <= row < rows and 0 <= column < columns and near.first[row, column] < near.last[row, column]:
                    where[row, column] = 0


@kernel
def sum_parts(x, y, v, w, first, last, x0, y0, per_cell, sums):  # type: ignore[no-untyped-def]
    """Add the points ``first:last`` of each block to its cells, then the cells to all larger nodes, in fixed order."""
    for b in range(len(first)):
        west, south = x0[b] * per_cell, y0[b] * per_cell
        for p in range(first[b], last[b]):
            dx, dy = x[p] - west, y[p] - south
            part = sums[b, (dy // per_cell) * 16 + dx // per_cell]
            part[0] += w[p]
            part[1] += w[p] * dx
            part[2] += w[p] * dy
            part[3] += w[p] * v[p]
        for level in range(1, 5):
            side, below, at = 16 >> level, LEVEL_START[level - 1], LEVEL_START[level]
            for row in range(side):
                for column in range(side):
                    part = sums[b, at + row * side + column]
                    for k in range(4):
                        child = sums[b, below + (2 * row + (k >> 1)) * 2 * side + 2 * column + (k & 1)]
                        for c in range(4):
                            part[c] += child[c]


@kernel
def part_number(parts, node, x, y):  # type: ignore[no-untyped-def]
    """Number, among all parts, of node (x, y) of a level below the block's; -1 where it is empty."""
    shift = BLOCK_LEVEL - node
    block = block_of(parts, x >> shift, y >> shift)
    if block < 0:
        return -1
    column, row = x - ((x >> shift) << shift), y - ((y >> shift) << shift)
    part = LEVEL_START[node] + row * (1 << shift) + column
    return block * PARTS + part if parts.sums[block, part, 0] > 0.0 else -1


@kernel
def block_of(parts, bx, by):  # type: ignore[no-untyped-def]
    """Number of the summed block in block column ``bx`` and row ``by``, -1 where there is none."""
    rows, columns = parts.where.shape
    row, column = by - parts.corner_y, bx - parts.corner_x
    if 0 <= row < rows and 0 <= column < columns:
        return parts.where[row, column]
    return -1
