# SPDX-License-Identifier: GPL-2.0-or-later
"""What is expected before a run is what happens, and what cannot fit is refused before any work."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import write_raster_file
from terrain import ORIGIN, Survey, Terrain, write_cloud

from scree.core.clouds.taste import plane
from scree.core.errors import MemoryLimitError, OutputError
from scree.core.jobs.budget import Budget
from scree.core.jobs.estimate import (
    Block,
    Estimate,
    Spread,
    all_blocks,
    all_cells,
    all_points,
    building_bytes,
    estimate,
    expected_blocks,
)
from scree.core.jobs.memory import MB
from scree.core.voxels.grid import CellBox

ROOT = Path(__file__).resolve().parent.parent
BUDGET = Budget(limit=1024 * MB, base=300 * MB)


def test_points_spread_over_tiles() -> None:
    blocks = expected_blocks([Spread((0, 0, 1024, 512), 1000.0)], 1.0)
    assert sorted(blocks, key=lambda b: b.points)[-2:] == [Block(500, 512 * 512)] * 2


def test_a_full_tile_is_split_until_its_parts_fit() -> None:
    blocks = expected_blocks([Spread((0, 0, 511, 511), 4_000_000.0)], 1.0, most=1 << 18)
    assert len(blocks) == 16
    assert sum(block.points for block in blocks) == 4_000_000


def test_thinning_leaves_what_falls_into_places_of_their_own() -> None:
    few = expected_blocks([Spread((0, 0, 512, 511), 1000.0)], 1.0, per_cell=4)
    many = expected_blocks([Spread((0, 0, 512, 511), 1e9)], 1.0, per_cell=4, most=1 << 62)
    assert sum(block.points for block in few) == pytest.approx(1000, rel=0.01)
    assert sum(block.points for block in many) == pytest.approx(4 * 512 * 511, rel=0.01)


def test_an_extent_leaves_out_the_rest() -> None:
    spread = Spread((0, 0, 10_000, 10_000), 1e6)
    assert len(expected_blocks([spread], 1.0, within=(0.0, 0.0, 100.0, 100.0))) == 1


@pytest.mark.parametrize("bounds", [(0.0, 0.0, float("inf"), 1.0), (5.0, 5.0, 1.0, 1.0), (-1e30, -1e30, 1e30, 1e30)])
def test_headers_that_lie_do_no_harm(bounds: Any) -> None:
    assert 1 <= len(expected_blocks([Spread(bounds, 1e6)], 1.0)) < 10_000


@pytest.mark.parametrize("cell", [1.0, 0.05, 0.001])
def test_a_raster_of_any_cells_is_expected_where_points_fall(cell: float) -> None:
    """Of tiles too many to look at, those that hold a point are as many as rain would wet."""
    spread = Spread((0.0, 0.0, 250.0, 250.0), 300_000.0)
    blocks = expected_blocks([spread], cell)
    rng = np.random.default_rng(1)
    tiles = np.unique(rng.integers(0, max(1, round(250 / (512 * cell))), (300_000, 2)), axis=0)
    assert all_points(blocks) == pytest.approx(300_000, rel=0.25)
    if cell < 1:
        assert all_blocks(blocks) == pytest.approx(len(tiles), rel=0.25)
        assert all_cells(blocks) == pytest.approx(len(tiles) * 512**2, rel=0.25)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A diagonal strip 700 km long, and a small cloud with one point 1,000 km away."""
    folder, rng, n = tmp_path_factory.mktemp("wide"), np.random.default_rng(2), 20_000
    along, across = np.sort(rng.random(n)) * 500_000, rng.random(n)
    near = rng.random((2, n)) * 100
    near[:, 7] = 700_000
    return {name: write_las(folder / f"{name}.las", x, y) for name, x, y in
            (("strip", along - across, along + across), ("bird", *near))}  # fmt: skip


def write_las(path: Path, x: np.ndarray, y: np.ndarray) -> Path:
    import laspy

    las = laspy.LasData(laspy.LasHeader(version="1.2", point_format=1))
    las.header.scales = [0.01] * 3
    las.x, las.y, las.z = x, y, np.zeros(len(x))
    las.write(str(path))
    return path


@pytest.mark.parametrize("name", ["strip", "bird"])
def test_points_that_were_looked_at_tell_how_many_tiles_hold_some(wide: dict[str, Path], name: str) -> None:
    from scree.core.clouds.collection import open_collection
    from scree.core.clouds.taste import spreads

    source = open_collection((str(wide[name]),)).sources[0]
    chunk = next(iter(source.chunks(())))
    tiles = np.unique(np.floor(np.stack([chunk["x"], chunk["y"]]) / 512), axis=1).shape[1]
    assert all_blocks(expected_blocks([Spread(plane(source), source.points)], 1.0)) > 10 * tiles
    assert all_blocks(expected_blocks(spreads([(source, None)], 1.0), 1.0)) == pytest.approx(tiles, rel=0.25)


@pytest.mark.parametrize("engine", ["dem", "cells", "totals"])
def test_a_raster_the_disk_cannot_hold_is_refused_before_a_point_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """The whole file is read by none of them: its points are only looked at."""
    from scree.core.clouds.las import LasSource
    from scree.core.jobs import disk
    from scree.core.points.cellstatistics import CellStatistics
    from scree.core.points.gridding import grid_points
    from scree.core.points.gridoptions import GridOptions
    from scree.core.surface.dem import build_dem
    from scree.core.surface.options import DemOptions

    rng = np.random.default_rng(3)
    cloud = write_las(tmp_path / "c.las", *(rng.random((2, 120_000)) * 250))
    usage = type("Usage", (), {"free": 10_000 * MB})
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: usage)
    read, real = [], LasSource.records
    monkeypatch.setattr(LasSource, "records", lambda self, *a: (read.append(c[0]) or c for c in real(self, *a)))
    common = {"inputs": (str(cloud),), "output": str(tmp_path / "o.tif"), "resolution": 0.001}
    median = CellStatistics("z", "median" if engine == "cells" else "mean", True)
    run = (
        partial(build_dem, DemOptions(filter="", **common))
        if engine == "dem"
        else partial(grid_points, GridOptions(**common), median)
    )
    with pytest.raises(OutputError, match="The run needs about"):
        run()
    assert set(read) <= {0}, "no part of the file after the first"
    assert not list(tmp_path.glob("scree-*"))


def test_what_cannot_fit_is_refused() -> None:
    with pytest.raises(MemoryLimitError, match="set MAX_MEMORY to"):
        estimate(1e6, [Block(1000, 1000)], BUDGET, 2, unit=lambda n, c: 2048 * MB, building=0, scratch=0)


def test_workers_are_no_more_than_fit() -> None:
    found = estimate(1e6, [Block(1, 1)] * 9, BUDGET, 4, unit=lambda n, c: 300 * MB, building=0, scratch=0)
    assert found.workers == 2
    assert found.memory <= BUDGET.limit


def test_building_grows_with_the_points_up_to_what_is_held_at_once() -> None:
    sizes = [building_bytes(n, [Block(int(n), 1)], 3, BUDGET, 2) for n in (1e4, 1e6, 1e9, 1e12)]
    assert sizes == sorted(sizes)
    assert sizes[2] == sizes[3]


def test_the_sentence_says_all() -> None:
    text = Estimate(4_800_000, 12, 300 * MB, 620 * MB, 2).sentence()
    assert text == (
        "Expected: 4,800,000 points in 12 blocks, 300 MB of temporary data, at most 620 MB of memory, 2 at once."
    )


RUN = """
import json, sys
from pathlib import Path
sys.path.insert(0, {plugins!r})
from scree.core.augmentation.gap_job import GapOutputs, find_gaps
from scree.core.augmentation.job import augment_ground
from scree.core.augmentation.options import AugmentOptions
from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions
from scree.core.points.job import work_points
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.options import PointOptions
from scree.core.points.stream import stream_points
from scree.core.points.pointstats import PointStatistics
from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.surfaces import PointGrid
from scree.core.voxels.update import update_map
from scree.core.voxels.options import UpdateOptions
cloud, folder = sys.argv[2:]
common = dict(inputs=(cloud,), threads=2, scratch=folder)
runs = {{
    "dem": lambda: build_dem(DemOptions(output=folder + "/dem.tif", method="tin", **common)),
    "points": lambda: work_points(
        PointOptions(output=folder + "/o.las", neighborhood="knn(k=5)", **common), PointStatistics("z", "mean,std")),
    "cells": lambda: grid_points(
        GridOptions(output=folder + "/c.tif", resolution=1, **common), CellStatistics("z", "min,median", True)),
    "stream": lambda: stream_points(
        PointOptions(output=folder + "/f.las", process_filter="Class[Ground]", **common)),
    "totals": lambda: grid_points(
        GridOptions(output=folder + "/t.tif", resolution=1, **common), CellStatistics("z", "min,mean", True)),
    "grid": lambda: grid_points(
        GridOptions(output=folder + "/g.tif", resolution=1, neighborhood="knn(k=5)", **common),
        PointGrid("movingaverage", "z", "", 0)),
    "augment": lambda: augment_ground(
        AugmentOptions(dtm=(cloud + ".tif",), output=folder + "/a.las", **common)),
    "full": lambda: augment_ground(
        AugmentOptions(dtm=(cloud + ".tif",), output=folder + "/a.las", strategy="full", **common)),
    "gaps": lambda: find_gaps(
        AugmentOptions(dtm=(), strategy="gaps", **common), GapOutputs(folder + "/h.tif")),
    "voxels": lambda: update_map(UpdateOptions(map=folder + "/map", resolution=1.0, tile_size=64.0, **common)),
}}
report = runs[sys.argv[1]]()
found = {{name: report.get(name) for name in ("scratch_peak", "peak_memory", "units", "points_read", "estimate")}}
found["points"] = next((report[n] for n in ("points_used", "points_worked", "points_passed") if n in report), 0)
print("FOUND" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estimates") / "cloud.las"
    terrain = Terrain()
    write_cloud(str(path), Survey(points=600_000, density=0.5), terrain)
    x, y = np.meshgrid(ORIGIN[0] + np.arange(-4.5, 1300), ORIGIN[1] + np.arange(1299.5, -5, -1))
    write_raster_file(path.with_name("cloud.las.tif"), terrain(x, y), ORIGIN[0] - 5, ORIGIN[1] + 1300, 1.0)
    return path


@pytest.fixture
def run(cloud: Path, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """A run in a process of its own, whose peak is nobody else's."""

    def run(name: str) -> dict[str, Any]:
        script = RUN.format(plugins=str(ROOT / "build" / "plugins"))
        command = [sys.executable, "-c", script, name, str(cloud), str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=200)
        assert "FOUND" in done.stdout, done.stderr
        return json.loads(done.stdout.split("FOUND")[1])

    return run


NAMES = ("dem", "points", "cells", "totals", "stream", "grid", "voxels", "augment", "full", "gaps")


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_is_within_a_quarter(run: Callable[[str], dict[str, Any]], name: str) -> None:
    found = run(name)
    expected = found["estimate"]
    if name in ("stream", "augment", "full", "gaps"):
        found |= {"points": found["points_read"], "units": found["units"] or expected["blocks"]}
    assert expected["points"] == pytest.approx(found["points"], rel=0.25)
    assert expected["memory"] == pytest.approx(found["peak_memory"], rel=0.25)
    assert expected["scratch"] == pytest.approx(found["scratch_peak"], rel=0.25, abs=0.1)
    assert expected["blocks"] == pytest.approx(found["units"], rel=0.25, abs=1)


READ = """
import json, sys
sys.path.insert(0, {plugins!r})
from scree.core.voxels.check import CheckOptions, check_map
from scree.core.voxels.export import ExportOptions, export_map
from scree.core.voxels.merge import MergeOptions, merge_maps
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.query import QueryOptions, query_map
from scree.core.voxels.rasters import RasterOptions, make_rasters
from scree.core.voxels.update import update_map
name, cloud, folder, map_ = sys.argv[1:]
def export(ending):
    return export_map(ExportOptions(map=map_, output=folder + "/e." + ending, format=ending))
runs = {{
    "update": lambda: update_map(UpdateOptions(inputs=(cloud,), map=map_, resolution=1.0, tile_size=128.0)),
    "rasters": lambda: make_rasters(RasterOptions(map=map_, top=folder + "/t.tif", gap=folder + "/g.tif")),
    "query": lambda: query_map(QueryOptions(map=map_, output=folder + "/q.csv")),
    "places": lambda: query_map(QueryOptions(map=map_, output=folder + "/p.csv", points=(cloud,))),
    "check": lambda: check_map(CheckOptions(map=map_)),
    "merge": lambda: merge_maps(MergeOptions(map=folder + "/copy", other=map_, reapply=True)),
}}
report = runs[name]() if name in runs else export(name)
names = ("scratch_peak", "peak_memory", "estimate", "voxels", "tiles", "rows")
print("FOUND" + json.dumps({{name: report.get(name) for name in names}}))
"""


def read(name: str, cloud: Path, folder: Path, voxel_map: Path) -> dict[str, Any]:
    """A run over a map in a process of its own."""
    script = READ.format(plugins=str(ROOT / "build" / "plugins"))
    command = [sys.executable, "-c", script, name, str(cloud), str(folder), str(voxel_map)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert "FOUND" in done.stdout, done.stderr
    return json.loads(done.stdout.split("FOUND")[1])


@pytest.fixture(scope="module")
def voxel_map(cloud: Path) -> tuple[Path, dict[str, Any]]:
    """A map, and the report of the run that made it."""
    return cloud.parent / "map", read("update", cloud, cloud.parent, cloud.parent / "map")


@pytest.mark.parametrize("name", ["bt", "ot", "ply", "laz", "gpkg", "rasters", "query", "places", "check", "merge"])
def test_what_reads_a_map_expects_what_happens(
    name: str, cloud: Path, voxel_map: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    place, made = voxel_map
    if name == "merge":
        shutil.copytree(place, tmp_path / "copy")
    found = read(name, cloud, tmp_path, place)
    expected = found["estimate"]
    assert expected["points"] == (found["rows"] if name == "places" else made["voxels"])
    assert expected["blocks"] == made["tiles"]
    assert expected["memory"] == pytest.approx(found["peak_memory"], rel=0.25)
    assert expected["scratch"] == pytest.approx(found["scratch_peak"], rel=0.25, abs=0.1)


def test_of_a_box_only_its_tiles_are_expected(voxel_map: tuple[Path, dict[str, Any]]) -> None:
    from scree.core.voxels.expected import expect_reading
    from scree.core.voxels.voxel_map import VoxelMap

    read_map = VoxelMap.open(voxel_map[0])
    west, south, low = (i * read_map.grid.side for i in read_map.tiles()[0].tolist())
    box = CellBox((west + 1, south + 1, low + 1), (west + 9, south + 9, low + 9))
    found = expect_reading(read_map, "voxels", 16, BUDGET, box=box)
    read_map.close()
    assert found.blocks == 1 and 0 < found.points < voxel_map[1]["voxels"]
    assert "voxels in 1 tile, " in found.sentence()
