# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests that need Qt only, once more on PyQt6: no distribution has a Qt 6 build of QGIS yet.

They run where there is a Python with PyQt6 and pyqtgraph in build/qt6:
``python3 -m venv build/qt6 && build/qt6/bin/pip install PyQt6 pyqtgraph numpy pytest``.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / "build" / "qt6" / "bin" / "python"


@pytest.mark.skipif(not PYTHON.exists(), reason="no PyQt6 in build/qt6")
@pytest.mark.parametrize("tests", ["test_dock.py", "test_editor.py"])
def test_on_qt6(tmp_path: Path, tests: str) -> None:
    package = tmp_path / "qgis" / "PyQt"
    package.mkdir(parents=True)
    for module in ("QtCore", "QtGui", "QtWidgets"):
        (package / f"{module}.py").write_text(f"from PyQt6.{module} import *\n")
    (tmp_path / "scree").symlink_to(ROOT)
    environment = {
        "HOME": os.environ.get("HOME", str(tmp_path)),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(tmp_path),
        "PYTHONNOUSERSITE": "1",
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [str(PYTHON), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(ROOT / "test" / tests)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
