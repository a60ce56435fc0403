# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel that lists the points of regions from the bins of a grid, row of bins after row."""

from __future__ import annotations

import math

import numpy as np

from ...compiled import kernel

WORK = 1 << 23
"""Points and rows of bins a call looks at before it returns: under 0.1 s."""


@kernel
def list_members(at, start, shift, columns, rows, qx, qy, qz, limits, solid, begin, offsets, index):  # type: ignore[no-untyped-def]
    """List the members of the regions of queries ``begin`` onwards; returns the query to go on with.

    Those of query q are index[offsets[q - begin]] to the next offset.  It stops before the first query
    whose list does not fit, or after WORK looks.  ``limits``: see Region; positions are from the grid's corner.
    """
    filled, looks = 0, 0
    offsets[0] = 0
    for q in range(begin, len(qx)):
        if looks > WORK:
            return q
        px, py, pz = np.int64(qx[q]), np.int64(qy[q]), np.int64(qz[q])
        limit = limits[q if len(limits) > 1 else 0]
        half_x, half_y, half_z, flat2, solid2 = limit[0], limit[1], limit[2], limit[3], limit[4]
        high = min(flat2, solid2)
        if half_x >= 0:
            low_row = max(py - half_y, 0) >> shift
            high_row = min((py + half_y) >> shift, rows - 1)
            for r in range(low_row, high_row + 1):
                gap = max((r << shift) - py, py - (((r + 1) << shift) - 1), 0)
                wide = min(half_x, np.int64(math.sqrt(float(max(high - gap * gap, 0)))) + 1)
                left = max(px - wide, 0) >> shift
                right = min((px + wide) >> shift, columns - 1)
                if left > right:
                    continue
                first, last = start[r * columns + left], start[r * columns + right + 1]
                looks += last - first + 4
                if filled + last - first > len(index):
                    return q
                for i in range(first, last):
                    dx, dy, dz = abs(at[i, 0] - px), abs(at[i, 1] - py), np.int64(0)
                    if solid:
                        dz = abs(at[i, 2] - pz)
                    d = dx * dx + dy * dy
                    index[filled] = i
                    if dx <= half_x and dy <= half_y and dz <= half_z and d <= flat2 and d + dz * dz <= solid2:
                        filled += 1
        offsets[q - begin + 1] = filled
    return len(qx)
