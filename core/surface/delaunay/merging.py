# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel that makes one point of those at one place: a surface has one value there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from ...tiles.points import Points


@kernel
def merge_runs(x, y, v, w):  # type: ignore[no-untyped-def]
    """Merge neighbors at one place in place, values to their weighted mean; returns how many are left."""
    n = 0
    i = 0
    while i < len(x):
        j = i + 1
        while j < len(x) and x[j] == x[i] and y[j] == y[i]:
            j += 1
        value = v[i]
        if j > i + 1:
            weight, total = w[i], w[i] * v[i]
            for k in range(i + 1, j):
                weight += w[k]
                total += w[k] * v[k]
            value = total / weight
        x[n], y[n], v[n] = x[i], y[i], value
        n += 1
        i = j
    return n


def merge_coincident(points: Points) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """x, y (lattice steps) and v of the distinct points; coincident ones are neighbors in canonical order."""
    x, y, v = points.x.copy(), points.y.copy(), points.v.copy()
    n = merge_runs(x, y, v, points.w)
    return x[:n], y[:n], v[:n]
