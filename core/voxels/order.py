# SPDX-License-Identifier: GPL-2.0-or-later
"""The one order of a voxel's observations: by all they are, never by where they came from.

Where a tile has more of them than memory holds, they are spooled again by ranges of that order, as often as it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .places import FIXED_BITS, HIT
from .spool import Bin, Records, TileSpool

if TYPE_CHECKING:
    from ..jobs.job import Job

ORDER = ("time", "scan", "source", "return", "x", "y", "z", "intensity", "miss")
"""What decides between observations of one voxel, first to last."""
CELLS = ("cell z", "cell y", "cell x")
"""What keeps the observations of a voxel together."""
DIGITS = 12
"""Bits of a value by which records are counted at once."""
MOST_EXTENTS = 100_000
"""Of a spool: pieces of its file, each of which takes memory."""


def column(records: Records, name: str) -> NDArray[np.uint64]:
    """A property of hits as whole numbers in its order."""
    axis = "xyz".find(name[-1]) if name in ("x", "y", "z", *CELLS) else -1
    if axis >= 0:
        at = records["at"][:, axis]
        values = at >> FIXED_BITS if name in CELLS else at
    else:
        values = records[name]
    if values.dtype.kind == "f":
        return sortable(np.where(np.isnan(values), np.inf, values).astype(np.float64))
    return values.astype(np.int64).view(np.uint64) ^ np.uint64(1 << 63)


def sortable(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Whole numbers in the order of floats."""
    bits = (values + 0.0).view(np.int64)
    return np.where(bits < 0, ~bits, bits | np.int64(-(2**63))).view(np.uint64)


def ordered_parts(spool: TileSpool, bin_: Bin, most: int, job: Job, depth: int = 0) -> Iterator[Records]:
    """The hits of one tile, ``most`` at once; a voxel's come in their order, as far as they are in several parts."""
    count = spool.count(bin_, "hit")
    if count <= most:
        yield next(spool.parts(bin_, "hit", most))
        return
    found = _first_difference(spool, bin_, most, job)
    if found is None:  # equal ones need no order
        yield from spool.parts(bin_, "hit", most)
        return
    name, low, shift = found
    ranks = _ranks(spool, bin_, most, job, found)
    child = TileSpool(job.folder, f"order-{depth}", {"hit": HIT}, most // 2)
    try:
        for records in spool.parts(bin_, "hit", most // 2):
            job.progress.check()
            places = np.zeros((len(records), 3), np.int64)
            places[:, 2] = ranks[_digits(records, name, low, shift)]
            child.add("hit", places, records)
        child.seal()
        for smaller in child.bins:
            yield from ordered_parts(child, smaller, most, job, depth + 1)
    finally:
        child.remove()


def _first_difference(spool: TileSpool, bin_: Bin, most: int, job: Job) -> tuple[str, np.uint64, np.uint64] | None:
    """The first property in which the records differ, its lowest value, and the bits to leave out; None if in none."""
    names = [*CELLS, *ORDER]
    lows: dict[str, np.uint64] = {}
    highs: dict[str, np.uint64] = {}
    for records in spool.parts(bin_, "hit", most // 2):
        job.progress.check()
        for at, name in enumerate(names):
            values = column(records, name)
            lows[name] = min(lows.get(name, values[0]), values.min())
            highs[name] = max(highs.get(name, values[0]), values.max())
            if lows[name] < highs[name]:
                del names[at + 1 :]
                break
    name = names[-1]
    if lows[name] == highs[name]:
        return None
    bits = int(highs[name] - lows[name]).bit_length()
    return name, lows[name], np.uint64(max(0, bits - DIGITS))


def _digits(records: Records, name: str, low: np.uint64, shift: np.uint64) -> NDArray[np.int64]:
    return ((column(records, name) - low) >> shift).astype(np.int64)


def _ranks(
    spool: TileSpool, bin_: Bin, most: int, job: Job, found: tuple[str, np.uint64, np.uint64]
) -> NDArray[np.int64]:
    """Number of the range of each digit: neighbors share one while they are few together."""
    counts = np.zeros(1 << DIGITS, np.int64)
    for records in spool.parts(bin_, "hit", most // 2):
        job.progress.check()
        counts += np.bincount(_digits(records, *found), minlength=len(counts))
    total = int(counts.sum())
    ranges = max(8, min(512, MOST_EXTENTS * most // (2 * total)))
    enough = max(most // 2, total // ranges)
    ranks, rank, held = np.zeros(len(counts), np.int64), 0, 0
    for digit in np.flatnonzero(counts).tolist():
        if held and held + counts[digit] > enough:
            rank, held = rank + 1, 0
        ranks[digit] = rank
        held += int(counts[digit])
    return ranks
