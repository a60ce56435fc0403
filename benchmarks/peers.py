# SPDX-License-Identifier: GPL-2.0-or-later
"""The other programs: whether they are here, their versions, and one run of each over a given grid.

A peer that is absent is None in ``versions`` and no failure: rows then show what was recorded.
Every run is capped in address space, so that a peer can not take the machine down.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from grids import Grid, read_raster
from measure import Measured, MeasureError
from session import FOLDER, ROOT

if TYPE_CHECKING:
    from session import Bench

ADDRESS_SPACE_MB = 12 * 1024
VENV = Path("build") / "peers-venv" / "bin" / "python"
PYTHON_PEERS = ("startinpy", "scipy", "numpy", "laspy[lazrs]", "open3d", "jakteristics")
LIBRARIES = ("startinpy", "scipy", "open3d", "jakteristics")
DEBIAN_PEERS = ("grass-core", "saga", "gdal-bin", "libusb-1.0-0", "libgl1", "libgomp1")


def install() -> None:
    """All peers: by apt (as root or with sudo) and by pip into build/peers-venv."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    subprocess.run([*apt, "update", "-qq"], check=True)
    subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PEERS], check=True)
    if not VENV.exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", str(VENV.parent.parent)], check=True)
    pip = [str(VENV), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PYTHON_PEERS], check=True)
    versions.cache_clear()


@functools.cache
def versions() -> dict[str, str | None]:
    """Version of every peer, None where it is not installed."""
    return {
        "GRASS": _version(["grass", "--version"]),
        "SAGA": _version(["saga_cmd", "--version"]),
        "GDAL": _version(["gdal_grid", "--version"]),
        **{name: _library(name) for name in LIBRARIES},
    }


def has(peer: str) -> bool:
    """Whether a peer is installed; says so where it is not."""
    there = versions()[peer] is not None
    if not there:
        print(f"  {peer} is not installed (--install-peers)", flush=True)
    return there


def _library(name: str) -> str | None:
    asked = f"import {name}; from importlib.metadata import version; print(version('{name}'))"
    lines = (_says([str(VENV), "-c", asked]) or "").split()
    return lines[-1] if lines else None


def _version(command: list[str]) -> str | None:
    found = re.search(r"\d+\.\d+(\.\d+)?", _says(command) or "")
    return found.group() if found else None


def _says(command: list[str]) -> str | None:
    program = command[0] if "/" in command[0] else shutil.which(command[0], path="/usr/bin:/bin:/usr/local/bin")
    if program is None or not Path(program).exists():
        return None
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, env=environment(), check=False)
    return done.stdout + done.stderr if done.returncode == 0 else None


def environment() -> dict[str, str]:
    """Of a plain shell: the system's own Python, and a home folder that is not the user's."""
    home = ROOT / FOLDER / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": "/usr/bin:/bin:/usr/local/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "GRASS_PYTHON": "/usr/bin/python3",
    }


def run(bench: Bench, command: list[str], *, keep: bool = True, timeout: float = 1800.0) -> Measured:
    """Measure a peer under its cap."""
    return bench.run(
        command, keep=keep, timeout=timeout, environment=environment(), address_space_mb=ADDRESS_SPACE_MB
    ).require()


def as_text(cloud: Path, separator: str = " ") -> Path:
    """x, y, z of a cloud as text, for programs that read no LAS; with a comma, a header line too."""
    import laspy

    path = cloud.with_suffix(".csv" if separator == "," else ".xyz")
    if not path.exists():
        las = laspy.read(cloud)
        columns = [np.asarray(axis) for axis in (las.x, las.y, las.z)]
        part = path.with_name("part-" + path.name)
        with part.open("w", encoding="utf-8") as file:
            file.write("x,y,z\n" if separator == "," else "")
            for first in range(0, len(columns[0]), 200_000):
                rows = zip(*(column[first : first + 200_000].tolist() for column in columns))
                file.write("".join(f"{x:.3f}{separator}{y:.3f}{separator}{z:.3f}\n" for x, y, z in rows))
        part.rename(path)
    return path


@dataclass(frozen=True)
class Grass:
    """A GRASS project without a CRS that holds one cloud."""

    bench: Bench
    project: Path

    @staticmethod
    def empty(bench: Bench, name: str) -> Grass:
        """A project without anything in it."""
        project = bench.scratch / ("grass-" + name)
        shutil.rmtree(project, ignore_errors=True)
        run(bench, ["grass", "-c", "XY", "-e", str(project)], keep=False)
        return Grass(bench, project)

    @staticmethod
    def of(bench: Bench, cloud: Path) -> Grass:
        grass = Grass.empty(bench, cloud.stem)
        columns = ("x=1", "y=2", "z=3")
        grass("v.in.ascii", "-z", "-t", "-b", f"input={as_text(cloud)}", "output=pts", "separator=space", *columns)
        return grass

    def __call__(self, module: str, *arguments: str, keep: bool = False) -> Measured:
        command = ["grass", str(self.project / "PERMANENT"), "--exec", module, "--overwrite", *arguments]
        return run(self.bench, command, keep=keep)

    def spline(self, grid: Grid, *arguments: str) -> tuple[Measured, np.ndarray]:
        """v.surf.rst over ``grid``; what it took, import and export apart, and its values."""
        box = (f"n={grid.north}", f"s={grid.south}", f"e={grid.east}", f"w={grid.west}", f"res={grid.cell}")
        self("g.region", *box)
        measured = self("v.surf.rst", "input=pts", "elevation=dem", *arguments, keep=True)
        path = self.bench.scratch / "grass.tif"
        self("r.out.gdal", "-f", "input=dem", f"output={path}", "type=Float64")
        return measured, read_raster(path).values

    def deviations(self, name: str) -> np.ndarray:
        """Values of the vector map that v.surf.rst made as ``deviations=name``."""
        path = self.bench.scratch / "grass-deviations.txt"
        self("v.out.ascii", f"input={name}", f"output={path}", "columns=*", "separator=space", "format=point")
        return np.loadtxt(path, ndmin=2)[:, -1]


def saga_splines(bench: Bench, cloud: Path, grid: Grid) -> np.ndarray:
    """SAGA's multilevel B-splines (grid_spline 4)."""
    half, folder = grid.cell / 2, bench.scratch
    points, shapes, out = folder / "saga.sg-pts", folder / "saga.shp", folder / "saga.sdat"
    run(bench, ["saga_cmd", "-f=s", "io_shapes", "16", f"-FILE={as_text(cloud)}", "-SEPARATOR=1", f"-POINTS={points}"])
    run(bench, ["saga_cmd", "-f=s", "pointcloud_tools", "5", f"-POINTS={points}", f"-SHAPES={shapes}"])
    box = {
        "TARGET_USER_SIZE": grid.cell,
        "TARGET_USER_XMIN": grid.west + half,
        "TARGET_USER_XMAX": grid.east - half,
        "TARGET_USER_YMIN": grid.south + half,
        "TARGET_USER_YMAX": grid.north - half,
    }
    command = ["saga_cmd", "-f=s", "grid_spline", "4", f"-SHAPES={shapes}", "-FIELD=Z", "-METHOD=0"]
    command += ["-TARGET_DEFINITION=0", *(f"-{name}={value:.6f}" for name, value in box.items())]
    run(bench, [*command, f"-TARGET_OUT_GRID={out}"])
    return _fitting(read_raster(out).values, grid, "SAGA")


def gdal_inverse_distance(bench: Bench, cloud: Path, grid: Grid) -> Measured:
    """gdal_grid invdistnn: the 12 nearest within 5 cells, squared distances."""
    table = as_text(cloud, ",")
    source, out = bench.scratch / "gdal.vrt", bench.scratch / "gdal.tif"
    source.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="{table.stem}"><SrcDataSource>{ROOT / table}</SrcDataSource>'
        "<GeometryType>wkbPoint25D</GeometryType>"
        '<GeometryField encoding="PointFromColumns" x="x" y="y" z="z"/></OGRVRTLayer></OGRVRTDataSource>\n'
    )
    rule = f"invdistnn:power=2:radius={5 * grid.cell:g}:max_points=12:min_points=1:nodata=-9999"
    box = ["-txe", f"{grid.west}", f"{grid.east}", "-tye", f"{grid.north}", f"{grid.south}"]
    size = ["-outsize", f"{grid.columns}", f"{grid.rows}", "-ot", "Float32"]
    return run(bench, ["gdal_grid", "-q", "-a", rule, *box, *size, "-l", table.stem, str(source), str(out)])


def python_surface(bench: Bench, method: str, cloud: Path, grid: Grid) -> tuple[Measured, np.ndarray]:
    """startinpy's tin, laplace or nni, or scipy's linear interpolation: see peer_surface.py."""
    out = bench.scratch / "peer.npy"
    place = [repr(v) for v in (grid.west, grid.north, grid.cell, grid.columns, grid.rows)]
    measured = run(bench, [str(VENV), "benchmarks/peer_surface.py", method, str(cloud), str(out), *place])
    return measured, np.load(out)


def python_neighbors(bench: Bench, library: str, work: str, cloud: Path) -> Measured:
    """Normals or sphere statistics by a Python library: see peer_neighbors.py."""
    out = bench.scratch / "peer.las"
    measured = run(bench, [str(VENV), "benchmarks/peer_neighbors.py", library, work, str(cloud), str(out)])
    out.unlink()
    return measured


def _fitting(values: np.ndarray, grid: Grid, peer: str) -> np.ndarray:
    if values.shape != (grid.rows, grid.columns):
        raise MeasureError(f"{peer} made {values.shape} cells where {(grid.rows, grid.columns)} were asked for.")
    return values
