# SPDX-License-Identifier: GPL-2.0-or-later
"""Sorting packed numbers: a code in the high bits, the place in the batch in the low ones.

One number is moved instead of two, a first scatter by the highest bits leaves parts that fit in the
processor's cache, and there the rest is sorted from the lowest digit up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel

TOP_BITS = 11
"""Of the first scatter: more destinations than that would miss the translation buffer at every step."""
FEW = 24
"""Numbers that are sorted by insertion."""


@kernel
def scatter(numbers, shift, bits, ends, out):  # type: ignore[no-untyped-def]
    """Bring numbers in order of the ``bits`` from ``shift`` on, stable; part d of ``out`` ends at ``ends[d]``."""
    mask, low = np.uint64((1 << bits) - 1), np.uint64(shift)
    ends[:] = 0
    for i in range(len(numbers)):
        ends[np.int64((numbers[i] >> low) & mask)] += 1
    total = 0
    for d in range(len(ends)):
        count = ends[d]
        ends[d] = total
        total += count
    for i in range(len(numbers)):
        digit = np.int64((numbers[i] >> low) & mask)
        out[ends[digit]] = numbers[i]
        ends[digit] += 1


@kernel
def insert(numbers, start, stop, low):  # type: ignore[no-untyped-def]
    """Sort a few numbers by their bits from ``low`` on, stable."""
    for i in range(start + 1, stop):
        number = numbers[i]
        key = number >> low
        j = i
        while j > start and numbers[j - 1] >> low > key:
            numbers[j] = numbers[j - 1]
            j -= 1
        numbers[j] = number


@kernel
def sort_parts(numbers, ends, low, high, spare):  # type: ignore[no-untyped-def]
    """Sort each part by the bits from ``low`` to ``high``, stable; ``spare`` is as long as ``numbers``."""
    counts = np.empty(2048, np.int64)
    first = np.uint64(low)
    start = 0
    for part in range(len(ends)):
        stop = ends[part]
        if stop - start <= FEW:
            insert(numbers, start, stop, first)
            start = stop
            continue
        widest = 11 if stop - start > 2048 else 8
        passes = (high - low + widest - 1) // widest
        swapped = False
        for p in range(passes):
            # Digits of equal width, so that no pass is wasted on a bit or two.
            shift = low + (high - low) * p // passes
            width = low + (high - low) * (p + 1) // passes - shift
            a, b = (spare, numbers) if swapped else (numbers, spare)
            if digit_pass(a, start, stop, shift, width, counts, b):
                swapped = not swapped
        if swapped:
            for i in range(start, stop):
                numbers[i] = spare[i]
        start = stop


@kernel
def digit_pass(numbers, start, stop, shift, width, counts, out):  # type: ignore[no-untyped-def]
    """One stable pass over a digit of a part; False where all share it and nothing was moved."""
    mask, low = np.uint64((1 << width) - 1), np.uint64(shift)
    for d in range(1 << width):
        counts[d] = 0
    for i in range(start, stop):
        counts[np.int64((numbers[i] >> low) & mask)] += 1
    if counts[np.int64((numbers[start] >> low) & mask)] == stop - start:
        return False
    total = start
    for d in range(1 << width):
        count = counts[d]
        counts[d] = total
        total += count
    for i in range(start, stop):
        digit = np.int64((numbers[i] >> low) & mask)
        out[counts[digit]] = numbers[i]
        counts[digit] += 1
    return True


def sort_packed(numbers: NDArray[np.uint64], low: int, high: int) -> NDArray[np.uint64]:
    """Numbers in order of their bits from ``low`` to ``high``, stable.  The array given is used up."""
    if high <= low or len(numbers) < 2:
        return numbers
    spare = np.empty_like(numbers)
    if len(numbers) < 1 << 15:  # all of it is in the cache
        sort_parts(numbers, np.array([len(numbers)], np.int64), low, high, spare)
        return numbers
    top = min(TOP_BITS, high - low)
    ends = np.empty(1 << top, np.int64)
    scatter(numbers, high - top, top, ends, spare)
    sort_parts(spare, ends, low, high - top, numbers)
    return spare
