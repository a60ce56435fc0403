# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of totals: integer sums by cell, which no order of the points can change."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel

NUMBER, LEAST, MOST, SUM, LOW, HIGH = range(6)
"""Columns of totals [cells, 6]; the sum of squares is HIGH * 2**32 + LOW."""
COLUMNS = 6
LOW_BITS = 32
LARGEST_VALUE = 1 << 31
"""Values must be smaller: then 2**31 of them in one cell overflow no column."""
MIN, MAX, RANGE, MEAN, TOTAL, VARIANCE, STD, RMS, PCOUNT, PDENS = range(10)
"""The order of statistics.MOMENTS."""
EXACT = 2.0**62


@kernel
def places(x, y, per_cell, level, tile_x, tile_y, cell):  # type: ignore[no-untyped-def]
    """Tile (of ``2**level`` cells a side) of each position in lattice steps, and its cell there, row by row."""
    side = 1 << level
    for i in range(len(x)):
        cx, cy = x[i] // per_cell, y[i] // per_cell
        tile_x[i], tile_y[i] = cx >> level, cy >> level
        cell[i] = (cy & (side - 1)) * side + (cx & (side - 1))


@kernel
def add(totals, cell, value, order):  # type: ignore[no-untyped-def]
    """Add the points ``order`` to the totals of a tile."""
    for i in order:
        row, v = totals[cell[i]], value[i]
        if row[NUMBER] == 0:
            row[LEAST], row[MOST] = v, v
        elif v < row[LEAST]:
            row[LEAST] = v
        elif v > row[MOST]:
            row[MOST] = v
        square = v * v
        row[NUMBER] += 1
        row[SUM] += v
        row[LOW] += square & ((1 << LOW_BITS) - 1)
        row[HIGH] += square >> LOW_BITS


@kernel
def summarise(totals, cells, kinds, numerator, denominator, area, out):  # type: ignore[no-untyped-def]
    """Features (numbers of MOMENTS) of cells of a tile, [len(kinds), len(cells)]; NaN without points.

    Values are integers times ``numerator / denominator``.  The squares about the least value are
    exact in 64 bits unless a cell holds more than 10**6 points over a range of 10**6 steps.
    """
    for j in range(len(cells)):
        row = totals[cells[j]]
        n, least = row[NUMBER], row[LEAST]
        if n == 0:
            out[:, j] = np.nan
            continue
        above, span = float(row[SUM] - n * least), float(row[MOST] - least)
        raw = float(row[HIGH]) * 2.0**LOW_BITS + float(row[LOW])
        if float(n) * span * span < EXACT:
            squares = (
                float(
                    row[LOW] + (row[HIGH] << LOW_BITS) - 2 * least * row[SUM] + n * least * least  # modulo 2**64
                )
                - above * above / n
            )
        else:
            squares = raw - float(row[SUM]) * float(row[SUM]) / n
        variance = max(squares, 0.0) / (n - 1) if n > 1 else np.nan
        unit = numerator / denominator
        for k in range(len(kinds)):
            kind = kinds[k]
            if kind == MIN:
                value = float(least) * numerator / denominator
            elif kind == MAX:
                value = float(row[MOST]) * numerator / denominator
            elif kind == RANGE:
                value = span * numerator / denominator
            elif kind == MEAN:
                value = (float(least) + above / n) * numerator / denominator
            elif kind == TOTAL:
                value = float(row[SUM]) * numerator / denominator
            elif kind == VARIANCE:
                value = variance * unit * unit
            elif kind == STD:
                value = math.sqrt(variance) * unit
            elif kind == RMS:
                value = math.sqrt(raw / n) * unit
            elif kind == PCOUNT:
                value = float(n)
            else:
                value = n / area
            out[k, j] = value
