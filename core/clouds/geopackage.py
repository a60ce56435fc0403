# SPDX-License-Identifier: GPL-2.0-or-later
"""Points as a GeoPackage: GDAL makes the file, SQLite takes the rows by the hundred thousand."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from ..jobs.disk import written_to
from .chunk import Column

POINT = np.dtype(
    [("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("order", "u1"), ("type", "<u4"),
     ("xyz", "<f8", (3,))]
)  # fmt: skip
"""GeoPackage 1.3 section 2.1.3: a header without envelope, then well-known binary of a PointZ."""

Part = tuple[NDArray[np.float64], Mapping[str, Column]]
"""Places [n, 3], and a value of every field there."""


def write_points(path: Path, layer: str, crs: str, fields: Mapping[str, np.dtype[Any]], parts: Iterable[Part]) -> int:
    """Write a GeoPackage of one layer of points, whole or not at all; returns how many.  Raises OutputError."""
    part = path.with_name(f".{path.stem}.scree-part.gpkg")
    part.unlink(missing_ok=True)
    try:
        with written_to(path):
            _make(part, layer, crs, fields)
            count = _insert(part, layer, fields, parts)
            _index(part, layer)
            os.replace(part, path)
    finally:
        for left in (part, *(Path(f"{part}-{end}") for end in ("journal", "wal", "shm"))):
            left.unlink(missing_ok=True)
    return count


def _make(path: Path, layer: str, crs: str, fields: Mapping[str, np.dtype[Any]]) -> None:
    from osgeo import gdal, ogr, osr

    reference = None
    if crs:
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs)
    data = ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
    if data is None:
        raise OutputError(f"{path} cannot be made ({gdal.GetLastErrorMsg()}): check the folder.")
    made = data.CreateLayer(layer, reference, ogr.wkbPoint25D, ["SPATIAL_INDEX=NO"])
    for name, dtype in fields.items():
        kind = ogr.OFTReal if np.dtype(dtype).kind == "f" else ogr.OFTInteger64
        made.CreateField(ogr.FieldDefn(name, kind))
    del made, data


def _insert(path: Path, layer: str, fields: Mapping[str, np.dtype[Any]], parts: Iterable[Part]) -> int:
    count, low, high = 0, np.full(2, np.inf), np.full(2, -np.inf)
    names = ", ".join(f'"{quoted(name)}"' for name in fields)
    statement = f'INSERT INTO "{layer}" (geom, {names}) VALUES ({", ".join("?" * (len(fields) + 1))})'
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA synchronous=OFF")
        (srs,) = base.execute("SELECT srs_id FROM gpkg_geometry_columns").fetchone()
        for places, columns in parts:
            if not len(places):
                continue
            base.executemany(statement, zip(_geometries(places, srs), *(_values(columns[name]) for name in fields)))
            count += len(places)
            low, high = np.minimum(low, places[:, :2].min(axis=0)), np.maximum(high, places[:, :2].max(axis=0))
        if count:
            box = (*low.tolist(), *high.tolist())
            base.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?", box)
        base.commit()
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be written ({error}): check the free space and the rights.") from error
    finally:
        base.close()
    return count


def quoted(name: str) -> str:
    """A name inside the double quotes of SQL."""
    return name.replace('"', '""')


def _values(column: Column) -> list[float | int | None]:
    """As SQLite takes them: what is not a number is nothing."""
    if column.dtype.kind != "f":
        return column.astype(np.int64).tolist()
    return [value if value == value else None for value in column.tolist()]


def _index(path: Path, layer: str) -> None:
    from osgeo import ogr

    data = ogr.Open(str(path), 1)
    data.ExecuteSQL(f"SELECT CreateSpatialIndex('{layer}', 'geom')")
    del data


def _geometries(places: NDArray[np.float64], srs: int) -> list[bytes]:
    points = np.empty(len(places), POINT)
    points["magic"], points["version"], points["flags"], points["srs"] = b"GP", 0, 1, srs
    points["order"], points["type"], points["xyz"] = 1, 1001, places
    raw = points.tobytes()
    return [raw[at : at + POINT.itemsize] for at in range(0, len(raw), POINT.itemsize)]
