# SPDX-License-Identifier: GPL-2.0-or-later
"""The algorithms as users run them: qgis_process on clouds with a known ground; exit codes, files, numbers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from terrain import Survey, Terrain, score, write_cloud

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")

TERRAIN = Terrain()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """QGIS with this checkout as its only plugin and a configuration folder of its own."""
    home = tmp_path_factory.mktemp("qgis process")
    plugins, runtime = home / "plugins", home / "run"
    plugins.mkdir()
    runtime.mkdir(mode=0o700)
    (plugins / "scree").symlink_to(ROOT)
    changes = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONNOUSERSITE": "1",
        "QGIS_CUSTOM_CONFIG_PATH": str(home / "config"),
        "QGIS_PLUGINPATH": str(plugins),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(runtime),
    }
    found = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")} | changes
    subprocess.run([str(PROGRAM), "plugins", "enable", "scree"], env=found, check=True, capture_output=True)
    return found


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clouds") / "made.laz"
    write_cloud(str(path), Survey(points=30_000, density=0.75), TERRAIN)
    return path


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dem(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs scree:dem in an empty folder; keywords are parameters, a tuple repeats one."""

    def run(*options: str, **parameters: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*options, **parameters), env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )

    return run


def command(*options: str, **parameters: Any) -> list[str]:
    pairs = [(n, v) for n, value in parameters.items() for v in (value if isinstance(value, tuple) else (value,))]
    return [str(PROGRAM), *options, "run", "scree:dem", *(f"--{name}={value}" for name, value in pairs)]


def test_a_dem_close_to_the_truth_with_its_report(dem: Run, cloud: Path, tmp_path: Path) -> None:
    done = dem("--json", INPUT=cloud, RESOLUTION=2, OUTPUT="dem.tif", REPORT="report.json")
    assert done.returncode == 0, done.stderr
    results, report = json.loads(done.stdout)["results"], json.loads((tmp_path / "report.json").read_text())
    assert results["OUTPUT"] == "dem.tif"
    assert results["POINTS_READ"] == report["points_read"]
    assert 0 < report["points_passed"] < report["points_read"] <= 30_000
    assert report["cells_written"] + report["cells_masked"] + report["cells_nodata"] == (
        report["grid"]["columns"] * report["grid"]["rows"]
    )
    found = score(str(tmp_path / "dem.tif"), TERRAIN, margin=5)
    assert found["rmse"] < 0.5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dem.tif", "report.json"]


def test_the_expected_error_and_the_errors_of_squares_left_out(dem: Run, cloud: Path, tmp_path: Path) -> None:
    done = dem(
        "--json", INPUT=cloud, OUTPUT="dem.tif", UNCERTAINTY="error.tif", CROSS_VALIDATION="left.laz",
        CROSS_VALIDATION_BLOCK=10, REPORT="report.json", METHOD="tin",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert json.loads(done.stdout)["results"]["UNCERTAINTY"].endswith("error.tif")
    sigma, height = values(tmp_path / "error.tif"), values(tmp_path / "dem.tif")
    assert ((sigma != -9999) == (height != -9999)).all()
    assert sigma[sigma != -9999].min() > 0
    assert report["uncertainty"]["within_68"] == pytest.approx(0.68, abs=0.06)
    assert report["cross_validation"]["block"] == 10
    assert report["cross_validation"]["by_distance"][-1]["to"] >= 4
    refused = dem("--json", INPUT=cloud, OUTPUT="other.tif", CROSS_VALIDATION_BLOCK=0.1)
    assert refused.returncode != 0
    assert "CROSS_VALIDATION_BLOCK is 0.1; it must be 0" in refused.stderr + refused.stdout


def test_folder_and_repeated_input_in_any_letters(dem: Run, cloud: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Wolken über dem Süden"
    folder.mkdir()
    shutil.copy(cloud, folder / "eine Wolke.laz")
    survey = Survey(points=20_000, density=0.5, seed=2)
    write_cloud(str(folder / "zweite.las"), survey, TERRAIN)
    whole = dem(INPUT=folder, RESOLUTION=5, OUTPUT=folder / "höhe 1.tif")
    listed = dem(INPUT=(folder / "zweite.las", folder / "eine Wolke.laz"), RESOLUTION=5, OUTPUT=folder / "höhe 2.tif")
    assert (whole.returncode, listed.returncode) == (0, 0), whole.stderr + listed.stderr
    assert np.array_equal(values(folder / "höhe 1.tif"), values(folder / "höhe 2.tif"))


def values(path: Path) -> np.ndarray:
    from osgeo import gdal

    data = gdal.Open(str(path))
    return data.GetRasterBand(1).ReadAsArray()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"FILTR": "Class[2]"}, "FILTR is not a parameter of scree:dem; the nearest name is FILTER."),
        ({"INPUT": "nothing.laz"}, "nothing.laz does not exist"),
        ({"FILTER": "Class[40]"}, "the classes present are 2 ("),
        ({"MAX_MEMORY": "100"}, "512"),
        ({"OUTPUT": "/dev/null/dem.tif"}, "/dev/null"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_an_exit_code(
    dem: Run, cloud: Path, tmp_path: Path, parameters: dict[str, str], sentence: str
) -> None:
    done = dem(**({"INPUT": cloud, "OUTPUT": "dem.tif"} | parameters))
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "fault of Scree" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_interrupt_ends_with_an_exit_code(environment: dict[str, str], tmp_path: Path) -> None:
    cloud = tmp_path / "large.las"
    write_cloud(str(cloud), Survey(points=3_000_000, ground_only=True), TERRAIN)
    process = subprocess.Popen(
        command(INPUT=cloud, RESOLUTION="0.25", OUTPUT="dem.tif"),
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Reading" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Cancelled" in errors
    assert not (tmp_path / "dem.tif").exists()
