# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that find the star of a query in a mesh: the border of the triangles whose circles hold it.

The triangles a new point would replace are a tree hanging from the one that holds it (Bowyer 1981,
"Computing Dirichlet tessellations"; Watson 1981).  Their centers are the Voronoi vertices inside the
query's cell, so Sibson's weights come with the walk, and nothing has to be sorted: it is how stars
of many neighbors are weighed, however they were found.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .mesh import FULL, UNKNOWN, WAITING, beyond, circle_holds
from .outside import NONE
from .star import POINT

MANY = 32
"""Neighbors up to which a star is weighed by ``sibson``."""
WALK_STEPS = 2
"""What one edge costs."""
BUSY = -5
"""The walk was left because the call has done enough."""


@kernel
def weigh(tree, hull, outside, mesh, v, qx, qy, t, ring, only, circle, limit, wanted, number, stack):  # type: ignore[no-untyped-def]
    """Walk the cavity of a query from the triangle in row ``t`` (or FULL) that holds it.

    Returns the number of neighbors (the first MANY are in ``ring``, counterclockwise), or WAITING, FULL
    or BUSY (``limit`` steps are done); the value; the steps; ``number`` plus the rows of ``wanted`` filled.
    """
    if t == FULL:
        return FULL, 0.0, 0, number
    x, y, corner, across, center, walk = tree.x, tree.y, mesh.corner, mesh.across, mesh.center, mesh.walk
    base, total, weighted, m, work, waits, rows = v[corner[t, 0]], 0.0, 0.0, 0, 0, False, number
    first_x = first_y = last_x = last_y = 0.0
    walk[0], walk[1], walk[2], left = 3 * t + 2, 3 * t + 1, 3 * t, 3
    while left:
        left -= 1
        t, k = np.int64(walk[left] // 3), np.int64(walk[left] % 3)
        n, steps = np.int64(across[t, k]), 0
        if n == UNKNOWN:
            if number == len(wanted):
                return WAITING, 0.0, work, number
            n, steps = beyond(tree, hull, outside, mesh, t, k, only, circle, wanted[number], stack)
            if n == FULL:
                return FULL, 0.0, work, number
            number += 1 if n == WAITING else 0
        work += WALK_STEPS + steps
        waits |= n == WAITING
        p, r = corner[t, k], corner[t, k + 1 if k < 2 else 0]
        ox, oy = vertex(corner, center, x, y, t, qx, qy)
        if n >= 0 and circle_holds(corner, center, x, y, n, qx, qy):
            cx, cy = vertex(corner, center, x, y, n, qx, qy)
            j = 0 if across[n, 0] == t else (1 if across[n, 1] == t else 2)
            walk[left], walk[left + 1] = 3 * n + (j + 2) % 3, 3 * n + (j + 1) % 3
            left += 2
        else:
            cx, cy = center_of(x[p] - qx, y[p] - qy, x[r] - qx, y[r] - qy)
            twice = last_x * cy - last_y * cx
            total += twice
            weighted += twice * (v[p] - base)
            if m < MANY:
                ring[m, POINT] = p
            if m == 0:
                first_x, first_y = cx, cy
            last_x, last_y, m = cx, cy, m + 1
        weighted += (cx * oy - cy * ox) * (v[p] - v[r])
        if steps > 1 and work > limit and left:
            return BUSY, 0.0, work, number
    if waits:
        wanted[rows : rows + (number == rows)] = NONE
        return WAITING, 0.0, work, max(number, rows + 1)
    total += last_x * first_y - last_y * first_x
    return m, base + weighted / total, work, number


@kernel
def vertex(corner, center, x, y, t, qx, qy):  # type: ignore[no-untyped-def]
    """The Voronoi vertex of a triangle, from the query."""
    a = corner[t, 0]
    return (x[a] - qx) + center[t, 0], (y[a] - qy) + center[t, 1]


@kernel
def center_of(ux, uy, vx, vy):  # type: ignore[no-untyped-def]
    """Center of the circle through the origin and two points."""
    u2, v2 = ux * ux + uy * uy, vx * vx + vy * vy
    half = 0.5 / (ux * vy - uy * vx)
    return (u2 * vy - v2 * uy) * half, (v2 * ux - u2 * vx) * half
