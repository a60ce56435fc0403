# SPDX-License-Identifier: GPL-2.0-or-later
"""The few calls of GDAL the rasters need, whichever of its two Python faces makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .grid import GeoTransform


@dataclass(frozen=True)
class Profile:
    """What a new GeoTIFF is made of; ``options`` are GDAL's creation options, ``bands`` describes each band."""

    width: int
    height: int
    dtype: str
    nodata: float | None
    geotransform: GeoTransform
    crs: str
    options: Mapping[str, str]
    bands: tuple[str, ...] = ("",)
    tags: Mapping[str, str] = field(default_factory=dict)


class Writer(Protocol):
    """An open new raster.  Every method raises OSError when GDAL reports a failure."""

    def write(self, x: int, y: int, values: NDArray[Any]) -> None:
        """A window of all bands [bands, height, width]."""

    def close(self) -> None: ...


class Reader(Protocol):
    """Band 1 of an open raster; one thread at a time.  ``read`` raises OSError on damage."""

    width: int
    height: int
    block: tuple[int, int]
    """Width and height of the pieces it is stored in."""
    dtype: np.dtype[Any]
    geotransform: GeoTransform
    crs: str
    is_tiff: bool
    scaled: tuple[float, float]
    """What values are multiplied by and what is then added, as the file declares."""
    unit: str
    """Of the values, as the file names it; '' where it does not."""
    bands: int

    def read(self, x: int, y: int, width: int, height: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
        """Values as they are stored, and GDAL's validity mask: 0 where nodata."""

    def tiff_item(self, name: str, band: int = 1, level: int = 0) -> str | None:
        """An item of a band's TIFF metadata, as BLOCK_OFFSET_0_0; of an overview from level 1."""

    def close(self) -> None: ...


class Pyramid(Protocol):
    """A GeoTIFF with empty overviews, to be filled; level 0 is the raster itself.  Raises OSError."""

    levels: int

    def size(self, level: int) -> tuple[int, int]:
        """Columns and rows."""

    def block(self, level: int) -> tuple[int, int]:
        """Width and height of the tiles."""

    def read(self, level: int, band: int, x: int, y: int, width: int, height: int) -> NDArray[Any]: ...

    def write(self, level: int, band: int, x: int, y: int, values: NDArray[Any]) -> None: ...

    def close(self) -> None: ...


Transform = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]


class Backend(Protocol):
    """Coordinates are always in the order x (east), y (north), whatever the authority says."""

    name: str

    def cache(self, size: int) -> AbstractContextManager[None]:
        """Bound GDAL's block cache to ``size`` bytes; restored on leaving."""

    def create(self, path: Path, profile: Profile) -> Writer: ...

    def open(self, path: Path) -> Reader: ...

    def pyramid(self, path: Path, factors: Sequence[int], threads: int) -> Pyramid | None:
        """Add an empty overview for each of ``factors`` (2, 4, …) to a GeoTIFF; None where this face can not."""

    def copy_cog(self, source: Path, target: Path, options: Mapping[str, str], go_on: Callable[[], bool]) -> None:
        """Copy to a cloud optimized GeoTIFF until ``go_on`` says no; OSError on failure or stop."""

    def transform(self, source: str, target: str) -> Transform | None:
        """From one horizontal CRS to another, None if they are the same; not finite where impossible."""


def require_places(reader: Reader, name: str) -> None:
    """Raise InputError where the pixels of a raster, called ``name``, have no places in the plane."""
    _, a, b, _, c, d = reader.geotransform
    if not all(map(isfinite, reader.geotransform)) or a * d == b * c:
        raise InputError(
            f"{name} has the geotransform {tuple(reader.geotransform)}; its numbers must be finite and its pixels have "
            "an area: georeference it again."
        )


def transform_of(gdal: Backend, source: str, target: str, name: str) -> Transform | None:
    """As ``gdal.transform``; raises InputError where the CRS of the file called ``name`` cannot be understood."""
    try:
        return gdal.transform(horizontal(source), horizontal(target))
    except OSError as error:
        raise InputError(
            f"{name} or the clouds have a CRS that cannot be used ({error}): give them another, or CRS to the run."
        ) from error


def forgiving(transform: Transform, failures: type[Exception] | tuple[type[Exception], ...]) -> Transform:
    """The same, but infinite where it is impossible: GDAL's faces may raise for all places because of one."""

    def apply(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        try:
            return transform(x, y)
        except failures:
            if x.size <= 1:
                return np.full(x.shape, np.inf), np.full(x.shape, np.inf)
        flat, half = (x.ravel(), y.ravel()), x.size // 2
        parts = [apply(*(axis[part] for axis in flat)) for part in (slice(half), slice(half, None))]
        moved = [np.concatenate(axis).reshape(x.shape) for axis in zip(*parts, strict=True)]
        return moved[0], moved[1]

    return apply


def horizontal(crs: str) -> str:
    """The horizontal part of a compound CRS in WKT 1 or 2; any other text as it is."""
    head = crs.lstrip()
    if not head.upper().startswith(("COMPD_CS[", "COMPOUNDCRS[")):
        return crs
    depth, quoted, starts = 0, False, []
    for i, c in enumerate(head):
        if c == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif c == "[":
            depth += 1
        elif c == "]":
            depth -= 1
        elif c == "," and depth == 1:
            starts.append(i)
            if len(starts) == 2:
                break
    return head[starts[0] + 1 : starts[1]].strip() if len(starts) == 2 else crs
