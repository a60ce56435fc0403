# SPDX-License-Identifier: GPL-2.0-or-later
"""The leaves of the blended mode: a partition, graded, bounded, the same from any unit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.surface.assemble import Mosaic
from scree.core.surface.rst.leaves import FINEST, Rule, find_leaves, margin
from scree.core.tiles.lattice import Box, Node
from scree.core.tiles.store import Unit

PER_CELL = 100
RULE = Rule(6, FINEST, 6)
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def cloud(seed, n):
    """Half of the points in one spot of 10 cells."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-9_000, 9_000, (2, n))
    half = n // 2
    x[:half], y[:half] = rng.integers(0, 1_000, (2, half)) + rng.integers(-7_000, 7_000, (2, 1))
    return x, y


def leaves_of(store, box):
    points = store.read(box.grown(64))
    found = find_leaves(store, box, points.x // PER_CELL, points.y // PER_CELL, RULE)
    return set(zip(found.level.tolist(), found.x0.tolist(), found.y0.tolist(), strict=True))


def by_definition(x, y, level, x0, y0):
    """Whether the rule splits a node, counted point by point."""
    side = 1 << level
    cx, cy = x // PER_CELL, y // PER_CELL
    for j in (-1, 0, 1):
        for i in (-1, 0, 1):
            west, south = x0 + i * side, y0 + j * side
            inside = (cx >= west) & (cx < west + side) & (cy >= south) & (cy < south + side)
            if np.count_nonzero(inside) > RULE.k:
                return level > RULE.finest
    return False


@QUICK
@given(st.integers(0, 10**6), st.integers(1, 300))
def test_leaves_follow_the_rule_and_are_a_graded_partition(make_store, seed, n):
    x, y = cloud(seed, n)
    store = make_store(x, y, np.zeros(n, int), per_cell=PER_CELL)
    box = Box(-40, -24, 30, 40)
    leaves = leaves_of(store, box)
    level_of = np.full((64, 70), -1)
    for level, x0, y0 in leaves:
        side = 1 << level
        assert not by_definition(x, y, level, x0, y0)
        parent = level + 1, x0 >> level + 1 << level + 1, y0 >> level + 1 << level + 1
        assert level == RULE.coarsest or by_definition(x, y, *parent)
        rows = slice(max(0, y0 - box.y0), max(0, y0 + side - box.y0))
        columns = slice(max(0, x0 - box.x0), max(0, x0 + side - box.x0))
        assert (level_of[rows, columns] == -1).all()
        level_of[rows, columns] = level
    assert (level_of >= 0).all()
    for dy, dx in ((0, 1), (1, 0), (1, 1)):
        here, there = level_of[: 64 - dy, : 70 - dx], level_of[dy:, dx:]
        assert np.abs(here - there).max() <= 1
    assert np.abs(level_of[:-1, 1:] - level_of[1:, :-1]).max() <= 1


@QUICK
@given(st.integers(0, 10**6), st.integers(1, 300), st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 30))
def test_every_box_finds_the_same_leaves(make_store, seed, n, x0, y0, side):
    x, y = cloud(seed, n)
    store = make_store(x, y, np.zeros(n, int), per_cell=PER_CELL)
    small = Box(x0, y0, x0 + side, y0 + side)
    everything = leaves_of(store, Box(-80, -80, 80, 80))

    def reaches(leaf):
        level, west, south = leaf
        size, m = 1 << level, int(margin(np.array([level]))[0])
        return small.touches(Box(west - m, south - m, west + size + m, south + size + m))

    assert leaves_of(store, small) == {leaf for leaf in everything if reaches(leaf)}


def test_only_windows_near_units_are_looked_for_in_their_results() -> None:
    units = [Unit(Node(9, i, i + 3), 1) for i in range(-2, 30)]
    grid = Box(-1000, 700, 15_000, 16_000)
    mosaic = Mosaic(None, units, grid)  # type: ignore[arg-type]
    asked: list[Node] = []
    mosaic._results.get = lambda node: asked.append(node) or SimpleNamespace(result=SimpleNamespace(names=()))  # type: ignore[method-assign]
    for x, y, width, height in [(x, y, 512, 300) for y in range(0, 15_300, 300) for x in range(0, 16_000, 512)]:
        box = Box(grid.x0 + x, grid.y1 - y - height, grid.x0 + x + width, grid.y1 - y)
        asked.clear()
        assert mosaic.window("output", x, y, width, height) is None
        assert sorted(asked) == sorted(u.node for u in units if u.box.clipped(grid).touches(box))
