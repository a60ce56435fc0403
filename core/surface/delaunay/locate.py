# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that find the Delaunay triangle holding a query, without triangulating anything.

Lifted to a paraboloid, the triangle that holds a query is the facet of the lower hull met by the
vertical line through it: a linear program in three variables, solved by pivoting.  From any triangle
that holds the query, each point found inside its circle replaces one corner, so that the query stays
held and the facet sinks; where a whole pass finds none, the triangle is Delaunay.  At six points a
cell there are twelve triangles for every cell center, and eleven are never made.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .circle import circle_through, depth, depth_of_box, is_outside, misses_box, reach
from .predicates import in_conflict, side
from .tree import distance, entries

EAST = (1.0, 0.0)
"""Where queries are moved, infinitesimally, so that none lies on an edge."""
SOME_STEPS = 512
"""Steps after which a search no longer takes what it meets but the best there is."""


@kernel
def holds(x, y, a, b, c, qx, qy, dx, dy):  # type: ignore[no-untyped-def]
    """True if the moved query lies in the triangle."""
    return (
        side(x[a], y[a], x[b], y[b], qx, qy, dx, dy) > 0
        and side(x[b], y[b], x[c], y[c], qx, qy, dx, dy) > 0
        and side(x[c], y[c], x[a], y[a], qx, qy, dx, dy) > 0
    )


@kernel
def fan(x, y, hull, qx, qy, dx, dy):  # type: ignore[no-untyped-def]
    """The i for which the hull's corners 0, i, i + 1 hold the moved query; -1 outside the hull.

    The hull's corners are the first ``hull`` points, counterclockwise.
    """
    low, high = 1, hull - 1
    if side(x[0], y[0], x[low], y[low], qx, qy, dx, dy) < 0 or side(x[0], y[0], x[high], y[high], qx, qy, dx, dy) > 0:
        return -1
    while high - low > 1:
        middle = (low + high) // 2
        if side(x[0], y[0], x[middle], y[middle], qx, qy, dx, dy) > 0:
            low = middle
        else:
            high = middle
    return low if side(x[low], y[low], x[high], y[high], qx, qy, dx, dy) > 0 else -1


@kernel
def inward(x, y, hull, qx, qy):  # type: ignore[no-untyped-def]
    """Direction from the query to a point well inside the hull: how one on its border is moved."""
    i, j = hull // 3, 2 * hull // 3
    return x[0] + x[i] + x[j] - 3.0 * qx, y[0] + y[i] + y[j] - 3.0 * qy


@kernel
def surround(tree, qx, qy, near, best):  # type: ignore[no-untyped-def]
    """Put into ``near`` the nearest point of each quadrant, of those met in the buckets around the query.

    Order: south-west, south-east, north-west, north-east, half-open so that the four hold the query
    strictly between them.  Returns False if a quadrant has none.
    """
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    grid = tree.grid
    best[:] = np.inf
    if not (grid.x0 + grid.width <= qx < grid.x1 - grid.width and grid.y0 + grid.width <= qy < grid.y1 - grid.width):
        return False
    column, row = int((qx - grid.x0) / grid.width), int((qy - grid.y0) / grid.width)
    for r in range(row - 1, row + 2):
        for c in range(column - 1, column + 2):
            node = grid.node[r, c]
            if node < 0:
                continue
            while link[node, 0] >= 0:
                a, b = link[node, 0], link[node, 1]
                node = b if distance(box, a, qx, qy) > distance(box, b, qx, qy) else a
            for p in range(~link[node, 0], link[node, 1]):
                px, py = x[p] - qx, y[p] - qy
                d2 = px * px + py * py
                east, north = (px > 0.0) | ((px == 0.0) & (py < 0.0)), (py > 0.0) | ((py == 0.0) & (px > 0.0))
                k = 2 * np.int64(north) + np.int64(east)
                if d2 < best[k] and d2 > 0.0:
                    best[k] = d2
                    near[k] = p
    return max(max(best[0], best[1]), max(best[2], best[3])) < np.inf


@kernel
def first_triangle(tree, hull, qx, qy, near, best):  # type: ignore[no-untyped-def]
    """Some triangle of points that holds the query, and the direction it was moved in; a < 0: outside the hull."""
    x, y = tree.x, tree.y
    dx, dy = EAST
    if surround(tree, qx, qy, near, best):
        sw, se, nw, ne = near[0], near[1], near[2], near[3]
        if side(x[ne], y[ne], x[sw], y[sw], qx, qy, dx, dy) > 0:
            return ne, sw, se, dx, dy
        return sw, ne, nw, dx, dy
    k = fan(x, y, hull, qx, qy, dx, dy)
    if k < 0:
        dx, dy = inward(x, y, hull, qx, qy)
        k = fan(x, y, hull, qx, qy, dx, dy)
    return (0 if k > 0 else -1), k, k + 1, dx, dy


@kernel
def pivot(x, y, a, b, c, p, qx, qy, dx, dy):  # type: ignore[no-untyped-def]
    """The triangle of p and two of the corners that still holds the moved query."""
    if side(x[b], y[b], x[p], y[p], qx, qy, dx, dy) > 0:
        if side(x[a], y[a], x[p], y[p], qx, qy, dx, dy) < 0:
            return a, b, p
    elif side(x[c], y[c], x[p], y[p], qx, qy, dx, dy) > 0:
        return p, b, c
    return a, p, c


@kernel
def conflicts(x, y, a, b, c, p):  # type: ignore[no-untyped-def]
    """True if p lies inside the circle of the triangle and is none of its corners."""
    px, py = x[p], y[p]
    if (x[a] == px and y[a] == py) or (x[b] == px and y[b] == py) or (x[c] == px and y[c] == py):
        return False
    return in_conflict(x[a], y[a], x[b], y[b], x[c], y[c], px, py)


@kernel
def descend(tree, a, b, c, qx, qy, dx, dy, stack):  # type: ignore[no-untyped-def]
    """Pivot until the triangle is Delaunay among the points of the tree; returns it and the steps done.

    At first by any point met, from the query outwards: mostly it is near.  Along rows of points far
    apart that would creep from each point to the next, so after SOME_STEPS it is the deepest.
    """
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    circle = circle_through(x[a], y[a], x[b], y[b], x[c], y[c])
    work = 0
    changed = True
    while changed:
        changed = False
        waiting = entries(tree, circle.ox + circle.mx, circle.oy + circle.my, reach(circle), stack)
        while waiting:
            if work > SOME_STEPS:
                return sink(tree, a, b, c, qx, qy, dx, dy, stack)
            waiting -= 1
            node = stack[waiting]
            work += 1
            if misses_box(circle, box[node, 0], box[node, 1], box[node, 2], box[node, 3]):
                continue
            near, far = link[node, 0], link[node, 1]
            if near < 0:
                work += far - ~near
                for p in range(~near, far):
                    if not is_outside(circle, x[p], y[p]) and conflicts(x, y, a, b, c, p):
                        a, b, c = pivot(x, y, a, b, c, p, qx, qy, dx, dy)
                        circle = circle_through(x[a], y[a], x[b], y[b], x[c], y[c])
                        changed = True
                continue
            if distance(box, near, qx, qy) > distance(box, far, qx, qy):
                near, far = far, near
            stack[waiting], stack[waiting + 1] = far, near
            waiting += 2
    return a, b, c, work


@kernel
def sink(tree, a, b, c, qx, qy, dx, dy, stack):  # type: ignore[no-untyped-def]
    """``descend`` by the point deepest in the circle, that is nearest to its center: few pivots from anywhere."""
    x, y = tree.x, tree.y
    work = SOME_STEPS
    while True:
        p, steps = deepest(tree, a, b, c, stack)
        work += steps
        if p < 0:
            return a, b, c, work
        a, b, c = pivot(x, y, a, b, c, p, qx, qy, dx, dy)


@kernel
def deepest(tree, a, b, c, stack):  # type: ignore[no-untyped-def]
    """The point deepest in the circle of a triangle as far as floats tell, -1 if there is none, and the steps done."""
    x, y, box, link = tree.x, tree.y, tree.box, tree.link
    circle = circle_through(x[a], y[a], x[b], y[b], x[c], y[c])
    found, lowest, work = np.int64(-1), np.inf, 0
    waiting = entries(tree, circle.ox + circle.mx, circle.oy + circle.my, reach(circle), stack)
    while waiting:
        waiting -= 1
        node = stack[waiting]
        work += 1
        if depth_of_box(circle, box, node) >= lowest:
            continue
        if misses_box(circle, box[node, 0], box[node, 1], box[node, 2], box[node, 3]):
            continue
        near, far = link[node, 0], link[node, 1]
        if near >= 0:
            if depth_of_box(circle, box, near) > depth_of_box(circle, box, far):
                near, far = far, near
            stack[waiting], stack[waiting + 1] = far, near
            waiting += 2
            continue
        work += far - ~near
        for p in range(~near, far):
            value = depth(circle, x[p], y[p])
            if value < lowest and not is_outside(circle, x[p], y[p]) and conflicts(x, y, a, b, c, p):
                found, lowest = np.int64(p), value
    return found, work
