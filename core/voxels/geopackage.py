# SPDX-License-Identifier: GPL-2.0-or-later
"""Voxels as points of a GeoPackage: GDAL makes the file, SQLite takes the rows by the hundred thousand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from .voxel_map import Voxels

LAYER = "voxels"
POINT = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("order", "u1"), ("type", "<u4"),
     ("xyz", "<f8", (3,))]
)  # fmt: skip
"""GeoPackage 1.3 section 2.1.3: a header without envelope, then well-known binary of a PointZ."""


Part = tuple[NDArray[np.float64], Voxels]
"""Centers [n, 3], and what is known there."""


def write_points(path: Path, crs: str, parts: Iterable[Part]) -> int:
    """Write a new GeoPackage of points with probability, count and log_odds; returns how many."""
    from osgeo import gdal, ogr, osr

    reference = None
    if crs:
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs)
    data = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    if data is None:
        raise OutputError(f"{path} cannot be made ({gdal.GetLastErrorMsg()}): check the folder.")
    layer = data.CreateLayer(LAYER, reference, ogr.wkbPoint25D, ["SPATIAL_INDEX=NO"])
    for name, kind in (("probability", ogr.OFTReal), ("count", ogr.OFTInteger), ("log_odds", ogr.OFTReal)):
        layer.CreateField(ogr.FieldDefn(name, kind))
    del layer, data
    count = _insert(path, parts)
    data = ogr.Open(str(path), 1)
    data.ExecuteSQL(f"SELECT CreateSpatialIndex('{LAYER}', 'geom')")
    del data
    return count


def _insert(path: Path, parts: Iterable[Part]) -> int:
    count, low, high = 0, np.full(2, np.inf), np.full(2, -np.inf)
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA synchronous=OFF")
        (srs,) = base.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchone()
        for centers, voxels in parts:
            rows = zip(
                _geometries(centers, srs), voxels.probability.tolist(), voxels.counts.tolist(),
                voxels.log_odds.tolist(), strict=True,
            )  # fmt: skip
            base.executemany(f"INSERT INTO {LAYER} (geom, probability, count, log_odds) VALUES (?, ?, ?, ?)", rows)
            count += len(voxels)
            low, high = np.minimum(low, centers[:, :2].min(axis=0)), np.maximum(high, centers[:, :2].max(axis=0))
        if count:
            box = (*low.tolist(), *high.tolist())
            base.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?", box)
        base.commit()
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be written ({error}): check the free space and the rights.") from error
    finally:
        base.close()
    return count


def _geometries(centers: NDArray[np.float64], srs: int) -> list[bytes]:
    points = np.empty(len(centers), POINT)
    points["magic"], points["version"], points["flags"], points["srs"] = b"GP", 0, 1, srs
    points["order"], points["type"], points["xyz"] = 1, 1001, centers
    raw = points.tobytes()
    return [raw[at : at + POINT.itemsize] for at in range(0, len(raw), POINT.itemsize)]
