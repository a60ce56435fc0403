# SPDX-License-Identifier: GPL-2.0-or-later
"""The models of resources/models: they load, every socket is connected, and each runs without a window."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from process_session import PROGRAM, process_environment
from terrain import Survey, Terrain, write_cloud

pytest.importorskip("qgis.core")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")

CHECK = """
import json, os, sys
from qgis.core import QgsApplication, QgsProcessingModelAlgorithm
application = QgsApplication([], False)
application.initQgis()
sys.path[:0] = [os.environ["QGIS_PLUGINPATH"], os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")]
from processing.core.Processing import Processing
from scree.plugin import ScreePlugin
Processing.initialize()
plugin = ScreePlugin(None)
plugin.initProcessing()
found = {}
for algorithm in plugin.models.algorithms():
    again = algorithm.create()
    good, problems = again.validate()
    children = {child.childId(): bool(child.algorithm()) for child in again.childAlgorithms().values()}
    found[algorithm.id()] = [algorithm.displayName(), again.id(), problems, children, algorithm.canExecute()[0]]
print("FOUND" + json.dumps(found))
plugin.unload()
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return process_environment(tmp_path_factory.mktemp("models home"))


def test_every_model_is_listed_and_whole(environment: dict[str, str]) -> None:
    done = subprocess.run(["python3", "-c", CHECK], env=environment, capture_output=True, text=True, timeout=120)
    found = json.loads(done.stdout.split("FOUND")[1])
    models = ("classifiedcloudtodem", "groundgapstodifference", "noisefilternormalsstatistics", "scanstocanopy")
    assert set(found) == {f"screemodels:{name}" for name in models}
    for identity, (title, again, problems, children, can) in found.items():
        assert " " in title
        assert again == identity
        assert problems == []
        assert all(children.values())
        assert can


def run(environment: dict[str, str], folder: Path, *parameters: str) -> dict[str, Any]:
    done = subprocess.run(
        ["qgis_process", "--json", "run", *parameters],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["results"]


def test_classified_cloud_to_dem(environment: dict[str, str], tmp_path: Path) -> None:
    from osgeo import gdal

    write_cloud(str(tmp_path / "cloud.laz"), Survey(points=20_000, density=0.75), Terrain())
    outputs = {"dem:DEM": "dem.tif", "dem:Slope": "slope.tif", "dem:Report": "report.json"}
    outputs["hillshade:Hillshade"] = "shade.tif"
    results = run(
        environment,
        tmp_path,
        "screemodels:classifiedcloudtodem",
        "--CLOUDS=cloud.laz",
        "--CELL=2",
        *(f"--{name}={path}" for name, path in outputs.items()),
    )
    assert set(outputs) <= set(results)
    report = json.loads((tmp_path / "report.json").read_text())
    shapes = set()
    for name in ("dem.tif", "slope.tif", "shade.tif"):
        raster = gdal.Open(str(tmp_path / name))
        values = raster.GetRasterBand(1).ReadAsArray()
        assert np.isfinite(values).any()
        shapes.add(values.shape)
    assert shapes == {(report["grid"]["rows"], report["grid"]["columns"])}
    assert report["points_passed"] < report["points_read"]


def test_noise_filter_to_statistics(environment: dict[str, str], tmp_path: Path) -> None:
    import laspy

    write_cloud(str(tmp_path / "cloud.laz"), Survey(points=5_000, density=0.75), Terrain())
    run(
        environment,
        tmp_path,
        "screemodels:noisefilternormalsstatistics",
        "--CLOUDS=cloud.laz",
        "--COMPANY=sphere(r=3) minPtCount=4",
        "--statistics:Cloud=statistics.laz",
    )
    given, made = laspy.read(tmp_path / "cloud.laz"), laspy.read(tmp_path / "statistics.laz")
    assert 0 < len(made.points) < len(given.points)
    names = [name.lower() for name in made.point_format.extra_dimension_names]
    assert "normalz" in names
    assert any("mean" in name for name in names)


def test_scans_to_canopy(environment: dict[str, str], tmp_path: Path) -> None:
    from osgeo import gdal

    write_cloud(str(tmp_path / "scan.laz"), Survey(points=5_000, density=0.75), Terrain())
    run(
        environment,
        tmp_path,
        "screemodels:scanstocanopy",
        "--SCANS=scan.laz",
        "--VOXEL=2",
        "--update:Map=voxels",
        "--rasters:Top=top.tif",
        "--rasters:Gap=gap.tif",
    )
    assert (tmp_path / "voxels" / "metadata.json").is_file()
    raster = gdal.Open(str(tmp_path / "top.tif"))
    top = raster.GetRasterBand(1).ReadAsArray()
    heights = top[top != raster.GetRasterBand(1).GetNoDataValue()]
    truth = Terrain()(*[np.array([v]) for v in (450_010.0, 6_500_010.0)])[0]
    assert abs(np.median(heights) - truth) < 60
    assert (tmp_path / "gap.tif").is_file()


def test_ground_gaps_to_difference(environment: dict[str, str], tmp_path: Path) -> None:
    from augmentation_made import Land, save
    from osgeo import gdal

    land = Land()
    save(tmp_path / "cloud.las", land.cloud())
    land.raster(tmp_path / "dtm.tif")
    outputs = {"gaps:Gaps": "gaps.tif", "fill:Cloud": "filled.las", "before:Before": "before.tif"}
    outputs |= {"after:After": "after.tif", "difference:Difference": "difference.tif", "fill:Report": "report.json"}
    run(
        environment,
        tmp_path,
        "screemodels:groundgapstodifference",
        "--CLOUDS=cloud.las",
        "--DTM=dtm.tif",
        "--CELL=1",
        *(f"--{name}={path}" for name, path in outputs.items()),
    )
    before, after, difference = (
        gdal.Open(str(tmp_path / f"{name}.tif")).ReadAsArray() for name in ("before", "after", "difference")
    )
    assert before.shape == after.shape == difference.shape
    both = (before != -9999) & (after != -9999)
    assert np.allclose(difference[both], (after - before)[both], atol=1e-3)
    assert json.loads((tmp_path / "report.json").read_text())["points_written"] > 0
