# SPDX-License-Identifier: GPL-2.0-or-later
"""The nearest points of many queries that lie together: their bins' surroundings are gathered once, as plain columns.

For each query all distances of the block are computed, those below a guess (a little over the last query's
farthest) go to a short list, and counting there finds the k-th: no branch depends on a single point, as the
insertion into a sorted list does.  Distances are whole numbers in float64, exact below 2**53: the processor
multiplies four of them at once, and of int64 one.
"""

from __future__ import annotations

import math

import numpy as np

from ...compiled import kernel
from .grid_kernel import FARTHEST_RING, MOST_VISITED, NO_BIN, OUTERMOST, gap_around, precedes

CORE = 1
"""Queries of 2**CORE x 2**CORE bins share a block."""
LANES = 32
"""Points a block is filled up to a multiple of, with ones infinitely far: loops have no remainder."""
EXACT = 2.0**52
"""Distances (d²) up to here are exact; what has fewer neighbors within is the box tree's."""
PROBES = 24
"""Thresholds tried for one query; heaps of points at one distance are the box tree's."""
SPARE = 1.3
"""The first threshold for a query, as a multiple of the last query's k-th d²."""


@kernel
def _gather(at, start, columns, left, right, low, high, block, number):  # type: ignore[no-untyped-def]
    """Fill ``block`` [3, room] with the points of bins; returns how many (filled up to LANES), or -1: no room."""
    n = 0
    if left <= right:
        for row in range(low, high + 1):
            first, last = start[row * columns + left], start[row * columns + right + 1]
            if n + last - first + LANES > len(number):
                return -1
            for i in range(first, last):
                block[0, n], block[1, n], block[2, n], number[n] = at[i, 0], at[i, 1], at[i, 2], i
                n += 1
    while n % LANES:
        block[0, n], block[1, n], block[2, n], number[n] = np.inf, 0.0, 0.0, 0
        n += 1
    return n


@kernel
def _measure(block, n, px, py, pz, d):  # type: ignore[no-untyped-def]
    bx, by, bz = block[0], block[1], block[2]
    for i in range(n):
        dx, dy, dz = bx[i] - px, by[i] - py, bz[i] - pz
        d[i] = dx * dx + dy * dy + dz * dz


@kernel
def _hits(d, n, most, hit):  # type: ignore[no-untyped-def]
    """Numbers of the distances up to ``most``; returns how many."""
    m = 0
    for i in range(n):
        hit[m] = i
        m += int(d[i] <= most)
    return m


@kernel
def _within(d, n, guess, limit, k, short, hit):  # type: ignore[no-untyped-def]
    """Find a threshold that k to ``short`` points are within: their number (less: all within ``limit``; -1: none)."""
    most, low, high = min(guess, limit), 0.0, np.inf
    for _ in range(PROBES):
        m = _hits(d, n, most, hit)
        if m < k:
            if most >= limit:
                return m
            low = most
            most = min(most * (k + 4) / (m + 1) + 1.0, limit) if high == np.inf else 0.5 * (low + high)
        elif m > short:
            high = most
            most = max(most * (k + 4) / m, 0.5 * (low + high))
        else:
            return m
    return -1


@kernel
def _farthest(near, m, k):  # type: ignore[no-untyped-def]
    """A distance that k of the ``m`` whole numbers are within, and how many are: more only if they tie there.

    What follows them in ``near`` is infinite.
    """
    low, below, high, upto, probes = -1.0, 0, -1.0, m, 0
    for i in range(m):
        high = max(high, near[i])
    while upto > k and high - low > 1.0:
        share = (k + 0.5 - below) / (upto - below + 1.0) if probes < 6 else 0.5
        middle = min(max(np.floor(low + (high - low) * share), low + 1.0), high - 1.0)
        count = 0
        for i in range(len(near)):
            count += int(near[i] <= middle)
        if count >= k:
            high, upto = middle, count
        else:
            low, below = middle, count
        probes += 1
    return high, upto


@kernel
def _settle_ties(near, number, hit, m, k, worst, at, v, w, taken):  # type: ignore[no-untyped-def]
    """Of the points exactly ``worst`` away only those that precede the others stay among the nearest k."""
    below = 0
    for i in range(m):
        taken[i] = near[i] < worst
        below += int(taken[i])
    while below < k:
        best = -1
        for i in range(m):
            if near[i] == worst and not taken[i]:
                if best < 0 or precedes(number[hit[i]], number[hit[best]], at, v, w):
                    best = i
        taken[best] = True
        below += 1
    for i in range(m):
        if not taken[i]:
            near[i] = np.inf


@kernel
def _list(near, number, hit, m, worst, index, d2):  # type: ignore[no-untyped-def]
    """Write the points no farther than ``worst`` to a list, the farthest last; returns how many."""
    count, last = 0, 0
    for i in range(m):
        if count < len(index):
            index[count], d2[count] = number[hit[i]], np.int64(min(near[i], EXACT))
            count += int(near[i] <= worst)
    for i in range(count):
        last = i if d2[i] > d2[last] else last
    if count:
        index[last], index[count - 1] = index[count - 1], index[last]
        d2[last], d2[count - 1] = d2[count - 1], d2[last]
    return count


@kernel
def nearest_in_blocks(at, v, w, start, shift, columns, rows, qx, qy, qz, reach2, d2, index, found, complete):  # type: ignore[no-untyped-def]
    """The k nearest points of every query, in no order but the farthest last, into d2, index [n, k] and found [n].

    ``complete`` [n] stays False for a query that was given up: far from the points, or in a heap of them.
    The ring of bins around a core is that its last neighbor needed, so one gathering nearly always suffices.
    """
    k = d2.shape[1]
    room, short = MOST_VISITED + 16 * k + LANES, (k + k // 2 + 16) // 8 * 8
    block, number, d, hit = np.empty((3, room)), np.empty(room, np.int64), np.empty(room), np.zeros(room, np.int64)
    near, taken = np.empty(short), np.empty(short, np.bool_)
    column, row, ring, held, most_ring, n = NO_BIN, 0, 3, 0, FARTHEST_RING, 0
    left = right = low = high = 0
    guess, far = 2.0 * (1 << shift) ** 2, 4.0 * (1 << shift) ** 2
    for q in range(len(qx)):
        found[q] = 0
        px, py, pz = np.int64(qx[q]), np.int64(qy[q]), np.int64(qz[q])
        if max(abs(px), abs(py), abs(pz)) >= OUTERMOST:
            continue
        if (px >> shift) >> CORE != column or (py >> shift) >> CORE != row:
            column, row = (px >> shift) >> CORE, (py >> shift) >> CORE
            ring, held, most_ring = min(int(math.sqrt(far) / (1 << shift)) + 1, FARTHEST_RING), 0, FARTHEST_RING
            far = 0.0
        while ring <= most_ring:
            if ring != held:
                left, right = max((column << CORE) - ring, 0), min(((column + 1) << CORE) - 1 + ring, columns - 1)
                low, high = max((row << CORE) - ring, 0), min(((row + 1) << CORE) - 1 + ring, rows - 1)
                n, held = _gather(at, start, columns, left, right, low, high, block, number), ring
            if n < 0:
                most_ring, ring = ring - 1, 1
                continue
            gap = gap_around(px, py, left, low, right, high, 0, 0, columns - 1, rows - 1, shift)
            limit = min(np.float64(min(gap * gap - 1, reach2[q])), EXACT)
            _measure(block, n, np.float64(px), np.float64(py), np.float64(pz), d)
            m = _within(d, n, guess, limit, k, short, hit)
            if m < 0:
                break
            if m >= k or limit == reach2[q]:
                for i in range(short):
                    near[i] = d[hit[i]] if i < m else np.inf
                worst, upto = _farthest(near, m, k)
                if upto > k:
                    _settle_ties(near, number, hit, m, k, worst, at, v, w, taken)
                found[q], complete[q] = _list(near, number, hit, m, worst, index[q], d2[q]), True
                if found[q] == k:
                    guess, far = SPARE * d2[q, k - 1], max(far, np.float64(d2[q, k - 1]))
                break
            ring += 1
