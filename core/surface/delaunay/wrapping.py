# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel that finds the Delaunay triangle beyond an edge of one.

The circles through the ends of the edge are a pencil: of the points beyond, the apex is the one whose
circle holds no other.  The part of the circle beyond the edge only shrinks, so one pass is enough.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .circle import circle_through, depth_of_box, is_outside, misses_box
from .locate import SOME_STEPS, conflicts
from .predicates import ORIENT_BOUND, orient


@kernel
def wrap(tree, hull, u, v, stack):  # type: ignore[no-untyped-def]
    """The apex right of the edge from u to v and the steps done; -1 on the border of the hull.

    From the edge outwards at first, then the deepest places of the circle before others.
    """
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    mx, my = 0.5 * (x[u] + x[v]), 0.5 * (y[u] + y[v])
    apex, work = np.int64(-1), 0
    circle = circle_through(mx, my, mx + 1.0, my, mx, my + 1.0)
    stack[0], waiting = tree.root, 1
    while waiting:
        waiting -= 1
        node = stack[waiting]
        work += 1
        if apex >= 0 and misses_box(circle, box[node, 0], box[node, 1], box[node, 2], box[node, 3]):
            continue
        if not reaches_beyond(x[u], y[u], x[v], y[v], box, node):
            continue
        near, far = link[node, 0], link[node, 1]
        if near < 0:
            work += far - ~near
            for p in range(~near, far):
                if apex >= 0 and is_outside(circle, x[p], y[p]):
                    continue
                if orient(x[u], y[u], x[v], y[v], x[p], y[p]) < 0 and (apex < 0 or conflicts(x, y, v, u, apex, p)):
                    apex = np.int64(p)
                    circle = circle_through(x[v], y[v], x[u], y[u], x[p], y[p])
            continue
        if nearer(box, far, near, mx, my, circle, apex >= 0 and work > SOME_STEPS):
            near, far = far, near
        stack[waiting], stack[waiting + 1] = far, near
        waiting += 2
    if apex < 0:
        for p in range(hull):
            if orient(x[u], y[u], x[v], y[v], x[p], y[p]) < 0 and (apex < 0 or conflicts(x, y, v, u, apex, p)):
                apex = np.int64(p)
        work += hull
    return apex, work


@kernel
def reaches_beyond(ux, uy, vx, vy, box, node):  # type: ignore[no-untyped-def]
    """False if no place of a box is right of the line from u to v for certain."""
    dx, dy = vx - ux, vy - uy
    x = (box[node, 2] if dy > 0.0 else box[node, 0]) - ux
    y = (box[node, 1] if dx > 0.0 else box[node, 3]) - uy
    left, right = dx * y, dy * x
    return left - right < ORIENT_BOUND * (abs(left) + abs(right))


@kernel
def nearer(box, i, j, x, y, circle, deep):  # type: ignore[no-untyped-def]
    """True if node i comes before j: it is nearer to a place, or reaches deeper into the circle."""
    if deep:
        return depth_of_box(circle, box, i) < depth_of_box(circle, box, j)
    return square_away(box, i, x, y) < square_away(box, j, x, y)


@kernel
def square_away(box, node, x, y):  # type: ignore[no-untyped-def]
    """Square of the distance from a place to the box of a node."""
    dx = max(max(box[node, 0] - x, x - box[node, 2]), 0.0)
    dy = max(max(box[node, 1] - y, y - box[node, 3]), 0.0)
    return dx * dx + dy * dy
