# SPDX-License-Identifier: GPL-2.0-or-later
"""Headers of the clouds we write: of copies, all that still holds of the inputs; of new ones, the least."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np

from ..errors import InputError, OptionError
from .chunk import Triple
from .crs import WKT_RECORD, as_wkt1
from .former_header import remembered
from .header import PROJECTION, LasHeader, Record, least_minor
from .packages import package
from .records import EXTRA_BYTES, texts_of
from .source import Source

SOFTWARE = "Scree"
EPOCH = date(2000, 1, 1)
"""Creation date of new clouds: today's would make equal results differ."""
NOT_COPIED = {("laszip encoded", 22204), ("copc", 1), ("copc", 10000), ("copc", 1000)}
"""Records that tell how the input was stored."""
RECORD_SIGNATURE, POINTS_SIGNATURE = 0xAABB, b"\xdd\xcc"
"""What LAS 1.0 has before every record and before the points."""


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


def copied_header(
    sources: Sequence[Source],
    extra: Sequence[ExtraDimension] = (),
    crs_wkt: str | None = None,
    *,
    undoable: bool = False,
) -> Any:
    """A ``laspy.LasHeader`` for copies of points of these sources, with dimensions added.

    Point format, records and CRS (unless another ``crs_wkt`` is given) are those of the first source,
    scales the finest of all, offsets those of the first; an added dimension replaces an equal-named one.
    With ``undoable``, ``former_header`` finds in the copy the header the first source had.
    Raises InputError if point formats or extra bytes differ.
    """
    header = _begun(sources, crs_wkt, undoable)
    _describe(header, sources[0], extra)
    _join_descriptions(header)
    return header


def restored_header(sources: Sequence[Source], crs_wkt: str | None = None) -> Any:
    """As ``copied_header`` with nothing added, but the first source's software and descriptions of extra bytes stay.

    Other copies have these descriptions joined in one, for most programs read but one.
    """
    first = sources[0]
    if first.header is None:
        return copied_header(sources, (), crs_wkt)
    header = _begun(sources, crs_wkt, undoable=False)
    header.point_format.dimensions.extend(first.point_format.extra_dimensions)
    header.generating_software = first.header.block[58:90].split(b"\0")[0]
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


def write_records(reserved: int, records: Any, stream: Any, as_extended: bool = False, **_: Any) -> None:
    """Write records (a ``laspy.VLRList``) as its own ``write_to`` does, but texts to the last byte of their fields.

    Users that are no ASCII have the bytes ``_vlr`` laid beside their name.
    """
    layout = "<H16sHQ32s" if as_extended else "<H16sHH32s"
    for record in records:
        data, text = record.record_data_bytes(), record.description
        user, text = record.user_id.encode("ascii", "replace"), text if isinstance(text, bytes) else text.encode()
        user = getattr(record, "field", b"") or user
        stream.write(struct.pack(layout, reserved, user, record.record_id, len(data), text) + data)


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


def _begun(sources: Sequence[Source], crs_wkt: str | None, undoable: bool) -> Any:
    """A header with the records of the first source, which knows no extra dimension yet."""
    first = sources[0]
    for source in sources[1:]:
        if source.point_format != first.point_format:
            raise InputError(
                f"{first.path} has {_formats(first)} and {source.path} has {_formats(source)}; "
                "points written to one file must be alike: convert the inputs to one point format."
            )
    other_crs = crs_wkt is not None and crs_wkt != first.crs_wkt
    original = first.header
    if undoable and original is not None:
        original = remembered(original, other_crs and len(sources) == 1)
    minor = 4 if other_crs or original is None else max(2, original.minor, least_minor(first.point_format.id))
    header = _fresh(minor, first.point_format.id, original)
    if other_crs:
        header.vlrs = [vlr for vlr in header.vlrs if vlr.user_id != PROJECTION]
        if header.evlrs:
            header.evlrs[:] = [vlr for vlr in header.evlrs if vlr.user_id != PROJECTION]
        _set_crs(header, str(crs_wkt))
    header.scales = np.array([min(source.scales[axis] for source in sources) for axis in range(3)])
    header.offsets = np.array(first.offsets)
    return header


def _join_descriptions(header: Any) -> None:
    """Put the one description of all extra bytes where the first of the input was."""
    made = header.vlrs.extract("ExtraBytesVlr")
    kinds = [(vlr.user_id, vlr.record_id) for vlr in header.vlrs]
    at = kinds.index(EXTRA_BYTES) if EXTRA_BYTES in kinds else len(kinds)
    header.vlrs[at:] = [*made, *_without_descriptions(header.vlrs[at:])]
    if header.evlrs:
        header.evlrs[:] = _without_descriptions(header.evlrs)


def _without_descriptions(vlrs: Iterable[Any]) -> list[Any]:
    return [vlr for vlr in vlrs if (vlr.user_id, vlr.record_id) != EXTRA_BYTES]


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
    # Those outside lie in a file that can be laid beside the copy.
    header.global_encoding.waveform_data_packets_internal = False
    header.system_identifier = system.split(b"\0")[0]
    header.creation_date = creation_date(original)
    header.vlrs = [_vlr(record) for record in original.records if (record.user, record.id) not in NOT_COPIED]
    if original.minor == 0 and minor == 2:
        header.extra_vlr_bytes = POINTS_SIGNATURE
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
    """A ``laspy.VLR``, which must have an ASCII user; ``field`` are the bytes that are written (``write_records``)."""
    user = record.user.encode("ascii", "replace").decode()
    vlr = package("laspy").VLR(user, record.id, record.description, record.data)
    vlr.field = record.field
    return vlr


def _describe(header: Any, source: Source, extra: Sequence[ExtraDimension]) -> None:
    added = {dimension.name for dimension in extra}
    for dimension in source.point_format.extra_dimensions:
        if dimension.name not in added:
            header.point_format.dimensions.append(dimension)
    _extend(header, extra)
    texts = {} if source.header is None else texts_of(source.header)
    for vlr in header.vlrs.get("ExtraBytesVlr"):
        for dimension, structure in zip(header.point_format.extra_dimensions, vlr.extra_bytes_structs, strict=True):
            if dimension.name in texts and dimension.name not in added:
                structure.name, structure.description = texts[dimension.name]


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
