# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel that adds up a number of the points of regions, as they are met and in the order of list_members.

Queries that stand in one block, one after the other, share the points gathered from the rows of bins around it:
they lie side by side then, and the test of their distances runs on several at once.
"""

from __future__ import annotations

import math

import numpy as np

from ...compiled import kernel

WORK = 1 << 23
"""Points a call looks at before it returns: under 0.1 s."""
FEATURES = 6
"""Of the sums of a query: number, least, most, sum, mean, sum of squares about the mean."""
UNLIMITED = 1 << 62
"""Limits from here on are none."""


@kernel
def _drop_nan(held, n):  # type: ignore[no-untyped-def]
    """Move the numbers of held[:n] to its front; returns how many there are."""
    number = 0
    for j in range(n):
        held[number] = held[j]
        number += held[j] == held[j]
    return number


@kernel
def add_held(held, n, q, out):  # type: ignore[no-untyped-def]
    """Sums of the numbers of held[:n], which loses its NaN, into out[:, q]; NaN without one but for number and sum."""
    total = 0.0
    for j in range(n):
        total += held[j]
    if total != total:
        n, total = _drop_nan(held, n), 0.0
        for j in range(n):
            total += held[j]
    out[0, q], out[3, q] = n, total
    if n == 0:
        out[1, q] = out[2, q] = out[4, q] = out[5, q] = np.nan
        return
    mean, squares, rest, least, most = total / n, 0.0, 0.0, np.inf, -np.inf
    for j in range(n):
        value = held[j]
        least, most = min(least, value), max(most, value)
        above = value - mean
        squares += above * above
        rest += above
    out[1, q], out[2, q], out[4, q] = least, most, mean
    out[5, q] = max(squares - rest * rest / n, 0.0)


@kernel
def _mark(x, y, z, px, py, pz, half_x, half_y, half_z, flat2, solid2, inside):  # type: ignore[no-untyped-def]
    """Which positions are in a region: a loop of its own, without a branch, so that it is compiled to vectors.

    Whole numbers below 2**53 are exact as floats, and larger squares stay larger than any limit.
    """
    for j in range(len(x)):
        dx, dy, dz = abs(x[j] - px), abs(y[j] - py), abs(z[j] - pz)
        d = dx * dx + dy * dy
        inside[j] = (dx <= half_x) & (dy <= half_y) & (dz <= half_z) & (d <= flat2) & (d + dz * dz <= solid2)


@kernel
def _hold(v, own, inside, held):  # type: ignore[no-untyped-def]
    """Put the marked values, minus ``own``, into ``held``, without a branch; returns how many."""
    number = 0
    for j in range(len(v)):
        held[number] = v[j] - own
        number += inside[j]
    return number


@kernel
def _gather(at, values, start, shift, columns, rows, span, half_x, half_y, reach2, near, first):  # type: ignore[no-untyped-def]
    """Points that queries within ``span`` (west, south, east, north) may reach, row of bins after row.

    Row low + i begins at first[i].  Returns (low, number of rows, points), -1 points where there is no room.
    """
    west, south, east, north = span
    low, high = max(south - half_y, 0) >> shift, min((north + half_y) >> shift, rows - 1)
    if half_x < 0:
        high = low - 1
    x, y, z, v = near[0], near[1], near[2], near[3]
    filled = 0
    for r in range(low, high + 1):
        first[r - low] = filled
        gap = max((r << shift) - north, south - (((r + 1) << shift) - 1), 0)
        wide = min(half_x, np.int64(math.sqrt(float(max(reach2 - gap * gap, 0)))) + 1)
        left, right = max(west - wide, 0) >> shift, min((east + wide) >> shift, columns - 1)
        if left > right:
            continue
        begin, end = start[r * columns + left], start[r * columns + right + 1]
        if filled + end - begin > len(x):
            return low, 0, -1
        for i in range(begin, end):
            x[filled], y[filled], z[filled], v[filled] = at[i, 0], at[i, 1], at[i, 2], values[i]
            filled += 1
    number = max(high + 1 - low, 0)
    first[number] = filled
    return low, number, filled


@kernel
def add_members(  # type: ignore[no-untyped-def]
    at, values, start, shift, columns, rows, corner, block, x, y, z, own, limits, begin, near, first, inside, held,
    count, sums,
):  # fmt: skip
    """Number of members of the regions of queries ``begin`` onwards, and the sums of values - own of those not NaN.

    Returns the query to go on with: that of a block whose points ``near`` [4, room] does not hold, or
    one after WORK looks.  ``limits`` [1 or n, 5]: see Region.  Blocks of queries are 2**block ticks wide.
    """
    q, looks = begin, 0
    while q < len(x) and looks < WORK:
        span = (x[q], y[q], x[q], y[q])
        half_x, half_y, reach2, end = np.int64(-1), np.int64(-1), np.int64(0), q
        while end < len(x) and x[end] >> block == x[q] >> block and y[end] >> block == y[q] >> block:
            span = (min(span[0], x[end]), min(span[1], y[end]), max(span[2], x[end]), max(span[3], y[end]))
            limit = limits[end if len(limits) > 1 else 0]
            half_x, half_y = max(half_x, limit[0]), max(half_y, limit[1])
            reach2 = max(reach2, min(limit[3], limit[4]))
            end += 1
        span = (span[0] - corner[0], span[1] - corner[1], span[2] - corner[0], span[3] - corner[1])
        low, number, points = _gather(
            at, values, start, shift, columns, rows, span, half_x, half_y, reach2, near, first
        )  # fmt: skip
        if points < 0:
            return q
        while q < end and looks < WORK:
            limit = limits[q if len(limits) > 1 else 0]
            px, py, pz = x[q] - corner[0], y[q] - corner[1], np.int64(0)
            if len(z) > 0:
                pz = z[q] - corner[2]
            a = min(max((py - limit[1] >> shift) - low, 0), number)
            b = max(min((py + limit[1] >> shift) - low + 1, number), a)
            a, b = first[a], first[b]
            flat2 = np.inf if limit[3] >= UNLIMITED else float(limit[3])
            solid2 = np.inf if limit[4] >= UNLIMITED else float(limit[4])
            _mark(
                near[0, a:b], near[1, a:b], near[2, a:b], float(px), float(py), float(pz),
                float(limit[0]), float(limit[1]), float(limit[2]), flat2, solid2, inside,
            )  # fmt: skip
            count[q] = _hold(near[3, a:b], own[q], inside, held)
            add_held(held, count[q], q, sums)
            looks += b - a + 1
            q += 1
    return q
