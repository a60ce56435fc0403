# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of every heavy algorithm, made through QGIS: a page and its numbers, whose sums add up."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from process_session import PROGRAM, process_environment
from terrain import Survey, Terrain, write_cloud

pytest.importorskip("qgis.core")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")

SCRIPT = """
import json, os, sys
from qgis.core import QgsApplication, QgsProcessingOutputHtml
application = QgsApplication([], False)
application.initQgis()
sys.path[:0] = [os.environ["QGIS_PLUGINPATH"], os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")]
import processing
from processing.core.Processing import Processing
from scree.plugin import ScreePlugin
Processing.initialize()
plugin = ScreePlugin(None)
plugin.initProcessing()
found = {}
for name, parameters in json.loads(sys.argv[1]):
    algorithm = plugin.provider.algorithm(name)
    shown = algorithm.outputDefinition("REPORT_HTML")
    assert isinstance(shown, QgsProcessingOutputHtml), name
    page = os.path.join("reports", name + ".html")
    found[name] = processing.run("scree:" + name, {**parameters, "REPORT_HTML": page})
print("FOUND" + json.dumps(found, default=str))
plugin.unload()
sys.stdout.flush()
os._exit(0)
"""

RUNS: list[tuple[str, dict[str, Any]]] = [
    ("dem", {"RESOLUTION": 4, "OUTPUT": "dem.tif"}),
    ("cellstatistics", {"RESOLUTION": 4, "OUTPUT": "cells.tif"}),
    ("gridfrompoints", {"RESOLUTION": 4, "METHOD": "movingaverage", "OUTPUT": "grid.tif"}),
    ("normals", {"OUTPUT": "normals.las"}),
    ("pointstats", {"NEIGHBORHOOD": "knn(k=5)", "OUTPUT": "statistics.las"}),
    ("filterpoints", {"PROCESS_FILTER": "Class[Ground]", "OUTPUT": "ground.las"}),
    ("calculateattributes", {"FORMULAS": "_twice(float) = 2 * z", "OUTPUT": "twice.las"}),
    ("voxelmapupdate", {"RESOLUTION": 4, "TILE_SIZE": 64, "MAP": "voxels"}),
]
READS_MAP: list[tuple[str, dict[str, Any]]] = [
    ("voxelmapexport", {"MAP": "voxels", "FORMAT": "laz", "OUTPUT": "voxels.laz"}),
    ("voxelmaprasters", {"MAP": "voxels", "TOP": "top.tif"}),
    ("voxelmapquery", {"MAP": "voxels", "POINTS": "cloud.las", "OUTPUT": "answers.csv"}),
]
ALL = [name for name, _ in RUNS + READS_MAP]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where every algorithm was run, with its report."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "reports").mkdir()
    write_cloud(str(folder / "cloud.las"), Survey(points=4_000, density=0.75), Terrain())
    runs = [(name, {"INPUT": ["cloud.las"], **parameters}) for name, parameters in RUNS] + READS_MAP
    environment = process_environment(tmp_path_factory.mktemp("home"))
    done = subprocess.run(
        ["python3", "-c", SCRIPT, json.dumps(runs)],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert "FOUND" in done.stdout, done.stderr
    (folder / "results.json").write_text(done.stdout.split("FOUND")[1])
    return folder


@pytest.mark.parametrize("name", ALL)
def test_every_run_has_a_page_and_its_numbers(folder: Path, name: str) -> None:
    results = json.loads((folder / "results.json").read_text())[name]
    assert results["REPORT_HTML"] == os.path.join("reports", name + ".html")
    text = (folder / results["REPORT_HTML"]).read_text("utf-8")
    assert f"<h1>scree:{name}</h1>" in text
    assert "not accounted for" not in text
    report = json.loads((folder / results["REPORT"]).read_text("utf-8"))
    assert report["algorithm"] == f"scree:{name}"
    assert report["seconds"] > 0
    assert set(report["phases"]) == {phase for phase, _ in report["memory"]["phases"]}
    for found in report.get("balances", ()):
        assert sum(found["parts"].values()) == found["total"]


@pytest.mark.parametrize(
    "name", ["dem", "cellstatistics", "gridfrompoints", "normals", "pointstats", "calculateattributes"]
)
def test_results_are_shown(folder: Path, name: str) -> None:
    report = json.loads((folder / "reports" / f"{name}.json").read_text("utf-8"))
    assert any(figure["histogram"] and figure["histogram"]["values"] for figure in report["figures"])
    assert "data:image/png" in (folder / "reports" / f"{name}.html").read_text("utf-8")


def test_a_report_that_cannot_be_written_is_refused_before_the_work(folder: Path) -> None:
    pytest.importorskip("qgis.core")
    from scree.core.errors import OutputError
    from scree.core.jobs.disk import require_writable

    with pytest.raises(OutputError, match=r"report\.html cannot be written"):
        require_writable(folder / "nowhere" / "report.html")
