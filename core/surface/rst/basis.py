# SPDX-License-Identifier: GPL-2.0-or-later
"""The radial function of the regularized spline with tension, and its table.

    R(rho) = E1(rho) + ln(rho) + C,   rho = (tension * distance / (2 * dnorm))**2,   C = Euler's constant

(Mitasova & Mitas 1993; sign as in GRASS lib/rst).  R is an entire function of rho: R(0) = 0,
R' = (1 - exp(-rho)) / rho, R'' = ((1 + rho) exp(-rho) - 1) / rho**2.

The exact functions use only + - * / and exact scaling by powers of two, so that their bytes do not
depend on a C library.  The table is a cubic Hermite one, of geometrically growing intervals found
from the bits of 1 + rho: no logarithm, no square root, no branch, so the loops over it vectorise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel

EULER = 0.5772156649015328606
_LN2_HIGH = 0.6931471803691238  # 32 bits: its product with a small whole number is exact
_LN2_LOW = 1.9082149292705877e-10
_SQRT_HALF = 0.7071067811865476
_SERIES_BELOW = 3.0

PARTS = 6
"""Each octave of 1 + rho is cut in ``2**PARTS`` intervals."""
OCTAVES = 60
"""Octaves in a table: rho below 10**18."""
SHIFT = 52 - PARTS
FIRST = 1023 << PARTS
FRACTION = (1 << SHIFT) - 1
UNIT = 1.0 / (1 << SHIFT)


@kernel
def exact_exp(x: float) -> float:
    """exp(x) for -700 < x < 700, within 2 units in the last place."""
    n = math.floor(x / 0.6931471805599453 + 0.5)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    total = 1.0
    for k in range(17, 0, -1):
        total = 1.0 + total * r / k
    return math.ldexp(total, int(n))


@kernel
def exact_log(x: float) -> float:
    """ln(x) for normal x > 0, by the series of the inverse hyperbolic tangent."""
    mantissa, exponent = math.frexp(x)
    if mantissa < _SQRT_HALF:
        mantissa *= 2.0
        exponent -= 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    q = s * s
    total = 0.0
    for k in range(27, 0, -2):
        total = total * q + 1.0 / k
    return exponent * _LN2_HIGH + (exponent * _LN2_LOW + 2.0 * s * total)


@kernel
def exact_r(rho: float) -> float:
    """R(rho): power series below 3, continued fraction of E1 (Abramowitz & Stegun 5.1.22) above."""
    if rho < _SERIES_BELOW:
        total = 0.0
        term = rho
        k = 1
        while abs(term) > 1e-18 * rho:
            total += term / k
            k += 1
            term *= -rho / k
        return total
    e1 = 0.0
    if rho < 40.0:
        fraction = 0.0
        for k in range(60, 0, -1):
            fraction = k * k / (rho + 2 * k + 1 - fraction)
        e1 = exact_exp(-rho) / (rho + 1.0 - fraction)
    return e1 + (exact_log(rho) + EULER)


@kernel
def exact_slopes(rho: float) -> tuple[float, float, float]:
    """First three derivatives of R at rho; below 1 by the series whose terms are (-rho)^j / (j + 1)!."""
    if rho < 1.0:
        first = second = third = 0.0
        term = 1.0
        for j in range(22):
            first += term
            second -= term * (j + 1) / (j + 2)
            third += term * (j + 1) / (j + 3)
            term *= -rho / (j + 2)
        return first, second, third
    e = exact_exp(-rho) if rho < 700.0 else 0.0
    first = (1.0 - e) / rho
    second = (e - first) / rho
    third = (-e - 2.0 * second) / rho
    return first, second, third


@kernel
def _fill(table: NDArray[np.float64]) -> None:
    """Cubic Hermite coefficients of R and its first two derivatives: ``table[which, power, interval]``."""
    at = np.empty((2, 4))
    for i in range(table.shape[2]):
        width = math.ldexp(1.0, (i >> PARTS) - PARTS)
        low = ((1 << PARTS) + (i & ((1 << PARTS) - 1))) * width - 1.0
        for end in range(2):
            rho = low + end * width
            at[end, 0] = exact_r(rho)
            at[end, 1], at[end, 2], at[end, 3] = exact_slopes(rho)
        for which in range(3):
            step = at[1, which] - at[0, which]
            left, right = at[0, which + 1] * width, at[1, which + 1] * width
            table[which, 0, i] = at[0, which]
            table[which, 1, i] = left
            table[which, 2, i] = 3.0 * step - 2.0 * left - right
            table[which, 3, i] = left + right - 2.0 * step


def make_table() -> NDArray[np.float64]:
    """The table of R, R', R'': shape (3, 4, intervals); errors below 1e-8."""
    table = np.empty((3, 4, OCTAVES << PARTS))
    _fill(table)
    return table
