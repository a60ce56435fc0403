# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of statistics over lists of numbers; sums run in the order of the lists."""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from ..neighborhood.search.sums_kernel import FEATURES as FEATURES
from ..neighborhood.search.sums_kernel import add_held
from .shape_kernel import LN2, logarithm

MEDIAN, MINORITY, MAJORITY, ENTROPY, QUANTILE, NMIN, NMAX = range(7)
"""The order of statistics.RANKED."""


@kernel
def add_up(values, shift, first, count, index, out):  # type: ignore[no-untyped-def]
    """Sums (see add_held) of the numbers of each list that are not NaN; ``out`` [6, n]."""
    longest = 1
    for q in range(len(count)):
        longest = max(longest, count[q])
    held = np.empty(longest)
    for q in range(len(first)):
        for j in range(count[q]):
            held[j] = values[index[first[q] + j]] - shift[q]
        add_held(held, count[q], q, out)


@kernel
def _quantile(sorted_values, n, part):  # type: ignore[no-untyped-def]
    """Linear between the two ranks around part * (n - 1)."""
    place = part * (n - 1)
    low = int(math.floor(place))
    high = min(low + 1, n - 1)
    return sorted_values[low] + (place - low) * (sorted_values[high] - sorted_values[low])


@kernel
def _frequencies(sorted_values, n):  # type: ignore[no-untyped-def]
    """Rarest value, most frequent value, and entropy in bits."""
    rare, frequent, entropy, fewest, most, start = np.nan, np.nan, 0.0, n + 1, 0, 0
    for i in range(1, n + 1):
        if i == n or sorted_values[i] != sorted_values[start]:
            times = i - start
            if times < fewest:
                fewest, rare = times, sorted_values[start]
            if times > most:
                most, frequent = times, sorted_values[start]
            if times < n:
                entropy -= times / n * logarithm(times / n)
            start = i
    return rare, frequent, entropy / LN2


@kernel
def rank(values, shift, first, count, index, kinds, numbers, out):  # type: ignore[no-untyped-def]
    """Features of each list in order; ``out`` [n, len(kinds)], NaN without numbers."""
    longest = 1
    for q in range(len(count)):
        longest = max(longest, count[q])
    held = np.empty(longest)
    counted = False
    for kind in kinds:
        counted = counted or kind in (MINORITY, MAJORITY, ENTROPY)
    for q in range(len(first)):
        n = 0
        for j in range(first[q], first[q] + count[q]):
            value = values[index[j]] - shift[q]
            if not math.isnan(value):
                held[n] = value + 0.0
                n += 1
        out[q] = np.nan
        if n == 0:
            continue
        ordered = np.sort(held[:n])
        rare, frequent, entropy = np.nan, np.nan, np.nan
        if counted:
            rare, frequent, entropy = _frequencies(ordered, n)
        for f in range(len(kinds)):
            kind = kinds[f]
            if kind == MEDIAN:
                out[q, f] = _quantile(ordered, n, 0.5)
            elif kind == QUANTILE:
                out[q, f] = _quantile(ordered, n, numbers[f])
            elif kind == NMIN:
                out[q, f] = ordered[min(int(numbers[f]), n) - 1]
            elif kind == NMAX:
                out[q, f] = ordered[n - min(int(numbers[f]), n)]
            else:
                out[q, f] = rare if kind == MINORITY else frequent if kind == MAJORITY else entropy
