# SPDX-License-Identifier: GPL-2.0-or-later
"""From a bound definition and the points of a unit to their neighborhoods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.expression import Environment, Filter, Sampler
from ..neighborhood.language import Definition, endless_knn, is_solid, order
from ..neighborhood.language import definition as language
from ..neighborhood.language.values import largest
from ..neighborhood.search.cellmask import Masks
from ..neighborhood.search.flat import Neighborhoods as Found
from ..neighborhood.search.lists import Targets
from ..neighborhood.search.nearest import peak_bytes
from ..neighborhood.search.plan import Plan
from ..neighborhood.search.region import Region
from ..neighborhood.search.search import PAIRS, WINDOW_POINTS, around, search
from ..neighborhood.search.ticks import FARTHEST, Ticks
from ..tiles.store import Store, Unit
from .cellsearch import CELL_BYTES, WINDOW_CELLS, CellGrid, CellSearch
from .cellsearch import POINT_BYTES as CELL_POINT_BYTES
from .engine import Added
from .neighborhoods import Neighborhoods, Pool, Worked
from .sizes import Sizes
from .sorting import sorted_lists
from .stored import NumberedStore

if TYPE_CHECKING:
    from ..jobs.job import Job

PAIR_BYTES = 80
"""Held for each pair of points while lists are filtered, sorted and evaluated."""
WINDOW_BYTES = 144


def refuse_unsupported(definition: Definition) -> None:
    """Raise OptionError for what no search can hold: masks of too many sampling cells."""
    query = definition.query
    region = query.region if isinstance(query, language.Incremental) else query
    if definition.sampling is None or not isinstance(region, (language.Circle, language.Window)):
        return
    round_ = isinstance(region, language.Circle)
    halves = [region.radius] if isinstance(region, language.Circle) else [region.x_extent, region.y_extent]
    sizes = [(largest(half) or 0.0) / (1 if round_ else 2) for half in halves]
    constant = np.array([[size, 0.0, 1.0] for size in sizes])
    Masks(round_, constant, constant, np.zeros(len(constant))).reach  # noqa: B018 (asked for what it raises)


@dataclass(frozen=True)
class Finder:
    """Finds the neighbors a definition asks for among the points of ``store``."""

    definition: Definition
    contextual: Filter | None
    ordered: bool
    """Whether the order of the neighbors matters."""
    store: Store
    ticks: Ticks
    sampler: Sampler | None
    job: Job
    raster: bool = False
    """Whether cells of a raster are worked."""
    added: Added | None = None
    """What is added up of the neighbors, where nothing else is done with them."""

    def unit_bytes(self, unit: Unit) -> int:
        """Peak bytes of the search for one unit."""
        inside = int(self.store.blocks(unit.box).count.sum())
        if self.definition.sampling is not None:
            return 2 * PAIR_BYTES * PAIRS + CELL_POINT_BYTES * WINDOW_POINTS + CELL_BYTES * WINDOW_CELLS
        lists = 0 if self._is_light else 2 * PAIR_BYTES * PAIRS + WINDOW_BYTES * WINDOW_POINTS
        return peak_bytes(inside, unit.count) + lists

    def find(self, base: Worked, counts: Counter[str]) -> Iterator[Neighborhoods]:
        """Neighborhoods of the points of ``base``; those without one are in none."""
        valid = np.ones(len(base), bool)
        sizes = Sizes(self.definition, base, valid, self.ticks, self.sampler)
        search = self._prepared(base, sizes)
        least = sizes.numbers(self.definition.min_count) if self.definition.min_count is not None else None
        counts["invalid"] += int(np.count_nonzero(~valid))
        query = np.flatnonzero(valid)
        if not len(query):
            return
        for found in search(query):
            if self.contextual is not None:
                found = self._in_context(found, self.contextual)
            if self.ordered:
                found = self._sorted(found)
            enough = found.count > 0 if least is None else found.count >= np.maximum(least[found.query], 1)
            counts["too_few"] += int(np.count_nonzero(~enough))
            yield found if enough.all() else found.take(enough)

    def _prepared(self, base: Worked, sizes: Sizes) -> Callable[[NDArray[np.int64]], Iterator[Neighborhoods]]:
        """The search for some points of ``base``; those a formula is invalid for are marked so."""
        if self.definition.sampling is not None:
            masks = sizes.masks(float(self._cells.grid.cell))
            return lambda query: self._by_cells(base, masks.take(query), query)
        plan = sizes.plan(self.definition.query)
        if self.added is not None and isinstance(plan, Region) and self._is_bare and plan.exact_in_floats:
            added, region = self.added, plan
            return lambda query: self._add_up(base, region, query, added)
        return lambda query: self._search(base, plan, query)

    @property
    def _is_light(self) -> bool:
        """Whether lists come in small batches only, and nothing is done to their pairs."""
        return isinstance(self.definition.query, language.Knn) and self.contextual is None and not self.ordered

    @property
    def _is_bare(self) -> bool:
        """Whether all members of a region are neighbors, in any order."""
        return self.contextual is None and not self.ordered

    def _add_up(self, base: Worked, region: Region, query: NDArray[np.int64], added: Added) -> Iterator[Neighborhoods]:
        """Neighborhoods with sums, or with lists where the points lie too far apart for a grid."""
        whole = len(query) == len(base)
        some, asked = (base, region) if whole else (base.take(query), region.take(query))
        targets = self._targets(some)
        numbered: Store = NumberedStore(self.store)  # type: ignore[assignment]
        for part in around(numbered, targets, asked, self.ticks):
            if part.grid is None:
                for found in part.lists(self.job):
                    yield self._listed(found, base, query, region, Pool(self.store, self.ticks, found.candidates))
                continue
            chosen, pool = query[part.query], Pool(self.store, self.ticks, part.candidates)
            own = base if whole and len(chosen) == len(base) else base.take(chosen)
            shift = np.zeros(len(own)) if added.own is None else own[added.own].astype(np.float64)
            count, sums = part.grid.sums(part.targets, part.region, pool.numbers(added.theirs), shift, self.job)
            area, none = self._area(region, chosen), np.empty(0, np.int64)
            yield Neighborhoods(chosen, own, pool, np.zeros(len(own), np.int64), count, none, area, self.sampler, sums)

    def _targets(self, base: Worked) -> Targets:
        solid = is_solid(self.definition.query)
        knn = endless_knn(self.definition.query)
        return Targets.at(base.x, base.y, base.z if solid else None, self._farthest() if knn else FARTHEST)

    def _listed(self, found: Found, base: Worked, query: NDArray[np.int64], plan: Plan, pool: Pool) -> Neighborhoods:
        """What the search found for points ``query[found.query]`` of ``base``."""
        chosen, first, count = query[found.query], found.offsets[:-1], np.diff(found.offsets)
        area = self._area(plan, chosen)
        return Neighborhoods(chosen, base.take(chosen), pool, first, count, found.index, area, self.sampler)

    def _search(self, base: Worked, plan: Plan, query: NDArray[np.int64]) -> Iterator[Neighborhoods]:
        some, asked = (base, plan) if len(query) == len(base) else (base.take(query), plan.take(query))
        numbered: Store = NumberedStore(self.store)  # type: ignore[assignment]
        pool: Pool | None = None
        for found in search(numbered, self._targets(some), asked, self.ticks, self.job, self.ordered):
            pool = self._pool(pool, found.candidates)
            yield self._listed(found, base, query, plan, pool)

    @cached_property
    def _cells(self) -> CellSearch:
        """The search by sampling cells."""
        assert self.definition.sampling is not None
        sampling, store = self.definition.sampling, NumberedStore(self.store)
        grid = CellGrid.of(sampling, self.ticks)
        return CellSearch(sampling, grid, store, self.ticks, self.sampler, self.job, self.raster)

    def _by_cells(self, base: Worked, masks: Masks, query: NDArray[np.int64]) -> Iterator[Neighborhoods]:
        limit = self.definition.max_distance
        for found in self._cells.search(base, query, masks):
            if limit is None:
                yield found
                continue
            owner, index = found.pairs
            centers, c = self._cells.centers(found.base), found.pool.candidates
            dx, dy = ((at[index] - center[owner]).astype(float) for at, center in ((c.x, centers.x), (c.y, centers.y)))
            near = dx * dx + dy * dy <= self._farthest()
            yield found.replaced(owner[near], index[near])

    def _sorted(self, found: Neighborhoods) -> Neighborhoods:
        """In the order asked for; with sampling distances are from the center of the cell."""
        rule = order(self.definition)
        if self.definition.sampling is None:
            return sorted_lists(found, rule)
        return replace(sorted_lists(replace(found, base=self._cells.centers(found.base)), rule), base=found.base)

    def _area(self, plan: Plan, chosen: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """Areas in the plane of regions, CRS units²."""
        if not isinstance(plan, Region):
            return None
        half, tick2 = plan.take(chosen).limits[:, :2].astype(np.float64), self.ticks.size**2
        round_ = isinstance(self.definition.query, (language.Circle, language.Sphere, language.Cylinder))
        area = pi * half[:, 0] ** 2 if round_ else 4.0 * half[:, 0] * half[:, 1]
        return np.broadcast_to(np.where(area > 0, area * tick2, np.nan), len(chosen))

    def _pool(self, last: Pool | None, candidates) -> Pool:  # type: ignore[no-untyped-def]
        if last is not None and last.candidates is candidates:
            return last
        return Pool(self.store, self.ticks, candidates)

    def _farthest(self) -> int:
        if self.definition.max_distance is None:
            return FARTHEST
        return self.ticks.squared(self.definition.max_distance, "maxSearchDistance")

    def _in_context(self, found: Neighborhoods, accepted: Filter) -> Neighborhoods:
        """Only the pairs the filter passes."""
        owner, index = found.pairs
        pairs = Environment(
            len(index), _Gathered(found.pool, index), _Gathered(found.base, owner), rasters=self.sampler
        )
        keep = accepted.passed(pairs)
        return found.replaced(owner[keep], index[keep])


@dataclass(frozen=True)
class _Gathered:
    """Columns of one side of pairs."""

    columns: Pool | Worked
    index: NDArray[np.int64]

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return self.columns[name][self.index]
