# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds with holes over a known ground, and DTMs of it, with or without faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

WEST, SOUTH, SIDE = 650_210.0, 6_860_260.0, 120.0
"""Four tiles of the store meet in the roof: 30 m east and 28 m north of the corner."""
EPSG = 2154


@dataclass
class Land:
    """A square of ground that bends, with a roof, a pond and a wood in which nothing of it is seen."""

    slope: float = 0.0
    side: float = SIDE
    roof: tuple[float, float, float, float] = (20.0, 40.0, 20.0, 36.0)
    pond: tuple[float, float, float] = (80.0, 80.0, 14.0)
    wood: tuple[float, float, float, float] = (70.0, 95.0, 10.0, 35.0)
    bends: float = 1.0
    patches: list[tuple[float, float, float, float, float]] = field(default_factory=list)
    """x0, x1, y0, y1 and error of rectangles of the DTM that are wrong."""

    def ground(self, x: Any, y: Any) -> Any:
        u, v = np.asarray(x) - WEST, np.asarray(y) - SOUTH
        bend = 2 * np.sin(u / 25) * np.cos(v / 30) + 0.3 * np.sin(u / 7 + v / 9)
        return 200 + self.slope * u + self.bends * bend

    def hidden(self, x: Any, y: Any) -> Any:
        """Code of the area where no ground is seen: 1 wood, 2 roof, 3 pond; 0 elsewhere."""
        u, v = np.asarray(x) - WEST, np.asarray(y) - SOUTH
        out = np.zeros(np.shape(u), int)
        for code, (a, b, c, d) in ((1, self.wood), (2, self.roof)):
            out[(u > a) & (u < b) & (v > c) & (v < d)] = code
        x0, y0, r = self.pond
        out[np.hypot(u - x0, v - y0) < r] = 3
        return out

    def cloud(self, density: float = 4.0, seed: int = 1) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        n = int(self.side**2 * density)
        x, y = (np.round(o + self.side * rng.random(n), 3) for o in (WEST, SOUTH))
        where = self.hidden(x, y)
        z = self.ground(x, y) + rng.normal(0, 0.02, n)
        z = np.where(where == 1, z + rng.uniform(3, 15, n), np.where(where == 2, 230.0, z))
        kind = np.array([2, 5, 6, 9], np.uint8)[where]
        keep = (where != 3) | (rng.random(n) < 0.02)
        return {"x": x[keep], "y": y[keep], "z": np.round(z[keep], 3), "classification": kind[keep]}

    def raster(self, path: Path, cell: float = 1.0, error: float = 0.0, **more: Any) -> str:
        margin, size = 5, int(self.side / cell)
        count = size + 2 * int(margin / cell)
        x = WEST - margin + (np.arange(count) + 0.5) * cell
        y = SOUTH + self.side + margin - (np.arange(count) + 0.5) * cell
        z = self.ground(*np.meshgrid(x, y)) + error
        for a, b, c, d, wrong in self.patches:
            rows, columns = (y > SOUTH + c) & (y < SOUTH + d), (x > WEST + a) & (x < WEST + b)
            z[np.ix_(rows, columns)] += wrong
        return write_raster_file(path, z, WEST - margin, SOUTH + self.side + margin, cell, **more)


def write_raster_file(
    path: Path, z: Any, west: float, north: float, cell: float, epsg: int = EPSG, nodata: float | None = -9999.0
) -> str:
    """A GeoTIFF of float32."""
    from osgeo import gdal, osr

    data = gdal.GetDriverByName("GTiff").Create(str(path), z.shape[1], z.shape[0], 1, gdal.GDT_Float32)
    data.SetGeoTransform((west, cell, 0, north, 0, -cell))
    if epsg:
        reference = osr.SpatialReference()
        reference.ImportFromEPSG(epsg)
        data.SetProjection(reference.ExportToWkt())
    band = data.GetRasterBand(1)
    if nodata is not None:
        band.SetNoDataValue(nodata)
    band.WriteRaster(0, 0, z.shape[1], z.shape[0], np.ascontiguousarray(z, np.float32).tobytes())
    del band, data
    return str(path)


def save(
    path: Path, columns: dict[str, Any], order: Any = None, crs: str = f"EPSG:{EPSG}", corner: Any = (WEST, SOUTH),
    **more: Any,
) -> str:  # fmt: skip
    """A LAS 1.4 file of point format 6 whose offsets do not depend on what is in it."""
    import laspy

    from scree.core.clouds.crs import from_user
    from scree.core.clouds.output_header import new_header

    columns = columns | more
    header = new_header((0.001,) * 3, (*corner, 0.0), crs_wkt=from_user(crs))
    las = laspy.LasData(header)
    order = np.arange(len(columns["x"])) if order is None else order
    for name, values in columns.items():
        setattr(las, name, np.asarray(values)[order])
    las.write(str(path))
    return str(path)


def load(path: str | Path) -> Any:
    import laspy

    return laspy.read(str(path))


def records(path: str | Path) -> bytes:
    """Every byte of the point records."""
    from scree.core.clouds.las import LasSource

    return b"".join(chunk.array.tobytes() for _, chunk in LasSource(str(path)).records())


def augment(cloud: str | tuple[str, ...], dtm: str | tuple[str, ...], output: Path, **options: Any) -> Any:
    """Augment and read the result; the report is its attribute."""
    from scree.core.augmentation.job import augment_ground
    from scree.core.augmentation.options import AugmentOptions

    settings = {"max_memory": 1500, "threads": 2, "output": str(output), **options}
    report = augment_ground(
        AugmentOptions(
            inputs=(cloud,) if isinstance(cloud, str) else cloud,
            dtm=(dtm,) if isinstance(dtm, str) else dtm,
            **settings,
        )
    )
    las = load(output)
    las.report = report
    return las
