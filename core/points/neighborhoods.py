# SPDX-License-Identifier: GPL-2.0-or-later
"""The neighbors of some worked points, as flat lists of bounded length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..neighborhood.expression import Sampler
    from ..neighborhood.search.candidates import Candidates
    from ..neighborhood.search.ticks import Ticks
    from ..tiles.store import Store

Array = NDArray[Any]


@dataclass(frozen=True)
class Worked:
    """Worked points: positions in ticks (int64), and dimensions by name, coordinates in CRS units.

    A point has its height among the ``columns``, as stored, and x and y where ticks are coarser than its steps.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    z: NDArray[np.int64]
    ticks: Ticks
    columns: dict[str, Array]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: Array | slice) -> Worked:
        """Those of a boolean mask, an index or a slice."""
        columns = {name: column[index] for name, column in self.columns.items()}
        return Worked(self.x[index], self.y[index], self.z[index], self.ticks, columns)

    def __getitem__(self, name: str) -> Array:
        if name in ("x", "y") and name not in self.columns:
            return coordinates(getattr(self, name), self.ticks)
        return self.columns[name]


@dataclass(frozen=True)
class Pool:
    """The points lists of neighbors refer to by number; ``row`` is that of each in its store."""

    store: Store
    ticks: Ticks
    candidates: Candidates

    @cached_property
    def z(self) -> NDArray[np.int64]:
        """Heights in ticks, searched or not."""
        return self.candidates.z if len(self.candidates.z) else self.ticks.of_values(self.candidates.v)

    @cached_property
    def row(self) -> NDArray[np.int64]:
        return self.candidates.w.astype(np.int64)

    @cached_property
    def ranks(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Where sorting keeps the ranks of these points."""
        return {}

    @cached_property
    def _columns(self) -> dict[str, Array]:
        return self.store.columns_of_rows(self.row)

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        return {}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A dimension as float64, infinity as NaN."""
        if name not in self._numbers:
            column = self[name]
            numbers = np.ascontiguousarray(column, np.float64)
            if column.dtype.kind == "f" and not np.isfinite(numbers).all():
                numbers = np.where(np.isfinite(numbers), numbers, np.nan)
            self._numbers[name] = numbers
        return self._numbers[name]

    def __getitem__(self, name: str) -> Array:
        """A dimension of all points of the pool; coordinates in CRS units."""
        if name == "z":
            return self.candidates.v
        if name in ("x", "y"):
            return self._places["xy".index(name)]
        return self._columns[name]

    @cached_property
    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x and y in CRS units; from the store where ticks are coarser than its steps."""
        if not self.ticks.shift:
            return coordinates(self.candidates.x, self.ticks), coordinates(self.candidates.y, self.ticks)
        x, y = self.store.places_of_rows(self.row)
        return self.store.lattice.coordinates(x), self.store.lattice.coordinates(y)


@dataclass(frozen=True)
class Neighborhoods:
    """Point ``query[i]`` of the unit has the neighbors ``index[first[i] : first[i] + count[i]]`` of ``pool``.

    They stand in the order the definition asks for; ``base`` are the worked points themselves.
    """

    query: NDArray[np.int64]
    base: Worked
    pool: Pool
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    index: NDArray[np.int64]
    plane: NDArray[np.float64] | None = None
    """Area of the query in the plane (CRS units²) for each point, None where only the neighbors tell it."""
    sampler: Sampler | None = None
    """Where r[i] gets its values."""
    sums: NDArray[np.float64] | None = None
    """For an engine that only adds up: the sums [6, n] (see add_held) of the neighbors, who are not listed then."""

    def __len__(self) -> int:
        return len(self.query)

    @cached_property
    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For every pair: the number (0 ..) of the base point here, and of the neighbor in the pool."""
        owner = np.repeat(np.arange(len(self)), self.count)
        start = np.cumsum(self.count) - self.count
        return owner, self.index[np.arange(len(owner)) + (self.first - start)[owner]]

    @property
    def area(self) -> NDArray[np.float64]:
        """Area of the query in the plane; of a knn that of the circle through the farthest neighbor."""
        if self.plane is not None:
            return self.plane
        owner, index = self.pairs
        c, base = self.pool.candidates, self.base
        dx, dy = (c.x[index] - base.x[owner]).astype(np.float64), (c.y[index] - base.y[owner]).astype(np.float64)
        farthest = np.zeros(len(self))
        np.maximum.at(farthest, owner, dx * dx + dy * dy)
        return np.where(farthest > 0, pi * farthest * base.ticks.size**2, np.nan)

    def replaced(self, owner: NDArray[np.int64], index: NDArray[np.int64]) -> Neighborhoods:
        """The same points with other pairs; ``owner`` ascends."""
        count = np.bincount(owner, minlength=len(self)).astype(np.int64)
        return replace(self, first=np.cumsum(count) - count, count=count, index=index)

    def parts(self, pairs: int) -> Iterator[Neighborhoods]:
        """These in pieces of about so many pairs."""
        if self.sums is not None:
            yield self
            return
        piece = np.cumsum(self.count) // pairs
        if not len(piece) or piece[-1] == 0:
            yield self
            return
        cuts = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(self)]
        for begin, end in zip(cuts, cuts[1:], strict=False):
            yield self.take(slice(begin, end))

    def renumbered(self, query: NDArray[np.int64]) -> Neighborhoods:
        """The same under other numbers."""
        return replace(self, query=query)

    def take(self, chosen: Array | slice) -> Neighborhoods:
        """Those of a boolean mask, an index or a slice."""
        plane = None if self.plane is None else self.plane[chosen]
        return replace(
            self,
            query=self.query[chosen],
            base=self.base.take(chosen),
            first=self.first[chosen],
            count=self.count[chosen],
            plane=plane,
            sums=None if self.sums is None else self.sums[:, chosen],
        )


def coordinates(positions: NDArray[np.int64], ticks: Ticks) -> NDArray[np.float64]:
    """CRS units of positions in ticks: the float nearest to the decimal they stand for."""
    tick = ticks.lattice.cell / (ticks.lattice.per_cell * ticks.per_step) * (1 << ticks.shift)
    return positions.astype(np.float64) * tick.numerator / tick.denominator
