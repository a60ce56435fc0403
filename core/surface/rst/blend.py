# SPDX-License-Identifier: GPL-2.0-or-later
"""The blended mode: overlapping local splines, weighted so that the surface has no border.

Every leaf has a smooth weight that reaches a margin beyond it and vanishes there with its first two
derivatives; the surface is the weighted mean of the leaves' splines (partition of unity: Franke 1982,
Wendland 2005).  A leaf's fit is a function of the sealed numbers and of the points around it only,
so two units that share a leaf compute identical bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...jobs.job import Job
from ...tiles.lattice import Box
from ...tiles.store import Store
from .fits import Targets, count_queries
from .gaps import no_gaps
from .ladder import relieved
from .leaves import BLOCK_LEVEL, Integers, Rule, find_leaves, margin
from .rings import FEW, look_beyond
from .segments import Segments
from .supports import BINS, Nearby, Supports, Surroundings, empty_supports, find_reaches, gather

NEAR = 2 << BLOCK_LEVEL
"""Cells around a unit that are always read: they decide the small leaves and hold their supports."""
ENOUGH = 100
"""Points a support holds, where the 3 x 3 nodes around its leaf have as many."""

MOST = 400
"""A support of more points than this and than 9 leaves may hold is thinned; and one of more than LARGEST."""
LARGEST = 1600


@dataclass(frozen=True)
class Blended(Segments):
    """Leaves that reach into one unit and the points they are fitted to."""

    near: Nearby
    reach: Integers
    extra_start: Integers
    extra: Integers
    merged: int
    """Blocks of the unit merged as they were read."""

    def supports(self, first: int, last: int) -> Supports:
        """Points of leaves ``first`` to ``last`` - 1."""
        out = empty_supports(self.sizes[first:last])
        some, reach = self.leaves.take(np.arange(first, last)), self.reach[first:last]
        extra = self.extra_start[first:last], self.extra_start[first + 1 : last + 1], self.extra
        gather(self.near, some.x0, some.y0, some.level, reach, *extra, out)
        return relieved(out, self.most, self.per_cell)

    def add_wide(self, targets: Targets, job: Job) -> int:
        """Add nothing: this mode has no second fits."""
        return 0


def most_points(rule: Rule) -> int:
    """Points of the largest support."""
    return min(max(MOST, 9 * rule.k), LARGEST)


def find_blended(store: Store, box: Box, rule: Rule, targets: Targets | None = None) -> Blended:
    """The leaves that reach into ``box`` (and have queries there), each with its points."""
    around = Surroundings(store)
    wide = box.grown(NEAR)
    around.load(*(np.array([side]) for side in wide))
    per_cell = store.lattice.per_cell
    leaves = find_leaves(store, box, around.points.x // per_cell, around.points.y // per_cell, rule)
    if targets is not None:
        queries = np.empty(len(leaves), np.int64)
        count_queries(leaves.x0, leaves.y0, leaves.level, margin(leaves.level), targets, queries)
        leaves, queries = leaves.take(queries > 0), queries[queries > 0]
    else:
        queries = np.zeros(len(leaves), np.int64)
    side = 1 << leaves.level
    around.load(leaves.x0 - side, leaves.y0 - side, leaves.x0 + 2 * side, leaves.y0 + 2 * side)
    reach, number = np.empty(len(leaves), np.int64), np.empty(len(leaves), np.int64)
    beside_hole = np.empty(len(leaves), np.bool_)
    find_reaches(around.index(), leaves.x0, leaves.y0, leaves.level, BINS // 4, ENOUGH, FEW, reach, number, beside_hole)
    near, start, extra = look_beyond(store, around, leaves, reach, number, beside_hole)
    sizes = number + np.diff(start)
    merged = sum(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in around.crowded)
    return Blended(
        leaves, margin(leaves.level), sizes, queries, most_points(rule), per_cell, no_gaps(len(leaves)), near, reach,
        start, extra, merged,
    )  # fmt: skip
