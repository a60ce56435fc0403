# SPDX-License-Identifier: GPL-2.0-or-later
"""The nearest points of any query are those of a brute-force search over the whole cloud."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.errors import Cancelled, OptionError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.neighborhood.search import nearest as nearest_module
from scree.core.neighborhood.search import window as window_module
from scree.core.neighborhood.search.lists import Targets
from scree.core.neighborhood.search.nearest import nearest
from scree.core.neighborhood.search.ticks import FARTHEST, REACH, Ticks
from scree.core.tiles.lattice import Box

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = ["uniform", "ties", "duplicates", "collinear", "bird", "strip", "cluster"]


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0123456789abcdef"), budget=Budget(1 << 30, 0), threads=1)


def cloud(kind: str, n: int, seed: int, per_cell: int = 10):
    """Lattice steps x, y and value steps: clouds that break searches."""
    rng = np.random.default_rng(seed)
    side = 40 * per_cell
    x, y = rng.integers(0, side, (2, n))
    if kind == "ties":
        x, y = x // per_cell * per_cell, y // per_cell * per_cell
    elif kind == "duplicates":
        x, y = x[rng.integers(0, n, n)], y[rng.integers(0, n, n)]
        x[: n // 2], y[: n // 2] = x[0], y[0]
    elif kind == "collinear":
        y = 3 * x
    elif kind == "bird":
        x[0], y[0] = -90_000 * per_cell, 70_000 * per_cell
    elif kind == "strip":
        x, y = x * 100_000, y // per_cell
    elif kind == "cluster":
        x[: n // 2], y[: n // 2] = 7 + x[: n // 2] // 100, 5 + y[: n // 2] // 100
    return x - side // 3, y - side // 2, rng.integers(0, 5 if kind == "duplicates" else 9_000, n)


def brute(points: list[np.ndarray], v, target: tuple[int, ...], k: int, reach2: int):
    """The definition: the k smallest (d², x, y, v), each as a tuple."""
    d2 = sum((p.astype(object) - t) ** 2 for p, t in zip(points, target, strict=True))
    near = np.flatnonzero(d2 <= reach2)
    columns = (d2[near], points[0][near], points[1][near], v[near])
    return sorted(zip(*(c.tolist() for c in columns), strict=True))[:k]


def targets_near(x, y, v, per_cell: int, box: Box, seed: int, n: int, solid: bool = False) -> Targets:
    """Queries in ``box``: any ticks, cell centers, points themselves."""
    rng = np.random.default_rng(seed)
    tx = rng.integers(2 * box.x0 * per_cell, 2 * box.x1 * per_cell, n)
    ty = rng.integers(2 * box.y0 * per_cell, 2 * box.y1 * per_cell, n)
    tz = rng.integers(0, 20_000, n if solid else 0)
    tx[::3], ty[::3] = (tx[::3] // (2 * per_cell) * 2 + 1) * per_cell, (ty[::3] // (2 * per_cell) * 2 + 1) * per_cell
    cx, cy = x // per_cell, y // per_cell
    inside = np.flatnonzero((cx >= box.x0) & (cx < box.x1) & (cy >= box.y0) & (cy < box.y1))
    for i, p in zip(range(1, n, 3), inside, strict=False):
        tx[i], ty[i] = 2 * x[p], 2 * y[p]
        if solid:
            tz[i] = 2 * v[p] // per_cell
    return Targets.at(tx, ty, tz if solid else None)


def answers(store, targets, ticks, k, job, ordered=True):
    """What ``nearest`` says for each target, as tuples; every target exactly once."""
    found = {}
    for part in nearest(store, targets.cells(ticks), targets, ticks, k, job, ordered):
        c, lists = part.candidates, part.lists
        assert np.array_equal(part.targets.x, targets.x[part.query])
        for row, query in enumerate(part.query.tolist()):
            assert query not in found
            count = int(lists.found[row])
            which = lists.index[row, :count]
            columns = (lists.d2[row, :count], c.x[which], c.y[which], c.v[which])
            found[query] = list(zip(*(column.tolist() for column in columns), strict=True))
    return [found[i] for i in range(len(targets))]


def unordered_answers(store, targets, ticks, k, job):
    """Those of lists in no order, ordered; the farthest must have been the last."""
    got = answers(store, targets, ticks, k, job, ordered=False)
    assert all(answer[-1][0] == max(answer)[0] for answer in got if answer)
    return [sorted(answer) for answer in got]


def random_box(seed: int) -> Box:
    rng = np.random.default_rng(seed)
    (x, y), (width, height) = rng.integers(-60, 60, 2).tolist(), rng.integers(1, 70, 2).tolist()
    return Box(x, y, x + width, y + height)


@QUICK
@given(
    st.sampled_from(KINDS),
    st.integers(1, 400),
    st.integers(0, 10**6),
    st.sampled_from([1, 2, 5, 12, 40]),
    st.sampled_from([FARTHEST, 0, 35**2, 400**2]),
    st.sampled_from([5, 10]),
    st.booleans(),
)
def test_nearest_is_brute_force(make_store, job, kind, n, seed, k, reach2, per_cell, solid):
    x, y, v = cloud(kind, n, seed, per_cell)
    store, box = make_store(x, y, v, per_cell=per_cell), random_box(seed)
    targets = targets_near(x, y, v, per_cell, box, seed, 40, solid)
    ticks = Ticks.of(store, solid)
    # The fixture's values are thousandths of a cell, so ticks that measure heights are that fine too.
    finer, shift = 500 // per_cell if solid else 1, ticks.shift
    points = [2 * x * finer >> shift, 2 * y * finer >> shift] + [v >> shift] * solid
    z = targets.z >> shift if solid else None
    targets = Targets.at(targets.x * finer >> shift, targets.y * finer >> shift, z, reach2)
    got = answers(store, targets, ticks, k, job)
    for i, answer in enumerate(got):
        at = (int(targets.x[i]), int(targets.y[i])) + ((int(targets.z[i]),) if solid else ())
        assert answer == brute(points, v / 1000, at, k, reach2)
    assert unordered_answers(store, targets, ticks, k, job) == got


@pytest.mark.parametrize("k", [1, 2, 4, 9])
@pytest.mark.parametrize("halo", [0, 1])
def test_a_window_certifies_no_more_than_it_can_know(make_store, job, monkeypatch, k, halo):
    """A point on every lattice step: at the window's edge every answer is a tie or a step away from one."""
    monkeypatch.setattr(window_module, "choose_halo", lambda *_: halo)
    x, y = (a.ravel() for a in np.mgrid[0:30, 0:30])
    store = make_store(x, y, x + y, per_cell=5)
    tx, ty = (a.ravel() for a in np.mgrid[20:40, 30:50])
    targets = Targets.at(tx, ty)
    got = answers(store, targets, Ticks.of(store), k, job)
    assert unordered_answers(store, targets, Ticks.of(store), k, job) == got
    for i, answer in enumerate(got):
        assert answer == brute([2 * x, 2 * y], (x + y) / 1000, (int(tx[i]), int(ty[i])), k, FARTHEST)


def in_sector(number: int, dx: int, dy: int, dz: int) -> bool:
    """Half-open sectors counterclockwise: quadrants 0-3 and octants 4-11 by angle, 12-19 by signs."""
    angle = round(float(np.degrees(np.arctan2(float(dy), float(dx)))) % 360, 9) if (dx, dy) != (0, 0) else 0.0
    if number < 4:
        return angle // 90 == number
    if number < 12:
        return angle // 45 == number - 4
    return angle // 90 + 4 * (dz < 0) == number - 12


@pytest.mark.parametrize("halo", [0, 1])
@pytest.mark.parametrize("number", range(20))
def test_a_sector_is_searched_alone_and_to_its_borders(make_store, job, monkeypatch, number, halo):
    monkeypatch.setattr(window_module, "choose_halo", lambda *_: halo)
    x, y = (a.ravel() for a in np.mgrid[70:90, 70:90])
    z = 7 * x * y % 5 * 200
    store = make_store(x, y, z, per_cell=5)
    solid = number >= 12
    ticks = Ticks.of(store, solid)
    finer = ticks.per_step // 2
    tx, ty = (a.ravel() for a in np.mgrid[150:170:3, 150:160:2])
    targets = Targets.at(tx * finer, ty * finer, 0 * tx + 400 if solid else None)
    targets = replace(targets, sector=np.full(len(tx), number))
    got = answers(store, targets, ticks, 8, job)
    for i, answer in enumerate(got):
        at = (int(targets.x[i]), int(targets.y[i]), 400)
        offsets = zip(
            (2 * x * finer - at[0]).tolist(), (2 * y * finer - at[1]).tolist(), (z - 400).tolist(), strict=True
        )
        mine = np.array([in_sector(number, *o) for o in offsets])
        points = [2 * x[mine] * finer, 2 * y[mine] * finer] + [z[mine]] * solid
        assert answer == brute(points, z[mine] / 1000, at[: 2 + solid], 8, FARTHEST)


@pytest.mark.parametrize("spread", [1, 30, 3000])
def test_heaps_and_holes_are_searched_exactly(make_store, job, spread):
    rng = np.random.default_rng(4)
    x, y = rng.integers(0, 10 * spread, (2, 6000))
    x[:50] += 300
    store = make_store(x, y, rng.integers(0, 9, 6000), per_cell=10)
    box = Box(0, 0, 40, 12)
    targets = targets_near(x, y, x, 10, box, 1, 60)
    got = answers(store, targets, Ticks.of(store), 7, job)
    everything = store.read(store.box)
    for i, answer in enumerate(got):
        at = int(targets.x[i]), int(targets.y[i])
        assert answer == brute([2 * everything.x, 2 * everything.y], everything.v, at, 7, FARTHEST)


def test_one_bird_far_away_does_not_load_the_plain(make_store, job, monkeypatch):
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 3000, (2, 90_000))
    store = make_store(np.r_[x, -3_000_000], np.r_[y, 900], np.zeros(90_001), per_cell=10)
    read, loaded = store.read_blocks, []
    monkeypatch.setattr(store, "read_blocks", lambda blocks: loaded.append(int(blocks.count.sum())) or read(blocks))
    box = Box(-300_005, 85, -299_995, 95)
    targets = targets_near(x, y, x, 10, box, 1, 100)
    got = answers(store, targets, Ticks.of(store), 12, job)
    assert all(answer[0][1:3] == (-6_000_000, 1800) for answer in got)
    for i in range(0, 100, 20):
        at = int(targets.x[i]), int(targets.y[i])
        assert got[i][1:] == brute([2 * x, 2 * y], 0.0 * x, at, 11, FARTHEST)
    assert sum(loaded) < 20_000


def test_points_farther_apart_than_ticks_can_measure_are_found_on_coarser_ticks(make_store, job):
    rng = np.random.default_rng(6)
    x, y, v = rng.integers(-(10**9), 10**9, 60), rng.integers(0, 5000, 60), rng.integers(0, 100, 60)
    store = make_store(x, y, v, per_cell=1000)
    ticks = Ticks.of(store)
    assert ticks.shift > 0
    shifted = [2 * x >> ticks.shift, 2 * y >> ticks.shift]
    targets = Targets.at(np.array([-5000, 0, 7777]) >> ticks.shift, np.array([10, 5000, 7000]) >> ticks.shift)
    got = answers(store, targets, ticks, 9, job)
    for i, answer in enumerate(got):
        assert answer == brute(shifted, v / 1000, (int(targets.x[i]), int(targets.y[i])), 9, FARTHEST)


def test_radii_reach_the_points_they_name(make_store):
    ticks = Ticks.of(make_store([0, 5000], [0, 0], [0, 0]))
    assert ticks.squared(0.3, "RADIUS") == 600**2
    assert ticks.squared(0.00075, "RADIUS") == 2
    assert ticks.squared(inf, "RADIUS") == ticks.squared(1e9, "RADIUS") == FARTHEST < REACH**2
    with pytest.raises(OptionError, match="RADIUS is nan"):
        ticks.squared(float("nan"), "RADIUS")


def test_a_search_stops_when_the_job_is_cancelled(make_store, job):
    x, y, v = cloud("uniform", 400, 1)
    store, box = make_store(x, y, v, per_cell=10), Box(0, 0, 10, 10)
    targets = targets_near(x, y, v, 10, box, 1, 60)
    job.progress.halt()
    with pytest.raises(Cancelled):
        answers(store, targets, Ticks.of(store), 3, job)


def test_no_queries_need_no_points(make_store, job, monkeypatch):
    store = make_store([1], [1], [1], per_cell=10)
    monkeypatch.setattr(nearest_module, "load_window", None)
    none = np.empty(0, np.int64)
    assert list(nearest(store, store.box, Targets.at(none, none), Ticks.of(store), 3, job)) == []
