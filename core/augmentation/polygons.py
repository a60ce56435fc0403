# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons that make an area, in the CRS of the clouds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..neighborhood.expression.polygon_files import LAYER_NAME, layer_crs, read_polygons, require_places
from ..neighborhood.expression.polygons import Polygons
from ..rasters.backend import transform_of
from ..rasters.choice import choose

if TYPE_CHECKING:
    from ..jobs.job import Job


def open_polygons(source: str, what: str, crs_wkt: str, job: Job) -> Polygons:
    """The polygons of a vector file, transformed to the clouds' CRS where it has another.

    Raises InputError, naming the parameter ``what``, where there is none.
    """
    try:
        polygons, theirs = read_polygons(source), layer_crs(source)
    except InputError as error:
        reason = str(error).split(";")[0].rstrip(".")
        raise InputError(f"{what} is no file of polygons: {reason}; choose a layer of polygons.") from error
    job.budget.require(2 * polygons.bytes, f"Keeping the {len(polygons):,} polygons of {what}")
    name = Path(source.partition(LAYER_NAME)[0]).name
    if not (crs_wkt and theirs):
        job.warn(f"{what} {name}: it or the clouds have no CRS; it is taken to be in the CRS of the clouds.")
        return polygons
    transform = transform_of(choose(), theirs, crs_wkt, f"{what} {name}")
    if transform is None:
        return polygons
    job.warn(f"{what} {name} is in another CRS than the clouds; its polygons are transformed.")
    moved = polygons.moved(transform)
    require_places(moved, f"{what} {name}, brought to the CRS of the clouds,")
    return moved
