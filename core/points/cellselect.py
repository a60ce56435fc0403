# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands for a sampling cell: all its points, one of them, or one made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.language.definition import Select
from ..neighborhood.search.candidates import Candidates
from .neighborhoods import Pool, coordinates
from .statistics import Feature, summarise

Numbers = NDArray[np.int64]
KEPT = {"min": ("nmin", 1.0), "max": ("nmax", 1.0)}
"""Selections that keep a point of the cell, as ranks."""


@dataclass(frozen=True)
class Content:
    """Entries of the cells: point ``index[i]`` of ``pool`` stands in cell ``cell[i]``; cells ascend."""

    pool: Pool
    index: Numbers
    cell: Numbers


@dataclass(frozen=True)
class MadePool(Pool):
    """Points made of others: they have a place and one attribute; any other is NaN."""

    attribute: str
    values: NDArray[np.float64]

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name == self.attribute:
            return self.values
        if name in ("x", "y"):
            return coordinates(getattr(self.candidates, name), self.ticks)
        return self.candidates.v if name == "z" else np.full(len(self.values), np.nan)


def select(choice: Select, content: Content) -> Content:
    """The entries of ``choice``; values that are NaN are left out, as are cells without any other."""
    if choice.feature == "all":
        return content
    assert choice.attribute is not None
    (name,) = choice.attribute.dimensions
    values = content.pool.numbers(name)
    known = ~np.isnan(values[content.index])
    content = Content(content.pool, content.index[known], content.cell[known])
    if choice.feature in (*KEPT, "nmin", "nmax"):
        return _kept(*KEPT.get(choice.feature, (choice.feature, choice.number or 1.0)), values, content)
    return _made(Feature(choice.feature, choice.number), name, values, content)


def _kept(feature: str, rank: float, values: NDArray[np.float64], content: Content) -> Content:
    """The point of each cell whose value has the rank, or the last one; equal values by x, y, z and the row."""
    value, pool = values[content.index], content.pool
    places = (key[content.index] for key in (pool.row, pool.z, pool.candidates.y, pool.candidates.x))
    order = np.lexsort((*places, value if feature == "nmin" else -value, content.cell))
    cell = content.cell[order]
    first, count = _groups(cell)
    chosen = order[first + np.minimum(int(rank), count) - 1]
    return Content(content.pool, content.index[chosen], content.cell[chosen])


def _made(feature: Feature, name: str, values: NDArray[np.float64], content: Content) -> Content:
    """A point for each cell: at the mean place of its points (rounded to a tick), with the feature of the attribute."""
    first, count = _groups(content.cell)
    found = summarise((feature,), values, np.zeros(len(first)), first, count, content.index)[feature]
    pool, index = content.pool, content.index
    x, y, z = (_means(at[index], first, count) for at in (pool.candidates.x, pool.candidates.y, pool.z))
    has = ~np.isnan(found)
    heights = coordinates(z, pool.ticks)
    number = np.arange(np.count_nonzero(has))
    candidates = Candidates(x[has], y[has], z[has], heights[has], number.astype(np.float64))
    made = MadePool(pool.store, pool.ticks, candidates, name, found[has])
    return Content(made, number, content.cell[first[has]])


def _means(at: Numbers, first: Numbers, count: Numbers) -> Numbers:
    """Mean place of each group in whole ticks, halves up: integers, so no order of points shows."""
    if not len(first):
        return np.empty(0, np.int64)
    low = int(at.min())
    total = np.add.reduceat(at - low, first)
    return (2 * total + count) // (2 * count) + low


def _groups(cell: Numbers) -> tuple[Numbers, Numbers]:
    """Where each run of equal cells begins, and its length."""
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    return first, np.diff(np.r_[first, len(cell)])
