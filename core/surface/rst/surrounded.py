# SPDX-License-Identifier: GPL-2.0-or-later
"""The surrounded mode: the blended mode near points, and in gaps second fits that see points all around.

A leaf that reaches into a gap is fitted twice.  The first fit is the spline of its own points, as in the
blended mode, steadied by the nodes it sees beyond them.  The second fit (gaps.py) is made of nodes that
surround the leaf (nodes.py).  The value is their mean by the share of the first fit, which falls smoothly
to 0 off the points.  The weights of the second fits reach a whole side beyond their leaves, so that no
border of a leaf shows in a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...jobs.job import Job
from ...tiles.lattice import Box
from ...tiles.store import Store
from .blend import ENOUGH, NEAR, most_points
from .fits import Spline, Targets, add_wide, count_queries
from .gaps import find_coverage
from .ladder import fit, relieved
from .leaves import BLOCK_LEVEL, Integers, Rule, find_leaves, margin
from .nodes import Wide, count_beyond, find_wide, gather_nodes, gather_wide
from .rings import FEW
from .segments import Segments
from .supports import BINS, Nearby, Supports, Surroundings, empty_supports, find_reaches, gather

AT_ONCE = 32
"""Second fits made by one call."""


@dataclass(frozen=True)
class Surrounded(Segments):
    """Leaves within their side of one unit, the points of their first fits and the nodes of their second ones."""

    near: Nearby
    reach: Integers
    """Sixteenths of its side around each leaf whose points its first fit sees; -1 where it has none."""
    own: Integers
    """Points within reach of each leaf; the first fit sees ``sizes`` points, the rest of them nodes."""
    in_gap: Integers
    """The leaves with a second fit, ascending: their nodes are those of ``wide`` in this order."""
    wide: Wide
    gap_spline: Spline
    scale: float
    """Coordinates of ``gap_spline`` in those of the first fits."""
    merged: int
    """Blocks of the unit merged as they were read."""

    def supports(self, first: int, last: int) -> Supports:
        """Points of leaves ``first`` to ``last`` - 1: their own, then the nodes beyond."""
        out = empty_supports(self.sizes[first:last])
        some, reach = self.leaves.take(np.arange(first, last)), self.reach[first:last]
        none = np.zeros(last - first + 1, np.int64)
        gather(self.near, some.x0, some.y0, some.level, reach, none, none, out)
        low, high = np.searchsorted(self.in_gap, (first, last))
        inside = self.in_gap[low:high] - first
        seen = self.own[first:last][inside] > 0
        beyond = np.where(seen, reach[inside], BEYOND_ALL)
        at = out.start[inside] + self.own[first:last][inside]
        gather_nodes(self.wide, int(low), some.take(inside), beyond, self.per_cell, at, out)
        return relieved(out, self.most, self.per_cell)

    def add_wide(self, targets: Targets, job: Job) -> None:
        """Add the second fits of the leaves that lie in a gap."""
        for first in range(0, len(self.in_gap), AT_ONCE):
            leaves = self.leaves.take(self.in_gap[first : first + AT_ONCE])
            job.progress.check()
            supports = gather_wide(self.wide, first, leaves, self.per_cell)
            fits = fit(supports, self.gap_spline, self.per_cell)
            job.progress.check()
            add_wide(supports, fits, self.gap_spline, leaves.x0, leaves.y0, leaves.level, 0, targets.rows, targets)
        if len(targets.wide_slopes):
            targets.wide_slopes[:] *= self.scale ** np.array([1, 1, 2, 2, 2])


BEYOND_ALL = 1 << 40
"""Reach of a leaf that takes no nodes into its first fit."""


def find_surrounded(
    store: Store, box: Box, rule: Rule, spline: Spline, gap_spline: Spline, targets: Targets
) -> Surrounded:
    """The leaves that lie within their side of queries in ``box``, each with what its fits see."""
    around, per_cell = Surroundings(store), store.lattice.per_cell
    around.load(*(np.array([side]) for side in box.grown(NEAR)))
    cells = around.points.x // per_cell, around.points.y // per_cell
    leaves = find_leaves(store, box, *cells, rule, wide=True)
    reached = np.empty(len(leaves), np.int64)
    count_queries(leaves.x0, leaves.y0, leaves.level, 1 << leaves.level, targets, reached)
    leaves = leaves.take(reached > 0)
    queries, reach, number = (np.empty(len(leaves), np.int64) for _ in range(3))
    count_queries(leaves.x0, leaves.y0, leaves.level, margin(leaves.level), targets, queries)
    side = 1 << leaves.level
    beyond = np.where(leaves.level >= BLOCK_LEVEL, 2 * side, side)
    around.load(leaves.x0 - beyond, leaves.y0 - beyond, leaves.x0 + side + beyond, leaves.y0 + side + beyond)
    near, beside_hole = around.index(), np.empty(len(leaves), np.bool_)
    find_reaches(near, leaves.x0, leaves.y0, leaves.level, BINS // 4, ENOUGH, FEW, reach, number, beside_hole)
    coverage = find_coverage(near, leaves, reach, number, exact=spline.smoothing == 0.0)
    unused = (coverage.radius == 0.0) | (queries == 0)
    number[unused], reach[unused] = 0, -1
    in_gap = np.flatnonzero(coverage.radius >= 0.0)
    wide = find_wide(store, near, leaves.take(in_gap))
    sizes = number.copy()
    seen = np.where(number[in_gap] > 0, reach[in_gap], BEYOND_ALL)
    sizes[in_gap] += count_beyond(wide, leaves.take(in_gap), seen, per_cell)
    merged = sum(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in around.crowded)
    scale = gap_spline.xx / spline.xx if spline.xx else gap_spline.yx / spline.yx
    return Surrounded(
        leaves, margin(leaves.level), sizes, queries, most_points(rule), per_cell, coverage, near, reach, number,
        in_gap, wide, gap_spline, scale, merged,
    )  # fmt: skip
