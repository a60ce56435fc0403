# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of moving surfaces: weighted polynomials of the neighbors, evaluated at the query."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel

NEAREST = 1e-3
"""Part of the farthest distance below which a neighbor weighs no more: the weight of one at the query is finite."""
PIVOT = 1e-9
"""Pivots below this part of the first: the neighbors do not determine the surface."""
ROUNDS = 10
MAD_TO_SIGMA = 1.4826
BLUNDER = 3.0


@kernel
def _solve(a, b, terms):  # type: ignore[no-untyped-def]
    """Solve a x = b (symmetric, positive) in place by Gauss with diagonal pivots; False where it is singular."""
    scale = 0.0
    for i in range(terms):
        scale = max(scale, a[i, i])
    for k in range(terms):
        if not a[k, k] > PIVOT * scale:
            return False
        for i in range(k + 1, terms):
            f = a[i, k] / a[k, k]
            for j in range(k, terms):
                a[i, j] -= f * a[k, j]
            b[i] -= f * b[k]
    for k in range(terms - 1, -1, -1):
        for j in range(k + 1, terms):
            b[k] -= a[k, j] * b[j]
        b[k] /= a[k, k]
    return True


@kernel
def _terms(u, v, t):  # type: ignore[no-untyped-def]
    t[0], t[1], t[2], t[3], t[4], t[5] = 1.0, u, v, u * u, u * v, v * v


@kernel
def _residual(t, b, terms, value):  # type: ignore[no-untyped-def]
    model = 0.0
    for i in range(terms):
        model += b[i] * t[i]
    return value - model


@kernel
def _load(x, y, values, qx, qy, index, power, u, v, z, w):  # type: ignore[no-untyped-def]
    """Neighbors with a number: offsets over the farthest distance, values minus the first, weights; n, that first."""
    n, far, shift = 0, 0.0, np.nan
    for i in index:
        if not math.isnan(values[i]):
            if n == 0:
                shift = values[i]
            u[n], v[n], z[n] = float(x[i] - qx), float(y[i] - qy), values[i] - shift
            far = max(far, u[n] * u[n] + v[n] * v[n])
            n += 1
    far = math.sqrt(far) if far > 0.0 else 1.0
    for j in range(n):
        u[j], v[j], w[j] = u[j] / far, v[j] / far, 1.0
        d = max(math.sqrt(u[j] * u[j] + v[j] * v[j]), NEAREST)
        for _ in range(power):
            w[j] /= d
    return n, shift


@kernel
def _fit(u, v, z, w, kept, n, terms, a, b, t):  # type: ignore[no-untyped-def]
    """Coefficients of the weighted polynomial into ``b``; False where the points do not determine it."""
    a[:], b[:] = 0.0, 0.0
    for j in range(n):
        _terms(u[j], v[j], t)
        for k in range(terms):
            b[k] += kept[j] * w[j] * t[k] * z[j]
            for m in range(terms):
                a[k, m] += kept[j] * w[j] * t[k] * t[m]
    return _solve(a, b, terms)


@kernel
def _reweigh(u, v, z, n, terms, b, t, r, last, kept):  # type: ignore[no-untyped-def]
    """New factors of the weights by the residuals: smooth, in the ``last`` round 0 or 1; False where all are 0."""
    for j in range(n):
        _terms(u[j], v[j], t)
        r[j] = abs(_residual(t, b, terms, z[j]))
    sigma = MAD_TO_SIGMA * np.median(r[:n])
    if not sigma > 0.0:
        return False
    for j in range(n):
        s = r[j] / (2.0 * sigma)
        if last:
            kept[j] = 1.0 if r[j] <= BLUNDER * sigma else 0.0
        else:
            kept[j] = 1.0 / (1.0 + s * s * s * s)
    return True


@kernel
def _sigma(u, v, z, w, kept, n, terms, b, t):  # type: ignore[no-untyped-def]
    """sqrt(sum w e² / (n - terms)) of those kept, with weights of mean 1; NaN without redundancy."""
    total, squares, used = 0.0, 0.0, 0
    for j in range(n):
        if kept[j] > 0.5:
            _terms(u[j], v[j], t)
            e = _residual(t, b, terms, z[j])
            used += 1
            total += w[j]
            squares += w[j] * e * e
    return math.sqrt(squares * used / total / (used - terms)) if used > terms else np.nan


@kernel
def moving(x, y, values, qx, qy, first, count, index, power, terms, robust, out):  # type: ignore[no-untyped-def]
    """Value and sigma of a polynomial of ``terms`` (1, 3, 6) at each query; ``out`` [n, 2], NaN where there is none.

    Weights are 1 / distance**power; ``robust`` also lowers those of blunders, and drops them at the end.
    """
    longest = 1
    for q in range(len(count)):
        longest = max(longest, count[q])
    u, v, z = np.empty(longest), np.empty(longest), np.empty(longest)
    w, kept, r = np.empty(longest), np.empty(longest), np.empty(longest)
    a, b, t = np.empty((6, 6)), np.empty(6), np.empty(6)
    for q in range(len(first)):
        out[q] = np.nan
        neighbors = index[first[q] : first[q] + count[q]]
        n, shift = _load(x, y, values, qx[q], qy[q], neighbors, power, u, v, z, w)
        kept[:n] = 1.0
        if n < terms:
            continue
        solved = _fit(u, v, z, w, kept, n, terms, a, b, t)
        for turn in range(ROUNDS if robust else 0):
            if not solved or not _reweigh(u, v, z, n, terms, b, t, r, turn == ROUNDS - 1, kept):
                break
            solved = _fit(u, v, z, w, kept, n, terms, a, b, t)
        if solved:
            out[q, 0] = b[0] + shift
            out[q, 1] = _sigma(u, v, z, w, kept, n, terms, b, t)


@kernel
def excentricity(x, y, qx, qy, first, count, index, out):  # type: ignore[no-untyped-def]
    """Distance from each query to the center of gravity of its neighbors, in ticks."""
    for q in range(len(first)):
        sx, sy = 0, 0
        for j in range(first[q], first[q] + count[q]):
            sx += x[index[j]] - qx[q]
            sy += y[index[j]] - qy[q]
        out[q] = math.sqrt(float(sx) * float(sx) + float(sy) * float(sy)) / count[q]


@kernel
def closest(x, y, qx, qy, first, count, index, values, out):  # type: ignore[no-untyped-def]
    """Value of the neighbor nearest to each query; equally near ones: the first by x, y, value."""
    for q in range(len(first)):
        out[q] = np.nan
        best, least = -1, 0
        for j in range(first[q], first[q] + count[q]):
            i = index[j]
            if math.isnan(values[i]):
                continue
            dx, dy = x[i] - qx[q], y[i] - qy[q]
            d = dx * dx + dy * dy
            if best >= 0 and d == least:
                nearer = x[i] < x[best] or (
                    x[i] == x[best] and (y[i] < y[best] or (y[i] == y[best] and values[i] < values[best]))
                )
            else:
                nearer = best < 0 or d < least
            if nearer:
                best, least = i, d
        if best >= 0:
            out[q] = values[best]
