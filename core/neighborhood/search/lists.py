# SPDX-License-Identifier: GPL-2.0-or-later
"""Where queries stand, and the nearest points each has: fixed-size lists, ascending by distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...tiles.lattice import Box
from .candidates import Candidates
from .ticks import FARTHEST, Ticks

LIST_ENTRIES = 1 << 16
"""Neighbors held at once in lists: what bounds a batch of queries, in memory and in time."""
MOST_QUERIES = 1 << 13
"""Queries of a batch: one that finds nothing takes its time too."""


@dataclass(frozen=True)
class Targets:
    """What is searched: positions in ticks (int64), the largest d² of a neighbor, the sector it must be in.

    ``z`` is empty where nobody needs heights; distances count them only in a ``solid`` search.
    ``sector`` (numbers of sector_kernel) is empty where all directions count.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    z: NDArray[np.int64]
    reach2: NDArray[np.int64]
    sector: NDArray[np.int64]
    solid: bool

    @staticmethod
    def at(
        x: NDArray[np.int64], y: NDArray[np.int64], z: NDArray[np.int64] | None = None, reach2: int = FARTHEST
    ) -> Targets:
        """Searches in all directions as far as ``reach2``: in 3-d where there are heights."""
        none = np.empty(0, np.int64)
        return Targets(x, y, none if z is None else z, np.full(len(x), reach2, np.int64), none, z is not None)

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: NDArray[np.generic] | slice) -> Targets:
        """Those of a boolean mask, an index or a slice, in its order."""
        z, sector = (a[index] if len(a) else a for a in (self.z, self.sector))
        return Targets(self.x[index], self.y[index], z, self.reach2[index], sector, self.solid)

    def cells(self, ticks: Ticks) -> Box:
        """The smallest box of cells that holds all positions (at least one)."""
        corners = np.array([self.x.min(), self.y.min(), self.x.max(), self.y.max()])
        west, south, east, north = ticks.cells(corners).tolist()
        return Box(west, south, east + 1, north + 1)


@dataclass(frozen=True)
class Lists:
    """``d2``, ``index`` int64 [n, k]: squared distance in ticks and number of each candidate; ``found`` [n] of them."""

    d2: NDArray[np.int64]
    index: NDArray[np.int64]
    found: NDArray[np.int64]

    @staticmethod
    def empty(queries: int, k: int) -> Lists:
        """Lists without a point; what lies beyond ``found`` is undefined."""
        shape = (queries, k)
        return Lists(np.empty(shape, np.int64), np.empty(shape, np.int64), np.zeros(queries, np.int64))

    def __len__(self) -> int:
        return len(self.found)

    def take(self, index: NDArray[np.generic]) -> Lists:
        """Those of a boolean mask or an index, in its order."""
        return Lists(self.d2[index], self.index[index], self.found[index])

    def worst(self, reach2: NDArray[np.int64]) -> NDArray[np.int64]:
        """The largest d² at which a point could still enter each list, where none beyond ``reach2`` may."""
        return np.where(self.found == self.d2.shape[1], self.d2[:, -1], reach2)

    def used(self) -> NDArray[np.bool_]:
        """Which entries [n, k] hold a point."""
        return np.arange(self.d2.shape[1]) < self.found[:, None]


@dataclass(frozen=True)
class Neighbors:
    """The answer for some queries: neighbor j of ``query[i]`` is candidate ``lists.index[i, j]``.

    Ascending by distance; equally far points by x, y, value, weight.
    """

    query: NDArray[np.int64]
    targets: Targets
    candidates: Candidates
    lists: Lists


def batches(number: int, k: int) -> list[slice]:
    """Slices of ``number`` queries, each small enough for one kernel call."""
    size = max(16, min(MOST_QUERIES, LIST_ENTRIES // k))
    return [slice(at, min(at + size, number)) for at in range(0, number, size)]
