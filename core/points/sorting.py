# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighbors in the order a definition asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.expression import Environment
from ..neighborhood.language.definition import Sort
from .neighborhoods import Neighborhoods


def sorted_lists(found: Neighborhoods, sort: Sort) -> Neighborhoods:
    """Each list by distance or attribute; ties by x, y, z and the row, that is by all stored values.

    Neighbors whose attribute is invalid stand last, whatever the direction.
    """
    owner, index = found.pairs
    pool = found.pool
    keys: list[NDArray[np.generic]] = [
        pool.row[index],
        pool.z[index],
        pool.candidates.y[index],
        pool.candidates.x[index],
    ]
    if sort.attribute is not None:
        values = sort.attribute.evaluated(Environment(len(index), _Columns(found, index)))
        keys.append(-values if sort.descending else values)
        keys.append(np.isnan(values))
    else:
        squared = _squared(found, owner, index, sort.dist == 3)
        keys.append(-squared if sort.descending else squared)
    order = np.lexsort((*keys, owner))
    return found.replaced(owner, index[order])


def _squared(
    found: Neighborhoods, owner: NDArray[np.int64], index: NDArray[np.int64], solid: bool
) -> NDArray[np.int64]:
    from ..neighborhood.search.ticks import REACH

    c, base = found.pool.candidates, found.base
    offsets = [c.x[index] - base.x[owner], c.y[index] - base.y[owner]]
    if solid:
        offsets.append(found.pool.z[index] - base.z[owner])
    squares = [np.clip(offset, -REACH, REACH) ** 2 for offset in offsets]
    return np.sum(squares, axis=0)


class _Columns:
    """Columns of the neighbors, pair by pair."""

    def __init__(self, found: Neighborhoods, index: NDArray[np.int64]) -> None:
        self._found, self._index = found, index

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        return self._found.pool[name][self._index]
