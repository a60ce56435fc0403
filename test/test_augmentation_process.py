# SPDX-License-Identifier: GPL-2.0-or-later
"""The algorithms of the group Ground as users run them, on real clouds with their rasters; chained with a DEM."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import Land, load, records, save, write_raster_file
from test_algorithms_process import PROGRAM, environment

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
__all__ = ["environment"]


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:  # noqa: F811
    """Runs an algorithm in an empty folder; keywords are parameters, a tuple repeats one."""

    def run(algorithm: str, **parameters: Any) -> subprocess.CompletedProcess[str]:
        pairs = [(n, v) for n, value in parameters.items() for v in (value if isinstance(value, tuple) else (value,))]
        command = [str(PROGRAM), "--json", "run", f"scree:{algorithm}", *(f"--{n}={v}" for n, v in pairs)]
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    return run


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout + done.stderr).strip()


def test_heights_above_ground_and_a_surface_model_are_refused(run: Run, scree_data: Path, tmp_path: Path) -> None:
    pairs = scree_data / "dtm-pairs"
    done = run("augmentground", INPUT=pairs / "pycrown/POINTS.laz", DTM=pairs / "pycrown/DTM.tif", OUTPUT="o.laz")
    assert done.returncode and "seems to hold heights above ground" in last_words(done)
    done = run("augmentground", INPUT=scree_data / "airborne/bcts", DTM=pairs / "bcts_dsm_5m.tif", OUTPUT="o.laz")
    assert done.returncode and "seems to be a surface model" in last_words(done)
    assert not list(tmp_path.iterdir())


def test_a_tile_and_its_raster_and_back(run: Run, scree_data: Path, tmp_path: Path) -> None:
    """The raster is stored south up, and its holes hold -9999 that nobody declared."""
    cloud = scree_data / "airborne/ign/test_data_77050_627755.laz"
    dtm = scree_data / "dtm-pairs/ign/dtm_77050_627755_1m_laplace_southup.tif"
    done = run("augmentground", INPUT=cloud, DTM=dtm, OUTPUT="o.laz", REPORT="r.json", REPORT_HTML="r.html")
    assert done.returncode == 0, last_words(done)
    las, results = load(tmp_path / "o.laz"), json.loads(done.stdout)["results"]
    new = np.asarray(las.SyntheticArea) > 0
    assert results["POINTS_ACCEPTED"] == new.sum() > 300
    assert np.asarray(las.z)[new].min() > 15 and np.asarray(las.z)[new].max() < 50
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["points_generated"] == report["points_accepted"] + report["points_rejected"]
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "<svg" in page or "data:image" in page
    done = run("removesynthetic", INPUT="o.laz", OUTPUT="b.laz")
    assert done.returncode == 0 and records(tmp_path / "b.laz") == records(cloud)
    done = run("groundgaps", INPUT=cloud, OUTPUT="g.tif", POLYGONS="g.gpkg")
    assert done.returncode == 0 and json.loads(done.stdout)["results"]["HOLES"] > 1


def test_a_recipient_is_filled_from_its_donor(run: Run, scree_data: Path, tmp_path: Path) -> None:
    from scipy.interpolate import griddata

    donor = load(scree_data / "airborne/ign/donor_test.las")
    ground = np.isin(np.asarray(donor.classification), (2, 9))
    x, y = np.meshgrid(843490 + np.arange(40) / 2 + 0.25, 6446510 - np.arange(40) / 2 - 0.25)
    z = griddata(donor.xyz[ground, :2], donor.xyz[ground, 2], (x, y))
    dtm = write_raster_file(tmp_path / "d.tif", np.where(np.isnan(z), -9999, z), 843490, 6446510, 0.5)
    recipient = scree_data / "airborne/ign/recipient_test.laz"
    done = run("augmentground", INPUT=recipient, DTM=dtm, OUTPUT="o.laz")
    assert done.returncode == 0 and json.loads(done.stdout)["results"]["POINTS_ACCEPTED"] > 80


def test_a_dem_of_the_filled_cloud_is_better_in_its_holes(run: Run, tmp_path: Path) -> None:
    from osgeo import gdal

    land = Land(pond=(75.0, 75.0, 22.0))
    cloud, dtm = save(tmp_path / "c.las", land.cloud()), land.raster(tmp_path / "d.tif", error=0.1)
    assert run("augmentground", INPUT=cloud, DTM=dtm, OUTPUT="o.las").returncode == 0
    errors = {}
    for name in ("c", "o"):
        done = run("dem", INPUT=f"{name}.las", RESOLUTION=1, METHOD="tin", OUTPUT=f"{name}.tif")
        assert done.returncode == 0, last_words(done)
        raster = gdal.Open(str(tmp_path / f"{name}.tif"))
        west, cell, _, north, _, _ = raster.GetGeoTransform()
        shape = raster.RasterYSize, raster.RasterXSize
        z = np.frombuffer(raster.GetRasterBand(1).ReadRaster(), np.float32).reshape(shape)
        x, y = np.meshgrid(west + cell * (np.arange(shape[1]) + 0.5), north - cell * (np.arange(shape[0]) + 0.5))
        hole = (land.hidden(x, y) > 0) & (z > 0)
        errors[name] = np.sqrt(np.mean((z - land.ground(x, y))[hole] ** 2))
    assert errors["o"] <= errors["c"] / 2, errors


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"STRATEGY": "best"}, "STRATEGY is"),
        ({"SPACING": 0}, "SPACING is 0; it must be a number above 0"),
        ({"MAXGAP": 5}, "the nearest name is MAX_GAP"),
        ({"GROUND_CLASSES": "ground"}, "GROUND_CLASSES is 'ground'; write class numbers"),
        ({"OUTPUT": "o.tif"}, "must end in .las or .laz"),
    ],
)
def test_wrong_parameters_are_one_sentence(run: Run, tmp_path: Path, parameters: Any, sentence: str) -> None:
    land = Land()
    land.raster(tmp_path / "d.tif")
    (tmp_path / "c.las").write_bytes(b"")
    done = run("augmentground", **({"INPUT": "c.las", "DTM": "d.tif", "OUTPUT": "o.las"} | parameters))
    assert done.returncode and sentence in last_words(done)
