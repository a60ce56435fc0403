# SPDX-License-Identifier: GPL-2.0-or-later
"""Local surfaces and distances are what their formulas say, wherever the unit's border runs."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.errors import OptionError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface.contract import Queries
from scree.core.surface.local.distance import distance_to_data
from scree.core.surface.local.idw import InverseDistance
from scree.core.surface.local.movingplane import MovingPlane
from scree.core.surface.local.nearest import Nearest
from scree.core.tiles.lattice import Box

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PER_CELL = 10
BOX = Box(-5, -4, 27, 22)


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0123456789abcdef"), budget=Budget(1 << 30, 0), threads=1)


def cloud(n: int, seed: int, step: int = 1):
    """Lattice steps and value steps; ``step`` 10 puts all points on cell corners: many ties."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 200, (2, n)) // step * step
    return x, y, rng.integers(0, 50_000, n)


def neighbors(x, y, v, qx, qy, k):
    """The k nearest points by (d², x, y, v): d² in half steps, and their numbers."""
    d2 = (2 * x - round(2 * qx)) ** 2 + (2 * y - round(2 * qy)) ** 2
    order = np.lexsort((v, y, x, d2))[:k]
    return d2[order], order


def reference_idw(x, y, v, qx, qy, k, power, radius2):
    d2, order = neighbors(x, y, v, qx, qy, k)
    order, d2 = order[d2 <= radius2], d2[d2 <= radius2]
    if not len(order):
        return np.nan
    if d2[0] == 0:
        return v[order[d2 == 0]].mean()
    weight = (d2 / d2[0]) ** (-power / 2)
    return (weight * v[order]).sum() / weight.sum()


def reference_plane(x, y, v, qx, qy, k):
    """Value and slopes of numpy's least squares; NaN slopes where it has no plane."""
    d2, order = neighbors(x, y, v, qx, qy, k + 1)
    end = d2[k] if len(order) > k else 2 * d2[-1] + 1
    order, weight = order[:k], (1 - d2[:k] / end) ** 2
    if weight.sum() == 0:
        return v[order[0]], np.nan, np.nan
    a = np.stack([np.ones(len(order)), x[order] - qx, y[order] - qy], axis=1)
    center = (weight[:, None] * a).sum(0) / weight.sum()
    spread = (weight[:, None, None] * (a - center)[:, :, None] * (a - center)[:, None, :]).sum(0)[1:, 1:]
    if np.linalg.det(spread) <= 1e-6 * np.trace(spread) ** 2:
        return (weight * v[order]).sum() / weight.sum(), np.nan, np.nan
    root = np.sqrt(weight)
    return tuple(np.linalg.lstsq(a * root[:, None], v[order] * root, rcond=None)[0])


def values(method, store, job, box=BOX, derivatives=False):
    queries = Queries.centers(box, PER_CELL)
    return queries, method.evaluate(store, queries, job, derivatives)


@QUICK
@given(
    st.integers(1, 150),
    st.integers(0, 10**6),
    st.sampled_from([1, 10]),
    st.sampled_from([1, 4, 12]),
    st.sampled_from([0.5, 1, 2, 2.7, 3]),
    st.sampled_from([inf, 1.5, 4]),
)
def test_idw_is_the_formula(make_store, job, n, seed, step, k, power, radius):
    x, y, v = cloud(n, seed, step)
    queries, got = values(InverseDistance(k, power, radius), make_store(x, y, v, per_cell=PER_CELL), job)
    exponent = round(power * 512) / 512
    limit = inf if radius == inf else round(radius * 2 * PER_CELL) ** 2
    for i in range(0, len(queries), 7):
        at = queries.x[i] + BOX.x0 * PER_CELL, queries.y[i] + BOX.y0 * PER_CELL
        expected = reference_idw(x, y, v * 0.001, *at, k, exponent, limit)
        np.testing.assert_allclose(got.value[i], expected, rtol=1e-12, atol=1e-12)
    assert got.counts.get("no_neighbor", 0) == int(np.isnan(got.value).sum())


@QUICK
@given(st.integers(1, 150), st.integers(0, 10**6), st.sampled_from([1, 10]), st.sampled_from([3, 12, 24]))
def test_moving_plane_is_least_squares(make_store, job, n, seed, step, k):
    x, y, v = cloud(n, seed, step)
    queries, got = values(MovingPlane(k), make_store(x, y, v, per_cell=PER_CELL), job, derivatives=True)
    flat = 0
    for i in range(0, len(queries), 7):
        at = queries.x[i] + BOX.x0 * PER_CELL, queries.y[i] + BOX.y0 * PER_CELL
        z, fx, fy = reference_plane(x, y, v * 0.001, *at, k)
        np.testing.assert_allclose(got.value[i], z, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(got.derivatives[i, :2], [fx * PER_CELL, fy * PER_CELL], rtol=1e-6, atol=1e-6)
        flat += np.isnan(fx)
    assert got.counts.get("plane_degenerate", 0) >= flat
    assert np.isnan(got.derivatives[:, 2:]).all()


def test_moving_plane_reproduces_planes(make_store, job):
    x, y, _ = cloud(300, 3)
    v = 5000 + 30 * x - 70 * y
    queries, got = values(MovingPlane(), make_store(x, y, v, per_cell=PER_CELL), job, derivatives=True)
    expected = 5 + 0.03 * (queries.x + BOX.x0 * PER_CELL) - 0.07 * (queries.y + BOX.y0 * PER_CELL)
    np.testing.assert_allclose(got.value, expected, atol=1e-9)
    np.testing.assert_allclose(got.derivatives[:, :2], [[0.3, -0.7]] * len(queries), atol=1e-9)


def test_moving_plane_says_where_it_has_none(make_store, job):
    x = np.arange(0, 200, 5)
    queries, got = values(MovingPlane(8), make_store(x, 2 * x, x, per_cell=PER_CELL), job)
    assert got.counts == {"plane_degenerate": len(queries)}
    assert np.isfinite(got.value).all()


def test_moving_plane_over_one_heap_is_its_mean(make_store, job):
    """More coincident points than are used, all on the cell's center: every distance is 0."""
    store = make_store([5] * 30, [5] * 30, np.arange(30) // 15 * 2000, per_cell=PER_CELL)
    got = MovingPlane(12).evaluate(store, Queries.centers(Box(0, 0, 1, 1), PER_CELL), job, False)
    assert got.value.tolist() == [0.0]
    assert got.counts == {"plane_degenerate": 1}


def test_idw_takes_the_value_of_a_point_and_the_mean_of_several(make_store, job):
    store = make_store([5, 15, 15, 31], [5, 5, 5, 4], [1000, 2000, 3000, 9000], per_cell=PER_CELL)
    queries = Queries.centers(Box(0, 0, 2, 1), PER_CELL)
    assert InverseDistance().evaluate(store, queries, job, False).value.tolist() == [1.0, 2.5]


def test_nearest_breaks_ties_by_x_then_y_then_value(make_store, job):
    store = make_store([0, 10, 0, 10, 25, 25], [0, 0, 10, 10, 5, 5], [4000, 3000, 2000, 1000, 8000, 7000], per_cell=10)
    queries = Queries.centers(Box(0, 0, 3, 1), PER_CELL)
    assert Nearest().evaluate(store, queries, job, False).value.tolist() == [4.0, 3.0, 7.0]


@pytest.mark.parametrize("method", [Nearest(), InverseDistance(), MovingPlane(12), InverseDistance(4, 3.0, radius=3)])
def test_values_do_not_depend_on_the_cut_or_the_order_of_points(make_store, job, method):
    x, y, v = cloud(400, 11, 2)
    _, whole = values(method, make_store(x, y, v, per_cell=PER_CELL), job)
    shuffled = np.random.default_rng(1).permutation(400)
    store = make_store(x[shuffled], y[shuffled], v[shuffled], per_cell=PER_CELL, run_points=64)
    rows, columns = BOX.y1 - BOX.y0, BOX.x1 - BOX.x0
    pieces = np.empty((rows, columns))
    for y0 in range(BOX.y0, BOX.y1, 13):
        for x0 in range(BOX.x0, BOX.x1, 8):
            box = Box(x0, y0, x0 + 8, y0 + 13)
            _, part = values(method, store, job, box)
            pieces[y0 - BOX.y0 : y0 - BOX.y0 + 13, x0 - BOX.x0 : x0 - BOX.x0 + 8] = part.value.reshape(13, 8)
    assert pieces.tobytes() == whole.value.reshape(rows, columns).tobytes()


@QUICK
@given(st.integers(1, 60), st.integers(0, 10**6), st.sampled_from([None, 0, 4, 15, 77, 4000]), st.integers(0, 900))
def test_distances_are_exact(make_store, job, n, seed, limit, away):
    x, y, v = cloud(n, seed)
    box = Box(away - 20, -away - 3, away + 19, -away + 30)
    got = distance_to_data(make_store(x, y, v, per_cell=PER_CELL), box, limit, job)
    rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1]
    dx, dy = (a[..., None] for a in ((2 * columns + 1) * PER_CELL, (2 * rows + 1) * PER_CELL))
    expected = np.sqrt(((2 * x - dx) ** 2 + (2 * y - dy) ** 2).min(axis=2)) / 2
    if limit is not None:
        expected[expected > limit] = np.inf
    assert got.tolist() == expected.tolist()
    asked = np.random.default_rng(seed).random(got.shape) < 0.3
    some = distance_to_data(make_store(x, y, v, per_cell=PER_CELL), box, limit, job, asked)
    assert some.tolist() == np.where(asked, expected, np.inf).tolist()


def test_options_that_cannot_work_are_refused():
    for wrong in (
        lambda: InverseDistance(0),
        lambda: InverseDistance(power=0),
        lambda: InverseDistance(power=17),
        lambda: MovingPlane(12, radius=0),
        lambda: Nearest(radius=-1),
    ):
        with pytest.raises(OptionError):
            wrong()
