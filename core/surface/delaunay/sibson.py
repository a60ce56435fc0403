# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels for Sibson's natural-neighbor interpolation (Sibson 1981, "A brief description of natural
neighbour interpolation").

The weight of a neighbor is the area its Voronoi cell would lose to the query's.  Taking the query
out of its star leaves a star-shaped hole; filling it ear by ear gives the Voronoi vertices inside
the query's cell (Devillers 2002, "On deletion in Delaunay triangulations": the next ear is the one
whose lifted plane passes lowest over the query).  Every piece of a Voronoi edge adds its signed area,
seen from the query, to the cell on one side and takes it from the other.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .predicates import before
from .star import NEXT, POINT

X, Y, CX, CY, HEIGHT, OWNER = range(6)
"""Columns of a hole: a neighbor, the end of its Voronoi edge with the next one (both from the query),
the height of its ear, its number in the ring."""
HOLE = 6


@kernel
def sibson(x, y, v, qx, qy, ring, edge, head, hole, area):  # type: ignore[no-untyped-def]
    """The interpolated value; ``hole`` [rows, HOLE] and ``area`` [rows] are scratch, a row for each slot.

    It goes around from the lexicographically smallest neighbor, so the same neighbors give the same
    bytes whatever way they were found.
    """
    first, k = head, ring[head, NEXT]
    while k != head:
        p, q = ring[k, POINT], ring[first, POINT]
        if before(x[p], y[p], x[q], y[q]):
            first = k
        k = ring[k, NEXT]
    m, k = 0, first
    while m == 0 or k != first:
        p = ring[k, POINT]
        hole[m, X], hole[m, Y], hole[m, OWNER] = x[p] - qx, y[p] - qy, m
        hole[m, CX], hole[m, CY] = edge[k, 8], edge[k, 9]
        m, k = m + 1, ring[k, NEXT]
    lost_areas(hole, area, m)
    base = v[ring[first, POINT]]
    total, weighted = 0.0, 0.0
    for j in range(m):
        total += area[j]
        weighted += area[j] * (v[ring[k, POINT]] - base)
        k = ring[k, NEXT]
    return base + weighted / total


@kernel
def lost_areas(hole, area, m):  # type: ignore[no-untyped-def]
    """Twice the area each neighbor loses to the query: its side of the cell, then ear by ear."""
    for j in range(m):
        i = j - 1 if j else m - 1
        area[j] = hole[i, CX] * hole[j, CY] - hole[i, CY] * hole[j, CX]
    for j in range(m):
        hole[j, HEIGHT] = ear_height(hole, j - 1 if j else m - 1, j, j + 1 if j + 1 < m else 0)
    while m > 3:
        ear = 0
        for j in range(1, m):
            if hole[j, HEIGHT] < hole[ear, HEIGHT]:
                ear = j
        i, k = ear - 1 if ear else m - 1, ear + 1 if ear + 1 < m else 0
        cx, cy = center(hole, i, ear, k)
        share(hole, area, i, ear, cx, cy)
        share(hole, area, ear, k, cx, cy)
        hole[i, CX], hole[i, CY] = cx, cy
        for j in range(ear, m - 1):
            hole[j] = hole[j + 1]
        m -= 1
        i, k = ear - 1 if ear else m - 1, ear if ear < m else 0
        hole[i, HEIGHT] = ear_height(hole, i - 1 if i else m - 1, i, k)
        hole[k, HEIGHT] = ear_height(hole, i, k, k + 1 if k + 1 < m else 0)
    cx, cy = center(hole, 0, 1, 2)
    for j in range(3):
        share(hole, area, j, j + 1 if j < 2 else 0, cx, cy)


@kernel
def share(hole, area, i, j, cx, cy):  # type: ignore[no-untyped-def]
    """The Voronoi edge between neighbors i and j ends at (cx, cy): credit one side, debit the other."""
    twice = hole[i, CX] * cy - hole[i, CY] * cx
    area[int(hole[i, OWNER])] += twice
    area[int(hole[j, OWNER])] -= twice


@kernel
def ear_height(hole, i, j, k):  # type: ignore[no-untyped-def]
    """Height over the query of the plane through the lifted ear at j; infinite if it is no ear."""
    ax, ay, bx, by, cx, cy = hole[i, X], hole[i, Y], hole[j, X], hole[j, Y], hole[k, X], hole[k, Y]
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    ca = cx * ay - cy * ax
    if area <= 0.0 or ca > 0.0:
        return np.inf
    ab, bc = ax * by - ay * bx, bx * cy - by * cx
    return ((ax * ax + ay * ay) * bc + (bx * bx + by * by) * ca + (cx * cx + cy * cy) * ab) / area


@kernel
def center(hole, i, j, k):  # type: ignore[no-untyped-def]
    """Center of the circle through three neighbors, from the query."""
    ax, ay = hole[i, X], hole[i, Y]
    ux, uy, vx, vy = hole[j, X] - ax, hole[j, Y] - ay, hole[k, X] - ax, hole[k, Y] - ay
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    half = 0.5 / (ux * vy - uy * vx)
    return ax + (u2 * vy - v2 * uy) * half, ay + (v2 * ux - u2 * vx) * half
