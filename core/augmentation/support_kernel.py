# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the support: the cells of ground around sites, and the robust plane through the nearest of them."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel

ROUNDS = 4
"""Fits, each weighing the points by how well the one before met them (Cauchy weights)."""
WIDTH = 2.0
"""Robust standard deviations at which a point weighs half."""
RIDGE = 1e-3
"""Share of a cell² that is added to the variances of the support: what lies on a line has no slope across it."""


@kernel
def gather(query, tx, ty, number, index, x, y, v, w, site, depth, size, dx, dy, z, above, found):  # type: ignore[no-untyped-def]
    """Write lists of queries (one for each site and quadrant) to the rows of their sites."""
    for i in range(len(query)):
        row, quadrant = site[query[i] // 4], query[i] % 4
        found[row, quadrant] = number[i]
        for j in range(number[i]):
            k, at = index[i, j], quadrant * depth + j
            dx[row, at] = (x[k] - tx[i]) * size
            dy[row, at] = (y[k] - ty[i]) * size
            z[row, at] = v[k]
            above[row, at] = w[k]


@kernel
def _scale(residual, n, spare, least):  # type: ignore[no-untyped-def]
    """1.4826 times the median of absolute residuals, at least ``least``.

    Most planes meet their points so well that counting tells it is ``least``.  Others are sorted by insertion without
    branches: which of two is smaller cannot be foretold.
    """
    small = 0
    for i in range(n):
        small += int(1.4826 * abs(residual[i]) <= least)
    if small > n // 2:
        return least
    for i in range(n):
        r = abs(residual[i])
        for j in range(i):
            s = spare[j]
            spare[j] = s if s < r else r
            r = r if s < r else s
        spare[i] = r
    return 1.4826 * spare[n // 2]


@kernel
def _plane(dx, dy, z, w, n, ridge):  # type: ignore[no-untyped-def]
    """Height at the origin and slopes of the weighted least-squares plane, and the leverage of the origin.

    The leverage is 1 in the middle of the points, and grows with the square of the distance from it in terms of their
    own spread: so much the less is the height there sure (the prediction variance of a linear model).
    """
    s, mx, my, mz = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        s += w[i]
        mx += w[i] * dx[i]
        my += w[i] * dy[i]
        mz += w[i] * z[i]
    mx, my, mz = mx / s, my / s, mz / s
    xx, xy, yy, xz, yz = ridge * s, 0.0, ridge * s, 0.0, 0.0
    for i in range(n):
        ax, ay, az = dx[i] - mx, dy[i] - my, z[i] - mz
        xx += w[i] * ax * ax
        xy += w[i] * ax * ay
        yy += w[i] * ay * ay
        xz += w[i] * ax * az
        yz += w[i] * ay * az
    det = xx * yy - xy * xy
    a, b = (xz * yy - yz * xy) / det, (yz * xx - xz * xy) / det
    leverage = 1.0 + s * (mx * mx * yy - 2.0 * mx * my * xy + my * my * xx) / det
    return mz - a * mx - b * my, a, b, leverage


@kernel
def _robust_mean(values, w, n, residual, spare, least):  # type: ignore[no-untyped-def]
    """Mean of values, outliers weighing little; NaN without any."""
    total, s = 0.0, 0.0
    for i in range(n):
        total += w[i] * values[i]
        s += w[i]
    for _ in range(ROUNDS if n else 0):
        mean = total / s
        for i in range(n):
            residual[i] = values[i] - mean
        width = WIDTH * _scale(residual, n, spare, least)
        for i in range(n):
            r = residual[i] / width
            spare[i] = w[i] / (1.0 + r * r)
        total, s = 0.0, 0.0
        for i in range(n):
            total += spare[i] * values[i]
            s += spare[i]
    return total / s


@kernel
def support_planes(dx, dy, z, above, found, smooth, depth, cell, least, growth, out):  # type: ignore[no-untyped-def]
    """Of every site the height of the robust plane through its support, how far the DTM lies above that support, and
    the leverage of the site in the plane (see _plane).

    Weights fall with the square of the distance.  Only ground in quadrants that are ``smooth`` [n, 4] tells how
    far the DTM lies above it.  ``least`` is the smallest spread (vertical units) a
    plane is judged by: it grows by the share ``growth`` for each CRS unit to a point, for terrain bends;
    ``out`` [n, 3], NaN without support.
    """
    most = dx.shape[1]
    px, py, pz, bend = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    near, weight, residual, spare = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    pa, near_a = np.empty(most), np.empty(most)
    for q in range(len(dx)):
        n, m = 0, 0
        for quadrant in range(4):
            for j in range(found[q, quadrant]):
                i = quadrant * depth + j
                px[n], py[n], pz[n] = dx[q, i], dy[q, i], z[q, i]
                d2 = px[n] * px[n] + py[n] * py[n]
                near[n] = 1.0 / (d2 + cell * cell)
                bend[n] = 1.0 + growth * math.sqrt(d2)
                weight[n] = near[n]
                if smooth[q, quadrant] and not np.isnan(above[q, i]):
                    pa[m], near_a[m] = above[q, i], near[n]
                    m += 1
                n += 1
        if n == 0:
            out[q] = np.nan
            continue
        level, leverage = 0.0, 1.0
        for fit in range(ROUNDS):
            level, a, b, leverage = _plane(px, py, pz, weight, n, RIDGE * cell * cell)
            if fit == ROUNDS - 1:
                break
            for i in range(n):
                residual[i] = (pz[i] - level - a * px[i] - b * py[i]) / bend[i]
            width = WIDTH * _scale(residual, n, spare, least)
            for i in range(n):
                r = residual[i] / width
                weight[i] = near[i] / (1.0 + r * r)
        out[q, 0] = level
        out[q, 1] = _robust_mean(pa, near_a, m, residual, spare, least)
        out[q, 2] = leverage
