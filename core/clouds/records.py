# SPDX-License-Identifier: GPL-2.0-or-later
"""Point records: which dimensions a LAS file has, and columns out of packed records.

Extra bytes are described by the LASF_Spec record 4 of the ASPRS LAS Specification 1.4, section 2.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np

from .chunk import Column
from .header import RECORD_LENGTH, LasHeader
from .packages import package

EXTRA_BYTES = ("LASF_Spec", 4)
TEXT_BYTES = 32
"""Of the name of an extra dimension, and of its description."""
EXTRA_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")
SCAN_ANGLE_STEP = 0.006
"""Degrees a step of the 16-bit scan angle of point formats 6 to 10."""
LAYERS_OF = {
    "classification": "CLASSIFICATION", "intensity": "INTENSITY", "user_data": "USER_DATA",
    "scan_angle": "SCAN_ANGLE", "point_source_id": "POINT_SOURCE_ID", "gps_time": "GPS_TIME",
    "red": "RGB", "green": "RGB", "blue": "RGB", "nir": "NIR",
    "synthetic": "FLAGS", "key_point": "FLAGS", "withheld": "FLAGS", "overlap": "FLAGS",
    "scan_direction_flag": "FLAGS", "edge_of_flight_line": "FLAGS",
    "return_number": "Z", "number_of_returns": "Z", "scanner_channel": "Z",
}  # fmt: skip
"""What lazrs must decode for a dimension; returns come with x and y, z is always wanted.
What is not here is the wave packet or extra bytes."""
WAVE_PACKET = {
    "wavepacket_index", "wavepacket_offset", "wavepacket_size", "return_point_wave_location", "x_t", "y_t", "z_t",
}  # fmt: skip


def point_format(header: LasHeader) -> tuple[Any, tuple[str, ...]]:
    """The ``laspy.PointFormat`` of a file, extra bytes included, and notes about damaged descriptions.

    It always fills the record: bytes without description become the dimension ``ExtraBytes``.
    """
    laspy = package("laspy")
    found = laspy.PointFormat(header.point_format)
    room = header.record_length - RECORD_LENGTH[header.point_format]
    notes: list[str] = []
    for description in _descriptions(header):
        params, size = _extra_dimension(description, {d.name for d in found.dimensions})
        if not 0 < size <= room:
            notes.append(f"describes extra bytes ({params.name}) for which its point records have no room")
            return _filled(found, room, notes)
        _add(found, params)
        room -= size
    return _filled(found, room, notes)


def texts_of(header: LasHeader) -> dict[str, tuple[bytes, bytes]]:
    """Name and description, as they stand in the file, of the extra dimensions where these are no UTF-8."""
    found = {d.name for d in package("laspy").PointFormat(header.point_format).dimensions}
    texts = {}
    for description in _descriptions(header):
        params, _ = _extra_dimension(description, found)
        found.add(params.name)
        name, text = (description[at : at + TEXT_BYTES].split(b"\0")[0] for at in (4, 160))
        if (name, text) != (decoded(name).encode(), decoded(text).encode()):
            texts[params.name] = name, text
    return texts


def _descriptions(header: LasHeader) -> Iterator[bytes]:
    for data in header.find(*EXTRA_BYTES):
        for at in range(0, len(data) - 191, 192):
            yield data[at : at + 192]


def _extra_dimension(description: bytes, used: set[str]) -> tuple[Any, int]:
    """laspy's parameters for one description, and its size in bytes."""
    kind, options, raw_name, no_data, scales, offsets, text = struct.unpack("<2xBB32s4x24s48x24s24s32s", description)
    name = stem = decoded(raw_name) or "ExtraBytes"
    tail = ""
    while name in used:
        tail += "_"
        name = _cut(stem, TEXT_BYTES - len(tail)) + tail
    params: dict[str, Any] = {"description": decoded(text)}
    if kind == 0:  # undescribed bytes: their number stands in place of the options
        return package("laspy").ExtraBytesParams(name, f"{max(options, 1)}u1", **params), options
    many, base = divmod(kind - 1, 10)
    many += 1
    if many > 3:
        return package("laspy").ExtraBytesParams(name, "u1"), 0
    dtype = np.dtype(EXTRA_TYPES[base])
    if options & 1:
        params["no_data"] = np.frombuffer(no_data, _wide(dtype))[:many].astype(dtype)
    if options & 24:
        params["scales"] = np.frombuffer(scales, "<f8")[:many] if options & 8 else np.ones(many)
        params["offsets"] = np.frombuffer(offsets, "<f8")[:many] if options & 16 else np.zeros(many)
    return package("laspy").ExtraBytesParams(name, f"{many}{dtype.str[1:]}", **params), many * dtype.itemsize


def decoded(field: bytes) -> str:
    """A text up to its first 0: UTF-8, else each byte a letter (Latin-1); at most 32 bytes of UTF-8, as laspy asks."""
    text = field.split(b"\0")[0]
    try:
        return text.decode()
    except UnicodeDecodeError:
        return _cut(text.decode("latin-1"), TEXT_BYTES)


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _wide(dtype: np.dtype[Any]) -> str:
    """Type in which a description keeps its limits."""
    return {"u": "<u8", "i": "<i8", "f": "<f8"}[dtype.kind]


def _filled(found: Any, room: int, notes: list[str]) -> tuple[Any, tuple[str, ...]]:
    if room:
        name = "ExtraBytes"
        while name in found.dimension_names:
            name += "_"
        _add(found, package("laspy").ExtraBytesParams(name, f"{room}u1"))
    return found, tuple(notes)


def _add(found: Any, params: Any) -> None:
    """Append an extra dimension; laspy's own way refuses more than three values a point."""
    laspy = package("laspy")
    found.dimensions.append(laspy.DimensionInfo.from_extra_bytes_param(params))


def dimensions(found: Any) -> dict[str, np.dtype[Any]]:
    """Dimensions with one value a point, and the type of their columns."""
    columns: dict[str, np.dtype[Any]] = {}
    for dimension in found.dimensions:
        if dimension.name in ("X", "Y", "Z") or dimension.num_elements > 1:
            continue
        if dimension.name in ("scan_angle", "scan_angle_rank"):
            columns["scan_angle"] = np.dtype(np.float32)
        elif dimension.dtype is None:
            columns[dimension.name] = np.dtype(np.uint8)
        else:
            columns[dimension.name] = np.dtype(np.float64) if dimension.is_scaled else dimension.dtype
    return {"x": np.dtype(np.float64), "y": np.dtype(np.float64), "z": np.dtype(np.float64), **columns}


def column(records: Any, name: str, dtype: np.dtype[Any]) -> Column:
    """A dimension of a ``laspy.PackedPointRecord`` as an array of its own; scan angles in degrees."""
    if name == "scan_angle":
        if name in records.array.dtype.names:
            return np.asarray(records.array[name] * np.float32(SCAN_ANGLE_STEP), dtype)
        name = "scan_angle_rank"
    return np.array(records[name], dtype=dtype)


def selection(names: list[str]) -> int:
    """The layers lazrs must decode for these dimensions besides the coordinates."""
    lazrs = package("lazrs")
    flags = int(lazrs.SELECTIVE_DECOMPRESS_Z)
    for name in names:
        layer = LAYERS_OF.get(name, "WAVEPACKET" if name in WAVE_PACKET else "ALL_EXTRA_BYTES")
        flags |= int(getattr(lazrs, f"SELECTIVE_DECOMPRESS_{layer}"))
    return flags
