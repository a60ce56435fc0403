# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of rasters share: each face of GDAL in turn, a job, grids, and reading back."""

from __future__ import annotations

from fractions import Fraction

import pytest

from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.jobs.memory import MB
from scree.core.rasters import RasterGrid, choice

gdal = pytest.importorskip("osgeo.gdal")
osr = pytest.importorskip("osgeo.osr")

NODATA = -9999.0


def wkt(code):
    crs = osr.SpatialReference()
    assert crs.SetFromUserInput(code) == 0
    return crs.ExportToWkt()


UTM, COMPOUND = wkt("EPSG:25832"), wkt("EPSG:25832+7837")


@pytest.fixture(params=["rasterio", "osgeo"])
def face(request, monkeypatch):
    """Each backend in turn, whatever ``choose`` would choose."""
    if request.param == "rasterio":
        pytest.importorskip("rasterio")
        from scree.core.rasters.with_rasterio import RasterioBackend as Chosen
    else:
        from scree.core.rasters.with_osgeo import OsgeoBackend as Chosen
    monkeypatch.setattr(choice, "choose", Chosen)
    return Chosen()


@pytest.fixture
def job(tmp_path):
    with Job(JobFolder(tmp_path / "scratch", "0" * 16), budget=Budget(2048 * MB, 128 * MB), threads=2) as job:
        yield job


def grid_of(width, height, *, cell="1/2", x0=1_000_000, y1=11_400_000, crs=UTM):
    return RasterGrid(Fraction(cell), x0, y1, width, height, crs)


def of_array(array):
    return lambda x, y, w, h: array[y : y + h, x : x + w]


def read(path):
    dataset = gdal.Open(str(path))
    return dataset.ReadAsArray()


def names(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())
