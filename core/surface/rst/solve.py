# SPDX-License-Identifier: GPL-2.0-or-later
"""One fit: the dense system of the spline.

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
from .basis import FIRST, FRACTION, SHIFT, UNIT, exact_r

Array = NDArray[np.float64]

TABLED, EXACT, POWER = 0, 1, 2
"""Radial functions: the spline's from its table, the spline's exact, and that of gaps.py."""
LARGEST_RESIDUAL = 1e-7
"""An exact fit may miss its equations by so much, relative to the largest value."""


@kernel
def radial_row(px, py, x, y, table, t, out):  # type: ignore[no-untyped-def]
    """``out[i]`` = the tabled function ``table[power, interval]`` at |p - (x, y)[i]|**2, for all of ``out``.

    ``t`` is scratch: the bits of 1 + rho give the interval of the table and the place inside it.
    """
    n = len(out)
    for i in range(n):
        dx = x[i] - px
        dy = y[i] - py
        t[i] = 1.0 + (dx * dx + dy * dy)
    c0, c1, c2, c3 = table[0], table[1], table[2], table[3]
    bits = t.view(np.int64)
    for i in range(n):
        b = bits[i]
        k = np.uint64((b >> SHIFT) - FIRST)
        u = np.float64(b & FRACTION) * UNIT
        out[i] = c0[k] + u * (c1[k] + u * (c2[k] + u * c3[k]))


@kernel
def exact_row(px, py, x, y, out):  # type: ignore[no-untyped-def]
    """As ``radial_row`` with the exact R."""
    for i in range(len(out)):
        dx = x[i] - px
        dy = y[i] - py
        out[i] = exact_r(dx * dx + dy * dy)


@kernel
def power_row(px, py, x, y, out):  # type: ignore[no-untyped-def]
    """As ``radial_row`` with r**1.5."""
    for i in range(len(out)):
        dx = x[i] - px
        dy = y[i] - py
        root = np.sqrt(dx * dx + dy * dy)
        out[i] = root * np.sqrt(root)


@kernel
def any_row(px, py, x, y, radial, table, t, out):  # type: ignore[no-untyped-def]
    """The radial function ``radial`` between one point and many."""
    if radial == TABLED:
        radial_row(px, py, x, y, table, t, out)
    elif radial == EXACT:
        exact_row(px, py, x, y, out)
    else:
        power_row(px, py, x, y, out)


@kernel
def assemble(x, y, z, w, radial, table, a, r, t):  # type: ignore[no-untyped-def]
    """Upper triangle of A in ``a[i, i:n]``, z and 1 in its columns n and n + 1; ``r`` is about the points' middle."""
    n = len(x)
    qx = qy = 0.0
    for i in range(n):
        qx += x[i]
        qy += y[i]
    any_row(qx / n, qy / n, x, y, radial, table, t, r)
    for i in range(n):
        row, rest = a[i, i:n], r[i:]
        any_row(x[i], y[i], x[i:], y[i:], radial, table, t, row)
        base = 1.0 + r[i]
        for j in range(len(row)):
            row[j] = (base + rest[j]) - row[j]
        row[0] += w[i]
        a[i, n] = z[i]
        a[i, n + 1] = 1.0


@kernel
def _take_1(s, u, f):  # type: ignore[no-untyped-def]
    for i in range(len(s)):
        s[i] -= f * u[i]


@kernel
def _take_8(s, u0, u1, u2, u3, u4, u5, u6, u7, f0, f1, f2, f3, f4, f5, f6, f7):  # type: ignore[no-untyped-def]
    """Take multiples of eight rows out of one: as many as the compiler still checks for overlap, and vectorises."""
    for i in range(len(s)):
        s[i] = (
            s[i] - f0 * u0[i] - f1 * u1[i] - f2 * u2[i] - f3 * u3[i] - f4 * u4[i] - f5 * u5[i] - f6 * u6[i] - f7 * u7[i]
        )


@kernel
def _factor_panel(a, start, stop, columns):  # type: ignore[no-untyped-def]
    """Rows start..stop of U, when the rows above ``start`` have been taken out."""
    for p in range(start, stop):
        row = a[p, p:columns]
        for q in range(start, p):
            _take_1(row, a[q, p:columns], a[q, p])
        if not row[0] > 0.0:
            return False
        scale = 1.0 / np.sqrt(row[0])
        for i in range(len(row)):
            row[i] *= scale
    return True


@kernel
def factor(a, n, columns):  # type: ignore[no-untyped-def]
    """A = U'U in place (rows of U; columns beyond n are carried along); False when not positive definite.

    Right-looking, eight rows at a time.
    """
    for k in range(0, n, 8):
        stop = min(k + 8, n)
        if not _factor_panel(a, k, stop, columns):
            return False
        for p in range(stop, n):
            _take_8(
                a[p, p:columns],
                a[k, p:columns],
                a[k + 1, p:columns],
                a[k + 2, p:columns],
                a[k + 3, p:columns],
                a[k + 4, p:columns],
                a[k + 5, p:columns],
                a[k + 6, p:columns],
                a[k + 7, p:columns],
                a[k, p],
                a[k + 1, p],
                a[k + 2, p],
                a[k + 3, p],
                a[k + 4, p],
                a[k + 5, p],
                a[k + 6, p],
                a[k + 7, p],
            )
    return True


@kernel
def _back_substitute(a, out):  # type: ignore[no-untyped-def]
    """Solve U out = out for the factor U in ``a``; four partial sums in fixed order."""
    n = len(out)
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
def finish(a, r, weights):  # type: ignore[no-untyped-def]
    """From the factor with its two carried columns: lambda into ``weights``; a0 is returned."""
    n = len(weights)
    top = bottom = 0.0
    for i in range(n):
        top += a[i, n] * a[i, n + 1]
        bottom += a[i, n + 1] * a[i, n + 1]
    constant = top / bottom
    for i in range(n):
        weights[i] = constant * a[i, n + 1] - a[i, n]
    _back_substitute(a, weights)
    for i in range(n):
        constant -= r[i] * weights[i]
    return constant


@kernel
def _factor_pivoted(a, n, order):  # type: ignore[no-untyped-def]
    """P'AP = U'U by the largest remaining diagonal; ``order[i]`` is the point of row i.  Reads the upper triangle."""
    for i in range(n):
        order[i] = i
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if a[i, i] > a[p, p]:
                p = i
        if not a[p, p] > 0.0:
            return False
        if p != k:
            order[k], order[p] = order[p], order[k]
            a[k, k], a[p, p] = a[p, p], a[k, k]
            for i in range(k):
                a[i, k], a[i, p] = a[i, p], a[i, k]
            for i in range(k + 1, p):
                a[k, i], a[i, p] = a[i, p], a[k, i]
            for i in range(p + 1, n + 2):
                a[k, i], a[p, i] = a[p, i], a[k, i]
        row = a[k]
        scale = 1.0 / np.sqrt(row[k])
        for i in range(k, n + 2):
            row[i] *= scale
        for i in range(k + 1, n):
            below, f = a[i], row[i]
            for j in range(i, n + 2):
                below[j] -= f * row[j]
    return True


@kernel
def _fits_exactly(x, y, z, w, weights, constant, r):  # type: ignore[no-untyped-def]
    """Whether the equations hold."""
    n = len(x)
    size = 0.0
    for i in range(n):
        size = max(size, abs(z[i]))
    for i in range(n):
        exact_row(x[i], y[i], x, y, r)
        total = constant - w[i] * weights[i] - z[i]
        for j in range(n):
            total += r[j] * weights[j]
        if not abs(total) <= LARGEST_RESIDUAL * size:
            return False
    return True


@kernel
def solve(x, y, z, w, radial, table, a, r, t, weights):  # type: ignore[no-untyped-def]
    """lambda into ``weights``, a0 returned; (False, 0) when A is not numerically positive definite.

    EXACT, for smoothing near 0, means the exact function, pivoting, and a check of the equations.
    """
    n = len(x)
    assemble(x, y, z, w, radial, table, a, r, t)
    if radial != EXACT:
        if not factor(a, n, n + 2):
            return False, 0.0
        return True, finish(a, r, weights)
    order = np.empty(n, np.int64)
    if not _factor_pivoted(a, n, order):
        return False, 0.0
    turned, ranks = np.empty(n), np.empty(n)
    for i in range(n):
        ranks[i] = r[order[i]]
    constant = finish(a, ranks, turned)
    for i in range(n):
        weights[order[i]] = turned[i]
    return _fits_exactly(x, y, z, w, weights, constant, r), constant
