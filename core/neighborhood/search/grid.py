# SPDX-License-Identifier: GPL-2.0-or-later
"""A grid of square bins over loaded points: the fast path of a search."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from . import grid_kernel
from .candidates import Candidates
from .lists import Lists, Targets

POINTS_PER_BIN = 2.0
BINS_PER_POINT = 4


@dataclass(frozen=True)
class Grid:
    """Candidates sorted by bin: bin (column, row) holds start[row * columns + column] to the next start.

    Bins are 2**shift ticks wide and anchored at tick 0; (x0, y0) is the first.
    """

    candidates: Candidates
    start: NDArray[np.int64]
    shift: int
    x0: int
    y0: int
    columns: int
    rows: int

    @staticmethod
    def over(candidates: Candidates, k: int) -> Grid:
        """The grid for searches of ``k`` neighbors among ``candidates`` (at least one)."""
        shift = _choose_shift(candidates, max(POINTS_PER_BIN, k / 8))
        x0, y0, columns, rows = _extent(candidates, shift)
        start = _count(candidates, shift, x0, y0, columns, rows)
        order = np.empty(len(candidates), np.int64)
        grid_kernel.sort_bins(candidates.x, candidates.y, shift, x0, y0, columns, start.copy(), order)
        return Grid(candidates.take(order), start, shift, x0, y0, columns, rows)

    def nearest(self, targets: Targets, lists: Lists) -> NDArray[np.bool_]:
        """Fill empty ``lists``; returns where they hold all they should (not: too far, or a heap of points)."""
        c, complete = self.candidates, np.zeros(len(targets), np.bool_)
        grid_kernel.nearest_in_grid(
            c.x, c.y, c.z, c.v, c.w, targets.solid, self.start, self.shift, self.x0, self.y0, self.columns, self.rows,
            targets.x, targets.y, targets.z, targets.reach2, targets.sector,
            lists.d2, lists.index, lists.found, complete,
        )  # fmt: skip
        return complete


def _extent(candidates: Candidates, shift: int) -> tuple[int, int, int, int]:
    x0, y0 = int(candidates.x.min()) >> shift, int(candidates.y.min()) >> shift
    return x0, y0, (int(candidates.x.max()) >> shift) - x0 + 1, (int(candidates.y.max()) >> shift) - y0 + 1


def _count(candidates: Candidates, shift: int, x0: int, y0: int, columns: int, rows: int) -> NDArray[np.int64]:
    start = np.zeros(rows * columns + 1, np.int64)
    grid_kernel.count_bins(candidates.x, candidates.y, shift, x0, y0, columns, start)
    return start


def _choose_shift(candidates: Candidates, per_bin: float) -> int:
    """Bins that hold ``per_bin`` points on average where there are any; never many more bins than points.

    Coarse bins tell how much of the extent is occupied.  The choice affects speed only.
    """
    n = len(candidates)
    side = max(int(np.ptp(candidates.x)), int(np.ptp(candidates.y))) + 1
    coarse = side.bit_length()
    while _bins(candidates, coarse - 1) <= n // 8 and coarse > 1:
        coarse -= 1
    occupied = np.count_nonzero(np.diff(_count(candidates, coarse, *_extent(candidates, coarse))))
    shift = max(0, round(coarse + log2(per_bin * occupied / n) / 2))
    while _bins(candidates, shift) > BINS_PER_POINT * n + 64:
        shift += 1
    return shift


def _bins(candidates: Candidates, shift: int) -> int:
    _, _, columns, rows = _extent(candidates, shift)
    return columns * rows
