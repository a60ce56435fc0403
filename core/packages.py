# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Python packages a run needs, and the one place that says the command that brings a missing one.

Nothing is installed behind the user's back, and no package is imported to find out.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

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


def command(lacking: Iterable[str], profile: Path | None = None) -> str:
    """The line to type that brings ``lacking``.

    ``profile`` is the QGIS profile folder (None: that of this process, if any): its ``python`` folder is on QGIS's
    path, and ``--no-deps`` keeps a second NumPy out of it, which would break the packages QGIS brought.
    """
    lacking = list(lacking)
    debian = [DEBIAN[name] for name in lacking if name in DEBIAN] if shutil.which("apt-get") else []
    wheels = [wheel for name in lacking if not debian or name not in DEBIAN for wheel in WHEELS[name]]
    commands = []
    if debian:
        commands.append(f"sudo apt-get install {' '.join(debian)}")
    if wheels:
        folder = profile / "python" if profile is not None else _profile_folder()
        target = f"--target {shlex.quote(str(folder))} " if folder is not None else ""
        commands.append(f"python3 -m pip install --no-deps {target}{shlex.join(wheels)}")
    return " && ".join(commands)


def _profile_folder() -> Path | None:
    """The ``python`` folder of the profile this process runs with; None outside of QGIS."""
    folders = (Path(entry) for entry in sys.path)
    return next((f for f in folders if f.name == "python" and "profiles" in f.parts), None)


def lacks(name: str, what: str, error: ImportError) -> str:
    """One sentence for a package that was needed (``what``: for what) and could not be imported."""
    if missing((name,)):
        return (
            f"The Python package {name} is not installed and {what}: install it with: {command((name,))} ; "
            "then start QGIS again."
        )
    return f"The Python package {name} is installed but does not load ({error}): run scree:checkenvironment."


def advice(packages: Iterable[str], profile: Path | None = None) -> str:
    """One sentence that names the missing packages with the exact command, '' where none is missing."""
    lacking = missing(packages)
    if not lacking:
        return ""
    verb = "package is" if len(lacking) == 1 else "packages are"
    return (
        f"The Python {verb} missing that this algorithm needs ({', '.join(lacking)}); "
        f"install with: {command(lacking, profile)} ; then start QGIS again."
    )
