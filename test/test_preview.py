# SPDX-License-Identifier: GPL-2.0-or-later
"""Previews: an even sample that no order and no splitting of the files changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest

from scree.core.clouds.preview import Sample, added, write_preview
from scree.core.errors import InputError

POINTS = 6_000


def write(path: Path, chosen: Any, seed: int = 5) -> Path:
    """Some of the points of a made cloud, in the order given."""
    rng = np.random.default_rng(seed)
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.01] * 3, [0.0] * 3
    header.add_extra_dim(laspy.ExtraBytesParams("density", "f4"))
    las = laspy.LasData(header)
    x, y, z, time = np.round(rng.random((4, POINTS)) * 100, 2)
    las.x, las.y, las.z, las.gps_time = x[chosen], y[chosen], z[chosen], time[chosen]
    las.density = np.where(z > 90, np.nan, z)[chosen].astype("f4")
    las.classification = (z[chosen] // 10).astype("u1")
    las.write(str(path))
    return path


def rows(path: Path) -> list[tuple[Any, ...]]:
    from osgeo import ogr

    data = ogr.Open(str(path))
    layer = data.GetLayer(0)
    places = [(f.GetGeometryRef(), f) for f in layer]
    return [(g.GetX(), g.GetY(), g.GetZ(), f["density"], f["classification"]) for g, f in places]


def test_the_sample_is_the_same_for_any_order_and_splitting(tmp_path: Path) -> None:
    every = np.arange(POINTS)
    one = write(tmp_path / "one.las", every)
    parts = [write(tmp_path / "b.laz", every[::-1][:2500]), write(tmp_path / "a.laz", every[::-1][2500:])]
    assert write_preview([str(one)], tmp_path / "one.gpkg", ["density"], most=1000) == 1000
    assert write_preview([str(p) for p in parts], tmp_path / "two.gpkg", ["density"], most=1000) == 1000
    assert rows(tmp_path / "one.gpkg") == rows(tmp_path / "two.gpkg")


def test_the_sample_is_even(tmp_path: Path) -> None:
    cloud = write(tmp_path / "c.las", np.arange(POINTS))
    write_preview([str(cloud)], tmp_path / "c.gpkg", ["density"], most=2000)
    x = np.array([row[0] for row in rows(tmp_path / "c.gpkg")])
    counts = np.histogram(x, 10, (0, 100))[0]
    assert counts.min() > 140
    assert counts.max() < 260


def test_all_points_of_a_small_cloud_with_their_values(tmp_path: Path) -> None:
    cloud = write(tmp_path / "c.las", np.arange(POINTS))
    assert write_preview([str(cloud)], tmp_path / "c.gpkg", ["density", "Intensity"]) == POINTS
    found = rows(tmp_path / "c.gpkg")
    las = laspy.read(cloud)
    assert {round(row[0], 2) for row in found} == {round(x, 2) for x in np.asarray(las.x).tolist()}
    assert any(row[3] is None for row in found)
    assert all(row[4] == int((row[2] + 1e-6) // 10) for row in found)


def test_points_alike_in_all_never_decide_by_their_order() -> None:
    sample = Sample(10)
    for start in (0, 50):
        hashes = np.full(50, 7, np.uint64)
        sample.add(hashes, {"x": np.arange(start, start + 50)})
    assert len(sample.rows()["x"]) == 0


def test_new_dimensions_are_told(tmp_path: Path) -> None:
    from scree.core.clouds.collection import open_collection

    cloud = write(tmp_path / "c.las", np.arange(10))
    plain = laspy.create(point_format=6)
    plain.x = plain.y = plain.z = np.arange(3.0)
    plain.write(str(tmp_path / "p.las"))
    before, after = (open_collection([str(tmp_path / name)]).sources for name in ("p.las", "c.las"))
    assert cloud.exists()
    assert added(before, after) == ["density"]


def test_nothing_is_left_of_a_preview_that_fails(tmp_path: Path) -> None:
    (tmp_path / "bad.las").write_bytes(b"nothing")
    with pytest.raises(InputError):
        write_preview([str(tmp_path / "bad.las")], tmp_path / "p.gpkg", [])
    assert [p.name for p in tmp_path.iterdir()] == ["bad.las"]
