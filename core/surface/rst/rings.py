# SPDX-License-Identifier: GPL-2.0-or-later
"""What a leaf beside a hole sees of the other side: few points, from farther and farther away.

A fit that sees one rim of a hole extrapolates: beside a hole of 20 m in dense data that gave 0.75 m
RMSE, seeing all rims 0.23 m, one solve of all points 0.19 m.  So a leaf that found next to nothing
in some direction looks at two rings around it: one as wide as the leaf in squares of a quarter of its
side, one twice as wide in squares of its side.  Of every square of a global lattice only the point
nearest to its center is taken.  It looks in all directions: a slope known from a narrow rim alone
differs from leaf to leaf, and the surface over the hole would be a patchwork.  Squares twice as wide in the
first ring made errors 3 to 8 m from the points of a made ground 1.2 times as large.

Two rings reach at least four sides beyond the leaf.  That covers the 3 x 3 nodes around the leaf's
parent, which were too full to be one leaf: only a leaf of the coarsest level can find nothing at all.
It takes the nearest points of the whole store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from ...tiles.lattice import Box
from ...tiles.points import Points
from .leaves import BLOCK_LEVEL, Integers, Leaves
from .supports import BINS, Nearby, Surroundings, bins_away, join, no_points, window

if TYPE_CHECKING:
    from ...tiles.store import Store

RINGS = 2
FEW = 3
"""In a direction with fewer points there is a hole."""
SQUARES = 24
"""Squares along a side of a ring, at most."""
AT_ONCE = 256
"""Leaves whose rings are looked at by one call."""
NEAREST = 32
"""Points of a leaf that finds nothing around it."""
DENSE_LEVEL = 4
"""Larger leaves beside a hole lie far from dense data, if there are any: they look at one block a square."""


@kernel
def ring_shift(level, ring):  # type: ignore[no-untyped-def]
    """Level of the squares of a ring: a quarter of the leaf's side, then its side."""
    return level + 2 * (ring - 1)


@kernel
def find_rings(near, leaves_x0, leaves_y0, level, reach, found, number):  # type: ignore[no-untyped-def]
    """Indices of the points in the rings of each leaf: ``found[i, :number[i]]``."""
    best = np.empty((SQUARES, SQUARES), np.int64)
    distance = np.empty((SQUARES, SQUARES), np.int64)
    for i in range(len(level)):
        x0, y0, side = leaves_x0[i], leaves_y0[i], 1 << level[i]
        inner, number[i] = reach[i], 0
        for ring in range(RINGS):
            outer = reach[i] + BINS * ((2 << ring) - 1)
            shift = ring_shift(level[i], ring)
            cells = (outer * side + BINS - 1) // BINS
            first_x, first_y = (x0 - cells) >> shift, (y0 - cells) >> shift
            pitch = near.per_cell << shift
            best[:] = -1
            south, north, west, east = window(near, x0, y0, side, cells)
            for by in range(south, north):
                for bx in range(west, east):
                    for p in range(near.first[by, bx], near.last[by, bx]):
                        d = bins_away(near, p, x0, y0, side)
                        if d <= inner or d > outer:
                            continue
                        sx, sy = near.x[p] // pitch, near.y[p] // pitch
                        dx, dy = 2 * near.x[p] - (2 * sx + 1) * pitch, 2 * near.y[p] - (2 * sy + 1) * pitch
                        row, column = sy - first_y, sx - first_x
                        if best[row, column] < 0 or dx * dx + dy * dy < distance[row, column]:
                            best[row, column] = p
                            distance[row, column] = dx * dx + dy * dy
            for row in range(SQUARES):
                for column in range(SQUARES):
                    p = best[row, column]
                    if p >= 0:
                        found[i, number[i]] = p
                        number[i] += 1
            inner = outer


def look_beyond(
    store: Store,
    around: Surroundings,
    leaves: Leaves,
    reach: Integers,
    number: Integers,
    beside_hole: NDArray[np.bool_],
) -> tuple[Nearby, Integers, Integers]:
    """All points, and those of each leaf's rings where ``beside_hole``: ``extra[start[i]:start[i + 1]]``."""
    found: dict[int, NDArray[np.int64]] = {}
    small = np.flatnonzero(beside_hole & (leaves.level <= DENSE_LEVEL))
    if len(small):
        some = leaves.take(small)
        side = 1 << some.level
        beyond = side << RINGS
        around.load(some.x0 - beyond, some.y0 - beyond, some.x0 + side + beyond, some.y0 + side + beyond)
        for i, index in zip(small, _rings(around.index(), some, reach[small]), strict=True):
            found[int(i)] = index
    tail = around.points
    for i in np.flatnonzero(beside_hole & (leaves.level > DENSE_LEVEL)):
        points = _far(store, leaves.take(np.array([i])), reach[[i]])
        if not len(points) and not number[i]:
            points = _nearest(store, leaves.take(np.array([i])))
        found[int(i)] = np.arange(len(tail), len(tail) + len(points))
        tail = join(tail, points)
    start = np.zeros(len(leaves) + 1, np.int64)
    for i, index in found.items():
        start[i + 1] = len(index)
    np.cumsum(start, out=start)
    extra = np.concatenate([found[i] for i in sorted(found)]) if found else np.empty(0, np.int64)
    return around.index()._replace(x=tail.x, y=tail.y, v=tail.v, w=tail.w), start, extra


def _rings(near: Nearby, leaves: Leaves, reach: Integers) -> list[NDArray[np.int64]]:
    chosen = []
    found = np.empty((min(AT_ONCE, len(leaves)), RINGS * SQUARES**2), np.int64)
    number = np.empty(len(leaves), np.int64)
    for first in range(0, len(leaves), AT_ONCE):
        some = slice(first, min(first + AT_ONCE, len(leaves)))
        find_rings(near, leaves.x0[some], leaves.y0[some], leaves.level[some], reach[some], found, number[some])
        chosen += [row[:n].copy() for row, n in zip(found, number[some], strict=False)]
    return chosen


def _far(store: Store, leaf: Leaves, reach: Integers) -> Points:
    """Points in the rings of one large leaf, from one block a square: the one nearest to the square's center."""
    x0, y0, level = int(leaf.x0[0]), int(leaf.y0[0]), int(leaf.level[0])
    side, half = 1 << level, 1 << BLOCK_LEVEL >> 1
    blocks = store.blocks(Box(x0, y0, x0 + side, y0 + side).grown(side << RINGS))
    x, y = blocks.x0 + half, blocks.y0 + half
    away = np.maximum(np.maximum(x0 - x, x - x0 - side), np.maximum(y0 - y, y - y0 - side)) * BINS
    around = Surroundings(store)
    inner, chosen = int(reach[0]), []
    for ring in range(RINGS):
        outer, shift = int(reach[0]) + BINS * ((2 << ring) - 1), max(BLOCK_LEVEL, level + 2 * (ring - 1))
        inside = np.flatnonzero((away > inner * side) & (away <= outer * side))
        inner = outer
        if not len(inside):
            continue
        dx, dy = x - ((x >> shift << shift) + (1 << shift >> 1)), y - ((y >> shift << shift) + (1 << shift >> 1))
        order = inside[np.lexsort((x[inside], y[inside], (dx * dx + dy * dy)[inside]))]
        columns, rows = x[order] >> shift, y[order] >> shift
        squares = (columns - columns.min()) * (int(np.ptp(rows)) + 1) + rows - rows.min()
        _, first = np.unique(squares, return_index=True)
        chosen.append(order[first])
    if not chosen:
        return around.points
    around.load_blocks(blocks.take(np.sort(np.concatenate(chosen))))
    return around.points.take(_rings(around.index(), leaf, reach)[0])


def _nearest(store: Store, leaf: Leaves) -> Points:
    """The points of the store nearest to the middle of a leaf; ties by their canonical order."""
    n = store.lattice.per_cell
    x0, y0, side = int(leaf.x0[0]), int(leaf.y0[0]), 1 << int(leaf.level[0])
    middle = Box(x0 + side // 2, y0 + side // 2, x0 + side // 2, y0 + side // 2)
    points = no_points()
    for bound, blocks in store.walk(middle):
        points = join(points, store.read_blocks(blocks))
        dx, dy = points.x - middle.x0 * n, points.y - middle.y0 * n
        square = dx.astype(np.float64) ** 2 + dy.astype(np.float64) ** 2
        order = np.lexsort((points.w, points.v, points.x, points.y, square))[:NEAREST]
        points = points.take(order)
        if len(order) == NEAREST and square[order[-1]] < bound:
            break
    return points
