# SPDX-License-Identifier: GPL-2.0-or-later
"""Points as a GeoPackage: GDAL makes the file, SQLite takes the rows by the hundred thousand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from ..jobs.part import replacing
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
    return write_layers(path, crs, fields, {layer: parts})[layer]


def write_layers(
    path: Path,
    crs: str,
    fields: Mapping[str, np.dtype[Any]],
    layers: Mapping[str, Iterable[Part]],
    style: Callable[[str], str] | None = None,
) -> dict[str, int]:
    """Write a GeoPackage of layers of points, whole or not at all; returns how many each has.  Raises OutputError.

    ``style(layer)``, asked when its points are written, is the QML that QGIS gives the layer wherever it opens it.
    """
    counts = {}
    with replacing(path) as part:
        for layer, parts in layers.items():
            _make(part, layer, crs, fields)
            counts[layer] = _insert(part, layer, fields, parts)
            _index(part, layer)
        if style is not None:
            _add_styles(part, {layer: style(layer) for layer in layers})
    return counts


def _make(path: Path, layer: str, crs: str, fields: Mapping[str, np.dtype[Any]]) -> None:
    from osgeo import gdal, ogr, osr

    reference = None
    if crs:
        reference = osr.SpatialReference()
        reference.ImportFromWkt(crs)
    data = ogr.Open(str(path), 1) if path.exists() else ogr.GetDriverByName("GPKG").CreateDataSource(str(path))
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
            place = "min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?"
            base.execute(f"UPDATE gpkg_contents SET {place}", (*box, layer))
        base.commit()
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be written ({error}): check the free space and the rights.") from error
    finally:
        base.close()
    return count


def _add_styles(path: Path, styles: Mapping[str, str]) -> None:
    """The table in which QGIS looks for a layer's style."""
    base = sqlite3.connect(path)
    try:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
            "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault) VALUES ('', '', ?, 'geom', ?, ?, '', 1)",
            [(layer, layer, text) for layer, text in styles.items()],
        )
        base.commit()
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be written ({error}): check the free space and the rights.") from error
    finally:
        base.close()


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
