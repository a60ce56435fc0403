# SPDX-License-Identifier: GPL-2.0-or-later
"""``make_rasters``: what stands in each column of a map, as GeoTIFFs of its own cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError
from ..jobs.disk import require_free, require_writable
from ..jobs.folder import JobFolder
from ..jobs.progress import Feedback
from ..reports.facts import run_facts
from ..tiles.lattice import Box
from .choices import BANDS
from .expected import expect_reading
from .grid import TileIndex
from .kernels import fold_column
from .model import log_odds
from .reading import MapOptions, open_run
from .voxel_map import VoxelMap, check_probability

if TYPE_CHECKING:
    from ..jobs.estimate import Estimate
    from ..jobs.job import Job

MEANING = {
    "top": "upper face of the highest occupied voxel",
    "bottom": "lower face of the lowest occupied voxel",
    "count": "occupied voxels",
    "gap": "height of the largest gap between occupied voxels",
}
NODATA = -9999.0
WINDOW = 512


@dataclass(frozen=True, kw_only=True)
class RasterOptions(MapOptions):
    """Options of ``make_rasters``; '' leaves a raster out."""

    top: str = ""
    bottom: str = ""
    count: str = ""
    gap: str = ""
    min_probability: float = 0.5

    @property
    def beside(self) -> str:
        """The first of the rasters."""
        return next((path for path in (self.top, self.bottom, self.count, self.gap) if path), "")

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if not self.beside:
            raise OptionError("No raster is asked for: give TOP, BOTTOM, COUNT or GAP.")
        check_probability(self.min_probability)


def make_rasters(options: RasterOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write the rasters that ``options`` name; returns the report.  Raises ScreeError."""
    from ..rasters import RasterGrid, write_raster

    options.check()
    wanted = {band: getattr(options, band) for band in BANDS if getattr(options, band)}
    for path in wanted.values():
        require_writable(Path(path))
    with open_run("scree:voxelmaprasters", options, feedback) as (voxel_map, job):
        if any(voxel_map.grid.origin[:2]):
            raise InputError(f"The origin of {options.map} is not 0, 0: its cells are no cells of a raster.")
        box = _box(voxel_map, options)
        grid = RasterGrid.covering(box, voxel_map.grid.cell, voxel_map.metadata.crs)
        expected = _expected(voxel_map, box, options.cache_tiles, job)
        job.expect(expected)
        _require_space(expected, wanted, job)
        columns = _fold(voxel_map, box, log_odds(options.min_probability), job)
        job.progress.phase("Writing", grid.width * grid.height * len(wanted), 30, unit="cells")
        for band, path in wanted.items():
            counts = band == "count"
            write_raster(
                Path(path),
                grid,
                partial(_window, job.folder, band),
                job=job,
                dtype="uint32" if counts else "float32",
                nodata=0 if counts else NODATA,
                description=MEANING[band],
                cog=path.lower().endswith(".cog.tif"),
                overviews="nearest" if counts else "average",
            )
        return run_facts(job, options) | {"columns": columns, "outputs": wanted, **wanted}


def _box(voxel_map: VoxelMap, options: RasterOptions) -> Box:
    """Cells of all tiles."""
    tiles, side = voxel_map.tiles(), voxel_map.grid.side
    if not len(tiles):
        raise InputError(f"{options.map} has no voxels yet: apply a cloud to it first.")
    low, high = tiles.min(axis=0).astype(int) * side, (tiles.max(axis=0).astype(int) + 1) * side
    return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _fold(voxel_map: VoxelMap, box: Box, least: float, job: Job) -> int:
    """Every window of the rasters, as a result of the job; returns the columns with something in them."""
    tiles, side = voxel_map.tiles(), voxel_map.grid.side
    order = np.lexsort((tiles[:, 2], tiles[:, 0], tiles[:, 1]))
    tiles = tiles[order]
    job.progress.phase("Folding", len(tiles), 70, unit="tiles")
    x0, y1 = tiles[:, 0].astype(np.int64) * side - box.x0, box.y1 - (tiles[:, 1].astype(np.int64) + 1) * side
    found = 0
    for wy, in_row in _rows(y1, side):
        job.progress.check()
        for wx in _windows(x0[in_row], side):
            here = tiles[in_row[(x0[in_row] < wx + WINDOW) & (x0[in_row] + side > wx)]]
            bands = _fold_window(voxel_map, here, (box.x0 + int(wx), box.y1 - wy), least, job)
            job.folder.write_result(f"window-{wx}-{wy}", {}, bands)
            found += int(np.count_nonzero(bands["count"]))
        job.progress.advance(len(in_row))
    return found


def _rows(y: NDArray[np.int64], side: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """North rows of the windows that tiles from row ``y`` touch, ascending, with the indices of those tiles."""
    order = np.argsort(y, kind="stable")
    ascending = y[order]
    for wy in _windows(y, side).tolist():
        first, last = np.searchsorted(ascending, (wy - side + 1, wy + WINDOW))
        yield wy, np.sort(order[first:last])


def _windows(x: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """First columns (or rows) of the windows that tiles from ``x`` touch, ascending."""
    first, last = x // WINDOW, (x + side - 1) // WINDOW
    spans = [np.arange(a, b + 1) for a, b in np.unique(np.stack([first, last], axis=1), axis=0)]
    return np.unique(np.concatenate([*spans, np.empty(0, np.int64)]).astype(np.int64)) * WINDOW


def _expected(voxel_map: VoxelMap, box: Box, cache_tiles: int, job: Job) -> Estimate:
    """Windows of all bands wait on disk; a column of tiles and a window are in memory."""
    side, tiles = voxel_map.grid.side, voxel_map.tiles().astype(np.int64)
    x0, y1 = tiles[:, 0] * side - box.x0, box.y1 - (tiles[:, 1] + 1) * side
    windows = sum(len(_windows(x0[in_row], side)) for _, in_row in _rows(y1, side))
    waiting = windows * WINDOW**2 * 4 * len(BANDS)
    return expect_reading(voxel_map, "rasters", cache_tiles, job.budget, scratch=waiting, extra=32 * side**2)


def _require_space(expected: Estimate, wanted: dict[str, str], job: Job) -> None:
    """Raise OutputError where the windows, or rasters of two thirds of their size with overviews, do not fit."""
    needs = {job.folder.path: expected.scratch}
    for path in wanted.values():
        folder = Path(path).absolute().parent
        needs[folder] = needs.get(folder, 0) + expected.scratch * 2 // (3 * len(BANDS))
    require_free(needs)


def _fold_window(
    voxel_map: VoxelMap, tiles: NDArray[np.int32], corner: tuple[int, int], least: float, job: Job
) -> dict[str, NDArray[Any]]:
    """Bands [rows from the north, columns] of the window at ``corner`` (west, north); tiles ascend by column, z."""
    side, resolution = voxel_map.grid.side, voxel_map.grid.resolution
    bands: dict[str, NDArray[Any]] = {b: np.full((WINDOW, WINDOW), np.nan, np.float32) for b in BANDS}
    bands["count"] = np.zeros((WINDOW, WINDOW), np.uint32)
    columns = np.unique(tiles[:, :2], axis=0)
    for x, y in columns.tolist():
        job.progress.check()
        top, bottom, number, gap = (np.zeros(side * side, np.int64) for _ in range(4))
        for z in tiles[(tiles[:, 0] == x) & (tiles[:, 1] == y), 2].tolist():
            tile = voxel_map.load(TileIndex(x, y, z))
            fold_column(tile.cells, tile.log_odds, least, side, z * side, top, bottom, number, gap)
        any_ = number > 0
        z0 = voxel_map.grid.origin[2]
        values = {
            "top": np.where(any_, (top + 1) * resolution + z0, np.nan),
            "bottom": np.where(any_, bottom * resolution + z0, np.nan),
            "count": number,
            "gap": np.where(any_, gap * resolution, np.nan),
        }
        _place(bands, values, side, x * side - corner[0], corner[1] - (y + 1) * side)
    return bands


def _place(bands: dict[str, NDArray[Any]], values: dict[str, NDArray[Any]], side: int, column: int, row: int) -> None:
    """Put a tile's columns, rows from the north, where they lie in the window."""
    rows, cols = slice(max(0, row), min(WINDOW, row + side)), slice(max(0, column), min(WINDOW, column + side))
    own = slice(rows.start - row, rows.stop - row), slice(cols.start - column, cols.stop - column)
    for band, flat in values.items():
        bands[band][rows, cols] = flat.reshape(side, side)[::-1][own]


def _window(folder: JobFolder, band: str, x: int, y: int, width: int, height: int) -> NDArray[Any] | None:
    name = f"window-{x}-{y}"
    if not folder.file(name).exists():
        return None
    with folder.read_result(name) as result:
        return result.rows(band, 0, height)[:, :width]
