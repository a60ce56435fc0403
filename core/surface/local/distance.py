# SPDX-License-Identifier: GPL-2.0-or-later
"""Distance from the centers of cells to the nearest point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...neighborhood.search.nearest import nearest
from ...neighborhood.search.ticks import FARTHEST, Ticks
from ...tiles.blocks import BLOCK_LEVEL
from ...tiles.lattice import Box
from ..contract import Queries
from .local_surface import targets_of

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

MOST_BLOCKS = 256
"""A limit of more blocks is not worth looking for what lies beyond it."""


def distance_to_data(
    store: Store, box: Box, limit_steps: int | None, job: Job, asked: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Distances in lattice steps [rows, columns] (rows from the south) from the cell centers of ``box``.

    Exact: the root of an integer.  Infinite beyond ``limit_steps`` (a point at the limit counts),
    where the store has no point at all, and in cells not ``asked`` for (None: all are).
    """
    wanted = np.ones((box.y1 - box.y0, box.x1 - box.x0), np.bool_) if asked is None else asked
    if limit_steps is not None:
        wanted = wanted & _blocks_in_reach(store, box, -(-limit_steps // store.lattice.per_cell))
    out = np.full(wanted.shape, np.inf)
    out[wanted] = distances_at(store, Queries.centers(box, store.lattice.per_cell, wanted), limit_steps, job)
    return out


def distances_at(store: Store, queries: Queries, limit_steps: int | None, job: Job) -> NDArray[np.float64]:
    """The same from the queries, whose places are rounded to half lattice steps."""
    ticks = Ticks.of(store)
    per_tick = ticks.size / store.lattice.step
    reach2 = FARTHEST if limit_steps is None else min(FARTHEST, int(limit_steps / per_tick) ** 2)
    distance = np.full(len(queries), np.inf)
    targets = targets_of(queries, ticks, reach2)
    seen = targets.cells(ticks) if len(targets) else queries.box
    for found in nearest(store, seen, targets, ticks, 1, job):
        some = found.lists.found > 0
        distance[found.query[some]] = np.sqrt(found.lists.d2[some, 0]) * per_tick
    return distance


def _blocks_in_reach(store: Store, box: Box, cells: int) -> NDArray[np.bool_]:
    """Mask of the cells of ``box`` whose block is within ``cells`` of an occupied one (or may be)."""
    margin = -(-cells // (1 << BLOCK_LEVEL))
    if margin > MOST_BLOCKS:
        return np.ones((1, 1), np.bool_)
    x0, y0 = (box.x0 >> BLOCK_LEVEL) - margin, (box.y0 >> BLOCK_LEVEL) - margin
    columns = ((box.x1 - 1) >> BLOCK_LEVEL) + margin + 1 - x0
    rows = ((box.y1 - 1) >> BLOCK_LEVEL) + margin + 1 - y0
    side = 1 << BLOCK_LEVEL
    blocks = store.blocks(Box(x0 * side, y0 * side, (x0 + columns) * side, (y0 + rows) * side))
    sums = np.zeros((rows + 1, columns + 1), np.int64)
    sums[(blocks.y0 >> BLOCK_LEVEL) - y0 + 1, (blocks.x0 >> BLOCK_LEVEL) - x0 + 1] = 1
    sums = sums.cumsum(0).cumsum(1)
    reach = 2 * margin + 1
    around = sums[reach:, reach:] - sums[:-reach, reach:] - sums[reach:, :-reach] + sums[:-reach, :-reach]
    y, x = np.arange(box.y0, box.y1) >> BLOCK_LEVEL, np.arange(box.x0, box.x1) >> BLOCK_LEVEL
    return around[np.ix_(y - y0 - margin, x - x0 - margin)] > 0
