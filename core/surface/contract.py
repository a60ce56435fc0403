# SPDX-License-Identifier: GPL-2.0-or-later
"""What every interpolator promises: seal its global numbers once, then answer for any unit alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..tiles.lattice import Box

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..tiles.store import Store

Sealed = dict[str, float | int | str]
"""Global numbers of an interpolator, frozen before the first unit; kept as JSON in the job folder."""


@dataclass(frozen=True)
class Queries:
    """Where values are wanted inside one unit, grouped by cell.

    ``x``, ``y`` are lattice steps (float64) from the south-west corner of ``box``; the queries of
    core cell ``i`` (row-major from the south-west) are ``start[i]:start[i + 1]``, so a masked cell
    simply has none.
    """

    box: Box
    per_cell: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x)

    @staticmethod
    def centers(box: Box, per_cell: int, wanted: NDArray[np.bool_] | None = None) -> Queries:
        """The centers of the cells of ``box``, or of those ``wanted`` (bool, rows from the south)."""
        rows, columns = box.y1 - box.y0, box.x1 - box.x0
        cells = np.arange(rows * columns) if wanted is None else np.flatnonzero(wanted)
        start = np.zeros(rows * columns + 1, np.int64)
        start[1:] = np.arange(1, rows * columns + 1) if wanted is None else np.cumsum(wanted.ravel())
        x = (cells % columns + 0.5) * per_cell
        y = (cells // columns + 0.5) * per_cell
        return Queries(box, per_cell, x, y, start)


@dataclass
class Evaluation:
    """Answers to Queries: NaN where the surface has no value.

    ``derivatives`` holds fx, fy, fxx, fxy, fyy by column (per CRS unit), or None.
    ``counts`` are what must not stay silent: fallbacks, capped neighbors, failed fits; ``sums`` and
    ``maxima`` are measures of quality (the step across leaf borders).  All go to the report, added
    up, or the largest taken, over the units.
    """

    value: NDArray[np.float64]
    derivatives: NDArray[np.float64] | None = None
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    maxima: dict[str, float] = field(default_factory=dict)


class Interpolator(Protocol):
    """A surface through the points of a sealed store."""

    def prepare(self, store: Store, job: Job) -> Sealed:
        """Compute every global number once; the same whatever the memory and the threads."""

    def restore(self, store: Store, sealed: Sealed) -> None:
        """Take the sealed numbers: after ``prepare``, and on resume instead of it."""

    def unit_bytes(self, points: int, cells: int) -> int:
        """Peak bytes of one ``evaluate`` for a unit of so many points and cells."""

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at ``queries``; one thread, kernels release the interpreter lock."""
