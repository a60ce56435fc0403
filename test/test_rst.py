# SPDX-License-Identifier: GPL-2.0-or-later
"""The spline surface: without seams, the same from any unit, sensible where points are few or far."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scree.core.errors import Cancelled
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface.contract import Queries
from scree.core.surface.leftout import queries_at
from scree.core.surface.rst import blend
from scree.core.surface.rst.engine import RegularizedSpline, SplineOptions
from scree.core.tiles import store as store_module
from scree.core.tiles.lattice import Box
from scree.core.tiles.thinning import Thinning

PER_CELL = 1000
MEANS = Thinning("mean", 2)


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0" * 16), budget=Budget(1 << 30, 0), threads=1)


def hills(x, y):
    """Heights in steps of 1 mm for places in cells; waves of 20 to 60 cells, metres high."""
    z = 3000 * np.sin(x / 7) * np.cos(y / 9) + 1500 * np.sin((x + 2 * y) / 20) + 200 * x
    return z if isinstance(z, float) else np.rint(z).astype(np.int64)


def scattered(n, side, seed=1, noise=0.0):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, side * PER_CELL, (2, n))
    return x, y, hills(x / PER_CELL, y / PER_CELL) + np.rint(rng.normal(0, noise, n)).astype(np.int64)


def spline(store, job, segmentation="blended", **options):
    made = RegularizedSpline(SplineOptions(segmentation=segmentation, **options))
    made.prepare(store, job)
    return made


def centers(made, store, job, box, derivatives=False):
    found = made.evaluate(store, Queries.centers(box, store.lattice.per_cell), job, derivatives)
    return (found, *cell_centers(box))


def cell_centers(box):
    y, x = np.mgrid[box.y0 : box.y1, box.x0 : box.x1] + 0.5
    return x.ravel(), y.ravel()


def at(made, store, job, box, x, y):
    """Values at places in cells inside ``box``."""
    n = store.lattice.per_cell
    order, queries = queries_at(box, n, np.floor(x * n).astype(np.int64), np.floor(y * n).astype(np.int64))
    queries.x[:], queries.y[:] = (x[order] - box.x0) * n, (y[order] - box.y0) * n
    out = np.empty(len(x))
    out[order] = made.evaluate(store, queries, job, False).value
    return out


def largest_jumps(made, store, job, box):
    """Largest step of value and of slope across the cell borders of a box, at every eighth of a cell along them."""
    edges = np.arange(box.x0 + 1, box.x1, dtype=float)
    along = np.arange(box.y0 * 8, box.y1 * 8) / 8 + 1 / 16
    x, y = (a.ravel() for a in np.meshgrid(edges, along))
    near, far = 1e-6, 1e-3
    left2, left, right, right2 = (at(made, store, job, box, x + d, y) for d in (-far, -near, near, far))
    before, after = (left - left2) / (far - near), (right2 - right) / (far - near)
    return np.abs(right - left - (before + after) * near).max(), np.abs(after - before).max()


def test_blended_surface_has_no_seam_where_plain_segments_have(make_store, job):
    x, y, v = scattered(9_000, 64)
    x, y, v = (a[(x > 30_000) | (np.arange(9_000) % 8 == 0)] for a in (x, y, v))
    store = make_store(x, y, v, thinning=MEANS)
    box = Box(8, 8, 56, 24)
    value, slope = largest_jumps(spline(store, job), store, job, box)
    assert value <= 1e-5
    assert slope <= 1e-3
    plain = spline(store, job, segmentation="plain", segment_points=40, tension=40.0, smoothing=0.1)
    assert largest_jumps(plain, store, job, box)[0] > 1e-4


def test_a_noisy_surface_is_better_than_its_points(make_store, job):
    x, y, v = scattered(25_000, 64, noise=100)
    store = make_store(x, y, v, thinning=MEANS)
    made = spline(store, job)
    found, cx, cy = centers(made, store, job, Box(4, 4, 60, 60))
    error = found.value * 1000 - hills(cx, cy)
    assert np.sqrt(np.mean(error**2)) < 35
    rough = spline(store, job, tension=80.0, smoothing=0.01)
    error = centers(rough, store, job, Box(4, 4, 60, 60))[0].value * 1000 - hills(cx, cy)
    assert np.sqrt(np.mean(error**2)) > 45


@pytest.mark.parametrize(
    "options", [{}, {"segmentation": "surrounded"}, {"segmentation": "plain", "tension": 40.0, "smoothing": 0.1}]
)
def test_units_do_not_show(make_store, job, monkeypatch, options):
    """Same bytes whether a region is evaluated whole, in parts, or in a store of smaller units."""
    x, y, v = scattered(6_000, 80, noise=20)
    thinning = Thinning() if "tension" in options else MEANS
    store = make_store(x, y, v, thinning=thinning)
    whole = Box(0, 0, 80, 80)
    made = spline(store, job, **options)
    expected = centers(made, store, job, whole, derivatives=True)[0]
    value, slopes = expected.value.reshape(80, 80), expected.derivatives.reshape(80, 80, 5)
    monkeypatch.setattr(store_module, "UNIT_POINTS", 300)
    shuffled = np.random.default_rng(3).permutation(len(x))
    again = make_store(x[shuffled], y[shuffled], v[shuffled], thinning=thinning)
    assert len(again.units) > 8
    other = spline(again, job, **options)
    assert other._sealed == made._sealed
    for unit in again.units:
        box = unit.box.clipped(whole)
        part = centers(other, again, job, box, derivatives=True)[0]
        rows, columns = slice(box.y0, box.y1), slice(box.x0, box.x1)
        assert part.value.tobytes() == value[rows, columns].tobytes()
        assert part.derivatives.tobytes() == slopes[rows, columns].tobytes()


def test_few_points_are_one_global_solve(make_store, job):
    """Both modes, where k_max is not below the number of points, are the dense solve of all points."""
    rng = np.random.default_rng(5)
    x, y = rng.integers(100_000, 160_000, (2, 60))
    v = hills(x / PER_CELL, y / PER_CELL)
    store = make_store(x, y, v)
    options = {"tension": 30.0, "smoothing": 0.2, "segment_points": 64}
    box = Box(100, 100, 160, 160)
    cx, cy = cell_centers(box)
    for mode in ("blended", "plain"):
        made = spline(store, job, segmentation=mode, **options)
        f = 30.0 / (2 * made._sealed["dnorm"])
        points = np.stack([x, y]) * f / PER_CELL
        n = len(x)
        system = np.ones((n + 1, n + 1))
        system[n, n] = 0
        system[:n, :n] = radial(points, points) - 0.2 * np.eye(n)
        answer = np.linalg.solve(system, np.r_[v / 1000, 0])
        expected = radial(np.stack([cx, cy]) * f, points) @ answer[:n] + answer[n]
        np.testing.assert_allclose(centers(made, store, job, box)[0].value, expected, atol=1e-6)


def radial(a, b):
    from scipy.special import exp1

    rho = ((a[:, :, None] - b[:, None, :]) ** 2).sum(0)
    safe = np.where(rho < 1e-6, 1.0, rho)
    return np.where(rho < 1e-6, rho, exp1(safe) + np.log(safe) + 0.5772156649015329)


def test_derivatives_are_those_of_the_truth(make_store, job):
    x, y, v = scattered(16_000, 48)
    store = make_store(x, y, v, thinning=MEANS)
    made = spline(store, job)
    found, cx, cy = centers(made, store, job, Box(6, 6, 42, 42), derivatives=True)
    h = 1e-3
    truth = [
        (f(cx + h, cy) - f(cx - h, cy)) / (2 * h) if axis == 0 else (f(cx, cy + h) - f(cx, cy - h)) / (2 * h)
        for f, axis in ((smooth, 0), (smooth, 1))
    ]
    h = 0.1
    truth.append((smooth(cx + h, cy) - 2 * smooth(cx, cy) + smooth(cx - h, cy)) / h**2)
    corners = [smooth(cx + i * h, cy + j * h) * i * j for i in (-1, 1) for j in (-1, 1)]
    truth.append(sum(corners) / (4 * h * h))
    truth.append((smooth(cx, cy + h) - 2 * smooth(cx, cy) + smooth(cx, cy - h)) / h**2)
    for found_by, true, share in zip(found.derivatives.T, truth, (0.01, 0.01, 0.15, 0.15, 0.15), strict=True):
        assert np.sqrt(np.mean((found_by - true) ** 2)) < share * np.sqrt(np.mean(true**2))


def smooth(x, y):
    """``hills`` in metres, unrounded."""
    return 3 * np.sin(x / 7) * np.cos(y / 9) + 1.5 * np.sin((x + 2 * y) / 20) + 0.2 * x


def test_derivatives_of_a_stretched_and_turned_spline_are_those_of_its_values(make_store, job):
    x, y, v = scattered(60, 30)
    store = make_store(x, y, v)
    options = {"tension": 20.0, "smoothing": 0.1, "anisotropy_angle": 30.0, "anisotropy_scale": 4.0}
    made = spline(store, job, **options)
    box = Box(0, 0, 30, 30)
    found, cx, cy = centers(made, store, job, box, derivatives=True)
    h = 0.01

    def f(i, j):
        return at(made, store, job, box, cx + i * h, cy + j * h)

    expected = [
        (f(1, 0) - f(-1, 0)) / (2 * h),
        (f(0, 1) - f(0, -1)) / (2 * h),
        (f(1, 0) - 2 * f(0, 0) + f(-1, 0)) / h**2,
        (f(1, 1) - f(1, -1) - f(-1, 1) + f(-1, -1)) / (4 * h * h),
        (f(0, 1) - 2 * f(0, 0) + f(0, -1)) / h**2,
    ]
    np.testing.assert_allclose(found.derivatives, np.stack(expected, axis=1), atol=1e-4)
    straight = spline(store, job, **options | {"anisotropy_scale": 1.0})
    assert np.abs(centers(straight, store, job, box)[0].value - found.value).max() > 1e-3


def test_a_leaf_beside_a_hole_sees_the_other_side(make_store, job, monkeypatch):
    x, y, v = scattered(30_000, 64)
    away = np.hypot(x / PER_CELL - 32, y / PER_CELL - 32)
    store = make_store(*(a[away > 9] for a in (x, y, v)), thinning=MEANS)
    made = spline(store, job, tension=10.0, smoothing=0.1)

    def rmse():
        found, cx, cy = centers(made, store, job, Box(23, 23, 41, 41))
        inside = np.hypot(cx - 32, cy - 32) < 9
        return np.sqrt(np.mean((found.value - smooth(cx, cy))[inside] ** 2))

    all_around = rmse()
    assert largest_jumps(made, store, job, Box(23, 28, 41, 36))[0] <= 1e-5
    monkeypatch.setattr(blend, "FEW", 0)
    assert all_around < 0.75 * rmse()


def test_far_from_all_points_there_is_a_value(make_store, job):
    x, y, v = scattered(300, 10)
    store = make_store(x, y, v)
    made = spline(store, job, tension=20.0, smoothing=0.1)
    for box in (Box(40, 40, 44, 44), Box(700, 0, 704, 4), Box(90_000, -40_000, 90_004, -39_996)):
        value = centers(made, store, job, box)[0].value
        assert np.isfinite(value).all()
        assert np.abs(value - np.mean(v) / 1000).max() < 50


@pytest.mark.parametrize("mode", ["blended", "surrounded", "plain"])
@pytest.mark.parametrize(
    "points",
    [
        [(5, 5, 1.0)],
        [(5, 5, 1.0), (9, 7, 2.0)],
        [(i, i, 0.1 * i) for i in range(12)],
        [(5, 5, 1.0), (5, 5, 2.0), (5, 5, 3.0), (9, 5, 1.0)],
    ],
    ids=["one", "two", "collinear", "coincident"],
)
@pytest.mark.parametrize("smoothing", [0.0, 0.1, "auto"])
def test_few_collinear_and_coincident_points(make_store, job, mode, points, smoothing):
    x, y, v = (np.array(column) for column in zip(*points, strict=True))
    store = make_store(x * PER_CELL + 500, y * PER_CELL + 500, np.rint(v * 1000).astype(int))
    made = spline(store, job, segmentation=mode, smoothing=smoothing, segment_points=40)
    value = centers(made, store, job, Box(0, 0, 14, 14))[0].value
    assert np.isfinite(value).all()
    assert value.min() > v.min() - 1
    assert value.max() < v.max() + 1


def test_what_does_not_go_straight_is_counted(make_store, job):
    x, y, v = scattered(400, 16)
    twice = make_store(np.r_[x, x], np.r_[y, y], np.r_[v, v + 5])
    made = spline(twice, job, tension=40.0, smoothing=0.0)
    counts = centers(made, twice, job, Box(0, 0, 16, 16))[0].counts
    assert counts["rst_rethinned"] > 0
    assert counts["leaves"] >= counts["rst_rethinned"]
    x, y, v = scattered(10_000, 8)
    crowded = make_store(x, y, v)
    made = spline(crowded, job, tension=20.0, smoothing=1.0)
    found = centers(made, crowded, job, Box(0, 0, 8, 8))[0]
    assert found.counts["rst_rethinned"] == found.counts["leaves"] == 4
    assert "blocks_merged" not in found.counts
    overfull = make_store(*scattered(20_000, 8))
    merged, cx, cy = centers(spline(overfull, job, tension=20.0, smoothing=1.0), overfull, job, Box(0, 0, 8, 8))
    assert merged.counts["blocks_merged"] == 1
    assert np.abs(merged.value - smooth(cx, cy)).max() < 0.05
    plain = spline(crowded, job, segmentation="plain", tension=40.0, smoothing=0.1, neighbor_points=100)
    assert centers(plain, crowded, job, Box(2, 2, 4, 4))[0].counts["segments_capped"] == 4


def test_plain_reports_its_steps(make_store, job):
    x, y, v = scattered(2_000, 32)
    store = make_store(x, y, v)
    plain = spline(store, job, segmentation="plain", segment_points=20, tension=40.0, smoothing=0.1)
    found = centers(plain, store, job, Box(0, 0, 32, 32))[0]
    assert found.sums["border_samples"] > 100
    rms = np.sqrt(found.sums["border_squares"] / found.sums["border_samples"])
    assert 0 < rms <= found.maxima["border_step"] < 1
    assert found.maxima["tree_height"] >= 6


def test_masked_cells_cost_no_fit_and_change_nothing(make_store, job):
    x, y, v = scattered(6_000, 64)
    store = make_store(x, y, v, thinning=MEANS)
    made = spline(store, job, tension=20.0, smoothing=0.1)
    box = Box(0, 0, 64, 64)
    wanted = np.zeros((64, 64), bool)
    wanted[30:40, 20:22] = True
    whole = made.evaluate(store, Queries.centers(box, store.lattice.per_cell), job, False)
    some = made.evaluate(store, Queries.centers(box, store.lattice.per_cell, wanted), job, False)
    assert some.value.tobytes() == whole.value[wanted.ravel()].tobytes()
    assert some.counts["leaves"] < whole.counts["leaves"] / 10


def test_cancel_ends_the_work(make_store, job):
    x, y, v = scattered(2_000, 32)
    store = make_store(x, y, v)
    made = spline(store, job, tension=20.0, smoothing=0.1)

    def check():
        raise Cancelled("stop")

    stopped = SimpleNamespace(progress=SimpleNamespace(check=check))
    with pytest.raises(Cancelled):
        centers(made, store, stopped, Box(0, 0, 32, 32))


def test_chosen_numbers_are_sealed_and_restored(make_store, job):
    x, y, v = scattered(6_000, 48, noise=30)
    store = make_store(x, y, v, thinning=MEANS)
    made = RegularizedSpline(SplineOptions(segmentation="blended"))
    sealed = made.prepare(store, job)
    again = RegularizedSpline(SplineOptions(segmentation="blended"))
    again.restore(store, dict(sealed))
    box = Box(0, 0, 48, 48)
    assert centers(again, store, job, box)[0].value.tobytes() == centers(made, store, job, box)[0].value.tobytes()
    fixed = RegularizedSpline(SplineOptions(tension=33.0)).prepare(store, job)
    assert fixed["tension"] == 33.0
    assert RegularizedSpline(SplineOptions(smoothing=0.7)).prepare(store, job)["smoothing"] == 0.7
