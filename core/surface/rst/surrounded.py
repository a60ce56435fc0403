# SPDX-License-Identifier: GPL-2.0-or-later
"""The surrounded mode: the blended mode near points, and in gaps second fits that see points all around.

A leaf that reaches into a gap is fitted twice.  The first fit is the spline of its own points, as in the
blended mode, and of what surrounds them: points of two rings (rings.py), then nodes (nodes.py).  The second
fit sees the same, with the function of gaps.py or choice.py.  The value is their mean by the share of the
first fit, which falls smoothly to 0 off the points.  The weights of the second fits reach a whole side beyond
their leaves, so that no border of a leaf shows in a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...jobs.job import Job
from ...tiles.lattice import Box
from ...tiles.store import Store
from .blend import ENOUGH, NEAR, most_points
from .bounds import Bounds
from .fits import Spline, Targets, add_wide, count_queries
from .gaps import Edge, find_coverage
from .ladder import fit, relieved
from .leaves import BLOCK_LEVEL, Integers, Rule, find_leaves, margin
from .nodes import Wide, count_beyond, find_wide, gather_nodes
from .parts import PARTS
from .rings import FEW, RINGS, look_beyond
from .segments import EXACT_COST, RADIAL_RATE, SOLVE_RATE, Segments, batches, row_runs
from .solve import EXACT, POWER
from .supports import BINS, Nearby, Supports, Surroundings, empty_supports, find_reaches, gather

POWER_COST = 3
"""How many times dearer the radial function of the second fits is."""


@dataclass(frozen=True)
class GapFunction:
    """What second fits are made with."""

    spline: Spline
    bounds: Bounds
    edge: Edge


@dataclass(frozen=True)
class Surrounded(Segments):
    """Leaves within their side of one unit, the points of their first fits and of their second ones."""

    near: Nearby
    reach: Integers
    """Sixteenths of its side around each leaf whose points it sees."""
    extra_start: Integers
    extra: Integers
    """Points of the rings around the leaves of ``rim``."""
    whole: Integers
    """Points and nodes each leaf sees; its first fit has ``sizes`` of them: all or none."""
    in_gap: Integers
    """The leaves with a second fit, ascending."""
    rim: Integers
    """Those of them beside a hole, which see rings and nodes: the nodes are those of ``wide`` in this order."""
    wide: Wide
    nodes: Integers
    """Nodes beyond the rings, of each leaf of ``rim``."""
    gap: GapFunction
    wide_queries: Integers
    """Queries within a side of each leaf that has a second fit."""
    merged: int
    """Blocks of the unit merged as they were read."""

    def supports(self, first: int, last: int) -> Supports:
        """Points of the first fits of leaves ``first`` to ``last`` - 1."""
        chosen = np.arange(first, last)
        return self._gathered(chosen, self.sizes[chosen] > 0)

    def _gathered(self, chosen: Integers, used: NDArray[np.bool_]) -> Supports:
        """Points of the ``used`` ones of some leaves in order: those within reach, of the rings, the nodes beyond."""
        leaves, reach = self.leaves.take(chosen), np.where(used, self.reach[chosen], -1)
        out = empty_supports(np.where(used, self.whole[chosen], 0))
        start, stop = self.extra_start[chosen], self.extra_start[chosen + 1]
        stop = np.where(used, stop, start)
        gather(self.near, leaves.x0, leaves.y0, leaves.level, reach, start, stop, self.extra, out)
        low, high = np.searchsorted(self.rim, (chosen[0], chosen[-1] + 1))
        inside = np.searchsorted(chosen, self.rim[low:high])
        beyond = np.where(used[inside], reach[inside] + RINGS_REACH, BEYOND_ALL)
        at = out.start[inside + 1] - self.nodes[low:high]
        gather_nodes(self.wide, int(low), leaves.take(inside), beyond, self.per_cell, at, out)
        return relieved(out, self.most, self.per_cell)

    def add_wide(self, targets: Targets, job: Job) -> int:
        """Add the second fits of the leaves that lie in a gap; returns how many could not be made."""
        return self.add_second(self.gap.spline, ((self.gap.bounds, targets),), job)

    def add_second(self, spline: Spline, bounded: Sequence[tuple[Bounds, Targets]], job: Job) -> int:
        """Add second fits of ``spline`` to each of some targets, with its bounds; the targets have the same queries."""
        points, first_targets = self.whole[self.in_gap].astype(np.float64), bounded[0][1]
        dearer = {POWER: POWER_COST, EXACT: EXACT_COST}.get(spline.radial, 1)
        radial = dearer * points * (points + self.wide_queries) / RADIAL_RATE
        seconds = points**3 / (3 * SOLVE_RATE) + radial + 1e-6
        owned, failed = self.owned(0, len(self.leaves), first_targets)[self.in_gap], 0
        for first, last in batches(seconds):
            chosen = self.in_gap[first:last]
            leaves = self.leaves.take(chosen)
            job.progress.check()
            supports = self._gathered(chosen, np.ones(len(chosen), np.bool_))
            fits = fit(supports, spline, self.per_cell)
            failed += int(np.count_nonzero(np.isnan(fits.constant) & owned[first:last]))
            for row, end in row_runs(float(seconds[first:last].sum()), first_targets.rows):
                place = leaves.x0, leaves.y0, leaves.level, row, end
                for bounds, targets in bounded:
                    job.progress.check()
                    add_wide(supports, fits, spline, bounds, *place, targets)
        return failed


RINGS_REACH = BINS * ((1 << RINGS) - 1)
"""Sixteenths of a leaf's side that the rings reach beyond the points within its reach."""
PART_BYTES = 32 * PARTS
"""A block whose parts were summed."""
BEYOND_ALL = 1 << 12
"""Reach of a leaf that takes no nodes into its first fit: 256 sides, nodes lie within 96."""


def find_surrounded(
    store: Store, box: Box, rule: Rule, spline: Spline, gap: GapFunction, targets: Targets, job: Job
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
    exact = spline.smoothing == 0.0
    may_be = beside_hole if gap.edge.beside_hole and not exact else np.ones(len(leaves), np.bool_)
    coverage = find_coverage(near, leaves, reach, number, may_be, gap.edge, exact)
    job.progress.check()
    in_gap = coverage.radius >= 0.0
    rim = np.flatnonzero(in_gap & beside_hole)
    some = leaves.take(rim)
    near, start, extra = look_beyond(store, around, leaves, reach, number, in_gap & beside_hole)
    job.progress.check()
    wide = find_wide(store, around.index(), some, job)
    nodes = count_beyond(wide, some, reach[rim] + RINGS_REACH, per_cell)
    whole = number + np.diff(start)
    whole[rim] += nodes
    sizes = np.where((coverage.radius == 0.0) | (queries == 0), 0, whole)
    merged = sum(box.x0 <= x < box.x1 and box.y0 <= y < box.y1 for x, y in around.crowded)
    return Surrounded(
        leaves, margin(leaves.level), sizes, queries, most_points(rule), per_cell, coverage, near, reach, start, extra,
        whole, np.flatnonzero(in_gap), rim, wide, nodes, gap, reached[in_gap], merged,
    )  # fmt: skip


def gap_bytes(points: int, cells: int, side: float) -> int:
    """Peak bytes of what the blended mode does not have: sums, parts of blocks, nodes; ``side`` is the unit's.

    Leaves hold 4 x 4 cells or about 12 points at least; half of them lie in a gap and see 250 nodes.
    """
    blocks = ((side + 2 * NEAR) / (1 << BLOCK_LEVEL)) ** 2
    return int(PART_BYTES * blocks) + 64 * cells + 1000 * min(cells // 16, points // 12)
