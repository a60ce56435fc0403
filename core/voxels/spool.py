# SPDX-License-Identifier: GPL-2.0-or-later
"""Records on disk by cube of tiles, in one append-only file, so that a run loads and saves each tile once.

A bin is a cube of ``2**level`` tiles a side.  The level starts at single tiles and rises whenever the
bins become too many, so what is held is bounded whatever the extent.  The index is sealed with the
job; a run that was killed goes on with the bins it has not done.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..jobs.disk import discard
from ..tiles.ordering import sort_codes
from ..tiles.reading import SharedReader, SharedWriter
from .kernels import cell_bounds, row_codes

if TYPE_CHECKING:
    from ..jobs.folder import JobFolder

MOST_BINS = 4096
"""At least 8: the octants around the origin never join."""
MOST_LEVEL = 32
"""Tiles have indices of 32 bits: above it a bin is an octant."""
Records = NDArray[np.void]


class Bin(NamedTuple):
    """Tiles ``x << level`` to ``(x + 1) << level`` along each axis."""

    level: int
    x: int
    y: int
    z: int

    @property
    def name(self) -> str:
        return f"bin-{self.level}-{self.x}-{self.y}-{self.z}"


class TileSpool:
    """Records of several kinds by bin: ``add``, ``seal``, then ``bins``, ``count`` and ``parts``."""

    def __init__(self, folder: JobFolder, name: str, kinds: Mapping[str, np.dtype[np.void]], run: int) -> None:
        """``run``: records gathered before they are sorted and written."""
        self._folder, self._name, self._run = folder, name, max(1, run)
        self._kinds = dict(kinds)
        self.level = 0
        self._pending: dict[str, list[tuple[NDArray[np.int64], Records]]] = {kind: [] for kind in kinds}
        self._waiting = dict.fromkeys(kinds, 0)
        self._extents: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
        self._bytes = 0
        self._writer: SharedWriter | None = None
        self._reader: SharedReader | None = None

    def add(self, kind: str, tiles: NDArray[np.int64], records: Records) -> None:
        """Take records that belong to ``tiles`` [n, 3]."""
        if self._writer is None:
            self._writer = SharedWriter(self._folder.file(self._name))
        self._pending[kind].append((tiles, records))
        self._waiting[kind] += len(records)
        if self._waiting[kind] >= self._run:
            self._append(kind)

    def seal(self) -> None:
        """Nothing more is added; the index is written with the job."""
        for kind in self._kinds:
            self._append(kind)
        if self._writer is not None:
            self._writer.close(sync=False)
        rows = np.array([(*b, *e) for b, extents in self._extents.items() for e in extents], np.int64).reshape(-1, 6)
        self._folder.write_result(self._name + "-index", {"level": self.level}, {"rows": rows})
        self._open()

    def reopen(self) -> bool:
        """Take up what an earlier run sealed; False if there is no such thing."""
        if not self._folder.has_result(self._name + "-index") or not self._folder.file(self._name).exists():
            return False
        with self._folder.read_result(self._name + "-index") as index:
            self.level = int(index.header["level"])
            for x, y, z, *extent in index.rows("rows").tolist():
                self._extents.setdefault((x, y, z), []).append((extent[0], extent[1], extent[2]))
        self._open()
        return True

    def remove(self) -> None:
        """Delete the file."""
        for file in (self._writer, self._reader):
            if file is not None:
                file.close()
        discard(self._folder.file(self._name))

    @property
    def bins(self) -> list[Bin]:
        """Every bin with records, in (z, y, x) order."""
        return [Bin(self.level, *key) for key in sorted(self._extents, key=lambda k: k[::-1])]

    def count(self, bin_: Bin, kind: str) -> int:
        """Records of a kind in a bin."""
        number = list(self._kinds).index(kind)
        return sum(count for k, _, count in self._extents[bin_[1:]] if k == number)

    def parts(self, bin_: Bin, kind: str, most: int) -> Iterator[Records]:
        """The records of a kind in pieces of at most ``most``."""
        assert self._reader is not None, "seal() comes before reading"
        number, dtype = list(self._kinds).index(kind), self._kinds[kind]
        pieces: list[Records] = []
        held = 0
        for k, offset, count in self._extents[bin_[1:]]:
            while k == number and count:
                take = min(count, most - held)
                records = np.empty(take, dtype)
                self._reader.read(records.view(np.uint8), offset)
                pieces.append(records)
                offset, count, held = offset + take * dtype.itemsize, count - take, held + take
                if held == most:
                    yield np.concatenate(pieces)
                    pieces, held = [], 0
        if held:
            yield np.concatenate(pieces)

    def _open(self) -> None:
        if self._folder.file(self._name).exists():
            self._reader = SharedReader(self._folder.file(self._name))

    def _append(self, kind: str) -> None:
        if not self._waiting[kind]:
            return
        tiles = np.concatenate([t for t, _ in self._pending[kind]])
        records = np.concatenate([r for _, r in self._pending[kind]])
        self._pending[kind], self._waiting[kind] = [], 0
        order, starts = self._grouped(tiles)
        records = records[order]
        assert self._writer is not None
        self._writer.write(records.view(np.uint8), self._bytes)
        number, size = list(self._kinds).index(kind), records.dtype.itemsize
        for start, stop in zip(starts, [*starts[1:], len(records)], strict=True):
            x, y, z = (int(i) >> self.level for i in tiles[order[start]])
            self._extents.setdefault((x, y, z), []).append((number, self._bytes + start * size, stop - start))
        self._bytes += records.nbytes

    def _grouped(self, tiles: NDArray[np.int64]) -> tuple[NDArray[np.int32], list[int]]:
        """``tiles`` grouped by bins of the lowest level that leaves few enough with those that are there."""
        self._folder.check()
        order, starts = grouped(tiles >> self.level)
        if len(self._extents) + len(starts) <= MOST_BINS:
            return order, starts
        known = np.array([*self._extents], np.int64).reshape(-1, 3)
        bins = np.concatenate([known, tiles[order[starts]] >> self.level])

        def fits(levels: int) -> bool:
            self._folder.check()
            return len(grouped(bins >> levels)[1]) <= MOST_BINS

        levels = bisect_left(range(MOST_LEVEL), True, key=fits)
        if not levels:
            return order, starts
        self._rise(levels)
        return grouped(tiles >> self.level)

    def _rise(self, levels: int) -> None:
        """Join the bins of each cube of ``2**levels`` a side."""
        self.level += levels
        joined: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
        for (x, y, z), extents in self._extents.items():
            joined.setdefault((x >> levels, y >> levels, z >> levels), []).extend(extents)
        self._extents = {key: self._coalesced(extents) for key, extents in joined.items()}

    def _coalesced(self, extents: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Neighboring extents of a kind as one, in file order."""
        sizes = [dtype.itemsize for dtype in self._kinds.values()]
        out: list[tuple[int, int, int]] = []
        for kind, offset, count in sorted(extents, key=lambda e: e[1]):
            if out and out[-1][0] == kind and out[-1][1] + out[-1][2] * sizes[kind] == offset:
                out[-1] = (kind, out[-1][1], out[-1][2] + count)
            else:
                out.append((kind, offset, count))
        return out


def grouped(bins: NDArray[np.int64]) -> tuple[NDArray[np.int32], list[int]]:
    """A stable order that groups equal rows, and where the groups begin."""
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    cell_bounds(bins, low, high)
    nx, ny, nz = (int(n) for n in high - low + 1)
    if nx * ny * nz < 1 << 62:
        codes, limit = np.empty(len(bins), np.uint64), nx * ny * nz
        row_codes(bins, low, nx, ny, codes)
    else:
        codes = np.unique(bins, axis=0, return_inverse=True)[1].reshape(-1).astype(np.uint64)
        limit = len(bins)
    codes, order = sort_codes(codes, max(1, (limit - 1).bit_length()))
    return order, np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]).tolist()
