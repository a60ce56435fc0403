# SPDX-License-Identifier: GPL-2.0-or-later
"""From spool to sealed store: every list thinned, brought into canonical order and written once.

A list too long for memory is split again into the nodes three levels below (the paper's next
layer), as often as it takes; a list that can not be split is thinned as it streams.  Each list owns
a region of the points file, sized by its raw count, so workers write side by side and what is
written does not depend on which came first.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .lattice import Box, Lattice, Node
from .ordering import canonical_order, cell_codes
from .reading import SharedWriter
from .spool import Spool, morton_key
from .store import BLOCK_LEVEL, DIRECTORY, RAW_RECORD, RECORD, TILE, TILE_LEVEL, UNIT_POINTS, Store, StoreFiles
from .thinning import REFINEMENT, Sums, Thinning, concatenated, join, means, thin

if TYPE_CHECKING:
    from ..jobs.job import Job

BYTES_PER_POINT = 200
"""Peak bytes held for each point of a piece while it is sorted and thinned."""
LARGEST_PIECE = 1 << 21
"""Points sorted at once where memory allows; smaller pieces give the same bytes."""
LAYER = 3
"""Levels split at once: 64 lists."""
OVERFULL = Thinning("nearest", 256)
"""Where no thinning was asked for, a cell of more than UNIT_POINTS points is thinned so, and counted."""


@dataclass
class _Tile:
    """Directory of a tile while its pieces arrive."""

    node: Node
    start: int
    blocks: list[NDArray[np.int64]] = field(default_factory=list)
    counts: list[NDArray[np.int64]] = field(default_factory=list)


class _Sealer:
    """One seal: what all workers share."""

    def __init__(self, files: StoreFiles, lattice: Lattice, rule: Thinning, ids: bool, piece: int, job: Job) -> None:
        self.files, self.source, self.rule, self.ids, self.piece, self.job = files, lattice, rule, ids, piece, job
        self.lattice = lattice.refined(REFINEMENT) if rule.kind == "mean" else lattice
        self.record = RAW_RECORD if ids else RECORD
        self.points = SharedWriter(files.path("points"))
        self.directory = SharedWriter(files.path("directory"))
        self.lock = threading.Lock()
        self.tiles: list[tuple[int, ...]] = []
        self.entries = 0
        self.occupied = 0
        self.overfull = 0
        self.values: list[float] = []
        self.box: Box | None = None
        self.numbers = count()

    def seal_list(self, spool: Spool, node: Node, total: int, region: int) -> None:
        """Seal one list of the spool into its region (first record)."""
        at = region
        tile: _Tile | None = None
        for piece_node, columns in self._pieces(spool, node, total):
            records, tiles_of = self._finish(piece_node, columns)
            for first, last, tile_node in tiles_of:
                if tile is None or tile.node != tile_node:
                    self._close_tile(tile)
                    tile = _Tile(tile_node, at)
                part = records[first:last]
                self.points.write(part, at * self.record.itemsize)
                self._count_blocks(tile, part)
                at += last - first
        self._close_tile(tile)

    def _pieces(self, spool: Spool, node: Node, total: int) -> Iterator[tuple[Node, NDArray[np.int64] | Sums]]:
        """Pieces of a list in Morton order, each small enough to sort."""
        self.job.progress.check()
        if total <= self.piece:
            yield node, spool.read(node)
            self.job.progress.advance(total)
            return
        floor = self.rule.level
        if node.level > floor:
            name = self.files.path(f"layer{next(self.numbers)}.part")
            below = Spool(name, spool.per_cell, max(floor, node.level - LAYER), self.piece // 2, self.ids)
            try:
                for part in spool.parts(node, self.piece // 2):
                    self.job.progress.check()
                    below.add(*part)
                below.close()
                for child, number in below.nodes:
                    yield from self._pieces(below, child, number)
            finally:
                below.remove()
            return
        yield from self._stream(spool, node, total)

    def _stream(self, spool: Spool, node: Node, total: int) -> Iterator[tuple[Node, NDArray[np.int64] | Sums]]:
        """A list that can not be split: thinned part by part (raw points with ids just pass)."""
        sums: Sums | None = None
        for part in spool.parts(node, self.piece):
            self.job.progress.check()
            if self.ids:
                yield node, part
            else:
                some = thin(part[0], part[1], part[2], self._corner(node), self.source.per_cell, self._rule_of(node))
                sums = some if sums is None else join(sums, some, self.source.per_cell, self._rule_of(node))
            self.job.progress.advance(part.shape[1])
        if sums is not None:
            if self.rule.kind == "none":
                with self.lock:
                    self.overfull += 1
            yield node, sums

    def _rule_of(self, node: Node) -> Thinning:
        """What thins a cell that can not be split: the rule asked for, or that of overfull cells."""
        return self.rule if self.rule.kind != "none" else OVERFULL

    def _corner(self, node: Node) -> tuple[int, int]:
        side = self.source.per_cell << node.level
        return node.ix * side, node.iy * side

    def _finish(
        self, node: Node, piece: NDArray[np.int64] | Sums
    ) -> tuple[NDArray[np.void], list[tuple[int, int, Node]]]:
        """Stored records of a piece in canonical order, and the runs of each tile."""
        x, y, v, extra = self._thinned(node, piece)
        n = self.lattice.per_cell
        order = canonical_order(x, y, v, 0, 0, n, node.level)
        side = n << node.level
        x, y, v = x[order] + node.ix * side, y[order] + node.iy * side, v[order] * float(self.lattice.value_step)
        tile_x, tile_y = (x // n) >> TILE_LEVEL, (y // n) >> TILE_LEVEL
        records = np.empty(len(x), self.record)
        records["x"] = x - tile_x * (n << TILE_LEVEL)
        records["y"] = y - tile_y * (n << TILE_LEVEL)
        records["v"] = v
        records["id" if self.ids else "w"] = extra[order]
        self._note(x, y, v)
        return records, _runs(tile_x, tile_y)

    def _thinned(
        self, node: Node, piece: NDArray[np.int64] | Sums
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """x, y from the node's corner on the stored lattice, value in lattice steps, and count (or id)."""
        corner = self._corner(node)
        if self.ids and not isinstance(piece, Sums):
            return piece[0] - corner[0], piece[1] - corner[1], piece[2].astype(np.float64), piece[3]
        if not isinstance(piece, Sums):
            if self.rule.kind == "none":
                piece = self._relieved(node, piece)
            else:
                piece = thin(piece[0], piece[1], piece[2], corner, self.source.per_cell, self.rule)
        if self.rule.kind == "mean":
            return *means(piece), piece.n
        return piece.x, piece.y, piece.v.astype(np.float64), piece.n

    def _relieved(self, node: Node, columns: NDArray[np.int64]) -> Sums:
        """Points nobody asked to thin, but for cells of more than UNIT_POINTS: those are, and counted."""
        corner, n = self._corner(node), self.source.per_cell
        codes = np.zeros(columns.shape[1], np.uint64)
        crowded = np.zeros(columns.shape[1], bool)
        if columns.shape[1] > UNIT_POINTS:
            cell_codes(columns[0], columns[1], *corner, n, 1, codes)
            _, cell, size = np.unique(codes, return_inverse=True, return_counts=True)
            crowded = (size > UNIT_POINTS)[cell]
        kept = columns[:, ~crowded]
        free = Sums(
            codes[~crowded], kept[0] - corner[0], kept[1] - corner[1], kept[2], np.ones(kept.shape[1], np.int64)
        )
        if not crowded.any():
            return free
        with self.lock:
            self.overfull += len(np.unique(codes[crowded]))
        some = thin(columns[0, crowded], columns[1, crowded], columns[2, crowded], corner, n, OVERFULL)
        return concatenated(free, some)

    def _note(self, x: NDArray[np.int64], y: NDArray[np.int64], v: NDArray[np.float64]) -> None:
        if not len(x):
            return
        n = self.lattice.per_cell
        cx, cy = x // n, y // n
        cells = 1 + int(np.count_nonzero((cx[1:] != cx[:-1]) | (cy[1:] != cy[:-1])))
        box = Box(int(cx.min()), int(cy.min()), int(cx.max()) + 1, int(cy.max()) + 1)
        with self.lock:
            old = self.box or box
            self.box = Box(min(old.x0, box.x0), min(old.y0, box.y0), max(old.x1, box.x1), max(old.y1, box.y1))
            self.occupied += cells
            self.values += [float(v.min()), float(v.max())]
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
        rows = sorted(self.tiles, key=lambda t: morton_key(Node(TILE_LEVEL, t[0], t[1])))
        with self.files.path("tiles").open("wb") as table:
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
            "ids": self.ids,
        }
        temporary = self.files.path("facts.part")
        temporary.write_text(json.dumps(facts), "utf-8")
        temporary.replace(self.files.path("facts"))
        return Store(self.files)


def seal(spool: Spool, files: StoreFiles, lattice: Lattice, rule: Thinning, job: Job, ids: bool = False) -> Store:
    """Write the points of a closed ``spool`` into ``files`` as a sealed store.

    With ``ids`` the points are kept raw, each with its index.  Raises OutputError when the disk is
    full, Cancelled when asked to stop.
    """
    from ..jobs.workers import run_units

    piece = max(UNIT_POINTS, min(LARGEST_PIECE, job.budget.working // (BYTES_PER_POINT * max(1, job.threads))))
    sealer = _Sealer(files, lattice, rule, ids, piece, job)
    tasks, region = [], 0
    for node, number in spool.nodes:
        tasks.append((node, number, region))
        region += number
    try:
        run_units(
            tasks,
            lambda task: sealer.seal_list(spool, *task),
            job,
            lambda task: min(task[1], piece) * BYTES_PER_POINT,
        )
    except BaseException:
        sealer.points.close()
        sealer.directory.close()
        raise
    return sealer.close()


def _runs(tile_x: NDArray[np.int64], tile_y: NDArray[np.int64]) -> list[tuple[int, int, Node]]:
    """First, last + 1 and node of each run of points of one tile."""
    if not len(tile_x):
        return []
    first = np.flatnonzero(np.r_[True, (tile_x[1:] != tile_x[:-1]) | (tile_y[1:] != tile_y[:-1])])
    ends = np.r_[first[1:], len(tile_x)]
    return [
        (int(a), int(b), Node(TILE_LEVEL, int(tile_x[a]), int(tile_y[a]))) for a, b in zip(first, ends, strict=True)
    ]
