# SPDX-License-Identifier: GPL-2.0-or-later
"""Sums over regions, added up as their members are met, are to the byte those of the lists of members."""

from __future__ import annotations

import numpy as np
import pytest
from test_search_plans import cloud, job, targets_at

from scree.core.neighborhood.search import grid as grid_module
from scree.core.neighborhood.search.lists import Targets
from scree.core.neighborhood.search.region import EXACT, Region
from scree.core.neighborhood.search.search import around
from scree.core.neighborhood.search.ticks import Ticks

__all__ = ["job"]

REGIONS = {
    "circle": lambda t, a: Region.circle(t, a),
    "sphere": lambda t, a: Region.sphere(t, a),
    "window": lambda t, a: Region.window(t, 2 * a, a),
    "box": lambda t, a: Region.box(t, a, 2 * a, a),
    "cylinder": lambda t, a: Region.cylinder(t, a, 2 * a),
}


def by_lists(values, own, offsets, index):
    """The formulas of add_held in NumPy, summed one after the other."""
    found = np.full((6, len(own)), np.nan)
    for q, (a, b) in enumerate(zip(offsets[:-1], offsets[1:], strict=True)):
        some = values[index[a:b]] - own[q]
        some = some[~np.isnan(some)]
        found[0, q], found[3, q] = len(some), np.cumsum(some)[-1] if len(some) else 0.0
        if len(some):
            mean = found[3, q] / len(some)
            squares, rest = np.cumsum((some - mean) ** 2)[-1], np.cumsum(some - mean)[-1]
            found[1, q], found[2, q], found[4, q] = some.min(), some.max(), mean
            found[5, q] = max(squares - rest * rest / len(some), 0.0)
    return found


@pytest.mark.parametrize("shape", REGIONS)
@pytest.mark.parametrize("kind", ["uniform", "grid", "wall", "bird"])
@pytest.mark.parametrize("one", [True, False])
def test_sums_are_those_of_the_lists(make_store, job, monkeypatch, shape, kind, one):
    monkeypatch.setattr(grid_module, "NEAR", 16)  # so that the room must grow
    x, y, z = cloud(kind, 500, 3)
    rng = np.random.default_rng(5)
    store, ticks = make_store(x, y, z), Ticks.of(make_store(x, y, z), True)
    targets = targets_at(x, y, z, 3, 120)
    targets = targets.take(np.lexsort((targets.x, targets.y >> 11, targets.x >> 11)))
    sizes = np.array([3.0]) if one else rng.choice([-1.0, 0.0, 0.5, 2.0, 6.0, np.nan], len(targets))
    for some in around(store, targets, REGIONS[shape](ticks, sizes), ticks):
        assert some.grid is not None
        values, own = rng.normal(size=len(some.candidates)), rng.normal(size=len(some.targets))
        values[::7], own[3] = np.nan, np.nan
        count, sums = some.grid.sums(some.targets, some.region, values, own, job)
        (_, _, offsets, index), *others = some.grid.members(some.targets, some.region, 1 << 20, job)
        assert not others
        assert np.array_equal(count, np.diff(offsets))
        assert sums.tobytes() == by_lists(values, own, offsets, index).tobytes()


def test_limits_that_floats_cannot_hold_are_told(make_store):
    ticks = Ticks.of(make_store([0], [0], [0]), True)
    assert Region.sphere(ticks, np.array([1.0])).exact_in_floats
    assert Region.window(ticks, np.array([1.0]), np.array([np.inf])).exact_in_floats
    assert not Region.circle(ticks, np.array([1.0, 1.01 * EXACT**0.5 * ticks.size])).exact_in_floats


def test_a_single_size_is_that_of_all(make_store, job):
    x, y, z = cloud("uniform", 300, 4)
    store = make_store(x, y, z)
    ticks, targets = Ticks.of(store, True), Targets.at(*(2 * a[:50] for a in (x, y, z)))
    one, each = Region.sphere(ticks, np.array([3.0])), Region.sphere(ticks, np.full(50, 3.0))
    found = [[list(part.lists(job)) for part in around(store, targets, r, ticks)] for r in (one, each)]
    assert [[n.index.tolist() for n in part] for part in found[0]] == [
        [n.index.tolist() for n in part] for part in found[1]
    ]
