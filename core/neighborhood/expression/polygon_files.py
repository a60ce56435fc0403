# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons out of any vector file GDAL reads: the only module of the core that uses osgeo.ogr."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import InputError, MissingPackage
from ...jobs.disk import require_regular
from ...local_files import offline, require_local
from ...packages import lacks
from .polygons import FARTHEST, Polygons, Ring

LAYER_NAME = "|layername="


@offline()
def read_polygons(source: str) -> Polygons:
    """Every polygon of a file, in its coordinates.

    ``source`` is a path, with ``|layername=NAME`` where a file has several layers; without it the
    first layer is read.  Curves become lines.

    Raises
    ------
    InputError
        The file cannot be read, holds no polygon, or one whose corners cannot be places.
    MissingPackage
        osgeo is not installed.
    """
    dataset, layer = _open(source)
    from osgeo import ogr

    polygons = Polygons.of(rings for feature in layer for rings in _polygons(feature.GetGeometryRef(), ogr))
    if not len(polygons):
        raise InputError(f"{source} holds no polygon; give Region a file of polygons.")
    require_places(polygons, source)
    return polygons


def require_places(polygons: Polygons, name: str) -> None:
    """Raise InputError where a corner is no number, or farther than any place."""
    wrong = ~(np.abs(polygons.corners) <= FARTHEST).all(axis=1)
    if wrong.any():
        x, y = polygons.corners[np.argmax(wrong)].tolist()
        raise InputError(
            f"{name} has a polygon with the corner {x!r}, {y!r}; coordinates are numbers up to {FARTHEST:g}: repair it."
        )


@offline()
def layer_crs(source: str) -> str:
    """WKT of the CRS of the layer ``read_polygons`` reads, '' where it has none.  Raises as that does."""
    dataset, layer = _open(source)
    reference = layer.GetSpatialRef()
    return "" if reference is None else str(reference.ExportToWkt())


def _open(source: str) -> tuple[Any, Any]:
    """The data set, which must outlive its layer, and the layer."""
    try:
        from osgeo import gdal
    except ImportError as error:
        raise MissingPackage(lacks("osgeo", "Region[file] needs it", error)) from error
    path, _, name = source.partition(LAYER_NAME)
    require_local(path)
    require_regular(path)
    try:
        dataset = gdal.OpenEx(path, gdal.OF_VECTOR | gdal.OF_READONLY)
    except (RuntimeError, UnicodeError):
        dataset = None
    if dataset is None:
        there = "cannot be read as a vector file" if os.path.exists(path) else "does not exist"
        raise InputError(f"{path} {there}; give Region a file of polygons that GDAL reads.")
    layer = dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
    if layer is None:
        raise InputError(f"{path} has no layer {name or 'at all'}; give Region a file with a layer of polygons.")
    return dataset, layer


def _polygons(geometry: Any, ogr: Any) -> Iterator[list[Ring]]:
    """The rings of each polygon of a geometry; None has none."""
    if geometry is None:
        return
    geometry = geometry.GetLinearGeometry()
    if ogr.GT_Flatten(geometry.GetGeometryType()) == ogr.wkbPolygon:
        rings = [geometry.GetGeometryRef(i) for i in range(geometry.GetGeometryCount())]
        corners = [np.array(ring.GetPoints(), dtype=np.float64)[:, :2] for ring in rings if ring.GetPointCount()]
        if corners:
            yield corners
        return
    for part in range(geometry.GetGeometryCount()):
        yield from _polygons(geometry.GetGeometryRef(part), ogr)
