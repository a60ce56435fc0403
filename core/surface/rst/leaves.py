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
MARGIN = 2
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


def _count(x: Integers, y: Integers, count: Integers, level: int, box: Box) -> tuple[Integers, int, int]:
    """Counts of the nodes of ``level`` from 2 before ``box`` to 2 after it, and the first node's indices."""
    x0, y0 = (box.x0 >> level) - 2, (box.y0 >> level) - 2
    columns, rows = ((box.x1 - 1) >> level) + 3 - x0, ((box.y1 - 1) >> level) + 3 - y0
    ix, iy = (x >> level) - x0, (y >> level) - y0
    inside = (ix >= 0) & (ix < columns) & (iy >= 0) & (iy < rows)
    flat = np.bincount(iy[inside] * columns + ix[inside], weights=count[inside], minlength=rows * columns)
    return flat.astype(np.int64).reshape(rows, columns), x0, y0


def find_leaves(store: Store, box: Box, x: Integers, y: Integers, rule: Rule) -> Leaves:
    """Every leaf whose weight reaches into ``box``.

    ``x``, ``y`` are the cells of all points within ``3 << BLOCK_LEVEL`` cells of ``box``.
    """
    blocks = store.blocks(box.grown(3 << rule.coarsest))
    found: list[Leaves] = []
    exists: NDArray[np.bool_] | None = None
    ones = np.ones(len(x), np.int64)
    for level in range(rule.coarsest, rule.finest - 1, -1):
        many = (blocks.x0, blocks.y0, blocks.count) if level >= BLOCK_LEVEL else (x, y, ones)
        count, x0, y0 = _count(*many, level, box)
        full = count > rule.k
        split = np.zeros_like(full)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                split[1:-1, 1:-1] |= full[1 + dy : full.shape[0] - 1 + dy, 1 + dx : full.shape[1] - 1 + dx]
        if level == rule.finest:
            split[:] = False
        iy, ix = np.indices(full.shape)
        iy, ix = iy + y0, ix + x0
        here = np.zeros_like(full)
        here[1:-1, 1:-1] = True
        if exists is not None:
            here &= exists[(iy >> 1) - parent_y0, (ix >> 1) - parent_x0]
        leaf = here & ~split
        found.append(_reaching(Leaves(ix[leaf] << level, iy[leaf] << level, np.full(int(leaf.sum()), level)), box))
        exists, parent_x0, parent_y0 = here & split, x0, y0
    joined = Leaves(*(np.concatenate(parts) for parts in zip(*((f.x0, f.y0, f.level) for f in found))))
    return joined.take(np.lexsort((joined.x0, joined.y0)))


def _reaching(leaves: Leaves, box: Box) -> Leaves:
    reach, side = margin(leaves.level), 1 << leaves.level
    x = (leaves.x0 - reach < box.x1) & (leaves.x0 + side + reach > box.x0)
    y = (leaves.y0 - reach < box.y1) & (leaves.y0 + side + reach > box.y0)
    return leaves.take(x & y)
