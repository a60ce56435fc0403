# SPDX-License-Identifier: GPL-2.0-or-later
"""Nearest-first over the whole store: the one way to see what lies outside a unit.

The occupied blocks come in order of their distance from a box, a group at a time, with the distance
below which nothing is left.  A search stops as soon as that certifies its answer, so a single bird
high above an empty plain never pulls in the plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from .blocks import BLOCK_LEVEL, TILE_LEVEL, Blocks, join_blocks
from .lattice import Box

TILES_AT_ONCE = 16
FAR = 2_000_000_000
"""Cells: two squares of it fit int64."""
EVERYTHING = 1 << 62
"""The last bound: no point of the store is farther."""


def walk(
    tiles: NDArray[np.int64], tile_blocks: Callable[[int], Blocks], per_cell: int, box: Box
) -> Iterator[tuple[int, Blocks]]:
    """Groups of occupied blocks of a store, nearest to ``box`` first.

    ``tiles`` are the indices of its tiles [n, 2], ``tile_blocks`` gives the blocks of one by its row.

    With each comes a bound: the squared distance in lattice steps from ``box`` below which every
    point has been yielded once this group has (the last bound is beyond all points).
    """
    distances = squared_gap(tiles[:, 0] << TILE_LEVEL, tiles[:, 1] << TILE_LEVEL, 1 << TILE_LEVEL, box)
    order = np.argsort(distances, kind="stable")
    waiting = join_blocks([])
    at = 0
    while at < len(order) or len(waiting):
        take = order[at : at + TILES_AT_ONCE]
        at += len(take)
        bound = int(distances[order[at]]) if at < len(order) else None
        waiting = join_blocks([waiting, *(tile_blocks(int(row)) for row in take)])
        gaps = squared_gap(waiting.x0, waiting.y0, 1 << BLOCK_LEVEL, box)
        sequence = np.argsort(gaps, kind="stable")
        gaps, waiting = gaps[sequence], waiting.take(sequence)
        ready = len(gaps) if bound is None else int(np.searchsorted(gaps, bound, "left"))
        done, size = 0, 8
        while done < ready:
            upto = min(ready, done + size)
            left = [int(gaps[upto])] if upto < len(gaps) else []
            limit = min(left + ([bound] if bound is not None else []), default=None)
            yield EVERYTHING if limit is None else limit * per_cell * per_cell, waiting.take(np.arange(done, upto))
            done, size = upto, size * 2
        waiting = waiting.take(np.arange(ready, len(waiting)))


def squared_gap(x0: NDArray[np.int64], y0: NDArray[np.int64], side: int, box: Box) -> NDArray[np.int64]:
    """Squared distance, in cells, between squares of ``side`` cells and a box; 0 where they touch.

    An axis counts ``FAR`` at most: such squares come last, and what is farther is certified by none of them.
    """
    dx = np.clip(np.maximum(box.x0 - (x0 + side), x0 - box.x1), 0, FAR)
    dy = np.clip(np.maximum(box.y0 - (y0 + side), y0 - box.y1), 0, FAR)
    return dx * dx + dy * dy
