# SPDX-License-Identifier: GPL-2.0-or-later
"""Fits of many leaves, and their values at queries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiled import kernel
from .leaves import Integers
from .solve import Array, radial_row, solve
from .supports import Supports

CHUNK = 512
"""Queries evaluated at once: their coordinates and sums stay in the first-level cache."""


class Fits(NamedTuple):
    """Splines of the leaves of ``Supports``: their points in the spline's coordinates, and the solution."""

    x: Array
    y: Array
    weights: Array
    constant: Array
    """a0 plus the value that was subtracted; NaN where the fit failed."""


class Scale(NamedTuple):
    """From cells to the coordinates in which rho is the squared distance: (x, y) -> (xx x + xy y, yx x + yy y)."""

    xx: float
    xy: float
    yx: float
    yy: float


@kernel
def _mean(v, start, stop):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(start, stop):
        total += v[i]
    return total / (stop - start)


@kernel
def fit_leaves(supports, scale, per_cell, smoothing, table, fits):  # type: ignore[no-untyped-def]
    """Fit every leaf of ``supports``; smoothing of a point that stands for w points is ``smoothing / w``."""
    start = supports.start
    most = 0
    for i in range(len(start) - 1):
        most = max(most, start[i + 1] - start[i])
    a = np.empty((most, most + 2))
    r, t, z, w = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    cell = 1.0 / per_cell
    for i in range(len(start) - 1):
        first, last = start[i], start[i + 1]
        fits.constant[i] = np.nan
        if first == last:
            continue
        shift = _mean(supports.v, first, last)
        for j in range(first, last):
            x, y = supports.x[j] * cell, supports.y[j] * cell
            fits.x[j] = scale.xx * x + scale.xy * y
            fits.y[j] = scale.yx * x + scale.yy * y
            z[j - first] = supports.v[j] - shift
            w[j - first] = smoothing / supports.w[j]
        qx, qy = _mean(fits.x, first, last), _mean(fits.y, first, last)
        ok, constant = solve(fits.x[first:last], fits.y[first:last], z, w, last - first, qx, qy, table, a, r, t, fits.weights[first:last])
        if ok:
            fits.constant[i] = constant + shift


@kernel
def _bump(d, side, reach):  # type: ignore[no-untyped-def]
    """Weight of a leaf along one axis at ``d`` cells from its edge: 0 at -reach, 1 at +reach, C2 (quintic step)."""
    t = min(min(d, side - d) / (2.0 * reach) + 0.5, 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0)) if t > 0.0 else 0.0


class Batch(NamedTuple):
    """Queries of one leaf waiting to be evaluated together."""

    x: Array
    y: Array
    weight: Array
    at: Integers
    t: Array
    f: Array
    total: Array


@kernel
def _flush(supports, fits, i, table, batch, n, top, bottom):  # type: ignore[no-untyped-def]
    """Evaluate leaf ``i`` at the ``n`` queries of the batch and add to the weighted sums."""
    total = batch.total
    total[:n] = fits.constant[i]
    for j in range(supports.start[i], supports.start[i + 1]):
        radial_row(fits.x[j], fits.y[j], batch.x, batch.y, 0, n, table, batch.t, batch.f)
        weight = fits.weights[j]
        for q in range(n):
            total[q] += weight * batch.f[q]
    for q in range(n):
        top[batch.at[q]] += batch.weight[q] * total[q]
        bottom[batch.at[q]] += batch.weight[q]


class Targets(NamedTuple):
    """Queries of a unit as contract.Queries has them, and the weighted sums they gather."""

    x0: int
    y0: int
    columns: int
    rows: int
    per_cell: int
    x: Array
    y: Array
    start: Integers
    top: Array
    bottom: Array


@kernel
def add_values(supports, fits, scale, x0, y0, level, reach, table, targets):  # type: ignore[no-untyped-def]
    """Add weight * value and weight of each leaf at the queries within ``reach`` cells of it."""
    batch = Batch(
        np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK, np.int64), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK)
    )
    cell = 1.0 / targets.per_cell
    for i in range(len(x0)):
        if not np.isfinite(fits.constant[i]):
            continue
        side, h = 1 << level[i], reach[i]
        left, bottom = x0[i] - targets.x0, y0[i] - targets.y0
        west, east = max(0, left - h), min(targets.columns, left + side + h)
        n = 0
        for row in range(max(0, bottom - h), min(targets.rows, bottom + side + h)):
            for q in range(targets.start[row * targets.columns + west], targets.start[row * targets.columns + east]):
                u = (targets.x[q] - left * targets.per_cell) * cell
                v = (targets.y[q] - bottom * targets.per_cell) * cell
                batch.x[n] = scale.xx * u + scale.xy * v
                batch.y[n] = scale.yx * u + scale.yy * v
                batch.weight[n] = _bump(u, side, h) * _bump(v, side, h)
                batch.at[n] = q
                n += 1
                if n == CHUNK:
                    _flush(supports, fits, i, table, batch, n, targets.top, targets.bottom)
                    n = 0
        if n:
            _flush(supports, fits, i, table, batch, n, targets.top, targets.bottom)
