# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists of the spool cut into pieces that fit in memory, thinned and put in canonical order.

A list too long is split again into the nodes three levels below (the paper's next layer), as often
as it takes; one that can not be split is thinned as it streams.  How a list was cut never shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .columns import Column
from .lattice import Lattice, Node
from .ordering import canonical_order, cell_codes
from .spool import Spool
from .store import UNIT_POINTS, StoreFiles
from .thinning import REFINEMENT, Sums, Thinning, concatenated, join, means, thin

if TYPE_CHECKING:
    from ..jobs.job import Job

BYTES_PER_POINT = 200
"""Peak bytes held for each point of a piece while it is sorted and thinned, but for its columns."""
LARGEST_PIECE = 1 << 21
"""Points sorted at once where memory allows; smaller pieces give the same bytes."""
LAYER = 3
"""Levels split at once: 64 lists."""
DENSE_LEVEL = 10
"""Crowded cells are looked for by a histogram of so many levels below the piece's node."""
OVERFULL = Thinning("center", 256)
"""Where no thinning was asked for, a cell of more than UNIT_POINTS points is thinned so, and counted."""

Raw = NDArray[np.int64]
"""Points of a spool: one row for each of its names."""


@dataclass(frozen=True)
class Sorted:
    """Points in canonical order: x, y in steps of the stored lattice from CRS 0, value, and what follows it."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    v: NDArray[np.float64]
    rest: list[NDArray[np.generic]]
    """The columns, or the one count of a thinned store."""
    overfull: int = 0
    """Cells thinned unasked."""


@dataclass(frozen=True)
class Cutter:
    """How the lists of one seal are cut; shared by all workers."""

    source: Lattice
    rule: Thinning
    columns: tuple[Column, ...]
    files: StoreFiles
    job: Job

    @property
    def stored(self) -> Lattice:
        """The lattice of the stored points: finer than that of the source where they are means."""
        return self.source.refined(REFINEMENT) if self.rule.kind == "mean" else self.source

    @property
    def bytes_per_point(self) -> int:
        return BYTES_PER_POINT + 32 * len(self.columns)

    @property
    def largest(self) -> int:
        """Points of a piece, for the memory of the job."""
        share = self.job.budget.working // (self.bytes_per_point * max(1, self.job.threads))
        return max(UNIT_POINTS, min(LARGEST_PIECE, share))

    def pieces(self, spool: Spool, node: Node, total: int, numbers: count[int]) -> Iterator[tuple[Node, Sorted]]:
        """The pieces of a list in Morton order; ``numbers`` names the scratch files of further layers."""
        self.job.progress.check()
        if total <= self.largest:
            yield node, self._sorted(node, spool.read(node))
            self.job.progress.advance(total)
        elif node.level > self.rule.level:
            yield from self._layer(spool, node, numbers)
        else:
            yield from self._stream(spool, node)

    def _layer(self, spool: Spool, node: Node, numbers: count[int]) -> Iterator[tuple[Node, Sorted]]:
        """A list split again, through a spool of its own."""
        path = self.files.path(f"layer{next(numbers)}.part")
        below = Spool(path, spool.per_cell, max(self.rule.level, node.level - LAYER), self.largest // 2, spool.names)
        try:
            for part in spool.parts(node, self.largest // 2):
                self.job.progress.check()
                below.add(*part)
            below.close()
            for child, number in below.nodes:
                yield from self.pieces(below, child, number, numbers)
        finally:
            below.remove()

    def _stream(self, spool: Spool, node: Node) -> Iterator[tuple[Node, Sorted]]:
        """A list that can not be split: thinned part by part; points with columns just pass."""
        sums: Sums | None = None
        rule = self.rule if self.rule.kind != "none" else OVERFULL
        for part in spool.parts(node, self.largest):
            self.job.progress.check()
            if self.columns:
                yield node, self._sorted(node, part)
            else:
                some = thin(part[0], part[1], part[2], self._corner(node), self.source.per_cell, rule)
                sums = some if sums is None else join(sums, some, self.source.per_cell, rule)
            self.job.progress.advance(part.shape[1])
        if sums is not None:
            yield node, self._ordered(node, *self._averaged(sums), overfull=int(self.rule.kind == "none"))

    def _sorted(self, node: Node, raw: Raw) -> Sorted:
        corner = self._corner(node)
        if self.columns:
            rest = [column.unpacked(row) for column, row in zip(self.columns, raw[3:], strict=True)]
            return self._ordered(node, raw[0] - corner[0], raw[1] - corner[1], raw[2].astype(np.float64), rest)
        if self.rule.kind == "none":
            sums, overfull = self._relieved(node, raw)
        else:
            sums, overfull = thin(raw[0], raw[1], raw[2], corner, self.source.per_cell, self.rule), 0
        return self._ordered(node, *self._averaged(sums), overfull=overfull)

    def _averaged(
        self, sums: Sums
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], list[NDArray[np.generic]]]:
        """x, y from the node's corner on the stored lattice, value in lattice steps, count."""
        if self.rule.kind == "mean":
            return *means(sums), [sums.n]
        return sums.x, sums.y, sums.v.astype(np.float64), [sums.n]

    def _ordered(
        self,
        node: Node,
        x: NDArray[np.int64],
        y: NDArray[np.int64],
        v: NDArray[np.float64],
        rest: list[NDArray[np.generic]],
        overfull: int = 0,
    ) -> Sorted:
        n, step = self.stored.per_cell, self.stored.value_step
        order = canonical_order(x, y, v, 0, 0, n, node.level, rest)
        side = n << node.level
        return Sorted(
            x[order] + node.ix * side,
            y[order] + node.iy * side,
            v[order] * float(step.numerator) / float(step.denominator),  # the float nearest to the decimal
            [values[order] for values in rest],
            overfull,
        )

    def _relieved(self, node: Node, raw: Raw) -> tuple[Sums, int]:
        """Points nobody asked to thin, and how many cells were thinned all the same: those of over UNIT_POINTS."""
        corner, n = self._corner(node), self.source.per_cell
        x, y = raw[0] - corner[0], raw[1] - corner[1]
        one = np.ones(raw.shape[1], np.int64)
        # Sums of points nobody thins need no codes.
        free = Sums(np.empty(0, np.uint64), x, y, raw[2], one)
        if raw.shape[1] <= UNIT_POINTS:
            return free, 0
        coarse = max(0, node.level - DENSE_LEVEL)
        side = n << coarse
        square = (y // side << DENSE_LEVEL) + x // side
        if np.bincount(square).max() <= UNIT_POINTS:
            return free, 0
        codes = np.empty(raw.shape[1], np.uint64)
        cell_codes(x, y, 0, 0, n, 1, codes)
        _, cell, size = np.unique(codes, return_inverse=True, return_counts=True)
        crowded = (size > UNIT_POINTS)[cell]
        if not crowded.any():
            return free, 0
        kept = Sums(codes[~crowded], x[~crowded], y[~crowded], raw[2, ~crowded], one[~crowded])
        some = thin(raw[0, crowded], raw[1, crowded], raw[2, crowded], corner, n, OVERFULL)
        return concatenated(kept, some), int(np.count_nonzero(size > UNIT_POINTS))

    def _corner(self, node: Node) -> tuple[int, int]:
        side = self.source.per_cell << node.level
        return node.ix * side, node.iy * side
