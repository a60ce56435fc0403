# SPDX-License-Identifier: GPL-2.0-or-later
"""Which cell of another raster holds the center of each cell of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .backend import Transform
from .grid import GeoTransform, RasterGrid

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NODE = 16
"""Cells between the centers that are really transformed; straight lines join them.  The error is about
NODE**2 / 8 * cell**2 / earth radius: 0.0005 % of a cell of 1 m, 0.5 % of one of 1 km.  Nodes are multiples
of NODE of the global cell index, so a cell asks for the same cell in every window and every extent."""

ALIGNED = 1e-3
"""A raster off by less than this share of a cell lies on the grid."""

TIE = 1e-6
"""A center on the edge of two cells takes the eastern or southern one."""


@dataclass(frozen=True)
class CellMap:
    """From cells of ``grid`` to those of a raster of ``width`` by ``height`` cells.

    ``transform`` leads from the grid's CRS to the raster's, None where they are the same.
    Windows count from the north-west.
    """

    grid: RasterGrid
    geotransform: GeoTransform
    width: int
    height: int
    transform: Transform | None

    @property
    def shift(self) -> tuple[int, int] | None:
        """What to add to column and row where the raster lies on the grid, else None."""
        g, cell = self.geotransform, float(self.grid.cell)
        stretch = max(abs(g[1] - cell) * self.width, abs(g[5] + cell) * self.height)
        west, north = self.grid.geotransform[0], self.grid.geotransform[3]
        across, down = (west - g[0]) / cell, (g[3] - north) / cell
        off = max(abs(across - round(across)), abs(down - round(down)), stretch / cell)
        if self.transform is not None or g[2] or g[4] or off > ALIGNED:
            return None
        return round(across), round(down)

    def cells(self, x: int, y: int, width: int, height: int) -> tuple[Floats, Floats]:
        """Column and row, whole numbers as floats [height, width], of a window; not finite where there is none."""
        east = self.grid.x0 + np.arange(x, x + width)
        north = self.grid.y1 - 1 - np.arange(y, y + height)
        if self.transform is None:
            columns, rows = self._places(east, north)
        else:
            across = np.arange(east[0] // NODE, east[-1] // NODE + 2)
            up = np.arange(north[-1] // NODE, north[0] // NODE + 2)
            nodes = self._places(across * NODE, up * NODE)
            columns, rows = (_between(p, east / NODE - across[0], north / NODE - up[0]) for p in nodes)
        return np.floor(columns + TIE), np.floor(rows + TIE)

    def overlaps(self) -> bool:
        """False if the grid's surroundings miss the raster; True may still mean no common cell."""
        g = self.grid
        east = g.x0 + np.unique(np.linspace(0, g.width - 1, 65).astype(np.int64))
        north = g.y1 - 1 - np.unique(np.linspace(0, g.height - 1, 65).astype(np.int64))
        found = [p[np.isfinite(p)] for p in self._places(east, north)]
        return all(
            len(p) > 0 and p.max() >= 0 and p.min() < n for p, n in zip(found, (self.width, self.height), strict=True)
        )

    def _places(self, x: Ints, y: Ints) -> tuple[Floats, Floats]:
        """Fractional column and row [len(y), len(x)] of the centers of global columns ``x``, rows ``y``."""
        cell = float(self.grid.cell)
        east, north = np.meshgrid((x + 0.5) * cell, (y + 0.5) * cell)
        if self.transform is not None:
            east, north = self.transform(east, north)
        west, a, b, top, d, e = self.geotransform
        with np.errstate(invalid="ignore"):
            across, down, scale = east - west, north - top, a * e - b * d
            return (e * across - b * down) / scale, (a * down - d * across) / scale


def _between(values: Floats, x: Floats, y: Floats) -> Floats:
    """Bilinear in ``values`` [rows, columns] at fractional columns ``x``, rows ``y``: [len(y), len(x)]."""
    i, j = x.astype(np.int64), y.astype(np.int64)
    right, upper = x - i, (y - j)[:, None]
    with np.errstate(invalid="ignore"):
        across = values[:, i] * (1 - right) + values[:, i + 1] * right
        result: Floats = across[j] * (1 - upper) + across[j + 1] * upper
    return result
