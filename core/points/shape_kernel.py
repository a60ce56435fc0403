# SPDX-License-Identifier: GPL-2.0-or-later
"""Features of many eigenvalues; logarithm and cube root by basic arithmetic: the same bytes on every machine.

Libm does not promise that.  Loops have no branches and numbers are taken apart by their bits, so that the
compiler works on several points with each instruction.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel

LN2 = 0.6931471805599453
SQRT_HALF = 0.7071067811865476
SUBNORMAL = 2.0**-1022
"""Smaller numbers have an exponent of their own only after they are enlarged."""
BITS, BIAS = 52, 1022
"""Of the fraction of a double, and what its exponent is stored with where its mantissa is in [½, 1)."""


@kernel
def _series(m, e):  # type: ignore[no-untyped-def]
    """Natural logarithm of m 2**e, m in [½, 1): ln m + e ln 2 with m in [sqrt ½, sqrt 2), by the series of artanh."""
    low = m < SQRT_HALF
    m, e = 2.0 * m if low else m, e - 1 if low else e
    t = (m - 1.0) / (m + 1.0)
    square, total = t * t, 0.0
    for odd in range(23, 0, -2):
        total = total * square + 1.0 / odd
    return 2.0 * t * total + e * LN2


@kernel
def logarithm(number):  # type: ignore[no-untyped-def]
    """Natural logarithm of a number above 0."""
    m, e = math.frexp(number)
    return _series(m, e)


@kernel
def _take_apart(numbers, mantissa, exponent):  # type: ignore[no-untyped-def]
    """Of numbers of at least 0 (and NaN, for which anything comes out): mantissa in [½, 1) and exponent."""
    for i in range(len(numbers)):
        mantissa[i] = numbers[i] * 2.0**54 if numbers[i] < SUBNORMAL else numbers[i]
        exponent[i] = -54 if numbers[i] < SUBNORMAL else 0
    bits = mantissa.view(np.int64)
    for i in range(len(numbers)):
        exponent[i] += (bits[i] >> BITS) - BIAS
        bits[i] = (bits[i] & ((1 << BITS) - 1)) | (BIAS << BITS)


@kernel
def _cube_roots(numbers, mantissa, exponent, power, out):  # type: ignore[no-untyped-def]
    """Cube roots of numbers of at least 0, by Newton's method; the arrays between are scratch."""
    _take_apart(numbers, mantissa, exponent)
    bits = power.view(np.int64)
    for i in range(len(numbers)):
        third = (exponent[i] + 1200) // 3 - 400
        over = exponent[i] - 3 * third
        third += 1 if over > 0 else 0
        mantissa[i] *= 0.25 if over == 1 else (0.5 if over == 2 else 1.0)
        bits[i] = (third + BIAS + 1) << BITS
    for i in range(len(numbers)):
        m = mantissa[i]
        root = 0.4 + 0.6 * m
        for _ in range(6):
            root = (2.0 * root + m / (root * root)) / 3.0
        out[i] = root * power[i] if numbers[i] > 0.0 else numbers[i]


@kernel
def _add_entropy(values, mantissa, exponent, out):  # type: ignore[no-untyped-def]
    """Take v ln v of every value from ``out``; of 0 that is 0."""
    _take_apart(values, mantissa, exponent)
    for i in range(len(values)):
        found = out[i] - values[i] * _series(mantissa[i], exponent[i])
        out[i] = found if values[i] > 0.0 else out[i]


@kernel
def describe_shapes(eigenvalues, upright, out):  # type: ignore[no-untyped-def]
    """FEATURES (float32 ``out`` [8, n]) of descending eigenvalues [3, n] and the z of unit normals [n]; NaN stays."""
    n = len(upright)
    shares, product, roots = np.empty((3, n)), np.empty(n), np.empty(n)
    mantissa, exponent, power, entropy = np.empty(n), np.empty(n, np.int64), np.empty(n), np.empty(n)
    for i in range(n):
        total = eigenvalues[0, i] + eigenvalues[1, i] + eigenvalues[2, i]
        shares[0, i], shares[1, i], shares[2, i] = (
            eigenvalues[0, i] / total, eigenvalues[1, i] / total, eigenvalues[2, i] / total
        )  # fmt: skip
    for i in range(n):
        one, two, three = shares[0, i], shares[1, i], shares[2, i]
        out[0, i], out[1, i], out[2, i] = (one - two) / one, (two - three) / one, three / one
        out[3, i], out[4, i], out[5, i] = (one - three) / one, three, 1.0 - abs(upright[i])
        product[i] = one * two * three
        valid = one + two + three
        entropy[i] = 0.0 if valid == valid else valid
    _cube_roots(product, mantissa, exponent, power, roots)
    for row in range(3):
        _add_entropy(shares[row], mantissa, exponent, entropy)
    for i in range(n):
        out[6, i], out[7, i] = roots[i], entropy[i]
