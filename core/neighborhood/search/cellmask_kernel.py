# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of sampled searches: whole cells of a grid, in rows round the cell of the query.

The cells lie row-major; what cell b holds are the entries start[b] to start[b + 1], so the part of a
row that a mask covers is one run of entries.  Masks are inclusive: language.cells has them in plain NumPy.
"""

from __future__ import annotations

import math

from ...compiled import kernel

WORK = 1 << 22
"""Rows of cells a call looks at before it returns: under 0.1 s."""


@kernel
def _half_width(half_x, half_y, dy, is_round):  # type: ignore[no-untyped-def]
    """Cells to either side of the middle that a mask covers in its row ``dy``; -1: none."""
    if not is_round:
        return int(math.floor(half_x)) if abs(dy) <= half_y else -1
    limit, across = half_x * half_x, float(dy * dy)
    if across > limit:
        return -1
    width = int(math.sqrt(limit - across))
    while (width + 1) * (width + 1) + across <= limit:
        width += 1
    while width > 0 and width * width + across > limit:
        width -= 1
    return width


@kernel
def _run(start, columns, column, row, width):  # type: ignore[no-untyped-def]
    """First and last + 1 entry of the cells of a row from column - width to column + width."""
    left, right = max(column - width, 0), min(column + width, columns - 1)
    if left > right:
        return 0, 0
    return start[row * columns + left], start[row * columns + right + 1]


@kernel
def _count(start, columns, rows, column, row, half_x, half_y, is_round):  # type: ignore[no-untyped-def]
    """Entries a mask covers, and the rows it looked at."""
    high = int(math.floor(half_x if is_round else half_y))
    count = 0
    for r in range(max(row - high, 0), min(row + high, rows - 1) + 1):
        width = _half_width(half_x, half_y, r - row, is_round)
        if width >= 0:
            first, last = _run(start, columns, column, r, width)
            count += last - first
    return count, 2 * high + 1


@kernel
def choose_sizes(start, columns, rows, column, row, is_round, x, y, least, begin, chosen, count):  # type: ignore[no-untyped-def]
    """For queries ``begin`` onwards the first mask that covers ``least`` entries, else the largest.

    ``x``, ``y`` [n, 3]: the first half size in cells, what is added at each step, and how many sizes
    there are; the two advance together.  Round masks have only x.  Writes half sizes ``chosen`` [n, 2]
    and ``count``; returns the query to go on with.
    """
    work = 0
    for q in range(begin, len(column)):
        if work > WORK:
            return q
        steps = int(x[q, 2]) if is_round else int(max(x[q, 2], y[q, 2]))
        for step in range(steps):
            half_x = x[q, 0] + x[q, 1] * min(step, x[q, 2] - 1.0)
            half_y = half_x if is_round else y[q, 0] + y[q, 1] * min(step, y[q, 2] - 1.0)
            found, looks = _count(start, columns, rows, column[q], row[q], half_x, half_y, is_round)
            chosen[q, 0], chosen[q, 1], count[q] = half_x, half_y, found
            work += looks
            if found >= least[q]:
                break
    return len(column)


@kernel
def list_entries(start, columns, rows, column, row, is_round, chosen, first, index):  # type: ignore[no-untyped-def]
    """The entries each mask covers, in the order of the cells: those of query q from index[first[q]] on."""
    for q in range(len(column)):
        at = first[q]
        high = int(math.floor(chosen[q, 1]))
        for r in range(max(row[q] - high, 0), min(row[q] + high, rows - 1) + 1):
            width = _half_width(chosen[q, 0], chosen[q, 1], r - row[q], is_round)
            if width < 0:
                continue
            a, b = _run(start, columns, column[q], r, width)
            for entry in range(a, b):
                index[at] = entry
                at += 1


@kernel
def count_cells(chosen, is_round, cells):  # type: ignore[no-untyped-def]
    """How many cells each mask has."""
    for q in range(len(chosen)):
        cells[q] = 0
        high = int(math.floor(chosen[q, 1]))
        for dy in range(-high, high + 1):
            cells[q] += 2 * _half_width(chosen[q, 0], chosen[q, 1], dy, is_round) + 1
