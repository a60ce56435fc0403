# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel that sorts a run of points by the quad-tree node that holds them (a counting sort)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from .lattice import Node
from .ordering import exponent

Tile = tuple[int, int]

WINDOW = 1 << 22
"""Most nodes a run may span for the counting sort; beyond (a few far outliers) a plain sort serves."""


@kernel
def node_indices(x, y, per_node, nx, ny):  # type: ignore[no-untyped-def]
    """Node index of each point: floor division by the lattice steps along a node, most often a power of two."""
    shift = exponent(per_node)
    if shift < 0:
        for i in range(len(x)):
            nx[i], ny[i] = x[i] // per_node, y[i] // per_node
    else:
        for i in range(len(x)):
            nx[i], ny[i] = x[i] >> shift, y[i] >> shift


@kernel
def count_window(nx, ny, x0, y0, width, counts):  # type: ignore[no-untyped-def]
    """Points of each node of a window of ``width`` columns."""
    for i in range(len(nx)):
        counts[(ny[i] - y0) * width + nx[i] - x0] += 1


@kernel
def place_window(nx, ny, x0, y0, width, ends, order):  # type: ignore[no-untyped-def]
    """Order by node, stable; ``ends`` starts as each node's first place."""
    for i in range(len(nx)):
        node = (ny[i] - y0) * width + nx[i] - x0
        order[ends[node]] = i
        ends[node] += 1


@kernel
def pack_run(columns, base, order, records):  # type: ignore[no-untyped-def]
    """Points of ``columns`` in ``order``, counted from ``base``, as rows of ``records`` [n, columns]."""
    for i in range(len(order)):
        for c in range(len(base)):
            records[i, c] = columns[c, order[i]] - base[c]


def by_node(
    x: NDArray[np.int64], y: NDArray[np.int64], per_cell: int, level: int
) -> tuple[NDArray[np.int64], list[tuple[Node, int]]]:
    """An order that groups the points by node of ``level``, and the nodes with their counts."""
    side = per_cell << level
    x0, y0 = int(x.min()) // side, int(y.min()) // side
    width, height = int(x.max()) // side - x0 + 1, int(y.max()) // side - y0 + 1
    if width * height == 1:
        return np.arange(len(x)), [(Node(level, x0, y0), len(x))]
    nx, ny = np.empty(len(x), np.int64), np.empty(len(x), np.int64)
    node_indices(x, y, side, nx, ny)
    if width * height > WINDOW:
        order = np.lexsort((nx, ny)).astype(np.int64)
        sx, sy = nx[order], ny[order]
        first = np.flatnonzero(np.r_[True, (sx[1:] != sx[:-1]) | (sy[1:] != sy[:-1])])
        counts = np.diff(np.r_[first, len(x)])
        return order, [(Node(level, int(sx[f]), int(sy[f])), int(c)) for f, c in zip(first, counts, strict=True)]
    counts = np.zeros(width * height, np.int64)
    count_window(nx, ny, x0, y0, width, counts)
    order = np.empty(len(x), np.int64)
    place_window(nx, ny, x0, y0, width, np.cumsum(counts) - counts, order)
    used = np.flatnonzero(counts)
    return order, [(Node(level, x0 + int(u % width), y0 + int(u // width)), int(counts[u])) for u in used]
