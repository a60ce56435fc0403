# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that answer many queries, a bounded amount of work a call.

Each goes through ``todo`` (indices of queries) from ``first`` and stops when STEPS are done or
``pending`` is full; it returns where to go on and how many queries are pending: they touch blocks
that are not loaded, noted in ``wanted``.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .cavity import BUSY, MANY, weigh
from .circle import circle_around, circle_through, reach
from .facet import linear
from .locate import descend, first_triangle, holds, inward
from .mesh import FULL, triangle_row
from .outside import ask, leaves_window
from .predicates import before, orient
from .sibson import HOLE, sibson
from .star import MOST_STEPS, POINT, SLOTS, close_ring, gather_star, new_ring, put_circle, size
from .tree import DEPTH, FEW, distance

STEPS = 1 << 21
"""Nodes and points looked at in one call: less than a tenth of a second."""
ASK_STEPS = 256
SHARING = 256
"""Queries from which on those in gaps are worth a mesh at once."""
COLUMNS = 512


@kernel
def find_triangles(tree, hull, outside, qx, qy, stride, todo, first, corners, pending, wanted):  # type: ignore[no-untyped-def]
    """Fill ``corners`` [queries, 3] with the Delaunay triangles that hold the queries; -1 outside the hull.

    Where a row holds a triangle already, the search begins there.  The last triangle found, and the
    last in the column of cells (of width ``stride``), are tried before any search.
    """
    x, y = tree.x, tree.y
    near, best, stack = np.zeros(4, np.int64), np.zeros(4), np.empty(DEPTH, np.int32)
    ring, edge = new_ring()
    below = np.full((COLUMNS, 3), np.int64(-1))
    a = b = c = np.int64(-1)
    asked, number, work, at, only = 0, 0, 0, first, np.int64(0)
    while at < len(todo) and work < STEPS and number < len(pending):
        i = todo[at]
        at += 1
        work += 8
        column = int(abs(qx[i]) / stride) % COLUMNS
        d, e, f = below[column, 0], below[column, 1], below[column, 2]
        if a >= 0 and holds(x, y, a, b, c, qx[i], qy[i], 1.0, 0.0):
            if asked:
                wanted[number] = wanted[number - 1]
        elif d >= 0 and holds(x, y, d, e, f, qx[i], qy[i], 1.0, 0.0):
            a, b, c, asked = d, e, f, 0
        else:
            a, b, c, steps = search(tree, hull, qx[i], qy[i], corners[i], near, best, stack)
            work += steps
            if a < 0:
                continue
            put_circle(edge, only, circle_through(x[a], y[a], x[b], y[b], x[c], y[c]))
            asked = 0
            if leaves_window(outside, ring, edge, only):
                asked = ask(outside, ring, edge, only, qx[i], qy[i], wanted[number], stack)
                work += ASK_STEPS
        corners[i, 0], corners[i, 1], corners[i, 2] = a, b, c
        if asked:
            pending[number] = i
            number += 1
        else:
            below[column, 0], below[column, 1], below[column, 2] = a, b, c
    return at, number


@kernel
def search(tree, hull, qx, qy, known, near, best, stack):  # type: ignore[no-untyped-def]
    """The Delaunay triangle that holds a query and the steps done, beginning at the ``known`` one, if any."""
    x, y = tree.x, tree.y
    a, b, c = np.int64(known[0]), np.int64(known[1]), np.int64(known[2])
    dx, dy = 1.0, 0.0
    if a < 0:
        a, b, c, dx, dy = first_triangle(tree, hull, qx, qy, near, best)
        if a < 0:
            return a, b, c, 0
    elif not holds(x, y, a, b, c, qx, qy, dx, dy):
        dx, dy = inward(x, y, hull, qx, qy)
    return descend(tree, a, b, c, qx, qy, dx, dy, stack)


@kernel
def natural_surface(tree, hull, outside, mesh, v, qx, qy, todo, first, corners, value, pending, wanted):  # type: ignore[no-untyped-def]
    """Fill ``value`` with Sibson's interpolation; NaN where ``corners`` has no triangle.

    At a point, and on the border of the hull, it is the linear surface: its limit there.  How a star
    is weighed depends on its size alone, not on how it was found.  A query may be pending several
    times; a full mesh ends the call.
    """
    x, y = tree.x, tree.y
    stack, hole, area = np.empty(DEPTH, np.int32), np.empty((SLOTS, HOLE)), np.empty(SLOTS)
    ring, edge = new_ring()
    only, circle = new_ring()
    number, work, at = 0, 0, first
    while at < len(todo) and work < STEPS and number < len(pending):
        i = todo[at]
        a, b, c = np.int64(corners[i, 0]), np.int64(corners[i, 1]), np.int64(corners[i, 2])
        value[i] = np.nan
        m = first_ring(x, y, hull, a, b, c, qx[i], qy[i], ring) if a >= 0 else 0
        at += 1
        if m == 0:
            if a >= 0:
                value[i] = linear(x, y, v, a, b, c, qx[i], qy[i])
            continue
        asked = number
        if len(todo) >= SHARING and in_gap(tree, a, b, c):
            head, m, steps = np.int64(0), MANY + 1, 1
        else:
            ring, edge, head, m, steps = search_star(tree, qx[i], qy[i], ring, edge, m, stack)
        work += steps
        if m > MANY:
            t = triangle_row(mesh, x, y, a, b, c)
            m, value[i], steps, asked = weigh(
                tree, hull, outside, mesh, v, qx[i], qy[i], t, ring, only, circle, STEPS - work, wanted, number, stack
            )
            head, work = np.int64(0), work + steps
            close_ring(x, y, qx[i], qy[i], ring, edge, m if m <= MANY else 0)
        elif leaves_window(outside, ring, edge, head):
            asked += min(1, ask(outside, ring, edge, head, qx[i], qy[i], wanted[number], stack))
        pending[number:asked] = i
        if m in (FULL, BUSY):
            return at - 1, asked
        if asked == number and m <= MANY:
            if len(ring) > len(hole):
                hole, area = np.empty((len(ring), HOLE)), np.empty(len(ring))
            value[i] = sibson(x, y, v, qx[i], qy[i], ring, edge, head, hole, area)
        number = asked
    return at, number


@kernel
def in_gap(tree, a, b, c):  # type: ignore[no-untyped-def]
    """True if the circle of a triangle is wide: other queries are in it too, with much the same star."""
    circle = circle_through(tree.x[a], tree.y[a], tree.x[b], tree.y[b], tree.x[c], tree.y[c])
    return reach(circle) > FEW * tree.grid.width


@kernel
def search_star(tree, qx, qy, ring, edge, m, stack):  # type: ignore[no-untyped-def]
    """Complete a ring of ``m`` points around a query by a search.

    Returns the ring, its edges, a slot in use, the number of neighbors (above MANY also where the
    search was left) and the steps done.
    """
    close_ring(tree.x, tree.y, qx, qy, ring, edge, m)
    ring, edge, head, work = gather_star(tree, qx, qy, ring, edge, m, stack)
    m = MANY + 1 if work > MOST_STEPS else size(ring, head)
    return ring, edge, head, m, work + ASK_STEPS


@kernel
def first_ring(x, y, hull, a, b, c, qx, qy, ring):  # type: ignore[no-untyped-def]
    """A ring of points strictly around the query: the corners of its triangle and, where it lies on an edge,
    some corner of the hull across.  Returns how many; 0 at a point or on the border of the hull.
    """
    for k in (a, b, c):
        if x[k] == qx and y[k] == qy:
            return 0
    for _ in range(3):
        if orient(x[a], y[a], x[b], y[b], qx, qy) == 0:
            break
        a, b, c = b, c, a
    ring[0, POINT], ring[1, POINT], ring[2, POINT] = b, c, a
    if orient(x[a], y[a], x[b], y[b], qx, qy) != 0:
        return 3
    for k in range(hull):
        if orient(x[a], y[a], x[b], y[b], x[k], y[k]) < 0:
            ring[3, POINT] = k
            return 4
    return 0


@kernel
def find_nearest(tree, outside, qx, qy, todo, first, nearest, pending, wanted):  # type: ignore[no-untyped-def]
    """Fill ``nearest`` with the nearest point; of several the lexicographically smallest."""
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    stack = np.empty(DEPTH, np.int32)
    ring, edge = new_ring()
    number, work, at, only = 0, 0, first, np.int64(0)
    while at < len(todo) and work < STEPS and number < len(pending):
        i = todo[at]
        at += 1
        best = 0
        least = (x[0] - qx[i]) ** 2 + (y[0] - qy[i]) ** 2
        stack[0], waiting = tree.root, 1
        while waiting:
            waiting -= 1
            node = stack[waiting]
            work += 1
            near, far = link[node, 0], link[node, 1]
            away = max(distance(box, node, qx[i], qy[i]), 0.0)
            if away * away > least:
                continue
            if near >= 0:
                if distance(box, near, qx[i], qy[i]) > distance(box, far, qx[i], qy[i]):
                    near, far = far, near
                stack[waiting], stack[waiting + 1] = far, near
                waiting += 2
                continue
            for p in range(~near, far):
                d2 = (x[p] - qx[i]) ** 2 + (y[p] - qy[i]) ** 2
                if d2 < least or (d2 == least and before(x[p], y[p], x[best], y[best])):
                    best, least = p, d2
        nearest[i] = best
        put_circle(edge, only, circle_around(qx[i], qy[i], x[best], y[best]))
        if leaves_window(outside, ring, edge, only) and ask(
            outside, ring, edge, only, qx[i], qy[i], wanted[number], stack
        ):
            pending[number] = i
            number += 1
    return at, number
