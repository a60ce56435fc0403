# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of one look at every point: bits and sums of its cell, the sites it is near to, a hash of its place."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel


@kernel
def place_points(x, y, part, per_cell, x0, y0, places):  # type: ignore[no-untyped-def]
    """Write column and row (from cell x0, y0) of the points ``part``, and x and y from their cell's corner."""
    for k in range(len(part)):
        column, row = x[part[k]] // per_cell, y[part[k]] // per_cell
        places[0, k], places[1, k] = column - x0, row - y0
        places[2, k], places[3, k] = x[part[k]] - column * per_cell, y[part[k]] - row * per_cell


@kernel
def mark_cells(places, bits, tile):  # type: ignore[no-untyped-def]
    """Add the bits of points to their cells of ``tile`` (uint16 [rows, columns])."""
    for k in range(len(bits)):
        tile[places[1, k], places[0, k]] |= bits[k]


@kernel
def mark_near(places, right, up, per_cell, near2, within, bit, around, tile):  # type: ignore[no-untyped-def]
    """Set ``bit`` of the cells of ``tile`` whose center is within sqrt(``near2``) half steps of a point.

    ``right``, ``up`` are cells from the tile to that of the points; ``within`` int [m, 2] says how many columns and
    rows off such cells may lie.  A cell gets the bit ``around`` when all of those are marked: what else lies in it
    is not looked at.
    """
    side, whole, span = len(tile), 2 * per_cell, 0
    for i in range(len(within)):
        span = max(span, abs(within[i, 0]), abs(within[i, 1]))
    for k in range(places.shape[1]):
        column, row = places[0, k] + right, places[1, k] + up
        if (row < -span) | (row >= side + span) | (column < -span) | (column >= side + span):
            continue
        own = (row >= 0) & (row < side) & (column >= 0) & (column < side)
        if own and tile[row, column] & around:
            continue
        px, py = 2 * np.int64(places[2, k]) - per_cell, 2 * np.int64(places[3, k]) - per_cell
        unmarked = 0
        for i in range(len(within)):
            c, r = column + within[i, 0], row + within[i, 1]
            if (r >= 0) & (r < side) & (c >= 0) & (c < side) and tile[r, c] & bit == 0:
                dx, dy = within[i, 0] * whole - px, within[i, 1] * whole - py
                if dx * dx + dy * dy <= near2:
                    tile[r, c] |= bit
                else:
                    unmarked += 1
        if own and unmarked == 0:
            tile[row, column] |= around


@kernel
def mark_far(places, right, up, per_cell, near2, bit, tile):  # type: ignore[no-untyped-def]
    """As ``mark_near`` where very many cells are near a point: row by row, and no cell is marked twice.

    ``free`` [rows, columns + 1] leads from a column to the first one from there on that is not marked.
    """
    side, whole, farthest = len(tile), 2 * per_cell, np.int64(np.sqrt(near2)) + 1
    span = farthest // whole + 1
    free = np.empty((side, side + 1), np.int32)
    for r in range(side):
        free[r, side] = side
        for c in range(side - 1, -1, -1):
            free[r, c] = c if tile[r, c] & bit == 0 else free[r, c + 1]
    for k in range(places.shape[1]):
        column, row = np.int64(places[0, k]) + right, np.int64(places[1, k]) + up
        px, py = 2 * np.int64(places[2, k]) - per_cell, 2 * np.int64(places[3, k]) - per_cell
        for r in range(max(0, row - span), min(side, row + span + 1)):
            dy = (r - row) * whole - py
            left = near2 - dy * dy
            if left < 0:
                continue
            reach = np.int64(np.sqrt(left))
            while reach * reach > left:
                reach -= 1
            while (reach + 1) * (reach + 1) <= left:
                reach += 1
            c, last = max(0, column - (reach - px) // whole), min(side - 1, column + (reach + px) // whole)
            while c <= last:
                first = c
                while free[r, first] != first:
                    first = free[r, first]
                while free[r, c] != first:
                    free[r, c], c = first, free[r, c]
                if first > last:
                    break
                tile[r, first] |= bit
                free[r, first] = first + 1
                c = first + 1


@kernel
def add_to_cells(places, v, sums):  # type: ignore[no-untyped-def]
    """Add points to ``sums`` [rows, columns, 4]: number, x and y from the cell's corner, v (int64)."""
    for k in range(len(v)):
        cell = sums[places[1, k], places[0, k]]
        cell[0] += 1
        cell[1] += places[2, k]
        cell[2] += places[3, k]
        cell[3] += v[k]


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
def keep_small(places, v, per_cell, x0, y0, at, limit, rows, hashes, held):  # type: ignore[no-untyped-def]
    """Append x, y, v of the points from ``at`` on whose hash is at most ``limit``; ``places`` are from cell (x0, y0).

    Returns how far it came before ``rows`` [n, 3] and ``hashes`` (uint64) were full, and how many they hold.
    """
    while at < len(v) and held < len(hashes):
        x = (places[0, at] + x0) * per_cell + places[2, at]
        y = (places[1, at] + y0) * per_cell + places[3, at]
        h = mixed(np.uint64(x) + np.uint64(0x9E3779B97F4A7C15))
        h = mixed(h ^ np.uint64(y))
        h = mixed(h ^ np.uint64(v[at]))
        if h <= limit:
            rows[held, 0], rows[held, 1], rows[held, 2] = x, y, v[at]
            hashes[held] = h
            held += 1
        at += 1
    return at, held
