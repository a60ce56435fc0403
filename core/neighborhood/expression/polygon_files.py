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
from .errors import clipped
from .polygons import FARTHEST, Ring

LAYER_NAME = "|layername="


@offline()
def read_polygons(source: str) -> list[list[Ring]]:
    """Every polygon of a file, as its outer ring and holes, in the coordinates of the file.

    ``source`` is a path, with ``|layername=NAME`` where a file has several layers; without it the
    first layer is read.  Curves become lines.

    Raises
    ------
    InputError
        The file cannot be read, or holds no polygon.
    MissingPackage
        osgeo is not installed.
    """
    dataset, layer = _open(source)
    from osgeo import ogr

    polygons: list[list[Ring]] = []
    for feature in layer:
        geometry = feature.GetGeometryRef()
        if geometry is not None:
            for rings in _polygons(geometry.GetLinearGeometry(), ogr):
                _refuse_impossible(rings, source)
                polygons.append(rings)
    if not polygons:
        raise InputError(f"{source} holds no polygon; give Region a file of polygons.")
    return polygons


def _refuse_impossible(rings: list[Ring], source: str) -> None:
    for ring in rings:
        wrong = ~(np.abs(ring) <= FARTHEST).all(axis=1)
        if wrong.any():
            x, y = ring[wrong][0].tolist()
            raise InputError(
                f"{source} has a polygon with the corner {x!r}, {y!r}; coordinates are numbers up to {FARTHEST:g}: "
                "repair the file."
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
        raise InputError(f"{clipped(path)} {there}; give Region a file of polygons that GDAL reads.")
    layer = dataset.GetLayerByName(name) if name else dataset.GetLayer(0)
    if layer is None:
        raise InputError(f"{path} has no layer {name or 'at all'}; give Region a file with a layer of polygons.")
    return dataset, layer


def _polygons(geometry: Any, ogr: Any) -> Iterator[list[Ring]]:
    if ogr.GT_Flatten(geometry.GetGeometryType()) == ogr.wkbPolygon:
        rings = [geometry.GetGeometryRef(i) for i in range(geometry.GetGeometryCount())]
        corners = [np.array(ring.GetPoints(), dtype=np.float64)[:, :2] for ring in rings if ring.GetPointCount()]
        if corners:
            yield corners
        return
    for part in range(geometry.GetGeometryCount()):
        yield from _polygons(geometry.GetGeometryRef(part), ogr)
