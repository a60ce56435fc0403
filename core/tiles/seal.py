# SPDX-License-Identifier: GPL-2.0-or-later
"""From spool to sealed store: every list thinned, brought into canonical order and written once.

Each list owns a region of the points file, sized by its raw count, so workers write side by side
and what is written does not depend on which came first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..jobs.disk import open_new, written_to
from .blocks import BLOCK_LEVEL, TILE_LEVEL
from .columns import Column, record_of
from .lattice import Box, Lattice, Node
from .ordering import cell_codes
from .pieces import Cutter, Sorted
from .reading import SharedWriter
from .spool import Spool, morton_key
from .store import DIRECTORY, TILE, Store, StoreFiles
from .thinning import Thinning

if TYPE_CHECKING:
    from ..jobs.job import Job


@dataclass
class _Tile:
    """Directory of a tile while its pieces arrive."""

    node: Node
    start: int
    blocks: list[NDArray[np.int64]] = field(default_factory=list)
    counts: list[NDArray[np.int64]] = field(default_factory=list)


class _Writer:
    """The files of a store in the making; ``seal_list`` may run in many threads."""

    def __init__(self, cutter: Cutter, spool: Spool) -> None:
        self.cutter, self.spool, self.files = cutter, spool, cutter.files
        self.lattice = cutter.stored
        self.record = record_of(cutter.columns)
        self.points = SharedWriter(self.files.path("points"))
        self.directory = SharedWriter(self.files.path("directory"))
        self.lock = threading.Lock()
        self.layers = count()
        self.tiles: list[tuple[int, ...]] = []
        self.entries = self.occupied = self.overfull = 0
        self.values: list[float] = []
        self.box: Box | None = None

    def seal_list(self, node: Node, total: int, region: int) -> None:
        """Seal one list of the spool into its region (first record)."""
        at = region
        tile: _Tile | None = None
        for _, piece in self.cutter.pieces(self.spool, node, total, self.layers):
            if not len(piece.x):
                continue
            records, runs = self._records(piece)
            for first, last, tile_node in runs:
                if tile is None or tile.node != tile_node:
                    self._close_tile(tile)
                    tile = _Tile(tile_node, at)
                part = records[first:last]
                self.points.write(part, at * self.record.itemsize)
                self._count_blocks(tile, part)
                at += last - first
        self._close_tile(tile)

    def _records(self, piece: Sorted) -> tuple[NDArray[np.void], list[tuple[int, int, Node]]]:
        """The records of a piece, and the first, last + 1 and node of its run in each tile."""
        n = self.lattice.per_cell
        cell_x, cell_y = piece.x // n, piece.y // n
        tile_x, tile_y = cell_x >> TILE_LEVEL, cell_y >> TILE_LEVEL
        records = np.empty(len(piece.x), self.record)
        columns = (piece.x - tile_x * (n << TILE_LEVEL), piece.y - tile_y * (n << TILE_LEVEL), piece.v, *piece.rest)
        for name, values in zip(self.record.names or (), columns, strict=True):
            records[name] = values
        self._note(cell_x, cell_y, piece)
        first = np.flatnonzero(np.r_[True, (tile_x[1:] != tile_x[:-1]) | (tile_y[1:] != tile_y[:-1])])
        ends = np.r_[first[1:], len(tile_x)]
        nodes = (Node(TILE_LEVEL, int(tile_x[a]), int(tile_y[a])) for a in first)
        return records, [(int(a), int(b), node) for a, b, node in zip(first, ends, nodes, strict=True)]

    def _note(self, cell_x: NDArray[np.int64], cell_y: NDArray[np.int64], piece: Sorted) -> None:
        """Add a piece to the facts of the store."""
        cells = 1 + int(np.count_nonzero((cell_x[1:] != cell_x[:-1]) | (cell_y[1:] != cell_y[:-1])))
        box = Box(int(cell_x.min()), int(cell_y.min()), int(cell_x.max()) + 1, int(cell_y.max()) + 1)
        with self.lock:
            old = self.box or box
            self.box = Box(min(old.x0, box.x0), min(old.y0, box.y0), max(old.x1, box.x1), max(old.y1, box.y1))
            self.occupied += cells
            self.overfull += piece.overfull
            self.values += [float(piece.v.min()), float(piece.v.max())]
            self.values = [min(self.values), max(self.values)]

    def _count_blocks(self, tile: _Tile, records: NDArray[np.void]) -> None:
        code = np.empty(len(records), np.uint64)
        n = self.lattice.per_cell << BLOCK_LEVEL
        cell_codes(records["x"].astype(np.int64), records["y"].astype(np.int64), 0, 0, n, 1, code)
        first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
        tile.blocks.append(code[first].astype(np.int64))
        tile.counts.append(np.diff(np.r_[first, len(code)]))

    def _close_tile(self, tile: _Tile | None) -> None:
        if tile is None:
            return
        code, number = np.concatenate(tile.blocks), np.concatenate(tile.counts)
        first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
        entries = np.empty(len(first), DIRECTORY)
        entries["block"], entries["count"] = code[first], np.add.reduceat(number, first)
        with self.lock:
            place, self.entries = self.entries, self.entries + len(entries)
            self.tiles.append((tile.node.ix, tile.node.iy, tile.start, int(number.sum()), place, len(entries)))
        self.directory.write(entries, place * DIRECTORY.itemsize)

    def close(self) -> Store:
        """Write the table of tiles and, last, the facts: only then is the store sealed."""
        self.points.close(sync=True)
        self.directory.close(sync=True)
        with written_to(self.files.path("facts")):
            self._write_facts()
        return Store(self.files)

    def _write_facts(self) -> None:
        rows = sorted(self.tiles, key=lambda t: morton_key(Node(TILE_LEVEL, t[0], t[1])))
        with open_new(self.files.path("tiles")) as table:
            np.save(table, np.array(rows, TILE))
        facts = {
            "cell": str(self.lattice.cell),
            "per_cell": self.lattice.per_cell,
            "value_step": str(self.lattice.value_step),
            "count": sum(row[3] for row in rows),
            "occupied_cells": self.occupied,
            "overfull_cells": self.overfull,
            "box": list(self.box or Box(0, 0, 0, 0)),
            "value_range": self.values or [0.0, 0.0],
            "columns": [[column.name, column.dtype] for column in self.cutter.columns],
        }
        temporary = self.files.path("facts.part")
        with open_new(temporary) as file:
            file.write(json.dumps(facts).encode())
        temporary.replace(self.files.path("facts"))

    def abandon(self) -> None:
        """Close what is unfinished."""
        self.points.close()
        self.directory.close()


def seal(
    spool: Spool, files: StoreFiles, lattice: Lattice, rule: Thinning, job: Job, columns: Sequence[Column] = ()
) -> Store:
    """Write the points of a closed ``spool`` into ``files`` as a sealed store.

    ``columns`` say what the names of the spool after x, y, v are; such points are kept as they are.
    Without any, points are thinned by ``rule`` and counted.  Raises OutputError when the disk is full,
    Cancelled when asked to stop.
    """
    from ..jobs.workers import run_units

    cutter = Cutter(lattice, rule, tuple(columns), files, job)
    writer = _Writer(cutter, spool)
    tasks, region = [], 0
    for node, number in spool.nodes:
        tasks.append((node, number, region))
        region += number
    try:
        largest, each = cutter.largest, cutter.bytes_per_point
        run_units(tasks, lambda task: writer.seal_list(*task), job, lambda task: min(task[1], largest) * each)
    except BaseException:
        writer.abandon()
        raise
    job.progress.sample()  # spool and store are both on disk
    return writer.close()
