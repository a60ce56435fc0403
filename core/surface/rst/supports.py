# SPDX-License-Identifier: GPL-2.0-or-later
"""Which points a leaf is fitted to: its own and those around it, in an order no unit changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel
from ...tiles.lattice import Box
from ...tiles.points import Points
from .leaves import BLOCK_LEVEL, Integers

if TYPE_CHECKING:
    from ...tiles.blocks import Blocks
    from ...tiles.store import Store

Array = NDArray[np.float64]

BINS = 16
"""Reaches are counted in sixteenths of a leaf's side."""


CROWDED = 1 << 14
"""A block of 16 x 16 cells with more points is merged as it is read; leaves there would be thinned anyway."""


@argument
class Nearby(NamedTuple):
    """Points around a unit, found by block: those of block ``[row, column]`` are ``first:last``."""

    x: Integers
    y: Integers
    v: Array
    w: Array
    first: Integers
    last: Integers
    column: int
    """Index of the first column of blocks."""
    row: int
    per_cell: int


@argument
class Supports(NamedTuple):
    """Points of leaf ``i`` at ``start[i]:start[i + 1]``; x, y in lattice steps from the leaf's south-west corner."""

    start: Integers
    x: Array
    y: Array
    v: Array
    w: Array


def empty_supports(number: Integers) -> Supports:
    """Room for ``number[i]`` points a leaf."""
    start = np.zeros(len(number) + 1, np.int64)
    np.cumsum(number, out=start[1:])
    return Supports(start, *(np.empty(int(start[-1])) for _ in range(4)))


class Surroundings:
    """The points read so far around one unit: whole blocks, each once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: set[tuple[int, int]] = set()
        self.crowded: list[tuple[int, int]] = []
        """South-west cells of the blocks that were merged as they were read."""
        self.points = no_points()

    def load(self, west: Integers, south: Integers, east: Integers, north: Integers) -> None:
        """Read the blocks that share a cell with any of these half-open boxes (cells)."""
        if not len(west):
            return
        n = BLOCK_LEVEL
        x0, y0, x1, y1 = west >> n, south >> n, ((east - 1) >> n) + 1, ((north - 1) >> n) + 1
        corner_x, corner_y = int(x0.min()), int(y0.min())
        edges = np.zeros((int(y1.max()) - corner_y + 1, int(x1.max()) - corner_x + 1), np.int64)
        for columns, rows, sign in ((x0, y0, 1), (x1, y0, -1), (x0, y1, -1), (x1, y1, 1)):
            np.add.at(edges, (rows - corner_y, columns - corner_x), sign)
        wanted = edges.cumsum(0).cumsum(1) > 0
        box = Box(corner_x << n, corner_y << n, int(x1.max()) << n, int(y1.max()) << n)
        blocks = self._store.blocks(box)
        self.load_blocks(blocks.take(wanted[(blocks.y0 >> n) - corner_y, (blocks.x0 >> n) - corner_x]))

    def load_blocks(self, blocks: Blocks) -> None:
        """Read these occupied blocks, in the order of the store."""
        keys = list(zip(blocks.x0.tolist(), blocks.y0.tolist(), strict=True))
        fresh = np.array([key not in self._read for key in keys], np.bool_)
        self._read.update(keys)
        crowded = blocks.count > CROWDED
        if (fresh & ~crowded).any():
            self.points = join(self.points, self._store.read_blocks(blocks.take(fresh & ~crowded)))
        for i in np.flatnonzero(fresh & crowded):
            self.crowded.append(keys[i])
            self.points = join(self.points, read_crowded(self._store, *keys[i]))

    def index(self) -> Nearby:
        """What was read, by block; points of a block lie together, in canonical order."""
        points, per_cell = self.points, self._store.lattice.per_cell
        side = per_cell << BLOCK_LEVEL
        bx, by = points.x // side, points.y // side
        if not len(bx):
            none = np.zeros((1, 1), np.int64)
            return Nearby(points.x, points.y, points.v, points.w, none, none, 0, 0, per_cell)
        cut = np.flatnonzero(np.r_[True, (bx[1:] != bx[:-1]) | (by[1:] != by[:-1])])
        column, row = int(bx.min()), int(by.min())
        first = np.zeros((int(by.max()) - row + 1, int(bx.max()) - column + 1), np.int64)
        last = np.zeros_like(first)
        first[by[cut] - row, bx[cut] - column] = cut
        last[by[cut] - row, bx[cut] - column] = np.r_[cut[1:], len(bx)]
        return Nearby(points.x, points.y, points.v, points.w, first, last, column, row, per_cell)


def read_crowded(store: Store, x0: int, y0: int) -> Points:
    """The points of a block merged on quarters of a cell: weighted means, in whole lattice steps."""
    merged = no_points()
    for y in range(y0, y0 + (1 << BLOCK_LEVEL)):
        for x in range(x0, x0 + (1 << BLOCK_LEVEL)):
            merged = join(merged, _quarters(store.read(Box(x, y, x + 1, y + 1)), store.lattice.per_cell))
    return merged


def _quarters(points: Points, per_cell: int) -> Points:
    """The points of one cell as at most 16 weighted means, by row, then column."""
    if len(points) <= 1:
        return points
    square = (points.y % per_cell * 4 // per_cell) * 4 + points.x % per_cell * 4 // per_cell
    order = np.argsort(square, kind="stable")
    first = np.flatnonzero(np.diff(square[order], prepend=-1))
    w = np.add.reduceat(points.w[order], first)
    x0, y0 = int(points.x[0]) // per_cell * per_cell, int(points.y[0]) // per_cell * per_cell
    x, y, v = (np.add.reduceat((c * points.w)[order], first) / w for c in (points.x - x0, points.y - y0, points.v))
    return Points(np.floor(x).astype(np.int64) + x0, np.floor(y).astype(np.int64) + y0, v, w)


def no_points() -> Points:
    """No points."""
    none = np.empty(0, np.int64)
    return Points(none, none, np.empty(0), np.empty(0))


def join(a: Points, b: Points) -> Points:
    """Both, one after the other."""
    if not len(a):
        return b
    x, y = np.concatenate([a.x, b.x]), np.concatenate([a.y, b.y])
    return Points(x, y, np.concatenate([a.v, b.v]), np.concatenate([a.w, b.w]))


@kernel
def window(near, x0, y0, side, reach):  # type: ignore[no-untyped-def]
    """South, north, west, east: rows and columns of blocks that a square grown by ``reach`` cells touches."""
    rows, columns = near.first.shape
    south = max(0, ((y0 - reach) >> BLOCK_LEVEL) - near.row)
    north = min(rows, ((y0 + side + reach - 1) >> BLOCK_LEVEL) - near.row + 1)
    west = max(0, ((x0 - reach) >> BLOCK_LEVEL) - near.column)
    east = min(columns, ((x0 + side + reach - 1) >> BLOCK_LEVEL) - near.column + 1)
    return south, north, west, east


@kernel
def bins_away(near, p, x0, y0, side):  # type: ignore[no-untyped-def]
    """Distance (the larger coordinate) of point ``p`` from a leaf in sixteenths of its side, rounded up; 0 inside."""
    x, y = near.x[p] - x0 * near.per_cell, near.y[p] - y0 * near.per_cell
    steps = side * near.per_cell
    d = max(max(-x, x - steps + 1), max(-y, y - steps + 1))
    return 0 if d <= 0 else (d * BINS + steps - 1) // steps


@kernel
def octant(near, p, x0, y0, side):  # type: ignore[no-untyped-def]
    """Which of the 8 directions from the middle of a leaf point ``p`` lies in."""
    dx = 2 * near.x[p] - (2 * x0 + side) * near.per_cell
    dy = 2 * near.y[p] - (2 * y0 + side) * near.per_cell
    which = 0
    if dy < 0:
        which, dx, dy = 4, -dx, -dy
    if dx < 0:
        which, dx, dy = which + 2, dy, -dx
    return which + 1 if dy > dx else which


@kernel
def find_reaches(near, leaves_x0, leaves_y0, level, least, enough, few, reach, number, beside_hole):  # type: ignore[no-untyped-def]
    """How far around each leaf to look for ``enough`` points, and how many are there.

    ``reach`` counts sixteenths of the leaf's side, ``least`` to 16 of them; ``beside_hole`` says that in
    one of the 8 directions fewer than ``few`` points were found.
    """
    histogram = np.zeros((BINS + 1, 8), np.int64)
    seen = np.zeros(8, np.int64)
    for i in range(len(level)):
        x0, y0, side = leaves_x0[i], leaves_y0[i], 1 << level[i]
        histogram[:] = 0
        south, north, west, east = window(near, x0, y0, side, side)
        for by in range(south, north):
            for bx in range(west, east):
                for p in range(near.first[by, bx], near.last[by, bx]):
                    d = bins_away(near, p, x0, y0, side)
                    if d <= BINS:
                        histogram[d, octant(near, p, x0, y0, side)] += 1
        seen[:] = 0
        reach[i] = BINS
        for d in range(BINS + 1):
            seen += histogram[d]
            if d >= least and seen.sum() >= enough:
                reach[i] = d
                break
        number[i] = seen.sum()
        beside_hole[i] = seen.min() < few


@kernel
def gather(near, leaves_x0, leaves_y0, level, reach, extra_first, extra_last, extra, out):  # type: ignore[no-untyped-def]
    """Copy the points of each leaf's support to ``out``: those within reach, then the extra ones."""
    for i in range(len(level)):
        at = out.start[i]
        x0, y0, side = leaves_x0[i], leaves_y0[i], 1 << level[i]
        west_x, south_y = x0 * near.per_cell, y0 * near.per_cell
        south, north, west, east = window(near, x0, y0, side, side)
        for by in range(south, north):
            for bx in range(west, east):
                for p in range(near.first[by, bx], near.last[by, bx]):
                    if bins_away(near, p, x0, y0, side) <= reach[i]:
                        out.x[at], out.y[at] = near.x[p] - west_x, near.y[p] - south_y
                        out.v[at], out.w[at] = near.v[p], near.w[p]
                        at += 1
        for k in range(extra_first[i], extra_last[i]):
            p = extra[k]
            out.x[at], out.y[at] = near.x[p] - west_x, near.y[p] - south_y
            out.v[at], out.w[at] = near.v[p], near.w[p]
            at += 1
