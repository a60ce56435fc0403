# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to a fit that failed: merge its closest points, then smooth more, then give up.  Each is counted."""

from __future__ import annotations

import numpy as np

from .fits import Fits, Spline, fit_leaves
from .solve import TABLED
from .supports import Array, Supports

MERGE_PARTS = (32, 16, 8)
"""Points are merged on a lattice of a leaf's side / 32, then / 16, then / 8."""
SMOOTHINGS = tuple(10.0**power for power in range(-4, 4))


def merged(points: Supports, pitch: int) -> Supports:
    """One support with the points of each square of ``pitch`` steps replaced by their weighted mean."""
    column, row = np.floor(points.x / pitch).astype(np.int64), np.floor(points.y / pitch).astype(np.int64)
    order = np.lexsort((column, row))
    first = np.flatnonzero(np.r_[True, (np.diff(column[order]) != 0) | (np.diff(row[order]) != 0)])
    w = np.add.reduceat(points.w[order], first)

    def average(values: Array) -> Array:
        out: Array = np.add.reduceat((values * points.w)[order], first) / w
        return out

    return Supports(np.array([0, len(first)]), average(points.x), average(points.y), average(points.v), w)


def relieved(supports: Supports, most: int, per_cell: int) -> Supports:
    """Supports of more than ``most`` points merged on a quarter of a cell, or as much more as it takes."""
    sizes = np.diff(supports.start)
    if not (sizes > most).any():
        return supports
    parts = []
    for first, size in zip(supports.start[:-1], sizes, strict=True):
        points = Supports(np.array([0, size]), *(a[first : first + size] for a in supports[1:]))
        pitch = max(1, per_cell // 4)
        while len(points.x) > most:
            points = merged(points, pitch)
            pitch *= 2
        parts.append(points)
    start = np.r_[0, np.cumsum([len(p.x) for p in parts])]
    return Supports(start, *(np.concatenate(columns) for columns in list(zip(*parts, strict=True))[1:]))


def refit(points: Supports, side: int, spline: Spline, per_cell: int) -> tuple[Supports, Fits, str]:
    """Fit one support that failed; returns the points used, the fit and the name of what helped."""
    for parts in MERGE_PARTS:
        fewer = merged(points, max(1, side // parts))
        fits = fit(fewer, spline, per_cell)
        if np.isfinite(fits.constant[0]):
            return fewer, fits, "rst_rethinned"
    for smoothing in SMOOTHINGS:
        if smoothing > spline.smoothing:
            fits = fit(points, spline._replace(smoothing=smoothing, radial=TABLED), per_cell)
            if np.isfinite(fits.constant[0]):
                return points, fits, "rst_raised_smoothing"
    return points, fits, "rst_failed"


def fit(supports: Supports, spline: Spline, per_cell: int) -> Fits:
    """Splines of all leaves of ``supports``."""
    x, y, weights = (np.empty(len(supports.x)) for _ in range(3))
    fits = Fits(x, y, weights, np.empty(len(supports.start) - 1))
    fit_leaves(supports, spline, per_cell, fits)
    return fits
