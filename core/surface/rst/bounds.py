# SPDX-License-Identifier: GPL-2.0-or-later
"""What keeps the second fits of a gap within the heights of its rim.

A smooth function dives on below the water of a lake whose shore is steep.  So the values of a leaf are bounded by
those of the nearest points around it, in 16 directions: in a lake those of the nearest shore.  The rim of a hole in
a slope lies in a plane, and is a bound above and below that plane.  Values bend towards a bound, so that no edge shows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...compiled import argument, kernel

DIRECTIONS = 16
"""Directions around a leaf in which its nearest points bound the values of its second fit."""
SURROUNDED = 11
"""A leaf that sees points in fewer of them lies outside of the data."""
TAN_22 = 0.41421356237309503
KNEE = 0.03
"""A bounded value passes its bound by less than this share of the range of the points around."""


@argument
class Bounds(NamedTuple):
    """How much farther than the nearest point a point may bound a leaf (find_limits); no bounds where infinite."""

    near: float
    """Cells."""
    far: float
    """Cells squared: divided by the distance of the nearest, where data surround the leaf."""
    outside: float
    """Cells, for a leaf outside of the data."""


class Limits(NamedTuple):
    """What bounds the values of a leaf: ``low`` and ``high`` above the plane middle + tilt_x x + tilt_y y."""

    low: float
    high: float
    middle: float
    tilt_x: float
    """In the spline's coordinates, as x and y."""
    tilt_y: float


UNLIMITED = Limits(-np.inf, np.inf, 0.0, 0.0, 0.0)


@kernel
def find_limits(supports, i, spline, bounds, per_cell, side):  # type: ignore[no-untyped-def]
    """Least and greatest value of the nearest point in each of 16 directions from the middle of leaf ``i``.

    A point counts if it is hardly farther than the nearest of all (Bounds).  Where data surround the leaf
    ``far`` / distance is added: in a small hole every rim counts, in a lake only the nearest shore.
    """
    if bounds.near == np.inf:
        return UNLIMITED
    first, last = supports.start[i], supports.start[i + 1]
    nearest, which = np.full(DIRECTIONS, np.inf), np.full(DIRECTIONS, -1)
    for j in range(first, last):
        dx, dy = supports.x[j] - 0.5 * side, supports.y[j] - 0.5 * side
        wide, narrow = max(abs(dx), abs(dy)), min(abs(dx), abs(dy))
        k = (8 if dy < 0.0 else 0) + (4 if dx < 0.0 else 0) + (2 if abs(dy) > abs(dx) else 0)
        k += 1 if narrow > TAN_22 * wide else 0
        square = dx * dx + dy * dy
        if square < nearest[k]:
            nearest[k], which[k] = square, j
    distance, east, north = np.sqrt(nearest.min()) / per_cell, 0.0, 0.0
    if np.count_nonzero(which >= 0) >= SURROUNDED:
        reach = ((distance + bounds.near + bounds.far / distance) * per_cell) ** 2
        east, north = _tilt(supports, which, nearest, reach, side)
    else:
        reach = ((distance + bounds.outside) * per_cell) ** 2
    low, high = _range(supports, which, nearest, reach, side, east, north)
    east, north, size = east * per_cell, north * per_cell, spline.xx * spline.yy - spline.xy * spline.yx
    tilt_x, tilt_y = (spline.yy * east - spline.yx * north) / size, (spline.xx * north - spline.xy * east) / size
    return Limits(low, high, -0.5 * side / per_cell * (east + north), tilt_x, tilt_y)


@kernel
def _range(supports, which, square, reach, side, east, north):  # type: ignore[no-untyped-def]
    """Least and greatest value, above a plane through the leaf's middle, of the points ``which`` within reach."""
    low, high = np.inf, -np.inf
    for k in range(DIRECTIONS):
        if which[k] >= 0 and square[k] <= reach:
            j = which[k]
            value = supports.v[j] - east * (supports.x[j] - 0.5 * side) - north * (supports.y[j] - 0.5 * side)
            low, high = min(low, value), max(high, value)
    return low, high


@kernel
def _tilt(supports, which, square, reach, side):  # type: ignore[no-untyped-def]
    """Slopes by x and y, a lattice step, of the plane about which a leaf is bounded; 0, 0 if it is none.

    It is the plane nearest to the points ``which``, in full where the range of those within reach is below an eighth of
    what it is without, and less up to a quarter: the rim of a hole in a slope lies in a plane, a shore does not.
    """
    n = mx = my = mv = 0.0
    for j in which:
        if j >= 0:
            n, mx, my, mv = n + 1.0, mx + supports.x[j], my + supports.y[j], mv + supports.v[j]
    mx, my, mv = mx / n, my / n, mv / n
    xx = xy = yy = xv = yv = 0.0
    for j in which:
        if j >= 0:
            dx, dy, dv = supports.x[j] - mx, supports.y[j] - my, supports.v[j] - mv
            xx, xy, yy, xv, yv = xx + dx * dx, xy + dx * dy, yy + dy * dy, xv + dx * dv, yv + dy * dv
    size = xx * yy - xy * xy
    if size <= 1e-3 * xx * yy:
        return 0.0, 0.0
    east, north = (yy * xv - xy * yv) / size, (xx * yv - xy * xv) / size
    low, high = _range(supports, which, square, reach, side, 0.0, 0.0)
    least, most = _range(supports, which, square, reach, side, east, north)
    share = min(1.0, max(0.0, 2.0 - 8.0 * (most - least) / (high - low))) if high > low else 0.0
    return share * east, share * north


@kernel
def bend(limits, batch, rows, n):  # type: ignore[no-untyped-def]
    """Bend values of a batch beyond the limits so that they pass them by less than the knee; derivatives alike."""
    total, knee, slope_x, slope_y = batch.total, KNEE * (limits.high - limits.low), limits.tilt_x, limits.tilt_y
    for k in range(n):
        plane = limits.middle + slope_x * batch.x[k] + slope_y * batch.y[k]
        value = total[0, k] - plane
        if value > limits.high:
            end, sign = limits.high, 1.0
        elif value < limits.low:
            end, sign = limits.low, -1.0
        else:
            continue
        beyond = sign * (value - end)
        bent = knee / (knee + beyond) if knee > 0.0 else 0.0
        total[0, k] = plane + end + sign * knee * (1.0 - bent)
        if rows > 1:
            first, second = bent * bent, -2.0 * sign * bent * bent * bent / knee if knee > 0.0 else 0.0
            fx, fy = total[1, k] - slope_x, total[2, k] - slope_y
            total[1, k], total[2, k] = slope_x + first * fx, slope_y + first * fy
            total[3, k] = first * total[3, k] + second * fx * fx
            total[4, k] = first * total[4, k] + second * fx * fy
            total[5, k] = first * total[5, k] + second * fy * fy
