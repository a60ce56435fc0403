# SPDX-License-Identifier: GPL-2.0-or-later
"""Logarithm and cube root by basic arithmetic: the same bytes on every machine, which libm does not promise."""

from __future__ import annotations

import math

from ..compiled import kernel

LN2 = 0.6931471805599453
SQRT_HALF = 0.7071067811865476


@kernel
def logarithm(number):  # type: ignore[no-untyped-def]
    """Natural logarithm of a number above 0: ln m + e ln 2 with m in [sqrt ½, sqrt 2), by the series of artanh."""
    m, e = math.frexp(number)
    if m < SQRT_HALF:
        m, e = 2.0 * m, e - 1
    t = (m - 1.0) / (m + 1.0)
    square, total = t * t, 0.0
    for odd in range(23, 0, -2):
        total = total * square + 1.0 / odd
    return 2.0 * t * total + e * LN2


@kernel
def cube_root(number):  # type: ignore[no-untyped-def]
    """Cube root of a number of at least 0, by Newton's method."""
    if number == 0.0:
        return 0.0
    m, e = math.frexp(number)
    while e % 3 != 0:
        m, e = 0.5 * m, e + 1
    root = 0.4 + 0.6 * m
    for _ in range(6):
        root = (2.0 * root + m / (root * root)) / 3.0
    return math.ldexp(root, e // 3)


@kernel
def entropy_and_omnivariance(one, two, three, entropy, omnivariance):  # type: ignore[no-untyped-def]
    """-sum e ln e and the cube root of the product of normalised eigenvalues; NaN stays NaN."""
    for i in range(len(one)):
        entropy[i] = omnivariance[i] = one[i] + two[i] + three[i]
        if not math.isnan(one[i]):
            entropy[i] = 0.0
            for value in (one[i], two[i], three[i]):
                if value > 0.0:
                    entropy[i] -= value * logarithm(value)
            omnivariance[i] = cube_root(one[i] * two[i] * three[i])
