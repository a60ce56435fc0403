# SPDX-License-Identifier: GPL-2.0-or-later
"""Files, folders, lists and virtual point clouds as one input in one CRS."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from clouds_random import random_cloud

from scree.core.clouds import crs as systems
from scree.core.clouds.collection import open_collection
from scree.core.clouds.las_writer import CloudWriter
from scree.core.clouds.output_header import new_header
from scree.core.errors import InputError, OptionError


def cloud(path, crs="", points=10):
    """A new cloud in a CRS."""
    with CloudWriter(str(path), new_header((0.01,) * 3, (0.0,) * 3, crs_wkt=systems.from_user(crs))) as out:
        if points:
            steps = np.arange(points, dtype=float)
            out.add({"x": steps, "y": steps, "z": steps})
    return str(path)


def vpc(path, *hrefs, crs=None):
    features = [{"type": "Feature", "assets": {"data": {"href": href}}, "properties": crs or {}} for href in hrefs]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def names(collection):
    return [source.path.replace("\\", "/").rsplit("/", 1)[1] for source in collection.sources]


def test_a_folder_gives_its_clouds_sorted_whatever_the_case_of_their_ends(tmp_path):
    folder = tmp_path / "Nuages été 雲"
    folder.mkdir()
    for name in ("b.LAS", "c.laz", "a b.Laz", "d.copc.laz"):
        random_cloud(folder / name, 6, 10)
    (folder / "points.txt").write_text("1 2 3\n")
    (folder / "readme.md").write_text("no cloud")
    assert names(open_collection([str(folder)])) == ["a b.Laz", "b.LAS", "c.laz", "d.copc.laz"]
    assert "points.txt" in names(open_collection([str(folder)], columns="x y z"))


def test_a_copc_copy_beside_its_original_is_left_out_and_told(tmp_path):
    random_cloud(tmp_path / "tile.laz", 6, 10)
    random_cloud(tmp_path / "tile.copc.laz", 6, 10)
    found = open_collection([str(tmp_path)])
    assert names(found) == ["tile.laz"]
    assert "is a copy by its name" in found.skipped[0][1]
    assert found.skipped[0][1] in found.warnings


def test_a_file_named_twice_is_read_once(tmp_path):
    random_cloud(tmp_path / "tile.las", 6, 10)
    found = open_collection([str(tmp_path / "tile.las"), str(tmp_path)])
    assert names(found) == ["tile.las"]
    assert "more than once" in found.warnings[0]


def test_a_virtual_point_cloud_gives_its_local_files(tmp_path):
    (tmp_path / "tiles").mkdir()
    for name in ("a.laz", "b c.las"):
        random_cloud(tmp_path / "tiles" / name, 6, 10)
    path = vpc(
        tmp_path / "all.vpc", "./tiles/a.laz", "tiles/b%20c.las", "https://example.org/c.laz", "./gone.laz",
        (tmp_path / "tiles" / "a.laz").as_uri(), crs={"proj:epsg": 2154},
    )  # fmt: skip
    found = open_collection([path])
    assert names(found) == ["a.laz", "b c.las"]
    reasons = " ".join(reason for _, reason in found.skipped)
    assert "not on this computer" in reasons
    assert "does not exist" in reasons
    assert "more than once" in reasons
    assert "EPSG:2154" in systems.describe(found.crs_wkt)
    assert names(open_collection([str(tmp_path)])) == ["a.laz", "b c.las"]


def test_a_broken_virtual_point_cloud_is_one_sentence(tmp_path):
    for text in ("", "[]", '{"features": [{"assets": {}}]}', '{"features": []}', '{"features": 3}'):
        (tmp_path / "all.vpc").write_text(text)
        with pytest.raises(InputError, match="make it again"):
            open_collection([str(tmp_path / "all.vpc")])


def test_unreadable_and_empty_files_are_skipped_with_the_reason(tmp_path):
    good = cloud(tmp_path / "good.laz", "EPSG:2154")
    empty = cloud(tmp_path / "empty.las", points=0)
    (tmp_path / "bad.laz").write_bytes(b"LASF" + bytes(50))
    found = open_collection([str(tmp_path)])
    assert [source.path for source in found.sources] == [good]
    assert dict(found.skipped)[empty] == f"{empty} holds no points."
    assert "54 bytes" in dict(found.skipped)[str(tmp_path / "bad.laz")]
    assert found.points == 10
    with pytest.raises(InputError, match=r"None of 2 inputs .* holds no points\."):
        open_collection([empty, str(tmp_path / "bad.laz")])


def test_what_is_no_cloud_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0")
    for inputs, reason in (
        ([str(tmp_path / "a.tif")], "no point cloud by its name"),
        ([str(tmp_path / "gone.las")], "does not exist"),
        ([str(tmp_path)], "holds no"),
        ([], "No input"),
    ):
        with pytest.raises(InputError, match=reason):
            open_collection(inputs)


def test_different_crs_are_refused_with_both_files_and_units(tmp_path):
    a, b = cloud(tmp_path / "a.las", "EPSG:2154"), cloud(tmp_path / "b.las", "EPSG:2264")
    for inputs in ([a, b], [b, a]):
        with pytest.raises(InputError) as caught:
            open_collection(inputs)
        for part in (a, b, "EPSG:2154", "EPSG:2264", "metre", "US survey foot"):
            assert part in str(caught.value)
    assert "EPSG:2154" in systems.describe(open_collection([a, b], crs="EPSG:2154").crs_wkt)


def test_heights_in_other_units_are_refused_and_missing_heights_are_not(tmp_path):
    metres, feet = cloud(tmp_path / "m.las", "EPSG:2154+5720"), cloud(tmp_path / "f.las", "EPSG:2154+6360")
    plain = cloud(tmp_path / "p.las", "EPSG:2154")
    with pytest.raises(InputError, match="foot"):
        open_collection([metres, feet])
    for inputs in ([metres, plain], [plain, metres]):
        assert open_collection(inputs).crs_wkt.startswith("COMPOUNDCRS")


def test_missing_and_geographic_crs_are_warned_of(tmp_path):
    none, degrees = cloud(tmp_path / "n.las"), cloud(tmp_path / "d.las", "EPSG:4326")
    assert any("1 of 2 inputs have no CRS" in text for text in open_collection([none, degrees]).warnings)
    assert any("distances are degrees" in text for text in open_collection([degrees]).warnings)
    assert any("No input has a CRS" in text for text in open_collection([none]).warnings)
    assert open_collection([none]).crs_wkt == ""
    with pytest.raises(OptionError, match="EPSG:99"):
        open_collection([none], crs="EPSG:99")


def test_geocentric_crs_is_warned_of(scree_data):
    found = open_collection([str(scree_data / "airborne" / "copc" / "lone-star.copc.laz")])
    assert any("geocentric" in text for text in found.warnings)


def test_what_is_odd_is_warned_of_at_once_and_among_points_after_reading(scree_data):
    found = open_collection([str(scree_data / "odd" / name) for name in ("spurious.las", "test_epsg_4326_axis.las")])
    assert found.notes() == ()
    for source in found.sources:
        for _ in source.chunks([]):
            pass
    (note,) = found.notes()
    assert "spurious.las has 1 of 1,065 points outside the bounds" in note
    clipped = open_collection([str(scree_data / "odd" / "1.2-with-color-clipped.las")])
    assert any("is truncated: its header says 1,065 points, 1,064 are present." in text for text in clipped.warnings)


def test_real_tiles_of_one_project_go_together(scree_data):
    tiles = [path for path in (scree_data / "airborne" / "ign").iterdir() if "lareunion" not in path.name]
    found = open_collection([str(path) for path in tiles])
    assert len(found.sources) == len(tiles)
    assert "EPSG:2154" in systems.describe(found.crs_wkt)


def test_links_to_one_file_are_one_input(tmp_path):
    random_cloud(tmp_path / "a.las", 6, 10)
    try:
        (tmp_path / "b.las").symlink_to(tmp_path / "a.las")
    except OSError:
        pytest.skip("links are not permitted here")
    shutil.copy(tmp_path / "a.las", tmp_path / "c.las")
    assert names(open_collection([str(tmp_path)])) == ["a.las", "c.las"]
