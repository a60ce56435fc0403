# SPDX-License-Identifier: GPL-2.0-or-later
"""Queries the first window could not certify: blocks nearest-first until nothing left can matter.

Queries that lie together go together, so an empty region costs one walk and not one for each query;
a block is read only if one of them still needs it, so one bird far away does not load the plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...tiles.blocks import Blocks
from .boxtree import BoxTree
from .boxtree_kernel import blocks_in_reach
from .candidates import Candidates
from .lists import LIST_ENTRIES, Lists, Targets
from .ticks import Ticks
from .window import BLOCK

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

GROUP_LEVEL = 6
"""Queries of a node of 64 x 64 cells walk together."""
PORTION = 1 << 14
"""Points read before what is left is looked at again: the nearest blocks make most others unneeded."""
PAIRS = 1 << 25
"""Pairs of block and query looked at in one kernel call."""


def widen(
    store: Store, targets: Targets, ticks: Ticks, k: int, job: Job
) -> Iterator[tuple[NDArray[np.int64], Candidates, Lists]]:
    """The k nearest points of every target: (numbers of the targets, candidates, lists), group after group."""
    for group in _groups(targets, ticks, k):
        yield group, *_walk(store, targets.take(group), ticks, k, job)


def _groups(targets: Targets, ticks: Ticks, k: int) -> list[NDArray[np.int64]]:
    """Numbers of the targets by node of GROUP_LEVEL, at most 4 * LIST_ENTRIES list entries each."""
    x, y = ticks.cells(targets.x) >> GROUP_LEVEL, ticks.cells(targets.y) >> GROUP_LEVEL
    order = np.lexsort((x, y))
    new = (np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)
    size = max(16, 4 * LIST_ENTRIES // k)
    return [
        part[at : at + size] for part in np.split(order, np.flatnonzero(new) + 1) for at in range(0, len(part), size)
    ]


def _walk(store: Store, targets: Targets, ticks: Ticks, k: int, job: Job) -> tuple[Candidates, Lists]:
    """Candidates and the finished lists of one group."""
    candidates, lists = Candidates.none(), Lists.empty(len(targets), k)
    for bound, blocks in store.walk(targets.cells(ticks)):
        while len(blocks := blocks.take(_in_reach(blocks, targets, lists.worst(targets.reach2), ticks, job))):
            size = max(1, int(np.searchsorted(np.cumsum(blocks.count), PORTION)))
            kept = _compact(candidates, lists)
            points = store.read_blocks(blocks.take(np.arange(min(size, len(blocks)))))
            candidates = Candidates.join([kept, Candidates.of(points, ticks, len(targets.z) > 0)])
            BoxTree.over(candidates, targets.solid, len(kept)).nearest(targets, lists, job)
            blocks = blocks.take(np.arange(size, len(blocks)))
        if int(lists.worst(targets.reach2).max()) < ticks.bound(bound):
            break
    return candidates, lists


def _in_reach(blocks: Blocks, targets: Targets, worst: NDArray[np.int64], ticks: Ticks, job: Job) -> NDArray[np.bool_]:
    """Which blocks may hold a point that enters a list."""
    wanted = np.zeros(len(blocks), np.bool_)
    x0, y0 = ticks.of_cells(blocks.x0), ticks.of_cells(blocks.y0)
    x1, y1 = ticks.of_cells(blocks.x0 + BLOCK), ticks.of_cells(blocks.y0 + BLOCK)
    size = max(1, PAIRS // len(targets))
    for at in range(0, len(blocks), size):
        job.progress.check()
        part = slice(at, at + size)
        blocks_in_reach(
            x0[part], y0[part], x1[part], y1[part], targets.x, targets.y, targets.sector, worst, wanted[part]
        )
    return wanted


def _compact(candidates: Candidates, lists: Lists) -> Candidates:
    """Only the candidates that lists still hold; renumbers the lists in place."""
    used = lists.used()
    kept, numbers = np.unique(lists.index[used], return_inverse=True)
    lists.index[used] = numbers
    return candidates.take(kept)
