# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input of runs over points and cells: lying headers, NaN, odd names, too few points, rasters beside the cloud."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, run, save

from scree.core.clouds.writer import write_cloud
from scree.core.errors import InputError, OptionError, OutputError
from scree.core.neighborhood.expression import LanguageError
from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.job import work_points
from scree.core.points.normals import Normals
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.stream import stream_points
from scree.core.points.surfaces import LOCAL, PointGrid

rasterio = pytest.importorskip("rasterio")
LIES = {
    "zeros": (0.0,) * 6, "huge": (1e15, -1e15) * 3, "nan": (np.nan,) * 6, "elsewhere": (1000.0, 900, 1000, 900, 10, 0),
    "swapped": (600_000.0, 600_040, 5_000_000, 5_000_040, 0, 300), "small": (600_001.0, 600_000, 5_000_001, 5e6, 1, 0),
}  # fmt: skip


def lying(path: str, bounds: tuple[float, ...], out: Path) -> str:
    """A copy whose header has other bounds."""
    data = bytearray(Path(path).read_bytes())
    struct.pack_into("<6d", data, 179, *bounds)
    out.write_bytes(data)
    return str(out)


def cells(engine: Any, cloud: str, output: Path, neighborhood: str = "", **options: Any) -> tuple[Any, dict[str, Any]]:
    settings = {"resolution": 1.0, "max_memory": 1500, **options}
    report = grid_points(
        GridOptions(inputs=(cloud,), output=str(output), neighborhood=neighborhood, **settings), engine
    )
    with rasterio.open(output) as raster:
        return raster.read(masked=True).filled(np.nan), report


@pytest.mark.parametrize("lie", LIES)
def test_bounds_of_a_header_change_nothing(tmp_path: Path, lie: str) -> None:
    honest = save(tmp_path / "a.las", landscape(np.random.default_rng(1), 2500, 40.0))
    liar = lying(honest, LIES[lie], tmp_path / "b.las")
    for number, engine in enumerate((PointStatistics("z", "mean,std"), Normals())):
        whole, other = (
            run(engine, path, tmp_path / f"{number}{i}.las", "circle(r=2)") for i, path in enumerate((honest, liar))
        )
        assert whole.points.array.tobytes() == other.points.array.tobytes()
    for engine, around in ((PointGrid("movingplanes"), "knn(k=6)"), (CellStatistics("z", "std", True), "")):
        cells(engine, honest, tmp_path / "one.tif", around)
        cells(engine, liar, tmp_path / "two.tif", around)
        assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


def test_neighbors_of_a_denser_cloud_far_from_its_header(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    mine, theirs = landscape(rng, 300, 30.0), landscape(rng, 6000, 30.0)
    dense = lying(save(tmp_path / "b.las", theirs), LIES["elsewhere"], tmp_path / "c.las")
    found = run(PointStatistics("z", "pcount"), save(tmp_path / "a.las", mine), tmp_path / "o.las", "circle(r=1)",
                other_cloud=(dense,))  # fmt: skip
    p, q = lattice(found), lattice(load(dense))
    d2 = ((p[:, None, :2] - q[None, :, :2]) ** 2).sum(axis=2)
    assert np.array_equal(found.pcount_z, (d2 <= 1000**2).sum(axis=1))


def test_numbers_that_are_none_are_counted(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    quality = rng.normal(5, 1, 1000).astype(np.float32)
    quality[::7], quality[3] = np.nan, np.inf
    cloud = save(tmp_path / "a.las", landscape(rng, 1000, 25.0), Quality=quality)
    bad = int(np.count_nonzero(~np.isfinite(quality)))
    told = f"{bad} of 1,000 points have NaN or infinity as Quality"
    for engine in (PointStatistics("Quality", "max", "zeroPlane"), Calculator(parse_assignments("_a = n[1].Quality"))):
        options = PointOptions(inputs=(cloud,), output=str(tmp_path / "o.las"), neighborhood="knn(k=4)")
        report = work_points(options, engine)
        assert report["counts"]["Quality not a number"] == bad
        assert any(told in text for text in report["messages"])
        assert np.isfinite(np.nan_to_num(np.asarray(load(tmp_path / "o.las")[next(iter(engine.dimensions))]))).all()
    report = stream_points(
        PointOptions(inputs=(cloud,), output=str(tmp_path / "o.las"), process_filter="Generic[Quality > 5]")
    )
    assert any(told in text for text in report["messages"])
    for engine in (CellStatistics("Quality", "pcount,max", True), CellStatistics("Quality", "pcount,median", True)):
        bands, report = cells(engine, cloud, tmp_path / "o.tif")
        assert np.nansum(bands[0]) == 1000 - bad == report["points_passed"]
        assert any(told in text for text in report["messages"])
    none = save(tmp_path / "n.las", landscape(rng, 50, 9.0), Quality=np.full(50, np.nan, np.float32))
    with pytest.raises(InputError, match="50 are NaN or infinite"):
        cells(PointGrid("nearest", "Quality"), none, tmp_path / "o.tif", "knn(k=1)")


@pytest.mark.parametrize("points", [1, 2])
def test_one_and_two_points_have_what_can_be_said_of_them(tmp_path: Path, points: int) -> None:
    cloud = save(tmp_path / "a.las", np.array([[5.5, 5.5, 3.0], [7.5, 5.5, 4]])[:points])
    normals = run(Normals(), cloud, tmp_path / "n.las", "knn(k=8)")
    assert np.isnan(normals.NormalZ).all()
    found = run(PointStatistics("z", "pcount,max", "zeroPlane"), cloud, tmp_path / "s.las", "knn(k=8)")
    assert found.pcount_z.tolist() == [points] * points
    found = run(Calculator(parse_assignments("_a = n[1].z")), cloud, tmp_path / "c.las", "knn(k=2)")
    assert np.isnan(found._a).sum() == (points == 1)
    assert len(run(Selection(), cloud, tmp_path / "f.las", "circle(r=2) minPtCount=2", kept="with")) == 2 * (points - 1)
    for method in LOCAL:
        bands, report = cells(PointGrid(method, "z", "count"), cloud, tmp_path / "o.tif", "knn(k=8)")
        has = method in ("snap", "nearest", "movingaverage")
        assert np.isfinite(bands[0, 0, 0]) == has
        assert (report["cells_written"] > 0) == has


def test_odd_names_and_types_are_found_and_missing_ones_told(tmp_path: Path) -> None:
    xyz = np.column_stack([np.arange(200.0), np.zeros(200), np.zeros(200)])
    odd: dict[str, Any] = {
        "Höhe über Grund": np.arange(200, dtype=np.float64), "b c": np.arange(200).astype(np.int8),
        "intensity_": np.arange(200).astype(np.uint64), "class": np.arange(200).astype(np.int64),
    }  # fmt: skip
    write_cloud(tmp_path / "a.las", *xyz.T, odd)
    cloud = str(tmp_path / "a.las")
    for name, dimension in (("class", "class"), ("bc", "b c"), ("intensity_", "intensity_")):
        found = run(PointStatistics(name, "max", "zeroPlane"), cloud, tmp_path / "o.las", "knn(k=1)")
        assert np.array_equal(found[f"max_{name}"], np.asarray(odd[dimension]).astype(np.float64))
        bands, _ = cells(CellStatistics(name, "max", True), cloud, tmp_path / "o.tif", resolution=20)
        assert np.nanmax(bands) == np.asarray(odd[dimension]).max()
    for wrong, near in (("Intenzity", "intensity"), ("clas", "class")):
        for asked in (
            lambda: run(PointStatistics(wrong, "max"), cloud, tmp_path / "o.las", "knn(k=1)"),  # noqa: B023
            lambda: cells(PointGrid("snap", wrong), cloud, tmp_path / "o.tif"),  # noqa: B023
            lambda: run(Calculator(parse_assignments(f"_a = n[0].{wrong}")), cloud, tmp_path / "o.las", "knn(k=1)"),  # noqa: B023
        ):
            with pytest.raises(LanguageError, match=f"no attribute '{wrong}'.*nearest: .*{near}"):
                asked()


def test_a_filter_no_point_passes_tells_the_classes_there_are(tmp_path: Path) -> None:
    kind = np.array([1, 1, 1, 6], np.uint8)
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(8), 4, 5.0), classification=kind)
    told = r"passes NEIGHBOR_FILTER 'Class\[2\]' \(the classes present are 1 \(3\), 6 \(1\)\): loosen it"
    with pytest.raises(InputError, match=told):
        cells(CellStatistics("z", "max", True), cloud, tmp_path / "o.tif", neighbor_filter="Class[2]")
    with pytest.raises(InputError, match=told):
        run(Normals(), cloud, tmp_path / "o.las", "knn(k=3)", neighbor_filter="Class[2]")


def test_a_raster_between_far_points_is_refused_at_once(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", np.array([[0, 0, 1.0], [900_000, 900_000, 2]]))
    for engine, around in (
        (CellStatistics("z", "max", True), ""),
        (CellStatistics("z", "median", True), ""),
        (PointGrid("nearest"), "knn(k=1)"),
    ):
        with pytest.raises(OptionError, match=r"9,000,001 x 9,000,001 cells, more than a raster can have"):
            cells(engine, cloud, tmp_path / "o.tif", around, resolution=0.1)
    bands, report = cells(PointGrid("nearest"), cloud, tmp_path / "o.tif", "knn(k=1) maxSearchDistance=900",
                          resolution=3000)  # fmt: skip
    assert report["cells_written"] == 0 and bands.shape[1:] == (301, 301)


@pytest.mark.parametrize("features", ["max", "median"])
def test_results_that_do_not_fit_on_the_disk_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, features: str
) -> None:
    import shutil

    cloud = save(tmp_path / "a.las", np.array([[i * 1000.0, i * 1000.0, 1] for i in range(200)]))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=200 << 20))
    with pytest.raises(OutputError, match="needs about .* MB on the disk"):
        cells(CellStatistics("z", features, True), cloud, tmp_path / "o.tif", resolution=1)


def test_a_geographic_crs_is_said(tmp_path: Path) -> None:
    from scree.core.clouds.crs import from_user

    x, y = np.random.default_rng(6).uniform(0, 1e-3, (2, 60))
    write_cloud(tmp_path / "g.las", x + 7, y + 48, 0 * x, crs_wkt=from_user("EPSG:4326"))
    options = PointOptions(inputs=(str(tmp_path / "g.las"),), output=str(tmp_path / "o.las"))
    reports = [
        stream_points(options, Calculator(parse_assignments("_a = z"))),
        cells(CellStatistics("z", "pcount", True), str(tmp_path / "g.las"), tmp_path / "o.tif", resolution=1e-4)[1],
    ]
    assert all(any("distances are degrees" in text for text in report["messages"]) for report in reports)


def test_a_raster_covers_part_of_the_points_or_none(tmp_path: Path) -> None:
    from rasterio.transform import from_origin

    with rasterio.open(tmp_path / "r.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="float32",
                       transform=from_origin(600_000, 5_000_020, 1, 1)) as out:  # fmt: skip
        out.write(np.full((20, 20), 150, np.float32), 1)
    honest = save(tmp_path / "a.las", landscape(np.random.default_rng(7), 500, 30.0))
    liar = lying(honest, LIES["elsewhere"], tmp_path / "l.las")
    raster = (str(tmp_path / "r.tif"),)
    for cloud in (honest, liar):
        options = PointOptions(inputs=(cloud,), output=str(tmp_path / "o.las"), rasters=raster)
        report = stream_points(options, Calculator(parse_assignments("_h = z - r[0]")))
        missing = int(np.isnan(load(tmp_path / "o.las")._h).sum())
        assert 100 < missing < 400
        assert report["counts"]["_h invalid"] == missing
        assert any(f"invalid for {missing} points" in text for text in report["messages"])
    away = save(tmp_path / "away.las", landscape(np.random.default_rng(7), 50, 30.0) + [5000, 0, 0])
    with pytest.raises(InputError, match="does not overlap the clouds"):
        cells(CellStatistics("z", "max", True), away, tmp_path / "o.tif", rasters=raster)
