# SPDX-License-Identifier: GPL-2.0-or-later
"""Text clouds, one point a line, as sources: read in blocks, never whole.

Coordinates become integers on a decimal lattice, as in a LAS file.  How many decimals is decided by a
sample spread over the file; a later number with more of them is rounded, counted and told.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import floor
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..jobs.disk import open_regular, read_from
from . import text_records
from .chunk import Chunk, Column
from .columns import find_layout, is_comment
from .source import CHUNK_SIZE, Source

BLOCK = 1 << 22
SAMPLE_BLOCKS = 16
FINEST = 10
"""Decimals looked for; beyond six only as many are kept as 32-bit integers hold over the extent."""
PLAIN = 6
EXACT = 2.0**52
"""A float64 below it has a fraction bit: coordinates in steps stay below it."""
Values = NDArray[np.float64]


@dataclass
class Findings:
    """What was odd in one pass over the file."""

    bad: int = 0
    first_bad: int = 0
    """Line number, from 1."""
    rounded: int = 0
    unlisted: int = 0
    """Points whose label is not in LABELS."""

    def notes(self, decimals: tuple[int, int, int]) -> tuple[str, ...]:
        texts = []
        if self.bad:
            texts.append(
                f"has {self.bad:,} lines that are no points and were left out, the first is {self.first_bad:,}"
            )
        if self.rounded:
            texts.append(f"has {self.rounded:,} points with more than {decimals} decimals in x, y, z, rounded to these")
        if self.unlisted:
            texts.append(f"has {self.unlisted:,} points with a label that LABELS does not name: they get class 0")
        return tuple(texts)


class TextSource(Source):
    """A text file of points; see ``Source``.  It has no CRS; columns but the class are float64."""

    crs_wkt = ""
    header = None

    def __init__(self, path: str, columns: str = "", labels: str = "") -> None:
        """Raises InputError if the file holds no points, OptionError for wrong COLUMNS or LABELS."""
        self.path = path
        self._limits = (EXACT, EXACT, EXACT)
        with read_from(path), open_regular(path) as file:
            status = os.fstat(file.fileno())
            self.status = status.st_size, status.st_mtime_ns
            self._head = file.read(1 << 16)
            self.layout, self.odd = find_layout(path, self._head.decode("utf-8-sig", "replace"), columns, labels)
            values, fraction = self._sample(file)
        if not len(values):
            raise InputError(f"{path} has no line that is a point: name its columns by COLUMNS.")
        axes = self._axes(values)
        self.points = max(1, round(len(values) / fraction))
        low, high = ([float(end(axis)) for axis in axes] for end in (np.min, np.max))
        self.bounds = (low[0], low[1], low[2], high[0], high[1], high[2])
        plane = max(_decimals(axes[0]), _decimals(axes[1]))
        self._decimals = (plane, plane, _decimals(axes[2]))
        self.scales = tuple(float(f"1e-{places}") for places in self._decimals)  # type: ignore[assignment]
        self.offsets = (floor(low[0]), floor(low[1]), floor(low[2]))
        self._limits = tuple(EXACT * scale for scale in self.scales)  # type: ignore[assignment]
        self.dimensions = self._dimensions()

    def chunks(self, dimensions: Collection[str], size: int = CHUNK_SIZE) -> Iterator[Chunk]:
        return self.unchanged(self._chunks(self.wanted(dimensions), size))

    def _chunks(self, names: list[str], size: int) -> Iterator[Chunk]:
        found = Findings()
        start = 0
        for values in self._rows(found):
            for at in range(0, len(values), size):
                yield self._chunk(start, values[at : at + size], names, found)
                start += min(size, len(values) - at)
        self.notes = found.notes(self._decimals)

    def records(self, size: int = CHUNK_SIZE) -> Iterator[tuple[int, Any]]:
        for chunk in self.chunks(self.dimensions, size):
            yield chunk.start, text_records.record(self.path, chunk, self.point_format, self.dimensions)

    @property
    def point_format(self) -> Any:
        return text_records.point_format(self.dimensions)

    def _chunk(self, start: int, values: Values, names: list[str], found: Findings) -> Chunk:
        integers: list[Column] = []
        inexact = np.zeros(len(values), bool)
        for axis, places, offset in zip(self._axes(values), self._decimals, self.offsets):
            steps = axis * 10.0**places
            whole = np.rint(steps)
            inexact |= _beyond(steps, whole)
            integers.append(whole.astype(np.int64) - round(offset) * 10**places)
        found.rounded += int(np.count_nonzero(inexact))
        columns = {name: self._column(values, name, found) for name in names}
        return Chunk(start, (integers[0], integers[1], integers[2]), columns, self.scales, self.offsets)

    def _column(self, values: Values, name: str, found: Findings) -> Column:
        if name != "classification":
            return values[:, self._place(name)].copy()
        if not self.layout.labels:
            return values[:, self._place(name)].astype(np.uint8)
        classes = np.zeros(len(values), np.uint8)
        listed = np.zeros(len(values), bool)
        for label, number in self.layout.labels.items():
            same = values[:, self._place("label")] == label
            classes[same] = number
            listed |= same
        found.unlisted += int(np.count_nonzero(~listed))
        return classes

    def _dimensions(self) -> dict[str, np.dtype[Any]]:
        found: dict[str, np.dtype[Any]] = {name: np.dtype(np.float64) for name in self.layout.names if name}
        if self.layout.labels or "classification" in found:
            found["classification"] = np.dtype(np.uint8)
        return found

    def _place(self, name: str) -> int:
        """Column of a dimension among those read."""
        return self.layout.used.index(self.layout.names.index(name))

    def _axes(self, values: Values) -> list[Values]:
        return [values[:, self._place(axis)] for axis in "xyz"]

    def _sample(self, file: BinaryIO) -> tuple[Values, float]:
        """Points of the whole of a small file, of blocks spread over a large one; and the part it is."""
        found = Findings()
        size = os.fstat(file.fileno()).st_size
        if size <= BLOCK:
            return np.concatenate([*self._rows(found), self._empty()]), 1.0
        taken = 0
        samples = []
        for i in range(SAMPLE_BLOCKS):
            file.seek(i * (size - BLOCK // SAMPLE_BLOCKS) // (SAMPLE_BLOCKS - 1))
            file.readline(BLOCK)
            block = file.read(BLOCK // SAMPLE_BLOCKS)
            block = block[: block.rfind(b"\n") + 1]
            taken += len(block)
            samples.append(self._parse(block, self.layout.leading, found))
        return np.concatenate(samples), max(taken, 1) / size

    def _rows(self, found: Findings) -> Iterator[Values]:
        """Parsed lines, block by block."""
        line = 0
        rest = b""
        with open_regular(self.path) as file:
            while block := file.read(BLOCK):
                end = block.rfind(b"\n") + 1
                if not end and len(rest) > BLOCK:
                    raise InputError(f"{self.path} has a line of more than {BLOCK:,} bytes: it is no text cloud.")
                whole, rest = (rest + block[:end], block[end:]) if end else (b"", rest + block)
                yield self._parse(whole, line, found)
                line += whole.count(b"\n")
            yield self._parse(rest, line, found)

    def _parse(self, block: bytes, line: int, found: Findings) -> Values:
        """The points of whole lines, of which ``line`` went before; numpy reads them unless one is bad."""
        leading = max(0, self.layout.leading - line)
        if leading:
            block = block.split(b"\n", leading)[-1] if block.count(b"\n") >= leading else b""
        if not block.strip():
            return self._empty()
        text = block.replace(b",", b".") if self.layout.decimal_comma else block
        try:
            values = np.loadtxt(
                io.BytesIO(text), delimiter=self.layout.delimiter, usecols=self.layout.used, comments="#", ndmin=2,
                encoding="latin1",
            )  # fmt: skip
        except ValueError:
            return self._parse_lines(block, line + leading, found)
        return values if self._good(values).all() else self._parse_lines(block, line + leading, found)

    def _parse_lines(self, block: bytes, line: int, found: Findings) -> Values:
        """Line by line, where one of them is bad."""
        rows = []
        for number, raw in enumerate(block.split(b"\n"), line + 1):
            text = raw.decode("utf-8", "replace")
            if not text.strip() or is_comment(text):
                continue
            try:
                cells = self.layout.split(text)
                row = [float(cells[i]) for i in self.layout.used]
            except (ValueError, IndexError):
                row = [np.nan] * len(self.layout.used)
            if self._good(np.array([row]))[0]:
                rows.append(row)
            else:
                found.bad += 1
                found.first_bad = found.first_bad or number
        return np.array(rows, np.float64).reshape(-1, len(self.layout.used))

    def _good(self, values: Values) -> NDArray[np.bool_]:
        """Points with coordinates, and a class that is one."""
        good = np.ones(len(values), bool)
        for axis, limit in zip(self._axes(values), self._limits):
            good &= np.abs(axis) < limit
        if "classification" in self.layout.names:
            classes = values[:, self._place("classification")]
            good &= (classes >= 0) & (classes <= 255) & (classes == np.rint(classes))
        return good

    def _empty(self) -> Values:
        return np.empty((0, len(self.layout.used)))

    def _start(self) -> bytes:
        return self._head


def _decimals(values: Values) -> int:
    """The fewest decimals that hold all values; at most ten, fewer over a wide extent."""
    span, largest = float(np.ptp(values)), float(np.abs(values).max())
    for places in range(FINEST + 1):
        steps = values * 10.0**places
        finer = 10.0 ** (places + 1)
        full = largest * finer >= EXACT or (places >= PLAIN and span * finer > 2.0**31)
        if full or not _beyond(steps, np.rint(steps)).any():
            return places
    return FINEST


def _beyond(steps: Values, whole: Values) -> NDArray[np.bool_]:
    """Whether numbers have more decimals than their steps, the rounding of binary numbers aside."""
    return np.asarray(np.abs(steps - whole) > np.abs(steps) * 2.0**-50 + 1e-9)
