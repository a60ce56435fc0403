# SPDX-License-Identifier: GPL-2.0-or-later
"""Rays through voxels: against exact fractions, across tiles, and what a scan makes of them."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scree.core.clouds.collection import open_collection
from scree.core.clouds.writer import write_cloud
from scree.core.errors import Cancelled, InputError, OptionError
from scree.core.voxels import rays, spool, update
from scree.core.voxels.batches import TileBatch
from scree.core.voxels.cast import cast_ray, cast_rays
from scree.core.voxels.grid import TileIndex, VoxelGrid
from scree.core.voxels.model import MISS, Model, log_odds, octomap_model
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.query import QueryOptions, query_map
from scree.core.voxels.ray_kernels import carve
from scree.core.voxels.rays import read_poses, tiles_of
from scree.core.voxels.scan import insert_scan
from scree.core.voxels.tile import ScanMarks, VoxelTile
from scree.core.voxels.update import update_map
from scree.core.voxels.voxel_map import VoxelMap

SIZE = 1 << 16


def cells_by_fractions(origin, end) -> tuple[set, bool]:
    """Cells between the ends without the last one, and whether two planes were ever crossed at once."""
    signs = [1 if e >= o else -1 for o, e in zip(origin, end)]
    o = [c if s > 0 else -1 - c for c, s in zip(origin, signs)]
    e = [c if s > 0 else -1 - c for c, s in zip(end, signs)]
    times = []
    for a in range(3):
        for plane in range((o[a] // SIZE + 1) * SIZE, (e[a] // SIZE) * SIZE + 1, SIZE):
            times.append(Fraction(plane - o[a], e[a] - o[a]))
    cuts = [Fraction(0), *sorted(set(times)), Fraction(1)]
    cells = {tuple(c // SIZE for c in o)}
    for t in ((a + b) / 2 for a, b in zip(cuts, cuts[1:])):
        cells.add(tuple(math.floor((c + t * (d - c)) / SIZE) for c, d in zip(o, e)))
    cells.discard(tuple(c // SIZE for c in e))
    return {tuple(c if s > 0 else -1 - c for c, s in zip(cell, signs)) for cell in cells}, len(times) > len(set(times))


def carved(origin, end, side: int) -> set:
    """Cells by way of every tile the ray touches."""
    origins, ends = np.array([origin], np.int64), np.array([end], np.int64)
    tiles, numbers = tiles_of(origins, ends, VoxelGrid(1.0, side))
    assert len(np.unique(tiles, axis=0)) == len(tiles) and not numbers.any()
    out: set = set()
    for tile in tiles:
        marks = np.zeros(-(-(side**3) // 64), np.uint64)
        carve(origins, ends, np.zeros(1, np.int64), tile * side, side, marks)
        at = np.flatnonzero(np.unpackbits(marks.astype("<u8").view(np.uint8), bitorder="little"))
        assert (at < side**3).all()
        local = np.stack([at % side, at // side % side, at // side**2], axis=1) + tile * side
        new = set(map(tuple, local.tolist()))
        assert not new & out
        out |= new
    return out


place = st.tuples(*[st.integers(-12 * SIZE, 12 * SIZE)] * 3)
coarse = st.tuples(*[st.integers(-24, 24).map(lambda i: i * SIZE // 2)] * 3)


@settings(max_examples=300, deadline=None)
@given(place, place, st.sampled_from([3, 8, 50]))
def test_a_ray_goes_through_the_cells_fractions_say(origin, end, side) -> None:
    expected, tied = cells_by_fractions(origin, end)
    found = carved(origin, end, side)
    assert found >= expected
    if not tied:
        assert found == expected


@settings(max_examples=300, deadline=None)
@given(coarse, coarse, st.sampled_from([1, 3, 8]))
def test_rays_through_edges_and_corners_are_the_same_in_every_tiling(origin, end, side) -> None:
    found = carved(origin, end, side)
    assert found == carved(origin, end, 50)
    steps = sum(abs(e // SIZE - o // SIZE) for o, e in zip(origin, end))
    assert len(found) == steps
    assert found >= cells_by_fractions(origin, end)[0]


def test_a_long_ray_is_exact_to_its_last_cell() -> None:
    origin, end = (5, 7, 9), (32000 * SIZE + 3, 20001 * SIZE + 1, -17 * SIZE)
    origins, ends = np.array([origin], np.int64), np.array([end], np.int64)
    tiles, _ = tiles_of(origins, ends, VoxelGrid(1.0, 200.0))
    assert len(tiles) == 1 + 160 + 100 + 1 and tiles[-1].tolist() == [160, 100, -1]


# -- scans ---------------------------------------------------------------------------------------


def cloud(path: Path, seed: int, n: int = 300, scan: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    xyz = rng.normal(0, 6, (n, 3)).round(3)
    columns = {
        "intensity": rng.integers(0, 200, n).astype(np.uint16),
        "gps_time": scan + np.sort(rng.random(n)),
        "point_source_id": np.full(n, scan, np.uint16),
    }
    write_cloud(path, *xyz.T, columns)
    return xyz


def bytes_of(folder: Path) -> dict:
    return {
        p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and "tile" in str(p)
    }


def options(folder: Path, *inputs: Path, **more) -> UpdateOptions:
    rest = {"resolution": 0.5, "tile_size": 5.0, "misses": "rays", "origin": (0.1, 0.2, 0.3), "model": octomap_model()}
    return UpdateOptions(inputs=tuple(map(str, inputs)), map=str(folder), **{**rest, **more})


def fixed(point) -> tuple:
    return tuple(math.floor(round(c * 1000) * SIZE / 500) for c in point)


def test_two_scans_are_as_octomap_inserts_them(tmp_path) -> None:
    scans = [cloud(tmp_path / f"{i}.las", i, scan=i) for i in (1, 2)]
    update_map(options(tmp_path / "map", tmp_path / "2.las", tmp_path / "1.las"))
    origin = (0.1, 0.2, 0.3)
    values: dict = {}
    model = octomap_model()
    for xyz in scans:
        ends = [fixed(p) for p in xyz.tolist()]
        occupied = {tuple(c // SIZE for c in e) for e in ends}
        start = tuple(math.floor(c * 2.0 * SIZE) for c in origin)
        free = set().union(*(carved(start, e, 50) for e in ends)) - occupied
        for cells, add in ((free, log_odds(0.4)), (occupied, log_odds(0.7))):
            for cell in cells:
                value, count = values.get(cell, (0.0, 0))
                values[cell] = (min(max(value + add, model.l_min), model.l_max), count + 1)
    found = {
        tuple(c): (v, n)
        for part in VoxelMap.open(tmp_path / "map").voxels()
        for c, v, n in zip(part.cells.tolist(), part.log_odds.tolist(), part.counts.tolist())
    }
    assert found == values


def test_a_scan_in_memory_is_a_run_of_one_file(tmp_path, monkeypatch) -> None:
    for more in ({}, {"max_range": 4.0}):
        xyz = cloud(tmp_path / "1.las", 4, 2000)
        folder = tmp_path / f"map{len(more)}"
        update_map(options(folder, tmp_path / "1.las", origin=(0.25, 0.5, 0.75), **more))
        voxel_map = VoxelMap.create(None, VoxelGrid(0.5, 5.0), octomap_model(), cache_tiles=0)
        monkeypatch.setattr(rays, "RAYS_AT_ONCE", 100)
        insert_scan(voxel_map, xyz, (0.25, 0.5, 0.75), threads=3, **more)
        found, expected = ({tuple(v.tile): v for v in m.voxels()} for m in (voxel_map, VoxelMap.open(folder)))
        assert found.keys() == expected.keys()
        for tile, voxels in expected.items():
            assert (found[tile].cells == voxels.cells).all() and (found[tile].log_odds == voxels.log_odds).all()


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("stored", [0, 400])
def test_marks_of_a_scan_are_its_observations_one_by_one(alike, stored) -> None:
    rng = np.random.default_rng(7)
    cells = np.sort(rng.choice(1000, stored, replace=False))
    counts = rng.choice(np.array([0, 1, 30, 2**31 - 1], np.int32), stored)
    tiles = [VoxelTile(cells, rng.uniform(-9, 9, stored), counts) for _ in range(2)]
    tiles[1].log_odds = tiles[0].log_odds.copy()
    free, hit = rng.choice(1000, 300, replace=False), np.sort(rng.choice(1000, 90, replace=False))
    weights = np.full(1, 0.5) if alike else rng.random(90)
    marks = ScanMarks(np.zeros(16, np.uint64), np.zeros(16, np.uint64), weights, len(np.union1d(free, hit)))
    for bits, some in ((marks.free, free), (marks.hit, hit)):
        np.bitwise_or.at(bits, some >> 6, np.uint64(1) << (some & 63).astype(np.uint64))
    numbers = Model().numbers()
    tiles[0].observe_scan(marks, numbers)
    seen = np.union1d(free, hit)
    given = np.full(len(seen), MISS)
    given[np.searchsorted(seen, hit)] = weights
    packed = (seen.astype(np.uint64) << np.uint64(10)) | np.arange(len(seen), dtype=np.uint64)
    tiles[1].observe(TileBatch(TileIndex(0, 0, 0), packed, 0, 10), given, numbers)
    assert not marks.free.any() and not marks.hit.any()
    for name in ("cells", "log_odds", "counts"):
        assert (getattr(tiles[0], name) == getattr(tiles[1], name)).all() and len(tiles[0]) == len(tiles[1])


@pytest.mark.parametrize("threads", [1, 3])
def test_a_cancel_is_heard_while_one_tile_is_carved(monkeypatch, threads) -> None:
    heard: list[int] = []

    def check() -> None:
        heard.append(1)
        if len(heard) == 5:
            raise Cancelled("The run was cancelled.")

    monkeypatch.setattr(rays, "RAYS_AT_ONCE", 100)
    carver, ends = rays.Carver(VoxelGrid(0.5, 5.0), threads, check), np.zeros((3000, 3), np.int64)
    given = rays.Rays(ends, ends + 3 * SIZE, np.arange(3000))
    with pytest.raises(Cancelled):
        carver.marks(TileIndex(0, 0, 0), np.zeros((0, 3), np.int64), np.zeros(0), [given])
    assert len(heard) < 30


def test_real_scans_with_poses_are_the_scans_put_in_one_after_the_other(tmp_path, scree_data: Path) -> None:
    folder = scree_data / "occupancy"
    paths = [folder / f"os1-128-scan{i}.laz" for i in (1, 2, 3)]
    poses = str(folder / "os1-128_poses_kitti.txt")
    grid = {"resolution": 0.5, "tile_size": 20.0, "max_range": 40.0}
    report = update_map(options(tmp_path / "map", *paths, origin=None, poses=poses, **grid))
    in_memory = VoxelMap.create(None, VoxelGrid(0.5, 20.0), octomap_model(), cache_tiles=0)
    for path, pose in zip(paths, read_poses(poses, 3)):
        (source,) = open_collection([str(path)]).sources
        xyz = np.concatenate([np.stack([c[a] for a in "xyz"], axis=1) for c in source.chunks([])])
        x, y, z = xyz[:, 0:1], xyz[:, 1:2], xyz[:, 2:3]
        placed = (x * pose[:, 0] + y * pose[:, 1]) + (z * pose[:, 2] + pose[:, 3])
        insert_scan(in_memory, placed, pose[:, 3], max_range=40.0)
    found = {tuple(v.tile): v for v in VoxelMap.open(tmp_path / "map").voxels()}
    expected = {tuple(v.tile): v for v in in_memory.voxels()}
    assert found.keys() == expected.keys() and report["beyond"] > 0
    for tile, voxels in expected.items():
        assert (found[tile].cells == voxels.cells).all() and (found[tile].log_odds == voxels.log_odds).all()


def test_memory_and_bins_change_nothing(tmp_path, monkeypatch) -> None:
    paths = [tmp_path / f"{i}.las" for i in (1, 2)]
    for i, path in enumerate(paths):
        cloud(path, i, 2000, scan=i)
    update_map(options(tmp_path / "a", *paths))
    monkeypatch.setattr(spool, "MOST_BINS", 8)
    monkeypatch.setattr(update, "RECORD_BYTES", 1 << 22)
    update_map(options(tmp_path / "b", *paths[::-1], cache_tiles=1, max_memory=512))
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_a_trajectory_a_pose_and_a_place_agree(tmp_path) -> None:
    path = tmp_path / "1.las"
    cloud(path, 3)
    update_map(options(tmp_path / "a", path, origin=(0.0, 0.0, 0.0)))
    (tmp_path / "t.csv").write_text("time,x,y,z\n0,0,0,0\n5,0,0,0\n")
    update_map(options(tmp_path / "b", path, origin=None, trajectory=str(tmp_path / "t.csv")))
    (tmp_path / "bare.txt").write_text("0 0 0 0\n0 0 0 5\n")
    more = {"trajectory": str(tmp_path / "bare.txt"), "trajectory_columns": "x y z gps_time"}
    update_map(options(tmp_path / "bare", path, origin=None, **more))
    assert bytes_of(tmp_path / "bare") == bytes_of(tmp_path / "b")
    (tmp_path / "p.txt").write_text("1 0 0 0 0 1 0 0 0 0 1 0\n")
    update_map(options(tmp_path / "c", path, origin=None, poses=str(tmp_path / "p.txt")))
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")
    same = VoxelMap.open(tmp_path / "c")
    assert sum(map(len, same.occupied(0.5))) == sum(map(len, VoxelMap.open(tmp_path / "a").occupied(0.5)))


def test_scans_may_be_sources_or_windows_of_time(tmp_path) -> None:
    for i in (1, 2):
        cloud(tmp_path / f"{i}.las", i, scan=i)
    paths = [tmp_path / "1.las", tmp_path / "2.las"]
    update_map(options(tmp_path / "a", *paths))
    update_map(options(tmp_path / "b", *paths, scan_by="pointsource"))
    update_map(options(tmp_path / "c", *paths, scan_by="time", scan_seconds=1.0))
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b") == bytes_of(tmp_path / "c")
    update_map(options(tmp_path / "d", *paths, scan_by="time", scan_seconds=0.25))
    assert bytes_of(tmp_path / "a") != bytes_of(tmp_path / "d")


def test_beyond_the_range_is_free_and_no_hit(tmp_path) -> None:
    write_cloud(tmp_path / "1.las", np.array([20.0]), np.array([0.25]), np.array([0.25]))
    report = update_map(options(tmp_path / "map", tmp_path / "1.las", origin=(0.25, 0.25, 0.25), max_range=5.0))
    (voxels,) = [*VoxelMap.open(tmp_path / "map").voxels()][:1]
    cells = np.concatenate([v.cells for v in VoxelMap.open(tmp_path / "map").voxels()])
    assert sorted(cells[:, 0].tolist()) == list(range(10)) and (voxels.log_odds < 0).all()
    assert report["beyond"] == 1


@pytest.mark.parametrize(
    ("text", "words"), [("1 0 0 0\n", "12 numbers"), ("2 0 0 0 0 1 0 0 0 0 1 0\n", "rotation"), ("", "0 matrices")]
)
def test_poses_that_cannot_be_are_refused(tmp_path, text, words) -> None:
    cloud(tmp_path / "1.las", 1)
    (tmp_path / "p.txt").write_text(text)
    with pytest.raises(InputError, match=words):
        update_map(options(tmp_path / "map", tmp_path / "1.las", origin=None, poses=str(tmp_path / "p.txt")))
    assert not (tmp_path / "map").exists()


def test_the_sensor_comes_from_one_place_only() -> None:
    base = {"inputs": ("a",), "map": "m", "resolution": 1.0, "misses": "rays"}
    with pytest.raises(OptionError, match="ORIGIN and POSES"):
        UpdateOptions(**base, origin=(1.0, 1.0, 1.0), poses="p").check()
    with pytest.raises(OptionError, match="rays need"):
        UpdateOptions(**base).check()
    with pytest.raises(OptionError, match="SCAN_SECONDS"):
        UpdateOptions(**base, origin=(1.0, 1.0, 1.0), scan_seconds=0.0).check()


def test_a_cast_ray_meets_the_first_occupied_voxel() -> None:
    voxel_map = VoxelMap.create(None, VoxelGrid(0.5, 5.0), cache_tiles=0)
    voxel_map.update(np.array([7.2, 9.1]), np.array([0.2, 0.2]), np.array([0.2, 0.2]), np.array([200.0, 200.0]))
    hit = cast_ray(voxel_map, (0.1, 0.2, 0.2), (20.0, 0.2, 0.2))
    assert hit is not None and (hit.x, hit.y, hit.z) == (7.25, 0.25, 0.25)
    assert cast_ray(voxel_map, (0.1, 1.2, 0.2), (20.0, 1.2, 0.2)) is None
    back = cast_ray(voxel_map, (20.0, 0.2, 0.2), (0.0, 0.2, 0.2))
    assert back is not None and back.x == 9.25


@pytest.mark.parametrize("cache", [1, 0])
def test_rays_together_meet_what_each_meets_on_its_exact_way(tmp_path, cache) -> None:
    rng = np.random.default_rng(4)
    folder = tmp_path / "map"
    with VoxelMap.create(folder, VoxelGrid(0.5, 5.0)) as voxel_map:
        voxel_map.update(*rng.uniform(-9, 9, (3, 400)), rng.uniform(36, 250, 400), occupied=rng.random(400) < 0.8)
    voxel_map = VoxelMap.open(folder, cache_tiles=cache)
    occupied = {tuple(c) for v in voxel_map.occupied(0.5) for c in v.cells.tolist()}
    origins, ends = rng.uniform(-9, 9, (2, 200, 3))
    hits = cast_rays(voxel_map, origins, ends)
    for origin, end, met, cell in zip(origins, ends, hits.met, hits.cells.tolist()):
        o, e = (tuple(math.floor(c * 2.0 * SIZE) for c in p) for p in (origin.tolist(), end.tolist()))
        passed = carved(o, e, 50) | {tuple(c // SIZE for c in e)}
        assert bool(met) == bool(passed & occupied)
        if met:
            assert tuple(cell) in passed & occupied
            nearest = min(sum(abs(c - p // SIZE) for c, p in zip(cell_, o)) for cell_ in passed & occupied)
            assert sum(abs(c - p // SIZE) for c, p in zip(cell, o)) == nearest


def test_rays_are_asked_for_as_text(tmp_path) -> None:
    with VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 5.0)) as voxel_map:
        voxel_map.update(np.array([7.2]), np.array([0.2]), np.array([0.2]), np.array([200.0]))
    (tmp_path / "p.csv").write_text("x y z\n20 0.2 0.2\n20 9 0.2\n")
    base = {"map": str(tmp_path / "map"), "output": str(tmp_path / "o.csv"), "origin": (0.1, 0.2, 0.2)}
    report = query_map(QueryOptions(**base, points=(str(tmp_path / "p.csv"),)))
    lines = (tmp_path / "o.csv").read_text().splitlines()
    assert (report["rows"], report["known"]) == (2, 1)
    assert lines[1].startswith("20.0,0.2,0.2,7.25,0.25,0.25,") and lines[2] == "20.0,9.0,0.2,,,,,,0"
    query_map(QueryOptions(**base, target=(20.0, 0.2, 0.2)))
    assert (tmp_path / "o.csv").read_text().splitlines()[1] == lines[1]
    for wrong in ({}, {"target": (1.0, 1.0, 1.0), "box": (0, 0, 0, 1, 1, 1)}):
        with pytest.raises(OptionError):
            query_map(QueryOptions(**base, **wrong))
