# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of one look at every point: the bits of its cell, and a hash of its place."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel


@kernel
def mark_cells(x, y, bits, part, per_cell, x0, y0, tile):  # type: ignore[no-untyped-def]
    """Add the bits of the points ``part`` to the cells of ``tile`` (uint8 [rows, columns]) at cell (x0, y0)."""
    for i in part:
        tile[y[i] // per_cell - y0, x[i] // per_cell - x0] |= bits[i]


@kernel
def mixed(n):  # type: ignore[no-untyped-def]
    """A uint64 well mixed: the finalizer of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195)."""
    n = (n ^ (n >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    n = (n ^ (n >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return n ^ (n >> np.uint64(31))


@kernel
def hash_places(x, y, v, out):  # type: ignore[no-untyped-def]
    """A hash (uint64) of every place x, y, v (int64)."""
    for i in range(len(x)):
        h = mixed(np.uint64(x[i]) + np.uint64(0x9E3779B97F4A7C15))
        h = mixed(h ^ np.uint64(y[i]))
        out[i] = mixed(h ^ np.uint64(v[i]))
