# SPDX-License-Identifier: GPL-2.0-or-later
"""What leaves a map: trees, clouds, points, rasters, answers; merging and checking."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scree.core.clouds.collection import open_collection
from scree.core.errors import InputError, MemoryLimitError, OptionError, OutputError, ScreeError
from scree.core.rasters import write as raster_write
from scree.core.voxels import merge, rasters
from scree.core.voxels.check import CheckOptions, check_map
from scree.core.voxels.export import ExportOptions, export_map, overview_levels
from scree.core.voxels.grid import VoxelGrid
from scree.core.voxels.journal import GENERATION
from scree.core.voxels.merge import MergeOptions, merge_maps
from scree.core.voxels.model import log_odds
from scree.core.voxels.octree_files import read_octree
from scree.core.voxels.query import QueryOptions, query_map
from scree.core.voxels.rasters import RasterOptions, make_rasters
from scree.core.voxels.voxel_map import VoxelMap


def make_map(folder: Path, shift: tuple = (0.0, 0.0), seed: int = 1, n: int = 3000) -> Path:
    rng = np.random.default_rng(seed)
    x, y, z = rng.uniform(-12, 12, (2, n)).tolist() + [rng.uniform(0, 6, n)]
    with VoxelMap.create(folder, VoxelGrid(0.5, 5.0), crs="") as voxel_map:
        intensity = rng.integers(0, 256, n).astype(float)
        voxel_map.update(np.array(x) + shift[0], np.array(y) + shift[1], z, intensity, misses="intensity")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_map(tmp_path / "map")


def truth(folder: Path) -> dict:
    voxel_map = VoxelMap.open(folder)
    return {
        tuple(c): (v, n)
        for part in voxel_map.voxels()
        for c, v, n in zip(part.cells.tolist(), part.log_odds.tolist(), part.counts.tolist())
    }


def leaves(path: Path) -> dict:
    out = {}
    found = read_octree(path).leaves
    for key, depth, value in zip(found.keys.tolist(), found.depths.tolist(), found.values.tolist()):
        span = range(1 << (16 - depth))
        for x in span:
            for y in span:
                for z in span:
                    out[key[0] + x - 32768, key[1] + y - 32768, key[2] + z - 32768] = value
    return out


@pytest.mark.parametrize("kind", ["bt", "ot"])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (700_000.0, 6_600_000.0)])
def test_a_tree_of_the_whole_map_holds_every_voxel(tmp_path, kind, shift) -> None:
    folder = make_map(tmp_path / "map", shift)
    path = tmp_path / f"out.{kind}"
    report = export_map(ExportOptions(map=str(folder), output=str(path), format=kind))
    found, expected = leaves(path), truth(folder)
    about = json.loads((tmp_path / f"out.{kind}.json").read_text())
    move = np.round(np.array(about["shift"]) / 0.5).astype(int)
    assert bool(move.any()) == bool(shift[0])
    assert set(found) == {tuple((np.array(c) - move).tolist()) for c in expected}
    for cell, (value, _) in expected.items():
        leaf = found[tuple((np.array(cell) - move).tolist())]
        assert (leaf > 0) == (value >= 0) if kind == "bt" else leaf == np.float32(value)
    assert report["voxels"] == len(expected)


def test_a_map_wider_than_the_keys_is_refused_as_a_tree(tmp_path) -> None:
    with VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 5.0)) as voxel_map:
        far = np.array([0.0, 40_000.0])
        voxel_map.update(far, np.zeros(2), np.zeros(2), np.array([200.0, 200.0]))
    with pytest.raises(OptionError, match="65,536"):
        export_map(ExportOptions(map=str(tmp_path / "map"), output=str(tmp_path / "o.bt"), format="bt"))
    assert not (tmp_path / "o.bt").exists()


@pytest.mark.parametrize("kind", ["las", "laz"])
def test_a_cloud_has_the_centers_with_probability_and_count(tmp_path, folder, kind) -> None:
    path = tmp_path / f"out.{kind}"
    export_map(ExportOptions(map=str(folder), output=str(path), format=kind, min_probability=0.6))
    (source,) = open_collection([str(path)]).sources
    (chunk,) = source.chunks(["probability", "count"])
    expected = {c: v for c, v in truth(folder).items() if v[0] > log_odds(0.6)}
    cells = np.floor(np.stack([chunk[a] for a in "xyz"], axis=1) / 0.5).astype(int)
    assert np.allclose(np.stack([chunk[a] for a in "xyz"], axis=1), (cells + 0.5) * 0.5, atol=1e-12)
    found = {tuple(c): n for c, n in zip(cells.tolist(), chunk["count"].tolist())}
    assert found == {c: n for c, (_, n) in expected.items()}
    assert chunk["probability"].min() > 0.6


def test_a_geopackage_and_a_ply_have_the_same_points(tmp_path, folder) -> None:
    from osgeo import ogr

    expected = {c for c, (v, _) in truth(folder).items() if v > 0}
    box = (-5.0, -5.0, 0.0, 5.0, 5.0, 3.0)
    export_map(ExportOptions(map=str(folder), output=str(tmp_path / "o.gpkg"), format="gpkg"))
    layer_of = ogr.Open(str(tmp_path / "o.gpkg"))
    layer = layer_of.GetLayer(0)
    found = set()
    for feature in layer:
        g = feature.GetGeometryRef()
        found.add(tuple(int(np.floor(c / 0.5)) for c in (g.GetX(), g.GetY(), g.GetZ())))
        assert 0.5 < feature.GetField("probability") <= 1 and feature.GetField("count") > 0
    assert found == expected and layer.GetFeatureCount() == len(expected)
    layer.SetSpatialFilterRect(0, 0, 3, 3)
    assert layer.GetFeatureCount() == sum(0 <= c[0] < 6 and 0 <= c[1] < 6 for c in expected)
    report = export_map(ExportOptions(map=str(folder), output=str(tmp_path / "o.ply"), format="ply", box=box))
    data = (tmp_path / "o.ply").read_bytes()
    start = data.index(b"end_header\n") + 11
    assert f"element vertex {report['voxels']}\n".encode() in data[:start]
    assert len(data) == start + 32 * report["voxels"]
    assert report["voxels"] == sum(-10 <= c[0] < 10 and -10 <= c[1] < 10 and 0 <= c[2] < 6 for c in expected)


def test_an_overview_joins_cubes_of_voxels(tmp_path, folder) -> None:
    path = tmp_path / "o.las"
    export_map(ExportOptions(map=str(folder), output=str(path), format="las", coarsen=5))
    (source,) = open_collection([str(path)]).sources
    (chunk,) = source.chunks(["count"])
    expected: dict = {}
    for (x, y, z), (value, count) in truth(folder).items():
        if value > 0:
            cube = (x // 5, y // 5, z // 5)
            expected[cube] = expected.get(cube, 0) + count
    cubes = np.floor(np.stack([chunk[a] for a in "xyz"], axis=1) / 2.5).astype(int)
    assert {tuple(c): n for c, n in zip(cubes.tolist(), chunk["count"].tolist())} == expected
    with pytest.raises(OptionError, match="must divide"):
        export_map(ExportOptions(map=str(folder), output=str(path), format="las", coarsen=3))


def test_a_geopackage_is_styled_and_may_have_coarser_levels(tmp_path, folder) -> None:
    import sqlite3

    path = tmp_path / "o.gpkg"
    report = export_map(ExportOptions(map=str(folder), output=str(path), format="gpkg", overviews=True))
    assert list(report["levels"]) == ["voxels", "voxels_2", "voxels_10"]
    occupied = np.array([c for c, (v, _) in truth(folder).items() if v > 0])
    with sqlite3.connect(path) as base:
        styles = dict(base.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        for name, factor in (("voxels", 1), ("voxels_2", 2), ("voxels_10", 10)):
            (count, observations) = base.execute(f"SELECT count(*), sum(count) FROM {name}").fetchone()
            assert count == report["levels"][name] == len(np.unique(occupied // factor, axis=0))
            assert observations == sum(n for v, n in truth(folder).values() if v > 0)
            assert f'v="{0.5 * factor:g}"' in styles[name] and "{" not in styles[name]
    assert [overview_levels(n) for n in (200, 25, 11, 1)] == [[2, 4, 8], [5, 25], [11], []]
    with pytest.raises(OptionError, match="OVERVIEWS"):
        export_map(ExportOptions(map=str(folder), output=str(tmp_path / "o.ply"), format="ply", overviews=True))


@pytest.mark.parametrize("window", [512, 16])
def test_rasters_say_what_stands_in_each_column(tmp_path, folder, monkeypatch, window) -> None:
    from osgeo import gdal

    if window == 16:
        monkeypatch.setattr(rasters, "WINDOW", window)
        monkeypatch.setattr(raster_write, "TILE", window)
    paths = {band: str(tmp_path / f"{band}.tif") for band in rasters.BANDS}
    make_rasters(RasterOptions(map=str(folder), cache_tiles=2, **paths))
    columns: dict = {}
    for (x, y, z), (value, _) in truth(folder).items():
        if value > 0:
            columns.setdefault((x, y), []).append(z)
    data = {band: gdal.Open(path) for band, path in paths.items()}
    west, _, _, north, _, _ = data["top"].GetGeoTransform()
    read = {band: d.ReadAsArray() for band, d in data.items()}
    seen = 0
    for row in range(read["top"].shape[0]):
        for column in range(read["top"].shape[1]):
            z = sorted(columns.get((round(west / 0.5) + column, round(north / 0.5) - row - 1), []))
            assert read["count"][row, column] == len(z)
            if z:
                assert read["top"][row, column] == (z[-1] + 1) * 0.5 and read["bottom"][row, column] == z[0] * 0.5
                assert read["gap"][row, column] == max([b - a - 1 for a, b in zip(z, z[1:])], default=0) * 0.5
                seen += 1
            else:
                assert read["top"][row, column] == -9999
    assert seen == len(columns)


def test_questions_are_answered_as_text(tmp_path, folder) -> None:
    box = (-5.0, -5.0, 0.0, 5.0, 5.0, 3.0)
    report = query_map(QueryOptions(map=str(folder), output=str(tmp_path / "a.csv"), box=box, min_probability=0.7))
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "x,y,z,probability,count" and len(lines) == report["rows"] + 1
    (tmp_path / "p.csv").write_text("x y z\n0.1 0.1 0.1\n900 900 900\n")
    report = query_map(QueryOptions(map=str(folder), output=str(tmp_path / "b.csv"), points=(str(tmp_path / "p.csv"),)))
    assert report["rows"] == 2 and report["known"] <= 1
    assert (tmp_path / "b.csv").read_text().splitlines()[2] == "900.0,900.0,900.0,,0"


def test_merged_maps_know_the_sum(tmp_path) -> None:
    first, second = make_map(tmp_path / "a", seed=1), make_map(tmp_path / "b", (8.0, 0.0), seed=2)
    a, b = truth(first), truth(second)
    merge_maps(MergeOptions(map=str(first), other=str(second)))
    found = truth(first)
    assert found.keys() == a.keys() | b.keys()
    for cell, (value, count) in found.items():
        (va, na), (vb, nb) = a.get(cell, (0.0, 0)), b.get(cell, (0.0, 0))
        assert value == min(max(va + vb, -10.0), 10.0) and count == na + nb
    assert truth(second) == b
    with pytest.raises(OptionError, match="itself"):
        merge_maps(MergeOptions(map=str(first), other=str(first)))


def test_a_merge_through_a_small_cache_is_the_same_and_one_that_fails_changes_nothing(tmp_path, monkeypatch) -> None:
    folders = [make_map(tmp_path / name, seed=1) for name in ("a", "b")]
    other = make_map(tmp_path / "other", (3.0, 0.0), seed=2)
    before = truth(folders[0])
    with monkeypatch.context() as patch:
        patch.setattr(merge, "UPDATE_BYTES", 1 << 40)
        with pytest.raises(MemoryLimitError, match="MAX_MEMORY"):
            merge_maps(MergeOptions(map=str(folders[0]), other=str(other)))
    assert truth(folders[0]) == before and not (folders[0] / GENERATION).exists()
    merge_maps(MergeOptions(map=str(folders[0]), other=str(other), cache_tiles=1))
    merge_maps(MergeOptions(map=str(folders[1]), other=str(other), cache_tiles=0))
    a, b = ({p.name: p.read_bytes() for p in sorted(f.glob("tile_*/*"))} for f in folders)
    assert a == b


def test_a_check_lists_the_damaged_and_rebuilds_trees(tmp_path, folder) -> None:
    tiles = sorted(folder.glob("tile_*"))
    meta = tiles[0] / "iwlo_meta.bin"
    meta.write_bytes(meta.read_bytes()[:-1])
    tree = tiles[1] / "octree.bt"
    good = tree.read_bytes()
    tree.write_bytes(b"nothing")
    (tiles[2] / "octree.bt").unlink()
    report = check_map(CheckOptions(map=str(folder)))
    assert (report["damaged"], report["trees_wrong"], report["trees_rebuilt"]) == (1, 2, 0)
    assert str(meta) in report["messages"][0]
    report = check_map(CheckOptions(map=str(folder), rebuild=True))
    assert report["trees_rebuilt"] == 2 and tree.read_bytes() == good
    assert check_map(CheckOptions(map=str(folder)))["trees_wrong"] == 0


@pytest.mark.parametrize("kind", ["bt", "ot", "las", "laz", "gpkg", "ply"])
def test_a_damaged_map_leaves_an_earlier_output_as_it_was(tmp_path, folder, kind) -> None:
    path = tmp_path / f"out.{kind}"
    path.write_bytes(b"earlier")
    meta = sorted(folder.glob("tile_*"))[-1] / "iwlo_meta.bin"
    meta.write_bytes(meta.read_bytes()[:-1])
    with pytest.raises(ScreeError, match="restore it from a copy"):
        export_map(ExportOptions(map=str(folder), output=str(path), format=kind))
    assert path.read_bytes() == b"earlier"
    assert not [p for p in tmp_path.iterdir() if p.name not in ("map", path.name)]


def test_outputs_that_cannot_be_are_refused_before_the_work(tmp_path, folder) -> None:
    with pytest.raises(OptionError, match=r"end in \.bt"):
        export_map(ExportOptions(map=str(folder), output=str(tmp_path / "o.las"), format="bt"))
    with pytest.raises(OutputError):
        export_map(ExportOptions(map=str(folder), output=str(tmp_path / "none" / "o.bt"), format="bt"))
    with pytest.raises(InputError, match="does not exist"):
        export_map(ExportOptions(map=str(tmp_path / "no"), output=str(tmp_path / "o.bt"), format="bt"))
    with pytest.raises(OptionError, match="No raster"):
        make_rasters(RasterOptions(map=str(folder)))
