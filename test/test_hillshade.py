# SPDX-License-Identifier: GPL-2.0-or-later
"""HILLSHADE: what gdaldem makes of the same DEM, with neither seams nor rims, in feet and in metres."""

from __future__ import annotations

import subprocess
from math import cos, radians, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from clouds_made import ground, write_cloud_file
from process_session import PROGRAM, process_environment

from scree.core.surface import dem as dem_module
from scree.core.surface.dem import build_dem
from scree.core.surface.hillshade import Hillshade, relief_scale
from scree.core.surface.options import DemOptions
from scree.core.tiles import store as store_module

gdal = pytest.importorskip("osgeo.gdal")
osr = pytest.importorskip("osgeo.osr")
NODATA = -9999.0


def shaded(values: np.ndarray, scale: float) -> np.ndarray:
    height, width = values.shape
    of_values = Hillshade(lambda x, y, w, h: values[y : y + h, x : x + w], width, height, scale)
    return of_values.window(0, 0, width, height)


def by_gdaldem(values: np.ndarray, cell: float, z_factor: float = 1.0) -> np.ndarray:
    raster = gdal.GetDriverByName("MEM").Create("", values.shape[1], values.shape[0], 1, gdal.GDT_Float32)
    raster.SetGeoTransform((0, cell, 0, 0, 0, -cell))
    raster.GetRasterBand(1).SetNoDataValue(NODATA)
    raster.GetRasterBand(1).WriteArray(np.where(np.isnan(values), NODATA, values))
    made = gdal.DEMProcessing(
        "", raster, "hillshade", format="MEM", multiDirectional=True, computeEdges=True, zFactor=z_factor
    )
    return made.ReadAsArray()


def surface(side: int, cell: float) -> np.ndarray:
    x, y = np.meshgrid(np.arange(side) * cell, np.arange(side) * cell)
    rough = np.random.default_rng(4).normal(0, 0.3 * cell, x.shape)
    return (100 + 9 * np.sin(x / 20) * np.cos(y / 31) + 0.2 * x + rough).astype(np.float32)


@pytest.mark.parametrize(("cell", "z_factor"), [(1.0, 1.0), (0.5, 1.0), (3.0, 0.3048), (2.0, 3.28)])
def test_greys_are_gdaldems(cell: float, z_factor: float) -> None:
    values = surface(200, cell)
    ours, theirs = shaded(values, z_factor / cell).astype(int), by_gdaldem(values, cell, z_factor).astype(int)
    assert np.abs(ours - theirs)[1:-1, 1:-1].max() <= 1
    assert (ours == theirs)[1:-1, 1:-1].mean() > 0.999
    assert ours.min() >= 1
    assert len(np.unique(ours)) > 50


def test_a_plane_has_one_grey_to_its_edges_and_beside_holes() -> None:
    """A neighbor without a value lies where the opposite one says, so neither rims nor holes get a frame."""
    y, x = np.mgrid[:60, :80]
    for east, north in ((0.5, 0.25), (-0.5, 1.0), (0.0, 0.0), (0.25, -2.0)):
        values = (1000 + east * x - north * y).astype(np.float32)
        values[20:30, 20:31] = values[40, 5] = np.nan
        greys = shaded(values, 1.0)
        assert ((greys == 0) == np.isnan(values)).all()
        assert np.unique(greys[greys > 0]).tolist() == [grey_of(east, north)]


def grey_of(east: float, north: float) -> int:
    """By the angles themselves: shade of a slope in each light, times the squared sine to its contour line."""
    if not east and not north:
        return int(1.5 + 254 * sqrt(0.5))
    contour = np.arctan2(-north, east)  # compass direction along the contour line
    total = 0.0
    for azimuth in map(radians, (225, 270, 315, 360)):
        light = sqrt(0.5) * (1 - east * sin(azimuth) - north * cos(azimuth)) / sqrt(1 + east**2 + north**2)
        total += sin(azimuth - contour) ** 2 * max(0.0, light)
    return int(1.5 + 254 * total / 2)


def test_a_cell_alone_is_level() -> None:
    assert shaded(np.array([[7.0]], np.float32), 1.0).tolist() == [[grey_of(0, 0)]]


def test_windows_of_any_size_make_the_same(tmp_path: Path) -> None:
    values = surface(97, 1.0)
    values[30:50, 10:70] = np.nan
    whole = shaded(values, 1.0)
    of_values = Hillshade(lambda x, y, w, h: values[y : y + h, x : x + w], 97, 97, 1.0)
    for side in (1, 7, 32):
        for y in range(0, 97, side):
            for x in range(0, 97, side):
                width, height = min(side, 97 - x), min(side, 97 - y)
                assert (of_values.window(x, y, width, height) == whole[y : y + height, x : x + width]).all()


def crs(code: str) -> str:
    found = osr.SpatialReference()
    assert found.SetFromUserInput(code) == 0
    return str(found.ExportToWkt(["FORMAT=WKT2_2019"]))


def test_heights_are_in_the_unit_of_the_plane() -> None:
    foot = 1200 / 3937
    assert relief_scale(2.0, "z", "") == 0.5
    assert relief_scale(2.0, "z", crs("EPSG:25832")) == 0.5
    assert relief_scale(1.0, "z", crs("EPSG:2263")) == pytest.approx(1)  # feet in all directions
    assert relief_scale(1.0, "Z", crs("EPSG:2263+5703")) == pytest.approx(1 / foot)  # metres over feet
    assert relief_scale(1.0, "z", crs("EPSG:25832+6360")) == pytest.approx(foot)  # feet over metres
    assert relief_scale(1e-5, "z", crs("EPSG:4326")) == pytest.approx(1e5 / 111_195, rel=1e-4)
    assert relief_scale(2.0, "intensity", crs("EPSG:2263+5703")) == 0.5


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = ground(20_000, 80.0)
    kept = np.hypot(made["x"] - made["x"].mean(), made["y"] - made["y"].mean()) > 12
    folder = tmp_path_factory.mktemp("cloud")
    return write_cloud_file(folder / "ground.las", {name: column[kept] for name, column in made.items()})


@pytest.mark.parametrize("method", ["rst", "tin", "naturalneighbor", "idw", "movingplane", "nearest"])
def test_every_method_has_it_without_seams(tmp_path, cloud, monkeypatch, method) -> None:
    """Many small units, and few: what gdaldem makes of the DEM, in both."""
    files = []
    for number, points in enumerate((1_000, 1 << 18)):
        monkeypatch.setattr(store_module, "UNIT_POINTS", points)
        folder = tmp_path / str(number)
        folder.mkdir()
        paths = {"output": str(folder / "dem.tif"), "hillshade": str(folder / "shade.tif")}
        report = build_dem(
            DemOptions(inputs=(str(cloud),), method=method, mask_distance=6, threads=1 + number, **paths)
        )
        assert (report["units"] > 9) == (number == 0)
        files.append((folder / "shade.tif").read_bytes())
    assert files[0] == files[1]
    dem, shade = gdal.Open(paths["output"]), gdal.Open(paths["hillshade"])
    assert shade.GetGeoTransform() == dem.GetGeoTransform()
    assert shade.GetRasterBand(1).GetNoDataValue() == 0
    values, greys = dem.ReadAsArray(), shade.ReadAsArray().astype(int)
    values[values == NODATA] = np.nan
    assert ((greys == 0) == np.isnan(values)).all()
    assert np.isnan(values).any()
    whole = ~np.isnan(sum(np.roll(values, (j, i), (0, 1)) for j in (-1, 0, 1) for i in (-1, 0, 1)))[1:-1, 1:-1]
    assert np.abs(greys - by_gdaldem(values, 1.0))[1:-1, 1:-1][whole].max() <= 1


def test_a_run_that_goes_on_may_add_it(tmp_path, cloud, monkeypatch) -> None:
    """It needs nothing of the units but the DEM, so they are not computed again."""

    def broken(*ignored) -> None:
        raise KeyboardInterrupt

    paths = {"output": str(tmp_path / "dem.tif")}
    options = DemOptions(inputs=(str(cloud),), **paths)
    with monkeypatch.context() as patch:
        patch.setattr(dem_module, "_write", broken)
        with pytest.raises(KeyboardInterrupt):
            build_dem(options)
    paths["hillshade"] = str(tmp_path / "shade.tif")
    monkeypatch.setattr(dem_module, "run_units", lambda waiting, *ignored: waiting and pytest.fail("computed again"))
    build_dem(DemOptions(inputs=(str(cloud),), **paths))
    assert gdal.Open(paths["hillshade"]).ReadAsArray().max() > 0


@pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")
def test_qgis_process_writes_it_and_overviews(tmp_path, cloud) -> None:
    outputs = {name: str(tmp_path / f"{name}.tif") for name in ("OUTPUT", "HILLSHADE", "ASPECT", "COUNT")}
    given = [f"--{name}={path}" for name, path in outputs.items()]
    command = ["qgis_process", "run", "scree:dem", f"--INPUT={cloud}", "--RESOLUTION=0.125", *given]
    subprocess.run(command, env=process_environment(tmp_path), check=True, capture_output=True, timeout=300)
    for name, path in outputs.items():
        raster = gdal.Open(path)
        band = raster.GetRasterBand(1)
        assert (raster.RasterXSize, band.GetOverviewCount()) == (640, 1), name
        small, large = band.GetOverview(0).ReadAsArray(), band.ReadAsArray()
        assert small.shape == (320, 320)
        if name in ("ASPECT", "COUNT"):
            assert (small == large[::2, ::2]).all()
        assert (small != band.GetNoDataValue()).any()
    assert gdal.GetDataTypeName(band.DataType) == "UInt32"
    shade = gdal.Open(outputs["HILLSHADE"])
    assert gdal.GetDataTypeName(shade.GetRasterBand(1).DataType) == "Byte"
