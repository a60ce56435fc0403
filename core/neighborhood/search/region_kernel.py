# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that find the points of a region, always in the order they are stored.

So a sum over them has one order of its terms, whatever was loaded and however the queries were cut.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .boxtree_kernel import FAN, FAN_BITS, LEAF, LEAF_BITS
from .ticks import REACH

WORK = 1 << 23
"""Boxes and points a call looks at before it returns: under 0.1 s."""


@kernel
def within(dx, dy, dz, limits):  # type: ignore[no-untyped-def]
    """True if an offset is inside the limits (half x, y, z, d² in xy, d² in xyz), itself cut off at REACH."""
    dx, dy, dz = min(abs(dx), REACH), min(abs(dy), REACH), min(abs(dz), REACH)
    if dx > limits[0] or dy > limits[1] or dz > limits[2]:
        return False
    flat = dx * dx + dy * dy
    return flat <= limits[3] and flat + dz * dz <= limits[4]


@kernel
def mark_members(x, y, z, qx, qy, qz, limits, row, index, inside):  # type: ignore[no-untyped-def]
    """Whether candidate index[i] is in the region of query row[i]."""
    for i in range(len(row)):
        q, p = row[i], index[i]
        dz = z[p] - qz[q] if len(z) > 0 else 0
        inside[i] = within(x[p] - qx[q], y[p] - qy[q], dz, limits[q if len(limits) > 1 else 0])


@kernel
def _open(boxes, starts, node, level, qx, qy, qz, limits, nodes, levels, depth):  # type: ignore[no-untyped-def]
    """Put the children of a node that may hold members on the stack, the first on top; returns the depth."""
    below = starts[level - 1]
    for child in range(min((node + 1) << FAN_BITS, starts[level] - below) - 1, (node << FAN_BITS) - 1, -1):
        b = below + child
        dx = max(boxes[b, 0] - qx, qx - boxes[b, 3], 0)
        dy = max(boxes[b, 1] - qy, qy - boxes[b, 4], 0)
        dz = max(boxes[b, 2] - qz, qz - boxes[b, 5], 0)
        if within(dx, dy, dz, limits):
            nodes[depth], levels[depth] = child, level - 1
            depth += 1
    return depth


@kernel
def gather(x, y, z, first, boxes, starts, qx, qy, qz, limits, state, nodes, levels, row, index):  # type: ignore[no-untyped-def]
    """List the members of every query's region: candidate index[i] for query row[i]; returns how many.

    It stops where the lists are full or after WORK looks.  ``state`` (query, depth of the stack) and the
    stack (nodes, levels) say where to go on: begin with (-1, 0), at the end the query is len(qx).
    """
    solid, filled, looks, height = len(z) > 0, 0, 0, np.int64(0)
    q, depth = state
    while filled + LEAF <= len(row) and looks < WORK:
        if depth == 0:
            q += 1
            if q == len(qx):
                break
            nodes[0], levels[0], depth = 0, len(starts) - 2, 1
        if solid:
            height = qz[q]
        limit = limits[q if len(limits) > 1 else 0]
        depth -= 1
        node, level = nodes[depth], levels[depth]
        looks += FAN
        if level > 0:
            depth = _open(boxes, starts, node, level, qx[q], qy[q], height, limit, nodes, levels, depth)
            continue
        a = first + (node << LEAF_BITS)
        for i in range(a, min(a + LEAF, len(x))):
            if within(x[i] - qx[q], y[i] - qy[q], z[i] - height if solid else 0, limit):
                row[filled], index[filled] = q, i
                filled += 1
    state[0], state[1] = q, depth
    return filled
