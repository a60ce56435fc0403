# SPDX-License-Identifier: GPL-2.0-or-later
"""What runs over points write: order, attributes, records, CRS, virtual point clouds; and what they refuse."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, save

from scree.core.clouds.collection import open_collection
from scree.core.errors import InputError, OptionError, OutputError
from scree.core.jobs.progress import Silent
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.job import work_points
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.stream import stream_points

ODD = (
    "lots_of_vlr.las", "malformed_extrabytes.las", "unregistered_extra_bytes.las", "bad_vlr_count.las",
    "garbage_nVariableLength.las", "laz-no-chunk-table.laz", "gps-time-nan.las",
    "1.2-with-color-clipped.las", "spurious.las", "bad-geotiff-keys.las", "nocrs.las", "single_point.laz",
    "hextest.las", "epsg_4326.las", "warsaw_small.las", "all-virtual-class65.laz",
)  # fmt: skip


class Listener(Silent):
    """Keeps what the log is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, text: str) -> None:
        self.said.append(text)


def statistics(inputs: Any, feedback: Any = None, **options: Any) -> dict[str, Any]:
    settings = {"neighborhood": "knn(k=3)", "max_memory": 1500, **options}
    return work_points(PointOptions(inputs=tuple(map(str, inputs)), **settings), PointStatistics("z", "max"), feedback)


def virtual(path: Path, names: list[str]) -> Path:
    items = [
        {"type": "Feature", "id": name, "properties": {}, "assets": {"data": {"href": f"./{name}"}}} for name in names
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": items}), "utf-8")
    return path


@pytest.mark.parametrize("name", ODD)
def test_odd_files_keep_order_attributes_and_records(scree_data: Path, tmp_path: Path, name: str) -> None:
    original = scree_data / "odd" / name
    report = statistics([original], output=str(tmp_path / "o.las"))
    found = load(tmp_path / "o.las")
    (source,) = open_collection([str(original)]).sources
    count = 0
    for start, records in source.records():
        same = found.points[start : start + len(records)]
        for field in records.array.dtype.names:
            expected, got = records.array[field], same.array[field]
            assert np.array_equal(expected, got, equal_nan=expected.dtype.kind == "f"), field
        count += len(records)
    assert count == len(found) == report["points_written"]
    (copy,) = open_collection([str(tmp_path / "o.las")]).sources
    assert copy.crs_wkt == source.crs_wkt
    dropped = {("laszip encoded", 22204), ("copc", 1), ("LASF_Spec", 4)}
    kept = [(r.user, r.id, r.data) for r in source.header.records if (r.user, r.id) not in dropped]
    assert [(r.user, r.id, r.data) for r in copy.header.records if (r.user, r.id) not in dropped] == kept


def test_a_virtual_cloud_gets_a_new_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for name in ("east 1.las", "west.laz"):
        save(tmp_path / name, landscape(rng, 200, 12.0))
    other = save(tmp_path / "alone.las", landscape(rng, 50, 12.0))
    made = virtual(tmp_path / "all.vpc", ["east 1.las", "west.laz"])
    report = statistics([made, other], output_folder=str(tmp_path / "out"))
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["all.vpc", "alone.las", "east 1.las", "west.laz"]
    assert report["points_written"] == 450
    again = open_collection([str(tmp_path / "out" / "all.vpc")])
    assert [Path(source.path).name for source in again.sources] == ["east 1.las", "west.laz"]
    assert all("max_z" in source.dimensions for source in again.sources)
    item = json.loads((tmp_path / "out" / "all.vpc").read_text("utf-8"))["features"][0]
    assert item["properties"]["pc:count"] == 200
    assert {"name": "max_z", "size": 4, "type": "floating"} in item["properties"]["pc:schemas"]
    x = np.asarray(load(tmp_path / "east 1.las").x)
    assert item["properties"]["proj:bbox"][0] == pytest.approx(x.min())


def test_a_virtual_cloud_of_filtered_points_leaves_out_empty_files(tmp_path: Path) -> None:
    low = save(tmp_path / "low.las", np.array([[0, 0, 1.0], [1, 1, 2]]))
    save(tmp_path / "high.laz", np.array([[5, 0, 100.0], [6, 1, 200]]))
    made = virtual(tmp_path / "v.vpc", ["low.las", "high.laz"])
    options = PointOptions(inputs=(str(made),), output_folder=str(tmp_path / "out"), process_filter="Generic[z < 50]")
    stream_points(options)
    assert [Path(s.path).name for s in open_collection([str(tmp_path / "out" / "v.vpc")]).sources] == ["low.las"]
    assert len(load(tmp_path / "out" / "high.laz")) == 0
    assert len(load(tmp_path / "out" / "low.las")) == len(load(low)) == 2


def test_real_degrees_of_a_virtual_cloud(scree_data: Path, tmp_path: Path) -> None:
    tile = scree_data / "airborne" / "ign" / "recipient_test.laz"
    made = virtual(tmp_path / "v.vpc", [os.path.relpath(tile, tmp_path)])
    statistics([made], output_folder=str(tmp_path / "out"))
    item = json.loads((tmp_path / "out" / "v.vpc").read_text("utf-8"))["features"][0]
    west, south, _, east, north, _ = item["bbox"]
    assert 4.8 < west < east < 4.9
    assert 45.0 < south < north < 45.2


def test_copc_becomes_laz_and_the_log_says_so(scree_data: Path, tmp_path: Path) -> None:
    cloud = scree_data / "airborne" / "copc" / "autzen-1065.copc.laz"
    listener = Listener()
    statistics([cloud], listener, output_folder=str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["autzen-1065.laz"]
    assert any("COPC are written as plain LAS or LAZ" in text for text in listener.said)
    (source,) = open_collection([str(tmp_path / "autzen-1065.laz")]).sources
    assert source.points == 1065
    assert not source.header.find("copc", 1)


def test_waveforms_are_written_uncompressed(scree_data: Path, tmp_path: Path) -> None:
    cloud = scree_data / "airborne" / "fullwave-pf10.laz"
    stream_points(
        PointOptions(inputs=(str(cloud),), output_folder=str(tmp_path)), Calculator(parse_assignments("_a = z"))
    )
    assert [path.name for path in tmp_path.iterdir()] == ["fullwave-pf10.las"]
    with pytest.raises(OutputError, match=r"ends in \.las"):
        statistics([cloud], output=str(tmp_path / "o.laz"))


def test_outputs_that_cannot_be_are_refused_before_any_point_is_read(scree_data: Path, tmp_path: Path) -> None:
    formats = scree_data / "formats"
    two = [formats / "point-time.las", formats / "point-color.las"]
    with pytest.raises(InputError, match="point format 1 and .* point format 2; .* convert the inputs"):
        statistics(two, output=str(tmp_path / "o.las"))
    with pytest.raises(OutputError, match="COPC is not written"):
        statistics(two[:1], output=str(tmp_path / "o.copc.laz"))
    (tmp_path / "a").mkdir()
    own = save(tmp_path / "a" / "x.las", np.array([[0, 0, 1.0]]))
    with pytest.raises(OutputError, match="inputs are never changed"):
        statistics([own], output_folder=str(tmp_path / "a"))
    with pytest.raises(OptionError, match=r"Two inputs are called x\.las"):
        statistics([own, save(tmp_path / "x.las", np.array([[0, 0, 1.0]]))], output_folder=str(tmp_path / "b"))
    report = statistics(two, output_folder=str(tmp_path / "both"))
    assert report["points_written"] == 2130


@pytest.mark.parametrize("kept", ["with", "without"])
def test_filtered_files_hold_the_points_that_pass(tmp_path: Path, kept: str) -> None:
    rng = np.random.default_rng(5)
    clouds = [save(tmp_path / f"{i}.las", landscape(rng, 400, 20.0)) for i in range(3)]
    options = PointOptions(
        inputs=tuple(clouds), output_folder=str(tmp_path / "out"), neighborhood="circle(r=1) minPtCount=5"
    )
    report = work_points(options, Selection(), kept=kept)
    whole = PointOptions(inputs=tuple(clouds), output=str(tmp_path / "o.las"), neighborhood=options.neighborhood)
    work_points(whole, Selection(), kept=kept)
    parts = np.concatenate([lattice(load(tmp_path / "out" / f"{i}.las")) for i in range(3)])
    assert np.array_equal(parts, lattice(load(tmp_path / "o.las")))
    assert 0 < report["points_written"] < 1200
