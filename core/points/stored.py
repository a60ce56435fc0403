# SPDX-License-Identifier: GPL-2.0-or-later
"""A store as a search sees it here: every point weighs its row.

So equally far points at one position have an order (that of all their values, as they were sealed),
and a neighbor found leads back to its attributes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import Blocks
from ..tiles.lattice import Box, Lattice
from ..tiles.points import Points
from ..tiles.store import Store


class NumberedStore:
    """Reads like a ``Store``; ``w`` of its points is their row."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lattice: Lattice = store.lattice
        self.box: Box = store.box

    def read(self, box: Box) -> Points:
        """Every stored point whose cell is in ``box``, in canonical order."""
        return self._numbered(self.store.read_rows(self.blocks(box), box))

    def read_blocks(self, blocks: Blocks) -> Points:
        return self._numbered(self.store.read_rows(blocks))

    @staticmethod
    def _numbered(found: tuple[Points, NDArray[np.int64]]) -> Points:
        points, row = found
        return Points(points.x, points.y, points.v, row.astype(np.float64))

    def blocks(self, box: Box) -> Blocks:
        return self.store.blocks(box)

    def walk(self, box: Box) -> Iterator[tuple[int, Blocks]]:
        return self.store.walk(box)
