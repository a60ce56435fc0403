# SPDX-License-Identifier: GPL-2.0-or-later
"""A sealed store in which some points can not be seen: what is left out to be predicted from the rest.

Nothing is copied.  The directory of a tile counts what is left in each block, the records of a block
are filtered when they are read, and a block without a point left is not there.  So every engine
sees exactly the store that the points left would have made, but for its extent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .blocks import Blocks
from .lattice import Box
from .points import Points
from .store import Store


class Hidden(Protocol):
    """Which points are left out."""

    def touches(self, blocks: Blocks, per_cell: int) -> NDArray[np.bool_]:
        """True for the blocks that may hold a point left out; cells have ``per_cell`` lattice steps."""

    def holds(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True for the points (lattice steps) that are left out."""


class StoreWithout(Store):
    """``store`` without what is ``hidden``; it reads the files of ``store``, which must stay open."""

    def __init__(self, store: Store, hidden: Hidden) -> None:
        self.__dict__.update(store.__dict__)
        self._hidden = hidden
        self._whole: dict[int, int] = {}
        """All points of each block of which some are left out, by its start."""
        self._directories = self._cached_directories()
        self.count = sum(int(self.tile_blocks(row).count.sum()) for row in range(len(self.tiles)))

    def read_blocks(self, blocks: Blocks) -> Points:
        return super().read_blocks(self._entire(blocks))

    def read_rows(self, blocks: Blocks, box: Box | None = None) -> tuple[Points, NDArray[np.int64]]:
        return super().read_rows(self._entire(blocks), box)

    def _narrowed(self, blocks: Blocks, box: Box) -> Blocks:
        return super()._narrowed(self._entire(blocks), box)

    def _entire(self, blocks: Blocks) -> Blocks:
        """Blocks of the directory with all their points, to be read."""
        pairs = zip(blocks.start.tolist(), blocks.count.tolist(), strict=True)
        return replace(blocks, count=np.array([self._whole.get(start, n) for start, n in pairs], np.int64))

    def _read_directory(self, row: int) -> Blocks:
        blocks = super()._read_directory(row)
        count = blocks.count.copy()
        for i in np.flatnonzero(self._hidden.touches(blocks, self.lattice.per_cell)):
            count[i] = len(self._placed(blocks.take(np.array([i])))[0])
            self._whole[int(blocks.start[i])] = int(blocks.count[i])
        return replace(blocks, count=count).take(count > 0)

    def _placed(
        self, blocks: Blocks, box: Box | None = None
    ) -> tuple[Points, NDArray[np.void], NDArray[np.int64], NDArray[np.int64]]:
        points, records, place, row = super()._placed(blocks, box)
        seen = ~self._hidden.holds(points.x, points.y)
        return points.take(seen), records, place[seen], row[seen]
