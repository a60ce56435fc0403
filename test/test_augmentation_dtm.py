# SPDX-License-Identifier: GPL-2.0-or-later
"""What a DTM file says of its heights is heeded: scale, offset, unit; each of several rasters has its own bias."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import EPSG, SIDE, SOUTH, WEST, Land, augment, save, write_raster_file

from scree.core.augmentation.bias import _bulk
from scree.core.errors import InputError

LAND = Land()
X, Y = np.meshgrid(WEST - 4.5 + np.arange(130), SOUTH + SIDE + 4.5 - np.arange(130))
CORNER = (WEST - 5, SOUTH + SIDE + 5)


@pytest.fixture
def cloud(tmp_path: Path) -> str:
    return save(tmp_path / "c.las", LAND.cloud())


def off(las: Any) -> Any:
    """Heights of the new points above the truth, and which DTM each is of."""
    new = np.asarray(las.SyntheticArea) > 0
    return las.xyz[new, 2] - LAND.ground(*las.xyz[new, :2].T), np.asarray(las.SyntheticDtm)[new]


def test_stored_integers_are_scaled_as_the_file_declares(tmp_path: Path, cloud: str) -> None:
    from osgeo import gdal

    path, z = str(tmp_path / "d.tif"), LAND.ground(X, Y)
    plain = augment(cloud, write_raster_file(tmp_path / "f.tif", z, *CORNER, 1.0), tmp_path / "f.las")
    data = gdal.GetDriverByName("GTiff").Create(path, 130, 130, 2, gdal.GDT_Int16)
    data.SetGeoTransform((CORNER[0], 1, 0, CORNER[1], 0, -1))
    band = data.GetRasterBand(1)
    band.SetScale(0.01), band.SetOffset(100.0)
    band.WriteRaster(0, 0, 130, 130, np.rint((z - 100) / 0.01).astype(np.int16).tobytes())
    del band, data
    las = augment(cloud, path, tmp_path / "o.las")
    assert len(las.points) == len(plain.points) and abs(np.asarray(las.z) - np.asarray(plain.z)).max() < 0.012
    assert any("2 bands; the first is taken" in m for m in las.report["messages"])


@pytest.mark.parametrize(("unit", "factor"), [("m", 1.0), ("foot", 0.3048), ("US survey foot", 1200 / 3937)])
def test_declared_units_are_compared_however_low_the_land(tmp_path: Path, unit: str, factor: float) -> None:
    """Heights of one or two metres: taken for feet they are near enough to pass for a bias."""
    from osgeo import gdal

    columns = LAND.cloud()
    columns["z"] = np.round(columns["z"] - 199.0, 3)
    low = save(tmp_path / "low.las", columns, crs=f"EPSG:{EPSG}+5720")
    dtm = write_raster_file(tmp_path / "d.tif", (LAND.ground(X, Y) - 199) / factor, *CORNER, 1.0)
    data = gdal.Open(dtm, gdal.GA_Update)
    data.GetRasterBand(1).SetUnitType(unit)
    del data
    las = augment(low, dtm, tmp_path / "o.las")
    assert abs(off(las)[0] + 199).max() < 0.1
    assert any("they are converted" in m for m in las.report["messages"]) == (factor != 1.0)


def test_wrong_parts_of_a_dtm_draw_no_bias_and_are_said(tmp_path: Path, cloud: str) -> None:
    z = LAND.ground(X, Y)
    z[:, :57] = 0.0  # nodata that nobody declared
    las = augment(cloud, write_raster_file(tmp_path / "d.tif", z, *CORNER, 1.0, nodata=None), tmp_path / "o.las")
    assert abs(las.report["bias"]["offset"]) < 0.004 < abs(las.report["bias_median"])
    assert any("parts of it are wrong" in m for m in las.report["messages"]), las.report["messages"]
    right = las.xyz[np.asarray(las.SyntheticArea) > 0, 0] > WEST + 55
    assert right.all() and len(right) > 100


def test_the_bulk_is_found_beside_a_large_minority() -> None:
    rng = np.random.default_rng(5)
    good = rng.normal(0.3, 0.05, 6000)
    assert _bulk(good) == pytest.approx(0.3, abs=0.01)
    assert _bulk(np.concatenate([good, rng.uniform(-300, -1, 4500)])) == pytest.approx(0.3, abs=0.01)
    assert _bulk(np.array([2.0])) == 2.0


def test_each_raster_is_corrected_by_its_own_bias(tmp_path: Path, cloud: str) -> None:
    z = LAND.ground(X, Y)
    west, east = z.copy(), z + 0.7
    west[:, 65:] = -9999
    paths = tuple(write_raster_file(tmp_path / f"{i}.tif", a, *CORNER, 1.0) for i, a in enumerate((west, east)))
    las = augment(cloud, paths, tmp_path / "o.las")
    found, dtm = off(las)
    assert set(dtm) == {1, 2} and abs(found).max() < 0.1
    biases = las.report["bias"]["by_dtm"]
    assert biases["1"]["offset"] == pytest.approx(0, abs=0.01)
    assert biases["2"]["offset"] == pytest.approx(0.7, abs=0.01)
    raw = augment(cloud, paths, tmp_path / "raw.las", bias="none")
    assert np.median(off(raw)[0][off(raw)[1] == 2]) == pytest.approx(0.7, abs=0.02)


def test_one_of_several_rasters_in_another_datum_stops_the_run(tmp_path: Path, cloud: str) -> None:
    z = LAND.ground(X, Y)
    most = z.copy()
    most[:, 100:] = -9999
    paths = tuple(write_raster_file(tmp_path / f"{i}.tif", a, *CORNER, 1.0) for i, a in enumerate((most, z + 44)))
    with pytest.raises(InputError, match=r"DTM 2 of those given lies \+44\.0.*another vertical datum"):
        augment(cloud, paths, tmp_path / "o.las")
