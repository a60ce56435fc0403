# SPDX-License-Identifier: GPL-2.0-or-later
"""Regions, sector modes, combinations and sums are those of a brute-force reading of their definitions."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.neighborhood.search import search as search_module
from scree.core.neighborhood.search.lists import Targets
from scree.core.neighborhood.search.moments import Moments, Spread
from scree.core.neighborhood.search.plan import Both, Either, Knn
from scree.core.neighborhood.search.region import Region
from scree.core.neighborhood.search.search import accumulate, search
from scree.core.neighborhood.search.ticks import Ticks
from scree.core.tiles.lattice import Box

QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PER_CELL = 1000
"""Steps of a cell, which is 1: as fine as the values, so that a tick is half a step in all directions."""


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0123456789abcdef"), budget=Budget(1 << 30, 0), threads=1)


def cloud(kind: str, n: int, seed: int):
    """Lattice steps x, y, z: uniform, on a coarse grid (ties everywhere), a wall, one bird far away and high."""
    rng = np.random.default_rng(seed)
    x, y, z = rng.integers(-9_000, 12_000, (3, n))
    if kind == "grid":
        x, y, z = (a // 2000 * 2000 for a in (x, y, z))
    elif kind == "wall":
        x = x // 100
    elif kind == "bird":
        x[0], y[0], z[0] = 900_000, -700_000, 500_000
    return x, y, z


def targets_at(x, y, z, seed: int, n: int = 25) -> Targets:
    """Some at points, some on half steps anywhere around."""
    rng = np.random.default_rng(seed + 1)
    at = rng.integers(0, len(x), n)
    position = [2 * a[at] + rng.integers(-3, 4, n) * rng.integers(0, 2, n) * 500 for a in (x, y, z)]
    position[0][0] += 70_000
    return Targets.at(*position)


class Brute:
    """One target's view of all points, as Python integers."""

    def __init__(self, x, y, z, targets, i):
        self.offsets = list(
            zip(*((2 * a - int(b[i])).tolist() for a, b in ((x, targets.x), (y, targets.y), (z, targets.z))))
        )
        self.points = list(zip(x.tolist(), y.tolist(), z.tolist()))

    def distance(self, i, solid):
        return sum(c * c for c in self.offsets[i][: 3 if solid else 2])

    def ordered(self, members, solid):
        return sorted(members, key=lambda i: (self.distance(i, solid), self.points[i]))

    def knn(self, members, k, solid, mode):
        """The definition's words: generations of sectors, then extras."""
        if mode == "omnidirectional":
            return self.ordered(members, solid)[: max(k, 0)]
        number = 4 if mode == "quadrant" else 8
        sectors = [[] for _ in range(number)]
        for i in self.ordered(members, solid):
            sectors[sector(*self.offsets[i], number, solid)].append(i)
        generations = min(k // number, min(map(len, sectors)))
        found = [i for s in sectors for i in s[:generations]]
        extras = self.ordered([s[generations] for s in sectors if len(s) > generations], solid)
        found += extras[: k % number] if generations == k // number else extras
        return self.ordered(found, solid)


def sector(dx, dy, dz, number, solid):
    """By angles where it is exact to do so: half-open sectors from east, counterclockwise."""
    if number == 8 and not solid:
        angle = np.degrees(np.arctan2(float(dy), float(dx))) % 360
        return int(round(angle, 9) // 45) % 8
    quadrant = (
        0 if (dx, dy) == (0, 0) else [dx > 0 and dy >= 0, dx <= 0 and dy > 0, dx < 0 and dy <= 0, True].index(True)
    )
    return quadrant + 4 * (dz < 0) if number == 8 else quadrant


def inside(kind, sizes, dx, dy, dz):
    """Membership in ticks, boundary included; ``sizes`` in ticks: radius or full extents."""
    a, b, c = sizes
    return {
        "circle": dx * dx + dy * dy <= a * a,
        "sphere": dx * dx + dy * dy + dz * dz <= a * a,
        "window": 2 * abs(dx) <= a and 2 * abs(dy) <= b,
        "box": 2 * abs(dx) <= a and 2 * abs(dy) <= b and 2 * abs(dz) <= c,
        "cylinder": dx * dx + dy * dy <= a * a and 2 * abs(dz) <= c,
    }[kind]


SHAPES = {
    "circle": lambda t, a, b, c: Region.circle(t, a),
    "sphere": lambda t, a, b, c: Region.sphere(t, a),
    "window": lambda t, a, b, c: Region.window(t, a, b),
    "box": Region.box,
    "cylinder": lambda t, a, b, c: Region.cylinder(t, a, c),
}


def regions(kind, ticks, n, seed):
    """A region for each target and its sizes in ticks; on the grid many points lie on the boundary."""
    sizes = np.random.default_rng(seed + 2).integers(0, 9, (3, n)) * 2000
    return SHAPES[kind](ticks, *(sizes / 2000.0)), sizes


def found_by(store, targets, plan, ticks, job):
    """Lists of lattice points (x, y, z) by target; every target exactly once."""
    lists = {}
    for part in search(store, targets, plan, ticks, job):
        c, ends = part.candidates, part.offsets.tolist()
        for row, query in enumerate(part.query.tolist()):
            assert query not in lists
            which = part.index[ends[row] : ends[row + 1]]
            lists[query] = list(zip(*((a[which] // 2).tolist() for a in (c.x, c.y, c.z))))
    return [lists[i] for i in range(len(targets))]


clouds = st.tuples(st.sampled_from(["uniform", "grid", "wall", "bird"]), st.integers(1, 250), st.integers(0, 10**6))


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    """Cut windows and lists so small that all seams are met."""
    monkeypatch.setattr(search_module, "WINDOW_POINTS", 60)
    monkeypatch.setattr(search_module, "PAIRS", 100)


@QUICK
@given(clouds, st.integers(-1, 30), st.booleans(), st.sampled_from(["omnidirectional", "quadrant", "octant"]))
def test_knn_modes(make_store, job, shape, k, solid, mode):
    x, y, z = cloud(*shape)
    store, targets = make_store(x, y, z), targets_at(x, y, z, shape[2])
    ticks, ks = Ticks.of(store, True), np.maximum(k - np.arange(len(targets)) // 5, -1)
    got = found_by(store, targets, Knn(ks, solid, mode), ticks, job)
    for i, answer in enumerate(got):
        view = Brute(x, y, z, targets, i)
        expected = view.knn(range(len(x)), max(int(ks[i]), 0), solid, mode)
        assert answer == [view.points[j] for j in expected]


def test_quadrants_of_a_cloud_on_one_side_give_one_point_each(make_store, job):
    x, y = np.array([10, 20, 30, 10, 20, 30]), np.array([5, 5, 5, -5, -5, -5])
    store = make_store(x, y, 0 * x)
    targets = Targets.at(np.zeros(1, int), np.zeros(1, int), np.zeros(1, int))
    knn = Knn(np.array([8]), False, "quadrant")
    assert found_by(store, targets, knn, Ticks.of(store, True), job) == [[(10, -5, 0), (10, 5, 0)]]


@QUICK
@given(clouds, st.sampled_from(sorted(SHAPES)))
def test_regions(make_store, job, shape, kind):
    x, y, z = cloud(*shape)
    store, targets = make_store(x, y, z), targets_at(x, y, z, shape[2])
    ticks = Ticks.of(store, True)
    region, sizes = regions(kind, ticks, len(targets), shape[2])
    got = found_by(store, targets, region, ticks, job)
    for i, answer in enumerate(got):
        view = Brute(x, y, z, targets, i)
        expected = [p for p, o in zip(view.points, view.offsets, strict=True) if inside(kind, sizes[:, i].tolist(), *o)]
        assert sorted(answer) == sorted(expected)


def test_sizes_that_are_none_make_empty_regions(make_store, job):
    store = make_store([0], [0], [0])
    ticks, zero = Ticks.of(store, True), np.zeros(4, np.int64)
    region = Region.circle(ticks, np.array([np.nan, -1.0, 0.0, np.inf]))
    assert [len(p) for p in found_by(store, Targets.at(zero, zero, zero), region, ticks, job)] == [0, 0, 1, 1]


@QUICK
@given(
    clouds,
    st.sampled_from(sorted(SHAPES)),
    st.integers(0, 25),
    st.booleans(),
    st.sampled_from(["omnidirectional", "quadrant"]),
    st.sampled_from(["region and knn", "knn and region", "or"]),
)
def test_combinations_follow_the_text(make_store, job, shape, kind, k, solid, mode, order):
    x, y, z = cloud(*shape)
    store, targets = make_store(x, y, z), targets_at(x, y, z, shape[2])
    ticks = Ticks.of(store, True)
    region, sizes = regions(kind, ticks, len(targets), shape[2])
    knn = Knn(np.full(len(targets), k), solid, mode)
    plan = {"region and knn": Both(region, knn), "knn and region": Both(knn, region), "or": Either(knn, region)}[order]
    got = found_by(store, targets, plan, ticks, job)
    for i, answer in enumerate(got):
        view, everything = Brute(x, y, z, targets, i), range(len(x))
        holds = partial(inside, kind, sizes[:, i].tolist())
        members = [j for j in everything if holds(*view.offsets[j])]
        if order == "region and knn":
            expected = view.knn(members, k, solid, mode)
        elif order == "knn and region":
            expected = [j for j in view.knn(everything, k, solid, mode) if j in members]
        else:
            expected = view.ordered({*view.knn(everything, k, solid, mode), *members}, False)
        assert answer == [view.points[j] for j in expected]


@QUICK
@given(clouds, st.sampled_from(sorted(SHAPES)))
def test_sums_over_regions(make_store, job, shape, kind):
    x, y, z = cloud(*shape)
    store, targets = make_store(x, y, z), targets_at(x, y, z, shape[2])
    ticks = Ticks.of(store, True)
    region, sizes = regions(kind, ticks, len(targets), shape[2])
    moments, spread = Moments.empty(len(targets)), Spread.empty(len(targets))
    accumulate(store, targets, region, ticks, job, lambda row, index, c: moments.add(row, index, c.v))
    accumulate(store, targets, region, ticks, job, lambda row, index, c: spread.add(row, index, c, targets))
    means, covariances = spread.mean(ticks), spread.covariance(ticks)
    for i in range(len(targets)):
        view = Brute(x, y, z, targets, i)
        offsets = [o for o in view.offsets if inside(kind, sizes[:, i].tolist(), *o)]
        v = np.array([p[2] for p, o in zip(view.points, view.offsets) if inside(kind, sizes[:, i].tolist(), *o)]) / 1000
        assert moments.count[i] == spread.count[i] == len(v)
        if not len(v):
            assert np.isnan([moments.mean[i], moments.least[i], moments.variance[i], means[i, 0]]).all()
            continue
        assert (moments.least[i], moments.most[i]) == (v.min(), v.max())
        expected = [v.mean(), v.sum(), np.sqrt((v * v).mean()), v.var(ddof=1) if len(v) > 1 else np.nan]
        got = [moments.mean[i], moments.sum[i], moments.rms[i], moments.variance[i]]
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
        o = np.array(offsets) * 0.0005
        np.testing.assert_allclose(means[i], o.mean(axis=0), atol=1e-9)
        centered = o - o.mean(axis=0)
        full = (centered.T @ centered / len(o))[np.triu_indices(3)]
        np.testing.assert_allclose(covariances[i], full, rtol=1e-6, atol=1e-6)


def test_values_that_are_not_numbers_are_left_out():
    moments = Moments.empty(2)
    row, index = np.array([0, 0, 0, 1]), np.arange(4)
    moments.add(row, index, np.array([np.nan, 3.0, 5.0, np.nan]))
    assert moments.count.tolist() == [2, 0]
    assert moments.mean[0] == 4.0
    assert np.isnan(moments.mean[1])


def test_sums_are_the_same_bytes_however_the_queries_are_cut(make_store, job):
    x, y, z = cloud("uniform", 400, 8)
    store, targets = make_store(x, y, z), targets_at(x, y, z, 8, 40)
    ticks = Ticks.of(store, True)
    whole = Moments.empty(40)
    region = Region.sphere(ticks, np.full(40, 6.0))
    accumulate(store, targets, region, ticks, job, lambda row, index, c: whole.add(row, index, c.v / 3))
    for i in range(40):
        alone, at = Moments.empty(1), targets.take(np.array([i]))
        accumulate(
            store,
            at,
            region.take(slice(i, i + 1)),
            ticks,
            job,
            lambda row, index, c, m=alone: m.add(row, index, c.v / 3),
        )
        assert (alone.total[0], alone.squares[0]) == (whole.total[i], whole.squares[i])


def test_targets_without_any_point_near_have_empty_lists(make_store, job):
    store = make_store([0], [0], [0])
    ticks, far = Ticks.of(store, True), np.full(3, 10_000_000)
    targets = Targets.at(far, far, far)
    assert store.box == Box(0, 0, 1, 1)
    assert found_by(store, targets, Region.sphere(ticks, np.full(3, 1.0)), ticks, job) == [[], [], []]
    assert list(search(store, targets.take(slice(0, 0)), Region.sphere(ticks, np.empty(0)), ticks, job)) == []
