# SPDX-License-Identifier: GPL-2.0-or-later
"""From a bound definition and the points of a unit to their neighborhoods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import Environment, Expression, Filter, Sampler
from ..neighborhood.language import Definition, is_solid, order, reach
from ..neighborhood.language import definition as language
from ..neighborhood.language.values import Size
from ..neighborhood.search.flat import Neighborhoods as Found
from ..neighborhood.search.lists import Targets
from ..neighborhood.search.nearest import peak_bytes
from ..neighborhood.search.plan import Both, Either, Knn, Plan
from ..neighborhood.search.region import Region
from ..neighborhood.search.search import PAIRS, WINDOW_POINTS, search
from ..neighborhood.search.ticks import FARTHEST, Ticks
from ..tiles.store import Store, Unit
from .neighborhoods import Neighborhoods, Pool, Worked
from .sorting import sorted_lists
from .stored import NumberedStore

if TYPE_CHECKING:
    from ..jobs.job import Job

PAIR_BYTES = 80
"""Held for each pair of points while lists are filtered, sorted and evaluated."""
WINDOW_BYTES = 144


def refuse_unsupported(definition: Definition) -> None:
    """Raise OptionError for what the search can not do yet."""
    if definition.sampling is not None or isinstance(definition.query, language.Incremental):
        raise OptionError(
            f"NEIGHBORHOOD is '{definition}'; sampling and incremental queries are understood, but points cannot be "
            "searched by them yet: use a query without sampling."
        )


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

    def unit_bytes(self, unit: Unit) -> int:
        """Peak bytes of the search for one unit."""
        inside = int(self.store.blocks(unit.box).count.sum())
        lists = 0 if self._is_light else 2 * PAIR_BYTES * PAIRS + WINDOW_BYTES * WINDOW_POINTS
        return peak_bytes(inside, unit.count) + lists

    def find(self, base: Worked, counts: Counter[str]) -> Iterator[Neighborhoods]:
        """Neighborhoods of the points of ``base``; those without one are in none."""
        valid = np.ones(len(base), bool)
        plan = self._plan(self.definition.query, base, valid)
        least = self._numbers(self.definition.min_count, base, valid) if self.definition.min_count is not None else None
        counts["invalid"] += int(np.count_nonzero(~valid))
        query = np.flatnonzero(valid)
        if not len(query):
            return
        for found in self._search(base, plan, query):
            if self.contextual is not None:
                found = self._in_context(found, self.contextual)
            if self.ordered:
                found = sorted_lists(found, order(self.definition))
            enough = found.count > 0 if least is None else found.count >= np.maximum(least[found.query], 1)
            counts["too_few"] += int(np.count_nonzero(~enough))
            yield found if enough.all() else found.take(enough)

    @property
    def _is_light(self) -> bool:
        """Whether lists come in small batches only, and nothing is done to their pairs."""
        return isinstance(self.definition.query, language.Knn) and self.contextual is None and not self.ordered

    def _search(self, base: Worked, plan: Plan, query: NDArray[np.int64]) -> Iterator[Neighborhoods]:
        some = base.take(query)
        solid = is_solid(self.definition.query)
        targets = Targets.at(some.x, some.y, some.z if solid else None, self._farthest())
        numbered: Store = NumberedStore(self.store)  # type: ignore[assignment]
        pool: Pool | None = None
        for found in search(numbered, targets, plan.take(query), self.ticks, self.job):
            found = self._no_farther(found)
            pool = self._pool(pool, found.candidates)
            chosen = query[found.query]
            yield Neighborhoods(
                chosen,
                base.take(chosen),
                pool,
                found.offsets[:-1],
                np.diff(found.offsets),
                found.index,
                self._area(plan, chosen),
                self.sampler,
            )

    def _area(self, plan: Plan, chosen: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """Areas in the plane of regions, CRS units²."""
        if not isinstance(plan, Region):
            return None
        limits = plan.limits[chosen].astype(np.float64) * 1.0
        half, tick2 = limits[:, :2], self.ticks.size**2
        round_ = isinstance(self.definition.query, (language.Circle, language.Sphere, language.Cylinder))
        area = pi * half[:, 0] ** 2 if round_ else 4.0 * half[:, 0] * half[:, 1]
        return np.where(area > 0, area * tick2, np.nan)

    def _pool(self, last: Pool | None, candidates) -> Pool:  # type: ignore[no-untyped-def]
        if last is not None and last.candidates is candidates:
            return last
        return Pool(self.store, self.ticks, candidates)

    def _farthest(self) -> int:
        if self.definition.max_distance is None:
            return FARTHEST
        return self.ticks.squared(self.definition.max_distance, "maxSearchDistance")

    def _no_farther(self, found: Found) -> Found:
        """Without neighbors beyond maxSearchDistance, which is part of the query; in a knn they never are."""
        limit, query = self.definition.max_distance, self.definition.query
        if limit is None or isinstance(query, language.Knn):
            return found
        far = reach(Definition(query))
        if far is not None and far <= limit:
            return found
        return found.within(Region.circle(self.ticks, np.full(len(found), limit)))

    def _in_context(self, found: Neighborhoods, accepted: Filter) -> Neighborhoods:
        """Only the pairs the filter passes."""
        owner, index = found.pairs
        pairs = Environment(
            len(index), _Gathered(found.pool, index), _Gathered(found.base, owner), rasters=self.sampler
        )
        keep = accepted.passed(pairs)
        return found.replaced(owner[keep], index[keep])

    def _plan(self, query: language.Query, base: Worked, valid: NDArray[np.bool_]) -> Plan:
        if isinstance(query, (language.And, language.Or)):
            first, second = self._plan(query.first, base, valid), self._plan(query.second, base, valid)
            assert isinstance(first, (Knn, Region)) and isinstance(second, (Knn, Region))
            if isinstance(query, language.And):
                return Both(first, second)
            knn, region = (first, second) if isinstance(first, Knn) else (second, first)
            assert isinstance(knn, Knn) and isinstance(region, Region)
            return Either(knn, region)
        if isinstance(query, language.Knn):
            k = np.trunc(self._numbers(query.k, base, valid))
            valid &= k >= 1
            return Knn(np.where(k >= 1, k, 0).astype(np.int64), query.dim == 3, query.mode)
        assert not isinstance(query, language.Incremental)
        return self._region(query, base, valid)

    def _region(self, query: language.Region, base: Worked, valid: NDArray[np.bool_]) -> Region:
        def sizes(size: Size, half: bool = False) -> NDArray[np.float64]:
            found = self._numbers(size, base, valid)
            limit = self.definition.max_distance
            if limit is not None and isinstance(size, Expression):
                with np.errstate(invalid="ignore"):
                    valid[:] &= (found if half else found / 2) <= limit
            return found

        ticks = self.ticks
        match query:
            case language.Circle(radius):
                return Region.circle(ticks, sizes(radius, True))
            case language.Sphere(radius):
                return Region.sphere(ticks, sizes(radius, True))
            case language.Window(x, y):
                return Region.window(ticks, sizes(x), sizes(y))
            case language.Box(x, y, z):
                return Region.box(ticks, sizes(x), sizes(y), sizes(z))
            case language.Cylinder(radius, z):
                return Region.cylinder(ticks, sizes(radius, True), sizes(z))

    def _numbers(self, value: Size | None, base: Worked, valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """A number for each point; points where it is no number of at least 0 are marked invalid."""
        if isinstance(value, Expression):
            numbers = value.evaluated(Environment(len(base), base, rasters=self.sampler))
            with np.errstate(invalid="ignore"):
                valid &= numbers >= 0
            return np.where(valid, numbers, 0.0)
        assert isinstance(value, float) and isfinite(value)
        return np.full(len(base), value)


@dataclass(frozen=True)
class _Gathered:
    """Columns of one side of pairs."""

    columns: Pool | Worked
    index: NDArray[np.int64]

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return self.columns[name][self.index]
