# SPDX-License-Identifier: GPL-2.0-or-later
"""A store as a search sees it here: every point weighs its row.

So equally far points at one position have an order (that of all their values, as they were sealed),
and a neighbor found leads back to its attributes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

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
        points = self.read_blocks(self.blocks(box))
        n = self.lattice.per_cell
        inside = (points.x >= box.x0 * n) & (points.x < box.x1 * n) & (points.y >= box.y0 * n) & (points.y < box.y1 * n)
        return points.take(inside)

    def read_blocks(self, blocks: Blocks) -> Points:
        points, rows = self.store.read_rows(blocks)
        return Points(points.x, points.y, points.v, rows.astype(np.float64))

    def blocks(self, box: Box) -> Blocks:
        return self.store.blocks(box)

    def walk(self, box: Box) -> Iterator[tuple[int, Blocks]]:
        return self.store.walk(box)
