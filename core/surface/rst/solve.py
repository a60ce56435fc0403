# SPDX-License-Identifier: GPL-2.0-or-later
"""One fit: the dense system of the spline, solved by Cholesky's method.

The spline z(p) = a0 + sum lambda_j R_j(p) with sum lambda = 0 solves (Mitas & Mitasova 1999)

    (R - W) lambda + a0 1 = z,   1' lambda = 0,   W = diag(smoothing_i).

-R is only conditionally positive definite.  With r_i = R(p_i, q) for any fixed point q,

    A_ij = 1 + r_i + r_j - R_ij + W_ij

is positive definite without condition (the increments' covariance, plus a constant), and equals
-(R - W) on all lambda of sum 0.  So  A lambda = a 1 - z  with  a = (1' A^-1 z) / (1' A^-1 1), and
a0 = a - sum r_j lambda_j: a Cholesky factor and one back substitution instead of an indefinite
system.  Columns n and n + 1 carry z and 1, so the factorization also does the forward substitution.

Inner loops run along rows and only add multiples of rows: they vectorise without reordering a sum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from .basis import FIRST, FRACTION, SHIFT, UNIT

Array = NDArray[np.float64]


@kernel
def radial_row(px: float, py: float, x: Array, y: Array, start: int, stop: int, table: Array, t: Array, out: Array) -> None:
    """``out[i] = f(|p - (x, y)[i]|**2)`` for i in start..stop, f the tabled function ``table[power, interval]``.

    ``t`` is scratch: its bits give the interval and the place inside it.
    """
    c0, c1, c2, c3 = table[0], table[1], table[2], table[3]
    bits = t.view(np.int64)
    for i in range(start, stop):
        dx = x[i] - px
        dy = y[i] - py
        t[i] = 1.0 + (dx * dx + dy * dy)
    for i in range(start, stop):
        b = bits[i]
        k = np.uint64((b >> SHIFT) - FIRST)
        u = np.float64(b & FRACTION) * UNIT
        out[i] = c0[k] + u * (c1[k] + u * (c2[k] + u * c3[k]))


@kernel
def assemble(x: Array, y: Array, z: Array, w: Array, n: int, qx: float, qy: float, table: Array, a: Array, r: Array, t: Array) -> None:
    """Upper triangle of A in ``a[i, i:n]``, z and 1 in its columns n and n + 1, and ``r``."""
    radial_row(qx, qy, x, y, 0, n, table, t, r)
    for i in range(n):
        row = a[i]
        radial_row(x[i], y[i], x, y, i, n, table, t, row)
        base = 1.0 + r[i]
        for j in range(i, n):
            row[j] = (base + r[j]) - row[j]
        row[i] += w[i]
        row[n] = z[i]
        row[n + 1] = 1.0


@kernel
def _factor_panel(a: Array, start: int, stop: int, columns: int) -> bool:
    """Rows start..stop of U, already cleared of the rows above ``start``."""
    for p in range(start, stop):
        row = a[p]
        for q in range(start, p):
            above = a[q]
            f = above[p]
            for i in range(p, columns):
                row[i] -= f * above[i]
        if not row[p] > 0.0:
            return False
        scale = 1.0 / np.sqrt(row[p])
        for i in range(p, columns):
            row[i] *= scale
    return True


@kernel
def factor(a: Array, n: int, columns: int) -> bool:
    """A = U'U in place (rows of U; columns beyond n are carried along); False when not positive definite.

    Right-looking, eight rows at a time, two rows updated at once.
    """
    start = 0
    while start < n:
        stop = min(start + 8, n)
        if not _factor_panel(a, start, stop, columns):
            return False
        if stop - start == 8:
            u0, u1, u2, u3 = a[start], a[start + 1], a[start + 2], a[start + 3]
            u4, u5, u6, u7 = a[start + 4], a[start + 5], a[start + 6], a[start + 7]
            for p in range(stop, n, 2):
                q = min(p + 1, n - 1)
                f0, f1, f2, f3, f4, f5, f6, f7 = u0[p], u1[p], u2[p], u3[p], u4[p], u5[p], u6[p], u7[p]
                s, t = a[p], a[q]
                g0, g1, g2, g3, g4, g5, g6, g7 = u0[q], u1[q], u2[q], u3[q], u4[q], u5[q], u6[q], u7[q]
                if q == p:
                    for i in range(p, columns):
                        s[i] = s[i] - f0 * u0[i] - f1 * u1[i] - f2 * u2[i] - f3 * u3[i] - f4 * u4[i] - f5 * u5[i] - f6 * u6[i] - f7 * u7[i]
                else:
                    for i in range(p, columns):
                        s[i] = s[i] - f0 * u0[i] - f1 * u1[i] - f2 * u2[i] - f3 * u3[i] - f4 * u4[i] - f5 * u5[i] - f6 * u6[i] - f7 * u7[i]
                        t[i] = t[i] - g0 * u0[i] - g1 * u1[i] - g2 * u2[i] - g3 * u3[i] - g4 * u4[i] - g5 * u5[i] - g6 * u6[i] - g7 * u7[i]
        start = stop
    return True


@kernel
def back_substitute(a: Array, n: int, out: Array) -> None:
    """Solve U out = out for the factor U in ``a``; four partial sums in fixed order."""
    for i in range(n - 1, -1, -1):
        row = a[i]
        s0 = s1 = s2 = s3 = 0.0
        j = i + 1
        while j + 4 <= n:
            s0 += row[j] * out[j]
            s1 += row[j + 1] * out[j + 1]
            s2 += row[j + 2] * out[j + 2]
            s3 += row[j + 3] * out[j + 3]
            j += 4
        while j < n:
            s0 += row[j] * out[j]
            j += 1
        out[i] = (out[i] - ((s0 + s1) + (s2 + s3))) / row[i]


@kernel
def solve(x: Array, y: Array, z: Array, w: Array, n: int, qx: float, qy: float, table: Array, a: Array, r: Array, t: Array, weights: Array) -> tuple[bool, float]:
    """lambda into ``weights`` and a0 returned; (False, 0) when A is not numerically positive definite."""
    assemble(x, y, z, w, n, qx, qy, table, a, r, t)
    if not factor(a, n, n + 2):
        return False, 0.0
    top = bottom = 0.0
    for i in range(n):
        top += a[i, n] * a[i, n + 1]
        bottom += a[i, n + 1] * a[i, n + 1]
    mean = top / bottom
    for i in range(n):
        weights[i] = mean * a[i, n + 1] - a[i, n]
    back_substitute(a, n, weights)
    for i in range(n):
        mean -= r[i] * weights[i]
    return True, mean
