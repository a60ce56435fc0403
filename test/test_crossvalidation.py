# SPDX-License-Identifier: GPL-2.0-or-later
"""Points left out: no engine sees a trace of them, which are left out depends on the points alone, figures are true."""

from __future__ import annotations

import json
from pathlib import Path

import laspy
import numpy as np
import pytest
from clouds_made import ground, write_cloud_file

from scree.core.errors import OptionError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface import leftout
from scree.core.surface.contract import Queries
from scree.core.surface.dem import build_dem
from scree.core.surface.leftout import Squares, leave_out_points, leave_out_squares
from scree.core.surface.options import DemOptions
from scree.core.surface.registry import make_interpolator
from scree.core.tiles.lattice import Box
from scree.core.tiles.without import StoreWithout

PER_CELL = 100


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0" * 16), budget=Budget(1 << 30, 0), threads=2)


METHODS = ("rst", "surrounded", "plain", "tin", "naturalneighbor", "idw", "movingplane", "nearest")


def surface(method: str):
    segmentation = method if method in ("surrounded", "plain") else "blended"
    name = "rst" if segmentation != "blended" else method
    return make_interpolator(DemOptions(inputs=("a.las",), output="a.tif", method=name, segmentation=segmentation))


def terrain(n: int = 6000, cells: int = 90, seed: int = 3):
    draw = np.random.default_rng(seed)
    x, y = np.unique(draw.integers(-20 * PER_CELL, cells * PER_CELL, (2, n)), axis=1)
    x, y = x[(hole := (x - 3000) ** 2 + (y - 4000) ** 2 > 800**2)], y[hole]
    v = 5000 * np.sin(x / 900) + 4000 * np.cos(y / 700 + x / 2000) + draw.normal(0, 60, len(x))
    return x, y, np.rint(v).astype(np.int64)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rule", ["points", "squares"])
def test_no_engine_sees_a_trace_of_what_is_left_out(make_store, job, method, rule):
    x, y, v = terrain()
    store = make_store(x, y, v, per_cell=PER_CELL)
    if rule == "points":
        some = store.read(store.box)
        rows = np.arange(0, len(some), 7)
        gone = set(zip(some.x[rows].tolist(), some.y[rows].tolist(), strict=True))
        hidden, seen = (
            Squares(1, some.x[rows], some.y[rows]),
            np.array([(a, b) not in gone for a, b in zip(x, y, strict=True)]),
        )
    else:  # of 7.3 cells: some blocks lie whole in a square, some in part
        side, squares = 730, np.array([[-1, 1], [2, 2], [5, 5], [6, 5], [5, 6], [6, 6], [7, 6], [7, 7], [8, 3]])
        hidden = Squares(side, *squares.T)
        seen = ~np.isin(x // side * 1000 + y // side, squares @ [1000, 1])
    kept = make_store(x[seen], y[seen], v[seen], per_cell=PER_CELL)
    assert 100 < np.count_nonzero(~seen) < len(x) // 2
    found = surface(method)
    sealed = found.prepare(store, job)
    found.restore(store, sealed)
    box = Box(0, 0, 80, 80)
    queries = Queries.centers(box, PER_CELL)
    without = StoreWithout(store, hidden)
    assert without.count == kept.count == np.count_nonzero(seen)
    assert without.read(box).x.tolist() == kept.read(box).x.tolist()
    got = found.evaluate(without, queries, job, False).value
    if method in ("tin", "naturalneighbor"):
        sealed = found.prepare(kept, job)  # the hull, which is looked for anew where points are left out
    found.restore(kept, sealed)
    assert got.tobytes() == found.evaluate(kept, queries, job, False).value.tobytes()


def test_squares_are_whole_apart_and_predicted_from_the_rest(make_store, job):
    """By nearest point the error is known: that of the nearest point outside all squares of the round."""
    x, y, v = terrain()
    store = make_store(x, y, v, per_cell=PER_CELL)
    side, method = 600, surface("nearest")
    method.restore(store, {})
    left = leave_out_squares(store, method, side, 10_000, job)
    points, names = left.points, np.stack([left.points.x // side, left.points.y // side])
    assert len(np.unique(left.square)) == len(np.unique(names, axis=1).T) > 100
    round_of = names[0] % 3 + 3 * (names[1] % 3)
    for number in range(9):
        mine = round_of == number
        gone = np.isin(x // side * 1000 + y // side, (names[0] * 1000 + names[1])[mine])
        d2 = (points.x[mine][:, None] - x[~gone]) ** 2 + (points.y[mine][:, None] - y[~gone]) ** 2
        assert left.distance[mine] == pytest.approx(np.sqrt(d2.min(axis=1)))
        heights = np.where(d2 == d2.min(axis=1)[:, None], v[~gone], np.nan)
        nearest = left.predicted[mine] * 1000
        assert (np.nanmin(np.abs(heights - nearest[:, None]), axis=1) < 1e-6).all()
    assert np.bincount(left.square).max() <= leftout.POINTS_OF_SQUARE


def test_few_squares_of_many_and_large_ones(make_store, job):
    x, y, v = terrain()
    store = make_store(x, y, v, per_cell=PER_CELL)
    method = surface("nearest")
    few = leave_out_squares(store, method, 300, 100, job)
    assert 100 <= len(few.points) < 100 + leftout.POINTS_OF_SQUARE
    alone = leave_out_points(store, method, 10, job)
    assert len(alone.points) == 10
    inside = (x >= 0) & (y >= 0)
    everything = leave_out_squares(make_store(x[inside], y[inside], v[inside]), method, 10**6, 100, job)
    assert len(everything.points)
    assert np.isnan(everything.error).all(), "where all is left out nothing can be said"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Path:
    return write_cloud_file(tmp_path_factory.mktemp("cloud") / "ground.las", ground(6000, 60.0))


def run(folder: Path, *inputs: Path, **more) -> dict:
    options = {"output": str(folder / "dem.tif"), "cross_validation": str(folder / "left.las")} | more
    return build_dem(DemOptions(inputs=tuple(map(str, inputs)), **options))


def figures(report: dict) -> str:
    return json.dumps(report["cross_validation"])


@pytest.mark.parametrize("method", ["rst", "tin", "idw"])
@pytest.mark.parametrize("block", [0.0, 5.0])
def test_same_errors_however_the_work_is_cut(tmp_path, cloud, method, block):
    (one := tmp_path / "one").mkdir()
    first = run(one, cloud, method=method, cross_validation_block=block, threads=1, max_memory=900)
    columns = ground(6000, 60.0)
    order = np.random.default_rng(5).permutation(len(columns["x"]))
    parts = [
        write_cloud_file(tmp_path / f"part{i}.las", {name: c[some] for name, c in columns.items()})
        for i, some in enumerate(np.array_split(order, 3))
    ]
    (two := tmp_path / "two").mkdir()
    second = run(two, *parts[::-1], method=method, cross_validation_block=block, threads=4, max_memory=4096)
    assert figures(first) == figures(second)
    a, b = (laspy.read(folder / "left.las") for folder in (one, two))
    assert a.points.array.tobytes() == b.points.array.tobytes()
    assert ("Distance" in a.point_format.dimension_names) == bool(block)


def test_the_figures_are_those_of_the_points(tmp_path, cloud):
    found = run(tmp_path, cloud, method="tin", cross_validation_block=4.0)["cross_validation"]
    las = laspy.read(tmp_path / "left.las")
    error = np.asarray(las["Error"], float)
    assert found["points"] == len(error) > 1000
    assert found["without_value"] == np.isnan(error).sum()
    error, distance = error[np.isfinite(error)], np.asarray(las["Distance"])[np.isfinite(error)]
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-6)
    assert found["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-6)
    assert found["mean"] == pytest.approx(error.mean(), abs=1e-8)
    assert sum(bin["points"] for bin in found["by_distance"]) == len(error)
    for bin in found["by_distance"]:
        some = error[(distance > bin["over"]) & (distance <= bin["to"])]
        assert bin["points"] == len(some)
        assert bin["p95"] == pytest.approx(np.percentile(np.abs(some), 95), rel=1e-6)


def test_errors_grow_with_the_squares(tmp_path, cloud):
    alone, small, large = (
        run(tmp_path, cloud, cross_validation_block=side)["cross_validation_rmse"] for side in (0.0, 3.0, 12.0)
    )
    assert alone < small < large


@pytest.mark.parametrize("side", [0.5, -3.0, float("nan"), float("inf")])
def test_a_side_that_cannot_be_is_refused(tmp_path, cloud, side):
    with pytest.raises(OptionError, match=r"CROSS_VALIDATION_BLOCK is .*at least RESOLUTION, 1"):
        run(tmp_path, cloud, cross_validation_block=side)
