# SPDX-License-Identifier: GPL-2.0-or-later
"""From leaves and their points to values: what both modes share.

Leaves go through in the order of their corners, a batch at a time: sums have one order however the
work is cut, and no kernel runs for long.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...jobs.job import Job
from ...tiles.lattice import Lattice
from ..contract import Queries
from .fits import Fits, Spline, Targets, add_leaves
from .gaps import Coverage
from .ladder import fit, refit
from .leaves import Integers, Leaves
from .solve import EXACT
from .supports import Array, Supports

BATCH_SECONDS = 0.05
"""What a kernel call should take."""
SOLVE_RATE = 6e9
"""Multiplications a second in a factorization, and below evaluations of the radial function: to size batches only."""
RADIAL_RATE = 4e8
EXACT_COST = 30
"""How many times dearer the exact function is."""


@dataclass(frozen=True)
class Segments(ABC):
    """Leaves in order, how far their weights reach (cells), how many points and queries each has."""

    leaves: Leaves
    margin: Integers
    sizes: Integers
    queries: Integers
    most: int
    """A support of more points is thinned, and counted."""
    per_cell: int
    """Lattice steps along a cell."""
    coverage: Coverage

    @abstractmethod
    def supports(self, first: int, last: int) -> Supports:
        """Points of leaves ``first`` to ``last`` - 1."""

    @abstractmethod
    def add_wide(self, targets: Targets, job: Job) -> int:
        """Add the second fits of the leaves that lie in a gap; returns how many could not be made."""

    def owned(self, first: int, last: int, targets: Targets) -> NDArray[np.bool_]:
        """Which of the leaves have their corner in this unit: what is counted, is counted once."""
        x, y = self.leaves.x0[first:last] - targets.x0, self.leaves.y0[first:last] - targets.y0
        return (x >= 0) & (x < targets.columns) & (y >= 0) & (y < targets.rows)


def make_targets(queries: Queries, derivatives: bool) -> Targets:
    """Queries with room for their sums."""
    box, n = queries.box, len(queries)
    columns, rows = box.x1 - box.x0, box.y1 - box.y0
    sums, more = np.zeros((5, n)), np.zeros((3, n if derivatives else 0, 5))
    return Targets(
        box.x0, box.y0, columns, rows, queries.per_cell, queries.x, queries.y, queries.start,
        sums[0], more[0], sums[1], sums[2], sums[3], sums[4], more[1], more[2],
    )  # fmt: skip


def evaluate(segments: Segments, spline: Spline, lattice: Lattice, job: Job, *targets: Targets) -> dict[str, int]:
    """Add every leaf to the sums of all targets; returns the counts of what did not go straight."""
    counts = add_first(segments, spline, lattice, job, *targets)
    counts["rst_gap_failed"] = segments.add_wide(targets[0], job)
    return counts


def add_first(segments: Segments, spline: Spline, lattice: Lattice, job: Job, *targets: Targets) -> dict[str, int]:
    """As ``evaluate``, the first fits alone."""
    counts: Counter[str] = Counter()
    for first, last in batches(_seconds(segments, spline)):
        for leaves, supports, fits in _fitted(segments, first, last, spline, lattice, counts, targets[0], job):
            for some in targets:
                _add(segments, leaves, supports, fits, spline, some, job)
    return dict(counts)


def answers(targets: Targets, spline: Spline, lattice: Lattice) -> tuple[Array, Array | None]:
    """Values, NaN where no leaf reaches, and derivatives in CRS units where they were wanted."""
    t, cell = targets, lattice.per_cell * lattice.step
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(t.near > 0.0, t.top / t.near, np.nan)
        slopes = _per_unit(t.slopes / t.near[: len(t.slopes), None], spline, cell)
        gap = np.flatnonzero(t.wide_bottom > 0.0)
        share, wide = t.near[gap] / t.bottom[gap], t.wide_top[gap] / t.wide_bottom[gap]
        if len(slopes):
            far = (
                (1.0 - share)[:, None] * _wide_slopes(t, gap, wide) / np.array([cell, cell, cell**2, cell**2, cell**2])
            )
            near = np.where(share > 0.0, share * slopes[gap].T, 0.0).T
            slopes[gap] = near + far
        value[gap] = t.top[gap] / t.bottom[gap] + (1.0 - share) * wide
    return value, slopes if len(slopes) else None


def _wide_slopes(t: Targets, gap: Integers, value: Array) -> Array:
    """Derivatives, by cells, of the second fits' weighted mean ``value``: those of a quotient."""
    weight = t.wide_bottom[gap]
    fx, fy, fxx, fxy, fyy = t.wide_slopes[gap].T
    wx, wy, wxx, wxy, wyy = t.wide_weight_slopes[gap].T
    x, y = (fx - value * wx) / weight, (fy - value * wy) / weight
    xx = (fxx - 2.0 * x * wx - value * wxx) / weight
    xy = (fxy - x * wy - y * wx - value * wxy) / weight
    yy = (fyy - 2.0 * y * wy - value * wyy) / weight
    return np.stack([x, y, xx, xy, yy], axis=1)


def _seconds(segments: Segments, spline: Spline) -> Array:
    """Estimated time of each leaf."""
    n = np.minimum(segments.sizes, segments.most).astype(np.float64)
    radial = n * (n + segments.queries) / RADIAL_RATE * (EXACT_COST if spline.radial == EXACT else 1)
    seconds: Array = n**3 / (3 * SOLVE_RATE) + radial + 1e-6
    return seconds


def batches(seconds: Array) -> Iterator[tuple[int, int]]:
    """Runs of leaves that take about BATCH_SECONDS together."""
    group = np.floor((np.cumsum(seconds) - seconds) / BATCH_SECONDS)
    cuts = np.flatnonzero(np.r_[True, np.diff(group) > 0, True]) if len(group) else np.zeros(1, np.int64)
    yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)


def _fitted(
    segments: Segments,
    first: int,
    last: int,
    spline: Spline,
    lattice: Lattice,
    counts: Counter[str],
    targets: Targets,
    job: Job,
) -> Iterator[tuple[slice, Supports, Fits]]:
    """The batch, fitted: in whole runs, but for leaves whose fit failed, which come alone."""
    supports = segments.supports(first, last)
    job.progress.check()
    fits = fit(supports, spline, lattice.per_cell)
    job.progress.check()
    owned = segments.owned(first, last, targets)
    counts["rst_rethinned"] += int(np.count_nonzero(owned & (segments.sizes[first:last] > segments.most)))
    failed = np.flatnonzero(np.isnan(fits.constant) & (np.diff(supports.start) > 0)).tolist()
    at = 0
    for i in [*failed, last - first]:
        if i > at:
            yield slice(first + at, first + i), *_part(supports, fits, at, i)
        if i < last - first:
            alone, _ = _part(supports, fits, i, i + 1)
            side = lattice.per_cell << int(segments.leaves.level[first + i])
            alone, saved, how = refit(alone, side, spline, lattice.per_cell)
            counts[how] += int(owned[i])
            yield slice(first + i, first + i + 1), alone, saved
        at = i + 1


def _part(supports: Supports, fits: Fits, first: int, last: int) -> tuple[Supports, Fits]:
    """Leaves ``first`` to ``last`` - 1 of a batch."""
    start = supports.start[first : last + 1]
    inside = slice(int(start[0]), int(start[-1]))
    points = Supports(start - start[0], *(a[inside] for a in supports[1:]))
    return points, Fits(fits.x[inside], fits.y[inside], fits.weights[inside], fits.constant[first:last])


def _add(
    segments: Segments,
    leaves: slice,
    supports: Supports,
    fits: Fits,
    spline: Spline,
    targets: Targets,
    job: Job,
) -> None:
    """Add leaves to the sums; a slow leaf some rows at a time."""
    some, margin = segments.leaves.take(np.arange(leaves.start, leaves.stop)), segments.margin[leaves]
    coverage = segments.coverage.part(leaves.start, leaves.stop)
    for row, last in row_runs(float(_seconds(segments, spline)[leaves].sum()), targets.rows):
        job.progress.check()
        add_leaves(supports, fits, spline, coverage, some.x0, some.y0, some.level, margin, row, last, targets)


def row_runs(seconds: float, rows: int) -> Iterator[tuple[int, int]]:
    """All rows of a unit at once, or where they take long, runs of them that take about BATCH_SECONDS."""
    step = rows if seconds < 2 * BATCH_SECONDS else max(1, int(rows * BATCH_SECONDS / seconds))
    yield from ((row, min(row + step, rows)) for row in range(0, rows, step))


def _per_unit(slopes: Array, spline: Spline, cell: float) -> Array:
    """Derivatives in the spline's coordinates as derivatives by x and y in CRS units."""
    xx, xy, yx, yy = (c / cell for c in spline[:4])
    fx, fy, fxx, fxy, fyy = slopes.T
    return np.stack(
        [
            xx * fx + yx * fy,
            xy * fx + yy * fy,
            xx * xx * fxx + 2 * xx * yx * fxy + yx * yx * fyy,
            xx * xy * fxx + (xx * yy + xy * yx) * fxy + yx * yy * fyy,
            xy * xy * fxx + 2 * xy * yy * fxy + yy * yy * fyy,
        ],
        axis=1,
    )
