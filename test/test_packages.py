# SPDX-License-Identifier: GPL-2.0-or-later
"""What is missing is named with the command, said in one place and as requirements.txt has it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from scree.core import packages

ROOT = Path(__file__).resolve().parent.parent


def test_versions_are_those_of_the_requirements() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    told = {wheel for wheels in packages.WHEELS.values() for wheel in wheels}
    assert set(wanted) <= told


def test_the_command_is_said_in_one_place() -> None:
    says = re.compile(r"pip install|apt(-get)? install")
    sources = [p for folder in ("core", "algorithms", "ui") for p in (ROOT / folder).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in sources if says.search(path.read_text("utf-8"))}
    assert found <= {"core/packages.py", "algorithms/environment.py"}


def test_the_profile_of_this_process_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    assert "--target" not in packages.command(("laspy",))
    monkeypatch.syspath_prepend(str(tmp_path / "profiles" / "a b" / "python"))
    assert f"--target '{tmp_path}/profiles/a b/python' 'laspy>=" in packages.command(("laspy",))


def test_a_package_that_does_not_load_is_not_told_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "checkenvironment" in packages.lacks("json", "a test needs it", ImportError("numpy is of another version"))
    monkeypatch.setitem(sys.modules, "lazrs", None)
    sentence = packages.lacks("lazrs", "LAZ needs it", ImportError("no"))
    assert "lazrs is not installed and LAZ needs it" in sentence
    assert sentence.endswith("then start QGIS again.")
