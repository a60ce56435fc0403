# SPDX-License-Identifier: GPL-2.0-or-later
"""The k nearest points of many queries, exact whatever lies outside the box they are in.

First the bin grid of a window around the queries, then the box tree over the same points for those
the grid gives up, then the walk over the whole store for those the window cannot certify.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...tiles.lattice import Box
from .boxtree import BoxTree
from .grid import Grid
from .lists import Lists, Neighbors, Targets, batches
from .ticks import Ticks
from .widening import widen
from .window import Window, load_window, most_loaded

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

POINT_BYTES = 144
"""Of a point loaded: its candidate twice (as stored and by bin), its place in the order, up to four bins."""
QUERY_BYTES = 64

Numbers = NDArray[np.int64]


def nearest(
    store: Store, box: Box, targets: Targets, ticks: Ticks, k: int, job: Job, ordered: bool = True
) -> Iterator[Neighbors]:
    """The ``k`` nearest points of ``targets``; fewer where the store has no more within their reach and sector.

    ``box`` holds the cells all targets lie in and is loaded first: best no more than ``targets.cells``.
    Every target is in one of the answers, which come in no particular order; lists not ``ordered`` have the farthest
    last, and are found faster.
    """
    if not len(targets):
        return
    left = np.arange(len(targets))
    window = load_window(store, box, targets, ticks, k)
    if len(window.candidates):
        given_up, left = yield from _in_grid(window, targets, k, job, ordered)
        unclear = yield from _in_tree(window, targets, given_up, k, job)
        left = np.concatenate([left, unclear])
    del window
    for group, points, lists in widen(store, targets.take(left), ticks, k, job):
        yield Neighbors(left[group], targets.take(left[group]), points, lists)


def peak_bytes(points: int, queries: int) -> int:
    """Peak bytes of ``nearest`` for a box of so many points and queries, the store's own reading included."""
    return POINT_BYTES * most_loaded(points) + QUERY_BYTES * queries


def _in_grid(
    window: Window, targets: Targets, k: int, job: Job, ordered: bool
) -> Generator[Neighbors, None, tuple[Numbers, Numbers]]:
    """Answers of the bin grid; returns the queries it gave up and those the window cannot certify."""
    bins = Grid.over(window.candidates, k, targets.solid)
    given_up, unclear = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in batches(len(targets), k):
        job.progress.check()
        query = np.arange(part.start, part.stop)
        asked, lists = targets.take(part), Lists.empty(len(query), k)
        complete = bins.nearest(asked, lists, ordered)
        clear = lists.worst(asked.reach2) < window.clearance2(asked)
        sure = complete & clear
        if sure.all():
            yield Neighbors(query, asked, bins.candidates, lists)
            continue
        given_up.append(query[~complete])
        unclear.append(query[complete & ~clear])
        yield Neighbors(query[sure], asked.take(sure), bins.candidates, lists.take(sure))
    return np.concatenate(given_up), np.concatenate(unclear)


def _in_tree(
    window: Window, targets: Targets, queries: Numbers, k: int, job: Job
) -> Generator[Neighbors, None, Numbers]:
    """Answers of the box tree to ``queries``; returns those the window cannot certify."""
    if not len(queries):
        return queries
    tree, unclear = BoxTree.over(window.candidates, targets.solid), []
    for part in batches(len(queries), k):
        query = queries[part]
        asked, lists = targets.take(query), Lists.empty(len(query), k)
        tree.nearest(asked, lists, job)
        sure = lists.worst(asked.reach2) < window.clearance2(asked)
        unclear.append(query[~sure])
        yield Neighbors(query[sure], asked.take(sure), window.candidates, lists.take(sure))
    return np.concatenate(unclear)
