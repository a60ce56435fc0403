# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighbors in the order a definition asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.expression import Environment
from ..neighborhood.language.definition import Sort
from .neighborhoods import Neighborhoods, Pool

Ints = NDArray[np.int64]


def sorted_lists(found: Neighborhoods, sort: Sort) -> Neighborhoods:
    """Each list by distance or attribute; ties by x, y, z and the row, that is by all stored values.

    Neighbors whose attribute is invalid stand last, whatever the direction.  The points are ranked
    once, so a list is sorted by whole numbers.
    """
    from ..neighborhood.search.ticks import REACH
    from . import sorting_kernel as kernels

    rank, ranked = _ranks(found.pool, sort)
    c, base = found.pool.candidates, found.base
    out = np.empty(int(found.count.sum()), np.int64)
    kernels.by_rank(found.first, found.count, found.index, rank, ranked, out)
    if sort.attribute is None:
        z = found.pool.z if sort.dist == 3 else np.empty(0, np.int64)
        places = (c.x, c.y, z, base.x, base.y, base.z)
        kernels.by_distance(found.first, found.count, *places, REACH, sort.descending, out)
    return replace(found, first=np.cumsum(found.count) - found.count, index=out)


def _ranks(pool: Pool, sort: Sort) -> tuple[Ints, Ints]:
    """Rank of every point of the pool, and the points by rank: by the attribute, if any, then by all they are."""
    key = "" if sort.attribute is None else f"{sort.attribute} {sort.descending}"
    if key not in pool.ranks:
        keys: list[NDArray[np.generic]] = [pool.row, pool.z, pool.candidates.y, pool.candidates.x]
        if sort.attribute is not None:
            values = sort.attribute.evaluated(Environment(len(pool.row), pool))
            keys += [-values if sort.descending else values, np.isnan(values)]
        ranked = np.lexsort(keys)
        rank = np.empty(len(ranked), np.int64)
        rank[ranked] = np.arange(len(ranked))
        pool.ranks[key] = rank, ranked
    return pool.ranks[key]
