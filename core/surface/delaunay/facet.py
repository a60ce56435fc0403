# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that evaluate on one triangle, with the same bytes whichever way its corners are numbered."""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .predicates import before


@kernel
def in_order(x, y, a, b, c):  # type: ignore[no-untyped-def]
    """The corners of a counterclockwise triangle, still so, from the lexicographically smallest."""
    if before(x[b], y[b], x[a], y[a]) and before(x[b], y[b], x[c], y[c]):
        return b, c, a
    if before(x[c], y[c], x[a], y[a]) and before(x[c], y[c], x[b], y[b]):
        return c, a, b
    return a, b, c


@kernel
def linear(x, y, v, a, b, c, qx, qy):  # type: ignore[no-untyped-def]
    """Barycentric interpolation; exact at corners and where the three values are one."""
    a, b, c = in_order(x, y, a, b, c)
    ax, ay, bx, by, cx, cy = x[a] - qx, y[a] - qy, x[b] - qx, y[b] - qy, x[c] - qx, y[c] - qy
    wa, wb, wc = bx * cy - by * cx, cx * ay - cy * ax, ax * by - ay * bx
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    if wa >= wb and wa >= wc:
        return v[a] + (wb / area * (v[b] - v[a]) + wc / area * (v[c] - v[a]))
    if wb >= wc:
        return v[b] + (wa / area * (v[a] - v[b]) + wc / area * (v[c] - v[b]))
    return v[c] + (wa / area * (v[a] - v[c]) + wb / area * (v[b] - v[c]))


@kernel
def gradient(x, y, v, a, b, c):  # type: ignore[no-untyped-def]
    """Slopes of the facet along x and y, per half lattice step."""
    a, b, c = in_order(x, y, a, b, c)
    bx, by, cx, cy = x[b] - x[a], y[b] - y[a], x[c] - x[a], y[c] - y[a]
    area = bx * cy - by * cx
    vb, vc = v[b] - v[a], v[c] - v[a]
    return (vb * cy - vc * by) / area, (vc * bx - vb * cx) / area


@kernel
def longest_edge(x, y, a, b, c):  # type: ignore[no-untyped-def]
    """Square of the longest edge (exact below 2**53)."""
    ab, bc = (x[b] - x[a]) ** 2 + (y[b] - y[a]) ** 2, (x[c] - x[b]) ** 2 + (y[c] - y[b]) ** 2
    return max(max(ab, bc), (x[a] - x[c]) ** 2 + (y[a] - y[c]) ** 2)


@kernel
def drop_long(x, y, corners, limit):  # type: ignore[no-untyped-def]
    """Set to -1 the triangles with an edge whose square is above ``limit``; returns how many."""
    dropped = 0
    for i in range(len(corners)):
        a, b, c = corners[i, 0], corners[i, 1], corners[i, 2]
        if a >= 0 and longest_edge(x, y, a, b, c) > limit:
            corners[i, 0] = -1
            dropped += 1
    return dropped


@kernel
def linear_surface(x, y, v, corners, qx, qy, value, slopes):  # type: ignore[no-untyped-def]
    """Values at the queries, NaN where there is no triangle, and, if ``slopes`` has rows, the gradients."""
    for i in range(len(corners)):
        a, b, c = corners[i, 0], corners[i, 1], corners[i, 2]
        value[i] = np.nan if a < 0 else linear(x, y, v, a, b, c, qx[i], qy[i])
        if len(slopes):
            slopes[i, 0], slopes[i, 1] = (np.nan, np.nan) if a < 0 else gradient(x, y, v, a, b, c)
