# SPDX-License-Identifier: GPL-2.0-or-later
"""Every command of docs/batch.md and docs/reports.md, run as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from process_session import PROGRAM, ROOT, process_environment
from terrain import Survey, Terrain, write_cloud

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no qgis_process")

PAGE = "\n".join((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("batch", "reports"))
BLOCK = re.compile(r"(?:<!-- from (?P<version>[\d.]+) -->\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
BLOCKS = [(match["text"], match["version"] or "3.22") for match in BLOCK.finditer(PAGE)]

MADE = {
    "--SLOPE=slope.tif": ["dem.tif", "slope.tif", "report.json"],
    "listed.tif": ["listed.tif"],
    "result.json": ["coarse.tif", "result.json"],
    "fine.tif": ["fine.tif"],
    "dems/": ["dems/west.tif", "dems/east.tif"],
    "slopes/": ["slopes/west.tif", "slopes/east-dem.tif"],
    "--REPORT_HTML=dem.html": ["dem.html", "dem.json"],
    "normals.gpkg": ["normals.laz", "normals.gpkg"],
    "screemodels:": ["model-dem.tif", "model-slope.tif", "model.json", "model-shade.tif"],
}
"""What is there after the block that mentions the key."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return process_environment(tmp_path_factory.mktemp("batch home"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch")
    (folder / "tiles").mkdir()
    for seed, name in enumerate(("west", "east")):
        write_cloud(str(folder / "tiles" / f"{name}.laz"), Survey(points=15_000, density=0.75, seed=seed), Terrain())
    return folder


def version() -> tuple[int, ...]:
    from qgis.core import Qgis

    return tuple(int(part) for part in Qgis.QGIS_VERSION.split("-")[0].split("."))


@pytest.mark.parametrize(("text", "since"), BLOCKS, ids=[f"block{i}" for i in range(len(BLOCKS))])
def test_commands_do_what_the_page_says(text: str, since: str, environment: dict[str, str], folder: Path) -> None:
    if version() < tuple(int(part) for part in since.split(".")):
        pytest.skip(f"QGIS {since} and later")
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", text],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for mention, files in MADE.items():
        if mention in text:
            assert [name for name in files if not (folder / name).is_file()] == []
    if "exit code" in text:
        assert "exit code 1" in done.stdout
        assert "nearest: Ground" in done.stdout
    if "result.json" in text:
        assert json.loads((folder / "result.json").read_text())["results"]["POINTS_PASSED"] == int(
            done.stdout.split()[0]
        )
    assert [path.name for path in folder.glob("scree-*")] == []


def test_the_page_has_its_commands() -> None:
    assert len(BLOCKS) >= 9
    assert set(MADE) == {mention for mention in MADE if any(mention in text for text, _ in BLOCKS)}
