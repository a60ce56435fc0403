# SPDX-License-Identifier: GPL-2.0-or-later
"""The shaded relief of a DEM, made of its values while the rasters are written.

Light from four sides (225, 270, 315 and 360 degrees, 45 degrees high) is added up, each weighted by the squared
sine of its angle to the contour line.  This is what gdaldem makes of ``hillshade -multidirectional``, after Mark
(1992), with slopes by Horn (1981).

The slopes are those of the values, not the derivatives of the surface: only the spline has derivatives, and they
leave out how the weights of a blend change, so their shade would hide the steps a hillshade is looked at for.
A window reads one cell more on each side from whatever units hold it, so units leave no seams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clouds.crs import metres_in_unit, vertical_unit
from ..compiled import kernel

HEIGHT = sqrt(0.5)
"""Sine, and cosine, of the height of the light."""
DIAGONAL = sqrt(0.5)

Window = Callable[[int, int, int, int], "NDArray[Any] | None"]
"""Column, row, width, height from the north-west to values; None where there are none."""


def relief_scale(cell: float, attribute: str, crs: str) -> float:
    """What makes a difference between neighboring cells a slope: 1 / cell, and heights in the unit of x and y.

    Other attributes than z have no unit that is known, and are taken as they are.
    """
    if attribute.lower() != "z":
        return 1 / cell
    return vertical_unit(crs).factor / (metres_in_unit(crs) * cell)


@dataclass(frozen=True)
class Hillshade:
    """``window`` gives greys from 1 (dark) to 255, 0 where the surface has no value."""

    surface: Window
    """Values of the DEM, NaN where there is none."""
    width: int
    height: int
    """Cells of the whole raster."""
    scale: float

    def window(self, x: int, y: int, width: int, height: int) -> NDArray[np.uint8] | None:
        west, north = max(x - 1, 0), max(y - 1, 0)
        east, south = min(x + width + 1, self.width), min(y + height + 1, self.height)
        values = self.surface(west, north, east - west, south - north)
        if values is None:
            return None
        around = np.full((height + 2, width + 2), np.nan, np.float32)
        around[north - y + 1 : south - y + 1, west - x + 1 : east - x + 1] = values
        greys = np.empty((height, width), np.uint8)
        shade(around, self.scale, greys)
        return greys


@kernel
def _beside(own, value, opposite):  # type: ignore[no-untyped-def]
    """A neighbor; one without a value lies as far above ``own`` as the opposite one below it, or level."""
    if not np.isnan(value):
        return float(value)
    return float(own) if np.isnan(opposite) else 2.0 * own - opposite


@kernel
def _across(own, value, beside, above):  # type: ignore[no-untyped-def]
    """A neighbor at a corner; one without a value lies in the plane of the two between."""
    return beside + above - own if np.isnan(value) else float(value)


@kernel
def _grey(fx, fy):  # type: ignore[no-untyped-def]
    """Of a slope to the east and one to the north, 1 to 255."""
    p = fx * fx + fy * fy
    if p == 0.0:
        return 1.0 + 254.0 * HEIGHT
    southwest, northwest = DIAGONAL * (fx + fy), DIAGONAL * (fx - fy)
    light = (0.5 * p + fx * fy) * max(0.0, 1.0 + southwest)
    light += fx * fx * max(0.0, 1.0 + fx)
    light += (0.5 * p - fx * fy) * max(0.0, 1.0 + northwest)
    light += fy * fy * max(0.0, 1.0 - fy)
    return 1.0 + 127.0 * HEIGHT * light / (p * np.sqrt(1.0 + p))


@kernel
def shade(around, scale, greys):  # type: ignore[no-untyped-def]
    """Greys of a window; ``around`` has one row and column more on each side, rows from the north."""
    for j in range(1, around.shape[0] - 1):
        for i in range(1, around.shape[1] - 1):
            own = around[j, i]
            if np.isnan(own):
                greys[j - 1, i - 1] = 0
                continue
            east, west = around[j, i + 1], around[j, i - 1]
            north, south = around[j - 1, i], around[j + 1, i]
            east, west = _beside(own, east, west), _beside(own, west, east)
            north, south = _beside(own, north, south), _beside(own, south, north)
            ne, nw = _across(own, around[j - 1, i + 1], east, north), _across(own, around[j - 1, i - 1], west, north)
            se, sw = _across(own, around[j + 1, i + 1], east, south), _across(own, around[j + 1, i - 1], west, south)
            fx = (ne + 2.0 * east + se - nw - 2.0 * west - sw) / 8.0 * scale
            fy = (nw + 2.0 * north + ne - sw - 2.0 * south - se) / 8.0 * scale
            greys[j - 1, i - 1] = np.uint8(min(255.0, _grey(fx, fy) + 0.5))
