# SPDX-License-Identifier: GPL-2.0-or-later
"""A scan's free and hit cells as bits, one for each cell of a tile, and how they come into its voxels."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel
from .kernels import updated


@kernel
def count_ones(word):  # type: ignore[no-untyped-def]
    """Bits that are 1; compilers know this form and make one instruction of it."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@kernel
def mark_cells(cells, hit):  # type: ignore[no-untyped-def]
    """Set the bits of cells in any order."""
    for i in range(len(cells)):
        hit[cells[i] >> 6] |= np.uint64(1) << np.uint64(cells[i] & 63)


@kernel
def mark_hits(cells, weights, hit, best):  # type: ignore[no-untyped-def]
    """Set the bits of hit cells, which ascend; of equal ones the last weighs (kept in ``best``); returns how many."""
    found = 0
    for i in range(len(cells)):
        if i + 1 < len(cells) and cells[i + 1] == cells[i]:
            continue
        hit[cells[i] >> 6] |= np.uint64(1) << np.uint64(cells[i] & 63)
        best[found] = weights[i]
        found += 1
    return found


@kernel
def count_marks(free, hit):  # type: ignore[no-untyped-def]
    """Cells with a bit in either."""
    found = np.uint64(0)
    for w in range(len(free)):
        found += count_ones(free[w] | hit[w])
    return np.int64(found)


@kernel
def count_marked(cells, free, hit):  # type: ignore[no-untyped-def]
    """How many of these cells have a bit in either."""
    found = np.uint64(0)
    for i in range(len(cells)):
        w = cells[i] >> 6
        found += ((free[w] | hit[w]) >> np.uint64(cells[i] & 63)) & np.uint64(1)
    return np.int64(found)


@kernel
def merge_marks(cells, values, counts, free, hit, weights, numbers, out_cells, out_values, out_counts):  # type: ignore[no-untyped-def]
    """Merge marked cells into a sorted tile and clear the marks; the outputs hold all voxels exactly.

    A hit wins over free space.  ``weights`` are the hits', ascending by cell, or one for all of them.
    """
    n, i, k, used = len(cells), 0, 0, 0
    each = 1 if len(weights) > 1 else 0
    unseen = updated(0.0, np.int32(0), -1.0, numbers)  # most voxels of a scan are free for the first time
    for w in range(len(free)):
        hits = hit[w]
        both = free[w] | hits
        if not both:
            continue
        free[w] = hit[w] = np.uint64(0)
        while both:
            lowest = both & (~both + np.uint64(1))
            cell = 64 * w + np.int64(count_ones(lowest - np.uint64(1)))
            both ^= lowest
            while i < n and cells[i] < cell:
                out_cells[k], out_values[k], out_counts[k] = cells[i], values[i], counts[i]
                i += 1
                k += 1
            weight, value, count = -1.0, unseen, np.int32(1)
            if hits & lowest:
                weight = weights[used]
                used += each
            if i < n and cells[i] == cell:
                value, count = updated(values[i], counts[i], weight, numbers), counts[i]
                count += np.int32(count < 2147483647)
                i += 1
            elif weight >= 0.0:
                value = updated(0.0, np.int32(0), weight, numbers)
            out_cells[k], out_values[k], out_counts[k] = cell, value, count
            k += 1
    while i < n:
        out_cells[k], out_values[k], out_counts[k] = cells[i], values[i], counts[i]
        i += 1
        k += 1
