# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the bin grid: counting sort into square bins, and nearest points ring by ring.

Positions are int32, from the grid's corner: three fit where one int64 axis and a half would, and more
of them stay in the cache.
"""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .sector_kernel import EVERYWHERE, in_sector, sides_of

FARTHEST_RING = 24
"""Rings of bins tried around a query; emptier surroundings are the box tree's."""
MOST_VISITED = 4096
"""Points seen for one query, beside 16 for each neighbor wanted; denser heaps are the box tree's."""
WIDEST = 750_000_000
"""Largest position of a point: that of a query is no larger than OUTERMOST, so three squares fit int64."""
OUTERMOST = 1_000_000_000
NO_BIN = 1 << 31
"""A distance beyond all neighbors."""


@kernel
def count_bins(x, y, shift, x0, y0, columns, start):  # type: ignore[no-untyped-def]
    """Write to ``start`` (int64 [bins + 1], zeros) where each bin's points begin: row-major from (x0, y0)."""
    for i in range(len(x)):
        start[((y[i] - y0) >> shift) * columns + ((x[i] - x0) >> shift) + 1] += 1
    for b in range(1, len(start)):
        start[b] += start[b - 1]


@kernel
def sort_bins(x, y, shift, x0, y0, columns, fill, order):  # type: ignore[no-untyped-def]
    """Stable order of the points by bin; ``fill`` (a copy of ``start``) is used up."""
    for i in range(len(x)):
        b = ((y[i] - y0) >> shift) * columns + ((x[i] - x0) >> shift)
        order[fill[b]] = i
        fill[b] += 1


@kernel
def precedes(i, j, at, v, w):  # type: ignore[no-untyped-def]
    """True if point i comes before point j where both are equally far: by x, y, value, weight."""
    if at[i, 0] != at[j, 0]:
        return at[i, 0] < at[j, 0]
    if at[i, 1] != at[j, 1]:
        return at[i, 1] < at[j, 1]
    if v[i] != v[j]:
        return v[i] < v[j]
    return w[i] < w[j]


@kernel
def _settle(j, at, v, w, d2, index):  # type: ignore[no-untyped-def]
    """Move entry j before those equally far that it precedes: apart from the scan, whose loop stays small."""
    i = index[j]
    while j > 0 and d2[j - 1] == d2[j] and precedes(i, index[j - 1], at, v, w):
        index[j] = index[j - 1]
        j -= 1
    index[j] = i


@kernel
def gap_around(px, py, left, low, right, high, west, south, east, north, shift):  # type: ignore[no-untyped-def]
    """Distance from a query to the nearest bin of west..east, south..north outside left..right, low..high.

    NO_BIN where there is none.
    """
    gap = np.int64(NO_BIN)
    if left > west:
        gap = min(gap, px - (left << shift))
    if low > south:
        gap = min(gap, py - (low << shift))
    if right < east:
        gap = min(gap, ((right + 1) << shift) - px)
    if high < north:
        gap = min(gap, ((high + 1) << shift) - py)
    return max(gap, 0)


@kernel
def _run(run, ring, column, row, west, east, columns, start):  # type: ignore[no-untyped-def]
    """First and last + 1 point of a run of bins: of each row of a ring the whole (run even) or the two ends.

    Ring 1 has its middle too: one ring hardly ever suffices.  Nothing is outside west..east.
    """
    r, left, right = row - ring + (run >> 1), max(column - ring, west), min(column + ring, east)
    if ring > 1 and abs(r - row) < ring:
        left = right = column + ring if run & 1 else column - ring
    elif run & 1:
        return 0, 0
    if left > right or left < west or right > east:
        return 0, 0
    return start[r * columns + left], start[r * columns + right + 1]


@kernel
def _seen(sector, column, row, columns, rows):  # type: ignore[no-untyped-def]
    """The bins (west, south, east, north) that may hold points of a sector round a position in bin column, row."""
    west, south, east, north = 0, 0, columns - 1, rows - 1
    if sector != EVERYWHERE:
        right, above = sides_of(sector)
        west, east = (max(column, west), east) if right else (west, min(column, east))
        south, north = (max(row, south), north) if above else (south, min(row, north))
    return west, south, east, north


@kernel
def nearest_in_grid(at, v, w, start, shift, columns, rows, qx, qy, qz, reach2, sectors, d2, index, found, complete):  # type: ignore[no-untyped-def]
    """The k nearest points of every query, ascending, into d2, index [n, k] and found [n].

    ``complete`` [n] stays False for a query that was given up: far from the points, or in a heap of them.
    ``sectors`` is None where all directions count: a kernel of its own, whose loop is a fifth faster.
    The scan stands here, and not in a function of its own, as a call would cost what ten points do.
    """
    k = d2.shape[1]
    most = MOST_VISITED + 16 * k
    sector = np.int64(EVERYWHERE)
    for q in range(len(qx)):
        found[q] = 0
        px, py, pz, near, which = np.int64(qx[q]), np.int64(qy[q]), np.int64(qz[q]), d2[q], index[q]
        if max(abs(px), abs(py), abs(pz)) >= OUTERMOST:
            continue
        if sectors is not None:
            sector = sectors[q]
        column, row = px >> shift, py >> shift
        west, south, east, north = _seen(sector, column, row, columns, rows)
        count, worst, visited = 0, reach2[q], 0
        for ring in range(1, FARTHEST_RING + 1):
            left, low, right, high = column - ring, row - ring, column + ring, row + ring
            for run in range(2 * max(south - low, 0), 2 * (min(north - low, 2 * ring) + 1)):
                first, last = _run(run, ring, column, row, west, east, columns, start)
                visited += last - first
                if visited > most:
                    break
                for i in range(first, last):
                    dx, dy, dz = np.int64(at[i, 0] - px), np.int64(at[i, 1] - py), np.int64(at[i, 2] - pz)
                    d = dx * dx + dy * dy + dz * dz
                    if d > worst:
                        continue
                    if sectors is not None:
                        if not in_sector(sector, dx, dy, dz):
                            continue
                    if count < k:
                        j = count
                        count += 1
                    elif d < worst or precedes(i, which[k - 1], at, v, w):
                        j = k - 1
                    else:
                        continue
                    while j > 0 and d < near[j - 1]:
                        near[j], which[j] = near[j - 1], which[j - 1]
                        j -= 1
                    near[j], which[j] = d, i
                    if j > 0 and near[j - 1] == d:
                        _settle(j, at, v, w, near, which)
                    if count == k:
                        worst = near[k - 1]
            if visited > most:
                break
            gap = gap_around(px, py, left, low, right, high, west, south, east, north, shift)
            if gap * gap > worst:
                complete[q] = True
                break
        found[q] = count
