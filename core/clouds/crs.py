# SPDX-License-Identifier: GPL-2.0-or-later
"""Coordinate reference systems as WKT2 text: read from cloud files, compared, described.

They are handled by osgeo.osr, which every QGIS has.  '' stands for an unknown CRS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from . import geokeys
from .header import PROJECTION, LasHeader

WKT_RECORD = 2112
EARTH = 6_371_000.0
"""Metres of a radian on the ground, at the equator."""
ADDRESS = re.compile(r"https?://(?!(?:www\.)?opengis\.net/def/crs)", re.IGNORECASE)
SAME = ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS"]


class Unit(NamedTuple):
    """A unit of length or angle; ``factor`` is its size in metres or radians."""

    name: str
    factor: float


def from_records(header: LasHeader) -> tuple[str, tuple[str, ...]]:
    """WKT2 of a LAS file's CRS, its vertical part included, and notes about records that say nothing.

    The WKT record goes before GeoTIFF keys.
    """
    notes: list[str] = []
    for data in header.find(PROJECTION, WKT_RECORD):
        text = data.split(b"\0")[0].decode("utf-8", "replace").strip()
        if text:
            wkt = _wkt(_from_text(text))
            if wkt:
                return wkt, ()
            notes.append("has a WKT record that names no CRS")
    keys = [header.find(PROJECTION, tag)[:1] for tag in (geokeys.DIRECTORY, geokeys.DOUBLES, geokeys.TEXTS)]
    if keys[0]:
        with _quiet():
            wkt = _wkt(geokeys.spatial_reference(*(data[0] if data else b"" for data in keys)))
        if wkt:
            return wkt, ()
        notes.append("has GeoTIFF keys that name no CRS")
    return "", tuple(notes)


def from_user(text: str) -> str:
    """WKT2 of what a user typed: 'EPSG:2154', 'EPSG:2154+5720', WKT, PROJ; '' for ''.  Raises OptionError."""
    if not text.strip():
        return ""
    wkt = _wkt(_from_text(text.strip()))
    if not wkt:
        raise OptionError(f"The CRS '{text}' is not known; give a code such as EPSG:2154, or WKT.")
    return wkt


def is_geographic(wkt: str) -> bool:
    """True if x and y are degrees."""
    return bool(wkt) and bool(_reference(wkt).IsGeographic())


def is_geocentric(wkt: str) -> bool:
    """True if x, y and z run from the center of the earth."""
    return bool(wkt) and bool(_reference(wkt).IsGeocentric())


def horizontal_unit(wkt: str) -> Unit:
    """Unit of x and y; ('unknown', 1) without CRS."""
    if not wkt:
        return Unit("unknown", 1.0)
    reference = _reference(wkt)
    if reference.IsGeographic():
        return Unit(reference.GetAngularUnitsName(), reference.GetAngularUnits())
    return Unit(reference.GetLinearUnitsName(), reference.GetLinearUnits())


def metres_in_unit(wkt: str) -> float:
    """Metres in a unit of x and y, at the equator if that is a degree; 1 where it is unknown."""
    return horizontal_unit(wkt).factor * (EARTH if is_geographic(wkt) else 1.0)


def vertical_unit(wkt: str) -> Unit:
    """Unit of z: that of the vertical CRS, else that of x and y, else metres."""
    if not wkt:
        return Unit("unknown", 1.0)
    reference = _reference(wkt)
    if reference.IsCompound():
        factor = reference.GetTargetLinearUnits("COMPD_CS|VERT_CS")
        name = reference.GetAttrValue("COMPD_CS|VERT_CS|UNIT") or "unknown"
        return Unit(name, factor)
    return Unit("metre", 1.0) if reference.IsGeographic() else horizontal_unit(wkt)


def same_crs(first: str, second: str) -> bool:
    """Whether coordinates mean the same in both: the order of axes, names and small print aside.

    The vertical parts are compared only if both have one.
    """
    a, b = _reference(first), _reference(second)
    if a.IsCompound() and b.IsCompound() and vertical_unit(first).factor != vertical_unit(second).factor:
        return False
    if not (a.IsCompound() and b.IsCompound()):
        a.StripVertical()
        b.StripVertical()
    return bool(a.IsSame(b, SAME)) or (_code(a) != "" and _code(a) == _code(b))


def to_degrees(wkt: str, places: Sequence[tuple[float, float]]) -> NDArray[np.float64] | None:
    """Longitude and latitude (WGS 84) of positions, [n, 2]; None where they have none."""
    from osgeo import osr

    degrees = osr.SpatialReference()
    with _quiet():
        degrees.ImportFromEPSG(4326)
        horizontal = _reference(wkt).Clone()
        horizontal.StripVertical()
        for reference in (horizontal, degrees):
            reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        try:
            found = osr.CoordinateTransformation(horizontal, degrees).TransformPoints(list(places))
        except RuntimeError:
            return None
    there = np.array(found, np.float64)[:, :2]
    return there if np.isfinite(there).all() else None


def as_wkt1(wkt: str) -> str:
    """The older WKT LAS 1.4 asks for; unchanged where it cannot say the same."""
    with _quiet():
        return str(_reference(wkt).ExportToWkt(["FORMAT=WKT1_GDAL"]) or wkt)


def describe(wkt: str) -> str:
    """A CRS in a message: its name, and its code if it has one."""
    if not wkt:
        return "no CRS"
    reference = _reference(wkt)
    code = _code(reference)
    return f"{reference.GetName()} ({code})" if code else str(reference.GetName())


def _from_text(text: str) -> Any:
    """None too for an address: GDAL would fetch it, and a file may be what says it."""
    from osgeo import osr

    if ADDRESS.match(text):
        return None
    reference = osr.SpatialReference()
    with _quiet():
        try:
            failed = reference.SetFromUserInput(text)
        except RuntimeError:
            return None
    return None if failed else reference


def _reference(wkt: str) -> Any:
    reference = _from_text(wkt)
    if reference is None:
        raise OptionError(f"The CRS '{wkt[:80]}' is not known; give a code such as EPSG:2154, or WKT.")
    return reference


def _code(reference: Any) -> str:
    code = reference.GetAuthorityCode(None)
    return f"{reference.GetAuthorityName(None)}:{code}" if code else ""


def _wkt(reference: Any) -> str:
    """WKT2; '' for a CRS that is tied to no place on earth."""
    if reference is None or not (reference.IsProjected() or reference.IsGeographic() or reference.IsGeocentric()):
        return ""
    with _quiet():
        if reference.IsCompound() and reference.GetAttrValue("COMPD_CS|VERT_CS") == "unknown":
            if reference.GetTargetLinearUnits("COMPD_CS|VERT_CS") == reference.GetLinearUnits():
                reference.StripVertical()  # it says nothing the horizontal part does not say
        return _without_false_code(reference, str(reference.ExportToWkt(["FORMAT=WKT2_2019"]) or ""))


def _without_false_code(reference: Any, wkt: str) -> str:
    """Drop the code of a projected CRS whose unit is not that of the file.

    LAStools writes EPSG:26995 (metres) beside "unit: US survey foot"; whoever looks up the code later
    would take feet for metres.
    """
    horizontal = reference.Clone()
    horizontal.StripVertical()
    code = horizontal.GetAuthorityCode(None)
    if code and horizontal.IsProjected():
        registered = _from_text(_code(horizontal))
        if registered is not None and abs(registered.GetLinearUnits() / horizontal.GetLinearUnits() - 1) > 1e-7:
            return wkt.replace(f',ID["{horizontal.GetAuthorityName(None)}",{code}]]', "]", 1)
    return wkt


@contextmanager
def _quiet() -> Iterator[None]:
    """GDAL's messages kept off stderr: what they would say becomes a note."""
    from osgeo import gdal

    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
