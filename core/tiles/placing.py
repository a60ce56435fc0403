# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel that turns records of a store, which count from the corner of their tile, into points of the lattice."""

from __future__ import annotations

from ..compiled import kernel


@kernel
def place_records(rx, ry, rv, x0, y0, start, count, edges, x, y, v, place, row):  # type: ignore[no-untyped-def]
    """Points inside ``edges`` (west, south, east, north; the last two are outside) of blocks of records.

    Block b has count[b] records, the first of them in row start[b] of the store and its corner at
    (x0[b], y0[b]).  Written are x, y, v, the place among the records, and the row; returns how many.
    """
    found, i = 0, 0
    west, south, east, north = edges
    for b in range(len(count)):
        for j in range(count[b]):
            px, py = x0[b] + rx[i], y0[b] + ry[i]
            x[found], y[found], v[found], place[found], row[found] = px, py, rv[i], i, start[b] + j
            found += (px >= west) & (px < east) & (py >= south) & (py < north)
            i += 1
    return found
