# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the surface lies in a gap, and what it is made of there.

Near points the surface is the spline of each leaf.  That spline is no guide to a gap: it sees one rim and
extrapolates, and its smoothing was chosen for points, not for gaps.  So a leaf that reaches into a gap has a
second fit, to points and nodes that surround it.  Unless choice.py finds the spline better, its radial function
is -r**1.5: heights of terrain differ with distance about as those of a fractal of dimension 2.25 (Mandelbrot's
model of relief), whose best linear prediction is the fit with this function and, as smoothing, the variance of the
points' noise (kriging with a power variogram).

The share of the first fit at a place is a smooth function of the coverage, the sum over the points around
of (1 - (d / h)**2)**2, in units of what evenly spread points give.  h is 2.5 point spacings, measured for each leaf.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel
from .leaves import BLOCK_LEVEL, Integers, Leaves, margin
from .supports import BINS, Array, Nearby, bins_away, window

SPACINGS = 2.5
"""Radius h of the coverage, in point spacings; at most 3/4 of the leaf's side, so that it sees nothing not read."""
LEAST_RADIUS = 1.5
"""Least radius, in cells."""


class Edge(NamedTuple):
    """Where a gap begins, in coverage."""

    high: float
    """Above it the surface is the first fits' alone; at 0 the second fits'."""
    clear: float
    """A leaf whose coverage is nowhere lower lies in no gap, so that evenly scattered points cost no second fits."""
    beside_hole: bool
    """Only a leaf with next to no points in some direction lies in a gap: saves the look at the others' coverage."""


FEWEST = 8
"""Points a leaf's first fit needs; with fewer the whole leaf is a gap."""
PROBES = 5
"""Places along a side of a leaf where the coverage is looked at."""


@argument
class Coverage(NamedTuple):
    """The coverage of some leaves: ``radius`` in lattice steps, -1 where there is no gap, 0 where all is gap."""

    near: Nearby
    radius: Array
    full: Array
    """What evenly spread points give."""
    low: float
    high: float

    def part(self, first: int, last: int) -> Coverage:
        """That of leaves ``first`` to ``last`` - 1."""
        return self._replace(radius=self.radius[first:last], full=self.full[first:last])


def no_gaps(leaves: int) -> Coverage:
    """The coverage of leaves without a gap."""
    none, integers, grid = np.empty(0), np.empty(0, np.int64), np.zeros((1, 1), np.int64)
    near = Nearby(integers, integers, none, none, grid, grid, 0, 0, 1)
    return Coverage(near, np.full(leaves, -1.0), np.ones(leaves), 0.0, 1.0)


def find_coverage(
    near: Nearby, leaves: Leaves, reach: Integers, number: Integers, may_be: NDArray[np.bool_], edge: Edge, exact: bool
) -> Coverage:
    """The coverage of leaves whose supports hold ``number`` points within ``reach``, and which ``may_be`` in a gap.

    ``exact``: the surface must pass through every point, so one point alone is no gap.
    """
    x0, y0, level = leaves.x0, leaves.y0, leaves.level
    radius, full = np.empty(len(level)), np.empty(len(level))
    measure_radius(near, x0, y0, level, reach, number, 1 if exact else FEWEST, may_be, radius, full)
    coverage = Coverage(near, radius, full, 0.0, edge.high)
    if exact:  # one point at the place itself gives 1
        full[:] = 1.0
        coverage = Coverage(near, radius, full, 0.1, 1.0)
    probe_leaves(x0, y0, level, margin(level), edge.clear, not exact, coverage)
    return coverage


@kernel
def measure_radius(near, x0, y0, level, reach, number, fewest, may_be, radius, full):  # type: ignore[no-untyped-def]
    """``radius`` of each leaf from its point spacing; their area is that of the occupied squares of 4 x 4."""
    occupied = np.empty(16, np.bool_)
    for i in range(len(level)):
        radius[i], full[i] = 0.0 if may_be[i] else -1.0, 1.0
        if not may_be[i]:
            continue
        if number[i] < fewest:
            continue
        side = 1 << level[i]
        occupied[:] = False
        wide = (side * near.per_cell * (BINS + 2 * reach[i])) / BINS
        west = x0[i] * near.per_cell - (wide - side * near.per_cell) / 2.0
        bottom = y0[i] * near.per_cell - (wide - side * near.per_cell) / 2.0
        south, north, left, right = window(near, x0[i], y0[i], side, side)
        for by in range(south, north):
            for bx in range(left, right):
                for p in range(near.first[by, bx], near.last[by, bx]):
                    if bins_away(near, p, x0[i], y0[i], side) <= reach[i]:
                        column = min(3, max(0, int(4.0 * (near.x[p] - west) / wide)))
                        row = min(3, max(0, int(4.0 * (near.y[p] - bottom) / wide)))
                        occupied[4 * row + column] = True
        spacing = wide * np.sqrt(np.sum(occupied) / (16.0 * number[i]))
        radius[i] = max(min(SPACINGS * spacing, 0.75 * side * near.per_cell), LEAST_RADIUS * near.per_cell)
        ratio = radius[i] / spacing
        full[i] = np.pi / 3.0 * ratio * ratio


@kernel
def probe_leaves(x0, y0, level, margins, clear, may_leave_out, coverage):  # type: ignore[no-untyped-def]
    """Set the radius to -1 of a leaf whose coverage is clear everywhere, and to 0 where it is low everywhere.

    The latter only with ``may_leave_out``: a point alone may lie between the places that are looked at.
    """
    n = PROBES * PROBES
    x, y, found = np.empty(n), np.empty(n), np.empty(n)
    for i in range(len(level)):
        if coverage.radius[i] <= 0.0:
            continue
        side, m = 1 << level[i], margins[i]
        for k in range(n):
            x[k] = -m + (side + 2 * m) * (k % PROBES) / (PROBES - 1.0)
            y[k] = -m + (side + 2 * m) * (k // PROBES) / (PROBES - 1.0)
        cover(coverage, x0[i], y0[i], side, m, coverage.radius[i], x, y, found)
        least, most = found.min() / coverage.full[i], found.max() / coverage.full[i]
        if least >= clear:
            coverage.radius[i] = -1.0
        elif most <= coverage.low and may_leave_out:
            coverage.radius[i] = 0.0


@kernel
def seen_beyond(side):  # type: ignore[no-untyped-def]
    """Cells around a leaf whose points are always read."""
    return max(side, 1 << BLOCK_LEVEL)


@kernel
def cover(coverage, x0, y0, side, m, radius, x, y, out):  # type: ignore[no-untyped-def]
    """``out`` = sum of (1 - (d / radius)**2)**2 over the points near each place (x, y): cells from the leaf's corner.

    Points farther than ``seen_beyond`` from the leaf are not looked at: they were not read for every leaf.
    """
    near = coverage.near
    out[:] = 0.0
    steps = near.per_cell
    beyond = seen_beyond(side)
    south, north, west, east = window(near, x0, y0, side, beyond)
    around = min(m * steps + radius, float(beyond * steps))
    low, high = -around, side * steps + around
    square = 1.0 / (radius * radius)
    for by in range(south, north):
        for bx in range(west, east):
            for p in range(near.first[by, bx], near.last[by, bx]):
                px, py = near.x[p] - x0 * steps, near.y[p] - y0 * steps
                if px < low or px > high or py < low or py > high:
                    continue
                for q in range(len(out)):
                    dx, dy = x[q] * steps - px, y[q] * steps - py
                    t = max(0.0, 1.0 - (dx * dx + dy * dy) * square)
                    out[q] += t * t


@kernel
def near_share(coverage, i, value):  # type: ignore[no-untyped-def]
    """Share of the first fit where the coverage is ``value``: 0 to 1, C2 (quintic step)."""
    t = (value / coverage.full[i] - coverage.low) / (coverage.high - coverage.low)
    t = min(1.0, max(0.0, t))
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))
