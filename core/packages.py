# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Python packages a run needs, and the one place that says the command that brings a missing one.

Nothing is installed behind the user's back, and no package is imported to find out.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

DEBIAN = {name: f"python3-{name}" for name in ("numpy", "scipy", "numba", "rasterio", "pyqtgraph")}
DEBIAN["osgeo"] = "python3-gdal"
"""Packages that Debian builds against QGIS's own GDAL and NumPy: those are the ones to take."""

WHEELS = {
    "laspy": ("laspy>=2.7,<3",),
    "lazrs": ("lazrs>=0.8,<0.9",),
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "numba": ("numba", "llvmlite"),
    "rasterio": ("rasterio",),
    "pyqtgraph": ("pyqtgraph",),
    "osgeo": ("gdal",),
}
"""As requirements.txt, and what pip must be told to bring where --no-deps keeps it from looking."""


def missing(packages: Iterable[str]) -> list[str]:
    """Those that this Python cannot import."""
    return [name for name in packages if find_spec(name) is None]


@dataclass(frozen=True)
class System:
    """What the install command depends on.

    ``platform`` and ``exec_prefix`` are those of ``sys``; ``apt``: apt-get is here; ``pip``: this Python has pip.
    """

    platform: str
    exec_prefix: str
    apt: bool = False
    pip: bool = True
    is_file: Callable[[str], bool] = lambda path: Path(path).is_file()

    @property
    def windows(self) -> bool:
        return self.platform == "win32"

    def interpreter(self) -> str:
        """The Python to call, of this QGIS: ``sys.executable`` is QGIS itself on Windows and macOS."""
        places: list[PurePath]
        if self.windows:
            # OSGeo4W and the standalone installer: apps\Python312, two folders above it bin.
            home = PureWindowsPath(self.exec_prefix)
            places = [home / "python3.exe", home / "python.exe", home.parent.parent / "bin" / "python3.exe"]
        elif self.platform == "darwin":
            # The bundle: its Python is QGIS.app/Contents/MacOS/bin/python3, wherever in it the prefix points.
            prefix = PurePosixPath(self.exec_prefix)
            bundles = [folder for folder in (prefix, *prefix.parents) if folder.name == "Contents"]
            places = [folder / "bin" / "python3" for folder in (prefix, *(b / "MacOS" for b in bundles))]
        else:
            return "python3"
        return next((str(place) for place in places if self.is_file(str(place))), str(places[0]))

    def quoted(self, word: str) -> str:
        """``word`` as this system's shell takes it whole: cmd.exe knows double quotes only."""
        if not self.windows:
            return shlex.quote(word)
        return word if re.fullmatch(r"[\w.:\\-]+", word) else f'"{word}"'


def this_system() -> System:
    """The system this process runs on."""
    return System(sys.platform, sys.exec_prefix, bool(shutil.which("apt-get")), find_spec("pip") is not None)


def command(lacking: Iterable[str], profile: PurePath | None = None, system: System | None = None) -> str:
    """The line to type that brings ``lacking``; ``system`` is that of this process unless given.

    ``profile`` is the QGIS profile folder (None: that of this process, if any): its ``python`` folder is on QGIS's
    path, and ``--no-deps`` keeps a second NumPy out of it, which would break the packages QGIS brought.
    """
    system = system or this_system()
    lacking = list(lacking)
    debian = [DEBIAN[name] for name in lacking if name in DEBIAN] if system.apt else []
    wheels = [wheel for name in lacking if not debian or name not in DEBIAN for wheel in WHEELS[name]]
    if wheels and system.apt and not system.pip:
        debian.append("python3-pip")
    commands = []
    if debian:
        commands.append(f"sudo apt-get install {' '.join(debian)}")
    if wheels:
        folder = profile / "python" if profile is not None else _profile_folder()
        target = ("--target", str(folder)) if folder is not None else ()
        words = (system.interpreter(), "-m", "pip", "install", "--no-deps", *target, *wheels)
        commands.append(" ".join(map(system.quoted, words)))
    return " && ".join(commands)


def how_to_install(lacking: Iterable[str], profile: PurePath | None = None, system: System | None = None) -> str:
    """The command in its part of a sentence, with the window it belongs into where that matters."""
    system = system or this_system()
    place = " in the OSGeo4W Shell (cmd.exe)" if system.windows else ""
    return f"install with{place}: {command(lacking, profile, system)} ; then start QGIS again."


def _profile_folder() -> Path | None:
    """The ``python`` folder of the profile this process runs with; None outside of QGIS."""
    folders = (Path(entry) for entry in sys.path)
    return next((f for f in folders if f.name == "python" and "profiles" in f.parts), None)


def lacks(name: str, what: str, error: ImportError) -> str:
    """One sentence for a package that was needed (``what``: for what) and could not be imported."""
    if missing((name,)):
        return f"The Python package {name} is not installed and {what}: {how_to_install((name,))}"
    return f"The Python package {name} is installed but does not load ({error}): run scree:checkenvironment."


def advice(packages: Iterable[str], profile: PurePath | None = None) -> str:
    """One sentence that names the missing packages with the exact command, '' where none is missing."""
    lacking = missing(packages)
    if not lacking:
        return ""
    verb = "package is" if len(lacking) == 1 else "packages are"
    return (
        f"The Python {verb} missing that this algorithm needs ({', '.join(lacking)}); "
        f"{how_to_install(lacking, profile)}"
    )
