# SPDX-License-Identifier: GPL-2.0-or-later
"""What a definition is used for: it decides which queries are legal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """``raster_cell``: size of the output cells (CRS units) where cells are worked, None where points are.

    ``knn_dim``: the dimension of a knn that names none (3 in the module that computes normals).
    """

    raster_cell: float | None = None
    knn_dim: int = 2

    @property
    def raster(self) -> bool:
        """True where cells are worked: they have x, y and rasters, but neither height nor attributes."""
        return self.raster_cell is not None


POINTS = Usage()
