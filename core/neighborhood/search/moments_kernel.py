# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that add neighbors, pair after pair in the order given, to running sums."""

from __future__ import annotations

import numpy as np

from ...compiled import kernel


@kernel
def add_values(row, index, values, count, shift, total, squares, least, most):  # type: ignore[no-untyped-def]
    """Add values[index[i]] to the moments of query row[i]; NaN is left out.

    ``shift`` is the first value a query meets; ``total`` and ``squares`` are of the differences from it.
    """
    for i in range(len(row)):
        q, value = row[i], values[index[i]]
        if np.isnan(value):
            continue
        if count[q] == 0:
            shift[q] = least[q] = most[q] = value
        difference = value - shift[q]
        count[q] += 1
        total[q] += difference
        squares[q] += difference * difference
        least[q], most[q] = min(least[q], value), max(most[q], value)


@kernel
def add_offsets(row, index, x, y, z, qx, qy, qz, sums):  # type: ignore[no-untyped-def]
    """Add the offsets of the neighbors from their query to ``sums`` [n, 10].

    Columns: number, x, y, z, xx, xy, xz, yy, yz, zz, in ticks and ticks².  Exact, hence free of any
    order, below 2**53.
    """
    for i in range(len(row)):
        q, p = row[i], index[i]
        dx, dy, dz = float(x[p] - qx[q]), float(y[p] - qy[q]), float(z[p] - qz[q])
        sums[q, 0] += 1.0
        sums[q, 1] += dx
        sums[q, 2] += dy
        sums[q, 3] += dz
        sums[q, 4] += dx * dx
        sums[q, 5] += dx * dy
        sums[q, 6] += dx * dz
        sums[q, 7] += dy * dy
        sums[q, 8] += dy * dz
        sums[q, 9] += dz * dz
