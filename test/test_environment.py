# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:checkenvironment: what it finds, and what it says where something is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("qgis.core")

from qt_session import qt_application

from scree.algorithms import environment
from scree.core import packages


def findings(folder: Path) -> dict[str, environment.Finding]:
    return {finding.what: finding for finding in environment.examine(folder, folder)}


def test_everything_is_named(tmp_path: Path) -> None:
    import numpy

    found = findings(tmp_path)
    assert {"QGIS", "Qt", "GDAL", "GDAL libraries", "LAZ backends", "Processors", "Memory", "Temporary data"} <= set(
        found
    )
    assert found["numpy"].found.startswith(numpy.__version__)
    assert "laspy" in found
    assert not found["numpy"].cure


def test_what_is_said_is_what_is_returned(tmp_path: Path) -> None:
    said: list[str] = []
    faults = [environment.Finding("A", "good"), environment.Finding("B", "bad", "Mend it.")]
    lines, count = environment.tell(iter(faults), said.append, said.append)
    assert count == 1
    assert said == ["A: good", "B: bad", "Mend it."]
    assert lines == ["A: good", "B: bad", "  Mend it."]


def test_a_missing_package_comes_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lazrs", None)
    monkeypatch.setitem(sys.modules, "pyqtgraph", None)
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name in ("lazrs", "pyqtgraph") else object())
    found = findings(tmp_path)
    assert found["lazrs"].found == "not installed"
    assert "--no-deps" in found["lazrs"].cure
    assert found["pyqtgraph"].cure == ""
    assert "optional" in found["pyqtgraph"].found


def test_a_package_that_does_not_load_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> Any:
        if name == "scipy":
            raise ValueError("numpy.dtype size changed")
        return __import__(name)

    monkeypatch.setattr(environment.importlib, "import_module", load)
    found = findings(tmp_path)
    assert "numpy.dtype size changed" in found["scipy"].found
    assert "--no-deps" in found["scipy"].cure


def test_two_gdal_libraries_are_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_loaded", lambda name: ["/usr/lib/libgdal.so.32", "/wheel/libgdal-1.so.36"])
    assert "python3-rasterio" in findings(tmp_path)["GDAL libraries"].cure


def test_a_scratch_folder_that_cannot_be_used_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_writable", lambda folder: False)
    assert "SCRATCH" in findings(tmp_path)["Temporary data"].cure


def test_it_runs_as_an_algorithm(tmp_path: Path) -> None:
    from qgis.core import QgsProcessingContext, QgsProcessingFeedback

    from scree.algorithms.checkenvironment import CheckEnvironmentAlgorithm

    qt_application()
    algorithm = CheckEnvironmentAlgorithm().create()
    assert algorithm.canExecute()[0]
    feedback = QgsProcessingFeedback()
    results = algorithm.processAlgorithm({"SCRATCH": str(tmp_path)}, QgsProcessingContext(), feedback)
    assert results["FAULTS"] == results["FINDINGS"].count("\n  ")
    assert "QGIS: 3." in feedback.textLog() or "QGIS: 4." in feedback.textLog()
