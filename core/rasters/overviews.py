# SPDX-License-Identifier: GPL-2.0-or-later
"""Overviews of a GeoTIFF: the same raster at 1/2, 1/4 … of its cells, inside the file, so that any view is quick.

Each level is made from the one before, tile by tile; where a level has no tile the next one has none.  GDAL's own
builder works on rows of the whole width: on 200,000 columns it heard a cancel after 5 s, and it stored every tile of
a raster that is nearly all nodata.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel

if TYPE_CHECKING:
    from ..jobs.progress import Progress
    from .backend import Profile, Pyramid

Resampling = Literal["average", "nearest"]
"""Of the four cells that become one: their mean without nodata, or the north-western one (classes, counts)."""
Stored = NDArray[np.bool_]
"""[band, row, column]: which tiles of a level are in the file.  A byte a tile: there may be millions."""


MOST_TILES = 1 << 20
"""A raster of more tiles (2.7e11 cells where they are square) has no overviews: GDAL holds 54 bytes a tile for them."""


def factors(width: int, height: int, most: int) -> list[int]:
    """2, 4, … until neither side has more than ``most`` cells; none for a raster of very many tiles."""
    found = [1]
    if -(-width // most) * -(-height // most) > MOST_TILES:
        return []
    while max(-(-width // found[-1]), -(-height // found[-1])) > most:
        found.append(2 * found[-1])
    return found[1:]


def fill(
    pyramid: Pyramid, profile: Profile, resampling: Sequence[Resampling], stored: Stored, progress: Progress
) -> list[Stored]:
    """Write every level from the tiles ``stored`` of the raster; returns those of all levels, the raster's first."""
    levels = [stored]
    for level in range(1, pyramid.levels + 1):
        made = _over(pyramid, level, levels[-1])
        for band, row, column in each(made):
            progress.check()
            made[band, row, column] = _fill_tile(pyramid, level, band, column, row, profile, resampling[band])
        levels.append(made)
    return levels


def each(stored: Stored) -> Iterator[tuple[int, int, int]]:
    """Band from 0, row and column of the tiles."""
    for band, rows in enumerate(stored):
        for row, columns in enumerate(rows):
            yield from ((band, row, column) for column in np.flatnonzero(columns).tolist())


def _over(pyramid: Pyramid, level: int, below: Stored) -> Stored:
    """The tiles of a level that lie over those of the level below."""
    (wide, high), (width, height) = pyramid.block(level - 1), pyramid.block(level)
    columns, rows = (-(-size // side) for size, side in zip(pyramid.size(level), (width, height), strict=True))
    found = np.zeros((len(below), rows, columns), np.bool_)
    for band, row, column in each(below):
        first, last = row * high // (2 * height), ((row + 1) * high - 1) // (2 * height)
        west, east = column * wide // (2 * width), ((column + 1) * wide - 1) // (2 * width)
        found[band, first : last + 1, west : east + 1] = True
    return found


def _fill_tile(
    pyramid: Pyramid, level: int, band: int, column: int, row: int, profile: Profile, resampling: Resampling
) -> bool:
    """False where there is nothing but nodata, which is not stored."""
    (width, height), (wide, high) = pyramid.block(level), pyramid.size(level - 1)
    x, y = column * width, row * height
    cells = pyramid.read(level - 1, band + 1, 2 * x, 2 * y, min(2 * width, wide - 2 * x), min(2 * height, high - 2 * y))
    nodata = cells.dtype.type(0 if profile.nodata is None else profile.nodata)
    if resampling == "nearest":
        halved = np.ascontiguousarray(cells[::2, ::2])
    else:
        halved = np.empty((-(-cells.shape[0] // 2), -(-cells.shape[1] // 2)), cells.dtype)
        average(cells, nodata, profile.nodata is not None, 0.0 if cells.dtype.kind == "f" else 0.5, halved)
    if (halved == nodata).all():
        return False
    pyramid.write(level, band + 1, x, y, halved)
    return True


@kernel
def average(cells, nodata, skips, rounding, halved):  # type: ignore[no-untyped-def]
    """Means of two by two cells, at an odd end of fewer; ``skips``: those without a value do not count."""
    height, width = cells.shape
    for j in range(halved.shape[0]):
        for i in range(halved.shape[1]):
            total, number = 0.0, 0
            for y in range(2 * j, min(2 * j + 2, height)):
                for x in range(2 * i, min(2 * i + 2, width)):
                    if not skips or cells[y, x] != nodata:
                        total += cells[y, x]
                        number += 1
            halved[j, i] = total / number + rounding if number else nodata
