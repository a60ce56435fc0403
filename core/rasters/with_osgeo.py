# SPDX-License-Identifier: GPL-2.0-or-later
"""GDAL through osgeo.gdal, whose switch for exceptions belongs to the whole process and is left alone.

Pixels travel as bytes: osgeo's NumPy bridge breaks where NumPy is newer than the one it was built for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from osgeo import gdal, osr

from ..local_files import offline, require_local
from .backend import Profile, Transform, forgiving

KINDS = {"uint8": gdal.GDT_Byte, "uint32": gdal.GDT_UInt32, "float32": gdal.GDT_Float32}


@contextmanager
def _failures() -> Iterator[list[str]]:
    """Collect what GDAL reports as failed, and raise it as one OSError; RuntimeErrors of osgeo too.  Offline."""
    told: list[str] = []

    def note(kind: int, number: int, text: str) -> None:
        if kind >= gdal.CE_Failure:
            told.append(text)

    gdal.PushErrorHandler(note)
    try:
        with offline():
            yield told
    except RuntimeError as error:
        told.append(str(error))
    finally:
        gdal.PopErrorHandler()
    if told:
        raise OSError(told[0])


def _for_geotiff(wkt: str) -> str:
    """The same CRS with the codes of its parts.

    GDAL writes a compound CRS that is known by one code, its parts by none, without its heights.
    """
    crs = osr.SpatialReference()
    crs.ImportFromWkt(wkt)
    if not (crs.IsCompound() and crs.GetAuthorityName(None) == "EPSG"):
        return wkt
    crs.ImportFromEPSG(int(crs.GetAuthorityCode(None)))
    return str(crs.ExportToWkt())


class _Writer:
    def __init__(self, path: Path, profile: Profile) -> None:
        options = [f"{name}={value}" for name, value in profile.options.items()]
        kind = KINDS[profile.dtype]
        with _failures():
            driver = gdal.GetDriverByName("GTiff")
            self._dataset = driver.Create(str(path), profile.width, profile.height, len(profile.bands), kind, options)
            self._dataset.SetGeoTransform(profile.geotransform)
            if profile.crs:
                self._dataset.SetProjection(_for_geotiff(profile.crs))
            self._dataset.SetMetadata(dict(profile.tags))
            for number, description in enumerate(profile.bands, 1):
                band = self._dataset.GetRasterBand(number)
                band.SetDescription(description)
                if profile.nodata is not None:
                    band.SetNoDataValue(profile.nodata)

    def write(self, x: int, y: int, values: NDArray[Any]) -> None:
        _, height, width = values.shape
        with _failures():
            for number, band in enumerate(values, 1):
                data = np.ascontiguousarray(band).tobytes()
                self._dataset.GetRasterBand(number).WriteRaster(x, y, width, height, data)

    def close(self) -> None:
        with _failures():
            self._dataset = None


class _Reader:
    def __init__(self, path: Path) -> None:
        require_local(str(path))
        with _failures() as told:
            self._dataset = gdal.Open(str(path))
            if self._dataset is None or self._dataset.RasterCount == 0:
                told.append("there is no raster in it")
        d = self._dataset
        self._band = d.GetRasterBand(1)
        # Asked for between two reads, the mask band makes GDAL 3.6 lose its place in a long strip.
        self._mask = self._band.GetMaskBand()
        self.width, self.height = d.RasterXSize, d.RasterYSize
        self.block = tuple(self._band.GetBlockSize())
        self.dtype = _dtype(self._band)
        self.is_tiff = d.GetDriver().ShortName == "GTiff"
        self.geotransform = d.GetGeoTransform()
        self.crs = d.GetProjection()
        scale, offset = self._band.GetScale(), self._band.GetOffset()
        self.scaled = (1.0 if scale is None else float(scale), 0.0 if offset is None else float(offset))
        self.unit = self._band.GetUnitType() or ""
        self.bands = d.RasterCount

    def read(self, x: int, y: int, width: int, height: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        with _failures():
            values = self._band.ReadRaster(x, y, width, height)
            valid = self._mask.ReadRaster(x, y, width, height)
        shape = (height, width)
        return np.frombuffer(values, self.dtype).reshape(shape), np.frombuffer(valid, np.uint8).reshape(shape)

    def tiff_item(self, name: str, band: int = 1, level: int = 0) -> str | None:
        item: str | None = _at_level(self._dataset, band, level).GetMetadataItem(name, "TIFF")
        return item

    def close(self) -> None:
        self._mask = self._band = self._dataset = None


def _at_level(dataset: Any, band: int, level: int) -> Any:
    """A band of the raster, or of an overview from level 1."""
    found = dataset.GetRasterBand(band)
    return found.GetOverview(level - 1) if level else found


class _Pyramid:
    def __init__(self, path: Path, factors: Sequence[int], threads: int) -> None:
        with _failures():
            self._dataset = gdal.OpenEx(str(path), gdal.OF_UPDATE, open_options=[f"NUM_THREADS={threads}"])
            self._dataset.BuildOverviews("NONE", list(factors))
            self.levels = self._dataset.GetRasterBand(1).GetOverviewCount()

    def size(self, level: int) -> tuple[int, int]:
        band = _at_level(self._dataset, 1, level)
        return int(band.XSize), int(band.YSize)

    def block(self, level: int) -> tuple[int, int]:
        width, height = _at_level(self._dataset, 1, level).GetBlockSize()
        return int(width), int(height)

    def read(self, level: int, band: int, x: int, y: int, width: int, height: int) -> NDArray[Any]:
        found = _at_level(self._dataset, band, level)
        with _failures():
            data = found.ReadRaster(x, y, width, height)
        return np.frombuffer(data, _dtype(found)).reshape(height, width)

    def write(self, level: int, band: int, x: int, y: int, values: NDArray[Any]) -> None:
        height, width = values.shape
        with _failures():
            _at_level(self._dataset, band, level).WriteRaster(x, y, width, height, values.tobytes())

    def close(self) -> None:
        with _failures():
            self._dataset = None


def _dtype(band: Any) -> np.dtype[Any]:
    kind = gdal.GetDataTypeName(band.DataType).lower()
    return np.dtype("uint8" if kind == "byte" else kind)


class OsgeoBackend:
    name = "osgeo"

    @contextmanager
    def cache(self, size: int) -> Iterator[None]:
        before = gdal.GetCacheMax()
        gdal.SetCacheMax(size)
        try:
            yield
        finally:
            gdal.SetCacheMax(before)

    def create(self, path: Path, profile: Profile) -> _Writer:
        return _Writer(path, profile)

    def open(self, path: Path) -> _Reader:
        return _Reader(path)

    def pyramid(self, path: Path, factors: Sequence[int], threads: int) -> _Pyramid:
        return _Pyramid(path, factors, threads)

    def copy_cog(self, source: Path, target: Path, options: Mapping[str, str], go_on: Callable[[], bool]) -> None:
        with _failures():
            dataset = gdal.Open(str(source))
            copy = gdal.GetDriverByName("COG").CreateCopy(
                str(target),
                dataset,
                options=[f"{name}={value}" for name, value in options.items()],
                callback=lambda done, text, data: int(go_on()),
            )
            del copy, dataset

    def transform(self, source: str, target: str) -> Transform | None:
        with _failures():
            a, b = _crs(source), _crs(target)
            if a.IsSame(b):
                return None
            transformation = osr.CoordinateTransformation(a, b)

        def apply(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
            gdal.PushErrorHandler("CPLQuietErrorHandler")
            try:
                points = transformation.TransformPoints(np.column_stack((x.ravel(), y.ravel())).tolist())
            finally:
                gdal.PopErrorHandler()
            moved = np.asarray(points, np.float64)
            return moved[:, 0].reshape(x.shape), moved[:, 1].reshape(y.shape)

        return forgiving(apply, RuntimeError)


def _crs(wkt: str) -> Any:
    crs = osr.SpatialReference()
    crs.ImportFromWkt(wkt)
    crs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return crs
