# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of a bound definition at worked points, and the plan of the search they make."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.expression import Environment, Expression, Sampler
from ..neighborhood.language import Definition, limited_dim
from ..neighborhood.language import definition as language
from ..neighborhood.language.sizes import MOST_NEIGHBORS, MOST_SIZES, SLACK
from ..neighborhood.language.values import Range, Size
from ..neighborhood.search.cellmask import Masks
from ..neighborhood.search.plan import Both, Either, Knn, Plan
from ..neighborhood.search.region import Region
from ..neighborhood.search.ticks import Ticks
from .neighborhoods import Worked


@dataclass(frozen=True)
class Sizes:
    """What ``definition`` asks for at the points of ``base``; those a formula is invalid for lose their ``valid``."""

    definition: Definition
    base: Worked
    valid: NDArray[np.bool_]
    ticks: Ticks
    sampler: Sampler | None

    def plan(self, query: language.Query) -> Plan:
        """The plan of the search for every point."""
        if isinstance(query, (language.And, language.Or)):
            first, second = self.plan(query.first), self.plan(query.second)
            assert isinstance(first, (Knn, Region)) and isinstance(second, (Knn, Region))
            if isinstance(query, language.And):
                return Both(first, second)
            knn, region = (first, second) if isinstance(first, Knn) else (second, first)
            assert isinstance(knn, Knn) and isinstance(region, Region)
            return Either(knn, region)
        if isinstance(query, language.Knn):
            k = np.trunc(self.numbers(query.k))
            self.valid[:] &= (k >= 1) & (k <= MOST_NEIGHBORS)
            return Knn(np.where(self.valid, k, 0).astype(np.int64), query.dim == 3, query.mode)
        assert not isinstance(query, language.Incremental)
        return self._region(query)

    def _region(self, query: language.Region) -> Region:
        region, limit = self._shape(query), self.definition.max_distance
        if limit is None:
            return region
        most2 = self.ticks.squared(limit, "maxSearchDistance")
        return region.narrowed(most2, limited_dim(self.definition.query) == 3)

    def _shape(self, query: language.Region) -> Region:
        def sizes(size: Size, half: bool = False) -> NDArray[np.float64]:
            if not isinstance(size, Expression):
                return self.numbers(size)[:1]
            found = self.numbers(size)
            limit = self.definition.max_distance
            if limit is not None:
                with np.errstate(invalid="ignore"):
                    self.valid[:] &= (found if half else found / 2) <= limit
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

    def numbers(self, value: Size | None) -> NDArray[np.float64]:
        """A number for each point; those where it is no number of at least 0 lose their ``valid``."""
        if isinstance(value, Expression):
            numbers = value.evaluated(Environment(len(self.base), self.base, rasters=self.sampler))
            with np.errstate(invalid="ignore"):
                self.valid[:] &= numbers >= 0
            return np.where(self.valid, numbers, 0.0)
        assert isinstance(value, float) and isfinite(value)
        return np.full(len(self.base), value)

    def masks(self, cell: float) -> Masks:
        """Masks of cells of a circle or window, or of sizes that grow; those without a size lose their ``valid``."""
        query = self.definition.query
        region = query.region if isinstance(query, language.Incremental) else query
        least = self.numbers(query.target) if isinstance(query, language.Incremental) else np.zeros(len(self.base))
        if isinstance(region, language.Circle):
            x = y = self._growing(region.radius, 1.0, cell)
        else:
            assert isinstance(region, language.Window)
            x, y = (self._growing(size, 0.5, cell) for size in (region.x_extent, region.y_extent))
        return Masks(isinstance(region, language.Circle), x, y, least)

    def _growing(self, size: Size, share: float, cell: float) -> NDArray[np.float64]:
        """First half size (``share`` of a size), increment and number of sizes [n, 3], in cells."""
        bounds = (size.start, size.stop, size.increment) if isinstance(size, Range) else (size, size, 1.0)
        start, stop, step = (self.numbers(bound) for bound in bounds)
        self.valid[:] &= (stop >= start) & (step > 0)
        number = np.ones(len(self.base))
        number[self.valid] = np.floor((stop - start)[self.valid] / step[self.valid] + SLACK) + 1
        self.valid[:] &= number <= MOST_SIZES
        limit = self.definition.max_distance
        if limit is not None and any(isinstance(bound, Expression) for bound in bounds):
            self.valid[:] &= stop * share * cell <= limit
        return np.column_stack([start * share, step * share, number])
