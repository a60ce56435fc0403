# SPDX-License-Identifier: GPL-2.0-or-later
"""A coast: a strip of points whose box holds a thousand times more cells than are computed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grids import Grid
from made import ground, ground_cloud
from session import FOLDER, DemRun

from .row import Outcome, Row, table, took, within

if TYPE_CHECKING:
    from session import Bench

DENSITY = 1.5
OPTIONS = {"METHOD": "rst", "MAX_MEMORY": 1024, "MASK_DISTANCE": 20}
MEMORY_MB = 1024
TILE = 256


def measure_sparse(bench: Bench) -> Outcome:
    empty = bench.empty(**OPTIONS)
    whole = bench.points(5_000_000)
    clouds = {n: ground_cloud(bench, ground(n, DENSITY, shape="strip")) for n in (whole // 2, whole)}
    runs = {f"{n:,} points": bench.dem(cloud, f"sparse-{n}", **OPTIONS) for n, cloud in clouds.items()}
    mask = _every_second_tile(FOLDER / "clouds" / f"mask-{whole}.tif", runs[f"{whole:,} points"].dem)
    runs[f"{whole:,} points, MASK"] = bench.dem(clouds[whole], "sparse-mask", **OPTIONS, MASK=mask)
    cost = {name: (run.measured.cpu - empty.cpu) / _computed(run) for name, run in runs.items()}
    half, full, _ = cost.values()
    # A mask spares cells, not points: what it must not change is what a computed cell costs.
    bare, masked = (run.report["phases"]["Interpolating"] / _computed(run) for run in list(runs.values())[1:])
    peak = max(run.measured.peak_mb for run in runs.values())
    box = max(_box(run) for run in runs.values())
    return Outcome(
        f"{box:.2g} cells in the box, {max(map(_computed, runs.values())):.2g} computed: peak {peak:.0f} MB; "
        f"{half * 1e6:.2f} and {full * 1e6:.2f} cpu s per million cells computed for half and all of the strip; "
        f"interpolating alone {bare * 1e6:.2f} s, with MASK {masked * 1e6:.2f} s per million cells left",
        peak <= MEMORY_MB and within(full, half, 0.25) and within(masked, bare, 0.25) and (bench.quick or box >= 2e9),
        {"cpu_seconds_per_cell": cost, "interpolating_per_cell": [bare, masked], "peak_mb": peak, "cells_in_box": box},
        table(
            ("run", "cells in the box", "computed", "wall s", "cpu s", "peak MB", "DEM MB"),
            (
                (name, f"{_box(r):.3g}", f"{_computed(r):.3g}", *took(r.measured), r.dem.stat().st_size >> 20)
                for name, r in runs.items()
            ),
        )
        + ["", f"An empty run, which is subtracted: {empty.cpu:.1f} cpu s."],
    )


def _computed(run: DemRun) -> float:
    return float(max(1, run.report["cells_written"] + run.report["cells_nodata"]))


def _box(run: DemRun) -> float:
    return float(run.report["grid"]["columns"] * run.report["grid"]["rows"])


def _every_second_tile(path: Path, dem: Path) -> Path:
    """A mask over the whole of ``dem``: 1 in a strip of tiles, then 0 in the next; unwritten tiles are 0."""
    import numpy as np
    from osgeo import gdal

    gdal.UseExceptions()
    source = gdal.Open(str(dem))
    west, cell, _, north, _, _ = source.GetGeoTransform()
    grid = Grid(west, north, cell, source.RasterXSize, source.RasterYSize)
    options = ["TILED=YES", "COMPRESS=DEFLATE", "SPARSE_OK=TRUE", "BIGTIFF=YES"]
    mask = gdal.GetDriverByName("GTiff").Create(str(path), grid.columns, grid.rows, 1, gdal.GDT_Byte, options)
    mask.SetGeoTransform(source.GetGeoTransform())
    mask.SetProjection(source.GetProjection())
    band, ones = mask.GetRasterBand(1), np.ones((TILE, TILE), np.uint8)
    for column in range(0, grid.columns // TILE, 2):
        for row in _rows_of_strip(grid, column):
            band.WriteArray(ones, column * TILE, row * TILE)
    mask.FlushCache()
    return path


def _rows_of_strip(grid: Grid, column: int) -> range:
    """Rows of tiles the strip can cross in a column of tiles: it bends 2 km about the diagonal."""
    low = max(0.0, column * TILE * grid.cell - 2500)
    high = (column + 1) * TILE * grid.cell + 2500
    last = grid.rows // TILE
    south = grid.rows * grid.cell
    side = TILE * grid.cell
    return range(max(0, int((south - high) / side)), min(last, int((south - low) / side) + 1))


SPARSE = Row(
    "sparse",
    "Cells far beyond points: a strip of 5 M points, at least 2e9 cells in its box, MASK_DISTANCE 20 cells; "
    "and a MASK of that size",
    "the paper: 53e9 cells",
    "peak at most 1,024 MB, time proportional to the cells computed (within 25 %)",
    measure_sparse,
)
