# SPDX-License-Identifier: GPL-2.0-or-later
"""A grid of square bins over loaded points: the fast path of a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import block_kernel, grid_kernel, members_kernel, sums_kernel
from .candidates import Candidates
from .lists import Lists, Targets
from .region import Region

if TYPE_CHECKING:
    from ...jobs.job import Job

POINTS_PER_BIN = 2.0
BINS_PER_POINT = 4
NEAR = 1 << 14
"""Points around a block of targets there is room for at first."""


@dataclass(frozen=True)
class Grid:
    """Candidates sorted by bin: bin (column, row) holds start[row * columns + column] to the next start.

    Bins are 2**shift ticks wide; ``corner`` (x, y, z in ticks) is beyond the low one of all candidates, and
    ``at`` int32 [n, 3] where they lie from it (z 0 in the plane; empty where they lie too far apart).
    """

    candidates: Candidates
    at: NDArray[np.int32]
    corner: tuple[int, int, int]
    start: NDArray[np.int64]
    shift: int
    columns: int
    rows: int

    @staticmethod
    def over(candidates: Candidates, k: int, solid: bool) -> Grid:
        """The grid for searches of ``k`` neighbors among ``candidates`` (at least one)."""
        c, shift = candidates, _choose_shift(candidates, max(POINTS_PER_BIN, k / 8))
        corner = (_aligned(int(c.x.min()), shift), _aligned(int(c.y.min()), shift), int(c.z.min()) if solid else 0)
        columns, rows = ((int(at.max()) - low >> shift) + 1 for at, low in zip((c.x, c.y), corner))
        start, order = np.zeros(rows * columns + 1, np.int64), np.empty(len(c), np.int64)
        grid_kernel.count_bins(c.x, c.y, shift, corner[0], corner[1], columns, start)
        grid_kernel.sort_bins(c.x, c.y, shift, corner[0], corner[1], columns, start.copy(), order)
        c = c.take(order)
        wide = solid and int(c.z.max()) - corner[2] > grid_kernel.WIDEST
        at = np.zeros((0 if wide else len(c), 3), np.int32)
        if not wide:
            for axis, positions in enumerate((c.x, c.y, c.z) if solid else (c.x, c.y)):
                np.subtract(positions, corner[axis], out=at[:, axis], casting="unsafe")
        return Grid(c, at, corner, start, shift, columns, rows)

    def nearest(self, targets: Targets, lists: Lists, ordered: bool = True) -> NDArray[np.bool_]:
        """Fill ``lists``; returns where they hold all they should (not: too far, or a heap of points).

        Lists that need not be ``ordered`` but for the farthest, which is the last, are made faster.
        """
        c, complete = self.candidates, np.zeros(len(targets), np.bool_)
        if not len(self.at):
            lists.found[:] = 0
            return complete
        x, y, z = self.corner
        qz = targets.z - z if targets.solid else np.zeros(len(targets), np.int64)
        grid = (self.at, c.v, c.w, self.start, self.shift, self.columns, self.rows)
        query, out = (targets.x - x, targets.y - y, qz, targets.reach2), (lists.d2, lists.index, lists.found, complete)
        if ordered or len(targets.sector):
            sectors = targets.sector if len(targets.sector) else None
            grid_kernel.nearest_in_grid(*grid, *query, sectors, *out)
        else:
            block_kernel.nearest_in_blocks(*grid, *query, *out)
        return complete

    def covers(self, targets: Targets) -> bool:
        """Whether all targets lie near enough for offsets from the grid's points to be whole."""
        far = [abs(t - low).max() for t, low in zip((targets.x, targets.y), self.corner, strict=False)]
        if len(targets.z):
            far.append(abs(targets.z - self.corner[2]).max())
        return len(self.at) > 0 and int(max(far)) < grid_kernel.OUTERMOST

    def members(
        self, targets: Targets, region: Region, most: int, job: Job
    ) -> Iterator[tuple[int, int, NDArray[np.int64], NDArray[np.int64]]]:
        """(begin, end, offsets, index) of the lists of targets begin to end, about ``most`` entries at a time.

        Entries of a list are in the order of the bins.
        """
        x, y, z = self.corner
        qx, qy = targets.x - x, targets.y - y
        qz = targets.z - z if len(targets.z) else np.zeros(len(targets), np.int64)
        offsets, index = np.empty(len(targets) + 1, np.int64), np.empty(most, np.int64)
        begin = 0
        while begin < len(targets):
            job.progress.check()
            end = members_kernel.list_members(
                self.at, self.start, self.shift, self.columns, self.rows, qx, qy, qz, region.limits, len(targets.z) > 0,
                begin, offsets, index,
            )  # fmt: skip
            if end == begin:  # a list longer than all there is room for
                index = np.empty(2 * len(index), np.int64)
                continue
            yield begin, end, offsets[: end - begin + 1].copy(), index[: offsets[end - begin]].copy()
            begin = end

    def sums(
        self, targets: Targets, region: Region, values: NDArray[np.float64], own: NDArray[np.float64], job: Job
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Members of each target's region, and the sums [6, n] of values[member] - own[target] (see sums_kernel).

        Both are as the lists of ``members`` would give them, to the byte.
        """
        room, begin = NEAR, 0
        count, sums = np.empty(len(targets), np.int64), np.empty((sums_kernel.FEATURES, len(targets)))
        first = np.empty(self.rows + 1, np.int64)
        near, inside, held = _room(room)
        while begin < len(targets):
            job.progress.check()
            end = sums_kernel.add_members(
                self.at, values, self.start, self.shift, self.columns, self.rows, self.corner, self.shift + 1,
                targets.x, targets.y, targets.z, own, region.limits, begin, near, first, inside, held, count, sums,
            )  # fmt: skip
            if end == begin:  # a block of targets that sees more than there is room for
                room *= 2
                near, inside, held = _room(room)
            begin = end
        return count, sums


def _room(points: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    return np.empty((4, points)), np.empty(points, np.bool_), np.empty(points)


def _aligned(low: int, shift: int) -> int:
    """So that bins are halves, quarters ... of cells, whose order queries come in, where these are powers of two."""
    return low >> (shift + block_kernel.CORE) << (shift + block_kernel.CORE)


def _extent(candidates: Candidates, shift: int) -> tuple[int, int]:
    """Columns and rows of the bins."""
    return (int(np.ptp(candidates.x)) >> shift) + 1, (int(np.ptp(candidates.y)) >> shift) + 1


def _count(candidates: Candidates, shift: int, columns: int, rows: int) -> NDArray[np.int64]:
    c, start = candidates, np.zeros(rows * columns + 1, np.int64)
    grid_kernel.count_bins(c.x, c.y, shift, int(c.x.min()), int(c.y.min()), columns, start)
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
    columns, rows = _extent(candidates, shift)
    return columns * rows
