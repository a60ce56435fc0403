# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds with holes in their ground, reference DTMs over them, and runs of scree:augmentground."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from grids import Grid
from measure import Measured
from session import FOLDER
from terrain import EPSG, ORIGIN, Survey, Terrain, write_cloud

if TYPE_CHECKING:
    from session import Bench

TERRAIN = Terrain()
MEMORY_MB = 1024
MARGIN = 5
"""Pixels of a DTM beyond its cloud."""
BLOCK = 200
"""Side of the generator's blocks, metres."""
LAZ_BYTES = 14


def cloud_with_holes(bench: Bench, points: int, density: float, suffix: str = ".laz") -> Path:
    """Ground, woods, roofs and ponds."""
    survey = Survey(points, density)
    return bench.cloud(
        f"holes-{points}-{density:g}{suffix}",
        lambda path: write_cloud(path, survey, TERRAIN),
        points * (LAZ_BYTES if suffix == ".laz" else 40) / 1e6,
    )


def reference_grid(points: int, density: float) -> Grid:
    """The 1 m pixels of a DTM over such a cloud."""
    side = math.ceil((points / density) ** 0.5 / BLOCK) * BLOCK
    pixels = side + 2 * MARGIN
    return Grid(ORIGIN[0] - MARGIN, ORIGIN[1] + side + MARGIN, 1.0, pixels, pixels)


def reference(grid: Grid) -> np.ndarray:
    """The true ground with a smooth error of 0.1 m."""
    x, y = grid.centers()
    return TERRAIN(x, y) + 0.1 * np.sin(x / 150) * np.cos(y / 190)


def dtm_of(points: int, density: float) -> Path:
    """The file of ``reference``."""
    grid = reference_grid(points, density)
    return write_dtm(FOLDER / "clouds" / f"holes-{points}-{density:g}.tif", grid, reference(grid))


def write_dtm(path: Path, grid: Grid, z: np.ndarray) -> Path:
    from osgeo import gdal, osr

    size = (grid.columns, grid.rows)
    raster = gdal.GetDriverByName("GTiff").Create(str(path), *size, 1, gdal.GDT_Float32, ["TILED=YES"])
    raster.SetGeoTransform((grid.west, grid.cell, 0, grid.north, 0, -grid.cell))
    system = osr.SpatialReference()
    system.ImportFromEPSG(EPSG)
    raster.SetProjection(system.ExportToWkt())
    raster.GetRasterBand(1).SetNoDataValue(-9999)
    raster.GetRasterBand(1).WriteRaster(0, 0, *size, z.astype(np.float32).tobytes())
    return path


def augment(bench: Bench, cloud: Path, dtm: Path, *, keep: bool = True) -> tuple[Measured, dict[str, Any]]:
    """One run through qgis_process: what the process took, and the report.  The output is gone again."""
    out, report = FOLDER / "out" / "augmented.laz", FOLDER / "out" / "augmented.json"
    values = {"INPUT": cloud, "DTM": dtm, "OUTPUT": out, "REPORT": report, "MAX_MEMORY": MEMORY_MB, "RESUME": "false"}
    program = Path(shutil.which("qgis_process.bin") or "qgis_process").name
    command = [
        program,
        "--json",
        "run",
        "scree:augmentground",
        *(f"--{name}={value}" for name, value in values.items()),
    ]
    measured = bench.run(command, keep=keep, timeout=7200.0).require()
    out.unlink()
    return measured, json.loads(report.read_text("utf-8"))


def warm(bench: Bench) -> None:
    """Compile the kernels: all of them, so there must be holes of every kind."""
    points = bench.points(1_000_000)
    augment(bench, cloud_with_holes(bench, points, 8.0), dtm_of(points, 8.0), keep=False)
