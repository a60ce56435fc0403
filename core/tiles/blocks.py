# SPDX-License-Identifier: GPL-2.0-or-later
"""The two levels a store is addressed by: tiles of 512 x 512 cells and, in them, blocks of 16 x 16."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TILE_LEVEL = 9
BLOCK_LEVEL = 4


@dataclass(frozen=True)
class Blocks:
    """Occupied blocks of 16 x 16 cells: south-west cell, number of points, and where they lie."""

    x0: NDArray[np.int64]
    y0: NDArray[np.int64]
    count: NDArray[np.int64]
    start: NDArray[np.int64]
    tile: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.x0)

    def take(self, index: NDArray[np.generic]) -> Blocks:
        """Those of a boolean mask or an index, in its order."""
        return Blocks(self.x0[index], self.y0[index], self.count[index], self.start[index], self.tile[index])


def join_blocks(parts: list[Blocks]) -> Blocks:
    """Several groups of blocks as one."""
    if not parts:
        none = np.empty(0, np.int64)
        return Blocks(none, none, none, none, none)
    if len(parts) == 1:
        return parts[0]
    names = ("x0", "y0", "count", "start", "tile")
    return Blocks(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))
