# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels for circles through three points, written so that far and flat ones cost no accuracy.

A circle through an origin o and two more points u, v (counterclockwise) is kept as the polynomial
``c*(x*x + y*y) - a*x - b*y``, negative inside, with x, y measured from o.  Beside it stand bounds of
the rounding errors of the three coefficients, so a test in float64 knows when it does not know.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiled import kernel

ERROR = 1.8e-15
"""16 * 2**-53: twice what the roundings of the coefficients and of the polynomial can add up to."""


class Circle(NamedTuple):
    """Origin, coefficients, their errors, and the center (from the origin) as far as floats have it."""

    ox: float
    oy: float
    a: float
    b: float
    c: float
    ea: float
    eb: float
    ec: float
    mx: float
    my: float


@kernel
def circle_through(ox, oy, ux, uy, vx, vy):  # type: ignore[no-untyped-def]
    """The circle through o, u, v (counterclockwise)."""
    ux, uy, vx, vy = ux - ox, uy - oy, vx - ox, vy - oy
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    a, b, c = u2 * vy - v2 * uy, v2 * ux - u2 * vx, ux * vy - uy * vx
    ea = ERROR * (u2 * abs(vy) + v2 * abs(uy))
    eb = ERROR * (v2 * abs(ux) + u2 * abs(vx))
    ec = ERROR * (abs(ux * vy) + abs(uy * vx))
    half = 0.5 / c
    return Circle(ox, oy, a, b, c, ea, eb, ec, a * half, b * half)


@kernel
def circle_around(qx, qy, px, py):  # type: ignore[no-untyped-def]
    """The circle around q through p."""
    a, b = 2.0 * (qx - px), 2.0 * (qy - py)
    return Circle(px, py, a, b, 1.0, ERROR * abs(a), ERROR * abs(b), ERROR, 0.5 * a, 0.5 * b)


@kernel
def is_outside(k, x, y):  # type: ignore[no-untyped-def]
    """True if the point is outside the circle for certain."""
    x, y = x - k.ox, y - k.oy
    r2 = x * x + y * y
    return k.c * r2 - k.a * x - k.b * y > k.ec * r2 + k.ea * abs(x) + k.eb * abs(y)


@kernel
def depth(k, x, y):  # type: ignore[no-untyped-def]
    """The polynomial: the lower, the deeper the point lies in the circle."""
    x, y = x - k.ox, y - k.oy
    return k.c * (x * x + y * y) - k.a * x - k.b * y


@kernel
def depth_of_box(k, box, node):  # type: ignore[no-untyped-def]
    """``depth`` of the deepest place of a box, as far as floats tell."""
    return depth(
        k,
        min(max(k.ox + k.mx, box[node, 0]), box[node, 2]),
        min(max(k.oy + k.my, box[node, 1]), box[node, 3]),
    )


@kernel
def misses_box(k, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """True if no point of the box is inside the circle for certain.

    The polynomial is a sum of a function of x and one of y, each least where the box comes nearest
    to the center; the error is taken at the far corner.
    """
    x0, y0, x1, y1 = x0 - k.ox, y0 - k.oy, x1 - k.ox, y1 - k.oy
    x, y = min(max(k.mx, x0), x1), min(max(k.my, y0), y1)
    far_x, far_y = max(abs(x0), abs(x1)), max(abs(y0), abs(y1))
    error = k.ec * (far_x * far_x + far_y * far_y) + k.ea * far_x + k.eb * far_y
    return k.c * (x * x + y * y) - k.a * x - k.b * y > error


@kernel
def reach(k):  # type: ignore[no-untyped-def]
    """A radius around the center that covers the circle for certain; infinite if it is too flat to tell."""
    if not k.c > k.ec:
        return np.inf
    slack = (k.ea + k.eb + k.ec * (abs(k.mx) + abs(k.my))) / (k.c - k.ec)
    return np.sqrt(k.mx * k.mx + k.my * k.my) + 2.0 * slack + 1.0
