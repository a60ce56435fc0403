# SPDX-License-Identifier: GPL-2.0-or-later
"""The CRS of GeoTIFF keys, as LAS 1.0 to 1.3 keep it.

Keys may name an EPSG code, define every parameter, or mix both; GDAL knows all of that, but only reads
keys from TIFF files.  So they are put into a TIFF of one pixel, in memory, and its CRS is asked for.
Layout: OGC GeoTIFF 1.1 (19-008r4); the three tags are LASF_Projection records of the same numbers.
"""

from __future__ import annotations

import struct
from typing import Any
from uuid import uuid4

DIRECTORY, DOUBLES, TEXTS = 34735, 34736, 34737
GEOGRAPHIC, PROJECTED = 2048, 3072
"""Keys without one of which there is no CRS."""
SHORT, ASCII, DOUBLE = 3, 2, 12
ONE_PIXEL = ((256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1))
"""Tags and values of a one-byte grayscale image whose pixel is at byte 8."""


def spatial_reference(directory: bytes, doubles: bytes, texts: bytes) -> Any:
    """``osr.SpatialReference`` of the keys, None where they name no CRS or GDAL makes nothing of them."""
    keys = {key for (key,) in struct.iter_unpack("<H6x", directory[: len(directory) // 8 * 8])}
    if not keys & {GEOGRAPHIC, PROJECTED}:
        return None
    from osgeo import gdal

    name = f"/vsimem/scree-{uuid4().hex}.tif"
    gdal.FileFromMemBuffer(name, _tiff(directory, doubles, texts))
    gdal.SetThreadLocalConfigOption("GTIFF_REPORT_COMPD_CS", "YES")
    try:
        image = gdal.Open(name)
        found = image.GetSpatialRef() if image is not None else None
        return found.Clone() if found is not None else None
    finally:
        gdal.SetThreadLocalConfigOption("GTIFF_REPORT_COMPD_CS", None)
        gdal.Unlink(name)


def _tiff(directory: bytes, doubles: bytes, texts: bytes) -> bytes:
    entries = [(tag, SHORT, 1, struct.pack("<H", value)) for tag, value in ONE_PIXEL]
    for tag, kind, size, data in (
        (DIRECTORY, SHORT, 2, directory), (DOUBLES, DOUBLE, 8, doubles), (TEXTS, ASCII, 1, texts),
    ):  # fmt: skip
        if len(data) >= size:
            entries.append((tag, kind, len(data) // size, data))
    content = b"\0\0"
    fields = b""
    for tag, kind, count, data in entries:
        if len(data) > 4:
            at = 8 + len(content)
            content += data + b"\0" * (len(data) % 2)
            data = struct.pack("<I", at)
        fields += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    start = struct.pack("<2sHI", b"II", 42, 8 + len(content))
    return start + content + struct.pack("<H", len(entries)) + fields + struct.pack("<I", 0)
