# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search loads at first: the cells of its queries and a halo likely to hold their neighbors."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isqrt, pi, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...tiles.blocks import BLOCK_LEVEL, Blocks
from ...tiles.lattice import Box
from .candidates import Candidates
from .lists import Targets
from .ticks import Ticks
from .window_kernel import clearance_squared

if TYPE_CHECKING:
    from ...tiles.store import Store

BLOCK = 1 << BLOCK_LEVEL
SPARE_POINTS = 1 << 15
"""What a window may hold beside one and a half times the points of the cells it is around."""

SOLID = 6.0
"""Neighbors in space lie farther off in the plane: in a forest's crown two or three times as far."""


@dataclass(frozen=True)
class Window:
    """Candidates loaded, and the ticks (west, south, east, north) of the nearest points that may be missing."""

    candidates: Candidates
    edges: NDArray[np.int64]

    def clearance2(self, targets: Targets) -> NDArray[np.int64]:
        """A d² that no missing point undercuts, for each target; 0 for one outside."""
        west, south, east, north = self.edges
        out = np.empty(len(targets), np.int64)
        clearance_squared(targets.x, targets.y, targets.sector, west, south, east, north, out)
        return out


def load_window(store: Store, box: Box, targets: Targets, ticks: Ticks, k: int) -> Window:
    """The points of ``box`` and of a halo chosen so that nearly all targets in it are certified."""
    ticks_per_cell = max(1, ticks.per_step * ticks.lattice.per_cell >> ticks.shift)
    loaded = box.grown(
        min(choose_halo(store, box, k, targets.solid), isqrt(int(targets.reach2.max())) // ticks_per_cell + 1)
    )
    return Window(Candidates.of(store.read(loaded), ticks, len(targets.z) > 0), ticks.edges(loaded, store.box))


def choose_halo(store: Store, box: Box, k: int, solid: bool = False) -> int:
    """Cells of halo that ``k`` neighbors need at the density in ``box``, fewer where that is too many points.

    It decides how many queries must look farther, never what they find.
    """
    blocks = store.blocks(box)
    inside = points_in(blocks, box)
    if not inside:
        return 0
    # Two spacings beyond the mean distance of the k-th neighbor leave one query in thousands.
    spacings = (sqrt(k) + 2) * (SOLID if solid else 1.0)
    halo = ceil(spacings / sqrt(pi * inside / int(_cells_in(blocks, box).sum())))
    while halo and points_in(store.blocks(box.grown(halo)), box.grown(halo)) > most_loaded(inside):
        halo //= 2
    return halo


def most_loaded(points: int) -> int:
    """Points a window may hold, were they spread evenly over their blocks, around cells of ``points``."""
    return points * 3 // 2 + SPARE_POINTS


def _cells_in(blocks: Blocks, box: Box) -> NDArray[np.int64]:
    """Cells of each block that lie in ``box``."""
    width = np.minimum(blocks.x0 + BLOCK, box.x1) - np.maximum(blocks.x0, box.x0)
    height = np.minimum(blocks.y0 + BLOCK, box.y1) - np.maximum(blocks.y0, box.y0)
    return width * height


def points_in(blocks: Blocks, box: Box) -> int:
    """Points of ``blocks`` in ``box``, were each spread evenly over its block."""
    return int((blocks.count * _cells_in(blocks, box)).sum()) // BLOCK**2 + (len(blocks) > 0)
