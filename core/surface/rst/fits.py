# SPDX-License-Identifier: GPL-2.0-or-later
"""Fits of many leaves, and their weighted values at queries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiled import kernel
from .leaves import Integers
from .solve import Array, exact_row, radial_row, solve

CHUNK = 512
"""Queries evaluated at once: their coordinates and sums stay in the first-level cache."""


class Spline(NamedTuple):
    """The sealed numbers.  With (x, y) -> (xx x + xy y, yx x + yy y) from cells, rho is the squared distance."""

    xx: float
    xy: float
    yx: float
    yy: float
    smoothing: float
    exact: bool
    """Use the exact function, as smoothing near 0 needs, instead of its table."""
    table: Array


class Fits(NamedTuple):
    """Splines of the leaves of ``Supports``: their points in the spline's coordinates, and the solution."""

    x: Array
    y: Array
    weights: Array
    constant: Array
    """a0 plus the value that was subtracted; NaN where the fit failed."""


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
    slopes: Array
    """[n, 5]: fx, fy, fxx, fxy, fyy in the spline's coordinates; [0, 5] when not wanted."""
    bottom: Array


class Batch(NamedTuple):
    """Queries of one leaf waiting to be evaluated together."""

    x: Array
    y: Array
    weight: Array
    t: Array
    f: Array
    """[3, CHUNK]: R and its first two derivatives."""
    total: Array
    """[6, CHUNK]: value, fx, fy, fxx, fxy, fyy."""


@kernel
def mean(values, start, stop):  # type: ignore[no-untyped-def]
    """Mean of ``values[start:stop]``, summed in order."""
    total = 0.0
    for i in range(start, stop):
        total += values[i]
    return total / (stop - start)


@kernel
def load_leaf(supports, i, spline, per_cell, x, y, z, w):  # type: ignore[no-untyped-def]
    """Points of leaf ``i`` in the spline's coordinates, values less their mean, smoothing; returns n and that mean."""
    first, n = supports.start[i], supports.start[i + 1] - supports.start[i]
    shift = mean(supports.v, first, first + n)
    cell = 1.0 / per_cell
    for j in range(n):
        u, v = supports.x[first + j] * cell, supports.y[first + j] * cell
        x[j] = spline.xx * u + spline.xy * v
        y[j] = spline.yx * u + spline.yy * v
        z[j] = supports.v[first + j] - shift
        w[j] = spline.smoothing / supports.w[first + j]
    return n, shift


@kernel
def largest(supports):  # type: ignore[no-untyped-def]
    """Points of the largest support."""
    most = 0
    for i in range(len(supports.start) - 1):
        most = max(most, supports.start[i + 1] - supports.start[i])
    return most


@kernel
def fit_leaves(supports, spline, per_cell, fits):  # type: ignore[no-untyped-def]
    """Fit every leaf of ``supports``; a point that stands for w points is smoothed by ``smoothing / w``."""
    most = largest(supports)
    a = np.empty((most, most + 2))
    r, t, z, w = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    for i in range(len(supports.start) - 1):
        first, last = supports.start[i], supports.start[i + 1]
        fits.constant[i] = np.nan
        if first == last:
            continue
        x, y, weights = fits.x[first:last], fits.y[first:last], fits.weights[first:last]
        n, shift = load_leaf(supports, i, spline, per_cell, x, y, z, w)
        ok, constant = solve(x, y, z[:n], w[:n], spline.exact, spline.table[0], a, r[:n], t, weights)
        if ok:
            fits.constant[i] = constant + shift


@kernel
def _bump(d, side, margin):  # type: ignore[no-untyped-def]
    """Weight of a leaf along one axis at ``d`` cells from its edge: 0 at -margin, 1 at +margin, C2 (quintic step).

    A leaf without a margin has weight 1.
    """
    if margin == 0:
        return 1.0
    t = min(min(d, side - d) / (2.0 * margin) + 0.5, 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0)) if t > 0.0 else 0.0


@kernel
def _value_row(px, py, x, y, spline, t, out):  # type: ignore[no-untyped-def]
    """R between one point and all queries, from the table or exact."""
    if spline.exact:
        exact_row(px, py, x, y, out)
    else:
        radial_row(px, py, x, y, spline.table[0], t, out)


@kernel
def _values(supports, fits, i, spline, batch, n):  # type: ignore[no-untyped-def]
    """``batch.total[0, :n]`` = the spline of leaf ``i`` at the queries of the batch."""
    x, y, r, value = batch.x[:n], batch.y[:n], batch.f[0, :n], batch.total[0, :n]
    value[:] = 0.0
    for j in range(supports.start[i], supports.start[i + 1]):
        _value_row(fits.x[j], fits.y[j], x, y, spline, batch.t, r)
        weight = fits.weights[j]
        for q in range(n):
            value[q] += weight * r[q]
    for q in range(n):
        value[q] += fits.constant[i]


@kernel
def _slopes(supports, fits, i, spline, batch, n):  # type: ignore[no-untyped-def]
    """``batch.total[1:, :n]`` = its derivatives: gradient 2 R' p, Hessian 4 R'' p p' + 2 R' I (R at rho = p'p)."""
    x, y, first, second = batch.x[:n], batch.y[:n], batch.f[1, :n], batch.f[2, :n]
    total = batch.total
    total[1:, :n] = 0.0
    for j in range(supports.start[i], supports.start[i + 1]):
        px, py, weight = fits.x[j], fits.y[j], fits.weights[j]
        radial_row(px, py, x, y, spline.table[1], batch.t, first)
        radial_row(px, py, x, y, spline.table[2], batch.t, second)
        for q in range(n):
            dx, dy = x[q] - px, y[q] - py
            one, two = 2.0 * weight * first[q], 4.0 * weight * second[q]
            total[1, q] += one * dx
            total[2, q] += one * dy
            total[3, q] += two * dx * dx + one
            total[4, q] += two * dx * dy
            total[5, q] += two * dy * dy + one


@kernel
def _reached(targets, left, bottom, side, margin, first_row, last_row, at):  # type: ignore[no-untyped-def]
    """Indices of the queries within ``margin`` cells of a leaf, in ``at``; returns how many."""
    west, east = max(0, left - margin), min(targets.columns, left + side + margin)
    n = 0
    for row in range(max(first_row, bottom - margin), min(last_row, bottom + side + margin)):
        for q in range(targets.start[row * targets.columns + west], targets.start[row * targets.columns + east]):
            at[n] = q
            n += 1
    return n


@kernel
def add_leaves(supports, fits, spline, x0, y0, level, margin, first_row, last_row, targets):  # type: ignore[no-untyped-def]
    """Add weight * value and weight of each leaf at the queries within ``margin`` cells of it.

    Only those of the rows ``first_row`` to ``last_row`` - 1 of the box.
    """
    batch = Batch(
        np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty((3, CHUNK)), np.empty((6, CHUNK))
    )
    number = np.empty(len(level), np.int64)
    count_queries(x0, y0, level, margin, targets, number)
    at = np.empty(number.max(), np.int64)
    slopes = len(targets.slopes) > 0
    cell = 1.0 / targets.per_cell
    for i in range(len(level)):
        if not np.isfinite(fits.constant[i]):
            continue
        side, m, left, bottom = 1 << level[i], margin[i], x0[i] - targets.x0, y0[i] - targets.y0
        total = _reached(targets, left, bottom, side, m, first_row, last_row, at)
        for first in range(0, total, CHUNK):
            some = at[first : min(first + CHUNK, total)]
            n = len(some)
            for k in range(n):
                u = (targets.x[some[k]] - left * targets.per_cell) * cell
                v = (targets.y[some[k]] - bottom * targets.per_cell) * cell
                batch.x[k] = spline.xx * u + spline.xy * v
                batch.y[k] = spline.yx * u + spline.yy * v
                batch.weight[k] = _bump(u, side, m) * _bump(v, side, m)
            _values(supports, fits, i, spline, batch, n)
            if slopes:
                _slopes(supports, fits, i, spline, batch, n)
            for k in range(n):
                weight = batch.weight[k]
                targets.bottom[some[k]] += weight
                targets.top[some[k]] += weight * batch.total[0, k]
                if slopes:
                    for d in range(5):
                        targets.slopes[some[k], d] += weight * batch.total[d + 1, k]


@kernel
def count_queries(x0, y0, level, margin, targets, number):  # type: ignore[no-untyped-def]
    """How many queries lie within ``margin`` cells of each leaf."""
    for i in range(len(level)):
        side, m = 1 << level[i], margin[i]
        left, bottom = x0[i] - targets.x0, y0[i] - targets.y0
        west, east = max(0, left - m), min(targets.columns, left + side + m)
        number[i] = 0
        for row in range(max(0, bottom - m), min(targets.rows, bottom + side + m)):
            number[i] += targets.start[row * targets.columns + east] - targets.start[row * targets.columns + west]
