# SPDX-License-Identifier: GPL-2.0-or-later
"""The voxel map algorithms as users run them, through qgis_process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from process_session import PROGRAM, process_environment

from scree.core.clouds.writer import write_cloud

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """QGIS with this checkout as its only plugin."""
    return process_environment(tmp_path_factory.mktemp("qgis process"))


def run(environment: dict[str, str], folder: Path, name: str, **parameters) -> subprocess.CompletedProcess[str]:
    command = [str(PROGRAM), "--json", "run", f"scree:{name}", *(f"--{k}={v}" for k, v in parameters.items())]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300)


def results(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["results"]


def test_a_map_is_made_exported_and_asked(environment, tmp_path) -> None:
    rng = np.random.default_rng(1)
    columns = {"intensity": rng.integers(0, 255, 4000).astype(np.uint16)}
    write_cloud(tmp_path / "c.las", *rng.uniform(0, 30, (3, 4000)), columns)
    made = results(run(environment, tmp_path, "voxelmapupdate", INPUT="c.las", MAP="map", RESOLUTION=1))
    assert made["POINTS_PASSED"] == 4000 and made["TILES"] == 27
    exported = results(run(environment, tmp_path, "voxelmapexport", MAP="map", FORMAT="bt", OUTPUT="m.bt"))
    assert exported["VOXELS"] == made["VOXELS"]
    results(run(environment, tmp_path, "voxelmaprasters", MAP="map", TOP="top.tif"))
    assert (tmp_path / "top.tif").exists() and (tmp_path / "m.bt").exists()
    checked = results(run(environment, tmp_path, "voxelmapcheck", MAP="map"))
    assert checked["DAMAGED"] == 0 and checked["VOXELS"] == made["VOXELS"]


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("voxelmapupdate", {"INPUT": "c.las", "MAP": "m", "RESOLUTION": 0.3}, "TILE_SIZE 10 is 33.3333 voxels"),
        ("voxelmapupdate", {"INPUT": "c.las", "MAP": "m", "MISSES": "rays", "RESOLUTION": 1}, "rays need"),
        ("voxelmapexport", {"MAP": "none", "FORMAT": "bt", "OUTPUT": "m.bt"}, "does not exist"),
        ("voxelmapexport", {"MAP": "none", "FORMAT": "xyz", "OUTPUT": "m.xyz"}, "FORMAT"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(environment, tmp_path, name, parameters, words) -> None:
    write_cloud(tmp_path / "c.las", *np.ones((3, 5)))
    done = run(environment, tmp_path, name, **parameters)
    assert done.returncode != 0 and words in done.stderr + done.stdout
    assert {p.name for p in tmp_path.iterdir()} <= {"c.las"}
