# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run stands on: versions, one GDAL or two, LAZ backends, cores, memory, disk, and the cure of each fault."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import OutputError
from ..core.jobs.disk import SPARE, existing_folder, require_writable, scratch_parent
from ..core.jobs.memory import MB, available_bytes, resident_bytes
from ..core.packages import advice

PACKAGES = ("numpy", "scipy", "numba", "laspy", "lazrs", "rasterio", "pyqtgraph")
OPTIONAL = ("rasterio", "pyqtgraph")
"""Not needed to run: GDAL's own Python face stands in for rasterio, and only the dock draws with pyqtgraph."""

BROKEN = (ImportError, AttributeError, OSError, RuntimeError, SystemError, TypeError, ValueError)
"""What importing a package raises that was built for other versions of the packages beside it."""


@dataclass(frozen=True)
class Finding:
    """One line of the report; ``cure`` is a sentence where something is wrong, else ''."""

    what: str
    found: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.found}"


def examine(profile: Path, folder: Path) -> Iterator[Finding]:
    """Everything, one after the other.  ``folder`` is where temporary data would go."""
    yield from _programs()
    for name in PACKAGES:
        yield _package(name, profile)
    yield _one_gdal()
    yield _laz(profile)
    yield _kernels()
    yield _cores()
    yield _memory()
    yield _scratch(folder)


def _programs() -> Iterator[Finding]:
    from osgeo import gdal
    from qgis.core import Qgis
    from qgis.PyQt.QtCore import QT_VERSION_STR

    yield Finding("QGIS", Qgis.QGIS_VERSION)
    yield Finding("Qt", QT_VERSION_STR)
    yield Finding("Python", f"{platform.python_version()} ({sys.prefix})")
    yield Finding("GDAL", str(gdal.__version__))
    yield Finding("System", f"{platform.system()} {platform.release()} {platform.machine()}")


def _package(name: str, profile: Path) -> Finding:
    try:
        module = importlib.import_module(name)
    except BROKEN as error:
        sentence = advice((name,), profile)
        if sentence and name in OPTIONAL:
            return Finding(name, "not installed (optional)")
        found = "not installed" if sentence else f"installed, but it does not load: {error}"
        usual = (
            f"Remove the copy of {name} or of numpy that was put beside the ones QGIS brought "
            "(pip without --no-deps brings one), then start QGIS again."
        )
        return Finding(name, found, sentence or usual)
    return Finding(name, f"{_version(module)} ({_where(module)})")


def _version(module: Any) -> str:
    try:
        return str(getattr(module, "__version__", None) or importlib.metadata.version(module.__name__))
    except importlib.metadata.PackageNotFoundError:
        return "version unknown"


def _where(module: Any) -> str:
    return str(Path(module.__file__).parent) if getattr(module, "__file__", None) else "built in"


def _one_gdal() -> Finding:
    """Two GDAL libraries in one process answer for each other's calls: versions alone do not show it."""
    libraries = _loaded("libgdal")
    if len(libraries) > 1:
        cure = (
            "Uninstall the rasterio that brings its own GDAL and take the distribution's "
            "(Debian: sudo apt-get install python3-rasterio), or none: GDAL's own Python module stands in for it."
        )
        return Finding("GDAL libraries", f"{len(libraries)} in this process: {', '.join(libraries)}", cure)
    from ..core.rasters.choice import choose

    try:
        face = choose().name
    except BROKEN as error:
        return Finding("GDAL libraries", f"none is usable: {error}", "Repair the numpy that GDAL was built with.")
    one = f"one for QGIS and rasterio ({libraries[0]})" if libraries else "cannot be listed on this system"
    return Finding("GDAL libraries", f"{one}; rasters by {face}")


def _loaded(name: str) -> list[str]:
    """Paths of the libraries this process has loaded whose file name begins with ``name``; [] where unknown."""
    try:
        lines = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    paths = {line.split(maxsplit=5)[-1] for line in lines if "/" in line}
    return sorted(path for path in paths if Path(path).name.startswith(name))


def _laz(profile: Path) -> Finding:
    try:
        laspy = importlib.import_module("laspy")
        backends = [str(backend).rpartition(".")[2] for backend in laspy.LazBackend.detect_available()]
    except BROKEN as error:
        return Finding("LAZ backends", f"unknown: {error}")
    if not backends:
        return Finding("LAZ backends", "none", advice(("lazrs",), profile))
    return Finding("LAZ backends", ", ".join(backends))


def _kernels() -> Finding:
    """Kernels are compiled once and kept: without a writable cache every start waits for the compiler."""
    try:
        numba = importlib.import_module("numba")
        from ..core import compiled  # noqa: F401  it sets numba's cache folder
    except BROKEN as error:
        return Finding("Compiled kernels", f"impossible: {error}")
    folder = Path(numba.config.CACHE_DIR)
    if _writable(folder):
        return Finding("Compiled kernels", f"kept in {folder}")
    return Finding(
        "Compiled kernels",
        f"{folder} cannot be written",
        "Make that folder writable, or set the environment variable NUMBA_CACHE_DIR to one that is.",
    )


def _cores() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("Processors", f"{usable} usable of {os.cpu_count()}")


def _memory() -> Finding:
    free = available_bytes()
    found = f"{free // MB:,} MB free, {resident_bytes() // MB:,} MB taken by this process"
    if free >= 512 * MB:
        return Finding("Memory", found)
    return Finding("Memory", found, "Close other programs: a run needs 512 MB at least.")


def _scratch(folder: Path) -> Finding:
    try:
        place = existing_folder(scratch_parent(folder / "output"))
    except OutputError as error:
        return Finding("Temporary data", f"{folder} is held in memory", str(error))
    free = shutil.disk_usage(place).free
    found = f"{place}, {free // MB:,} MB free"
    if not _writable(place):
        return Finding("Temporary data", f"{place} cannot be written", "Set SCRATCH to a folder on a disk with room.")
    if free < 16 * SPARE:
        return Finding("Temporary data", found, "Set SCRATCH to a folder on a disk with more room.")
    return Finding("Temporary data", found)


def _writable(folder: Path) -> bool:
    try:
        require_writable(existing_folder(folder) / "scree-check")
    except OutputError:
        return False
    return True


def temporary_folder() -> Path:
    return Path(tempfile.gettempdir())


Say = Callable[[str], None]


def tell(findings: Iterator[Finding], info: Say, warning: Say) -> tuple[list[str], int]:
    """Say every finding as it comes; the lines, and how many are faults."""
    lines, faults = [], 0
    for finding in findings:
        info(str(finding))
        lines.append(str(finding))
        if finding.cure:
            faults += 1
            warning(finding.cure)
            lines.append(f"  {finding.cure}")
    return lines, faults
