# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of robust planes: reweighted least squares, and the minimum covariance determinant.

Both only choose neighbors.  Sums run in the order of the lists, which is canonical.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from .covariance import eigen

ROUNDS = 12
MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution, in median absolute deviations."""
BLUNDER = 3.0
"""Residuals above so many sigmas are dropped."""
HARD = 1e-9
"""Part of the neighborhood's size below which sigma is not taken to shrink: exact planes have none."""
STARTS = 12
STEPS = 20
SHARE = 0.75
"""Of the neighbors the determinant is minimised over."""
CONSISTENCY = 1.61
"""Makes the covariance of the inner SHARE that of all, for normal distributions: 0.75 / F_chi2,5(4.108)."""
CUTOFF = 9.348
"""The 97.5 % quantile of chi² with three degrees."""


@kernel
def _load(x, y, z, index, first, count, qx, qy, qz, p):  # type: ignore[no-untyped-def]
    for j in range(count):
        i = index[first + j]
        p[j, 0], p[j, 1], p[j, 2] = float(x[i] - qx), float(y[i] - qy), float(z[i] - qz)


@kernel
def _weighted(p, count, w, m):  # type: ignore[no-untyped-def]
    """Weighted mean and covariances into m [9] as ``moments`` has them."""
    m[:] = 0.0
    total = 0.0
    for j in range(count):
        total += w[j]
        for a in range(3):
            m[a] += w[j] * p[j, a]
    for a in range(3):
        m[a] /= total
    for j in range(count):
        if w[j] > 0.0:
            dx, dy, dz, f = p[j, 0] - m[0], p[j, 1] - m[1], p[j, 2] - m[2], w[j] / total
            m[3] += f * dx * dx
            m[4] += f * dx * dy
            m[5] += f * dx * dz
            m[6] += f * dy * dy
            m[7] += f * dy * dz
            m[8] += f * dz * dz


@kernel
def mark_robust(x, y, z, index, first, count, qx, qy, qz, keep):  # type: ignore[no-untyped-def]
    """Keep the neighbors within BLUNDER sigmas of a plane found by reweighting (Kraus and Pfeifer 1998)."""
    most = max(1, count.max()) if len(count) else 1
    p, w, v = np.empty((most, 3)), np.empty(most), np.empty(most)
    m, a, vectors, plane = np.empty(9), np.empty((3, 3)), np.empty((3, 3)), np.empty(6)
    for q in range(len(first)):
        n, begin = count[q], first[q]
        keep[begin : begin + n] = True
        if n < 5:
            continue
        _load(x, y, z, index, begin, n, qx[q], qy[q], qz[q], p)
        w[:n] = 1.0
        sigma = 0.0
        for _ in range(ROUNDS):
            _weighted(p, n, w, m)
            if not eigen(m, a, vectors, plane):
                break
            for j in range(n):
                v[j] = abs((p[j, 0] - m[0]) * plane[3] + (p[j, 1] - m[1]) * plane[4] + (p[j, 2] - m[2]) * plane[5])
            sigma = max(MAD_TO_SIGMA * np.median(v[:n]), HARD * math.sqrt(plane[0]))
            for j in range(n):
                t = v[j] / (2.0 * sigma)
                w[j] = 1.0 / (1.0 + t * t * t * t)
        if sigma > 0.0:
            left = 0
            for j in range(n):
                keep[begin + j] = v[j] <= BLUNDER * sigma
                left += keep[begin + j]
            if left < 3:
                keep[begin : begin + n] = True


@kernel
def _distances(p, count, m, a, vectors, plane, d):  # type: ignore[no-untyped-def]
    """Squared Mahalanobis distances of all points from mean and covariance m; returns the determinant."""
    eigen(m, a, vectors, plane)
    floor = 1e-12 * max(plane[0], 1e-300)
    det = 1.0
    for e in range(3):
        det *= max(a[e, e], floor)
    for j in range(count):
        d[j] = 0.0
        for e in range(3):
            t = 0.0
            for k in range(3):
                t += (p[j, k] - m[k]) * vectors[k, e]
            d[j] += t * t / max(a[e, e], floor)
    return det


@kernel
def _draw(seed, n, w):  # type: ignore[no-untyped-def]
    """Weights 1 for four points chosen by the seed alone."""
    w[:n] = 0.0
    state, chosen = np.uint64(seed), 0
    while chosen < 4:
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        j = np.int64((state >> np.uint64(33)) % np.uint64(n))
        while w[j] > 0.0:
            j = (j + 1) % n
        w[j] = 1.0
        chosen += 1


@kernel
def mark_fmcd(x, y, z, index, first, count, qx, qy, qz, keep):  # type: ignore[no-untyped-def]
    """Keep the neighbors the minimum covariance determinant agrees with.

    Rousseeuw and Van Driessen 1999, doi:10.1080/00401706.1999.10485670; the starts are all points, then
    subsets drawn by a fixed sequence, so that the choice depends on the neighbors alone.
    """
    most = max(1, count.max()) if len(count) else 1
    p, w, d, best = np.empty((most, 3)), np.empty(most), np.empty(most), np.empty(most)
    m, a, vectors, plane = np.empty(9), np.empty((3, 3)), np.empty((3, 3)), np.empty(6)
    for q in range(len(first)):
        n, begin = count[q], first[q]
        keep[begin : begin + n] = True
        if n < 6:
            continue
        _load(x, y, z, index, begin, n, qx[q], qy[q], qz[q], p)
        inner, least = int(math.ceil(SHARE * n)), np.inf
        for start in range(STARTS):
            w[:n] = 1.0
            if start > 0:
                _draw(start, n, w)
            previous = np.inf
            for step in range(STEPS):
                _weighted(p, n, w, m)
                det = _distances(p, n, m, a, vectors, plane, d)
                if step > 1 and det >= previous * (1.0 - 1e-9):
                    break
                if step > 0:
                    previous = det
                order = np.argsort(d[:n], kind="mergesort")
                w[:n] = 0.0
                for j in range(inner):
                    w[order[j]] = 1.0
            if previous < least:
                least = previous
                best[:n] = d[:n]
        for j in range(n):
            keep[begin + j] = best[j] <= CUTOFF * CONSISTENCY
