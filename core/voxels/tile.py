# SPDX-License-Identifier: GPL-2.0-or-later
"""One tile in memory: sorted arrays of the voxels observed so far, 20 bytes each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels import count_distinct, merge_observations
from .mark_kernels import count_marked, merge_marks

if TYPE_CHECKING:
    from .batches import TileBatch

VOXEL_BYTES = 20
UPDATE_BYTES = 2 * VOXEL_BYTES + 16
"""A voxel while its tile is updated or saved: old and new arrays, or the codes of its tree."""


def _empty(dtype: type) -> NDArray:
    return np.empty(0, dtype)


class ScanMarks(NamedTuple):
    """One scan's part in a tile: 64 cells a word, ``marked`` of them with a bit in ``free`` or ``hit``; hits win.

    ``weights`` are the hits', ascending by cell, or one for all.
    """

    free: NDArray[np.uint64]
    hit: NDArray[np.uint64]
    weights: NDArray[np.float64]
    marked: int


@dataclass
class VoxelTile:
    """``cells`` (z * side + y) * side + x, ascending; ``log_odds``; ``counts`` of observations."""

    cells: NDArray[np.int64] = field(default_factory=lambda: _empty(np.int64))
    log_odds: NDArray[np.float64] = field(default_factory=lambda: _empty(np.float64))
    counts: NDArray[np.int32] = field(default_factory=lambda: _empty(np.int32))

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def bytes(self) -> int:
        return len(self.cells) * VOXEL_BYTES

    def observe(self, batch: TileBatch, weights: NDArray[np.float64], numbers: NDArray[np.float64]) -> None:
        """Apply a batch, ``weights`` by place in it; see ``merge_observations``."""
        room = len(self) + count_distinct(batch.packed, batch.bits)
        cells, values, counts = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
        used = merge_observations(
            self.cells, self.log_odds, self.counts, batch.packed, batch.first, batch.bits, weights, numbers,
            cells, values, counts,
        )  # fmt: skip
        if used < room:
            cells, values, counts = cells[:used].copy(), values[:used].copy(), counts[:used].copy()
        self.cells, self.log_odds, self.counts = cells, values, counts

    def observe_scan(self, marks: ScanMarks, numbers: NDArray[np.float64]) -> None:
        """Apply a scan, every voxel once, and clear its marks."""
        room = len(self) + marks.marked - count_marked(self.cells, marks.free, marks.hit)
        cells, values, counts = np.empty(room, np.int64), np.empty(room), np.empty(room, np.int32)
        merge_marks(
            self.cells, self.log_odds, self.counts, marks.free, marks.hit, marks.weights, numbers,
            cells, values, counts,
        )  # fmt: skip
        self.cells, self.log_odds, self.counts = cells, values, counts

    def positions(self, side: int) -> NDArray[np.int64]:
        """Cells [n, 3] (x, y, z) counted from the tile's corner."""
        plane, x = np.divmod(self.cells, side)
        z, y = np.divmod(plane, side)
        return np.stack([x, y, z], axis=1)

    def look_up(self, cells: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which of these cells were ever observed, and where they stand."""
        at = np.searchsorted(self.cells, cells)
        at[at == len(self)] = 0
        found = self.cells[at] == cells if len(self) else np.zeros(len(cells), bool)
        return found, at
