# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact signs of orientation and in-circle for whole-number coordinates held in float64.

A float estimate with a proven error bound decides nearly always (Shewchuk 1997, "Adaptive precision
floating-point arithmetic and fast robust geometric predicates").  Where it does not, the true value
is small, so integer arithmetic modulo 2**64, or 2**128 far away, gives it exactly although the
products overflow.  Differences of coordinates may reach 2**42.

Ties are broken as if points were moved, so the answers depend on the points' own positions only:
a query is moved by an infinitesimal step in a direction ``(dx, dy)`` and, along it, to the left of it;
of four points on a circle the lexicographically largest is lifted off the paraboloid
(Devillers and Teillaud 2011, "Perturbations for Delaunay and weighted Delaunay 3D triangulations").
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel

ORIENT_BOUND = 4.5e-16
CIRCLE_BOUND = 1.2e-15
"""Relative to the sum of absolute products; Shewchuk's bounds A are 3.3e-16 and 1.11e-15."""
FITS_64 = 4.0e18
"""A value known to be smaller than this is recovered from its residue modulo 2**64."""
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
TOP = np.uint64(63)


@kernel
def orient(ax, ay, bx, by, cx, cy):  # type: ignore[no-untyped-def]
    """Sign of the area of the triangle abc: 1 counterclockwise, 0 collinear, -1 clockwise."""
    ux, uy, vx, vy = bx - ax, by - ay, cx - ax, cy - ay
    left, right = ux * vy, uy * vx
    area = left - right
    bound = ORIENT_BOUND * (abs(left) + abs(right))
    if area > bound:
        return 1
    if area < -bound:
        return -1
    exact = np.int64(ux) * np.int64(vy) - np.int64(uy) * np.int64(vx)
    return int(exact > 0) - int(exact < 0)


@kernel
def side(ax, ay, bx, by, qx, qy, dx, dy):  # type: ignore[no-untyped-def]
    """1 if the moved query lies left of the line from a to b, else -1; never 0."""
    sign = orient(ax, ay, bx, by, qx, qy)
    if sign == 0:
        sign = orient(0.0, 0.0, bx - ax, by - ay, dx, dy)
    if sign == 0:
        return 1 if (bx - ax) * dx + (by - ay) * dy > 0.0 else -1
    return sign


@kernel
def in_circle(ax, ay, bx, by, cx, cy, px, py):  # type: ignore[no-untyped-def]
    """Sign for p and the circle through a, b, c (counterclockwise): 1 inside, 0 on it, -1 outside."""
    ax, ay, bx, by, cx, cy = ax - px, ay - py, bx - px, by - py, cx - px, cy - py
    bxcy, cxby, cxay, axcy, axby, bxay = bx * cy, cx * by, cx * ay, ax * cy, ax * by, bx * ay
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    value = a2 * (bxcy - cxby) + b2 * (cxay - axcy) + c2 * (axby - bxay)
    bound = CIRCLE_BOUND * (a2 * (abs(bxcy) + abs(cxby)) + b2 * (abs(cxay) + abs(axcy)) + c2 * (abs(axby) + abs(bxay)))
    if value > bound:
        return 1
    if value < -bound:
        return -1
    iax, iay, ibx, iby, icx, icy = np.int64(ax), np.int64(ay), np.int64(bx), np.int64(by), np.int64(cx), np.int64(cy)
    if bound > FITS_64:
        return wide_in_circle(iax, iay, ibx, iby, icx, icy)
    exact = (
        (iax * iax + iay * iay) * (ibx * icy - icx * iby)
        + (ibx * ibx + iby * iby) * (icx * iay - iax * icy)
        + (icx * icx + icy * icy) * (iax * iby - ibx * iay)
    )
    return int(exact > 0) - int(exact < 0)


@kernel
def in_conflict(ax, ay, bx, by, cx, cy, px, py):  # type: ignore[no-untyped-def]
    """True if p lies inside the circle through a, b, c (counterclockwise, none of them p); never undecided."""
    sign = in_circle(ax, ay, bx, by, cx, cy, px, py)
    if sign != 0:
        return sign > 0
    a_last = before(bx, by, ax, ay) and before(cx, cy, ax, ay)
    b_last = before(ax, ay, bx, by) and before(cx, cy, bx, by)
    if a_last:
        return before(px, py, ax, ay) and orient(px, py, bx, by, cx, cy) > 0
    if b_last:
        return before(px, py, bx, by) and orient(ax, ay, px, py, cx, cy) > 0
    return before(px, py, cx, cy) and orient(ax, ay, bx, by, px, py) > 0


@kernel
def before(ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Lexicographic order of points."""
    return ax < bx or (ax == bx and ay < by)


@kernel
def wide_in_circle(ax, ay, bx, by, cx, cy):  # type: ignore[no-untyped-def]
    """``in_circle`` of int64 coordinates relative to p, modulo 2**128."""
    high, low = wide_term(ax, ay, bx, by, cx, cy)
    for ux, uy, vx, vy, wx, wy in ((bx, by, cx, cy, ax, ay), (cx, cy, ax, ay, bx, by)):
        high, low = wide_add(high, low, *wide_term(ux, uy, vx, vy, wx, wy))
    if high >> TOP:
        return -1
    return 1 if high | low else 0


@kernel
def wide_term(ax, ay, bx, by, cx, cy):  # type: ignore[no-untyped-def]
    """(ax*ax + ay*ay) * (bx*cy - cx*by) as two uint64 words, modulo 2**128."""
    square_high, square_low = wide_add(*wide_product(ax, ax), *wide_product(ay, ay))
    area_high, area_low = wide_add(*wide_product(bx, cy), *wide_product(-cx, by))
    high, low = long_product(square_low, area_low)
    return high + square_low * area_high + square_high * area_low, low


@kernel
def wide_add(a_high, a_low, b_high, b_low):  # type: ignore[no-untyped-def]
    """Sum of two 128-bit numbers."""
    low = a_low + b_low
    carry = np.uint64(1) if low < a_low else np.uint64(0)
    return a_high + b_high + carry, low


@kernel
def wide_product(a, b):  # type: ignore[no-untyped-def]
    """Product of two int64 as a 128-bit number (two's complement)."""
    ua, ub = np.uint64(a), np.uint64(b)
    high, low = long_product(ua, ub)
    if a < 0:
        high -= ub
    if b < 0:
        high -= ua
    return high, low


@kernel
def long_product(a, b):  # type: ignore[no-untyped-def]
    """Product of two uint64 as high and low word."""
    a_low, a_high, b_low, b_high = a & LOW, a >> HALF, b & LOW, b >> HALF
    corner = a_low * b_low
    cross = a_high * b_low + (corner >> HALF)
    middle = a_low * b_high + (cross & LOW)
    return a_high * b_high + (cross >> HALF) + (middle >> HALF), a * b
