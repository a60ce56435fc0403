# SPDX-License-Identifier: GPL-2.0-or-later
"""How far from a query the nearest point may be that a window has not loaded."""

from __future__ import annotations

from ...compiled import kernel
from .sector_kernel import EVERYWHERE, sides_of
from .ticks import REACH


@kernel
def clearance_squared(x, y, sectors, west, south, east, north, out):  # type: ignore[no-untyped-def]
    """Write the squared distance to the nearest edge that a query's sector (none given: any) meets from inside."""
    for q in range(len(x)):
        right = left = above = below = True
        if len(sectors) and sectors[q] != EVERYWHERE:
            right, above = sides_of(sectors[q])
            left, below = not right, not above
        gap = REACH
        if left:
            gap = min(gap, x[q] - west)
        if right:
            gap = min(gap, east - x[q])
        if below:
            gap = min(gap, y[q] - south)
        if above:
            gap = min(gap, north - y[q])
        gap = max(gap, 0)
        out[q] = gap * gap
