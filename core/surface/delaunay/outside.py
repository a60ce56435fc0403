# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that certify circles against the points a unit has not loaded.

A circle is certified if it misses every block of the store that may hold points not seen yet.  One
that leaves the loaded window names the nearest few blocks it touches; the window reads those, and
the search goes on with their points.  Empty space has no blocks and costs nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel
from .star import touches

ASKED = 8
"""Most blocks a query asks for at once."""
NONE = -1


@argument
class Outside(NamedTuple):
    """The store beyond the window: a tree of its occupied tiles, and the blocks of the opened ones.

    Coordinates as those of the points: half lattice steps from the unit's corner.
    """

    strips: NDArray[np.float64]
    """[n, 4]: boxes that cover the data but not the window."""
    box: NDArray[np.float64]
    link: NDArray[np.int32]
    """Tree of tiles; its points are tile indices from some base."""
    tile_x: NDArray[np.float64]
    tile_y: NDArray[np.float64]
    tile: NDArray[np.float64]
    """Row of each in the store's table."""
    base_x: float
    base_y: float
    tile_side: float
    block_side: float
    opened: NDArray[np.int32]
    """[rows, 2]: first and last + 1 of a tile's blocks below; -1 where they are not known yet."""
    block_x: NDArray[np.float64]
    block_y: NDArray[np.float64]
    seen: NDArray[np.uint8]
    """1 where all points of a block are loaded."""


@kernel
def leaves_window(outside, ring, edge, head):  # type: ignore[no-untyped-def]
    """True if one of the circles may hold data beyond the window."""
    strips = outside.strips
    k = 0
    while k < len(strips) and not touches(ring, edge, head, strips[k, 0], strips[k, 1], strips[k, 2], strips[k, 3]):
        k += 1
    return k < len(strips)


@kernel
def ask(outside, ring, edge, head, qx, qy, wanted, stack):  # type: ignore[no-untyped-def]
    """Fill ``wanted`` with the nearest unseen blocks the circles touch; returns how many.

    A tile whose blocks are not known is asked for as ``-2 - row``.
    """
    far = np.full(ASKED, np.inf)
    wanted[:] = NONE
    s = outside.tile_side
    stack[0], waiting = 0, 1
    while waiting:
        waiting -= 1
        node = stack[waiting]
        x0, y0 = outside.base_x + s * outside.box[node, 0], outside.base_y + s * outside.box[node, 1]
        x1, y1 = outside.base_x + s * (outside.box[node, 2] + 1.0), outside.base_y + s * (outside.box[node, 3] + 1.0)
        if square_distance(qx, qy, x0, y0, x1, y1) >= far[-1] or not touches(ring, edge, head, x0, y0, x1, y1):
            continue
        a, b = outside.link[node, 0], outside.link[node, 1]
        if a >= 0:
            stack[waiting], stack[waiting + 1] = a, b
            waiting += 2
            continue
        for t in range(~a, b):
            ask_tile(outside, ring, edge, head, qx, qy, t, wanted, far)
    return np.sum(wanted != NONE)


@kernel
def ask_tile(outside, ring, edge, head, qx, qy, t, wanted, far):  # type: ignore[no-untyped-def]
    """Add what the circles touch of one tile."""
    s, row = outside.tile_side, int(outside.tile[t])
    x0, y0 = outside.base_x + s * outside.tile_x[t], outside.base_y + s * outside.tile_y[t]
    d2 = square_distance(qx, qy, x0, y0, x0 + s, y0 + s)
    if d2 >= far[-1] or not touches(ring, edge, head, x0, y0, x0 + s, y0 + s):
        return
    if outside.opened[row, 0] < 0:
        add_nearest(wanted, far, -2 - row, d2)
        return
    s = outside.block_side
    for k in range(outside.opened[row, 0], outside.opened[row, 1]):
        if outside.seen[k]:
            continue
        x0, y0 = outside.block_x[k], outside.block_y[k]
        d2 = square_distance(qx, qy, x0, y0, x0 + s, y0 + s)
        if d2 < far[-1] and touches(ring, edge, head, x0, y0, x0 + s, y0 + s):
            add_nearest(wanted, far, k, d2)


@kernel
def add_nearest(wanted, far, code, d2):  # type: ignore[no-untyped-def]
    """Insert by distance, dropping the last."""
    k = ASKED - 1
    while k > 0 and far[k - 1] > d2:
        wanted[k], far[k] = wanted[k - 1], far[k - 1]
        k -= 1
    wanted[k], far[k] = code, d2


@kernel
def square_distance(qx, qy, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """From a point to a box."""
    x, y = max(max(x0 - qx, qx - x1), 0.0), max(max(y0 - qy, qy - y1), 0.0)
    return x * x + y * y
