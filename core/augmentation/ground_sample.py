# SPDX-License-Identifier: GPL-2.0-or-later
"""A sample of the ground that no order of points, files or threads changes: the places of the smallest hash."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .cell_kernels import keep_small
from .tile_points import TilePoints

SAMPLE = 1 << 16
"""Ground points the DTM is compared at before anything is filled."""
HELD = 4 * SAMPLE
Ints = NDArray[np.int64]


class GroundSample:
    """Of all points added the ``SAMPLE`` of the smallest hash; points in one place are alike, so any of them serves."""

    def __init__(self) -> None:
        self._rows = np.empty((HELD, 3), np.int64)
        self._hashes = np.empty(HELD, np.uint64)
        self._held = 0
        self._limit = np.uint64(2**64 - 1)

    def add(self, ground: TilePoints) -> None:
        """Points of a tile."""
        at = 0
        while at < len(ground):
            at, self._held = keep_small(
                ground.places, ground.v, ground.per_cell, *ground.corner, at, self._limit, self._rows, self._hashes,
                self._held,
            )  # fmt: skip
            if self._held == HELD:
                self._shrink()

    def points(self) -> Ints:
        """[n, 3], sorted by hash, then place."""
        if self._held > SAMPLE:
            self._shrink()
        rows, hashes = self._rows[: self._held], self._hashes[: self._held]
        order = np.argsort(hashes)
        if (hashes[order[1:]] == hashes[order[:-1]]).any():
            order = np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0], hashes))
        return rows[order]

    def _shrink(self) -> None:
        """Keep ``SAMPLE`` points: of those that tie for the last place the first by place."""
        hashes, rows = self._hashes[: self._held], self._rows
        self._limit = np.partition(hashes, SAMPLE - 1)[SAMPLE - 1]
        below, last = np.flatnonzero(hashes < self._limit), np.flatnonzero(hashes == self._limit)
        last = last[np.lexsort((rows[last, 2], rows[last, 1], rows[last, 0]))][: SAMPLE - len(below)]
        kept = np.concatenate([below, last])
        self._rows[:SAMPLE], self._hashes[:SAMPLE] = rows[kept], hashes[kept]
        self._held = SAMPLE
