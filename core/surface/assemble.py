# SPDX-License-Identifier: GPL-2.0-or-later
"""From unit results to rasters: any window of a band, read from the units that cover it.

Nothing is held but a window and a few open files, so a raster may have any number of cells.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from ..jobs.folder import JobFolder
from ..jobs.results import Result
from ..tiles.blocks import TILE_LEVEL
from ..tiles.cache import TileCache
from ..tiles.lattice import Box, Node
from ..tiles.store import Unit
from .units import UnitWork

OPEN_RESULTS = 64


class Mosaic:
    """Windows of the bands of a finished set of units.

    Windows are rows from the north, as rasters are written; None where no unit has a value.
    """

    def __init__(self, folder: JobFolder, units: list[Unit], grid: Box) -> None:
        self._folder, self._grid = folder, grid
        self._by_tile: dict[tuple[int, int], list[Unit]] = {}
        for unit in units:
            shift = TILE_LEVEL - unit.node.level
            self._by_tile.setdefault((unit.node.ix >> shift, unit.node.iy >> shift), []).append(unit)
        self._columns: dict[int, list[int]] = {}
        """Columns of the tiles with units, ascending, by row."""
        for ix, iy in sorted(self._by_tile):
            self._columns.setdefault(iy, []).append(ix)
        self._results: TileCache[Node, _OpenResult] = TileCache(self._open, max_tiles=OPEN_RESULTS)

    def window(self, band: str, x: int, y: int, width: int, height: int) -> NDArray[np.generic] | None:
        """Columns from ``x``, rows from ``y`` (north) of ``band``; NaN, or 0 of an integer band, is nodata."""
        grid = self._grid
        if self._is_empty(x, y, width, height):
            return None
        box = Box(grid.x0 + x, grid.y1 - y - height, grid.x0 + x + width, grid.y1 - y)
        out: NDArray[np.generic] | None = None
        for unit in self._units(box):
            result = self._results.get(unit.node).result
            if band not in result.names:
                continue
            core = Box(*result.header["box"])
            part = core.clipped(box)
            rows = result.rows(band, part.y0 - core.y0, part.y1 - core.y0)
            if out is None:
                out = np.full((height, width), 0 if rows.dtype.kind == "u" else np.nan, rows.dtype)
            values = rows[:, part.x0 - core.x0 : part.x1 - core.x0]
            out[box.y1 - part.y1 : box.y1 - part.y0, part.x0 - box.x0 : part.x1 - box.x0] = values[::-1]
        return out

    def close(self) -> None:
        """Close the result files."""
        self._results.clear()

    def _is_empty(self, x: int, y: int, width: int, height: int) -> bool:
        """True where no tile of a window has a unit: nearly every window of a long, thin cloud, so it is quick."""
        west, north = self._grid.x0 + x, self._grid.y1 - y
        first, last = west >> TILE_LEVEL, (west + width - 1) >> TILE_LEVEL
        for row in range((north - height) >> TILE_LEVEL, ((north - 1) >> TILE_LEVEL) + 1):
            columns = self._columns.get(row)
            if columns is not None:
                at = bisect_left(columns, first)
                if at < len(columns) and columns[at] <= last:
                    return False
        return True

    def _units(self, box: Box) -> list[Unit]:
        found: list[Unit] = []
        for iy in range(box.y0 >> TILE_LEVEL, ((box.y1 - 1) >> TILE_LEVEL) + 1):
            for ix in range(box.x0 >> TILE_LEVEL, ((box.x1 - 1) >> TILE_LEVEL) + 1):
                found += [u for u in self._by_tile.get((ix, iy), ()) if u.box.clipped(self._grid).touches(box)]
        return found

    def _open(self, node: Node) -> _OpenResult:
        return _OpenResult(self._folder.read_result(UnitWork.name(Unit(node, 0))))


class _OpenResult:
    """A result file that closes when the cache lets go of it."""

    def __init__(self, result: Result) -> None:
        self.result = result

    def __del__(self) -> None:
        self.result.close()
