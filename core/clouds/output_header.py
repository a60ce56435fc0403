# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers of the clouds we write: of copies, all that still holds of the inputs; of new ones, the least."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from ..errors import InputError, OptionError
from .chunk import Triple
from .crs import WKT_RECORD, as_wkt1
from .header import PROJECTION, LasHeader, Record
from .packages import package
from .records import EXTRA_BYTES
from .source import Source

SOFTWARE = "Scree"
EPOCH = date(2000, 1, 1)
"""Creation date of new clouds: today's would make equal results differ."""
NOT_COPIED = {("laszip encoded", 22204), ("copc", 1), ("copc", 10000), ("copc", 1000), EXTRA_BYTES}
"""Records that tell how the input was stored."""


@dataclass(frozen=True)
class ExtraDimension:
    """A dimension to add: ``dtype`` one of u1 i1 u2 i2 u4 i4 u8 i8 f4 f8."""

    name: str
    dtype: str
    description: str = ""

    def __post_init__(self) -> None:
        for what, text in (("name", self.name), ("description", self.description)):
            if len(text.encode()) > 32:
                raise OptionError(f"The {what} '{text}' of an extra dimension has over 32 bytes: shorten it.")


def copied_header(sources: Sequence[Source], extra: Sequence[ExtraDimension] = (), crs_wkt: str | None = None) -> Any:
    """A ``laspy.LasHeader`` for copies of points of these sources, with dimensions added.

    Point format, records and CRS (unless another ``crs_wkt`` is given) are those of the first source,
    scales the finest of all, offsets those of the first; an added dimension replaces an equal-named one.
    Raises InputError if point formats or extra bytes differ.
    """
    first = sources[0]
    for source in sources[1:]:
        if source.point_format != first.point_format:
            raise InputError(
                f"{first.path} has {_formats(first)} and {source.path} has {_formats(source)}; "
                "points written to one file must be alike: convert the inputs to one point format."
            )
    other_crs = crs_wkt is not None and crs_wkt != first.crs_wkt
    minor = 4 if other_crs or first.header is None else max(2, first.header.minor)
    header = _fresh(minor, first.point_format.id, first.header)
    if other_crs:
        header.vlrs = [vlr for vlr in header.vlrs if vlr.user_id != PROJECTION]
        if header.evlrs:
            header.evlrs[:] = [vlr for vlr in header.evlrs if vlr.user_id != PROJECTION]
        _set_crs(header, str(crs_wkt))
    _describe(header, first, extra)
    header.scales = np.array([min(source.scales[axis] for source in sources) for axis in range(3)])
    header.offsets = np.array(first.offsets)
    return header


def new_header(
    scales: Triple, offsets: Triple, *, crs_wkt: str = "", point_format: int = 6, extra: Sequence[ExtraDimension] = ()
) -> Any:
    """A ``laspy.LasHeader`` of LAS 1.4 for new points."""
    header = _fresh(4, point_format, None)
    _set_crs(header, crs_wkt)
    _extend(header, extra)
    header.scales, header.offsets = np.array(scales), np.array(offsets)
    return header


def _set_crs(header: Any, crs_wkt: str) -> None:
    header.global_encoding.wkt = True
    if crs_wkt:
        header.vlrs.append(_vlr(Record(PROJECTION, WKT_RECORD, b"", as_wkt1(crs_wkt).encode() + b"\0")))


def count_records(header: Any, records: Any) -> None:
    """Add written records (a ``laspy.PackedPointRecord``) to the bounds and counts of a ``laspy.LasHeader``.

    laspy's own ``grow`` looks through the whole records for each number and sorts them by return: that takes as long
    as writing them.
    """
    for axis, name in enumerate("XYZ"):
        steps = np.ascontiguousarray(records.array[name])
        low, high = (end * header.scales[axis] + header.offsets[axis] for end in (steps.min(), steps.max()))
        header.mins[axis], header.maxs[axis] = min(header.mins[axis], low), max(header.maxs[axis], high)
    returns = np.bincount(records.return_number, minlength=1 + len(header.number_of_points_by_return))
    header.number_of_points_by_return += returns[1:].astype(np.uint64)
    header.point_count += len(records)


def not_copied(source: Source) -> tuple[str, ...]:
    """What of a source copies of its points lack, as sentences."""
    notes: list[str] = []
    extended = source.header.extended if source.header else ()
    lost = [r for r in extended if not r.complete and (r.user, r.id) not in NOT_COPIED]
    if lost:
        notes.append(f"{source.path} has {len(lost)} extended records of over 1 MB that are not copied.")
    if source.point_format.has_waveform_packet:
        notes.append(f"{source.path} has waveforms: the points are copied, the waveforms they refer to are not.")
    return tuple(notes)


def _formats(source: Source) -> str:
    extra = ", ".join(source.point_format.extra_dimension_names)
    return f"point format {source.point_format.id}" + (f" with {extra}" if extra else "")


def _fresh(minor: int, point_format: int, original: LasHeader | None) -> Any:
    laspy = package("laspy")
    header = laspy.LasHeader(version=f"1.{minor}", point_format=point_format)
    header.generating_software = SOFTWARE
    header.evlrs = None
    header.creation_date = EPOCH
    if original is None:
        return header
    source_id, encoding, uuid, system = struct.unpack_from("<HH16s2x32s", original.block, 4)
    header.file_source_id, header.uuid = source_id, UUID(bytes_le=uuid)
    header.global_encoding.value = encoding
    header.system_identifier = system.split(b"\0")[0]
    header.creation_date = creation_date(original)
    header.vlrs = [_vlr(record) for record in original.records if (record.user, record.id) not in NOT_COPIED]
    if minor == 4:
        kept = [r for r in original.extended if r.complete and (r.user, r.id) not in NOT_COPIED]
        header.evlrs = laspy.vlrs.vlrlist.VLRList(map(_vlr, kept))
    return header


def creation_date(header: LasHeader) -> date:
    """The day a file was made, by its header; EPOCH where that says none."""
    day, year = struct.unpack_from("<HH", header.block, 90)
    try:
        return date.fromordinal(date(year, 1, 1).toordinal() + max(day, 1) - 1)
    except (ValueError, OverflowError):
        return EPOCH


def _vlr(record: Record) -> Any:
    return package("laspy").VLR(record.user, record.id, record.description.split(b"\0")[0], record.data)


def _describe(header: Any, source: Source, extra: Sequence[ExtraDimension]) -> None:
    added = {dimension.name for dimension in extra}
    for dimension in source.point_format.extra_dimensions:
        if dimension.name not in added:
            header.point_format.dimensions.append(dimension)
    _extend(header, extra)


def _extend(header: Any, extra: Sequence[ExtraDimension]) -> None:
    laspy = package("laspy")
    for dimension in extra:
        if dimension.name in header.point_format.dimension_names or dimension.name in ("x", "y", "z"):
            raise OptionError(f"{dimension.name} is a dimension every such cloud has: give the new one another name.")
        header.point_format.add_extra_dimension(
            laspy.ExtraBytesParams(dimension.name, dimension.dtype, dimension.description)
        )
    header.vlrs = list(header.vlrs)  # describes the extra dimensions
    for vlr in header.vlrs.get("ExtraBytesVlr"):
        for structure in vlr.extra_bytes_structs:
            structure.options &= ~6 if structure.data_type else 255  # laspy's extremes are of first values only
