# SPDX-License-Identifier: GPL-2.0-or-later
"""Results arrive ready: previews and clouds are styled by their attribute where QGIS loads them."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pytest
from process_session import PROGRAM, process_environment

pytest.importorskip("qgis.core")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")

SCRIPT = """
import json, os, sys
from qgis.core import (
    Qgis, QgsApplication, QgsPointCloudLayer, QgsProcessingContext, QgsProcessingFeedback, QgsProcessingUtils,
    QgsProject, QgsVectorLayer,
)
application = QgsApplication([], True, None, "desktop")
application.initQgis()
sys.path[:0] = [os.environ["QGIS_PLUGINPATH"], os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")]
import processing
from processing.core.Processing import Processing
from scree.plugin import ScreePlugin
from scree.ui import cloud_styling
Processing.initialize()
plugin = ScreePlugin(None)
plugin.initProcessing()
feedback, found = QgsProcessingFeedback(), {"version": Qgis.QGIS_VERSION_INT}
context = QgsProcessingContext()
context.setProject(QgsProject.instance())
parameters = {"INPUT": ["cloud.las"], "NEIGHBORHOOD": "knn(k=5)", "OUTPUT": "o.las"}
for wanted in ("preview.gpkg", "again.gpkg"):
    results = processing.run("scree:pointstats", parameters | {"PREVIEW": wanted}, context=context, feedback=feedback)
layer = QgsVectorLayer(results["PREVIEW"], "preview")
cloud_styling.style_points(layer, "mean_z")
renderer = layer.renderer()
found["attribute"] = renderer.classAttribute()
found["ranges"] = [[r.lowerValue(), r.upperValue()] for r in renderer.ranges()]
found["labels"] = [r.label() for r in renderer.ranges()]
found["colors"] = [r.symbol().color().name() for r in renderer.ranges()]
found["features"] = layer.featureCount()
found["crs"] = layer.crs().authid()
processing.run("scree:voxelmapupdate", {"INPUT": ["cloud.las"], "MAP": "voxels", "RESOLUTION": 1.0}, feedback=feedback)
given = {"MAP": "voxels", "FORMAT": "gpkg", "OVERVIEWS": True, "OUTPUT": os.path.abspath("voxels.gpkg")}
algorithm = QgsApplication.processingRegistry().algorithmById("scree:voxelmapexport").create()
found["exported"] = algorithm.run(given, context, feedback)[1]
for uri, details in context.layersToLoadOnCompletion().items():
    voxels = QgsProcessingUtils.mapLayerFromString(uri, context)
    details.postProcessor().postProcessLayer(voxels, context, feedback)
    colored = voxels.renderer().symbol().symbolLayer(0).dataDefinedProperties().hasActiveProperties()
    found.setdefault("voxels", {})[details.name] = [colored, voxels.hasScaleBasedVisibility()]
tiny = os.path.abspath("tiny.copc.laz")
found["opens"] = cloud_styling.opens_as_cloud(tiny)
if found["opens"]:
    loads = cloud_styling.load_cloud(context, tiny, "Intensity", (0.0, 999.0), tiny)
    details = context.layerToLoadOnCompletionDetails(tiny)
    cloud = QgsProcessingUtils.mapLayerFromString(tiny, context)
    details.postProcessor().postProcessLayer(cloud, context, feedback)
    found["cloud"] = [loads, isinstance(cloud, QgsPointCloudLayer), cloud.pointCount()]
    found["renderer"] = [cloud.renderer().attribute(), cloud.renderer().minimum(), cloud.renderer().maximum()]
    items = cloud.renderer().colorRampShader().colorRampItemList()
    found["cloud_legend"] = [[item.value, item.label] for item in items]
    step = os.path.join(QgsProcessingUtils.tempFolder(), "a", "OUTPUT.copc.laz")
    found["between"] = cloud_styling.load_cloud(context, tiny, "Z", None, step)
print("FOUND" + json.dumps(found))
plugin.unload()
sys.stdout.flush()
os._exit(0)
"""


def write_copc(path: Path) -> None:
    """COPC of one node: LAZ of one chunk, with the record that says where its octree is."""
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.01] * 3, [0.0] * 3
    las = laspy.LasData(header)
    las.x, las.y, las.z = np.random.default_rng(1).random((3, 1000)) * 100
    las.intensity = np.arange(1000, dtype="u2")
    las.return_number = las.number_of_returns = np.ones(1000, "u1")
    for _ in range(2):
        place, size, chunk_start, chunk_size = sizes_of(path) if path.exists() else (0, 32, 0, 0)
        info = struct.pack("<5dQQdd11Q", 50.0, 50.0, 50.0, 50.0, 1.0, place, size, 0.0, 0.0, *[0] * 11)
        las.vlrs = [laspy.VLR("copc", 1, "copc info", info)]
        node = struct.pack("<4iQii", 0, 0, 0, 0, chunk_start, chunk_size, 1000)
        las.evlrs = laspy.vlrs.vlrlist.VLRList([laspy.VLR("copc", 1000, "EPT hierarchy", node)])
        las.write(str(path))


def sizes_of(path: Path) -> tuple[int, int, int, int]:
    """Where the hierarchy and the one chunk of points lie, and their bytes."""
    data = path.read_bytes()
    points = struct.unpack_from("<I", data, 96)[0]
    (evlrs,) = struct.unpack_from("<Q", data, 235)
    (table,) = struct.unpack_from("<q", data, points)
    return evlrs + 60, 32, points + 8, table - points - 8


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from terrain import Survey, Terrain, write_cloud

    folder = tmp_path_factory.mktemp("styles")
    write_cloud(str(folder / "cloud.las"), Survey(points=3_000, density=0.75), Terrain())
    write_copc(folder / "tiny.copc.laz")
    environment = process_environment(tmp_path_factory.mktemp("home"))
    done = subprocess.run(
        ["python3", "-c", SCRIPT], env=environment, cwd=folder, capture_output=True, text=True, timeout=200
    )
    assert "FOUND" in done.stdout, done.stderr
    assert (folder / "preview.gpkg").exists()
    return json.loads(done.stdout.split("FOUND")[1])


def test_a_preview_is_styled_by_the_new_attribute(found: dict[str, Any]) -> None:
    assert found["attribute"] == "mean_z"
    assert found["features"] > 1000
    ranges = found["ranges"]
    bounds = [a[1] for a in ranges[:-1]]
    step = bounds[1] - bounds[0]
    assert 4 <= len(ranges) <= 12
    assert float(f"{step:.0e}") == pytest.approx(step)
    assert f"{step:.0e}"[0] in "125"
    assert np.allclose(np.array(bounds) / step, np.rint(np.array(bounds) / step))
    assert found["labels"][1] == f"{bounds[0]:g} to {bounds[1]:g}"
    assert len(set(found["colors"])) == len(ranges)
    assert (found["colors"][0], found["colors"][-1]) == ("#30123b", "#7a0403")
    assert ranges[0][0] == -np.inf
    assert ranges[-1][1] == np.inf
    assert all(a[1] == b[0] for a, b in zip(ranges, ranges[1:], strict=False))


def test_exported_voxels_are_loaded_with_the_styles_of_their_file(found: dict[str, Any]) -> None:
    assert found["exported"]
    assert found["voxels"].keys() >= {"voxels", "voxels_2"}
    assert all(styled == [True, True] for styled in found["voxels"].values())


def test_a_cloud_that_qgis_opens_is_loaded_with_its_style(found: dict[str, Any]) -> None:
    if not found["opens"]:
        assert found["version"] < 32600, "QGIS from 3.26 on opens COPC"
        pytest.skip("this QGIS opens no COPC")
    assert found["cloud"] == [True, True, 1000]
    assert found["renderer"] == ["Intensity", 0.0, 1000.0]
    assert found["cloud_legend"] == [[100.0 * n, str(100 * n)] for n in range(11)]
    assert found["between"] is False
