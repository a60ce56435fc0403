# SPDX-License-Identifier: GPL-2.0-or-later
"""What is missing is named with the command, said in one place and as requirements.txt has it."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

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
    linux = packages.System("linux", "/usr")
    assert "--target" not in packages.command(("laspy",), system=linux)
    monkeypatch.syspath_prepend(str(tmp_path / "profiles" / "a b" / "python"))
    assert f"--target '{tmp_path}/profiles/a b/python' 'laspy>=" in packages.command(("laspy",), system=linux)


def test_a_package_that_does_not_load_is_not_told_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "checkenvironment" in packages.lacks("json", "a test needs it", ImportError("numpy is of another version"))
    monkeypatch.setitem(sys.modules, "lazrs", None)
    sentence = packages.lacks("lazrs", "LAZ needs it", ImportError("no"))
    assert "lazrs is not installed and LAZ needs it" in sentence
    assert sentence.endswith("then start QGIS again.")


WINDOWS_PROFILE = PureWindowsPath(r"C:\Users\Ann Lee\AppData\Roaming\QGIS\QGIS3\profiles\default")
OSGEO4W = (
    (r"C:\OSGeo4W\apps\Python312", r"C:\OSGeo4W\apps\Python312\python3.exe"),
    (r"C:\Program Files\QGIS 3.34\apps\Python39", r"C:\Program Files\QGIS 3.34\apps\Python39\python3.exe"),
    (r"C:\Program Files\QGIS 3.34\apps\Python39", r"C:\Program Files\QGIS 3.34\apps\Python39\python.exe"),
    (r"C:\OSGeo4W\apps\Python39", r"C:\OSGeo4W\bin\python3.exe"),
)


def cmd_words(line: str) -> list[str]:
    """What cmd.exe and the C runtime make of a line: double quotes group, nothing else does."""
    outside = re.sub(r'"[^"]*"', "", line)
    assert not set(outside) & set("<>&|^'%"), line
    return [word.replace('"', "") for word in re.findall(r'(?:"[^"]*"|[^\s"])+', line)]


@pytest.mark.parametrize(("prefix", "python"), OSGEO4W)
def test_on_windows_the_line_is_one_for_cmd_and_calls_the_python_of_qgis(prefix: str, python: str) -> None:
    system = packages.System("win32", prefix, is_file=lambda path: path == python)
    words = cmd_words(packages.command(("laspy", "lazrs"), WINDOWS_PROFILE, system))
    folder = str(WINDOWS_PROFILE / "python")
    assert words == [
        python,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--target",
        folder,
        "laspy>=2.7,<3",
        "lazrs>=0.8,<0.9",
    ]
    assert "OSGeo4W Shell" in packages.how_to_install(("laspy",), WINDOWS_PROFILE, system)


@pytest.mark.parametrize("inside", ["MacOS", "Frameworks", "Resources/python"])
def test_on_macos_the_python_of_the_bundle_is_called(inside: str) -> None:
    python = "/Applications/QGIS LTR.app/Contents/MacOS/bin/python3"
    system = packages.System(
        "darwin", f"/Applications/QGIS LTR.app/Contents/{inside}", is_file=lambda path: path == python
    )
    profile = PurePosixPath("/Users/ann/Library/Application Support/QGIS/QGIS3/profiles/default")
    words = shlex.split(packages.command(("laspy",), profile, system))
    assert words[:5] == [python, "-m", "pip", "install", "--no-deps"]
    assert words[5:] == ["--target", str(profile / "python"), "laspy>=2.7,<3"]


def test_on_debian_pip_itself_is_brought_where_it_is_missing() -> None:
    bare = packages.System("linux", "/usr", apt=True, pip=False)
    line = packages.command(("laspy",), PurePosixPath("/p"), bare)
    assert line.startswith("sudo apt-get install python3-pip && python3 -m pip install --no-deps ")
    assert packages.command(("numba",), PurePosixPath("/p"), bare) == "sudo apt-get install python3-numba"
    full = packages.System("linux", "/usr", apt=True, pip=True)
    assert "python3-pip" not in packages.command(("numba", "laspy"), PurePosixPath("/p"), full)
