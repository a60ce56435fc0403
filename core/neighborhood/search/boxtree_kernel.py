# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the box tree: bounding boxes over runs of points in the order they are stored.

A leaf is LEAF points in a row, a node FAN nodes in a row, so nothing is sorted or moved (a packed
R-tree: Kamel and Faloutsos 1993, with the store's Morton order in place of Hilbert's).
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .list_kernel import scan
from .sector_kernel import EVERYWHERE, may_reach
from .ticks import REACH

LEAF_BITS = 3
LEAF = 1 << LEAF_BITS
FAN_BITS = 3
FAN = 1 << FAN_BITS
STACK = 256
"""More open nodes than a tree over any array can leave: FAN for each level."""
UNSEEN = (1 << 63) - 1
"""A d² above that of any neighbor."""
WORK = 1 << 22
"""Boxes and leaves a call may look at, and lists it may fill, before it returns: under 0.1 s."""


@kernel
def bound_leaves(x, y, z, solid, first, boxes):  # type: ignore[no-untyped-def]
    """Boxes (int64 [leaves, 6]: least x, y, z, greatest x, y, z) of the points from ``first`` on; not solid: z 0."""
    for leaf in range(len(boxes)):
        a = first + (leaf << LEAF_BITS)
        boxes[leaf] = 0
        boxes[leaf, 0], boxes[leaf, 3] = x[a : a + LEAF].min(), x[a : a + LEAF].max()
        boxes[leaf, 1], boxes[leaf, 4] = y[a : a + LEAF].min(), y[a : a + LEAF].max()
        if solid:
            boxes[leaf, 2], boxes[leaf, 5] = z[a : a + LEAF].min(), z[a : a + LEAF].max()


@kernel
def bound_nodes(below, boxes):  # type: ignore[no-untyped-def]
    """Boxes of the nodes one level above ``below``."""
    for node in range(len(boxes)):
        a = node << FAN_BITS
        for axis in range(3):
            boxes[node, axis] = below[a : a + FAN, axis].min()
            boxes[node, axis + 3] = below[a : a + FAN, axis + 3].max()


@kernel
def gap2(boxes, node, qx, qy, qz, sector):  # type: ignore[no-untyped-def]
    """Squared distance from a position to a box, cut off at REACH along each axis; UNSEEN if not in the sector."""
    dx = min(max(max(boxes[node, 0] - qx, qx - boxes[node, 3]), 0), REACH)
    dy = min(max(max(boxes[node, 1] - qy, qy - boxes[node, 4]), 0), REACH)
    dz = min(max(max(boxes[node, 2] - qz, qz - boxes[node, 5]), 0), REACH)
    if sector != EVERYWHERE and not may_reach(
        sector, boxes[node, 0] - qx, boxes[node, 1] - qy, boxes[node, 2] - qz,
        boxes[node, 3] - qx, boxes[node, 4] - qy, boxes[node, 5] - qz,
    ):  # fmt: skip
        return UNSEEN
    return dx * dx + dy * dy + dz * dz


@kernel
def _open_around(boxes, starts, leaf, qx, qy, qz, sector, nodes, levels, gaps):  # type: ignore[no-untyped-def]
    """Fill the stack so that it opens ``leaf`` first, then its siblings, then those of each ancestor.

    What is near is seen first and shuts out the rest.  Returns the depth of the stack.
    """
    depth = 0
    for level in range(len(starts) - 2, -1, -1):
        node = leaf >> (level * FAN_BITS)
        a = (node >> FAN_BITS) << FAN_BITS
        for sibling in range(a, min(a + FAN, starts[level + 1] - starts[level])):
            if sibling != node:
                nodes[depth], levels[depth] = sibling, level
                gaps[depth] = gap2(boxes, starts[level] + sibling, qx, qy, qz, sector)
                depth += 1
    nodes[depth], levels[depth], gaps[depth] = leaf, 0, 0
    return depth + 1


@kernel
def _search(  # type: ignore[no-untyped-def]
    x, y, z, v, w, solid, first, boxes, starts, qx, qy, qz, sector, count, worst, d2, index, nodes, levels, gaps, depth
):
    """Search all that is on the stack; returns count and how many boxes were looked at."""
    looks = depth
    while depth > 0:
        depth -= 1
        if gaps[depth] > worst:
            continue
        node, level = nodes[depth], levels[depth]
        looks += FAN
        if level == 0:
            a = first + (node << LEAF_BITS)
            last = min(a + LEAF, len(x))
            count, worst = scan(a, last, x, y, z, v, w, solid, qx, qy, qz, sector, count, worst, d2, index)
            continue
        below = starts[level - 1]
        for child in range(min((node + 1) << FAN_BITS, starts[level] - below) - 1, (node << FAN_BITS) - 1, -1):
            gap = gap2(boxes, below + child, qx, qy, qz, sector)
            if gap <= worst:
                nodes[depth], levels[depth], gaps[depth] = child, level - 1, gap
                depth += 1
    return count, looks


@kernel
def nearest_in_tree(  # type: ignore[no-untyped-def]
    x, y, z, v, w, solid, first, boxes, starts, qx, qy, qz, reach2, sectors, begin, d2, index, found
):
    """Merge the points from ``first`` on, over which the tree is, into the lists of queries ``begin`` onwards.

    ``boxes`` holds level after level, leaves first; level l begins at starts[l].  The lists d2, index
    [n, k] hold ``found`` [n] points each, all before ``first``.  Returns the query to go on with.
    """
    k = d2.shape[1]
    nodes, levels, gaps = np.empty(STACK, np.int64), np.empty(STACK, np.int64), np.empty(STACK, np.int64)
    height, sector, leaf, work = np.int64(0), np.int64(EVERYWHERE), 0, 0
    for q in range(begin, len(qx)):
        if work > WORK:
            return q
        if solid:
            height = qz[q]
        if len(sectors) > 0:
            sector = sectors[q]
        worst = d2[q, k - 1] if found[q] == k else reach2[q]
        depth = _open_around(boxes, starts, leaf, qx[q], qy[q], height, sector, nodes, levels, gaps)
        found[q], looks = _search(
            x, y, z, v, w, solid, first, boxes, starts, qx[q], qy[q], height, sector,
            found[q], worst, d2[q], index[q], nodes, levels, gaps, depth,
        )  # fmt: skip
        work += looks + 8 * k
        if found[q] > 0 and index[q, 0] >= first:
            leaf = (index[q, 0] - first) >> LEAF_BITS
    return len(qx)


@kernel
def blocks_in_reach(x0, y0, x1, y1, qx, qy, sectors, worst, wanted):  # type: ignore[no-untyped-def]
    """Mark in ``wanted`` the squares with a part in the sector of some query and no farther than its ``worst`` (d²)."""
    sector = np.int64(EVERYWHERE)
    for b in range(len(x0)):
        for q in range(len(qx)):
            if len(sectors) > 0:
                sector = sectors[q]
            west, south, east, north = x0[b] - qx[q], y0[b] - qy[q], x1[b] - qx[q], y1[b] - qy[q]
            dx, dy = min(max(max(west, -east), 0), REACH), min(max(max(south, -north), 0), REACH)
            if dx * dx + dy * dy <= worst[q] and may_reach(sector, west, south, -REACH, east, north, REACH):
                wanted[b] = True
                break
