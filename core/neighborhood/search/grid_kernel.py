# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the bin grid: counting sort into square bins, and nearest points ring by ring."""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .list_kernel import scan
from .sector_kernel import EVERYWHERE
from .ticks import REACH

FARTHEST_RING = 12
"""Rings of bins tried around a query; emptier surroundings are the box tree's."""
MOST_VISITED = 512
"""Points seen for one query, beside 16 for each neighbor wanted; denser heaps are the box tree's."""


@kernel
def count_bins(x, y, shift, x0, y0, columns, start):  # type: ignore[no-untyped-def]
    """Write to ``start`` (int64 [bins + 1], zeros) where each bin's points begin: row-major from (x0, y0)."""
    for i in range(len(x)):
        start[((y[i] >> shift) - y0) * columns + (x[i] >> shift) - x0 + 1] += 1
    for b in range(1, len(start)):
        start[b] += start[b - 1]


@kernel
def sort_bins(x, y, shift, x0, y0, columns, fill, order):  # type: ignore[no-untyped-def]
    """Stable order of the points by bin; ``fill`` (a copy of ``start``) is used up."""
    for i in range(len(x)):
        b = ((y[i] >> shift) - y0) * columns + (x[i] >> shift) - x0
        order[fill[b]] = i
        fill[b] += 1


@kernel
def _visit(  # type: ignore[no-untyped-def]
    x,
    y,
    z,
    v,
    w,
    solid,
    start,
    columns,
    rows,
    qx,
    qy,
    qz,
    sector,
    column,
    row,
    ring,
    most,
    count,
    worst,
    visited,
    d2,
    index,
):
    """Scan the bins of one ring, its whole rows at once; returns count, worst and visited (> most: given up)."""
    for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
        whole = abs(r - row) == ring
        for a in range(column - ring, column + ring + 1, max(2 * ring, 1)):
            left, right = a, a
            if whole:
                left, right = max(column - ring, 0), min(column + ring, columns - 1)
            if left >= 0 and left <= right and right < columns:
                first, last = start[r * columns + left], start[r * columns + right + 1]
                visited += last - first
                if visited > most:
                    return count, worst, visited
                count, worst = scan(first, last, x, y, z, v, w, solid, qx, qy, qz, sector, count, worst, d2, index)
            if whole:
                break
    return count, worst, visited


@kernel
def _beyond(qx, qy, left, low, right, high, columns, rows, x0, y0, shift):  # type: ignore[no-untyped-def]
    """Distance from a query to the nearest bin outside those visited, REACH where there is none left."""
    gap = REACH
    if left > 0:
        gap = min(gap, qx - ((left + x0) << shift))
    if low > 0:
        gap = min(gap, qy - ((low + y0) << shift))
    if right < columns - 1:
        gap = min(gap, ((right + 1 + x0) << shift) - qx)
    if high < rows - 1:
        gap = min(gap, ((high + 1 + y0) << shift) - qy)
    return max(gap, 0)


@kernel
def nearest_in_grid(  # type: ignore[no-untyped-def]
    x,
    y,
    z,
    v,
    w,
    solid,
    start,
    shift,
    x0,
    y0,
    columns,
    rows,
    qx,
    qy,
    qz,
    reach2,
    sectors,
    d2,
    index,
    found,
    complete,
):
    """The k nearest points of every query, ascending, into d2, index [n, k] and found [n].

    ``complete`` [n] stays False for a query that was given up: far from the points, or in a heap of them.
    """
    most = MOST_VISITED + 16 * d2.shape[1]
    height, sector = np.int64(0), np.int64(EVERYWHERE)
    for q in range(len(qx)):
        px, py, near, which = qx[q], qy[q], d2[q], index[q]
        if solid:
            height = qz[q]
        if len(sectors) > 0:
            sector = sectors[q]
        column, row = (px >> shift) - x0, (py >> shift) - y0
        count, worst, visited = 0, reach2[q], 0
        for ring in range(FARTHEST_RING + 1):
            count, worst, visited = _visit(
                x, y, z, v, w, solid, start, columns, rows, px, py, height, sector,
                column, row, ring, most, count, worst, visited, near, which,
            )  # fmt: skip
            if visited > most:
                break
            gap = _beyond(px, py, column - ring, row - ring, column + ring, row + ring, columns, rows, x0, y0, shift)
            if gap * gap > worst:
                complete[q] = True
                break
        found[q] = count
