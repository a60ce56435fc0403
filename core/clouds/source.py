# SPDX-License-Identifier: GPL-2.0-or-later
"""What every cloud file is to the engines: facts known at once, and a stream of chunks."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from ..errors import InputError, ScreeError
from ..jobs.disk import open_regular
from .chunk import Chunk, Triple
from .header import Bounds, LasHeader

Item = TypeVar("Item")
CHUNK_SIZE = 100_000
"""Points; lazrs holds the interpreter lock while it decodes, 15 ms for so many."""


class Source(ABC):
    """One cloud file, checked and readable; no file stays open between calls."""

    path: str
    points: int
    """Points present; of a text file an estimate."""
    bounds: Bounds
    """minx, miny, minz, maxx, maxy, maxz in CRS units as the header has them, of a text file those of a
    sample: they may lie."""
    scales: Triple
    offsets: Triple
    dimensions: Mapping[str, np.dtype[Any]]
    """Columns that can be asked for; multi-valued and nameless extra bytes are not among them."""
    crs_wkt: str
    """WKT2, '' if the file has none."""
    odd: tuple[str, ...]
    """What was odd when it was opened, as "has ...", "is ..."."""
    notes: tuple[str, ...] = ()
    """What was odd in the last whole pass of ``chunks``."""
    point_format: Any
    """``laspy.PointFormat`` of copies of its points."""
    header: LasHeader | None
    """None of a text file."""
    status: tuple[int, int]
    """Bytes of the file and when it was last written, in nanoseconds, when it was opened."""

    @abstractmethod
    def chunks(self, dimensions: Collection[str], size: int = CHUNK_SIZE) -> Iterator[Chunk]:
        """Stream all points, in the order of the file, at most ``size`` at a time, with these dimensions.

        Raises InputError for a dimension the file has not, and where the file is damaged.
        """

    @abstractmethod
    def records(self, size: int = CHUNK_SIZE) -> Iterator[tuple[int, Any]]:
        """Stream (index of the first point, ``laspy.PackedPointRecord``) with all dimensions, for copies.

        Each is valid until the next is asked for.  Raises InputError.
        """

    @abstractmethod
    def _start(self) -> bytes:
        """The first bytes of the file: its header."""

    def identity(self) -> dict[str, str | int]:
        """What tells this file from another, or from its own later version."""
        return {
            "path": os.path.abspath(self.path),
            "size": self.status[0],
            "mtime_ns": self.status[1],
            "header": hashlib.sha256(self._start()).hexdigest()[:16],
        }

    def unchanged(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items of a pass over the file; raises InputError where it is not, at either end, what was opened."""
        self._require_same()
        try:
            yield from items
        except Exception as error:
            self._require_same()
            if isinstance(error, OSError) and not isinstance(error, ScreeError):
                raise InputError(f"{self.path} cannot be read ({error.strerror or error}): copy it again.") from error
            raise
        self._require_same()

    def _require_same(self) -> None:
        first = self._start()
        try:
            status = os.stat(self.path)
            with open_regular(self.path) as file:
                same = (status.st_size, status.st_mtime_ns) == self.status and file.read(len(first)) == first
        except OSError:
            same = False
        if not same:
            raise InputError(
                f"{self.path} was changed or deleted during the run: start again, and leave it as it is until the end."
            )

    def wanted(self, dimensions: Collection[str]) -> list[str]:
        """The dimensions, sorted, without those every chunk has."""
        names = sorted(set(dimensions) - {"x", "y", "z"})
        for name in names:
            if name not in self.dimensions:
                known = ", ".join(sorted(self.dimensions))
                raise InputError(f"{self.path} has no dimension {name}: it has {known}.")
        return names
