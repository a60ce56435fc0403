# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons that make an area, in the CRS of the clouds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..neighborhood.expression.polygon_files import LAYER_NAME, layer_crs, read_polygons
from ..neighborhood.expression.polygons import Polygon, Ring
from ..rasters.backend import transform_of
from ..rasters.choice import choose

if TYPE_CHECKING:
    from ..jobs.job import Job

Floats = NDArray[np.float64]


class Polygons:
    """Any number of polygons, those near asked first."""

    def __init__(self, polygons: list[list[Ring]]) -> None:
        self._polygons = [Polygon(rings) for rings in polygons]
        self._low = np.array([p.low for p in self._polygons]).reshape(-1, 2)
        self._high = np.array([p.high for p in self._polygons]).reshape(-1, 2)

    def touch(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether the box of any polygon shares something with this one."""
        near = (self._low <= (east, north)).all(axis=1) & (self._high >= (west, south)).all(axis=1)
        return bool(near.any())

    def contain(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Whether any polygon holds each position, its boundary included."""
        inside = np.zeros(len(x), np.bool_)
        if not len(x):
            return inside
        near = (self._low[:, 0] <= x.max()) & (self._high[:, 0] >= x.min())
        near &= (self._low[:, 1] <= y.max()) & (self._high[:, 1] >= y.min())
        for i in np.flatnonzero(near):
            left = np.flatnonzero(~inside)
            inside[left] = self._polygons[i].contains(x[left], y[left])
        return inside


def open_polygons(source: str, what: str, crs_wkt: str, job: Job) -> Polygons:
    """The polygons of a vector file, transformed to the clouds' CRS where it has another.

    Raises InputError, naming the parameter ``what``, where there is none.
    """
    try:
        polygons, theirs = read_polygons(source), layer_crs(source)
    except InputError as error:
        reason = str(error).split(";")[0].rstrip(".")
        raise InputError(f"{what} is no file of polygons: {reason}; choose a layer of polygons.") from error
    name = Path(source.partition(LAYER_NAME)[0]).name
    if not (crs_wkt and theirs):
        job.warn(f"{what} {name}: it or the clouds have no CRS; it is taken to be in the CRS of the clouds.")
        return Polygons(polygons)
    transform = transform_of(choose(), theirs, crs_wkt, f"{what} {name}")
    if transform is None:
        return Polygons(polygons)
    job.warn(f"{what} {name} is in another CRS than the clouds; its polygons are transformed.")
    return Polygons([[np.stack(transform(ring[:, 0], ring[:, 1]), axis=1) for ring in rings] for rings in polygons])
