# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighborhoods as flat lists: what order statistics, sort and n[i] need, and combinations are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import flat_kernel
from .candidates import Candidates
from .lists import Neighbors, Targets
from .region import Region

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Neighborhoods:
    """The neighbors of ``query[i]`` are candidates ``index[offsets[i]:offsets[i + 1]]``."""

    query: Numbers
    targets: Targets
    candidates: Candidates
    offsets: Numbers
    index: Numbers

    def __len__(self) -> int:
        return len(self.query)

    @staticmethod
    def of_pairs(
        query: Numbers, targets: Targets, candidates: Candidates, row: Numbers, index: Numbers
    ) -> Neighborhoods:
        """From pairs ordered by ``row``, the number of the target."""
        offsets = np.zeros(len(query) + 1, np.int64)
        np.cumsum(np.bincount(row, minlength=len(query)), out=offsets[1:])
        return Neighborhoods(query, targets, candidates, offsets, index)

    @staticmethod
    def of_lists(found: Neighbors, k: Numbers) -> Neighborhoods:
        """The first ``k`` of each list."""
        lists, width = found.lists, found.lists.index.shape[1]
        if int(k.min(initial=width)) == width == int(lists.found.min(initial=width)):
            offsets = np.arange(len(lists) + 1) * width
            return Neighborhoods(found.query, found.targets, found.candidates, offsets, lists.index.reshape(-1))
        used = np.arange(lists.index.shape[1]) < np.minimum(lists.found, k)[:, None]
        return Neighborhoods.of_pairs(
            found.query, found.targets, found.candidates, np.nonzero(used)[0], lists.index[used]
        )

    @property
    def row(self) -> Numbers:
        """For each neighbor the number of its target among these."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def squared(self, solid: bool) -> Numbers:
        """d² in ticks of each neighbor, in the plane or in space."""
        c, t, d2 = self.candidates, self.targets, np.empty(len(self.index), np.int64)
        flat_kernel.square(c.x, c.y, c.z, solid, t.x, t.y, t.z, self.row, self.index, d2)
        return d2

    def ordered(self, solid: bool) -> Neighborhoods:
        """Each list ascending by distance in the plane or in space; equally far: by x, y, value, weight."""
        c, index = self.candidates, self.index.copy()
        flat_kernel.order(c.x, c.y, c.v, c.w, self.offsets, index, self.squared(solid))
        return replace(self, index=index)

    def within(self, region: Region) -> Neighborhoods:
        """Only the neighbors inside the region of their target (a region for each of these targets)."""
        return self._kept(region.holds(self.targets, self.candidates, self.row, self.index))

    def picked(self, k: Numbers, sectors: int, solid: bool) -> Neighborhoods:
        """Of lists ordered by distance the ``k`` nearest, by generations where there are ``sectors`` (4 or 8)."""
        c, t, keep = self.candidates, self.targets, np.zeros(len(self.index), np.bool_)
        flat_kernel.pick(c.x, c.y, c.z, t.x, t.y, t.z, self.offsets, self.index, k, sectors, solid, keep)
        return self._kept(keep)

    def united(self, others: Neighborhoods) -> Neighborhoods:
        """These and ``others``, which have the same targets and share no neighbor with these."""
        row = np.concatenate([self.row, others.row])
        index = np.concatenate([self.index, others.index + len(self.candidates)])
        order = np.argsort(row, kind="stable")
        candidates = Candidates.join([self.candidates, others.candidates])
        return Neighborhoods.of_pairs(self.query, self.targets, candidates, row[order], index[order])

    def without(self, region: Region) -> Neighborhoods:
        """Only the neighbors outside the region of their target."""
        return self._kept(~region.holds(self.targets, self.candidates, self.row, self.index))

    def take(self, rows: Numbers) -> Neighborhoods:
        """The lists of some targets, by their number among these."""
        sizes = np.diff(self.offsets)[rows]
        row = np.repeat(np.arange(len(rows)), sizes)
        within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        index = self.index[np.repeat(self.offsets[rows], sizes) + within]
        return Neighborhoods.of_pairs(self.query[rows], self.targets.take(rows), self.candidates, row, index)

    def _kept(self, keep: NDArray[np.bool_]) -> Neighborhoods:
        return Neighborhoods.of_pairs(self.query, self.targets, self.candidates, self.row[keep], self.index[keep])
