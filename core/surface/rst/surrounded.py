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
from .parts import PARTS
from .rings import FEW
from .segments import RADIAL_RATE, SOLVE_RATE, Segments, batches, row_runs
from .supports import BINS, Nearby, Supports, Surroundings, empty_supports, find_reaches, gather

POWER_COST = 3
"""How many times dearer the radial function of the second fits is."""


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
    wide_queries: Integers
    """Queries within a side of each leaf that has a second fit."""
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

    def add_wide(self, targets: Targets, job: Job) -> int:
        """Add the second fits of the leaves that lie in a gap; returns how many could not be made."""
        nodes = np.diff(self.wide.start).astype(np.float64)
        radial = POWER_COST * nodes * (nodes + self.wide_queries) / RADIAL_RATE
        seconds = nodes**3 / (3 * SOLVE_RATE) + radial + 1e-6
        owned, failed = self.owned(0, len(self.leaves), targets)[self.in_gap], 0
        for first, last in batches(seconds):
            leaves = self.leaves.take(self.in_gap[first:last])
            job.progress.check()
            supports = gather_wide(self.wide, first, leaves, self.per_cell)
            fits = fit(supports, self.gap_spline, self.per_cell)
            failed += int(np.count_nonzero(np.isnan(fits.constant) & owned[first:last]))
            for row, end in row_runs(float(seconds[first:last].sum()), targets.rows):
                job.progress.check()
                add_wide(supports, fits, self.gap_spline, leaves.x0, leaves.y0, leaves.level, row, end, targets)
        if len(targets.wide_slopes):
            targets.wide_slopes[:] *= self.scale ** np.array([1, 1, 2, 2, 2])
        return failed


PART_BYTES = 32 * PARTS
"""A block whose parts were summed."""
BEYOND_ALL = 1 << 40
"""Reach of a leaf that takes no nodes into its first fit."""


def find_surrounded(
    store: Store, box: Box, rule: Rule, spline: Spline, gap_spline: Spline, targets: Targets, job: Job
) -> Surrounded:
    """The leaves that lie within their side of queries in ``box``, each with what its fits see."""
    around, per_cell = Surroundings(store), store.lattice.per_cell
    around.load(*(np.array([side]) for side in box.grown(NEAR)))
    cells = around.points.x // per_cell, around.points.y // per_cell
    leaves = find_leaves(store, box, *cells, rule, wide=True)
    reached = np.empty(len(leaves), np.int64)
    count_queries(leaves.x0, leaves.y0, leaves.level, 1 << leaves.level, targets, reached)
    leaves, reached = leaves.take(reached > 0), reached[reached > 0]
    queries, reach, number = (np.empty(len(leaves), np.int64) for _ in range(3))
    count_queries(leaves.x0, leaves.y0, leaves.level, margin(leaves.level), targets, queries)
    side = 1 << leaves.level
    around.load(leaves.x0 - side, leaves.y0 - side, leaves.x0 + 2 * side, leaves.y0 + 2 * side)
    near, beside_hole = around.index(), np.empty(len(leaves), np.bool_)
    find_reaches(near, leaves.x0, leaves.y0, leaves.level, BINS // 4, ENOUGH, FEW, reach, number, beside_hole)
    job.progress.check()
    coverage = find_coverage(near, leaves, reach, number, exact=spline.smoothing == 0.0)
    job.progress.check()
    unused = (coverage.radius == 0.0) | (queries == 0)
    number[unused], reach[unused] = 0, -1
    in_gap = np.flatnonzero(coverage.radius >= 0.0)
    wide = find_wide(store, near, leaves.take(in_gap), job)
    sizes = number.copy()
    seen = np.where(number[in_gap] > 0, reach[in_gap], BEYOND_ALL)
    sizes[in_gap] += count_beyond(wide, leaves.take(in_gap), seen, per_cell)
    merged = sum(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in around.crowded)
    scale = gap_spline.xx / spline.xx if spline.xx else gap_spline.yx / spline.yx
    return Surrounded(
        leaves, margin(leaves.level), sizes, queries, most_points(rule), per_cell, coverage, near, reach, number,
        in_gap, wide, gap_spline, reached[in_gap], scale, merged,
    )  # fmt: skip


def gap_bytes(points: int, cells: int, side: float) -> int:
    """Peak bytes of what the blended mode does not have: sums, parts of blocks, nodes; ``side`` is the unit's.

    Leaves hold 4 x 4 cells or about 12 points at least; half of them lie in a gap and see 250 nodes.
    """
    blocks = ((side + 2 * NEAR) / (1 << BLOCK_LEVEL)) ** 2
    return int(PART_BYTES * blocks) + 64 * cells + 1000 * min(cells // 16, points // 12)
