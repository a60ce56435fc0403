# SPDX-License-Identifier: GPL-2.0-or-later
"""Stars walked to in a mesh are those found by a search, and neither way shows in the values."""

from __future__ import annotations

import numpy as np
import pytest

from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface.contract import Queries
from scree.core.surface.delaunay import cavity, locate, mesh, places, search, sibson, star, tree
from scree.core.surface.delaunay.engine import NaturalNeighborInterpolator
from scree.core.surface.delaunay.hull import convex_hull
from scree.core.surface.delaunay.outside import ASKED
from scree.core.surface.delaunay.window import Window, make_scene
from scree.core.tiles.lattice import Box

PER_CELL = 10
BOX = Box(0, 0, 40, 40)


def lake(draw):
    x, y = draw.integers(0, 400, (2, 2500))
    shore = np.hypot(x - 200, y - 200) > 150
    return np.array([x[shore], y[shore]])


def scan_lines(draw):
    """Every star has as many neighbors as points are within the distance of two lines."""
    x = np.tile(np.arange(0, 400, 2), 5)
    return np.array([x, np.repeat(np.arange(0, 500, 100), 200)])


def circle(draw):
    """Ties: 64 points on one circle, and some beyond."""
    x, y = np.meshgrid(np.arange(401), np.arange(401))
    square = (x - 200) ** 2 + (y - 200) ** 2
    on = (square == 32045) | ((square > 40_000) & (draw.random(x.shape) < 0.001))
    return np.array([x[on], y[on]])


@pytest.fixture(params=[lake, scan_lines, circle], ids=lambda f: f.__name__)
def cloud(request):
    x, y = np.unique(request.param(np.random.default_rng(7)), axis=1)
    return x, y, np.random.default_rng(8).integers(0, 50_000, len(x))


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0123456789abcdef"), budget=Budget(1 << 30, 0), threads=1)


def surface_of(store, job, box=BOX):
    surface = NaturalNeighborInterpolator()
    surface.restore(store, surface.prepare(store, job))
    return surface.evaluate(store, Queries.centers(box, PER_CELL), job, False).value


def searched(found, i, corners):
    """Neighbors, and the value weighed ear by ear; the search is not compiled, so it may take any steps."""
    t, qx, qy = found.window.tree, found.x[i], found.y[i]
    stack = np.empty(tree.DEPTH, np.int32)
    ring, edge = star.new_ring()
    m = search.first_ring(t.x, t.y, found.window.hull, *corners, qx, qy, ring)
    if m == 0:
        return None
    star.close_ring(t.x, t.y, qx, qy, ring, edge, m)
    ring, edge, head, _ = star.gather_star.py_func(t, qx, qy, ring, edge, m, stack)
    m, k, points = star.size(ring, head), head, []
    for _ in range(m):
        points.append((t.x[ring[k, star.POINT]], t.y[ring[k, star.POINT]]))
        k = ring[k, star.NEXT]
    hole, area = np.empty((len(ring), sibson.HOLE)), np.empty(len(ring))
    return points, sibson.sibson(t.x, t.y, found.window.v, qx, qy, ring, edge, head, hole, area)


def walked(found, i, corners, triangles):
    """The first neighbors, how many there are, and the value weighed triangle by triangle."""
    w, stack, wanted = found.window, np.empty(tree.DEPTH, np.int32), np.empty((4, ASKED), np.int64)
    (ring, _), (only, around) = star.new_ring(), star.new_ring()
    row = mesh.triangle_row(triangles, w.tree.x, w.tree.y, *corners)
    m, value, _, asked = cavity.weigh(
        w.tree,
        w.hull,
        w.outside,
        triangles,
        w.v,
        found.x[i],
        found.y[i],
        row,
        ring,
        only,
        around,
        1 << 40,
        wanted,
        0,
        stack,
    )
    assert asked == 0
    few = ring[: min(m, cavity.MANY), star.POINT]
    return list(zip(w.tree.x[few], w.tree.y[few], strict=True)), m, value


def test_a_walked_star_is_the_one_searched_for(make_store, job, cloud, monkeypatch):
    monkeypatch.setattr(star, "MOST_STEPS", 1 << 40)
    x, y, v = cloud
    store = make_store(x, y, v, per_cell=PER_CELL)
    queries = Queries.centers(BOX, PER_CELL)
    window = Window(store, make_scene(store, convex_hull(store, job)), BOX, 1000)
    found = places.Places(window, 2 * queries.x, 2 * queries.y, job)
    corners, triangles, largest = found.triangles(), mesh.new_mesh(1 << 13), 0
    for i in np.flatnonzero(corners[:, 0] >= 0)[::61].tolist():
        one = searched(found, i, corners[i].astype(np.int64))
        if one is None:
            continue
        points, m, value = walked(found, i, corners[i].astype(np.int64), triangles)
        k = one[0].index(points[0])
        assert len(one[0]) == m
        assert (one[0][k:] + one[0][:k])[: len(points)] == points
        assert value == pytest.approx(one[1], abs=1e-10)
        largest = max(largest, m)
    assert largest > cavity.MANY


def test_the_mesh_leaves_no_trace(make_store, job, cloud, monkeypatch):
    """Byte for byte: begun anew all the time, never used at once, or used for all."""
    x, y, v = cloud
    store = make_store(x, y, v, per_cell=PER_CELL)
    expected = surface_of(store, job)
    monkeypatch.setattr(places, "FEWEST", 8)
    monkeypatch.setattr(mesh, "MOST", 16)
    assert surface_of(store, job).tobytes() == expected.tobytes()
    grid = expected.reshape(40, 40)
    for part in (Box(3, 5, 17, 16), Box(17, 19, 23, 22), Box(20, 20, 21, 21)):  # fewer than SHARING: searched for
        here = np.ascontiguousarray(grid[part.y0 : part.y1, part.x0 : part.x1])
        assert surface_of(store, job, part).tobytes() == here.tobytes()


def test_a_search_does_not_creep_along_rows(make_store, job):
    """From the corners of the hull to a triangle of neighbors in fewer steps than a row has points."""
    x = np.tile(np.arange(0, 40_000, 2), 6) + np.random.default_rng(1).integers(0, 2, 120_000)
    store = make_store(x, np.repeat(np.arange(0, 4800, 800), 20_000), x, per_cell=400)
    box = Box(0, 0, 100, 11)
    window = Window(store, make_scene(store, convex_hull(store, job)), box, 1000)
    stack, t = np.empty(tree.DEPTH, np.int32), window.tree
    for qx in range(4000, 80_000, 8000):
        for qy in (400.0, 2000.0, 6800.0):
            k = locate.fan(t.x, t.y, window.hull, float(qx), qy, 1.0, 0.0)
            a, b, c, work = locate.descend(t, 0, k, k + 1, float(qx), qy, 1.0, 0.0, stack)
            assert work < 5000
            assert np.ptp(t.x[[a, b, c]]) < 10


def test_trees_are_joined_in_few_levels():
    box = np.arange(400.0).reshape(100, 4)
    box[:, 2:] += 1000.0
    link = np.full((100, 2), -1, np.int32)
    joined, links, root = tree.join_trees(box, link, list(range(100)))
    assert joined[root].tolist() == [0.0, 1.0, 1398.0, 1399.0]
    level, depth, leaves = [root], 0, 0
    while level:
        leaves += sum(node < 100 for node in level)
        level, depth = [int(child) for node in level if node >= 100 for child in links[node]], depth + 1
    assert (leaves, depth) == (100, 8)
