# SPDX-License-Identifier: GPL-2.0-or-later
"""The points a leaf beside a gap sees: means of quad tree nodes, coarser with distance.

A node is taken whole when its side is at most its distance from the leaf, and opened otherwise (Barnes
and Hut 1986), down to a quarter of the leaf's side.  So the support surrounds the leaf, its number of
points grows with the logarithm of the gap's width, and neighboring leaves see nearly the same.

A node of up to 16 x 16 cells is the weighted mean of its points.  A larger one is represented by one of
its blocks of 16 x 16 cells, the one nearest to its middle, so that far points cost one small read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...compiled import argument, kernel
from ...jobs.job import Job
from ...tiles.blocks import TILE_LEVEL, Blocks, join_blocks
from ...tiles.lattice import Box
from .leaves import BLOCK_LEVEL, COARSEST, Integers, Leaves
from .parts import PARTS, Parts, finest_side, no_parts, part_number, sum_far, sum_near
from .supports import BINS, Nearby, Supports, empty_supports

if TYPE_CHECKING:
    from ...tiles.store import Store

TOP = 4
"""Levels above a leaf of the largest nodes it sees: 16 times its side, in 3 x 3 of them."""
TOP_COARSEST = 6
"""The same for leaves of the coarsest level, beyond which no leaf grows."""


AT_ONCE = 2048
"""Leaves whose nodes are chosen by one call."""


@argument
class Grids(NamedTuple):
    """Which node of each level holds points: ``number[start[k] + row * columns[k] + column]``, -1 where none does.

    ``k`` counts levels from the block's up.
    """

    number: Integers
    start: Integers
    columns: Integers
    rows: Integers
    x0: Integers
    y0: Integers


@argument
class Wide(NamedTuple):
    """The nodes each leaf sees: ``chosen[start[i]:start[i + 1]]``; none for a leaf without a gap.

    A value below the number of all parts is a part of a block; above it, a representative block.
    """

    start: Integers
    chosen: Integers
    parts: Parts
    far: Parts


def find_wide(store: Store, near: Nearby, leaves: Leaves, job: Job) -> Wide:
    """The nodes that each of the leaves sees."""
    start = np.zeros(len(leaves) + 1, np.int64)
    if not len(leaves):
        return Wide(start, np.empty(0, np.int64), no_parts(), no_parts())
    parts = sum_near(near, leaves)
    grids, blocks = _grids(store, leaves)
    number = np.zeros(len(leaves), np.int64)
    _choose(leaves, grids, parts, number, np.empty(0, np.int64), job)
    np.cumsum(number, out=start[1:])
    chosen = np.empty(int(start[-1]), np.int64)
    _choose(leaves, grids, parts, start[:-1].copy(), chosen, job)
    all_parts = len(parts.x0) * PARTS
    far = chosen >= all_parts
    used, place = np.unique(chosen[far] - all_parts, return_inverse=True)
    chosen[far] = all_parts + place
    wide = Wide(start, chosen, parts, sum_far(store, blocks.take(used)))
    return _without_empty(wide, np.flatnonzero(far), place)


def _without_empty(wide: Wide, far: Integers, place: Integers) -> Wide:
    """The nodes without those ``far`` ones whose block, at ``place``, has no point left: cross-validation took it."""
    kept = np.ones(len(wide.chosen), np.bool_)
    kept[far] = wide.far.sums[place, 0, 0] > 0.0
    if kept.all():
        return wide
    return wide._replace(start=np.r_[0, np.cumsum(kept)][wide.start], chosen=wide.chosen[kept])


def _choose(leaves: Leaves, grids: Grids, parts: Parts, at: Integers, chosen: Integers, job: Job) -> None:
    """``choose_nodes`` for some leaves at a time, so that no call takes long."""
    for first in range(0, len(leaves), AT_ONCE):
        job.progress.check()
        some = slice(first, first + AT_ONCE)
        choose_nodes(leaves.x0[some], leaves.y0[some], leaves.level[some], grids, parts, at[some], chosen)


def count_beyond(wide: Wide, leaves: Leaves, reach: Integers, per_cell: int) -> Integers:
    """How many of the nodes each leaf sees lie beyond ``reach``, in sixteenths of its side."""
    number = np.zeros(len(leaves), np.int64)
    copy_nodes(wide, 0, leaves.x0, leaves.y0, leaves.level, reach, per_cell, number, empty_supports(number))
    return number


def gather_nodes(
    wide: Wide, first: int, leaves: Leaves, reach: Integers, per_cell: int, at: Integers, out: Supports
) -> None:
    """Copy the means ``leaves``, from number ``first`` of ``wide``, see beyond ``reach`` to ``out`` from ``at`` on."""
    copy_nodes(wide, first, leaves.x0, leaves.y0, leaves.level, reach, per_cell, at, out)


def _grids(store: Store, leaves: Leaves) -> tuple[Grids, Blocks]:
    """Occupied nodes of every level that a leaf may visit, and the block that represents each."""
    numbers, blocks, shapes = [], [], []
    count = start = 0
    highest = int(np.where(leaves.level == COARSEST, COARSEST + TOP_COARSEST, leaves.level + TOP).max())
    for level in range(BLOCK_LEVEL, highest + 1):
        above = leaves.level >= (COARSEST if level > COARSEST + TOP else level - TOP)
        some = leaves.take(above)
        side = 1 << some.level
        hull = Box(*(int(n) for n in (some.x0.min(), some.y0.min(), (some.x0 + side).max(), (some.y0 + side).max())))
        wide = hull.grown(4 << level)
        x0, y0 = wide.x0 >> level, wide.y0 >> level
        columns, rows = ((wide.x1 - 1) >> level) + 1 - x0, ((wide.y1 - 1) >> level) + 1 - y0
        whole = Box(x0 << level, y0 << level, (x0 + columns) << level, (y0 + rows) << level)
        found = _representatives(store, whole, level)
        number = np.full((rows, columns), -1, np.int64)
        number[(found.node_y - y0), (found.node_x - x0)] = count + np.arange(len(found.blocks))
        numbers.append(number.ravel())
        blocks.append(found.blocks)
        shapes.append((start, columns, rows, x0, y0))
        count += len(found.blocks)
        start += rows * columns
    return Grids(np.concatenate(numbers), *np.array(shapes, np.int64).T.copy()), join_blocks(blocks)


@dataclass(frozen=True)
class Found:
    """Occupied nodes of one level, and the block that represents each."""

    node_x: Integers
    node_y: Integers
    blocks: Blocks


def _representatives(store: Store, box: Box, level: int) -> Found:
    """The block nearest to the middle of each occupied node of ``level`` in ``box``; ties by column, then row."""
    if level <= TILE_LEVEL:
        blocks = store.blocks(box)
        index = _nearest_to_middle(blocks.x0, blocks.y0, 1 << BLOCK_LEVEL, level)
        chosen = blocks.take(index)
        return Found(chosen.x0 >> level, chosen.y0 >> level, chosen)
    ix, iy = store.tiles.T
    low, high = np.array([box.x0, box.y0]) >> TILE_LEVEL, np.array([box.x1, box.y1]) >> TILE_LEVEL
    rows = np.flatnonzero((ix >= low[0]) & (ix < high[0]) & (iy >= low[1]) & (iy < high[1]))
    rows = rows[_nearest_to_middle(ix[rows] << TILE_LEVEL, iy[rows] << TILE_LEVEL, 1 << TILE_LEVEL, level)]
    parts = []
    for row in rows:
        blocks = store.tile_blocks(int(row))
        parts.append(blocks.take(_nearest_to_middle(blocks.x0, blocks.y0, 1 << BLOCK_LEVEL, level)))
    chosen = join_blocks(parts)
    return Found(chosen.x0 >> level, chosen.y0 >> level, chosen)


def _nearest_to_middle(x0: Integers, y0: Integers, side: int, level: int) -> Integers:
    """Indices of the squares, one in each node of ``level``, whose middle is nearest to that of the node."""
    node_x, node_y = x0 >> level, y0 >> level
    dx = 2 * x0 + side - ((2 * node_x + 1) << level)
    dy = 2 * y0 + side - ((2 * node_y + 1) << level)
    order = np.lexsort((y0, x0, dx * dx + dy * dy, node_x, node_y))
    new = np.r_[True, (np.diff(node_x[order]) != 0) | (np.diff(node_y[order]) != 0)] if len(order) else order
    return order[new.astype(np.bool_)]


@kernel
def box_distance(x, y, level, x0, y0, side):  # type: ignore[no-untyped-def]
    """Distance (the larger coordinate, cells) of node (x, y) of ``level`` from a square; 0 where they share a cell."""
    left, bottom, width = x << level, y << level, 1 << level
    dx = max(x0 - left - width, left - x0 - side)
    dy = max(y0 - bottom - width, bottom - y0 - side)
    return max(0, max(dx, dy))


@kernel
def choose_nodes(leaves_x0, leaves_y0, level, grids, parts, at, chosen):  # type: ignore[no-untyped-def]
    """The nodes each leaf sees, written from ``chosen[at[i]]`` on; where that is empty, their number goes to ``at``.

    Nodes of the top level around the leaf are opened in order; a large one is looked up in the grids, a small one
    in the parts.
    """
    stack = np.empty((3, 256), np.int64)
    all_parts = len(parts.x0) * PARTS
    fill = len(chosen) > 0
    for i in range(len(level)):
        x0, y0, side = leaves_x0[i], leaves_y0[i], 1 << level[i]
        least = finest_side(level[i])
        top = level[i] + (TOP_COARSEST if level[i] == COARSEST else TOP)
        depth, found = 0, at[i]
        for dy in range(1, -2, -1):
            for dx in range(1, -2, -1):
                stack[0, depth], stack[1, depth], stack[2, depth] = (x0 >> top) + dx, (y0 >> top) + dy, top
                depth += 1
        while depth > 0:
            depth -= 1
            x, y, node = stack[0, depth], stack[1, depth], stack[2, depth]
            if node >= BLOCK_LEVEL:
                number = _far_number(grids, node, x, y)
                value = number + all_parts
            else:
                number = value = part_number(parts, node, x, y)
            if number < 0:
                continue
            width = 1 << node
            if not (width > least and width > box_distance(x, y, node, x0, y0, side)):
                if fill:
                    chosen[found] = value
                found += 1
                continue
            for child in range(3, -1, -1):
                stack[0, depth], stack[1, depth] = 2 * x + (child & 1), 2 * y + (child >> 1)
                stack[2, depth] = node - 1
                depth += 1
        if not fill:
            at[i] = found


@kernel
def _far_number(grids, node, x, y):  # type: ignore[no-untyped-def]
    """Number of the block that represents node (x, y) of a level from the block's up; -1 where it is empty."""
    k = node - BLOCK_LEVEL
    column, row = x - grids.x0[k], y - grids.y0[k]
    if 0 <= column < grids.columns[k] and 0 <= row < grids.rows[k]:
        return grids.number[grids.start[k] + row * grids.columns[k] + column]
    return -1


@kernel
def copy_nodes(wide, first, leaves_x0, leaves_y0, level, reach, per_cell, at, out):  # type: ignore[no-untyped-def]
    """Means of the chosen nodes beyond ``reach``, x and y in lattice steps from the leaf's south-west corner.

    They are written from ``at[i]`` on, which is moved on; with an empty ``out`` they are only counted.
    """
    parts, far = wide.parts, wide.far
    all_parts = len(parts.x0) * PARTS
    for i in range(len(level)):
        side = (1 << level[i]) * per_cell
        for j in range(wide.start[first + i], wide.start[first + i + 1]):
            number = wide.chosen[j]
            if number < all_parts:
                block = number // PARTS
                total, x0, y0 = parts.sums[block, number - block * PARTS], parts.x0[block], parts.y0[block]
            else:
                block = number - all_parts
                total, x0, y0 = far.sums[block, 0], far.x0[block], far.y0[block]
            w = total[0]
            x = (x0 - leaves_x0[i]) * per_cell + total[1] / w
            y = (y0 - leaves_y0[i]) * per_cell + total[2] / w
            if reach[i] >= 0 and BINS * max(max(-x, x - side), max(-y, y - side)) <= reach[i] * side:
                continue
            if len(out.x) > 0:
                out.x[at[i]], out.y[at[i]], out.v[at[i]], out.w[at[i]] = x, y, total[3] / w, w
            at[i] += 1
