# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels on lists of neighbors that lie one after the other: list q is offsets[q]:offsets[q + 1]."""

from __future__ import annotations

import numpy as np

from ...compiled import kernel
from .list_kernel import precedes
from .sector_kernel import sector_of
from .ticks import REACH

MOST_SECTORS = 8


@kernel
def square(x, y, z, solid, qx, qy, qz, row, index, d2):  # type: ignore[no-untyped-def]
    """Squared distance of candidate index[i] from query row[i], cut off at REACH along each axis."""
    for i in range(len(row)):
        q, p = row[i], index[i]
        dx, dy = min(abs(x[p] - qx[q]), REACH), min(abs(y[p] - qy[q]), REACH)
        d2[i] = dx * dx + dy * dy
        if solid:
            dz = min(abs(z[p] - qz[q]), REACH)
            d2[i] += dz * dz


@kernel
def order(x, y, v, w, offsets, index, d2):  # type: ignore[no-untyped-def]
    """Sort every list by d², then x, y, value, weight."""
    for q in range(len(offsets) - 1):
        a, b = offsets[q], offsets[q + 1]
        by_distance = np.argsort(d2[a:b], kind="mergesort")
        d2[a:b] = d2[a:b][by_distance]
        index[a:b] = index[a:b][by_distance]
        for i in range(a + 1, b):
            moved, j = index[i], i
            while j > a and d2[j - 1] == d2[i] and precedes(moved, index[j - 1], x, y, v, w):
                index[j] = index[j - 1]
                j -= 1
            index[j] = moved


@kernel
def pick(x, y, z, qx, qy, qz, offsets, index, k, sectors, solid, picked):  # type: ignore[no-untyped-def]
    """Mark in every list, ascending by distance, what k neighbors by ``sectors`` (1, 4 or 8) are.

    The g-th generation is the g-th nearest of each sector.  Full generations are taken while every
    sector has one; then of the next one the nearest k % sectors, or, where some sector ran out
    before, all there are.
    """
    seen, number = np.empty(MOST_SECTORS, np.int64), np.empty(len(index), np.int64)
    for q in range(len(offsets) - 1):
        seen[:] = 0
        for i in range(offsets[q], offsets[q + 1]):
            p = index[i]
            dz = z[p] - qz[q] if solid else 0
            number[i] = sector_of(x[p] - qx[q], y[p] - qy[q], dz, sectors, solid)
            seen[number[i]] += 1
        wanted = max(k[q], 0)
        whole = min(wanted // sectors, seen[:sectors].min())
        extras = wanted % sectors if whole == wanted // sectors else sectors
        seen[:] = 0
        for i in range(offsets[q], offsets[q + 1]):
            generation = seen[number[i]]
            seen[number[i]] += 1
            picked[i] = generation < whole
            if generation == whole and extras > 0:
                picked[i] = True
                extras -= 1
