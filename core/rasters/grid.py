# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the cells of a raster lie."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..tiles.lattice import Box

GeoTransform = tuple[float, float, float, float, float, float]
"""GDAL's order: x of the west edge, cell width, 0, y of the north edge, 0, minus cell height."""


@dataclass(frozen=True)
class RasterGrid:
    """``width`` by ``height`` square cells; their edges lie on whole multiples of ``cell``.

    ``x0`` is the global index of the western column, ``y1`` that of the row just north of the raster
    (cell index = coordinate // cell, growing to the east and north).  Windows of a raster count
    from its north-west corner, rows to the south, as GDAL does.
    """

    cell: Fraction
    x0: int
    y1: int
    width: int
    height: int
    crs: str = ""
    """WKT with its vertical part, '' if unknown."""

    @staticmethod
    def covering(box: Box, cell: Fraction, crs: str = "") -> RasterGrid:
        """The grid of exactly the cells of ``box``."""
        return RasterGrid(cell, box.x0, box.y1, box.x1 - box.x0, box.y1 - box.y0, crs)

    @property
    def cells(self) -> int:
        return self.width * self.height

    @property
    def geotransform(self) -> GeoTransform:
        """Rounded once, from exact fractions: neighboring grids agree on their shared edge."""
        side = float(self.cell)
        return float(self.x0 * self.cell), side, 0.0, float(self.y1 * self.cell), 0.0, -side

    def box(self, x: int, y: int, width: int, height: int) -> Box:
        """Global cells of the window whose north-west cell is column ``x``, row ``y``."""
        return Box(self.x0 + x, self.y1 - y - height, self.x0 + x + width, self.y1 - y)
