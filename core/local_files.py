# SPDX-License-Identifier: GPL-2.0-or-later
"""Only files of this computer are read: GDAL would also fetch what a name, or a file it opens, says is elsewhere.

Two fences: `require_local` refuses names of something elsewhere, also those inside virtual rasters and layers, with
one sentence; `offline` keeps GDAL from the network while it works, whatever other kinds of files name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

from .errors import InputError

ELSEWHERE = re.compile(
    r"(?!file:)\b[a-z][a-z0-9+.-]+://|/vsi(?:curl|s3|gs|az|adls|oss|swift|hdfs|webhdfs)", re.IGNORECASE
)
SERVICE = re.compile(
    r"(?:PG|PGEO|MYSQL|MSSQL|OCI|ODBC|HANA|MONGODBV3|WMS|WMTS|WCS|WFS3?|OAPIF|OGCAPI|CSW|ES|CARTO|AMIGOCLOUD|NGW|"
    r"PLSCENES|PLMOSAIC|EEDAI?|STACIT|STACTA|DAAS|RASDAMAN|JDBC|PostgreSQL|GEORASTER):(?=\S)",
    re.IGNORECASE,
)
"""Names by which GDAL's drivers ask a server."""

VIRTUAL = (b"<VRTDataset", b"<OGRVRTDataSource", b"<GDAL_WMS")
HEAD = 4096
TELLS = frozenset({"SRS", "LayerSRS", "TargetSRS", "SourceSRS", "MDI", "Metadata", "Description"})
"""Elements of a virtual raster or layer that describe, and name no source."""
SOURCES = frozenset({"SourceFilename", "SourceDataset", "SrcDataSource"})

OFFLINE = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "http://127.0.0.1:0",
    "GDAL_HTTP_MAX_RETRY": "0",
}
"""The one setting: no remote file has an allowed name, and every other request goes to a proxy that cannot be."""


def is_elsewhere(name: str) -> bool:
    """Whether a name given to GDAL is not that of a file of this computer."""
    return bool(ELSEWHERE.search(name) or SERVICE.match(name.strip()))


def require_local(name: str) -> None:
    """Raises InputError where ``name``, or what a virtual raster or layer of that name names, is elsewhere."""
    if is_elsewhere(name):
        raise InputError(
            f"{name[:200]} is not on this computer, and only files on this computer are read: download it."
        )
    _require_local_sources(name, set())


def _require_local_sources(path: str, seen: set[str]) -> None:
    if not _is_virtual(path) or os.path.realpath(path) in seen:
        return
    seen.add(os.path.realpath(path))
    for text, source in _names_in(path):
        if is_elsewhere(text):
            raise InputError(
                f"{path} names {text.strip()[:200]}, and only files on this computer are read: "
                "download that, and make a virtual file of what is here."
            )
        if source:
            _require_local_sources(source, seen)


def _is_virtual(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return any(mark in head for mark in VIRTUAL)


def _names_in(path: str) -> Iterator[tuple[str, str]]:
    """Every text and attribute that may name a source, and the path it is where it is the name of a source."""
    try:
        for _, element in ElementTree.iterparse(path):
            text = element.text or ""
            if element.tag not in TELLS:
                yield from ((value, "") for value in element.attrib.values())
                yield text, _source(path, element) if element.tag in SOURCES else ""
            element.clear()
    except (ElementTree.ParseError, OSError):  # whatever GDAL makes of it, it makes of it offline
        return


def _source(path: str, element: ElementTree.Element) -> str:
    name = (element.text or "").strip()
    relative = "1" in (element.get("relativeToVRT"), element.get("relativetoVRT"))
    return str(Path(path).parent / name) if relative else name


@contextmanager
def offline() -> Iterator[None]:
    """GDAL fetches nothing in this thread."""
    try:
        from osgeo import gdal
    except ImportError:
        import rasterio

        with rasterio.Env(**OFFLINE):
            yield
        return
    asked = getattr(gdal, "GetThreadLocalConfigOption", lambda key: None)  # older versions lack it
    before = {key: asked(key) for key in OFFLINE}
    for key, value in OFFLINE.items():
        gdal.SetThreadLocalConfigOption(key, value)
    try:
        yield
    finally:
        for key, old in before.items():
            gdal.SetThreadLocalConfigOption(key, old)
