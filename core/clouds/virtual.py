# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual point clouds (VPC) out: a GeoJSON collection of STAC items, one a file.

Specification: https://github.com/PDAL/wrench/blob/main/vpc-spec.md
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from ..errors import InputError
from ..jobs.part import replacing
from . import crs as systems
from .las import LasSource
from .output_header import creation_date

EXTENSIONS = (
    "https://stac-extensions.github.io/pointcloud/v1.0.0/schema.json",
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
)
KINDS = {"f": "floating", "i": "signed", "u": "unsigned"}


def write_virtual(path: Path, files: Iterable[Path]) -> None:
    """Write a VPC of these LAS and LAZ files, named relative to it; files without points are left out.

    Whole or not at all.  Raises OutputError.
    """
    features = [_feature(source, path.parent) for file in files for source in _with_points(file)]
    text = json.dumps({"type": "FeatureCollection", "features": features}, indent=1) + "\n"
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def _with_points(file: Path) -> list[LasSource]:
    try:
        source = LasSource(str(file))
    except InputError:  # a LAZ file without points has no chunks
        return []
    return [source] if source.points else []


def _feature(source: LasSource, folder: Path) -> dict[str, Any]:
    path, bounds = Path(source.path), [float(value) for value in source.bounds]
    geographic = _in_degrees(bounds, source.crs_wkt)
    place = {"geometry": None} if geographic is None else {"geometry": _ring(geographic), "bbox": geographic}
    date = creation_date(source.header)
    properties = {
        "datetime": f"{date.isoformat()}T00:00:00Z",
        "pc:count": source.points,
        "pc:encoding": "application/vnd.laszip" if source.header.compressed else "application/vnd.las",
        "pc:schemas": _schemas(source),
        "pc:type": "lidar",
        "proj:bbox": bounds,
        "proj:geometry": _ring(bounds),
    } | ({"proj:wkt2": source.crs_wkt} if source.crs_wkt else {})
    href = quote(os.path.relpath(path, folder).replace(os.sep, "/"))
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": list(EXTENSIONS),
        "id": path.stem,
        **place,
        "properties": properties,
        "links": [],
        "assets": {"data": {"href": f"./{href}", "roles": ["data"]}},
    }


def _schemas(source: LasSource) -> list[dict[str, Any]]:
    return [
        {"name": name, "size": dtype.itemsize, "type": KINDS[dtype.kind]} for name, dtype in source.dimensions.items()
    ]


def _ring(bounds: list[float]) -> dict[str, Any]:
    west, south, _, east, north, _ = bounds
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def _in_degrees(bounds: list[float], wkt: str) -> list[float] | None:
    """The box in WGS 84, heights as they are; None where its CRS is unknown or cannot be transformed."""
    places = systems.to_degrees(wkt, [(bounds[i], bounds[j]) for i in (0, 3) for j in (1, 4)]) if wkt else None
    if places is None:
        return None
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    return [float(value) for value in np.round([west, south, bounds[2], east, north, bounds[5]], 9)]
