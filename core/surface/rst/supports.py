# SPDX-License-Identifier: GPL-2.0-or-later
"""Which points a leaf is fitted to: its own and those around it, in an order no unit changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from ...tiles.lattice import Box
from ...tiles.points import Points
from .leaves import BLOCK_LEVEL, COARSEST, Integers, Leaves

if TYPE_CHECKING:
    from ...tiles.store import Blocks, Store

Array = NDArray[np.float64]


class Nearby(NamedTuple):
    """Points around a unit, found by block: those of block ``[row, column]`` are ``first:last``."""

    x: Integers
    y: Integers
    v: Array
    w: Array
    cx: Integers
    """Cells of x and y."""
    cy: Integers
    first: Integers
    last: Integers
    column: int
    """Index of the first column of blocks."""
    row: int


class Supports(NamedTuple):
    """Points of leaf ``i`` at ``start[i]:start[i + 1]``; x, y in lattice steps from the leaf's south-west corner."""

    start: Integers
    x: Array
    y: Array
    v: Array
    w: Array


def index(points: Points, per_cell: int) -> Nearby:
    """Index ``points`` by block; those of a block must come together."""
    cx, cy = points.x // per_cell, points.y // per_cell
    bx, by = cx >> BLOCK_LEVEL, cy >> BLOCK_LEVEL
    if not len(bx):
        none = np.zeros((1, 1), np.int64)
        return Nearby(points.x, points.y, points.v, points.w, cx, cy, none, none, 0, 0)
    cut = np.flatnonzero(np.r_[True, (bx[1:] != bx[:-1]) | (by[1:] != by[:-1])])
    column, row = int(bx.min()), int(by.min())
    first = np.zeros((int(by.max()) - row + 1, int(bx.max()) - column + 1), np.int64)
    last = np.zeros_like(first)
    first[by[cut] - row, bx[cut] - column] = cut
    last[by[cut] - row, bx[cut] - column] = np.r_[cut[1:], len(bx)]
    return Nearby(points.x, points.y, points.v, points.w, cx, cy, first, last, column, row)


def blocks_around(store: Store, leaves: Leaves, near: Box) -> Blocks:
    """Blocks outside ``near`` (whole blocks) that the 3 x 3 nodes around the leaves touch."""
    side, n = 1 << leaves.level, BLOCK_LEVEL
    west, south = (leaves.x0 - side) >> n, (leaves.y0 - side) >> n
    east, north = ((leaves.x0 + 2 * side - 1) >> n) + 1, ((leaves.y0 + 2 * side - 1) >> n) + 1
    x0, y0, x1, y1 = int(west.min()), int(south.min()), int(east.max()), int(north.max())
    edges = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.int64)
    for columns, rows, sign in ((west, south, 1), (east, south, -1), (west, north, -1), (east, north, 1)):
        np.add.at(edges, (rows - y0, columns - x0), sign)
    wanted = edges.cumsum(0).cumsum(1) > 0
    blocks = store.blocks(Box(x0 << n, y0 << n, x1 << n, y1 << n))
    inside = (blocks.x0 >= near.x0) & (blocks.x0 < near.x1) & (blocks.y0 >= near.y0) & (blocks.y0 < near.y1)
    return blocks.take(wanted[(blocks.y0 >> n) - y0, (blocks.x0 >> n) - x0] & ~inside)


@kernel
def _distance(near, p, x0, y0, side):  # type: ignore[no-untyped-def]
    """Cells between point ``p`` and a leaf; not above 0 inside."""
    dx = max(x0 - near.cx[p], near.cx[p] - x0 - side + 1)
    dy = max(y0 - near.cy[p], near.cy[p] - y0 - side + 1)
    return max(dx, dy)


@kernel
def _block_range(low, high, origin, number):  # type: ignore[no-untyped-def]
    """First and last + 1 of the rows (or columns) of blocks that hold cells low..high - 1."""
    return max(0, (low >> BLOCK_LEVEL) - origin), min(number, ((high - 1) >> BLOCK_LEVEL) - origin + 1)


@kernel
def find_reaches(near, x0, y0, level, least, enough, reach, number):  # type: ignore[no-untyped-def]
    """How far around each leaf to look (cells, ``least[i]`` to the leaf's side) for ``enough`` points, and how many are there."""
    rows, columns = near.first.shape
    histogram = np.zeros((1 << COARSEST) + 1, np.int64)
    for i in range(len(x0)):
        side = 1 << level[i]
        histogram[: side + 1] = 0
        south, north = _block_range(y0[i] - side, y0[i] + 2 * side, near.row, rows)
        west, east = _block_range(x0[i] - side, x0[i] + 2 * side, near.column, columns)
        for by in range(south, north):
            for bx in range(west, east):
                for p in range(near.first[by, bx], near.last[by, bx]):
                    d = _distance(near, p, x0[i], y0[i], side)
                    if d <= side:
                        histogram[max(d, 0)] += 1
        total = 0
        reach[i] = side
        for d in range(side + 1):
            total += histogram[d]
            if d >= least[i] and total >= enough:
                reach[i] = d
                break
        number[i] = total


@kernel
def gather(near, x0, y0, level, reach, per_cell, out):  # type: ignore[no-untyped-def]
    """Copy the points of each leaf's support to ``out``."""
    rows, columns = near.first.shape
    for i in range(len(x0)):
        at = out.start[i]
        side = 1 << level[i]
        h = reach[i]
        south, north = _block_range(y0[i] - h, y0[i] + side + h, near.row, rows)
        west, east = _block_range(x0[i] - h, x0[i] + side + h, near.column, columns)
        for by in range(south, north):
            for bx in range(west, east):
                for p in range(near.first[by, bx], near.last[by, bx]):
                    if _distance(near, p, x0[i], y0[i], side) <= h:
                        out.x[at] = near.x[p] - x0[i] * per_cell
                        out.y[at] = near.y[p] - y0[i] * per_cell
                        out.v[at] = near.v[p]
                        out.w[at] = near.w[p]
                        at += 1
