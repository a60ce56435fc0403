# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster that says which cells are wanted, on its own grid or another."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..jobs.disk import require_regular
from . import choice
from .backend import Backend, Reader, Transform, require_places, transform_of
from .cells import CellMap
from .grid import RasterGrid
from .write import TILE, write_raster

if TYPE_CHECKING:
    from ..jobs.budget import Budget
    from ..jobs.job import Job

Bools = NDArray[np.bool_]

READ_CELLS = 1 << 20
"""Mask cells read at once."""

MOST_LOOKUPS = 64
"""Tiles asked for at most before reading: beyond, reading costs less than asking."""


class Mask:
    """Which cells of ``grid`` are wanted: 0, nodata and NaN skip, anything else computes.

    ``window`` may be called from any thread.  Cells outside the raster are skipped.
    Use it as a context manager, inside that of the job.
    """

    def __init__(self, path: Path, grid: RasterGrid, job: Job) -> None:
        """Open band 1 of ``path``; being on another grid or CRS is a warning of the job.

        A raster stored in strips is copied once to tiles in the job folder (a phase of its own).
        Raises InputError if it is no raster or lies elsewhere, MemoryLimitError if a piece of it does not fit.
        """
        gdal = choice.choose()
        self._lock, self._closing = threading.Lock(), ExitStack()
        self._closing.enter_context(gdal.cache(job.budget.gdal_cache))
        try:
            self._pixels = reader = self._opened(gdal, path)
            transform = _transform(gdal, grid, reader, path, job)
            self._map = CellMap(grid, reader.geotransform, reader.width, reader.height, transform)
            self._shift = self._map.shift
            if not self._map.overlaps():
                raise InputError(f"MASK {path} does not overlap the DEM: choose another one or check its CRS.")
            if self._shift is None:
                job.warn(f"MASK {path.name} is on another grid or in another CRS; it is read by nearest cell.")
            _require_piece(reader, path, job.budget)
            if not _is_tiled(reader):
                self._pixels = self._tiled(gdal, reader, job)
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> Mask:
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.close()

    def window(self, x: int, y: int, width: int, height: int) -> Bools:
        """[height, width] for the window of the grid whose north-west cell is column ``x``, row ``y``."""
        if self._shift is None:
            return self._nearest(x, y, width, height)
        out = np.zeros((height, width), np.bool_)
        left, top = x + self._shift[0], y + self._shift[1]
        c0, c1 = max(left, 0), min(left + width, self._map.width)
        r0, r1 = max(top, 0), min(top + height, self._map.height)
        if c0 < c1 and r0 < r1:
            out[r0 - top : r1 - top, c0 - left : c1 - left] = self._wanted(c0, r0, c1 - c0, r1 - r0)
        return out

    def _nearest(self, x: int, y: int, width: int, height: int) -> Bools:
        """The window, halved until the piece of the mask it needs is small."""
        with self._lock:
            columns, rows = self._map.cells(x, y, width, height)
        inside = (columns >= 0) & (columns < self._map.width) & (rows >= 0) & (rows < self._map.height)
        out = np.zeros((height, width), np.bool_)
        if not inside.any():
            return out
        c, r = columns[inside].astype(np.int64), rows[inside].astype(np.int64)
        c0, r0, wide, high = int(c.min()), int(r.min()), int(np.ptp(c)) + 1, int(np.ptp(r)) + 1
        if wide * high <= READ_CELLS or width * height == 1:
            out[inside] = self._wanted(c0, r0, wide, high)[r - r0, c - c0]
        elif width >= height:
            half = width // 2
            out[:, :half] = self._nearest(x, y, half, height)
            out[:, half:] = self._nearest(x + half, y, width - half, height)
        else:
            half = height // 2
            out[:half] = self._nearest(x, y, width, half)
            out[half:] = self._nearest(x, y + half, width, height - half)
        return out

    def _wanted(self, column: int, row: int, width: int, height: int) -> Bools:
        """Cells of the raster itself."""
        with self._lock:
            if _is_unstored(self._pixels, column, row, width, height):
                return np.zeros((height, width), np.bool_)
            return _wanted(self._pixels, column, row, width, height)

    def _opened(self, gdal: Backend, path: Path) -> Reader:
        reader = _opened(gdal, path)
        self._closing.callback(reader.close)
        require_places(reader, f"MASK {path}")
        return reader

    def _tiled(self, gdal: Backend, reader: Reader, job: Job) -> Reader:
        copy = job.folder.file("mask")
        grid = RasterGrid(Fraction(1), 0, 0, reader.width, reader.height)
        job.progress.phase("Reading MASK", grid.cells, 0, unit="cells")
        write_raster(copy, grid, _Bands(reader).window, job=job, dtype="uint8", nodata=0, overviews=None)
        return self._opened(gdal, copy)


class _Bands:
    """Strips read once from top to bottom: the rows of one line of tiles are held, as bits."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._bits: NDArray[np.uint8] = np.empty((0, 0), np.uint8)

    def window(self, x: int, y: int, width: int, height: int) -> NDArray[Any] | None:
        if x == 0:
            wide = self._reader.width
            step = max(1, READ_CELLS // wide)
            pieces = [(top, min(step, y + height - top)) for top in range(y, y + height, step)]
            self._bits = np.concatenate(
                [np.packbits(_wanted(self._reader, 0, top, wide, rows), axis=1) for top, rows in pieces]
            )
        bits = self._bits[:, x // 8 : (x + width + 7) // 8]
        return np.unpackbits(bits, axis=1, count=width) if bits.any() else None


def _is_unstored(reader: Reader, column: int, row: int, width: int, height: int) -> bool:
    """True where a sparse TIFF has no tile: 0 or nodata, known without reading."""
    wide, high = reader.block
    columns = range(column // wide, (column + width - 1) // wide + 1)
    rows = range(row // high, (row + height - 1) // high + 1)
    if not reader.is_tiff or len(columns) * len(rows) > MOST_LOOKUPS:
        return False
    return not any(reader.tiff_item(f"BLOCK_OFFSET_{i}_{j}") for i in columns for j in rows)


def _wanted(reader: Reader, column: int, row: int, width: int, height: int) -> Bools:
    try:
        values, valid = reader.read(column, row, width, height)
    except OSError as error:
        raise InputError(f"MASK cannot be read at column {column}, row {row} ({error}): repair the file.") from error
    wanted: Bools = (values != 0) & (valid != 0)
    return wanted & ~np.isnan(values) if values.dtype.kind == "f" else wanted


def _transform(gdal: Backend, grid: RasterGrid, reader: Reader, path: Path, job: Job) -> Transform | None:
    if not (grid.crs and reader.crs):
        missing = "The clouds have" if reader.crs else f"MASK {path.name} has"
        job.warn(f"{missing} no CRS; MASK is taken to be in the CRS of the clouds.")
        return None
    return transform_of(gdal, grid.crs, reader.crs, f"MASK {path.name}")


def check_mask(path: Path, budget: Budget) -> None:
    """Find out before any point is read that ``path`` is a raster and a piece of it fits.

    Raises InputError, MemoryLimitError.
    """
    reader = _opened(choice.choose(), path)
    try:
        _require_piece(reader, path, budget)
    finally:
        reader.close()


def _opened(gdal: Backend, path: Path) -> Reader:
    require_regular(path)
    try:
        return gdal.open(path)
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"MASK {path} cannot be read as a raster ({error}): choose a raster file.") from error


def _require_piece(reader: Reader, path: Path, budget: Budget) -> None:
    wide, high = reader.block
    budget.require(2 * wide * high * reader.dtype.itemsize, f"Reading MASK {path.name}, stored in large pieces,")


def _is_tiled(reader: Reader) -> bool:
    """Whether a window costs about its own size to read."""
    wide, high = reader.block
    return wide <= 2 * TILE and wide * high <= 4 * TILE * TILE
