# SPDX-License-Identifier: GPL-2.0-or-later
"""The first pass: points of any order into one append-only file of extents, grouped by quad-tree node.

This is a layer of the external quad tree of Agarwal, Arge and Danner (2006): every node of the
layer's bottom level has a list of points on disk, here a list of extents in one file.  Points are
gathered into a run, the run is sorted by node and appended.  The level needs no bounds from any
header: it starts low and rises whenever the nodes become too many, which only joins lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..jobs.disk import discard
from .bucketing import by_node, pack_run
from .extents import Extents
from .lattice import Node
from .reading import SharedReader, SharedWriter

XYV = ("x", "y", "v")
MOST_NODES = 4096
"""Lists kept at once; one more layer of the tree serves 4096 times as many points."""


@dataclass(frozen=True)
class _Run:
    """Where a run lies in the file; its records count from ``base``, in 4 bytes where they fit."""

    offset: int
    dtype: np.dtype[np.void]
    base: tuple[int, ...]


class Spool:
    """Points on disk by node: ``x``, ``y``, ``v`` (lattice counts) and any further columns, all int64.

    Use: ``add`` as often as needed, ``close``, then ``nodes``, ``read``, ``parts``; ``remove`` at the end.
    """

    def __init__(self, path: Path, per_cell: int, level: int, run_points: int, names: Sequence[str] = XYV) -> None:
        self.path, self.per_cell = path, per_cell
        self.names = tuple(names)
        self.count = 0
        self._run = np.empty((len(self.names), max(run_points, 1)), np.int64)
        self._filled = 0
        self._bytes = 0
        self._runs: list[_Run] = []
        self._extents = Extents(level)
        self._writer = SharedWriter(path)
        self._reader: SharedReader | None = None

    def add(self, *columns: NDArray[np.int64]) -> None:
        """Take points: one array for each of ``names``, all of one length."""
        done, total = 0, len(columns[0])
        self.count += total
        while done < total:
            take = min(total - done, self._run.shape[1] - self._filled)
            for row, column in zip(self._run, columns, strict=True):
                row[self._filled : self._filled + take] = column[done : done + take]
            done += take
            self._filled += take
            if self._filled == self._run.shape[1]:
                self._append_run()

    def close(self) -> None:
        """Write the last run; reading begins."""
        self._append_run()
        self._extents.close()
        self._run = np.empty((len(self.names), 0), np.int64)
        self._writer.close()
        self._reader = SharedReader(self.path)

    def remove(self) -> None:
        """Delete the file."""
        self._writer.close()
        if self._reader is not None:
            self._reader.close()
        discard(self.path)

    @property
    def level(self) -> int:
        """Level of the nodes; it rises while points come."""
        return self._extents.level

    @property
    def nodes(self) -> list[tuple[Node, int]]:
        """Every node that holds points, in Morton order, and its number of points."""
        return sorted(self._extents.nodes(), key=lambda pair: morton_key(pair[0]))

    def read(self, node: Node) -> NDArray[np.int64]:
        """All points of a node: one row for each of ``names``."""
        return next(self.parts(node, 1 << 62))

    def parts(self, node: Node, most: int) -> Iterator[NDArray[np.int64]]:
        """The points of a node in pieces of at most ``most``, each as ``read`` gives them."""
        batch: list[tuple[int, int, int]] = []
        held = 0
        for run, start, count in self._extents.of(node):
            while count:
                take = min(count, most - held)
                batch.append((run, start, take))
                start, count, held = start + take, count - take, held + take
                if held == most:
                    yield self._gather(batch, held)
                    batch, held = [], 0
        if held:
            yield self._gather(batch, held)

    def _gather(self, extents: list[tuple[int, int, int]], total: int) -> NDArray[np.int64]:
        assert self._reader is not None, "close() comes before reading"
        out = np.empty((len(self.names), total), np.int64)
        at = 0
        for number, start, count in extents:
            run = self._runs[number]
            records = np.empty(count, run.dtype)
            self._reader.read(records, run.offset + start * run.dtype.itemsize)
            for row, name, base in zip(out, self.names, run.base, strict=True):
                np.add(records[name], base, out=row[at : at + count], dtype=np.int64, casting="unsafe")
            at += count
        return out

    def _append_run(self) -> None:
        if not self._filled:
            return
        columns = self._run[:, : self._filled]
        order, counts = by_node(columns[0], columns[1], self.per_cell, self.level)
        base = tuple(int(row.min()) for row in columns)
        spans = [int(row.max()) - low for row, low in zip(columns, base, strict=True)]
        kind = "<u4" if max(spans) < 1 << 32 else "<i8"
        run = _Run(self._bytes, np.dtype([(name, kind) for name in self.names]), base)
        records = np.empty(self._filled, run.dtype)
        pack_run(self._run, np.array(base, np.int64), order, records.view(kind).reshape(-1, len(self.names)))
        self._writer.write(records, self._bytes)
        self._bytes += records.nbytes
        self._extents.add(counts)
        self._runs.append(run)
        self._filled = 0
        while len(self._extents) > MOST_NODES:
            self._extents.rise()


def morton_key(node: Node) -> int:
    """Order of nodes of one level along the Morton curve; negative indices come first."""
    x, y = node.ix + (1 << 39), node.iy + (1 << 39)
    key = 0
    for bit in range(0, 40, 8):
        key |= _SPREAD[(x >> bit) & 255] << (2 * bit) | _SPREAD[(y >> bit) & 255] << (2 * bit + 1)
    return key


_SPREAD = [sum(((byte >> bit) & 1) << (2 * bit) for bit in range(8)) for byte in range(256)]
