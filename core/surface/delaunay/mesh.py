# SPDX-License-Identifier: GPL-2.0-or-later
"""Certified Delaunay triangles shared by the queries of a unit: made when first met, linked to their neighbors.

Across a gap in the data every query has the same few hundred triangles around it; here each is found
once.  The triangulation of all points is one and the same whatever was met first, so a mesh saves
time and changes nothing; one that is full is begun anew.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel
from .circle import ERROR, circle_through
from .facet import in_order
from .outside import ask, leaves_window
from .predicates import in_circle
from .star import put_circle
from .wrapping import wrap

UNKNOWN, BORDER, WAITING, FULL = -1, -2, -3, -4
"""What may be beyond an edge instead of a triangle: not looked for yet, nothing, points that are not
loaded (asked for already), no room."""
FEWEST = 1 << 10
MOST = 1 << 16
"""Triangles of a mesh; one query may need more."""
BYTES_PER_TRIANGLE = 84
ASK_STEPS = 256
MIXER, SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(29)
"""For hashing coordinates (Knuth's golden ratio)."""


@argument
class Mesh(NamedTuple):
    """Triangles [rows], counterclockwise from the lexicographically smallest corner; edge k goes from corner k."""

    corner: NDArray[np.int32]
    across: NDArray[np.int32]
    """The triangle beyond each edge, or a code."""
    center: NDArray[np.float64]
    """Center of the circle from corner 0, and the error of twice its coordinates."""
    table: NDArray[np.int32]
    """Edges (3 * row + k) by the hash of their ends; -1 where empty."""
    walk: NDArray[np.int32]
    """Room for a walk through all triangles."""
    used: NDArray[np.int64]
    """[1]: rows in use."""


def new_mesh(rows: int) -> Mesh:
    """An empty mesh with room for so many triangles, a power of two."""
    return Mesh(
        np.empty((rows, 3), np.int32),
        np.empty((rows, 3), np.int32),
        np.empty((rows, 3)),
        np.full(8 * rows, -1, np.int32),
        np.empty(rows + 8, np.int32),
        np.zeros(1, np.int64),
    )


def with_room(mesh: Mesh, needed: bool) -> Mesh:
    """The mesh, or an empty one if it is full: larger up to MOST, beyond that only if one query ``needed`` more."""
    rows = len(mesh.corner)
    if mesh.used[0] < rows:
        return mesh
    return new_mesh(2 * rows if needed or rows < MOST else rows)


def forget_waiting(mesh: Mesh) -> None:
    """Look again beyond the edges that waited for points."""
    across = mesh.across[: mesh.used[0]]
    across[across == WAITING] = UNKNOWN


@kernel
def slot_of(table, ux, uy, vx, vy):  # type: ignore[no-untyped-def]
    """Where the search for an edge begins."""
    mixed = np.uint64(0)
    for part in (ux, uy, vx, vy):
        mixed = (mixed ^ np.uint64(np.int64(part))) * MIXER
        mixed ^= mixed >> SHIFT
    return np.int64(mixed & np.uint64(len(table) - 1))


@kernel
def find_edge(mesh, x, y, u, v):  # type: ignore[no-untyped-def]
    """The edge from point u to v (by place: a corner of the hull is in the window twice); -1 if it has none."""
    table = mesh.table
    slot = slot_of(table, x[u], y[u], x[v], y[v])
    while table[slot] >= 0:
        code = table[slot]
        a, b = mesh.corner[code // 3, code % 3], mesh.corner[code // 3, (code + 1) % 3 if code % 3 < 2 else 0]
        if x[a] == x[u] and y[a] == y[u] and x[b] == x[v] and y[b] == y[v]:
            return np.int64(code)
        slot = (slot + 1) & (len(table) - 1)
    return np.int64(-1)


@kernel
def add_triangle(mesh, x, y, a, b, c):  # type: ignore[no-untyped-def]
    """Append a triangle that is not there yet; returns its row, FULL if there is no room."""
    t = mesh.used[0]
    if t == len(mesh.corner):
        return np.int64(FULL)
    a, b, c = in_order(x, y, a, b, c)
    mesh.corner[t, 0], mesh.corner[t, 1], mesh.corner[t, 2] = a, b, c
    circle = circle_through(x[a], y[a], x[b], y[b], x[c], y[c])
    mesh.center[t, 0], mesh.center[t, 1], mesh.center[t, 2] = circle.mx, circle.my, np.inf
    if circle.c > 2.0 * circle.ec:
        error = max(circle.ea, circle.eb) + 2.0 * max(abs(circle.mx), abs(circle.my)) * circle.ec
        mesh.center[t, 2] = 2.0 * error / circle.c + 2.0 * ERROR * max(abs(circle.mx), abs(circle.my))
    for k in range(3):
        mesh.across[t, k] = UNKNOWN
        u, v = mesh.corner[t, k], mesh.corner[t, k + 1 if k < 2 else 0]
        slot = slot_of(mesh.table, x[u], y[u], x[v], y[v])
        while mesh.table[slot] >= 0:
            slot = (slot + 1) & (len(mesh.table) - 1)
        mesh.table[slot] = 3 * t + k
    mesh.used[0] = t + 1
    return t


@kernel
def triangle_row(mesh, x, y, a, b, c):  # type: ignore[no-untyped-def]
    """The row of a certified triangle, appended if need be; or FULL."""
    code = find_edge(mesh, x, y, a, b)
    return code // 3 if code >= 0 else add_triangle(mesh, x, y, a, b, c)


@kernel
def beyond(tree, hull, outside, mesh, t, k, only, circle, wanted, stack):  # type: ignore[no-untyped-def]
    """What is beyond edge ``k`` of triangle ``t``, and the steps done.

    ``only`` and ``circle`` are scratch (``new_ring``); blocks that are asked for go to ``wanted``.
    """
    x, y = tree.x, tree.y
    n = np.int64(mesh.across[t, k])
    if n != UNKNOWN:
        return n, 0
    u, v = np.int64(mesh.corner[t, k]), np.int64(mesh.corner[t, k + 1 if k < 2 else 0])
    code, work = find_edge(mesh, x, y, v, u), 1
    if code >= 0:
        mesh.across[t, k], mesh.across[code // 3, code % 3] = code // 3, t
        return code // 3, work
    w, work = wrap(tree, hull, u, v, stack)
    if w < 0:
        mesh.across[t, k] = BORDER
        return np.int64(BORDER), work
    put_circle(circle, 0, circle_through(x[v], y[v], x[u], y[u], x[w], y[w]))
    if leaves_window(outside, only, circle, 0):
        work += ASK_STEPS
        if ask(outside, only, circle, 0, 0.5 * (x[u] + x[v]), 0.5 * (y[u] + y[v]), wanted, stack):
            mesh.across[t, k] = WAITING
            return np.int64(WAITING), work
    n = add_triangle(mesh, x, y, v, u, w)
    if n >= 0:
        code = find_edge(mesh, x, y, v, u)
        mesh.across[t, k], mesh.across[n, code % 3] = n, t
    return n, work


@kernel
def circle_holds(corner, center, x, y, t, qx, qy):  # type: ignore[no-untyped-def]
    """True if the query lies inside the circle of a triangle, not on it."""
    a = corner[t, 0]
    px, py, mx, my = qx - x[a], qy - y[a], center[t, 0], center[t, 1]
    square, twice = px * px + py * py, 2.0 * (mx * px + my * py)
    bound = center[t, 2] * (abs(px) + abs(py)) + ERROR * (square + abs(px * mx) + abs(py * my))
    if square - twice < -bound:
        return True
    if square - twice > bound:
        return False
    b, c = corner[t, 1], corner[t, 2]
    return in_circle(x[a], y[a], x[b], y[b], x[c], y[c], qx, qy) > 0
