# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters as the rows compare them: whole arrays of moderate size, NaN where there is no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FARTHEST = 30.0
"""Metres from the nearest point to which the roughness is looked at."""


@dataclass(frozen=True)
class Grid:
    """Square cells from the north-west corner (west, north)."""

    west: float
    north: float
    cell: float
    columns: int
    rows: int

    @property
    def east(self) -> float:
        return self.west + self.columns * self.cell

    @property
    def south(self) -> float:
        return self.north - self.rows * self.cell

    def centers(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the cell centers, [rows, columns]."""
        x = self.west + self.cell * (np.arange(self.columns) + 0.5)
        y = self.north - self.cell * (np.arange(self.rows) + 0.5)
        x, y = np.meshgrid(x, y)
        return x, y


@dataclass(frozen=True)
class Raster:
    grid: Grid
    values: np.ndarray

    def bilinear(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Values between the cell centers; NaN where one of the four is missing."""
        column = (x - self.grid.west) / self.grid.cell - 0.5
        row = (self.grid.north - y) / self.grid.cell - 0.5
        c = np.clip(np.floor(column).astype(int), 0, self.grid.columns - 2)
        r = np.clip(np.floor(row).astype(int), 0, self.grid.rows - 2)
        u, v = np.clip(column - c, 0, 1), np.clip(row - r, 0, 1)
        z = self.values
        top = z[r, c] * (1 - u) + z[r, c + 1] * u
        bottom = z[r + 1, c] * (1 - u) + z[r + 1, c + 1] * u
        return top * (1 - v) + bottom * v


def read_raster(path: Path, band: int = 1) -> Raster:
    """A band of any raster GDAL reads."""
    from osgeo import gdal

    gdal.UseExceptions()
    source = gdal.Open(str(path))
    chosen = source.GetRasterBand(band)
    west, cell, _, north, _, _ = source.GetGeoTransform()
    values = chosen.ReadAsArray().astype(float)
    nodata = chosen.GetNoDataValue()
    if nodata is not None:
        values[values == nodata] = np.nan
    return Raster(Grid(west, north, cell, source.RasterXSize, source.RasterYSize), values)


def errors_on_common_cells(
    grid: Grid, values: dict[str, np.ndarray], truth: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> dict[str, float]:
    """RMSE of each array [rows, columns] on the cells where all of them have a value."""
    common = np.logical_and.reduce([np.isfinite(array) for array in values.values()])
    x, y = grid.centers()
    true = truth(x[common], y[common])
    return {name: rms(array[common] - true) for name, array in values.items()}


def rms(off: np.ndarray) -> float:
    """Root mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(np.square(off)))) if off.size else float("nan")


def share(condition: np.ndarray) -> float:
    """How much of it is true, 0 to 1."""
    return float(np.count_nonzero(condition)) / max(1, condition.size)


def roughness(raster: Raster, distance: np.ndarray) -> float:
    """99th percentile of the second difference of cells in gaps: 2 cells to 30 m from the nearest point."""
    z, near = raster.values, distance[1:-1, 1:-1]
    rows = np.abs(z[1:-1, 2:] - 2 * z[1:-1, 1:-1] + z[1:-1, :-2])
    columns = np.abs(z[2:, 1:-1] - 2 * z[1:-1, 1:-1] + z[:-2, 1:-1])
    second = np.maximum(rows, columns)
    inside = (near > 2 * raster.grid.cell) & (near < FARTHEST) & np.isfinite(second)
    return float(np.quantile(second[inside], 0.99))
