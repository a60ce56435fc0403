# SPDX-License-Identifier: GPL-2.0-or-later
"""The Delaunay surfaces are exact, unique and without seams: checked with whole numbers, SciPy and clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.interpolate import LinearNDInterpolator

from scree.core.errors import InputError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface.contract import Queries
from scree.core.surface.delaunay.engine import NaturalNeighborInterpolator, TinInterpolator
from scree.core.surface.delaunay.hull import convex_hull
from scree.core.surface.delaunay.places import Places
from scree.core.surface.delaunay.window import Window, halo_of, make_scene
from scree.core.surface.leftout import Squares
from scree.core.tiles.lattice import Box
from scree.core.tiles.without import StoreWithout

QUICK = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PER_CELL = 10
BOTH = pytest.mark.parametrize("method", [TinInterpolator, NaturalNeighborInterpolator])


def random_cloud(draw):
    return draw.integers(0, 400, (2, 300))


def perfect_grid(draw):
    """Every square is a tie, and many queries lie on edges."""
    x, y = np.meshgrid(np.arange(5, 205, 10), np.arange(0, 160, 10))
    return np.array([x.ravel(), y.ravel()])


def circles(draw):
    """Many points on each of three circles, and an empty disc."""
    x, y = np.meshgrid(np.arange(401), np.arange(401))
    on = np.isin((x - 200) ** 2 + (y - 200) ** 2, [25 * 25, 65 * 65 * 4, 32045])
    return np.array([x[on], y[on]])


def clusters(draw):
    """Dense spots far apart, beyond the halo of each other."""
    center = draw.integers(0, 12, (2, 6)) * 200
    return np.concatenate([c[:, None] + draw.integers(0, 12, (2, 40)) for c in center.T], axis=1)


def flat_borders(draw):
    """Collinear points along the sides; two sides bulge by one step."""
    t = np.arange(0, 401, 4)
    bulge = 1 * ((t > 0) & (t < 400))
    sides = [(t, -bulge), (t, 400 + 0 * t), (0 * t, t), (400 + bulge, t)]
    return np.concatenate([np.array(s) for s in sides] + [draw.integers(1, 400, (2, 60))], axis=1)


def slivers(draw):
    """A ragged line hundreds of cells long: circles of huge radius along it."""
    x = draw.choice(6000, 150, replace=False)
    return np.concatenate([[x, draw.integers(0, 4, 150)], [[2900], [150]]], axis=1)


def lake(draw):
    """A hole whose stars have many neighbors, most of them the same."""
    x, y = draw.integers(0, 400, (2, 2500))
    shore = np.hypot(x - 200, y - 200) > 150
    return np.array([x[shore], y[shore]])


def scan_lines(draw):
    """Points close together on lines far apart: rows of thin triangles in circles of one size."""
    x = np.tile(np.arange(0, 400, 2), 5) + draw.integers(0, 2, 1000)
    return np.array([x, np.repeat(np.arange(0, 500, 100), 200)])


CLOUDS = [random_cloud, perfect_grid, circles, clusters, flat_borders, slivers, lake, scan_lines]


@pytest.fixture(params=CLOUDS, ids=lambda f: f.__name__)
def cloud(request):
    x, y = np.unique(request.param(np.random.default_rng(7)), axis=1)
    return x, y, np.random.default_rng(8).integers(0, 50_000, len(x))


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0123456789abcdef"), budget=Budget(1 << 30, 0), threads=1)


def around(x, y, margin=2):
    low, high = ((f(x), f(y)) for f in (np.min, np.max))
    return Box(*(int(a) // PER_CELL - margin for a in low), *(int(a) // PER_CELL + 1 + margin for a in high))


def pieces(box, wide=7, high=5):
    for y in range(box.y0, box.y1, high):
        for x in range(box.x0, box.x1, wide):
            yield Box(x, y, min(x + wide, box.x1), min(y + high, box.y1))


def triangles(store, scene, box, job, halo=None):
    """[cells, 3, 2]: corners (lattice steps, sorted) of the triangle at each center; -1 where there is none."""
    queries = Queries.centers(box, PER_CELL)
    places = Places(
        Window(store, scene, box, halo_of(store, box) if halo is None else halo), 2 * queries.x, 2 * queries.y, job
    )
    corners = places.triangles()
    tree = places.window.tree
    xy = np.stack([tree.x[corners], tree.y[corners]], axis=-1) / 2 + np.array(box[:2]) * PER_CELL
    xy = xy.astype(np.int64)
    order = np.argsort(xy[..., 0] * 10**6 + xy[..., 1], axis=1)
    xy = np.take_along_axis(xy, order[..., None], axis=1)
    xy[corners[:, 0] < 0] = -1
    return xy


def values(method, store, box, job, derivatives=False):
    surface = method() if isinstance(method, type) else method
    surface.restore(store, surface.prepare(store, job))
    return surface.evaluate(store, Queries.centers(box, PER_CELL), job, derivatives)


def cross(a, b):
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def test_triangles_hold_the_query_and_their_circles_no_point(make_store, job, cloud):
    """In int64: the coordinates are below 2**13, so nothing overflows."""
    x, y, v = cloud
    store = make_store(x, y, v, per_cell=PER_CELL)
    box = around(x, y)
    t = triangles(store, make_scene(store, convex_hull(store, job)), box, job)
    queries = Queries.centers(box, PER_CELL)
    q = np.stack([queries.x + box.x0 * PER_CELL, queries.y + box.y0 * PER_CELL], axis=1).astype(np.int64)
    found = t[:, 0, 0] >= 0
    t, q = t[found], q[found]
    turn = np.sign(cross(t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]))
    assert (turn != 0).all()
    for k in range(3):
        a, b = t[:, k], t[:, (k + 1) % 3]
        assert (cross(b - a, q - a) * turn >= 0).all()
    for corners, sign in {(tuple(map(tuple, c.tolist())), s) for c, s in zip(t, turn.tolist(), strict=True)}:
        d = np.array(corners)[:, None, :] - np.stack([x, y], axis=1)
        square = (d**2).sum(axis=-1)
        inside = square[0] * cross(d[1], d[2]) + square[1] * cross(d[2], d[0]) + square[2] * cross(d[0], d[1])
        assert (inside * sign <= 0).all()


def test_every_query_in_the_hull_has_a_triangle(make_store, job, cloud):
    x, y, v = cloud
    store = make_store(x, y, v, per_cell=PER_CELL)
    box = around(x, y)
    scene = make_scene(store, convex_hull(store, job))
    found = triangles(store, scene, box, job)[:, 0, 0] >= 0
    queries = Queries.centers(box, PER_CELL)
    q = np.stack([queries.x + box.x0 * PER_CELL, queries.y + box.y0 * PER_CELL], axis=1).astype(np.int64)
    corners = np.stack([scene.hull.x, scene.hull.y], axis=1)
    inside = np.ones(len(q), bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= cross(b - a, q - a) >= 0
        assert (cross(b - a, np.stack([x, y], axis=1) - a) >= 0).all()
    assert (found == inside).all()


def test_triangles_do_not_depend_on_window_halo_or_order(make_store, job, cloud):
    """Small windows without any halo: what they need comes block by block."""
    x, y, v = cloud
    box = around(x, y, 1)
    store = make_store(x, y, v, per_cell=PER_CELL)
    scene = make_scene(store, convex_hull(store, job))
    whole = triangles(store, scene, box, job).reshape(box.y1 - box.y0, box.x1 - box.x0, 3, 2)
    order = np.random.default_rng(1).permutation(len(x))
    shuffled = make_store(x[order], y[order], v[order], per_cell=PER_CELL)
    again = make_scene(shuffled, convex_hull(shuffled, job))
    for part in list(pieces(box))[:: max(1, box.cells // 2500)]:
        here = whole[part.y0 - box.y0 : part.y1 - box.y0, part.x0 - box.x0 : part.x1 - box.x0]
        assert np.array_equal(triangles(shuffled, again, part, job, halo=0), here.reshape(-1, 3, 2))


@BOTH
def test_values_do_not_depend_on_the_cut(make_store, job, cloud, method):
    """Byte for byte, through the public contract."""
    x, y, v = cloud
    box = around(x, y, 1)
    store = make_store(x, y, v, per_cell=PER_CELL)
    surface = method()
    surface.restore(store, surface.prepare(store, job))
    whole = surface.evaluate(store, Queries.centers(box, PER_CELL), job, False).value
    whole = whole.reshape(box.y1 - box.y0, box.x1 - box.x0)
    for part in list(pieces(box, 9, 8))[:: max(1, box.cells // 5000)]:
        here = whole[part.y0 - box.y0 : part.y1 - box.y0, part.x0 - box.x0 : part.x1 - box.x0]
        value = surface.evaluate(store, Queries.centers(part, PER_CELL), job, False).value
        assert value.tobytes() == np.ascontiguousarray(here).tobytes()


@QUICK
@given(n=st.integers(3, 400), seed=st.integers(0, 999))
def test_tin_is_scipys(make_store, job, n, seed):
    """Ties have no weight here: where four points share a circle SciPy may choose the other diagonal."""
    draw = np.random.default_rng(seed)
    x, y = np.unique(draw.integers(0, 2000, (2, n)), axis=1)
    v = draw.integers(0, 50_000, len(x))
    store = make_store(x, y, v, per_cell=PER_CELL * 10)
    box = Box(0, 0, 20, 20)
    surface = TinInterpolator()
    surface.restore(store, surface.prepare(store, job))
    got = surface.evaluate(store, Queries.centers(box, 100), job, False).value
    queries = Queries.centers(box, 100)
    if len(x) < 3 or np.linalg.matrix_rank(np.stack([x - x[0], y - y[0]])) < 2:
        return
    expected = LinearNDInterpolator(np.stack([x, y], axis=1), v / 1000)(queries.x, queries.y)
    both = np.isfinite(got) & np.isfinite(expected)
    assert np.mean(np.isfinite(got) == np.isfinite(expected)) > 0.99
    assert np.mean(np.abs(got[both] - expected[both]) < 1e-9) > 0.99


def clip(polygon, normal, offset):
    """The part of a convex polygon where normal.p <= offset."""
    out = []
    side = polygon @ normal - offset
    for k in range(len(polygon)):
        a, b, sa, sb = polygon[k - 1], polygon[k], side[k - 1], side[k]
        if (sa <= 0) != (sb <= 0):
            out.append(a + (b - a) * (sa / (sa - sb)))
        if sb <= 0:
            out.append(b)
    return np.array(out).reshape(-1, 2)


def nearer(polygon, p, others):
    """The part nearer to p than to any of the others."""
    for o in others:
        if len(polygon):
            polygon = clip(polygon, o - p, (o @ o - p @ p) / 2)
    return polygon


def area(polygon):
    if len(polygon) < 3:
        return 0.0
    return 0.5 * cross(polygon, np.roll(polygon, -1, axis=0)).sum()


def reference_sibson(points, v, q):
    """By clipping, without any triangulation."""
    big = np.array([[-1e5, -1e5], [1e5, -1e5], [1e5, 1e5], [-1e5, 1e5]])
    cell = nearer(big, q, points)
    weights = np.array([area(nearer(cell, p, np.delete(points, k, axis=0))) for k, p in enumerate(points)])
    return weights @ v / weights.sum()


def test_natural_neighbor_is_sibsons(make_store, job):
    for seed, size in enumerate((40, 40, 400, 400)):  # 40 steps: many ties
        draw = np.random.default_rng(seed)
        x, y = np.unique(draw.integers(0, size, (2, 30)), axis=1)
        v = draw.integers(0, 50_000, len(x))
        store = make_store(x, y, v, per_cell=PER_CELL)
        box = Box(0, 0, size // PER_CELL, size // PER_CELL)
        got = values(NaturalNeighborInterpolator, store, box, job).value
        queries = Queries.centers(box, PER_CELL)
        points = np.stack([x, y], axis=1).astype(float)
        middle = np.array([size, size]) / 2
        for k in np.flatnonzero(np.isfinite(got))[:: max(1, len(got) // 40)]:
            q = np.array([queries.x[k], queries.y[k]])
            if np.abs(q - middle).max() < 0.3 * size and not (points == q).all(axis=1).any():
                assert got[k] == pytest.approx(reference_sibson(points, v / 1000, q), abs=1e-6)


def test_natural_neighbor_on_a_square(make_store, job):
    """At the center all four weigh the same; at a quarter of the way 9/16, 3/16, 3/16, 1/16 would be bilinear."""
    store = make_store([0, 30, 30, 0], [0, 0, 30, 30], [0, 1000, 4000, 9000], per_cell=PER_CELL)
    value = values(NaturalNeighborInterpolator, store, Box(0, 0, 3, 3), job).value.reshape(3, 3)
    assert value[1, 1] == pytest.approx(3.5, abs=1e-12)
    points = np.array([[0, 0], [30, 0], [30, 30], [0, 30]], float)
    expected = reference_sibson(points, np.array([0.0, 1, 4, 9]), np.array([5.0, 5.0]))
    assert value[0, 0] == pytest.approx(expected, abs=1e-6)


@BOTH
def test_a_plane_comes_back(make_store, job, cloud, method):
    x, y, _ = cloud
    store = make_store(x, y, 3 * x - 2 * y + 100_000, per_cell=PER_CELL)
    box = around(x, y, 0)
    value = values(method, store, box, job).value
    queries = Queries.centers(box, PER_CELL)
    plane = (3 * (queries.x + box.x0 * PER_CELL) - 2 * (queries.y + box.y0 * PER_CELL) + 100_000) / 1000
    inside = np.isfinite(value)
    assert inside.any()
    assert np.abs(value - plane)[inside].max() < 1e-9


@BOTH
def test_level_ground_is_exactly_level_and_points_are_met(make_store, job, cloud, method):
    x, y, v = cloud
    box = around(x, y, 0)
    value = values(method, make_store(x, y, 0 * x + 123_457, per_cell=PER_CELL), box, job).value
    assert set(value[np.isfinite(value)].tolist()) == {123_457 / 1000}
    store = make_store(x, y, v, per_cell=PER_CELL)
    surface = method()
    surface.restore(store, surface.prepare(store, job))
    order = np.lexsort((x // PER_CELL, y // PER_CELL))
    start = np.zeros(box.cells + 1, np.int64)
    at = Queries(box, PER_CELL, x[order] - box.x0 * 10.0, y[order] - box.y0 * 10.0, start)
    assert surface.evaluate(store, at, job, False).value.tolist() == (v[order] / 1000).tolist()


def test_natural_neighbor_has_no_jumps(make_store, job):
    """Halving the step halves the greatest difference of neighbors: no jump anywhere."""
    draw = np.random.default_rng(3)
    x, y = np.unique(draw.integers(0, 4000, (2, 60)), axis=1)
    store = make_store(x, y, draw.integers(0, 5000, len(x)), per_cell=4000)
    surface = NaturalNeighborInterpolator()
    surface.restore(store, surface.prepare(store, job))
    jumps = []
    for number in (400, 800):
        t = np.linspace(600, 3400, number)
        for line in (Queries(Box(0, 0, 1, 1), 4000, t, 0 * t + 2001, np.array([0, number])),):
            jumps.append(np.nanmax(np.abs(np.diff(surface.evaluate(store, line, job, False).value))))
    assert jumps[1] < 0.6 * jumps[0]


def test_tin_gives_the_slopes_of_its_facets(make_store, job):
    store = make_store([0, 100, 0], [0, 0, 100], [0, 3000, -2000], per_cell=PER_CELL)
    found = values(TinInterpolator, store, Box(0, 0, 4, 4), job, derivatives=True)
    assert np.allclose(found.derivatives, [0.3, -0.2, 0, 0, 0], rtol=1e-14)
    assert np.isnan(values(NaturalNeighborInterpolator, store, Box(0, 0, 4, 4), job, True).derivatives).all()


@BOTH
def test_long_edges_leave_nodata(make_store, job, method):
    """A limit that equals an edge keeps it: lengths are compared as whole numbers."""
    store = make_store([0, 30, 0, 30, 100], [0, 0, 40, 40, 20], [1, 2, 3, 4, 5], per_cell=PER_CELL)
    box = Box(0, 0, 10, 4)
    for limit, cells in ((5.0, 12), (4.999, 0), (0.0, 25)):
        found = values(method(max_edge=limit), store, box, job)
        number = np.count_nonzero(np.isfinite(found.value))
        assert number == cells if limit else number > 12
        assert found.counts.get("longest_edge", 0) == (0 if not limit else 40 - number - found.counts["outside_hull"])


@BOTH
def test_coincident_points_are_one_with_their_mean(make_store, job, method):
    store = make_store([0, 0, 0, 30, 0], [0, 0, 0, 0, 30], [1000, 2000, 6000, 3000, 3000], per_cell=PER_CELL)
    found = values(method, store, Box(0, 0, 1, 1), job)
    assert found.value[0] == 3.0
    assert found.counts == {"coincident": 2}


@BOTH
@pytest.mark.parametrize(
    ("x", "y", "count"),
    [
        ([4], [4], "few_points"),
        ([4, 9000], [4, 9000], "few_points"),
        (range(0, 9000, 300), range(0, 9000, 300), "collinear"),
    ],
)
def test_without_triangles_the_nearest_value_is_taken(make_store, job, method, x, y, count):
    store = make_store(x, y, np.arange(len(x)) * 1000, per_cell=PER_CELL)
    for box in (Box(0, 0, 3, 2), Box(898, 897, 901, 901), Box(400, 470, 403, 473)):
        found = values(method, store, box, job)
        queries = Queries.centers(box, PER_CELL)
        qx, qy = queries.x + box.x0 * PER_CELL, queries.y + box.y0 * PER_CELL
        d2 = (qx[:, None] - np.array(x)) ** 2 + (qy[:, None] - np.array(y)) ** 2
        assert found.value.tolist() == np.argmin(d2, axis=1).tolist()
        assert found.counts == {count: box.cells}


@BOTH
def test_no_points_no_value(make_store, job, method):
    found = values(method, make_store([], [], []), Box(0, 0, 2, 2), job)
    assert np.isnan(found.value).all()


@BOTH
def test_left_out_points_leave_no_trace(make_store, job, method):
    """Cross-validation hides points after the hull was sealed with them."""
    draw = np.random.default_rng(4)
    x, y = np.unique(draw.integers(0, 200, (2, 80)), axis=1)
    v = draw.integers(0, 50_000, len(x))
    store = make_store(x, y, v, per_cell=PER_CELL)
    surface = method()
    surface.restore(store, surface.prepare(store, job))
    hidden = (x == x.max()) | (y == y.min()) | (np.arange(len(x)) % 9 == 0)
    points = store.read(store.box)
    gone = points.take(np.isin(points.x * 1000 + points.y, (x * 1000 + y)[hidden]))
    box = Box(0, 0, 20, 20)
    found = surface.evaluate(
        StoreWithout(store, Squares(1, gone.x, gone.y)), Queries.centers(box, PER_CELL), job, False
    )
    kept = make_store(x[~hidden], y[~hidden], v[~hidden], per_cell=PER_CELL)
    assert found.value.tobytes() == values(method, kept, box, job).value.tobytes()


def test_points_too_far_apart_are_refused(make_store, job):
    store = make_store([0, 1 << 41], [0, 0], [0, 0], per_cell=1 << 20)
    with pytest.raises(InputError, match="exact up to"):
        TinInterpolator().prepare(store, job)
