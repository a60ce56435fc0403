# SPDX-License-Identifier: GPL-2.0-or-later
"""Fits of many leaves, and their weighted values at queries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiled import argument, kernel
from .bounds import UNLIMITED, bend, find_limits
from .gaps import cover, near_share
from .leaves import Integers
from .solve import POWER, Array, any_row, radial_row, solve

CHUNK = 512
"""Queries evaluated at once: their coordinates and sums stay in the first-level cache."""


@argument
class Spline(NamedTuple):
    """The sealed numbers.  With (x, y) -> (xx x + xy y, yx x + yy y) from cells, rho is the squared distance."""

    xx: float
    xy: float
    yx: float
    yy: float
    smoothing: float
    radial: int
    """TABLED, EXACT (as smoothing near 0 needs) or POWER."""
    table: Array


@argument
class Fits(NamedTuple):
    """Splines of the leaves of ``Supports``: their points in the spline's coordinates, and the solution."""

    x: Array
    y: Array
    weights: Array
    constant: Array
    """a0 plus the value that was subtracted; NaN where the fit failed."""


@argument
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
    near: Array
    """Weights of the first fits, times their share."""
    bottom: Array
    wide_top: Array
    """Sums of the second fits: weight * value, weight, and the derivatives of both by x and y in cells."""
    wide_bottom: Array
    wide_slopes: Array
    wide_weight_slopes: Array


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
        ok, constant = solve(x, y, z[:n], w[:n], spline.radial, spline.table[0], a, r[:n], t, weights)
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
def _values(supports, fits, i, spline, batch, n):  # type: ignore[no-untyped-def]
    """``batch.total[0, :n]`` = the spline of leaf ``i`` at the queries of the batch."""
    x, y, r, value = batch.x[:n], batch.y[:n], batch.f[0, :n], batch.total[0, :n]
    value[:] = 0.0
    for j in range(supports.start[i], supports.start[i + 1]):
        any_row(fits.x[j], fits.y[j], x, y, spline.radial, spline.table[0], batch.t, r)
        weight = fits.weights[j]
        for q in range(n):
            value[q] += weight * r[q]
    for q in range(n):
        value[q] += fits.constant[i]


@kernel
def power_slopes(px, py, x, y, first, second):  # type: ignore[no-untyped-def]
    """First two derivatives of rho**0.75 by rho; 0 at the point itself, where they are infinite."""
    for i in range(len(x)):
        dx, dy = x[i] - px, y[i] - py
        rho = dx * dx + dy * dy
        if rho > 0.0:
            first[i] = 0.75 / np.sqrt(np.sqrt(rho))
            second[i] = -0.25 * first[i] / rho
        else:
            first[i] = second[i] = 0.0


@kernel
def _slopes(supports, fits, i, spline, batch, n):  # type: ignore[no-untyped-def]
    """``batch.total[1:, :n]`` = its derivatives: gradient 2 R' p, Hessian 4 R'' p p' + 2 R' I (R at rho = p'p)."""
    x, y, first, second = batch.x[:n], batch.y[:n], batch.f[1, :n], batch.f[2, :n]
    total = batch.total
    total[1:, :n] = 0.0
    for j in range(supports.start[i], supports.start[i + 1]):
        px, py, weight = fits.x[j], fits.y[j], fits.weights[j]
        if spline.radial == POWER:
            power_slopes(px, py, x, y, first, second)
        else:
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
    if west >= east:
        return n
    for row in range(max(first_row, bottom - margin), min(last_row, bottom + side + margin)):
        for q in range(targets.start[row * targets.columns + west], targets.start[row * targets.columns + east]):
            at[n] = q
            n += 1
    return n


@kernel
def add_leaves(supports, fits, spline, coverage, x0, y0, level, margin, first_row, last_row, targets):  # type: ignore[no-untyped-def]
    """Add weight * share * value, weight * share and weight of each leaf at the queries within ``margin`` cells of it.

    Only those of the rows ``first_row`` to ``last_row`` - 1 of the box.
    """
    batch = Batch(
        np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty((3, CHUNK)), np.empty((6, CHUNK))
    )
    number = np.empty(len(level), np.int64)
    count_queries(x0, y0, level, margin, targets, number)
    at = np.empty(max(1, number.max()), np.int64)
    cell = 1.0 / targets.per_cell
    for i in range(len(level)):
        side, m, left, bottom = 1 << level[i], margin[i], x0[i] - targets.x0, y0[i] - targets.y0
        fitted, radius = np.isfinite(fits.constant[i]), coverage.radius[i]
        if not fitted and radius < 0.0:
            continue
        total = _reached(targets, left, bottom, side, m, first_row, last_row, at)
        for first in range(0, total, CHUNK):
            some = at[first : min(first + CHUNK, total)]
            n = len(some)
            share = batch.t[:n]
            for k in range(n):
                batch.x[k] = (targets.x[some[k]] - left * targets.per_cell) * cell
                batch.y[k] = (targets.y[some[k]] - bottom * targets.per_cell) * cell
                batch.weight[k] = _bump(batch.x[k], side, m) * _bump(batch.y[k], side, m)
                targets.bottom[some[k]] += batch.weight[k]
            if not fitted:
                continue
            if radius >= 0.0:
                cover(coverage, x0[i], y0[i], side, m, radius, batch.x[:n], batch.y[:n], share)
                for k in range(n):
                    batch.weight[k] *= near_share(coverage, i, share[k])
            for k in range(n):
                u, v = batch.x[k], batch.y[k]
                batch.x[k] = spline.xx * u + spline.xy * v
                batch.y[k] = spline.yx * u + spline.yy * v
                targets.near[some[k]] += batch.weight[k]
            _evaluate(supports, fits, i, spline, UNLIMITED, batch, n, len(targets.slopes) > 0)
            for k in range(n):
                targets.top[some[k]] += batch.weight[k] * batch.total[0, k]
            if len(targets.slopes) > 0:
                for k in range(n):
                    for d in range(5):
                        targets.slopes[some[k], d] += batch.weight[k] * batch.total[d + 1, k]


@kernel
def _evaluate(supports, fits, i, spline, limits, batch, n, derivatives):  # type: ignore[no-untyped-def]
    """Bounded values, and derivatives where wanted, of leaf ``i`` at the queries of the batch."""
    _values(supports, fits, i, spline, batch, n)
    if derivatives:
        _slopes(supports, fits, i, spline, batch, n)
    if limits.low > -np.inf:
        bend(limits, batch, 6 if derivatives else 1, n)


@kernel
def add_wide(supports, fits, spline, bounds, x0, y0, level, first_row, last_row, targets):  # type: ignore[no-untyped-def]
    """Add weight * value and weight of the second fit of each leaf at the queries in a gap within a side of it."""
    batch = Batch(
        np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty(CHUNK), np.empty((3, CHUNK)), np.empty((6, CHUNK))
    )
    number, margin = np.empty(len(level), np.int64), np.empty(len(level), np.int64)
    for i in range(len(level)):
        margin[i] = 1 << level[i]
    count_queries(x0, y0, level, margin, targets, number)
    at = np.empty(max(1, number.max()), np.int64)
    cell = 1.0 / targets.per_cell
    for i in range(len(level)):
        side, left, bottom = 1 << level[i], x0[i] - targets.x0, y0[i] - targets.y0
        if not np.isfinite(fits.constant[i]):
            continue
        total = _reached(targets, left, bottom, side, side, first_row, last_row, at)
        limits = find_limits(supports, i, spline, bounds, targets.per_cell, side * targets.per_cell)
        kept = 0
        for k in range(total):
            if targets.near[at[k]] < targets.bottom[at[k]]:
                at[kept] = at[k]
                kept += 1
        for first in range(0, kept, CHUNK):
            some = at[first : min(first + CHUNK, kept)]
            for k in range(len(some)):
                u = (targets.x[some[k]] - left * targets.per_cell) * cell
                v = (targets.y[some[k]] - bottom * targets.per_cell) * cell
                batch.x[k] = spline.xx * u + spline.xy * v
                batch.y[k] = spline.yx * u + spline.yy * v
                batch.weight[k] = wide_bump(u, side) * wide_bump(v, side)
                targets.wide_bottom[some[k]] += batch.weight[k]
            n, derivatives = len(some), len(targets.wide_slopes) > 0
            _evaluate(supports, fits, i, spline, limits, batch, n, derivatives)
            for k in range(n):
                targets.wide_top[some[k]] += batch.weight[k] * batch.total[0, k]
                if derivatives:
                    u = (targets.x[some[k]] - left * targets.per_cell) * cell
                    v = (targets.y[some[k]] - bottom * targets.per_cell) * cell
                    _add_slopes(spline, batch.total[:, k], u, v, side, targets, some[k])


@kernel
def wide_bump(d, side):  # type: ignore[no-untyped-def]
    """Weight along one axis at ``d`` cells from the edge of a leaf: 1 in its middle, 0 a side beyond it, C2."""
    t = (2.0 * d / side - 1.0) / 3.0
    return max(0.0, 1.0 - t * t) ** 3


@kernel
def _bump_slopes(d, side):  # type: ignore[no-untyped-def]
    """``wide_bump`` and its first two derivatives by ``d``."""
    by, t = 2.0 / (3.0 * side), (2.0 * d / side - 1.0) / 3.0
    rest = max(0.0, 1.0 - t * t)
    return rest**3, -6.0 * t * rest * rest * by, 6.0 * rest * (5.0 * t * t - 1.0) * by * by


@kernel
def _add_slopes(spline, total, u, v, side, targets, q):  # type: ignore[no-untyped-def]
    """Add the derivatives of a leaf's weight and weight * value at query ``q``, (u, v) cells from its corner."""
    xx, xy, yx, yy = spline.xx, spline.xy, spline.yx, spline.yy
    f, fx, fy = total[0], xx * total[1] + yx * total[2], xy * total[1] + yy * total[2]
    fxx = xx * xx * total[3] + 2.0 * xx * yx * total[4] + yx * yx * total[5]
    fxy = xx * xy * total[3] + (xx * yy + xy * yx) * total[4] + yx * yy * total[5]
    fyy = xy * xy * total[3] + 2.0 * xy * yy * total[4] + yy * yy * total[5]
    a, ax, axx = _bump_slopes(u, side)
    b, by, byy = _bump_slopes(v, side)
    w, wx, wy, wxx, wxy, wyy = a * b, ax * b, a * by, axx * b, ax * by, a * byy
    slopes, weight = targets.wide_slopes[q], targets.wide_weight_slopes[q]
    slopes[0] += w * fx + wx * f
    slopes[1] += w * fy + wy * f
    slopes[2] += w * fxx + 2.0 * wx * fx + wxx * f
    slopes[3] += w * fxy + wx * fy + wy * fx + wxy * f
    slopes[4] += w * fyy + 2.0 * wy * fy + wyy * f
    weight[0] += wx
    weight[1] += wy
    weight[2] += wxx
    weight[3] += wxy
    weight[4] += wyy


@kernel
def count_queries(x0, y0, level, margin, targets, number):  # type: ignore[no-untyped-def]
    """How many queries lie within ``margin`` cells of each leaf."""
    for i in range(len(level)):
        side, m = 1 << level[i], margin[i]
        left, bottom = x0[i] - targets.x0, y0[i] - targets.y0
        west, east = max(0, left - m), min(targets.columns, left + side + m)
        number[i] = 0
        if west >= east:
            continue
        for row in range(max(0, bottom - m), min(targets.rows, bottom + side + m)):
            number[i] += targets.start[row * targets.columns + east] - targets.start[row * targets.columns + west]
