# SPDX-License-Identifier: GPL-2.0-or-later
"""What people really feed a DEM run: one clear sentence, or a counted warning and a result."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clouds_made import SOUTH, WEST, ground, write_cloud_file

from scree.core.errors import Cancelled, InputError, MemoryLimitError, OptionError, OutputError, ScreeError
from scree.core.jobs.progress import Silent
from scree.core.neighborhood.expression import LanguageError
from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions


def run(folder: Path, *inputs: Path, **more) -> dict:
    options = {"resolution": 1.0, "output": str(folder / "dem.tif")} | more
    return build_dem(DemOptions(inputs=tuple(map(str, inputs)), **options))


def pixels(path: Path) -> np.ndarray:
    from osgeo import gdal

    raster = gdal.Open(str(path))
    values = raster.ReadAsArray()
    return np.where(values == raster.GetRasterBand(1).GetNoDataValue(), np.nan, values)


def points(folder: Path, x, y, z, name: str = "few.las", kind: int = 2) -> Path:
    columns = {"x": WEST + np.asarray(x, float), "y": SOUTH + np.asarray(y, float), "z": np.asarray(z, float)}
    return write_cloud_file(folder / name, columns | {"classification": np.full(len(columns["x"]), kind)})


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Path:
    return write_cloud_file(tmp_path_factory.mktemp("cloud") / "ground.las", ground(4000, 40.0))


def refused(kind: type[ScreeError], folder: Path, *inputs: Path, **more) -> str:
    before = {p.name for p in folder.iterdir()}
    with pytest.raises(kind) as caught:
        run(folder, *inputs, **more)
    assert {p.name for p in folder.iterdir()} == before, "a refused run leaves nothing"
    return str(caught.value)


def test_nothing_passes_and_the_classes_are_told(tmp_path, cloud):
    message = refused(InputError, tmp_path, cloud, filter="Class[9]")
    assert "2 (" in message
    assert "5 (" in message
    never = points(tmp_path, [1, 2, 3], [1, 2, 1], [5, 5, 5], kind=0)
    assert "set FILTER to Class[0]" in refused(InputError, tmp_path, never)


def test_a_wrong_filter_or_attribute_is_told_before_any_point_is_read(tmp_path, cloud):
    assert "^" in refused(LanguageError, tmp_path, cloud, filter="Klass[2]")
    assert "intensity" in refused(LanguageError, tmp_path, cloud, attribute="intensty")


def test_a_cell_too_small(tmp_path, cloud):
    assert "RESOLUTION" in refused(OptionError, tmp_path, cloud, resolution=0.00001)


def test_nothing_readable(tmp_path):
    (tmp_path / "empty.las").write_bytes(b"")
    assert "0 bytes" in refused(InputError, tmp_path, tmp_path / "empty.las")


def test_output_among_the_inputs(tmp_path, cloud):
    assert "INPUT" in refused(OptionError, tmp_path, cloud, output=str(cloud))


def test_a_folder_that_is_not_there(tmp_path, cloud):
    refused(OutputError, tmp_path, cloud, output="/proc/none/dem.tif")


def test_a_mask_elsewhere(tmp_path, cloud):
    from osgeo import gdal

    path = tmp_path / "mask.tif"
    mask = gdal.GetDriverByName("GTiff").Create(str(path), 4, 4, 1, gdal.GDT_Byte)
    mask.SetGeoTransform((0, 1, 0, 0, 0, -1))
    mask.GetRasterBand(1).Fill(1)
    del mask
    assert "overlap" in refused(InputError, tmp_path, cloud, mask=str(path))


def test_cancel_keeps_the_work_and_leaves_no_output(tmp_path, cloud):
    class Impatient(Silent):
        def is_cancelled(self) -> bool:
            return True

    options = DemOptions(inputs=(str(cloud),), output=str(tmp_path / "dem.tif"))
    with pytest.raises(Cancelled):
        build_dem(options, Impatient())
    assert not (tmp_path / "dem.tif").exists()
    build_dem(options)
    assert (tmp_path / "dem.tif").exists()
    assert not list(tmp_path.glob("scree-*"))


def test_odd_files_among_good_ones_are_warnings(tmp_path, cloud):
    (tmp_path / "empty.las").write_bytes(b"")
    bare = points(tmp_path, [1, 2, 3], [1, 2, 1], [5, 5, 5], "trees.las", kind=5)
    report = run(tmp_path, cloud, tmp_path / "empty.las", bare)
    text = "\n".join(report["messages"])
    assert "0 bytes" in text
    assert "trees.las: none of its 3 points passed" in text
    assert report["skipped"]


@pytest.mark.parametrize("method", ["rst", "tin", "naturalneighbor", "idw", "movingplane", "nearest"])
@pytest.mark.parametrize(
    ("x", "y"),
    [([5.5], [5.5]), ([5.5, 7.5], [5.5, 5.5]), ([2.5, 5.5, 8.5], [2.5, 5.5, 8.5]), ([5.5] * 40, [5.5] * 40)],
    ids=["one", "two", "collinear", "coincident"],
)
def test_too_few_points_for_a_surface_give_the_nearest_value(tmp_path, method, x, y):
    few = points(tmp_path, x, y, np.full(len(x), 7.0))
    report = run(tmp_path, few, method=method, mask_distance=3.0, extent=(WEST, SOUTH, WEST + 12, SOUTH + 12))
    values = pixels(tmp_path / "dem.tif")
    near = np.zeros((12, 12), bool)
    for row in range(12):
        for column in range(12):
            near[row, column] = (
                min(np.hypot(a - column - 0.5, b - (11.5 - row)) for a, b in zip(x, y, strict=True)) <= 3
            )
    assert np.isfinite(values).tolist() == near.tolist()
    assert values[near] == pytest.approx(7.0, abs=1e-6)
    assert report["cells_written"] == near.sum()


def test_nan_in_the_gridded_attribute_is_counted(tmp_path):
    import laspy

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [WEST, SOUTH, 0]
    header.add_extra_dim(laspy.ExtraBytesParams("height", "f4"))
    las = laspy.LasData(header)
    rng = np.random.default_rng(0)
    las.x, las.y, las.z = WEST + 20 * rng.random(300), SOUTH + 20 * rng.random(300), np.zeros(300)
    las.classification = np.full(300, 2, np.uint8)
    values = np.full(300, 4.25, np.float32)
    values[:5], values[5] = np.nan, np.inf
    las.height = values
    las.write(str(tmp_path / "a.las"))
    report = run(tmp_path, tmp_path / "a.las", attribute="height")
    assert report["points_invalid"] == 6
    assert any("6 points were left out" in m for m in report["messages"])
    assert np.nanmax(np.abs(pixels(tmp_path / "dem.tif") - 4.25)) < 1e-5


def test_high_classes_count_like_any_other(tmp_path):
    rng = np.random.default_rng(0)
    high = points(tmp_path, 10 * rng.random(200), 10 * rng.random(200), np.ones(200), kind=200)
    assert run(tmp_path, high, filter="Class[200]")["points_passed"] == 200


def test_a_wrong_extent_in_the_header_is_only_a_warning(tmp_path, cloud):
    right = run(tmp_path, cloud)
    honest = pixels(tmp_path / "dem.tif")
    data = bytearray(cloud.read_bytes())
    data[179:227] = np.array([WEST + 1, WEST, SOUTH + 1, SOUTH, 1, 0], "<f8").tobytes()
    liar = tmp_path / "liar.las"
    liar.write_bytes(data)
    report = run(tmp_path, liar)
    assert np.array_equal(honest, pixels(tmp_path / "dem.tif"), equal_nan=True)
    assert report["points_passed"] == right["points_passed"]
    assert any("liar.las" in m for m in report["messages"])


def test_missing_crs_is_a_warning_and_given_crs_is_used(tmp_path, cloud):
    from osgeo import gdal

    assert any("CRS" in m for m in run(tmp_path, cloud)["messages"])
    run(tmp_path, cloud, crs="EPSG:2154")
    assert "2154" in gdal.Open(str(tmp_path / "dem.tif")).GetProjection()


def test_extent_and_neighbors_join(tmp_path, cloud):
    """Two runs over halves of the extent are the whole, cell by cell."""
    from osgeo import gdal

    run(tmp_path, cloud, extent=(WEST, SOUTH, WEST + 40, SOUTH + 40))
    whole = pixels(tmp_path / "dem.tif")
    run(tmp_path, cloud, extent=(WEST, SOUTH, WEST + 17, SOUTH + 40), output=str(tmp_path / "a.tif"))
    run(tmp_path, cloud, extent=(WEST + 17, SOUTH, WEST + 40, SOUTH + 40), output=str(tmp_path / "b.tif"))
    both = np.hstack([pixels(tmp_path / "a.tif"), pixels(tmp_path / "b.tif")])
    assert np.array_equal(whole, both, equal_nan=True)
    assert gdal.Open(str(tmp_path / "b.tif")).GetGeoTransform()[0] == WEST + 17


FULL = """
import json, sys
from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions
from scree.core.errors import OutputError
try:
    build_dem(DemOptions(inputs=(sys.argv[1],), output=sys.argv[2] + "/dem.tif", scratch=sys.argv[3], resolution=0.25))
except OutputError as error:
    print("REFUSED", error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a private mount namespace")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, cloud):
    full, scratch = tmp_path / "full", tmp_path / "scratch"
    full.mkdir(), scratch.mkdir()
    script = f"mount -t tmpfs -o size=100k none {full} && {sys.executable} - {cloud} {full} {scratch}; ls {full}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], input=FULL, text=True, capture_output=True, env=os.environ, check=False
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no private mount namespace here: {done.stderr.strip()}")
    assert "REFUSED" in done.stdout, done.stderr
    assert "dem.tif" not in done.stdout.split("REFUSED")[1].split("\n", 1)[1]


def test_a_fine_scale_is_no_different_from_a_coarse_one(tmp_path):
    """The tile's corner and a millionth of a metre: nothing wraps."""
    import laspy

    columns = ground(20_000, 60.0)
    results = []
    for scale in (0.001, 1e-6):
        header = laspy.LasHeader(point_format=6, version="1.4")
        header.scales, header.offsets = [scale] * 3, [WEST, SOUTH, 0]
        las = laspy.LasData(header)
        las.x, las.y, las.z = (columns[axis] for axis in "xyz")
        las.classification = columns["classification"].astype(np.uint8)
        las.write(str(tmp_path / "scale.las"))
        run(tmp_path, tmp_path / "scale.las")
        results.append(pixels(tmp_path / "dem.tif"))
    assert np.nanmax(np.abs(results[0] - results[1])) < 2e-3


def test_outputs_never_replace_what_is_read(tmp_path, cloud):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.las").write_bytes(cloud.read_bytes())
    for name in ("report", "cross_validation"):
        path = folder / ("a.json" if name == "report" else "a.las")
        path.exists() or path.symlink_to(folder / "a.las")
        with pytest.raises(OptionError, match="never changed"):
            run(tmp_path, folder, **{name: str(path)})
    assert (folder / "a.las").read_bytes() == cloud.read_bytes()


def test_an_unwritable_report_is_found_before_the_work(tmp_path, cloud):
    refused(OutputError, tmp_path, cloud, report=str(tmp_path / "nowhere" / "report.json"))


def test_an_extent_beside_the_points(tmp_path, cloud):
    assert "EXTENT" in refused(InputError, tmp_path, cloud, extent=(2.0, 48.0, 2.1, 48.1))


def test_count_is_of_the_points_that_passed_whatever_the_thinning(tmp_path, cloud):
    counts = []
    for more in (
        {},
        {"segmentation": "plain"},
        {"segmentation": "surrounded"},
        {"thinning": "nearest", "thinning_distance": 4.0},
        {"method": "nearest"},
    ):
        report = run(tmp_path, cloud, count=str(tmp_path / "count.tif"), **more)
        counts.append(np.nan_to_num(pixels(tmp_path / "count.tif")))
        assert counts[-1].sum() == report["points_passed"]
    assert all(np.array_equal(counts[0], other) for other in counts[1:])


def test_resumed_with_the_inputs_in_another_order(tmp_path):
    """Deviations belong to their points: the order of the inputs is part of what is resumed."""
    import laspy

    a = write_cloud_file(tmp_path / "a.las", ground(3000, 40.0, seed=1))
    b = write_cloud_file(tmp_path / "b.las", ground(3000, 40.0, seed=2))

    class Late(Silent):
        writing = False

        def info(self, text: str) -> None:
            self.writing = self.writing or text.startswith("Deviations")

        def is_cancelled(self) -> bool:
            return self.writing

    base = {"output": str(tmp_path / "dem.tif"), "deviations": str(tmp_path / "d.las")}
    with pytest.raises(Cancelled):
        build_dem(DemOptions(inputs=(str(a), str(b)), **base), Late())
    build_dem(DemOptions(inputs=(str(b), str(a)), **base))
    resumed = laspy.read(tmp_path / "d.las")
    build_dem(DemOptions(inputs=(str(b), str(a)), **base, resume=False))
    fresh = laspy.read(tmp_path / "d.las")
    assert np.array_equal(resumed.X, fresh.X)
    assert np.array_equal(resumed.Deviation, fresh.Deviation)


def test_what_cannot_be_read_or_held_is_found_before_a_point_is_read(tmp_path, cloud, monkeypatch):
    """A mask, and the deviations of a unit, which come after the whole surface."""
    from scree.core.surface import dem, expected

    monkeypatch.setattr(dem, "seal_points", lambda *_: pytest.fail("points were read"))
    mask = tmp_path / "mask.tif"
    mask.write_text("no raster", "utf-8")
    assert "cannot be read as a raster" in refused(InputError, tmp_path, cloud, mask=str(mask))
    monkeypatch.setattr(expected, "deviation_bytes", lambda *_: 1 << 40)
    message = refused(MemoryLimitError, tmp_path, cloud, deviations=str(tmp_path / "d.las"))
    assert "Finding the deviations of a unit needs 1048576 MB" in message
