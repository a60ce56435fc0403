# SPDX-License-Identifier: GPL-2.0-or-later
"""The segments of a unit are those of a small tree built in memory over everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.surface.rst.tree import find_tree
from scree.core.tiles.lattice import Box, Node

PER_CELL = 100
MOST = 12


def in_memory(x: np.ndarray, y: np.ndarray, node: Node) -> list[Node]:
    box = node.box
    cx, cy = x // PER_CELL, y // PER_CELL
    inside = (cx >= box.x0) & (cx < box.x1) & (cy >= box.y0) & (cy < box.y1)
    if node.level == 0 or np.count_nonzero(inside) <= MOST:
        return [node]
    return [leaf for child in node.children for leaf in in_memory(x[inside], y[inside], child)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**6), st.integers(0, 600), st.integers(-70, 60), st.integers(-70, 60), st.integers(1, 90))
def test_leaves_neighbors_and_points(make_store, seed, n, x0, y0, side):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-8_000, 8_000, n), rng.integers(-8_000, 8_000, n)
    x[: n // 3], y[: n // 3] = rng.integers(0, 900, n // 3), rng.integers(0, 900, n // 3)
    store = make_store(x, y, np.arange(n), per_cell=PER_CELL)
    box = Box(x0, y0, x0 + side, y0 + side)
    tree = find_tree(store, box, MOST)
    roots = [Node(9, ix, iy) for ix in (-2, -1, 0, 1) for iy in (-2, -1, 0, 1)]
    leaves = [leaf for root in roots for leaf in in_memory(x, y, root)]
    assert set(tree.nodes[: tree.core]) == {leaf for leaf in leaves if leaf.box.touches(box)}
    cx, cy = x // PER_CELL, y // PER_CELL
    for i in range(tree.core):
        around = tree.nodes[i].box.grown(1)
        seen = {tree.nodes[j] for j in tree.neighbors(i)}
        assert seen == {leaf for leaf in leaves if leaf.box.touches(around)}
        held = sum(
            np.count_nonzero((cx >= b.x0) & (cx < b.x1) & (cy >= b.y0) & (cy < b.y1)) for b in (s.box for s in seen)
        )
        if held >= 3:
            index, capped = tree.support(i, 10_000, PER_CELL)
            assert len(index) == held
            assert not capped


def test_of_too_many_points_the_nearest_stay(make_store):
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 3_000, 400), rng.integers(0, 3_000, 400)
    tree = find_tree(make_store(x, y, x, per_cell=PER_CELL), Box(0, 0, 30, 30), MOST)
    index, capped = tree.support(0, 20, PER_CELL)
    every, _ = tree.support(0, 10_000, PER_CELL)
    box = tree.nodes[0].box
    middle = np.array([box.x0 + box.x1, box.y0 + box.y1]) * PER_CELL / 2
    far = {i: np.hypot(tree.points.x[i] - middle[0], tree.points.y[i] - middle[1]) for i in every.tolist()}
    assert capped
    assert sorted(far[i] for i in index.tolist()) == pytest.approx(sorted(far.values())[:20])
