# SPDX-License-Identifier: GPL-2.0-or-later
"""LAZ: the LASzip record and chunk table checked before lazrs sees them, and points decoded by chunk.

lazrs panics (an exception past ``except Exception``, printed on stderr) where a chunk table is
missing, and allocates what a damaged table asks for; so every number it will trust is compared with
the file here.  Decoding whole chunks from bytes is as fast as its own file reader, uses both cores,
and lets each chunk be checked.
Layout: M. Isenburg, LASzip: lossless compression of LiDAR data (2013), and the LASzip sources.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import BinaryIO

from ..errors import InputError
from ..jobs.disk import open_regular, read_from
from .header import LasHeader
from .packages import package

POINTWISE, CHUNKED, LAYERED = 1, 2, 3
VARIABLE = 0xFFFFFFFF
ITEM_SIZE = {6: 20, 7: 8, 8: 6, 9: 29, 10: 30, 11: 6, 12: 8, 13: 29}
LAYERS = {10: 9, 11: 1, 12: 2, 13: 1}
"""Separately compressed layers of an item of LAS 1.4; item 14, extra bytes, has one a byte."""
ITEMS = ((6,), (6, 7), (6, 8), (6, 7, 8), (6, 7, 9), (6, 7, 8, 9), (10,), (10, 11), (10, 12), (10, 13), (10, 12, 13))
"""Items of a point by point format; extra bytes follow as item 0 or 14."""
LARGEST_CHUNK = 1 << 19
"""Chunks of more points are decoded in sequence, on one core, instead of being held whole."""

Entry = tuple[int, int]
"""Points and bytes of a chunk."""


@dataclass(frozen=True)
class Layout:
    """How the points of a LAZ file are compressed."""

    record: bytes
    """The LASzip record as lazrs gets it."""
    layers: int
    """Compressed layers of a chunk; 0 in the point formats 0 to 5."""
    chunks: tuple[Entry, ...]
    in_sequence: bool
    """One chunk, or chunks too large to hold."""


def read_layout(header: LasHeader) -> tuple[LasHeader, Layout]:
    """Check the compression of a LAZ file; the header comes back with the points that are present.

    Raises InputError.
    """
    path = header.path
    found = header.find("laszip encoded", 22204)
    if not found or len(found[0]) < 34:
        raise InputError(f"{path} is marked as compressed and has no LASzip record: the file is damaged.")
    record = found[0]
    compressor, coder, chunk_size = struct.unpack_from("<HH8xI", record)
    if compressor not in (POINTWISE, CHUNKED, LAYERED) or coder != 0:
        raise InputError(
            f"{path} is compressed by LASzip compressor {compressor} with coder {coder}; compressors 1 to 3 "
            "with coder 0 exist: the file is damaged."
        )
    layers = _check_items(header, record, compressor)
    chunk_size = chunk_size or VARIABLE  # some writers of COPC say 0
    if compressor == POINTWISE:
        # The chunk size, which has no meaning here and often is 0, makes lazrs look for a chunk table.
        record = record[:12] + struct.pack("<I", max(1, min(header.points, VARIABLE - 1))) + record[16:]
        return header, Layout(record, 0, ((header.points, header.size - header.points_offset),), True)
    if header.points == 0:
        return _with_unread(header, record, chunk_size), Layout(record, layers, (), False)
    chunks = _read_table(header, record, chunk_size)
    if chunk_size == VARIABLE:
        header = _with_points(header, sum(points for points, _ in chunks))
    else:
        header, chunks = _with_counts(header, chunks, chunk_size)
    largest = max(points for points, _ in chunks)
    return header, Layout(record, layers, chunks, largest > LARGEST_CHUNK)


def _check_items(header: LasHeader, record: bytes, compressor: int) -> int:
    """The items must be those of the point format, in versions lazrs knows; returns the layers of a chunk."""
    path, count = header.path, struct.unpack_from("<H", record, 32)[0]
    if len(record) < 34 + 6 * count:
        raise InputError(f"{path} has a LASzip record too short for its {count} items: the file is damaged.")
    items = [struct.unpack_from("<HHH", record, 34 + 6 * i) for i in range(count)]
    layered = header.point_format >= 6
    extra = header.record_length - sum(ITEM_SIZE[kind] for kind in ITEMS[header.point_format])
    wanted = [(kind, ITEM_SIZE[kind]) for kind in ITEMS[header.point_format]]
    if extra:
        wanted.append((14 if layered else 0, extra))
    if [(kind, size) for kind, size, _ in items] != wanted or layered != (compressor == LAYERED):
        raise InputError(
            f"{path} compresses the items {[kind for kind, _, _ in items]} by compressor {compressor}; "
            f"point format {header.point_format} has {[kind for kind, _ in wanted]}: the file is damaged."
        )
    versions = (3,) if layered else (1, 2)
    for kind, _, version in items:
        if version not in versions:
            raise InputError(
                f"{path} is compressed with version {version} of LASzip item {kind}; "
                f"version {' and '.join(map(str, versions))} can be read: convert it to LAS with LAStools or PDAL."
            )
    return sum(LAYERS.get(kind, size) for kind, size, _ in items) if layered else 0


def _read_table(header: LasHeader, record: bytes, chunk_size: int) -> tuple[Entry, ...]:
    """Points (0 where the chunk size is fixed) and bytes of every chunk."""
    lazrs, path, first = package("lazrs"), header.path, header.points_offset + 8
    with read_from(path), open_regular(path) as file:
        table = _table_offset(file, header)
        if table + 8 > header.size:
            raise InputError(
                f"{path} is truncated: its chunk table begins at byte {table:,} and it has {header.size:,}: "
                "copy it again."
            )
        file.seek(table)
        count = struct.unpack("<4xI", file.read(8))[0]
        if not 0 < count <= (table - first) // header.record_length:
            raise InputError(f"{path} has a table of {count:,} chunks, which its size excludes: the file is damaged.")
        file.seek(table)
        with decoding(path, "its chunk table"):
            chunks = tuple(lazrs.read_chunk_table_only(file, lazrs.LazVlr(record)))
    longest = header.record_length if header.point_format < 6 else header.record_length + 4
    if any(size < longest for _, size in chunks) or sum(size for _, size in chunks) > table - first:
        raise InputError(f"{path} has a chunk table that does not agree with its size: the file is damaged.")
    if chunk_size == VARIABLE and not all(0 < points < VARIABLE for points, _ in chunks):
        raise InputError(f"{path} has a chunk without points in its chunk table: the file is damaged.")
    return chunks


def _table_offset(file: BinaryIO, header: LasHeader) -> int:
    """Where the chunk table begins: said before the first point or, by streaming writers, at the end."""
    for at in (header.points_offset, header.size - 8):
        if header.points_offset <= at <= header.size - 8:
            file.seek(at)
            (table,) = struct.unpack("<q", file.read(8))
            if table > header.points_offset:
                return int(table)
    raise InputError(f"{header.path} is truncated: it has no chunk table, which LAZ keeps at its end: copy it again.")


def _with_points(header: LasHeader, present: int) -> LasHeader:
    if present == header.declared:
        return header
    note = f"says it has {header.declared:,} points, its chunks hold {present:,}"
    return replace(header, points=present, notes=(*header.notes, note))


def _with_unread(header: LasHeader, record: bytes, chunk_size: int) -> LasHeader:
    """With a note where a file that says it is empty has chunks all the same."""
    try:
        chunks = _read_table(header, record, chunk_size)
    except InputError:  # an empty file needs no table
        return header
    counted = chunk_size == VARIABLE
    least = sum(points for points, _ in chunks) if counted else chunk_size * (len(chunks) - 1) + 1
    return _with_more(header, least)


def _with_more(header: LasHeader, least: int) -> LasHeader:
    """With a note that the file holds ``least`` points or more, and the header says fewer."""
    note = f"holds {least:,} points or more, but its header says {header.points:,}, and no more are read"
    return replace(header, notes=(*header.notes, note))


def _with_counts(header: LasHeader, chunks: tuple[Entry, ...], chunk_size: int) -> tuple[LasHeader, tuple[Entry, ...]]:
    """Fill in the points of chunks of one fixed size; the last holds the rest.

    Chunks beyond those of the header's number become a note: how many points the last one holds, no table says.
    """
    wanted = -(-header.points // chunk_size)
    if wanted > len(chunks):
        raise InputError(
            f"{header.path} says it has {header.points:,} points and has {len(chunks):,} chunks of "
            f"{chunk_size:,}: the file is damaged."
        )
    if wanted < len(chunks):
        header = _with_more(header, chunk_size * (len(chunks) - 1) + 1)
    counts = [chunk_size] * (wanted - 1) + [header.points - chunk_size * (wanted - 1)]
    return header, tuple((points, size) for points, (_, size) in zip(counts, chunks))


def decode(header: LasHeader, layout: Layout, size: int, selection: int) -> Iterator[memoryview]:
    """The point records as bytes, in the order of the file, about ``size`` points at a time.

    Every view is valid until the next is asked for.  ``selection`` is a sum of lazrs'
    ``SELECTIVE_DECOMPRESS_`` flags; point formats 0 to 5 ignore it.
    Raises InputError where the compressed data is damaged.
    """
    chosen = package("lazrs").DecompressionSelection(selection)
    with open_regular(header.path, buffering=0) as file:
        file.seek(header.points_offset)
        yield from (_in_sequence if layout.in_sequence else _by_chunk)(file, header, layout, size, chosen)


def _in_sequence(
    file: BinaryIO, header: LasHeader, layout: Layout, size: int, selection: object
) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(min(size, header.points) * header.record_length))
    if layout.layers:
        _check_heads(file, header, layout)
    with decoding(header.path, "point 0"):
        decompressor = package("lazrs").LasZipDecompressor(file, layout.record, selection)
    for start in range(0, header.points, size):
        view = buffer[: min(size, header.points - start) * header.record_length]
        with decoding(header.path, f"point {start:,}"):
            decompressor.decompress_many(view)
        yield view


def _by_chunk(file: BinaryIO, header: LasHeader, layout: Layout, size: int, selection: object) -> Iterator[memoryview]:
    lazrs = package("lazrs")
    file.seek(8, os.SEEK_CUR)
    largest = max((points for points, _ in layout.chunks), default=0)
    together = max(size, min(_threads() * largest, LARGEST_CHUNK))
    buffer = memoryview(bytearray(max(together, largest) * header.record_length))
    start = 0
    for batch in batches(layout.chunks, together):
        compressed = file.read(sum(length for _, length in batch))
        points = sum(count for count, _ in batch)
        view = buffer[: points * header.record_length]
        if layout.layers:
            ends = accumulate(length for _, length in batch)
            for (count, length), end in zip(batch, ends):
                _check_layers(header, layout, (count, length), compressed[end - length + header.record_length : end])
        with decoding(header.path, f"point {start:,}"):
            lazrs.decompress_points_with_chunk_table(compressed, layout.record, view, batch, selection)
        start += points
        for at in range(0, points, size):
            yield view[at * header.record_length : (at + size) * header.record_length]


def _threads() -> int:
    """Threads lazrs decodes with, a chunk each: more together take no longer, and hold the lock no longer."""
    return int(os.environ.get("RAYON_NUM_THREADS") or os.cpu_count() or 1)


def batches(chunks: tuple[Entry, ...], size: int) -> Iterator[list[Entry]]:
    """Neighboring chunks put together up to ``size`` points; at least one each."""
    batch: list[Entry] = []
    points = 0
    for entry in chunks:
        if batch and points + entry[0] > size:
            yield batch
            batch, points = [], 0
        batch.append(entry)
        points += entry[0]
    if batch:
        yield batch


def _check_heads(file: BinaryIO, header: LasHeader, layout: Layout) -> None:
    at = header.points_offset + 8
    for entry in layout.chunks:
        file.seek(at + header.record_length)
        _check_layers(header, layout, entry, file.read(4 + 4 * layout.layers))
        at += entry[1]
    file.seek(header.points_offset)


def _check_layers(header: LasHeader, layout: Layout, entry: Entry, head: bytes) -> None:
    """A layered chunk tells its points and the bytes of each layer: lazrs allocates what it is told.

    ``head`` is what follows the first point.
    """
    points, length = entry
    start = 4 + 4 * layout.layers
    if len(head) >= start:
        count, *sizes = struct.unpack_from(f"<{1 + layout.layers}I", head)
        if count == points and header.record_length + start + sum(sizes) <= length:
            return
    raise _damaged(header.path, f"a chunk of {points:,} points", "its layers do not fit in it")


@contextmanager
def decoding(path: str, what: str) -> Iterator[None]:
    """Turn the errors of lazrs into InputError, its panics too; others pass."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ in ("LazrsError", "PanicException"):
            raise _damaged(path, what, str(error)) from error
        raise


def _damaged(path: str, what: str, reason: str) -> InputError:
    return InputError(
        f"{path} cannot be decoded at {what} ({reason}): the file is damaged or truncated, copy it again."
    )
