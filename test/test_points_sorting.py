# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists of neighbors in order: the kernels against a plain sort of every pair by all its keys."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scree.core.neighborhood.expression import parse_expression
from scree.core.neighborhood.expression.attributes import Scope
from scree.core.neighborhood.language.definition import Sort
from scree.core.points.neighborhoods import Neighborhoods
from scree.core.points.sorting import sorted_lists

SORTS = [Sort(dist=2), Sort(dist=3, descending=True), Sort(dist=3), "level", "-level"]


class MadePool(dict):  # type: ignore[type-arg]
    """Points few of whose coordinates and levels differ."""

    def __init__(self, rng: Any, n: int) -> None:
        level = rng.integers(0, 4, n).astype(np.float64)
        level[rng.random(n) < 0.2] = np.nan
        super().__init__(level=level)
        x, y, self.z = rng.integers(-3, 4, (3, n))
        self.candidates = SimpleNamespace(x=x, y=y)
        self.row, self.ranks = rng.permutation(n), dict[str, Any]()


@pytest.mark.parametrize("sort", SORTS, ids=str)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_lists_are_sorted_by_all_their_keys(sort: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pool = MadePool(rng, 40)
    if isinstance(sort, str):
        bound = parse_expression(sort.lstrip("-")).bind(Scope({"level": np.dtype("f8")}))
        sort = Sort(attribute=bound, descending=sort.startswith("-"))
    count = rng.integers(0, 12, 9)
    first, index = np.cumsum(count) - count, rng.integers(0, 40, count.sum())
    base = SimpleNamespace(**{axis: rng.integers(-3, 4, 9) for axis in "xyz"})
    found = Neighborhoods(np.arange(9), base, pool, first, count, index)  # type: ignore[arg-type]
    result = sorted_lists(found, sort)
    assert np.array_equal(result.count, count)
    for q in range(9):
        mine = index[first[q] : first[q] + count[q]]
        x, y, z = pool.candidates.x[mine], pool.candidates.y[mine], pool.z[mine]
        keys = [pool.row[mine], z, y, x]
        if sort.attribute is not None:
            values = pool["level"][mine]
            keys += [-values if sort.descending else values, np.isnan(values)]
        else:
            squared = (x - base.x[q]) ** 2 + (y - base.y[q]) ** 2 + ((z - base.z[q]) ** 2 if sort.dist == 3 else 0)
            keys.append(-squared if sort.descending else squared)
        expected = mine[np.lexsort(keys)]
        got = result.index[result.first[q] : result.first[q] + count[q]]
        assert np.array_equal(got, expected)
