# SPDX-License-Identifier: GPL-2.0-or-later
"""Statistics of neighborhoods that need no lists: number, mean, variance, extremes, covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates
from .lists import Targets
from .moments_kernel import add_offsets, add_values
from .ticks import Ticks

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Of one attribute over the neighbors of each query; NaN values are no neighbors.

    ``count`` of values; their sum and sum of squares are ``total`` and ``squares`` of differences from ``shift``.
    """

    count: Numbers
    shift: Floats
    total: Floats
    squares: Floats
    least: Floats
    most: Floats

    @staticmethod
    def empty(queries: int) -> Moments:
        """Without a value yet."""
        blank = [np.full(queries, np.nan) for _ in range(3)]
        return Moments(np.zeros(queries, np.int64), blank[0], np.zeros(queries), np.zeros(queries), blank[1], blank[2])

    def add(self, row: Numbers, index: Numbers, values: Floats) -> None:
        """Take values[index[i]] for query row[i]; the order decides the last bits of the sums."""
        add_values(row, index, values, self.count, self.shift, self.total, self.squares, self.least, self.most)

    @property
    def sum(self) -> Floats:
        return np.where(self.count > 0, self.shift * self.count + self.total, 0.0)

    @property
    def mean(self) -> Floats:
        """NaN where there is no value."""
        return self.shift + self.total / np.maximum(self.count, 1)

    @property
    def variance(self) -> Floats:
        """With n - 1; NaN below two values."""
        n = np.maximum(self.count, 2)
        spread = np.maximum(self.squares - self.total * self.total / n, 0.0) / (n - 1)
        return np.where(self.count > 1, spread, np.nan)

    @property
    def rms(self) -> Floats:
        """Root of the mean square; NaN where there is no value."""
        n = np.maximum(self.count, 1)
        return np.sqrt(np.maximum(self.squares / n + self.shift * (self.shift + 2 * self.total / n), 0.0))


@dataclass(frozen=True)
class Spread:
    """Number, sums and products (``sums`` [n, 10], ticks) of the offsets of neighbors from their query."""

    sums: Floats

    @staticmethod
    def empty(queries: int) -> Spread:
        """Without a neighbor yet."""
        return Spread(np.zeros((queries, 10)))

    def add(self, row: Numbers, index: Numbers, candidates: Candidates, targets: Targets) -> None:
        """Take candidate index[i] for query row[i]; both with heights."""
        c, t = candidates, targets
        add_offsets(row, index, c.x, c.y, c.z, t.x, t.y, t.z, self.sums)

    @property
    def count(self) -> Numbers:
        return self.sums[:, 0].astype(np.int64)

    def mean(self, ticks: Ticks) -> Floats:
        """Mean offset [n, 3] from the query in CRS units; NaN without neighbors."""
        with np.errstate(invalid="ignore"):
            return self.sums[:, 1:4] / self.sums[:, :1] * ticks.size

    def covariance(self, ticks: Ticks) -> Floats:
        """Covariances (with n) [n, 6]: xx, xy, xz, yy, yz, zz in CRS units²; NaN without neighbors."""
        with np.errstate(invalid="ignore"):
            mean = self.sums[:, 1:4] / self.sums[:, :1]
            first, second = (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)
            return (self.sums[:, 4:] / self.sums[:, :1] - mean[:, first] * mean[:, second]) * ticks.size**2
