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


@dataclass(frozen=True)
class _Level:
    """Some nodes of one level, [row, column] from node (x0, y0)."""

    x0: int
    y0: int
    split: NDArray[np.bool_]

    def of(self, ix: Integers, iy: Integers) -> NDArray[np.bool_]:
        return np.asarray(self.split[iy - self.y0, ix - self.x0])


def find_leaves(store: Store, box: Box, x: Integers, y: Integers, rule: Rule) -> Leaves:
    """Every leaf whose weight reaches into ``box``.

    ``x``, ``y`` are the cells of all points within ``2 << BLOCK_LEVEL`` cells of ``box``.
    """
    blocks = store.blocks(box.grown(3 << rule.coarsest))
    counted = {True: (blocks.x0, blocks.y0, blocks.count), False: (x, y, np.ones(len(x), np.int64))}
    found: list[Leaves] = []
    above: _Level | None = None
    for level in range(rule.coarsest, rule.finest - 1, -1):
        here = _split(box, level, rule, *counted[level >= BLOCK_LEVEL])
        ix, iy = np.meshgrid(np.arange(here.split.shape[1]) + here.x0, np.arange(here.split.shape[0]) + here.y0)
        inner = (slice(1, -1), slice(1, -1))
        ix, iy = ix[inner], iy[inner]
        exists = np.ones(ix.shape, np.bool_) if above is None else above.of(ix >> 1, iy >> 1)
        leaf = exists & ~here.split[inner]
        found.append(_reaching(Leaves(ix[leaf] << level, iy[leaf] << level, np.full(int(leaf.sum()), level)), box))
        above = here
    joined = Leaves(*(np.concatenate([getattr(f, name) for f in found]) for name in ("x0", "y0", "level")))
    return joined.take(np.lexsort((joined.x0, joined.y0)))


def _split(box: Box, level: int, rule: Rule, x: Integers, y: Integers, count: Integers) -> _Level:
    """Which nodes, from 2 before ``box`` to 2 after it, are to be split (the outermost ones are not looked at)."""
    x0, y0 = (box.x0 >> level) - 2, (box.y0 >> level) - 2
    columns, rows = ((box.x1 - 1) >> level) + 3 - x0, ((box.y1 - 1) >> level) + 3 - y0
    ix, iy = (x >> level) - x0, (y >> level) - y0
    inside = (ix >= 0) & (ix < columns) & (iy >= 0) & (iy < rows)
    counts = np.bincount(iy[inside] * columns + ix[inside], weights=count[inside], minlength=rows * columns)
    full = counts.reshape(rows, columns) > rule.k
    split = np.zeros_like(full)
    if level > rule.finest:
        for dy in range(3):
            for dx in range(3):
                split[1:-1, 1:-1] |= full[dy : rows - 2 + dy, dx : columns - 2 + dx]
    return _Level(x0, y0, split)


def _reaching(leaves: Leaves, box: Box) -> Leaves:
    reach, side = margin(leaves.level), 1 << leaves.level
    x = (leaves.x0 - reach < box.x1) & (leaves.x0 + side + reach > box.x0)
    y = (leaves.y0 - reach < box.y1) & (leaves.y0 + side + reach > box.y0)
    return leaves.take(x & y)
