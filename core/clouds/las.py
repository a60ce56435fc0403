# SPDX-License-Identifier: GPL-2.0-or-later
"""LAS, LAZ and COPC files as sources: COPC is LAZ whose every node is a chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from ..errors import InputError
from ..jobs.disk import open_regular
from . import records
from .chunk import Chunk
from .crs import from_records
from .header import LasHeader, read_header
from .laszip import Layout, decode, read_layout
from .packages import package
from .source import CHUNK_SIZE, Source

ALL_LAYERS = 0xFFFFFFFF


class LasSource(Source):
    """A LAS or LAZ file that was checked; see ``Source``."""

    header: LasHeader

    def __init__(self, path: str) -> None:
        """Raises InputError, in one sentence, if no point can be read."""
        header = read_header(path)
        self.layout: Layout | None = None
        if header.compressed:
            header, self.layout = read_layout(header)
        self.header = header
        self.point_format, format_notes = records.point_format(header)
        self.crs_wkt, crs_notes = from_records(header)
        self.path, self.points, self.bounds = path, header.points, header.bounds
        self.scales, self.offsets = header.scales, header.offsets
        self.status = header.size, header.modified
        self.dimensions = records.dimensions(self.point_format)
        self.odd = (*header.notes, *format_notes, *crs_notes)

    def chunks(self, dimensions: Collection[str], size: int = CHUNK_SIZE) -> Iterator[Chunk]:
        names = self.wanted(dimensions)
        layers = records.selection(names) if self.layout and self.layout.layers else ALL_LAYERS
        outside = 0
        for start, packed in self.records(size, layers):
            x, y, z = (packed.array[axis].copy() for axis in "XYZ")
            columns = {name: records.column(packed, name, self.dimensions[name]) for name in names}
            chunk = Chunk(start, (x, y, z), columns, self.scales, self.offsets)
            outside += self._outside(chunk)
            yield chunk
        note = f"has {outside:,} of {self.points:,} points outside the bounds in its header"
        self.notes = (note,) if outside else ()

    def records(self, size: int = CHUNK_SIZE, layers: int = ALL_LAYERS) -> Iterator[tuple[int, Any]]:
        return self.unchanged(self._records(size, layers))

    def _records(self, size: int, layers: int) -> Iterator[tuple[int, Any]]:
        record_of = package("laspy").PackedPointRecord
        dtype = self.point_format.dtype()
        start = 0
        blocks = decode(self.header, self.layout, size, layers) if self.layout else self._blocks(size)
        for block in blocks:
            array = np.frombuffer(block, dtype)
            yield start, record_of(array, self.point_format)
            start += len(array)

    def _blocks(self, size: int) -> Iterator[memoryview]:
        """Uncompressed records, read into one buffer."""
        length = self.header.record_length
        buffer = memoryview(bytearray(min(size, self.points) * length))
        unbuffered: Any = open_regular(self.path, buffering=0)
        with unbuffered as file:
            file.seek(self.header.points_offset)
            for start in range(0, self.points, size):
                view = buffer[: min(size, self.points - start) * length]
                filled = 0
                while filled < len(view):
                    got = file.readinto(view[filled:])
                    if not got:
                        raise InputError(f"{self.path} was made shorter while it was read: start again.")
                    filled += got
                yield view

    def _outside(self, chunk: Chunk) -> int:
        """Points beyond the header's bounds by more than a step; the mask is made only where extremes tell."""
        outside: Any = None
        for axis, integers in enumerate((chunk.X, chunk.Y, chunk.Z)):
            scale, offset = self.scales[axis], self.offsets[axis]
            low, high = ((self.bounds[axis + end] - offset) / scale for end in (0, 3))
            if integers.min() < low - 1 or integers.max() > high + 1:
                beyond = (integers < low - 1) | (integers > high + 1)
                outside = beyond if outside is None else outside | beyond
        return 0 if outside is None else int(np.count_nonzero(outside))

    def _start(self) -> bytes:
        return self.header.block
