# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of the update: where observations fall, what they weigh, and the log-odds they leave.

The exponential is ours, so that the last bit does not depend on the system's mathematics library.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel


@kernel
def exponential(x):  # type: ignore[no-untyped-def]
    """e to the ``x`` (at most 700 in size), within 2 units in the last place: Cody and Waite, then a series."""
    k = math.floor(x * 1.4426950408889634 + 0.5)
    r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    p = 1.0 / 6227020800.0
    p = p * r + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return math.ldexp(p, int(k))


@kernel
def probabilities(log_odds, out):  # type: ignore[no-untyped-def]
    """1 / (1 + e^-L)."""
    for i in range(len(log_odds)):
        out[i] = 1.0 / (1.0 + exponential(-log_odds[i]))


@kernel
def intensity_weights(intensity, low, high, gamma, out):  # type: ignore[no-untyped-def]
    """The IWLO weight of each intensity; NaN weighs nothing."""
    for i in range(len(intensity)):
        if intensity[i] > low:
            u = (intensity[i] - low) / (high - low)
            u = 1.0 if u > 1.0 else u
            out[i] = 1.0 / (1.0 + exponential(-gamma * (u - 0.5)))
        else:
            out[i] = 0.0


@kernel
def updated(value, count, weight, numbers):  # type: ignore[no-untyped-def]
    """Log-odds after one observation; ``weight`` below 0 is free space.  ``numbers``: see Model.numbers."""
    alpha = 1.0 / (1.0 + numbers[4] * count)
    if alpha < numbers[5]:
        alpha = numbers[5]
    p_th, r_max = numbers[6], numbers[7]
    scale = 1.0
    if weight >= 0.0:
        if r_max >= 0.0 and (value < 0.0 or p_th > 0.5):
            p = 1.0 / (1.0 + exponential(-value))
            if p < p_th:
                scale = (p / p_th) * r_max
        value += numbers[0] * weight * alpha * scale
    else:
        if r_max >= 0.0 and (value > 0.0 or p_th > 0.5):
            p = 1.0 / (1.0 + exponential(-value))
            if p > 1.0 - p_th:
                fraction = (p - (1.0 - p_th)) / p_th
                scale = r_max + (1.0 - r_max) * (1.0 - fraction)
        value += numbers[1] * alpha * scale
    if value < numbers[2]:
        return numbers[2]
    return numbers[3] if value > numbers[3] else value


@kernel
def merge_observations(cells, values, counts, packed, first, bits, weights, numbers, out_cells, out_values, out_counts):  # type: ignore[no-untyped-def]
    """Merge sorted observations into a sorted tile; returns how many voxels the outputs hold.

    ``packed``, ``first``, ``bits``: see TileBatch.  Equal cells are applied in the order they stand.
    """
    n, m = len(cells), len(packed)
    shift, mask = np.uint64(bits), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    i = j = k = 0
    while j < m:
        code = packed[j] >> shift
        cell = np.int64(code) - first
        while i < n and cells[i] < cell:
            out_cells[k], out_values[k], out_counts[k] = cells[i], values[i], counts[i]
            i += 1
            k += 1
        value, count = 0.0, np.int32(0)
        if i < n and cells[i] == cell:
            value, count = values[i], counts[i]
            i += 1
        while j < m and packed[j] >> shift == code:
            value = updated(value, count, weights[np.int64(packed[j] & mask)], numbers)
            if count < 2147483647:
                count += np.int32(1)
            j += 1
        out_cells[k], out_values[k], out_counts[k] = cell, value, count
        k += 1
    while i < n:
        out_cells[k], out_values[k], out_counts[k] = cells[i], values[i], counts[i]
        i += 1
        k += 1
    return k


@kernel
def count_distinct(packed, bits):  # type: ignore[no-untyped-def]
    """Distinct codes of an ascending array."""
    shift, found = np.uint64(bits), 0
    for i in range(len(packed)):
        if i == 0 or packed[i] >> shift != packed[i - 1] >> shift:
            found += 1
    return found


@kernel
def cell_bounds(cells, low, high):  # type: ignore[no-untyped-def]
    """Least and greatest cell along each axis; numpy's own takes ten times as long on rows of three."""
    for axis in range(3):
        low[axis] = high[axis] = cells[0, axis]
    for i in range(len(cells)):
        for axis in range(3):
            cell = cells[i, axis]
            if cell < low[axis]:
                low[axis] = cell
            if cell > high[axis]:
                high[axis] = cell


@kernel
def row_codes(rows, low, nx, ny, out):  # type: ignore[no-untyped-def]
    """Number of each row (x, y, z) in a window from ``low``, ``nx`` by ``ny`` columns, x fastest."""
    for i in range(len(rows)):
        out[i] = ((rows[i, 2] - low[2]) * ny + (rows[i, 1] - low[1])) * nx + (rows[i, 0] - low[0])


@kernel
def window_codes(cells, side, low, nx, ny, bits, out):  # type: ignore[no-untyped-def]
    """One number for tile and cell of cells [n, 3]: tiles of a window from ``low``, ``nx`` by ``ny`` columns, in
    (z, y, x) order, then (z * side + y) * side + x; then the place in the array, in the low ``bits`` (if any).

    The quotient is estimated by a product and put right, which is faster than a division.
    """
    inverse, shift, keep = 1.0 / side, np.uint64(bits), np.int64(bits > 0)
    x0, y0, z0 = low[0] * side, low[1] * side, low[2] * side
    for i in range(len(cells)):
        x, y, z = cells[i, 0] - x0, cells[i, 1] - y0, cells[i, 2] - z0
        tx, ty, tz = np.int64(x * inverse), np.int64(y * inverse), np.int64(z * inverse)
        x, y, z = x - tx * side, y - ty * side, z - tz * side
        if x < 0 or x >= side:
            step = np.int64(1) if x >= side else np.int64(-1)
            tx, x = tx + step, x - step * side
        if y < 0 or y >= side:
            step = np.int64(1) if y >= side else np.int64(-1)
            ty, y = ty + step, y - step * side
        if z < 0 or z >= side:
            step = np.int64(1) if z >= side else np.int64(-1)
            tz, z = tz + step, z - step * side
        tile = (tz * ny + ty) * nx + tx
        out[i] = (np.uint64(((tile * side + z) * side + y) * side + x) << shift) | np.uint64(i * keep)


@kernel
def tile_starts(packed, per_tile, bits, ranks, starts):  # type: ignore[no-untyped-def]
    """Where each tile's part of the sorted numbers begins; returns the number of tiles."""
    found, limit, shift = 0, np.uint64(0), np.uint64(bits)
    for i in range(len(packed)):
        code = packed[i] >> shift
        if i == 0 or code >= limit:
            rank = code // np.uint64(per_tile)
            limit = (rank + np.uint64(1)) * np.uint64(per_tile)
            if found < len(ranks):
                ranks[found], starts[found] = rank, i
            found += 1
    return found


@kernel
def find_ties(packed, bits, times, tied):  # type: ignore[no-untyped-def]
    """Mark neighbors of one cell and one time; returns how many."""
    shift, mask = np.uint64(bits), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    found = 0
    for i in range(1, len(packed)):
        if packed[i] >> shift != packed[i - 1] >> shift:
            continue
        if times[np.int64(packed[i] & mask)] == times[np.int64(packed[i - 1] & mask)]:
            found += (not tied[i - 1]) + 1
            tied[i - 1] = tied[i] = True
    return found


@kernel
def fold_column(cells, log_odds, least, side, base, top, bottom, number, gap):  # type: ignore[no-untyped-def]
    """Fold a tile into its columns, lowest tile first: z cells of the highest and lowest voxel above ``least``,
    how many there are, and the most cells between two of them.  ``base``: z cell of the tile's floor.
    """
    for i in range(len(cells)):
        if not log_odds[i] > least:
            continue
        plane = cells[i] // (side * side)
        column = cells[i] - plane * side * side
        z = base + plane
        if number[column] == 0:
            bottom[column] = z
        else:
            gap[column] = max(gap[column], z - top[column] - 1)
        top[column] = z
        number[column] += 1
