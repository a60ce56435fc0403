# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel that asks many small polygons which points they hold."""

from __future__ import annotations

import math

from ...compiled import kernel


@kernel
def mark_inside(corners, rings, firsts, low, high, tolerance, some, order, x, y, inside):  # type: ignore[no-untyped-def]
    """Set ``inside`` of the points that a polygon of ``some`` holds; ``order`` are the points by x, NaN last."""
    for polygon in some:
        reach = tolerance[polygon]
        west, south = low[polygon, 0] - reach, low[polygon, 1] - reach
        east, north = high[polygon, 0] + reach, high[polygon, 1] + reach
        first, last = 0, len(order)
        while first < last:
            middle = (first + last) // 2
            if x[order[middle]] < west:
                first = middle + 1
            else:
                last = middle
        for k in range(first, len(order)):
            i = order[k]
            if not x[i] <= east:
                break
            if inside[i] or not (south <= y[i] <= north):
                continue
            odd, touched = False, False
            for ring in range(firsts[polygon], firsts[polygon + 1]):
                for j in range(rings[ring], rings[ring + 1]):
                    follows = j + 1 if j + 1 < rings[ring + 1] else rings[ring]
                    x0, y0 = corners[j, 0], corners[j, 1]
                    dx, dy, px, py = corners[follows, 0] - x0, corners[follows, 1] - y0, x[i] - x0, y[i] - y0
                    cross = dx * py - px * dy
                    if (py >= 0) != (y[i] >= corners[follows, 1]) and (cross > 0) == (dy > 0):
                        odd = not odd
                    in_box = min(dx, 0.0) - reach <= px <= max(dx, 0.0) + reach
                    in_box &= min(dy, 0.0) - reach <= py <= max(dy, 0.0) + reach
                    if in_box and abs(cross) <= reach * math.hypot(dx, dy):
                        touched = True
            inside[i] = odd or touched
