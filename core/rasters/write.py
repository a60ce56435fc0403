# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoTIFFs written tile by tile: whole or not at all, and nothing held but one tile."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..jobs.disk import written_to
from ..jobs.memory import MB
from ..jobs.part import replacing
from ..reports.figures import RasterFigure, keep
from . import choice
from .backend import Backend, Profile, Writer
from .grid import RasterGrid

if TYPE_CHECKING:
    from ..jobs.budget import Budget
    from ..jobs.job import Job
    from .overviews import Resampling, Stored

TILE = 512
LEAST_TILE = 16
"""The sides of a tile of a TIFF are multiples of it."""
FULL = MB
"""Less free than this after a failed write, and the disk is said to be full."""

WRITING_CACHE = 1 * MB
"""Of GDAL while tiles are written: each is whole, so a cache saves nothing, and one that depends on the memory would
write the tiles of several bands in another order."""

TILE_BYTES = 28
"""What GDAL was seen to hold of each tile of a band (28), written or not: where it lies in the file, and its length."""

COG_THREAD = 64 * MB
"""What each thread of GDAL's copy to a cloud optimized GeoTIFF was seen to hold (45 MB)."""

WindowSource = Callable[[int, int, int, int], "NDArray[Any] | None"]
"""(column, row, width, height) of a window, from the north-west, to its values; None = all nodata.

[height, width], or [bands, height, width] where several bands are written."""


def write_raster(
    path: Path,
    grid: RasterGrid,
    window_source: WindowSource,
    *,
    job: Job,
    dtype: Literal["float32", "uint32", "uint8"] = "float32",
    nodata: float | None = None,
    description: str = "",
    bands: tuple[str, ...] = (),
    tags: Mapping[str, str] | None = None,
    cog: bool = False,
    overviews: Resampling | Sequence[Resampling] | None = "average",
) -> None:
    """Write a raster, tiled, compressed, BigTIFF where needed: of one band, or of those ``bands`` describe.

    ``window_source`` is asked once for every tile, row by row from the north-west.  NaN becomes
    ``nodata``; tiles of nothing else are left out of the file.  Beyond a tile it has ``overviews``, made as told for
    all or each of the bands; None is for files that nobody looks at.  The current phase of the job's
    progress advances by cells.  Raises OutputError, and then an earlier file at ``path`` is as it was.
    """
    require_tiles(grid, max(1, len(bands)), job.budget)
    gdal = choice.choose()
    options = _options(np.dtype(dtype), grid, job.threads)
    profile = Profile(
        grid.width,
        grid.height,
        dtype,
        nodata,
        grid.geotransform,
        grid.crs,
        options,
        bands or (description,),
        dict(tags or {}),
    )
    figure = RasterFigure(path, grid.width, grid.height, profile.bands)
    with written_to(path), replacing(path) as part:
        with gdal.cache(WRITING_CACHE):
            stored = [_write_tiles(gdal, part, profile, window_source, figure, job)]
            if overviews is not None:
                by_band = (overviews,) * len(profile.bands) if isinstance(overviews, str) else overviews
                stored = _add_overviews(gdal, part, profile, by_band, stored[0], job)
            _verify(gdal, part, stored)
        if cog:
            with gdal.cache(job.budget.gdal_cache):
                optimized = part.with_name("cog.tif")
                _optimize(gdal, part, optimized, job)
            os.replace(optimized, part)
    _remove_sidecars(path, job)
    keep(job.figures, figure)


def require_tiles(grid: RasterGrid, bands: int, budget: Budget) -> None:
    """Refuse a raster whose table of tiles is over half of the memory.  Raises MemoryLimitError."""
    tiles = -(-grid.width // TILE) * -(-grid.height // TILE) * bands
    budget.require(2 * tiles * TILE_BYTES, f"Writing a raster of {grid.width:,} x {grid.height:,} cells")


def _remove_sidecars(path: Path, job: Job) -> None:
    """Remove what describes the file replaced, for GDAL would believe it."""
    for end in (".aux.xml", ".ovr", ".msk"):
        sidecar = path.with_name(path.name + end)
        try:
            sidecar.unlink(missing_ok=True)
        except OSError as error:
            job.warn(f"{sidecar} belongs to the file replaced and could not be removed ({error.strerror}): delete it.")


def _options(dtype: np.dtype[Any], grid: RasterGrid, threads: int) -> dict[str, str]:
    """Options of GDAL; a raster narrower than a tile gets narrower ones, which are not padded at such cost."""
    wide, high = (str(min(TILE, -(-size // LEAST_TILE) * LEAST_TILE)) for size in (grid.width, grid.height))
    return {
        "TILED": "YES",
        "BLOCKXSIZE": wide,
        "BLOCKYSIZE": high,
        "COMPRESS": "DEFLATE",
        "PREDICTOR": "3" if dtype.kind == "f" else "2",
        "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": "YES",
        "INTERLEAVE": "BAND",
        "NUM_THREADS": str(threads),
    }


def _write_tiles(
    gdal: Backend, part: Path, profile: Profile, window_source: WindowSource, figure: RasterFigure, job: Job
) -> Stored:
    """Returns which tiles are in the file."""
    stored = np.zeros((len(profile.bands), -(-profile.height // TILE), -(-profile.width // TILE)), np.bool_)
    with _reported(part):
        writer = gdal.create(part, profile)
    try:
        for x, y, width, height in _tiles(profile.width, profile.height):
            job.progress.check()
            values = window_source(x, y, width, height)
            if values is not None:
                figure.add(x, y, values.reshape(-1, *values.shape[-2:]), profile.nodata)
                stored[:, y // TILE, x // TILE] = _write_tile(writer, x, y, values, profile, part)
            job.progress.advance(width * height)
    finally:
        with _reported(part):
            writer.close()
    return stored


def _add_overviews(
    gdal: Backend, part: Path, profile: Profile, resampling: Sequence[Resampling], stored: Stored, job: Job
) -> list[Stored]:
    """Returns which tiles are in the file, of the raster and of each overview."""
    from .overviews import factors, fill

    levels = factors(profile.width, profile.height, TILE)
    if not levels:
        return [stored]
    with _reported(part):
        pyramid = gdal.pyramid(part, levels, job.threads)
    if pyramid is None:
        return [stored]
    try:
        with _reported(part):
            return fill(pyramid, profile, resampling, stored, job.progress)
    finally:
        with _reported(part):
            pyramid.close()


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            yield x, y, min(TILE, width - x), min(TILE, height - y)


def _write_tile(writer: Writer, x: int, y: int, values: NDArray[Any], profile: Profile, part: Path) -> list[bool]:
    """By band, whether the tile holds anything but nodata: GDAL must then have put it into the file."""
    values = np.asarray(values, profile.dtype).reshape(len(profile.bands), *values.shape[-2:])
    held = [not _is_empty(band, profile) for band in values]
    if not any(held):
        return held
    if profile.nodata is not None and values.dtype.kind == "f":
        values = np.where(np.isnan(values), values.dtype.type(profile.nodata), values)
    with _reported(part):
        writer.write(x, y, values)
    return held


def _is_empty(values: NDArray[Any], profile: Profile) -> bool:
    if profile.nodata is None:
        return not values.any()
    nodata = values == values.dtype.type(profile.nodata)
    return bool((nodata | np.isnan(values) if values.dtype.kind == "f" else nodata).all())


def _verify(gdal: Backend, part: Path, stored: list[Stored]) -> None:
    """Every tile handed to GDAL is in the file: its late write errors are not all reported."""
    from .overviews import each

    length = part.stat().st_size
    with _reported(part):
        reader = gdal.open(part)
    try:
        for level, (band, row, column) in ((n, tile) for n, tiles in enumerate(stored) for tile in each(tiles)):
            offset = reader.tiff_item(f"BLOCK_OFFSET_{column}_{row}", band + 1, level)
            size = reader.tiff_item(f"BLOCK_SIZE_{column}_{row}", band + 1, level)
            if not offset or not size or int(offset) + int(size) > length:
                raise _failure(part, "a tile is missing after writing")
    finally:
        reader.close()


def _optimize(gdal: Backend, source: Path, target: Path, job: Job) -> None:
    """The overviews are those of the source."""
    options = {
        "COMPRESS": "DEFLATE",
        "PREDICTOR": "YES",
        "BIGTIFF": "IF_SAFER",
        "SPARSE_OK": "YES",
        "NUM_THREADS": str(max(1, min(job.threads, job.budget.working // COG_THREAD))),
    }

    def go_on() -> bool:
        try:
            job.progress.check()
        except Cancelled:
            return False
        return True

    with _reported(target):
        try:
            gdal.copy_cog(source, target, options, go_on)
        except OSError:
            job.progress.check()
            raise


@contextmanager
def _reported(part: Path) -> Iterator[None]:
    """Give GDAL's failures, which carry no error number, the likely one."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise _failure(part, str(error)) from error


def _failure(part: Path, text: str) -> OSError:
    full = shutil.disk_usage(part.parent).free < FULL
    return OSError(errno.ENOSPC if full else errno.EIO, text)
