# SPDX-License-Identifier: GPL-2.0-or-later
"""The LAS header and its records, read and checked before any library opens the file.

A damaged header makes laspy loop for minutes (a record count of a thousand million) and lazrs panic;
here every number is compared with the size of the file first.
Layout: ASPRS LAS Specification 1.0 to 1.4 (R15).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from math import isfinite
from typing import BinaryIO

from ..errors import InputError
from ..jobs.disk import open_regular, read_from

HEADER_SIZE = (227, 227, 227, 235, 375)
"""Smallest header by minor version."""
LAST_FORMAT = (1, 1, 3, 5, 10)
"""The last point format by minor version."""
RECORD_LENGTH = (20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67)
"""Smallest point record by point format."""
LEAST_SCALE, MOST_SCALE, FARTHEST = 1e-12, 1e3, 1e12
"""Of scales and offsets, CRS units."""
MOST_STEPS = 2.0**52
"""From 0 to an offset: beyond, float64 does not tell the steps of its scale apart."""
LARGEST_HEADER = 1 << 25
LARGEST_EXTENDED_RECORD = 1 << 20
MOST_EXTENDED_RECORDS = 10_000

PROJECTION = "LASF_Projection"
Triple = tuple[float, float, float]
Bounds = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Record:
    """A variable length record (VLR, EVLR)."""

    user: str
    id: int
    description: bytes
    data: bytes
    complete: bool = True
    """False for an extended record of more than 1 MB: its data is left in the file."""
    field: bytes = b""
    """The 16 bytes of the user as they stand in the file; empty in a new record, which has those of ``user``."""


@dataclass(frozen=True)
class LasHeader:
    """What a LAS or LAZ file says of itself, and how many points it can really hold."""

    path: str
    size: int
    """Bytes of the file."""
    minor: int
    """Version 1.minor."""
    point_format: int
    record_length: int
    compressed: bool
    points_offset: int
    declared: int
    """Points, by the header."""
    points: int
    """Points present; of a LAZ file those declared."""
    scales: Triple
    offsets: Triple
    bounds: Bounds
    """minx, miny, minz, maxx, maxy, maxz, by the header."""
    records: tuple[Record, ...]
    extended: tuple[Record, ...]
    """Extended records (EVLR)."""
    block: bytes
    """The bytes of the public header."""
    notes: tuple[str, ...]
    modified: int = 0
    """When the file was last written, in nanoseconds."""

    def find(self, user: str, number: int) -> list[bytes]:
        """Data of the records of this user and number, VLR before EVLR."""
        return [r.data for r in (*self.records, *self.extended) if r.user == user and r.id == number]


def read_header(path: str) -> LasHeader:
    """Read and check the header of a LAS or LAZ file.

    Raises InputError, with the reason in one sentence, for a file no point can be read from.
    A damaged part that can be done without becomes a note.
    """
    with read_from(path), open_regular(path) as file:
        return _read(path, file, os.fstat(file.fileno()))


def _read(path: str, file: BinaryIO, status: os.stat_result) -> LasHeader:
    size = status.st_size
    block = file.read(HEADER_SIZE[-1])
    minor, header_size, points_offset = _check_start(path, block, size)
    block = block[:header_size]
    vlr_count, format_byte, record_length, declared = struct.unpack_from("<IBHI", block, 100)
    evlr_start, evlr_count = 0, 0
    if minor == 4:
        evlr_start, evlr_count, declared_14 = struct.unpack_from("<QIQ", block, 235)
        declared = declared_14 or declared
    compressed = bool(format_byte & 0x80)
    point_format = format_byte & 0x3F
    if point_format >= len(RECORD_LENGTH) or format_byte & 0x40:
        raise InputError(f"{path} has point format {format_byte}; the formats are 0 to 10: convert the file.")
    if record_length < RECORD_LENGTH[point_format]:
        raise InputError(
            f"{path} has point records of {record_length} bytes; those of point format {point_format} "
            f"have at least {RECORD_LENGTH[point_format]}: its header is damaged."
        )
    scales, offsets, bounds = _check_scaling(path, block)
    file.seek(header_size)
    records, notes = _records(file.read(points_offset - header_size), vlr_count)
    if minor < (first := least_minor(point_format)):
        notes += (f"is LAS 1.{minor} with point format {point_format}, which came with LAS 1.{first}",)
    points = declared
    if not compressed:
        end = _end_of_points(block, minor, points_offset, evlr_start if evlr_count else 0, size)
        points, differing = _present(declared, (end - points_offset) // record_length)
        notes += differing
    extended = _extended(file, size, evlr_start, evlr_count)
    return LasHeader(
        path, size, minor, point_format, record_length, compressed, points_offset, declared, points,
        scales, offsets, bounds, records, extended, block, notes, status.st_mtime_ns,
    )  # fmt: skip


def least_minor(point_format: int) -> int:
    """The LAS version, 1.minor, from which on a point format exists."""
    return next(minor for minor, last in enumerate(LAST_FORMAT) if point_format <= last)


def _check_start(path: str, block: bytes, size: int) -> tuple[int, int, int]:
    """Minor version, size of the header, offset of the points."""
    if not block:
        raise InputError(f"{path} has 0 bytes: copy it again.")
    if block[:4] != b"LASF":
        raise InputError(f"{path} does not begin with LASF, so it is no LAS or LAZ file: choose another.")
    if len(block) < HEADER_SIZE[0]:
        raise InputError(f"{path} has {size} bytes; a LAS header has at least {HEADER_SIZE[0]}: copy it again.")
    major, minor = block[24], block[25]
    if major != 1 or minor >= len(HEADER_SIZE):
        raise InputError(f"{path} is LAS {major}.{minor}; versions 1.0 to 1.4 are read: convert it.")
    header_size, points_offset = struct.unpack_from("<HI", block, 94)
    if not HEADER_SIZE[minor] <= header_size <= points_offset or len(block) < HEADER_SIZE[minor]:
        raise InputError(
            f"{path} says its header has {header_size} bytes and its points begin at byte {points_offset}; "
            f"a LAS 1.{minor} header has {HEADER_SIZE[minor]}: the file is damaged."
        )
    if points_offset > size:
        raise InputError(
            f"{path} is truncated: its points begin at byte {points_offset} and it has {size}: copy it again."
        )
    if points_offset > LARGEST_HEADER:
        raise InputError(f"{path} says its points begin at byte {points_offset}: its header is damaged.")
    return minor, header_size, points_offset


def _check_scaling(path: str, block: bytes) -> tuple[Triple, Triple, Bounds]:
    sx, sy, sz, ox, oy, oz, *limits = struct.unpack_from("<12d", block, 131)
    scales, offsets = (sx, sy, sz), (ox, oy, oz)
    if not all(LEAST_SCALE <= s <= MOST_SCALE for s in scales) or not all(abs(o) <= FARTHEST for o in offsets):
        raise InputError(
            f"{path} has scales {scales} and offsets {offsets}; scales must be from {LEAST_SCALE:g} to "
            f"{MOST_SCALE:g} and offsets at most {FARTHEST:g}: its header is damaged."
        )
    if any(abs(o) > MOST_STEPS * s for s, o in zip(scales, offsets, strict=True)):
        raise InputError(
            f"{path} has offsets {offsets}, too far for the steps of its scales {scales} to be told apart: write it "
            "with coarser scales."
        )
    if not all(map(isfinite, limits)):
        limits = [0.0] * 6
    return scales, offsets, (limits[1], limits[3], limits[5], limits[0], limits[2], limits[4])


def _end_of_points(block: bytes, minor: int, points_offset: int, evlr_start: int, size: int) -> int:
    """Byte where the points end: at what follows them by the header (extended records, waveforms), or with the file."""
    waveforms = struct.unpack_from("<Q", block, 227)[0] if minor >= 3 else 0
    return min([size, *(start for start in (evlr_start, waveforms) if points_offset <= start <= size)])


def _present(declared: int, room: int) -> tuple[int, tuple[str, ...]]:
    """Points to read, and a note where the header says another number than the file has room for."""
    if declared == room:
        return declared, ()
    if declared < room:
        return declared, (f"has room for {room:,} points, but its header says {declared:,}, and no more are read",)
    return room, (f"is truncated: its header says {declared:,} points, {room:,} are present",)


def _records(area: bytes, count: int) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """The VLRs between header and points: those that fit, whatever the header's count."""
    records: list[Record] = []
    at = 0
    while len(records) < count and at + 54 <= len(area):
        user, number, length, description = struct.unpack_from("<2x16sHH32s", area, at)
        if at + 54 + length > len(area):
            break
        data = area[at + 54 : at + 54 + length]
        records.append(Record(_text(user), number, description, data, field=user))
        at += 54 + length
    if len(records) == count:
        return tuple(records), ()
    return tuple(records), (f"says it has {count:,} variable length records, {len(records):,} are present",)


def _extended(file: BinaryIO, size: int, start: int, count: int) -> tuple[Record, ...]:
    records: list[Record] = []
    at = start
    for _ in range(min(count, MOST_EXTENDED_RECORDS)):
        if at <= 0 or at + 60 > size:
            break
        file.seek(at)
        user, number, length, description = struct.unpack("<2x16sHQ32s", file.read(60))
        at += 60 + length
        complete = length <= LARGEST_EXTENDED_RECORD and at <= size
        data = file.read(length) if complete else b""
        records.append(Record(_text(user), number, description, data, complete, user))
    return tuple(records)


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("ascii", "replace")
