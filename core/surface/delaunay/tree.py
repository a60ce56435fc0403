# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that build the search tree: points halved again and again, every node with its tight box.

Tight boxes make empty space free: a circle a thousand kilometres wide that only grazes the data
touches a handful of nodes.  A grid of buckets over the tree lets small circles enter it near its
leaves.  Both decide what is looked at first, never what is found.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...compiled import argument, kernel

LEAF = 8
"""Most points of a leaf."""
DEPTH = 256
"""Room on a stack; halving a box of 2**42 steps to single points takes fewer levels."""
FEW = 3.0
"""A circle of at most so many buckets' radius enters through them, a larger one through the root."""


@argument
class Grid(NamedTuple):
    """Square buckets over the tree, as many rows as columns, a power of two; whole numbers."""

    node: NDArray[np.int32]
    """[rows, columns]: the lowest node that holds all points of a bucket; -1 for none."""
    x0: float
    y0: float
    width: float
    """Side of a bucket."""
    x1: float
    y1: float
    """End of what the grid knows: points beyond may be in the tree but in no bucket."""


@argument
class Tree(NamedTuple):
    """Points, the nodes above them, and the grid."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    box: NDArray[np.float64]
    """[nodes, 4]: least x, least y, greatest x, greatest y of the points below."""
    link: NDArray[np.int32]
    """[nodes, 2]: two children; of a leaf ``~first`` and ``last + 1`` of its points."""
    root: int
    grid: Grid


@kernel
def plant(x, y, v, first, last, grid):  # type: ignore[no-untyped-def]
    """Reorder points ``first`` to ``last`` (distinct) and return ``box`` and ``link`` of their tree, root 0.

    ``grid`` must cover them; its nodes, all -1, are filled in.
    """
    link = np.empty((16 + (last - first) // 2, 2), np.int32)
    run = np.empty((DEPTH, 3), np.int64)
    region = np.empty((DEPTH, 4))
    side = grid.width * len(grid.node)
    run[0] = (0, first, last)
    region[0] = (grid.x0, grid.y0, grid.x0 + side, grid.y0 + side)
    used, waiting = np.int64(1), 1
    while waiting:
        waiting -= 1
        if used + 2 > len(link):
            longer = np.empty((2 * len(link), 2), np.int32)
            longer[:used] = link[:used]
            link = longer
        node = run[waiting, 0]
        if halve(x, y, v, run, region, waiting, used, grid):
            link[node, 0], link[node, 1] = used, used + 1
            used += 2
            waiting += 2
        else:
            link[node, 0], link[node, 1] = ~run[waiting, 1], run[waiting, 2]
    return tight_boxes(x, y, link[:used]), link[:used].copy()


@kernel
def halve(x, y, v, run, region, top, child, grid):  # type: ignore[no-untyped-def]
    """Replace the run on top of the stack by two, both with points; False if it is a leaf, within one bucket.

    Regions are halved along with the grid down to a bucket, below that along with the points' own box.
    """
    node, start, stop = run[top, 0], run[top, 1], run[top, 2]
    x0, y0, x1, y1 = region[top, 0], region[top, 1], region[top, 2], region[top, 3]
    while True:
        if x1 - x0 == grid.width and y1 - y0 == grid.width:
            grid.node[int((y0 - grid.y0) / grid.width), int((x0 - grid.x0) / grid.width)] = node
        small = max(x1 - x0, y1 - y0) <= grid.width
        if stop - start <= LEAF and (small or start == stop):
            return False
        wide = x1 - x0 >= y1 - y0
        middle = 0.5 * (x0 + x1) if wide else 0.5 * (y0 + y1)
        cut = part(x, y, v, start, stop, middle) if wide else part(y, x, v, start, stop, middle)
        if start < cut < stop:
            break
        if small:
            x0, y0, x1, y1 = bounds(x, y, start, stop)
        elif wide:
            x0, x1 = (middle, x1) if cut == start else (x0, middle)
        else:
            y0, y1 = (middle, y1) if cut == start else (y0, middle)
    run[top] = (child, start, cut)
    run[top + 1] = (child + 1, cut, stop)
    region[top] = (x0, y0, middle if wide else x1, y1 if wide else middle)
    region[top + 1] = (middle if wide else x0, y0 if wide else middle, x1, y1)
    return True


@kernel
def part(key, other, v, start, stop, middle):  # type: ignore[no-untyped-def]
    """Bring points with ``key`` below ``middle`` to the front; returns where the others begin."""
    low, high = start, stop - 1
    while True:
        while low <= high and key[low] < middle:
            low += 1
        while low < high and key[high] >= middle:
            high -= 1
        if low >= high:
            return low
        key[low], key[high] = key[high], key[low]
        other[low], other[high] = other[high], other[low]
        v[low], v[high] = v[high], v[low]


@kernel
def bounds(x, y, start, stop):  # type: ignore[no-untyped-def]
    """Least x, least y, greatest x, greatest y."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for i in range(start, stop):
        x0, x1 = min(x0, x[i]), max(x1, x[i])
        y0, y1 = min(y0, y[i]), max(y1, y[i])
    return x0, y0, x1, y1


@kernel
def tight_boxes(x, y, link):  # type: ignore[no-untyped-def]
    """Boxes of all nodes, children before parents."""
    box = np.empty((len(link), 4))
    for node in range(len(link) - 1, -1, -1):
        a, b = link[node, 0], link[node, 1]
        if a < 0:
            box[node] = bounds(x, y, ~a, b)
        else:
            for k in range(2):
                box[node, k] = min(box[a, k], box[b, k])
                box[node, k + 2] = max(box[a, k + 2], box[b, k + 2])
    return box


def join_trees(
    box: NDArray[np.float64], link: NDArray[np.int32], roots: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.int32], int]:
    """``box`` and ``link`` with the nodes over several roots, pair by pair so that no stack gets long; and the root."""
    level = np.array(roots)
    while len(level) > 1:
        pairs = len(level) // 2
        a, b = level[0 : 2 * pairs : 2], level[1 : 2 * pairs : 2]
        level = np.concatenate((len(link) + np.arange(pairs), level[2 * pairs :]))
        both = np.concatenate((np.minimum(box[a, :2], box[b, :2]), np.maximum(box[a, 2:], box[b, 2:])), axis=1)
        box = np.concatenate((box, both))
        link = np.concatenate((link, np.stack((a, b), axis=1).astype(np.int32)))
    return box, link, int(level[0])


@kernel
def entries(tree, x, y, r, stack):  # type: ignore[no-untyped-def]
    """Put the nodes on the stack below which lie all points of the disc, the middle ones on top.

    Returns their number.
    """
    grid = tree.grid
    if not (r < FEW * grid.width and x - r >= grid.x0 and y - r >= grid.y0 and x + r < grid.x1 and y + r < grid.y1):
        stack[0] = tree.root
        return 1
    x, y, r = (x - grid.x0) / grid.width, (y - grid.y0) / grid.width, r / grid.width
    west, south, east, north = int(x - r), int(y - r), int(x + r), int(y + r)
    waiting = 0
    while south <= north:
        from_south = y - south > north + 1.0 - y
        row = south if from_south else north
        south, north = (south + 1, north) if from_south else (south, north - 1)
        low, high = west, east
        while low <= high:
            from_west = x - low > high + 1.0 - x
            node = grid.node[row, low if from_west else high]
            low, high = (low + 1, high) if from_west else (low, high - 1)
            if node >= 0:
                stack[waiting] = node
                waiting += 1
    return waiting


@kernel
def distance(box, node, qx, qy):  # type: ignore[no-untyped-def]
    """Distance from the query to the box of a node: the longer of its two parts, negative inside."""
    return max(max(box[node, 0] - qx, qx - box[node, 2]), max(box[node, 1] - qy, qy - box[node, 3]))
