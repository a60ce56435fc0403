# SPDX-License-Identifier: GPL-2.0-or-later
"""The help pages that are shipped are what the algorithms say now, each with its picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("qgis.core")

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """
import os, sys
from pathlib import Path
from qgis.core import QgsApplication
application = QgsApplication([], False)
application.initQgis()
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import help as pages
from qgis.PyQt.QtCore import QUrl
from scree.plugin import ScreePlugin
plugin = ScreePlugin(None)
plugin.initProcessing()
algorithms = sorted(plugin.provider.algorithms(), key=lambda a: a.name())
for path, text in pages.written(algorithms).items():
    if not path.exists() or path.read_text("utf-8") != text:
        print("STALE", path.name)
for algorithm in algorithms:
    if not pages.picture_of(algorithm.name()):
        print("WITHOUT A PICTURE", algorithm.name())
    if not Path(QUrl(algorithm.helpUrl()).toLocalFile()).is_file():
        print("WITHOUT A PAGE", algorithm.name())
print("DONE", len(algorithms))
plugin.unload()
sys.stdout.flush()
os._exit(0)
"""


def test_pages_are_what_the_algorithms_say(tmp_path: Path) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT, str(ROOT / "benchmarks"), str(ROOT / "build" / "plugins")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    assert lines[-1].startswith("DONE"), done.stderr
    assert lines[:-1] == [], "make help-pages writes them again"


def test_no_page_is_left_of_an_algorithm_that_is_gone() -> None:
    names = {path.stem for path in (ROOT / "algorithms").glob("*.py") if "def displayName(" in path.read_text("utf-8")}
    assert {path.stem for path in (ROOT / "resources" / "help").iterdir()} == names
