# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks of whole cells round queries: one size for each query, or sizes that grow until they hold enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from . import cellmask_kernel as kernels

if TYPE_CHECKING:
    from ...jobs.job import Job

Numbers = NDArray[np.int64]

WIDEST = 4096
"""Cells a mask may reach from its middle."""


@dataclass(frozen=True)
class Masks:
    """``x``, ``y`` float64 [n, 3]: first half size in cells, increment, number of sizes (1: it does not grow).

    ``is_round``: circles, whose half size is ``x``.  ``least``: entries at which a mask stops to grow.
    """

    is_round: bool
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    least: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: NDArray[np.generic] | slice) -> Masks:
        """For some of the queries."""
        return Masks(self.is_round, self.x[index], self.y[index], self.least[index])

    @property
    def reach(self) -> int:
        """Cells from the middle of the largest mask.  Raises OptionError where it is too wide."""
        sizes = self.x if self.is_round else np.concatenate([self.x, self.y])
        largest = float((sizes[:, 0] + sizes[:, 1] * (sizes[:, 2] - 1)).max(initial=0.0))
        if largest > WIDEST:
            raise OptionError(
                f"The region of NEIGHBORHOOD reaches {min(largest, 1e15):,.0f} sampling cells; it may reach {WIDEST:,}:"
                " with sampling, sizes are in cells."
            )
        return int(largest)


@dataclass(frozen=True)
class CellTable:
    """Entries by cell: those of cell (column, row) are start[row * columns + column] to the next start."""

    start: Numbers
    columns: int
    rows: int

    @staticmethod
    def of(cell: Numbers, columns: int, rows: int) -> CellTable:
        """From the cell of every entry, ascending."""
        start = np.zeros(rows * columns + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=rows * columns), out=start[1:])
        return CellTable(start, columns, rows)

    def chosen(self, column: Numbers, row: Numbers, masks: Masks, job: Job) -> tuple[NDArray[np.float64], Numbers]:
        """The half sizes [n, 2] each query stops at, and how many entries it then has."""
        sizes, count = np.zeros((len(masks), 2)), np.zeros(len(masks), np.int64)
        begin = 0
        while begin < len(masks):
            job.progress.check()
            begin = kernels.choose_sizes(
                self.start, self.columns, self.rows, column, row, masks.is_round, masks.x, masks.y, masks.least,
                begin, sizes, count,
            )  # fmt: skip
        return sizes, count

    def lists(
        self, column: Numbers, row: Numbers, is_round: bool, sizes: NDArray[np.float64], count: Numbers, pairs: int
    ) -> Iterator[tuple[slice, Numbers, Numbers]]:
        """(queries, where each list begins and the last ends, entries), about ``pairs`` of them at a time."""
        part = np.cumsum(count) // pairs
        cuts = np.flatnonzero(np.diff(part, prepend=-1)) if len(part) else np.empty(0, np.int64)
        for begin, end in zip(cuts.tolist(), [*cuts[1:].tolist(), len(count)], strict=True):
            some = slice(begin, end)
            offsets = np.zeros(end - begin + 1, np.int64)
            np.cumsum(count[some], out=offsets[1:])
            index = np.empty(int(offsets[-1]), np.int64)
            kernels.list_entries(
                self.start, self.columns, self.rows, column[some], row[some], is_round, sizes[some], offsets, index
            )
            yield some, offsets, index


def cells_of(sizes: NDArray[np.float64], is_round: bool) -> Numbers:
    """How many cells the mask of each half size [n, 2] has."""
    cells = np.empty(len(sizes), np.int64)
    kernels.count_cells(sizes, is_round, cells)
    return cells
