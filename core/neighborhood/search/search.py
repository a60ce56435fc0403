# SPDX-License-Identifier: GPL-2.0-or-later
"""The front door of the search: the neighborhoods of many targets, as lists or added up.

Targets are best given in an order that keeps near ones near, as a store's points are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .boxtree import BoxTree
from .candidates import Candidates
from .flat import Neighborhoods, Numbers
from .grid import Grid
from .lists import LIST_ENTRIES, Targets
from .nearest import nearest
from .plan import SECTORS, Both, Either, Knn, Plan
from .region import Region
from .sectors import sector_numbers
from .ticks import Ticks
from .window import points_in

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

WINDOW_POINTS = 1 << 18
"""Points read at once for regions, unless one cell and what it sees, or one block, holds more."""
PAIRS = 1 << 20
"""Pairs of target and neighbor listed at once, unless one target has more."""


def search(
    store: Store, targets: Targets, plan: Plan, ticks: Ticks, job: Job, ordered: bool = True
) -> Iterator[Neighborhoods]:
    """The neighborhoods of ``targets``, each in one of the parts.

    Lists of knn ascend by its distance, those of ``or`` by distance in the plane, those of a region, and of a knn
    that need not be ``ordered``, are in an order that only the points loaded decide.
    ``targets`` have heights if any part of the plan needs them.
    """
    if isinstance(plan, Knn):
        yield from _by_knn(store, targets, plan, ticks, job, ordered)
    elif isinstance(plan, Region):
        yield from _by_region(store, targets, plan, ticks, job)
    elif isinstance(plan, Both):
        yield from _by_both(store, targets, plan, ticks, job)
    else:
        yield from _by_either(store, targets, plan, ticks, job)


def accumulate(
    store: Store,
    targets: Targets,
    region: Region,
    ticks: Ticks,
    job: Job,
    add: Callable[[Numbers, Numbers, Candidates], None],
) -> None:
    """Call ``add(row, index, candidates)`` with all neighbors in the regions: index[i] is one of target row[i].

    For every target its neighbors come in the order of the store, whatever is loaded at once.
    """
    if not len(targets):
        return
    blocks = store.blocks(targets.cells(ticks).grown(region.cells(ticks)))
    parts = np.cumsum(blocks.count) // WINDOW_POINTS
    for part in np.unique(parts):
        candidates = Candidates.of(store.read_blocks(blocks.take(parts == part)), ticks, len(targets.z) > 0)
        tree = BoxTree.over(candidates, len(targets.z) > 0)
        for row, index in tree.members(targets, region, job):
            add(row, index, candidates)


def _by_knn(
    store: Store, targets: Targets, knn: Knn, ticks: Ticks, job: Job, ordered: bool = True
) -> Iterator[Neighborhoods]:
    targets = replace(targets, solid=knn.solid)
    most = int(knn.k.max(initial=1))
    if SECTORS[knn.mode] == 1:
        box = targets.cells(ticks) if len(targets) else store.box
        ordered |= int(knn.k.min(initial=most)) < most  # of such lists the first are taken
        for found in nearest(store, box, targets, ticks, max(1, most), job, ordered):
            yield Neighborhoods.of_lists(found, knn.k[found.query])
        return
    sectors = SECTORS[knn.mode]
    size = max(16, 4 * LIST_ENTRIES // (most + sectors))
    for at in range(0, len(targets), size):
        part = np.arange(at, min(at + size, len(targets)))
        yield _by_sectors(store, targets.take(part), part, knn.take(part), ticks, job)


def _by_sectors(store: Store, targets: Targets, query: Numbers, knn: Knn, ticks: Ticks, job: Job) -> Neighborhoods:
    """One search for each target and sector, deep enough for all generations; then the generations."""
    sectors = SECTORS[knn.mode]
    depth = max(0, int(knn.k.max())) // sectors + 1
    rows = np.repeat(np.arange(len(targets)), sectors)
    asked = replace(targets.take(rows), sector=np.tile(sector_numbers(sectors, knn.solid), len(targets)))
    row, near = [], [Candidates.none()]
    for found in nearest(store, targets.cells(ticks), asked, ticks, depth, job):
        used = found.lists.used()
        row.append(found.query[np.nonzero(used)[0]] // sectors)
        near.append(found.candidates.take(found.lists.index[used]))
    order = np.argsort(np.concatenate(row), kind="stable")
    pairs = Neighborhoods.of_pairs(query, targets, Candidates.join(near), np.concatenate(row)[order], order)
    return pairs.ordered(knn.solid).picked(knn.k, sectors, knn.solid)


@dataclass(frozen=True)
class Around:
    """Targets ``query`` (numbers of those asked for), the region of each, and all points any of them can hold."""

    query: Numbers
    targets: Targets
    region: Region
    candidates: Candidates
    grid: Grid | None
    """None where points or targets lie too far apart for one."""

    def lists(self, job: Job) -> Iterator[Neighborhoods]:
        """The members of each region, about PAIRS of them at a time."""
        if not len(self.candidates):
            none = np.empty(0, np.int64)
            yield Neighborhoods.of_pairs(self.query, self.targets, self.candidates, none, none)
        elif self.grid is not None:
            for begin, end, offsets, index in self.grid.members(self.targets, self.region, PAIRS, job):
                some = slice(begin, end)
                yield Neighborhoods(self.query[some], self.targets.take(some), self.candidates, offsets, index)
        else:
            tree = BoxTree.over(self.candidates, len(self.targets.z) > 0)
            for begin, end, row, index in _whole_lists(tree, self.targets, self.region, job):
                asked = self.targets.take(slice(begin, end))
                yield Neighborhoods.of_pairs(self.query[begin:end], asked, self.candidates, row - begin, index)


def around(store: Store, targets: Targets, region: Region, ticks: Ticks) -> Iterator[Around]:
    """The points around all targets, as many targets at a time as see no more than WINDOW_POINTS."""
    solid = len(targets.z) > 0
    for query, asked in _parts(store, targets, region, ticks, np.arange(len(targets))):
        limits = region.take(query)
        candidates = Candidates.of(store.read(asked.cells(ticks).grown(limits.cells(ticks))), ticks, solid)
        grid = Grid.over(candidates, 1, solid) if len(candidates) else None
        if grid is not None and grid.covers(asked):
            yield Around(query, asked, limits, grid.candidates, grid)
        else:
            yield Around(query, asked, limits, candidates, None)


def _by_region(store: Store, targets: Targets, region: Region, ticks: Ticks, job: Job) -> Iterator[Neighborhoods]:
    for some in around(store, targets, region, ticks):
        yield from some.lists(job)


def _whole_lists(
    tree: BoxTree, targets: Targets, region: Region, job: Job
) -> Iterator[tuple[int, int, Numbers, Numbers]]:
    """Pairs of the targets begin to end, about PAIRS of them at a time; a list is never cut."""
    begin, rows, indices, held = 0, [], [], 0
    for row, index in tree.members(targets, region, job):
        rows.append(row.copy())
        indices.append(index.copy())
        held += len(row)
        if held > PAIRS and len(row) and row[-1] > begin:
            pairs, at = np.concatenate(rows), int(row[-1])
            cut = int(np.searchsorted(pairs, at))
            joined = np.concatenate(indices)
            yield begin, at, pairs[:cut], joined[:cut]
            begin, rows, indices, held = at, [pairs[cut:]], [joined[cut:]], len(pairs) - cut
    yield begin, len(targets), np.concatenate(rows), np.concatenate(indices)


def _parts(
    store: Store, targets: Targets, region: Region, ticks: Ticks, query: Numbers
) -> Iterator[tuple[Numbers, Targets]]:
    """Targets (``query`` are their numbers) whose regions hold no more than WINDOW_POINTS, halving until they do."""
    if not len(query):
        return
    box = targets.cells(ticks)
    seen = box.grown(region.take(query).cells(ticks))
    if box.cells == 1 or points_in(store.blocks(seen), seen) <= WINDOW_POINTS:
        yield query, targets
        return
    wide = box.x1 - box.x0 >= box.y1 - box.y0
    cell = ticks.cells(targets.x if wide else targets.y)
    low = cell < ((box.x0 + box.x1) // 2 if wide else (box.y0 + box.y1) // 2)
    for half in (low, ~low):
        yield from _parts(store, targets.take(half), region, ticks, query[half])


def _by_both(store: Store, targets: Targets, plan: Both, ticks: Ticks, job: Job) -> Iterator[Neighborhoods]:
    first, second = plan.first, plan.second
    if isinstance(first, Region) and isinstance(second, Knn) and second.mode == "omnidirectional":
        reach2 = first.as_reach(second.solid)
        if reach2 is not None:
            yield from _by_knn(store, replace(targets, reach2=np.minimum(targets.reach2, reach2)), second, ticks, job)
            return
    for found in search(store, targets, first, ticks, job):
        if isinstance(second, Region):
            yield found.within(second.take(found.query))
        else:
            k, sectors = second.k[found.query], SECTORS[second.mode]
            yield found.ordered(second.solid).picked(k, sectors, second.solid)


def _by_either(store: Store, targets: Targets, plan: Either, ticks: Ticks, job: Job) -> Iterator[Neighborhoods]:
    for near in search(store, targets, plan.knn, ticks, job):
        region = plan.region.take(near.query)
        for members in _by_region(store, near.targets, region, ticks, job):
            rows = members.query
            farther = near.take(rows).without(region.take(rows))
            yield replace(members, query=near.query[rows]).united(farther).ordered(False)
