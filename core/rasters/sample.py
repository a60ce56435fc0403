# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of rasters at positions, bilinear between the centers of four pixels that are all valid."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..jobs.disk import require_regular
from ..tiles.cache import TileCache
from . import choice
from .backend import Backend, Reader, require_places, transform_of
from .sample_kernel import mark_tiles, sample_tile

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job

Floats = NDArray[np.float64]
Invalid = Callable[[Floats], NDArray[np.bool_]]
"""Which pixels are no value."""

SIDE = 256
"""Pixels along a tile that is read at once."""
TILES = 64
BYTES = 32 << 20
FEW = 9
"""Tiles over which positions may spread to be looked at in their order, once for each tile."""


class RasterSampler:
    """Callable as the expressions ask: ``sampler(i, x, y)``.  Thread-safe."""

    def __init__(self, rasters: list[_Raster]) -> None:
        self._rasters = rasters
        self.crs = tuple(raster.crs for raster in rasters)
        """Of each raster; '' where it has none."""
        self.units = tuple(raster.unit for raster in rasters)
        """Of the values of each, as its file names it; '' where it does not."""

    def __call__(self, i: int, x: Floats, y: Floats) -> Floats:
        """Raster i at positions in CRS units; NaN where one of the four pixels is nodata or outside."""
        return self._rasters[i].sample(x, y)

    def pixel(self, i: int, x: float, y: float) -> float:
        """Side of a pixel of raster i at a position, CRS units of the clouds; NaN where that is unknown."""
        column, row = self._rasters[i].pixels(np.array([x, x + 1.0, x]), np.array([y, y, y + 1.0]))
        (a, c), (b, d) = ((float(p[1] - p[0]), float(p[2] - p[0])) for p in (column, row))
        return 1 / np.sqrt(abs(a * d - b * c))


@contextmanager
def open_rasters(
    paths: Sequence[str],
    clouds: Collection,
    job: Job,
    *,
    name: str = "RASTERS r[{i}] ({file})",
    invalid: Invalid | None = None,
    share: int = 1,
) -> Iterator[RasterSampler | None]:
    """Band 1 of each raster, None without any.

    ``name`` is what messages call it; ``invalid`` tells pixels that are no value beside those declared
    so; the memory for tiles is divided by ``share``.  Another CRS is a warning, positions are then
    transformed.  Raises InputError for what is no raster or lies elsewhere than the clouds.
    """
    if not paths:
        yield None
        return
    gdal = choice.choose()
    with ExitStack() as closing:
        closing.enter_context(gdal.cache(job.budget.gdal_cache))
        rasters = []
        for i, path in enumerate(paths):
            called = name.format(i=i, file=Path(path).name)
            rasters.append(_open(gdal, Path(path), called, clouds, job, closing, invalid, BYTES // share))
        yield RasterSampler(rasters)


class _Raster:
    """One raster, read by tiles."""

    def __init__(
        self, reader: Reader, transform: Any, name: str, job: Job, invalid: Invalid | None, most_bytes: int
    ) -> None:
        self._reader, self._transform, self._name, self._job, self._invalid = reader, transform, name, job, invalid
        self.crs, self.unit = reader.crs, reader.unit
        self._lock = threading.Lock()
        self._tiles: TileCache[tuple[int, int], Floats] = TileCache(
            self._read, size=lambda tile: tile.nbytes, max_tiles=TILES, max_bytes=most_bytes
        )
        x0, a, b, y0, c, d = reader.geotransform
        self._origin, self._inverse = np.array([x0, y0]), np.linalg.inv([[a, b], [c, d]])

    def pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Column and row, counted from the center of the first pixel."""
        if self._transform is not None:
            with self._lock:
                x, y = self._transform(x, y)
        dx, dy = x - self._origin[0], y - self._origin[1]
        (a, b), (c, d) = self._inverse
        return a * dx + b * dy - 0.5, c * dx + d * dy - 0.5

    def covers_any(self, x: Floats, y: Floats) -> bool:
        """Whether the box round these positions shares something with the raster."""
        column, row = self.pixels(x, y)
        return bool(
            np.isfinite(column).any()
            and np.nanmax(column) >= 0
            and np.nanmin(column) <= self._reader.width - 1
            and np.nanmax(row) >= 0
            and np.nanmin(row) <= self._reader.height - 1
        )

    def sample(self, x: Floats, y: Floats) -> Floats:
        column, row = self.pixels(x, y)
        values = np.full(len(x), np.nan)
        few = self._few_tiles(column, row)
        if few is None:
            self._sample_by_tile(column, row, values)
        else:
            for tx, ty in few:
                pixels, corner = self._tiles.get((tx, ty)), (tx * SIDE, ty * SIDE)
                sample_tile(pixels, column, row, self._reader.width, self._reader.height, *corner, values)
        self._job.count(f"{self._name} invalid", int(np.count_nonzero(np.isnan(values))))
        return values

    def _few_tiles(self, column: Floats, row: Floats) -> list[tuple[int, int]] | None:
        """The tiles that hold positions; None where these spread over more than FEW."""
        low, high = [], []
        for axis, size in ((column, self._reader.width), (row, self._reader.height)):
            if not np.fmax.reduce(axis, initial=-1.0) >= 0 or not np.fmin.reduce(axis, initial=size) <= size - 1:
                return []
            low.append(int(max(0.0, np.fmin.reduce(axis))) // SIDE)
            high.append(int(min(size - 1.0, np.fmax.reduce(axis))) // SIDE)
        columns, rows = high[0] - low[0] + 1, high[1] - low[1] + 1
        if columns * rows > FEW:
            return None
        used = np.zeros((rows, columns), np.bool_)
        mark_tiles(column, row, self._reader.width, self._reader.height, SIDE, low[0], low[1], used)
        return [(low[0] + int(i), low[1] + int(j)) for j, i in zip(*np.nonzero(used), strict=True)]

    def _sample_by_tile(self, column: Floats, row: Floats, values: Floats) -> None:
        """Positions all over the raster, sorted by tile so that each is looked at once."""
        with np.errstate(invalid="ignore"):
            inside = (column >= 0) & (column <= self._reader.width - 1)
            inside &= (row >= 0) & (row <= self._reader.height - 1)
        at = np.flatnonzero(inside)
        tile = row[at].astype(np.int64) // SIDE * (self._reader.width // SIDE + 1) + column[at].astype(np.int64) // SIDE
        order = np.argsort(tile, kind="stable")
        for part in np.split(at[order], np.flatnonzero(np.diff(tile[order])) + 1) if len(order) else []:
            tx, ty = int(column[part[0]]) // SIDE, int(row[part[0]]) // SIDE
            found, corner = np.empty(len(part)), (tx * SIDE, ty * SIDE)
            some = (column[part], row[part])
            sample_tile(self._tiles.get((tx, ty)), *some, self._reader.width, self._reader.height, *corner, found)
            values[part] = found

    def _read(self, key: tuple[int, int]) -> Floats:
        """A tile and the next column and row; what lies outside repeats the border, where it has no weight."""
        x, y = key[0] * SIDE, key[1] * SIDE
        width, height = min(SIDE + 1, self._reader.width - x), min(SIDE + 1, self._reader.height - y)
        try:
            with self._lock:
                pixels, valid = self._reader.read(x, y, width, height)
        except OSError as error:
            raise InputError(
                f"{self._name} cannot be read at column {x}, row {y} ({error}): repair the file."
            ) from error
        scale, offset = self._reader.scaled
        values = pixels.astype(np.float64) * scale + offset
        values[valid == 0] = np.nan
        if self._invalid is not None:
            self._note_invalid(values)
        return np.pad(values, ((0, SIDE + 1 - height), (0, SIDE + 1 - width)), mode="edge")

    def _note_invalid(self, values: Floats) -> None:
        assert self._invalid is not None
        wrong = self._invalid(values) & ~np.isnan(values)
        if wrong.any():
            values[wrong] = np.nan
            self._job.warn(f"{self._name} holds pixels that are no height and not declared nodata: they are left out.")


def _open(
    gdal: Backend,
    path: Path,
    name: str,
    clouds: Collection,
    job: Job,
    closing: ExitStack,
    invalid: Invalid | None,
    most_bytes: int,
) -> _Raster:
    require_regular(path)
    try:
        reader = gdal.open(path)
    except (OSError, TypeError, ValueError) as error:
        raise InputError(f"{name} cannot be read as a raster ({error}): choose a raster file.") from error
    closing.callback(reader.close)
    require_places(reader, name)
    if reader.bands > 1:
        job.warn(f"{name} has {reader.bands:,} bands; the first is taken.")
    transform = None
    if not (clouds.crs_wkt and reader.crs):
        job.warn(f"{name}: it or the clouds have no CRS; it is taken to be in the CRS of the clouds.")
    else:
        transform = transform_of(gdal, clouds.crs_wkt, reader.crs, name)
        if transform is not None:
            job.warn(f"{name} is in another CRS than the clouds; positions are transformed for it.")
    raster = _Raster(reader, transform, name, job, invalid, most_bytes)
    if not (_covers(raster, clouds.bounds()) or _covers(raster, clouds.true_bounds(job.progress.check))):
        raise InputError(f"{name} does not overlap the clouds: choose another one or check its CRS.")
    return raster


def _covers(raster: _Raster, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return raster.covers_any(np.array([west, east, west, east]), np.array([south, south, north, north]))
