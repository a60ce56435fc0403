# SPDX-License-Identifier: GPL-2.0-or-later
"""The short sorted list of the nearest points a query has seen so far."""

from __future__ import annotations

from ...compiled import kernel
from .sector_kernel import EVERYWHERE, in_sector
from .ticks import REACH


@kernel
def precedes(i, j, x, y, v, w):  # type: ignore[no-untyped-def]
    """True if point i comes before point j where both are equally far: by x, y, value, weight."""
    if x[i] != x[j]:
        return x[i] < x[j]
    if y[i] != y[j]:
        return y[i] < y[j]
    if v[i] != v[j]:
        return v[i] < v[j]
    return w[i] < w[j]


@kernel
def scan(first, last, x, y, z, v, w, solid, qx, qy, qz, sector, count, worst, d2, index):  # type: ignore[no-untyped-def]
    """Sort the points first..last in ``sector`` and no farther than ``worst`` (d²) into the list.

    The list is d2, index [k], ascending, ``count`` long; when it is full ``worst`` is its last d².
    Returns count and worst.
    """
    k = len(d2)
    for i in range(first, last):
        dx, dy, dz = min(max(x[i] - qx, -REACH), REACH), min(max(y[i] - qy, -REACH), REACH), 0
        d = dx * dx + dy * dy
        if solid:
            dz = min(max(z[i] - qz, -REACH), REACH)
            d += dz * dz
        if d > worst or (sector != EVERYWHERE and not in_sector(sector, dx, dy, dz)):
            continue
        if count < k:
            j = count
            count += 1
        elif d < worst or precedes(i, index[k - 1], x, y, v, w):
            j = k - 1
        else:
            continue
        while j > 0 and (d < d2[j - 1] or (d == d2[j - 1] and precedes(i, index[j - 1], x, y, v, w))):
            d2[j] = d2[j - 1]
            index[j] = index[j - 1]
            j -= 1
        d2[j] = d
        index[j] = i
        if count == k:
            worst = d2[k - 1]
    return count, worst
