# SPDX-License-Identifier: GPL-2.0-or-later
"""GDAL through rasterio."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, NotGeoreferencedWarning, RasterioError
from rasterio.transform import Affine
from rasterio.warp import transform as warp_points
from rasterio.windows import Window

from ..local_files import offline, require_local
from .backend import Profile, Pyramid, Transform, forgiving


@contextmanager
def _failures() -> Iterator[None]:
    """Some of rasterio's errors are no OSError.  Offline."""
    try:
        with offline():
            yield
    except (RasterioError, CRSError, CPLE_BaseError) as error:
        raise OSError(str(error)) from error


def _open(path: Path, mode: str = "r", **options: Any) -> Any:
    with _failures(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, mode, **options)


def _for_geotiff(crs: CRS) -> CRS:
    """The same CRS with the codes of its parts.

    GDAL writes a compound CRS that is known by one code, its parts by none, without its heights.
    """
    code = crs.to_epsg(confidence_threshold=100) if crs.to_wkt().startswith("COMPD_CS[") else None
    return crs if code is None else CRS.from_epsg(code)


class _Writer:
    def __init__(self, path: Path, profile: Profile) -> None:
        with _failures():
            crs = _for_geotiff(CRS.from_wkt(profile.crs)) if profile.crs else None
        self._dataset = _open(
            path,
            "w",
            driver="GTiff",
            count=len(profile.bands),
            width=profile.width,
            height=profile.height,
            dtype=profile.dtype,
            nodata=profile.nodata,
            transform=Affine.from_gdal(*profile.geotransform),
            crs=crs,
            **profile.options,
        )
        with _failures():
            self._dataset.update_tags(**profile.tags)
            for number, description in enumerate(profile.bands, 1):
                if description:
                    self._dataset.set_band_description(number, description)

    def write(self, x: int, y: int, values: NDArray[Any]) -> None:
        with _failures():
            self._dataset.write(values, window=Window(x, y, values.shape[2], values.shape[1]))

    def close(self) -> None:
        with _failures():
            self._dataset.close()


class _Reader:
    def __init__(self, path: Path) -> None:
        require_local(str(path))
        self._dataset = d = _open(path)
        self.width, self.height = d.width, d.height
        self.block = (d.block_shapes[0][1], d.block_shapes[0][0])
        self.dtype = np.dtype(d.dtypes[0])
        self.is_tiff = d.driver == "GTiff"
        self.geotransform = d.transform.to_gdal()
        self.crs = d.crs.to_wkt() if d.crs else ""
        self.scaled = (float(d.scales[0]), float(d.offsets[0]))
        self.unit = d.units[0] or ""
        self.bands = d.count

    def read(self, x: int, y: int, width: int, height: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        window = Window(x, y, width, height)
        with _failures():
            return self._dataset.read(1, window=window), self._dataset.read_masks(1, window=window)

    def tiff_item(self, name: str, band: int = 1, level: int = 0) -> str | None:
        item: str | None = self._dataset.get_tag_item(name, "TIFF", bidx=band, ovr=level - 1 if level else None)
        return item

    def close(self) -> None:
        self._dataset.close()


class RasterioBackend:
    name = "rasterio"

    @contextmanager
    def cache(self, size: int) -> Iterator[None]:
        with rasterio.Env(GDAL_CACHEMAX=size):
            yield

    def create(self, path: Path, profile: Profile) -> _Writer:
        return _Writer(path, profile)

    def open(self, path: Path) -> _Reader:
        return _Reader(path)

    def pyramid(self, path: Path, factors: Sequence[int], threads: int) -> Pyramid | None:
        """By osgeo; without it there are none, for rasterio's builder can be neither filled by us nor interrupted."""
        try:
            from .with_osgeo import OsgeoBackend
        except ImportError:
            return None
        return OsgeoBackend().pyramid(path, factors, threads)

    def copy_cog(self, source: Path, target: Path, options: Mapping[str, str], go_on: Callable[[], bool]) -> None:
        """By osgeo where it is there, for rasterio's copy cannot be interrupted."""
        try:
            from .with_osgeo import OsgeoBackend
        except ImportError:
            with _failures():
                rasterio.shutil.copy(source, target, driver="COG", **options)
            return
        OsgeoBackend().copy_cog(source, target, options, go_on)

    def transform(self, source: str, target: str) -> Transform | None:
        """By osgeo where it is there: rasterio's fails for all places because of one, a millisecond a call."""
        try:
            from .with_osgeo import OsgeoBackend
        except ImportError:
            return self._transform(source, target)
        return OsgeoBackend().transform(source, target)

    def _transform(self, source: str, target: str) -> Transform | None:
        with _failures():
            a, b = CRS.from_wkt(source), CRS.from_wkt(target)
        if a == b:
            return None

        def apply(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            with _failures():
                xs, ys = warp_points(a, b, x.ravel().tolist(), y.ravel().tolist())
            return np.reshape(xs, x.shape), np.reshape(ys, y.shape)

        return forgiving(apply, OSError)
