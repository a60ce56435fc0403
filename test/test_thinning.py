# SPDX-License-Identifier: GPL-2.0-or-later
"""THINNING=nearest: no two kept points are nearer to each other than the distance asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clouds_made import ground, write_cloud_file
from scipy.spatial import cKDTree

from scree.core.errors import MemoryLimitError
from scree.core.jobs.budget import Budget, make_budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.jobs.memory import MB
from scree.core.surface.dem import build_dem
from scree.core.surface.expected import expect
from scree.core.surface.options import DemOptions
from scree.core.surface.points import seal_points, selections
from scree.core.surface.units import Bands
from scree.core.tiles import store as store_module
from scree.core.tiles.points import Points

MODES = (
    {"method": "rst"},
    {"method": "rst", "segmentation": "surrounded"},
    {"method": "rst", "segmentation": "plain"},
    {"method": "tin"},
    {"method": "idw"},
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cloud_file(tmp_path_factory.mktemp("cloud") / "ground.las", ground(30_000, 60.0))


def kept(folder: Path, *inputs: Path, threads: int = 2, limit: int = 1024, **more) -> tuple[Points, list[str]]:
    """The points a surface goes through, and the warnings."""
    options = DemOptions(inputs=tuple(map(str, inputs)), output=str(folder / "dem.tif"), thinning="nearest", **more)
    options.check()
    options = options.settled()
    budget = Budget(limit * MB + make_budget().base, make_budget().base)
    with Job(JobFolder(folder, "0" * 16, resume=False), budget=budget, threads=threads) as job:
        sealed = seal_points(options, selections(options, options.open()), job)
        points = sealed.store.read(sealed.store.box)
        sealed.close()
        return points, job.warnings


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: "-".join(mode.values()))
@pytest.mark.parametrize("distance", [0.5, 0.7, 3.0, 0.2205])
def test_no_two_kept_points_are_nearer(tmp_path, cloud, monkeypatch, mode, distance):
    monkeypatch.setattr(store_module, "UNIT_POINTS", 2_000)
    points, warnings = kept(tmp_path, cloud, thinning_distance=distance, **mode)
    every, _ = kept(tmp_path, cloud, thinning_distance=0.0, **mode)
    assert not warnings
    steps = np.round(distance * 1000, 6)
    tree = cKDTree(np.stack([points.x, points.y], axis=1))
    nearest = tree.query(tree.data, k=2)[0][:, 1]
    assert nearest.min() >= steps
    gap = tree.query(np.stack([every.x, every.y], axis=1))[0]
    assert gap.max() < steps, "every point left out is near a kept one"


def test_the_same_points_stay_for_any_order_splitting_memory_and_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "UNIT_POINTS", 2_000)
    columns = ground(30_000, 60.0)
    order = np.random.default_rng(1).permutation(len(columns["x"]))
    whole = write_cloud_file(tmp_path / "whole.las", columns)
    parts = [write_cloud_file(tmp_path / f"{i}.laz", columns, part) for i, part in enumerate(np.split(order, [9_000]))]
    first, _ = kept(tmp_path, whole, thinning_distance=0.7)
    again, _ = kept(tmp_path, *parts[::-1], thinning_distance=0.7, threads=1, limit=200)
    for name in ("x", "y", "v", "w"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()


def test_a_distance_that_needs_more_memory_is_refused_before_work(tmp_path, cloud):
    options = DemOptions(inputs=(str(cloud),), output=str(tmp_path / "dem.tif"), thinning="nearest", method="tin")
    selected = selections(options, options.open())
    sizes = []
    for distance in (0.5, 5.0):
        asked = DemOptions(**{**options.__dict__, "thinning_distance": distance}).settled()
        with pytest.raises(MemoryLimitError, match=f"THINNING_DISTANCE {distance:g} needs") as caught:
            expect(asked, selected, Bands(("output",)), Budget(70 * MB, 5 * MB))
        sizes.append(int(str(caught.value).split(" needs ")[1].split()[0]))
    assert sizes[1] >= sizes[0] > 1


def test_a_dem_of_thinned_points_counts_them(tmp_path, cloud):
    report = build_dem(
        DemOptions(
            inputs=(str(cloud),), output=str(tmp_path / "dem.tif"), thinning="nearest", thinning_distance=0.7,
            method="tin", count=str(tmp_path / "count.tif"),
        )
    )  # fmt: skip
    points, _ = kept(tmp_path, cloud, thinning_distance=0.7)
    assert report["points_used"] == len(points.x) < report["points_passed"]
