# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of one look at every point: bits and sums of its cell, the sites it is near to, a hash of its place."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel


@kernel
def mark_cells(x, y, bits, part, per_cell, x0, y0, tile):  # type: ignore[no-untyped-def]
    """Add the bits of the points ``part`` to the cells of ``tile`` (uint8 [rows, columns]) at cell (x0, y0)."""
    for i in part:
        tile[y[i] // per_cell - y0, x[i] // per_cell - x0] |= bits[i]


@kernel
def mark_near(x, y, part, per_cell, near2, x0, y0, bit, tile):  # type: ignore[no-untyped-def]
    """Set ``bit`` of the cells of ``tile`` whose center is within sqrt(``near2``) half steps of a point."""
    side = len(tile)
    reach = np.int64(math.sqrt(near2)) + 1
    for i in part:
        px, py = 2 * (x[i] - x0 * per_cell), 2 * (y[i] - y0 * per_cell)
        low, high = (py - reach) // (2 * per_cell), (py + reach) // (2 * per_cell)
        if high < 0 or low >= side or px + reach < 0 or px - reach >= 2 * per_cell * side:
            continue
        left, right = max((px - reach) // (2 * per_cell), 0), min((px + reach) // (2 * per_cell), side - 1)
        for row in range(max(low, 0), min(high, side - 1) + 1):
            dy = (2 * row + 1) * per_cell - py
            rest = near2 - dy * dy
            for column in range(left, right + 1):
                if tile[row, column] & bit == 0:
                    dx = (2 * column + 1) * per_cell - px
                    if dx * dx <= rest:
                        tile[row, column] |= bit


@kernel
def add_to_cells(x, y, v, part, per_cell, x0, y0, sums):  # type: ignore[no-untyped-def]
    """Add the points ``part`` to ``sums`` [rows, columns, 4]: number, x and y from the cell's corner, v (int64)."""
    for i in part:
        column, row = x[i] // per_cell, y[i] // per_cell
        cell = sums[row - y0, column - x0]
        cell[0] += 1
        cell[1] += x[i] - column * per_cell
        cell[2] += y[i] - row * per_cell
        cell[3] += v[i]


@kernel
def means_of_cells(sums, x0, y0, per_cell, x, y, v):  # type: ignore[no-untyped-def]
    """Means, rounded half up, of the cells that hold points; returns how many."""
    cells = 0
    for row in range(sums.shape[0]):
        for column in range(sums.shape[1]):
            n = sums[row, column, 0]
            if n > 0:
                x[cells] = (column + x0) * per_cell + (2 * sums[row, column, 1] + n) // (2 * n)
                y[cells] = (row + y0) * per_cell + (2 * sums[row, column, 2] + n) // (2 * n)
                v[cells] = (2 * sums[row, column, 3] + n) // (2 * n)
                cells += 1
    return cells


@kernel
def mixed(n):  # type: ignore[no-untyped-def]
    """A uint64 well mixed: the finalizer of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195)."""
    n = (n ^ (n >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    n = (n ^ (n >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return n ^ (n >> np.uint64(31))


@kernel
def keep_small(x, y, v, part, at, limit, rows, hashes, held):  # type: ignore[no-untyped-def]
    """Append the places (x, y, v) of the points ``part`` from ``at`` on whose hash is at most ``limit``.

    Returns how far it came before ``rows`` [n, 3] and ``hashes`` (uint64) were full, and how many they hold.
    """
    while at < len(part) and held < len(hashes):
        i = part[at]
        h = mixed(np.uint64(x[i]) + np.uint64(0x9E3779B97F4A7C15))
        h = mixed(h ^ np.uint64(y[i]))
        h = mixed(h ^ np.uint64(v[i]))
        if h <= limit:
            rows[held, 0], rows[held, 1], rows[held, 2] = x[i], y[i], v[i]
            hashes[held] = h
            held += 1
        at += 1
    return at, held
