# SPDX-License-Identifier: GPL-2.0-or-later
"""One small file of every kind of input, the same on every machine: the seeds of all mutants."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

WEST, SOUTH, SIDE, POINTS = 650_210.0, 6_860_260.0, 40.0, 1_500
EPSG = 2154


def ground(x: Any, y: Any) -> Any:
    """Height of the true ground."""
    return 100 + 2 * np.sin((x - WEST) / 9) * np.cos((y - SOUTH) / 12)


def columns(seed: int = 1, points: int = POINTS) -> dict[str, Any]:
    """Ground with a roof, a wood and a coincident pair."""
    rng = np.random.default_rng(seed)
    x, y = (np.round(corner + SIDE * rng.random(points), 3) for corner in (WEST, SOUTH))
    x[1], y[1] = x[0], y[0]
    u, v = x - WEST, y - SOUTH
    roof, wood = (u > 10) & (u < 18) & (v > 10) & (v < 18), (u > 24) & (v > 26) & (rng.random(points) < 0.7)
    z = ground(x, y) + rng.normal(0, 0.02, points) + 6.0 * roof + wood * rng.uniform(2, 9, points)
    kind = np.where(roof, 6, np.where(wood, 5, 2)).astype(np.uint8)
    return {
        "x": x, "y": y, "z": np.round(z, 3), "classification": kind, "gps_time": np.sort(rng.random(points)) * 10,
        "intensity": rng.integers(0, 256, points).astype(np.uint16),
        "return_number": np.ones(points, np.uint8), "number_of_returns": np.ones(points, np.uint8),
    }  # fmt: skip


def make_all(folder: Path) -> None:
    """Write every input, and two voxel maps, into ``folder``."""
    from osgeo import osr

    reference = osr.SpatialReference()
    reference.ImportFromEPSG(EPSG)
    wkt = reference.ExportToWkt()
    for name, seed in (("land.las", 1), ("land.laz", 1), ("more.las", 2), ("other.las", 3)):
        write_cloud(folder / name, columns(seed), wkt)
    write_copc(folder / "land.copc.laz", columns(1))
    write_text(folder / "land.txt", columns(1))
    write_virtual(folder / "land.vpc", ["land.las", "more.las"])
    write_dtm(folder / "dtm.tif", wkt)
    write_areas(folder, wkt)
    (folder / "track.txt").write_text(
        "gps_time x y z\n" + "".join(f"{t} {WEST + 4 * t} {SOUTH + 20} 150\n" for t in range(11)), "utf-8"
    )
    (folder / "poses.txt").write_text(f"1 0 0 {WEST + 20} 0 1 0 {SOUTH + 20} 0 0 1 150\n", "utf-8")
    local = columns(4, 500)
    local["x"], local["y"], local["z"] = local["x"] - WEST - 20, local["y"] - SOUTH - 20, local["z"] - 150
    write_cloud(folder / "scan.las", local, wkt)
    make_maps(folder)


def write_cloud(path: Path, values: dict[str, Any], wkt: str = "", point_format: int = 6) -> None:
    """LAS 1.4, or LAZ by the name."""
    import laspy

    from scree.core.clouds.output_header import new_header

    header = new_header((0.001,) * 3, (np.floor(values["x"][0]), np.floor(values["y"][0]), 0.0), crs_wkt=wkt)
    las = laspy.LasData(header)
    for name, column in values.items():
        setattr(las, name, column)
    las.write(str(path))


def write_copc(path: Path, values: dict[str, Any]) -> None:
    """COPC of one node: LAZ of one chunk, with the record that says where its octree is."""
    import laspy

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [WEST, SOUTH, 0.0]
    las = laspy.LasData(header)
    for name, column in values.items():
        setattr(las, name, column)
    place = size = start = length = 0
    for _ in range(2):  # the first time only to learn where things lie
        center = (WEST + SIDE / 2, SOUTH + SIDE / 2, 100.0, SIDE / 2, 1.0)
        info = struct.pack("<5dQQdd11Q", *center, place, size, 0.0, 0.0, *[0] * 11)
        las.vlrs = [laspy.VLR("copc", 1, "copc info", info)]
        node = struct.pack("<4iQii", 0, 0, 0, 0, start, length, len(values["x"]))
        las.evlrs = laspy.vlrs.vlrlist.VLRList([laspy.VLR("copc", 1000, "EPT hierarchy", node)])
        las.write(str(path))
        data = path.read_bytes()
        (points,) = struct.unpack_from("<I", data, 96)
        (records,), (table,) = struct.unpack_from("<Q", data, 235), struct.unpack_from("<q", data, points)
        place, size, start, length = records + 60, 32, points + 8, table - points - 8


def write_text(path: Path, values: dict[str, Any]) -> None:
    """Text with a header line."""
    rows = zip(*(values[name] for name in ("x", "y", "z", "intensity", "classification")))
    lines = [f"{x:.3f} {y:.3f} {z:.3f} {i} {c}" for x, y, z, i, c in rows]
    path.write_text("x y z intensity classification\n" + "\n".join(lines) + "\n", "utf-8")


def write_virtual(path: Path, names: list[str]) -> None:
    """A virtual point cloud of files beside it."""
    from scree.core.clouds.virtual import write_virtual as write

    write(path, [path.with_name(name) for name in names])


def write_dtm(path: Path, wkt: str) -> None:
    """Float32 heights of the ground, one cell a unit, with a margin."""
    from osgeo import gdal

    count = int(SIDE) + 10
    x, y = WEST - 4.5 + np.arange(count), SOUTH + SIDE + 4.5 - np.arange(count)
    data = gdal.GetDriverByName("GTiff").Create(str(path), count, count, 1, gdal.GDT_Float32)
    data.SetGeoTransform((WEST - 5, 1.0, 0, SOUTH + SIDE + 5, 0, -1.0))
    data.SetProjection(wkt)
    data.GetRasterBand(1).SetNoDataValue(-9999.0)
    heights = ground(*np.meshgrid(x, y)).astype(np.float32)
    data.GetRasterBand(1).WriteRaster(0, 0, count, count, heights.tobytes())


def write_areas(folder: Path, wkt: str) -> None:
    """The roof as GeoJSON and as GeoPackage."""
    from osgeo import gdal

    ring = [[WEST + x, SOUTH + y] for x, y in ((9, 9), (19, 9), (19, 19), (9, 19), (9, 9))]
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{EPSG}"}}
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    collection = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    (folder / "areas.geojson").write_text(json.dumps(collection), "utf-8")
    gdal.UseExceptions()
    gdal.VectorTranslate(str(folder / "areas.gpkg"), str(folder / "areas.geojson"), format="GPKG")


def make_maps(folder: Path) -> None:
    """Two voxel maps of different clouds; ``before`` is what updates continue."""
    from scree.core.voxels.options import UpdateOptions
    from scree.core.voxels.update import update_map

    for name, cloud in (("before", "land.las"), ("friend", "other.las")):
        update_map(
            UpdateOptions(
                inputs=(str(folder / cloud),), map=str(folder / name), resolution=1.0, tile_size=10.0, threads=1
            )
        )
