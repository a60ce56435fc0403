# SPDX-License-Identifier: GPL-2.0-or-later
"""What the local methods share: search, then one fit for each query.  Nothing global, so nothing to seal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ...neighborhood.search.lists import Neighbors, Targets
from ...neighborhood.search.nearest import nearest, peak_bytes
from ...neighborhood.search.ticks import Ticks
from ..contract import Evaluation, Queries, Sealed

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

MOST_NEIGHBORS = 1024
RESULT_BYTES = 64
"""Bytes of one query's value and derivatives."""


@dataclass(frozen=True)
class Fits:
    """Values at the queries of one Neighbors, slopes (fx, fy by column, CRS units) where the method has them."""

    value: NDArray[np.float64]
    slopes: NDArray[np.float64] | None = None
    counts: Counter[str] | None = None


class LocalSurface:
    """An Interpolator whose value at a place depends on its nearest points only.

    ``neighbors`` points are used, none farther than ``radius`` (CRS units, itself included).  A query
    without any has no value and is counted as "no_neighbor".  Raises OptionError for values that cannot work.
    """

    def __init__(self, neighbors: int, radius: float = inf) -> None:
        if not 1 <= neighbors <= MOST_NEIGHBORS:
            raise OptionError(f"NEIGHBORS is {neighbors}; it must be a whole number from 1 to {MOST_NEIGHBORS}.")
        if not radius > 0:
            raise OptionError(f"RADIUS is {radius}; it must be a distance above 0, in the units of the CRS.")
        self.neighbors = neighbors
        self.radius = radius

    @property
    def searched(self) -> int:
        """How many neighbors are searched for."""
        return self.neighbors

    def fit(self, found: Neighbors, ticks: Ticks, reach2: int) -> Fits:
        """Values where the neighbors are known; NaN where there are none."""
        raise NotImplementedError

    def prepare(self, store: Store, job: Job) -> Sealed:
        """Nothing: every number is local."""
        return {}

    def restore(self, store: Store, sealed: Sealed) -> None:
        """Nothing to take back."""

    def unit_bytes(self, points: int, cells: int) -> int:
        """Peak bytes of ``evaluate`` for a unit of so many points and cells."""
        return peak_bytes(points, cells) + RESULT_BYTES * cells

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at ``queries``; of the derivatives only fx and fy, and those of planes only (else NaN)."""
        ticks = Ticks.of(store)
        reach2 = ticks.squared(self.radius, "RADIUS")
        targets = targets_of(queries, ticks, reach2)
        value = np.full(len(queries), np.nan)
        slopes = np.full((len(queries), 5), np.nan) if derivatives else None
        counts: Counter[str] = Counter()
        box = targets.cells(ticks) if len(targets) else queries.box
        for found in nearest(store, box, targets, ticks, self.searched, job):
            fits = self.fit(found, ticks, reach2)
            value[found.query] = fits.value
            if slopes is not None and fits.slopes is not None:
                slopes[found.query, :2] = fits.slopes
            counts.update(fits.counts or {})
            counts["no_neighbor"] += int(np.count_nonzero(found.lists.found == 0))
        return Evaluation(value, slopes, {name: number for name, number in counts.items() if number})


def targets_of(queries: Queries, ticks: Ticks, reach2: int) -> Targets:
    """Where the queries of a unit are, in ticks."""
    x = ticks.of_positions(queries.x, queries.box.x0)
    y = ticks.of_positions(queries.y, queries.box.y0)
    return Targets.at(x, y, reach2=reach2)
