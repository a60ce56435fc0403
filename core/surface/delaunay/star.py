# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that find the natural neighbors of a query: its star, were it added to the Delaunay triangulation.

A star is the ring of neighbors around the query, counterclockwise.  Each edge of the ring carries
the circle through its two points and the query; a point inside one of them cuts off part of the
query's Voronoi cell and joins the ring.  The cell only shrinks, so one pass over the tree is enough.
Ties go against the newcomer: a neighbor whose Voronoi edge has no length is none.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .circle import Circle, circle_through, is_outside, misses_box, reach
from .predicates import in_circle, orient
from .tree import distance, entries

POINT, NEXT, PREVIOUS = 0, 1, 2
"""Columns of a ring: slots linked both ways."""
DIAMETER = 10
"""Column of ``edge`` after the ten numbers of the circle of the edge to the next slot."""
SLOTS = 64
MOST_STEPS = 1024
"""Steps after which a star is not searched for any more."""


@kernel
def new_ring():  # type: ignore[no-untyped-def]
    """Arrays ``ring`` and ``edge`` for one star after the other."""
    return np.zeros((SLOTS, 3), np.int64), np.empty((SLOTS, DIAMETER + 1))


@kernel
def lengthened(ring, edge):  # type: ignore[no-untyped-def]
    """The two arrays with twice the room."""
    n = len(ring)
    longer_ring, longer_edge = np.zeros((2 * n, 3), np.int64), np.empty((2 * n, DIAMETER + 1))
    longer_ring[:n] = ring
    longer_edge[:n] = edge
    return longer_ring, longer_edge


@kernel
def put_circle(edge, k, circle):  # type: ignore[no-untyped-def]
    """Write a circle and its padded diameter into row ``k``."""
    edge[k, 0], edge[k, 1] = circle.ox, circle.oy
    edge[k, 2], edge[k, 3], edge[k, 4] = circle.a, circle.b, circle.c
    edge[k, 5], edge[k, 6], edge[k, 7] = circle.ea, circle.eb, circle.ec
    edge[k, 8], edge[k, 9] = circle.mx, circle.my
    edge[k, DIAMETER] = 2.0 * reach(circle)


@kernel
def get_circle(edge, k):  # type: ignore[no-untyped-def]
    """The circle of row ``k``."""
    return Circle(
        edge[k, 0],
        edge[k, 1],
        edge[k, 2],
        edge[k, 3],
        edge[k, 4],
        edge[k, 5],
        edge[k, 6],
        edge[k, 7],
        edge[k, 8],
        edge[k, 9],
    )


@kernel
def link_slots(x, y, qx, qy, ring, edge, k, j):  # type: ignore[no-untyped-def]
    """Make slot ``j`` the next of ``k``, and the circle of that edge."""
    ring[k, NEXT], ring[j, PREVIOUS] = j, k
    u, v = ring[k, POINT], ring[j, POINT]
    put_circle(edge, k, circle_through(qx, qy, x[u], y[u], x[v], y[v]))


@kernel
def close_ring(x, y, qx, qy, ring, edge, m):  # type: ignore[no-untyped-def]
    """Link the first ``m`` slots to a ring."""
    for k in range(m):
        link_slots(x, y, qx, qy, ring, edge, k, k + 1 if k + 1 < m else 0)


@kernel
def size(ring, head):  # type: ignore[no-untyped-def]
    """Number of points in a ring."""
    m, k = 1, ring[head, NEXT]
    while k != head:
        m, k = m + 1, ring[k, NEXT]
    return m


@kernel
def cuts(x, y, qx, qy, p, ring, edge, k):  # type: ignore[no-untyped-def]
    """True if p lies inside the circle of edge ``k``; on it, if p is on the query's side of the edge."""
    if is_outside(get_circle(edge, k), x[p], y[p]):
        return False
    u, v = ring[k, POINT], ring[ring[k, NEXT], POINT]
    sign = in_circle(qx, qy, x[u], y[u], x[v], y[v], x[p], y[p])
    return sign > 0 or (sign == 0 and orient(x[p], y[p], x[u], y[u], x[v], y[v]) > 0)


@kernel
def offer(x, y, qx, qy, p, ring, edge, head, slot):  # type: ignore[no-untyped-def]
    """Let p join the ring, in ``slot``, if it is a neighbor; returns whether it is.

    If p cuts any edge it cuts the one it faces, for that one's Voronoi vertex is the farthest towards p.
    The cut edges are a run, and the points inside the run leave.
    """
    k = head
    while orient(qx, qy, x[ring[k, POINT]], y[ring[k, POINT]], x[p], y[p]) < 0:
        k = ring[k, PREVIOUS]
        if k == head:
            break
    while True:
        following = ring[ring[k, NEXT], POINT]
        if orient(qx, qy, x[following], y[following], x[p], y[p]) < 0:
            break
        k = ring[k, NEXT]
    if not cuts(x, y, qx, qy, p, ring, edge, k):
        return False
    first, last = k, ring[k, NEXT]
    while cuts(x, y, qx, qy, p, ring, edge, last):
        last = ring[last, NEXT]
    while cuts(x, y, qx, qy, p, ring, edge, ring[first, PREVIOUS]):
        first = ring[first, PREVIOUS]
    ring[slot, POINT] = p
    link_slots(x, y, qx, qy, ring, edge, first, slot)
    link_slots(x, y, qx, qy, ring, edge, slot, last)
    return True


@kernel
def touches(ring, edge, head, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """True unless all circles of the ring miss the box for certain."""
    k = head
    while misses_box(get_circle(edge, k), x0, y0, x1, y1):
        k = ring[k, NEXT]
        if k == head:
            return False
    return True


@kernel
def widest(ring, edge, head):  # type: ignore[no-untyped-def]
    """The greatest diameter of the circles: no neighbor is farther from the query."""
    diameter = edge[head, DIAMETER]
    k = ring[head, NEXT]
    while k != head:
        diameter = max(diameter, edge[k, DIAMETER])
        k = ring[k, NEXT]
    return diameter


@kernel
def gather_star(tree, qx, qy, ring, edge, slot, stack):  # type: ignore[no-untyped-def]
    """Complete a ring of ``slot`` points strictly around the query.

    The first circles may be huge, so the points nearby are taken before those the circles ask for.
    Returns the ring and its edges (they may grow), a slot in use and the steps done; the search is
    left when these are more than MOST_STEPS.
    """
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    head, work = np.int64(0), 0
    far_away = widest(ring, edge, head)
    for horizon in (tree.grid.width, np.inf):
        limit = min(far_away, horizon)
        waiting = entries(tree, qx, qy, limit, stack)
        while waiting and work <= MOST_STEPS:
            waiting -= 1
            node = stack[waiting]
            work += 1
            limit = min(far_away, horizon)
            b0, b1, b2, b3 = box[node, 0], box[node, 1], box[node, 2], box[node, 3]
            px, py = max(max(b0 - qx, qx - b2), 0.0), max(max(b1 - qy, qy - b3), 0.0)
            if px * px + py * py > limit * limit or not touches(ring, edge, head, b0, b1, b2, b3):
                continue
            near, far = link[node, 0], link[node, 1]
            if near >= 0:
                if distance(box, near, qx, qy) > distance(box, far, qx, qy):
                    near, far = far, near
                stack[waiting], stack[waiting + 1] = far, near
                waiting += 2
                continue
            work += 4 * (far - ~near)
            for p in range(~near, far):
                px, py = x[p] - qx, y[p] - qy
                if px * px + py * py > far_away * far_away:
                    continue
                if slot == len(ring):
                    ring, edge = lengthened(ring, edge)
                if offer(x, y, qx, qy, p, ring, edge, head, slot):
                    head, slot = slot, slot + 1
                    far_away = widest(ring, edge, head)
        if far_away <= horizon or work > MOST_STEPS:
            break
    return ring, edge, head, work
