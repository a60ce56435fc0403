# SPDX-License-Identifier: GPL-2.0-or-later
"""The sealed store: immutable points on disk, in Morton order, read by box or nearest-first.

Points lie tile after tile (nodes of 512 x 512 cells); inside a tile in canonical order.  Every tile
has a directory of its occupied blocks (nodes of 16 x 16 cells), so any box is a few reads.  What is
held in memory is a row per tile; directories come through a small cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from ..json_text import parsed
from .blocks import BLOCK_LEVEL, TILE_LEVEL, Blocks, join_blocks
from .cache import TileCache
from .columns import Column, record_of
from .lattice import Box, Lattice, Node
from .placing import place_records
from .points import Points
from .reading import SharedReader
from .walk import walk

UNIT_POINTS = 1 << 18
"""Most stored points of a unit, unless a single cell holds more."""

HEAVY_BLOCK = 1 << 16
"""A block of more points is read by the nodes in it that are wanted."""

ROWS_APART = 64
"""Rows nearer to each other than this are read at once, with those between."""

FIRST, LAST = -(1 << 62), 1 << 62
"""Lattice steps no point reaches."""

DIRECTORY = np.dtype([("block", "<u2"), ("count", "<u4")])
TILE = np.dtype(
    [("ix", "<i8"), ("iy", "<i8"), ("start", "<i8"), ("count", "<i8"), ("directory", "<i8"), ("blocks", "<i8")]
)


@dataclass(frozen=True)
class Unit:
    """A node of at most 512 x 512 cells and UNIT_POINTS points: what one task works on."""

    node: Node
    count: int

    @property
    def box(self) -> Box:
        return self.node.box


@dataclass(frozen=True)
class StoreFiles:
    """The four files of a store called ``name`` in a job folder."""

    folder: Path
    name: str

    def path(self, part: str) -> Path:
        """Path of ``points``, ``directory``, ``tiles`` or ``facts`` (or a scratch file of the seal)."""
        return self.folder / f"{self.name}-{part}.scree"

    @property
    def sealed(self) -> bool:
        """True once the store is whole: its facts are written last."""
        return self.path("facts").is_file()


class Store:
    """Points, sealed.  Reads are thread-safe.  Raises StoreError where a file is damaged."""

    def __init__(self, files: StoreFiles) -> None:
        self.files = files
        try:
            facts = parsed(files.path("facts").read_text("utf-8"))
            with files.path("tiles").open("rb") as table:
                self._tiles: NDArray[np.void] = np.load(table)
        except (OSError, ValueError) as error:
            raise StoreError(
                f"The sealed store {files.path('facts')} is damaged ({error}); delete its folder and run again."
            ) from error
        self.lattice = Lattice(Fraction(facts["cell"]), facts["per_cell"], Fraction(facts["value_step"]))
        self.count: int = facts["count"]
        self.occupied_cells: int = facts["occupied_cells"]
        self.box = Box(*facts["box"])
        self.value_range: tuple[float, float] = tuple(facts["value_range"])
        self.overfull_cells: int = facts["overfull_cells"]
        """Cells thinned unasked because a single one held more than UNIT_POINTS points."""
        self.columns = tuple(Column(name, dtype) for name, dtype in facts["columns"])
        self.record = record_of(self.columns)
        self._rows = {(int(t["ix"]), int(t["iy"])): i for i, t in enumerate(self._tiles)}
        self._points = SharedReader(files.path("points"))
        self._directory = SharedReader(files.path("directory"))
        self._directories = self._cached_directories()

    def close(self) -> None:
        """Close the files."""
        self._points.close()
        self._directory.close()

    @property
    def tiles(self) -> NDArray[np.int64]:
        """Indices (ix, iy) of the occupied tiles, [n, 2], in Morton order."""
        return np.stack([self._tiles["ix"], self._tiles["iy"]], axis=1)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The occupied units, in Morton order: fixed by the points, never by memory."""
        found: list[Unit] = []
        for i, tile in enumerate(self._tiles):
            self._split(Node(TILE_LEVEL, int(tile["ix"]), int(tile["iy"])), i, int(tile["count"]), found)
        return tuple(found)

    def units_of(self, tile: Node) -> list[Unit]:
        """All units that partition a tile, empty ones included; an empty tile is one unit."""
        row = self._rows.get((tile.ix, tile.iy))
        if row is None:
            return [Unit(tile, 0)]
        found: list[Unit] = []
        self._split(tile, row, int(self._tiles[row]["count"]), found, empty=True)
        return found

    def _split(self, node: Node, row: int, count: int, found: list[Unit], empty: bool = False) -> None:
        if count <= UNIT_POINTS or node.level == 0:
            if count or empty:
                found.append(Unit(node, count))
            return
        for child in node.children:
            self._split(child, row, self._count_node(child, row), found, empty)

    def _count_node(self, node: Node, row: int) -> int:
        blocks = self._directories.get(row)
        if node.level >= BLOCK_LEVEL:
            inside = (blocks.x0 >> node.level == node.ix) & (blocks.y0 >> node.level == node.iy)
            return int(blocks.count[inside].sum())
        return len(self.read(node.box))

    def read(self, box: Box) -> Points:
        """Every stored point whose cell lies in ``box``, in canonical order."""
        return self._read(self._narrowed(self.blocks(box), box), box)

    def read_blocks(self, blocks: Blocks) -> Points:
        """Every stored point of ``blocks``, block after block in their order."""
        return self._read(blocks, None)

    def read_columns(self, box: Box) -> tuple[Points, dict[str, NDArray[np.generic]]]:
        """As ``read``, with the columns of the points by name."""
        points, records, place, _ = self._placed(self._narrowed(self.blocks(box), box), box)
        whole = len(points) == len(records)
        return points, {c.name: records[c.name] if whole else records[c.name][place] for c in self.columns}

    def read_rows(self, blocks: Blocks, box: Box | None = None) -> tuple[Points, NDArray[np.int64]]:
        """As ``read_blocks`` (those in ``box`` only), with the row of each point in the store."""
        points, _, _, row = self._placed(blocks, box)
        return points, row

    def columns_of_rows(self, rows: NDArray[np.int64]) -> dict[str, NDArray[np.generic]]:
        """The columns of the points in these rows, which may come in any order."""
        wanted, place = np.unique(rows, return_inverse=True)
        out = self._records_of(wanted)
        return {c.name: out[c.name][place] for c in self.columns}

    def places_of_rows(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """x and y, in lattice steps, of the points in these rows, which may come in any order."""
        wanted, place = np.unique(rows, return_inverse=True)
        out, side = self._records_of(wanted), self.lattice.per_cell << TILE_LEVEL
        tiles = self._tiles[np.searchsorted(self._tiles["start"], wanted, "right") - 1]
        x, y = ((out[axis] + tiles[f"i{axis}"].astype(np.int64) * side)[place] for axis in "xy")
        return x, y

    def _records_of(self, wanted: NDArray[np.int64]) -> NDArray[np.void]:
        """The records of these rows, which ascend."""
        out = np.empty(len(wanted), self.record)
        breaks = np.flatnonzero(np.diff(wanted) > ROWS_APART) + 1
        for part in np.split(np.arange(len(wanted)), breaks) if len(wanted) else []:
            first = int(wanted[part[0]])
            run = np.empty(int(wanted[part[-1]]) - first + 1, self.record)
            self._points.read(run, first * self.record.itemsize)
            out[part] = run[wanted[part] - first]
        return out

    def blocks(self, box: Box) -> Blocks:
        """Occupied blocks that share a cell with ``box``, in the order of the file."""
        parts = []
        for row in self._rows_in(box):
            blocks = self._directories.get(row)
            side = 1 << BLOCK_LEVEL
            parts.append(
                blocks.take(
                    (blocks.x0 < box.x1)
                    & (blocks.x0 + side > box.x0)
                    & (blocks.y0 < box.y1)
                    & (blocks.y0 + side > box.y0)
                )
            )
        return join_blocks(parts)

    def walk(self, box: Box) -> Iterator[tuple[int, Blocks]]:
        """Occupied blocks nearest-first around ``box``: see walk.py."""
        return walk(self.tiles, self.tile_blocks, self.lattice.per_cell, box)

    def _narrowed(self, blocks: Blocks, box: Box) -> Blocks:
        """The blocks, those of very many points replaced by their nodes inside ``box``."""
        heavy = np.flatnonzero(blocks.count > HEAVY_BLOCK)
        if not len(heavy):
            return blocks
        parts = np.split(np.arange(len(blocks)), np.sort(np.r_[heavy, heavy + 1]))
        chosen = [blocks.take(part) for part in parts if len(part)]
        found: list[Blocks] = []
        for group in chosen:
            if len(group) == 1 and group.count[0] > HEAVY_BLOCK:
                node = Node(BLOCK_LEVEL, int(group.x0[0]) >> BLOCK_LEVEL, int(group.y0[0]) >> BLOCK_LEVEL)
                self._descend(node, int(group.start[0]), int(group.count[0]), int(group.tile[0]), box, found)
            else:
                found.append(group)
        return join_blocks(found)

    def _descend(self, node: Node, start: int, count: int, tile: int, box: Box, found: list[Blocks]) -> None:
        """The runs of a node's records that lie in ``box``: by bisection, as the points are in Morton order."""
        if not count or not node.box.touches(box):
            return
        if node.level == 0 or node.box.clipped(box) == node.box:
            found.append(Blocks(*(np.array([n]) for n in (node.box.x0, node.box.y0, count, start, tile))))
            return
        at, end = start, start + count
        for child in node.children:
            following = self._bisect(child, at, end, tile)
            self._descend(child, at, following - at, tile, box, found)
            at = following

    def _bisect(self, node: Node, low: int, high: int, tile: int) -> int:
        """The first record after the points of ``node``, the first of its siblings still among ``low`` to ``high``."""
        n, origin = self.lattice.per_cell << node.level, TILE_LEVEL - node.level
        x0, y0 = int(self._tiles[tile]["ix"]) << origin, int(self._tiles[tile]["iy"]) << origin
        record = np.empty(1, self.record)
        while low < high:
            middle = (low + high) // 2
            self._points.read(record, middle * self.record.itemsize)
            if (x0 + int(record["x"][0]) // n, y0 + int(record["y"][0]) // n) == (node.ix, node.iy):
                low = middle + 1
            else:
                high = middle
        return low

    def tile_blocks(self, row: int) -> Blocks:
        """Occupied blocks of the tile in ``tiles[row]``."""
        return self._directories.get(row)

    def _rows_in(self, box: Box) -> list[int]:
        x0, y0, x1, y1 = (
            box.x0 >> TILE_LEVEL,
            box.y0 >> TILE_LEVEL,
            (box.x1 - 1) >> TILE_LEVEL,
            (box.y1 - 1) >> TILE_LEVEL,
        )
        if box.empty:
            return []
        if (x1 - x0 + 1) * (y1 - y0 + 1) <= 64:
            keys = ((ix, iy) for iy in range(y0, y1 + 1) for ix in range(x0, x1 + 1))
            return sorted(self._rows[k] for k in keys if k in self._rows)
        ix, iy = self._tiles["ix"], self._tiles["iy"]
        return np.flatnonzero((ix >= x0) & (ix <= x1) & (iy >= y0) & (iy <= y1)).tolist()

    def _cached_directories(self) -> TileCache[int, Blocks]:
        return TileCache(self._read_directory, size=lambda b: 40 * len(b), max_tiles=4096, max_bytes=16 << 20)

    def _read_directory(self, row: int) -> Blocks:
        tile = self._tiles[row]
        entries = np.empty(int(tile["blocks"]), DIRECTORY)
        self._directory.read(entries, int(tile["directory"]) * DIRECTORY.itemsize)
        code = entries["block"].astype(np.int64)
        bx, by = _even_bits(code), _even_bits(code >> 1)
        count = entries["count"].astype(np.int64)
        start = int(tile["start"]) + np.cumsum(count) - count
        x0 = (int(tile["ix"]) << TILE_LEVEL) + (bx << BLOCK_LEVEL)
        y0 = (int(tile["iy"]) << TILE_LEVEL) + (by << BLOCK_LEVEL)
        return Blocks(x0, y0, count, start, np.full(len(code), row, np.int64))

    def _read(self, blocks: Blocks, box: Box | None) -> Points:
        return self._placed(blocks, box)[0]

    def _placed(
        self, blocks: Blocks, box: Box | None = None
    ) -> tuple[Points, NDArray[np.void], NDArray[np.int64], NDArray[np.int64]]:
        """Points of blocks, or those in ``box``; all records read, the place of each among them, and its row."""
        records, n = self._records(blocks), self.lattice.per_cell
        tiles, side = self._tiles[blocks.tile], n << TILE_LEVEL
        edges = np.array([FIRST, FIRST, LAST, LAST]) if box is None else n * np.array(box, np.int64)
        x, y, place, row = np.empty((4, len(records)), np.int64)
        v = np.empty(len(records))
        found = place_records(
            records["x"], records["y"], records["v"], tiles["ix"] * side, tiles["iy"] * side,
            blocks.start, blocks.count, edges, x, y, v, place, row,
        )  # fmt: skip
        if found < len(records):  # what lies outside is held no longer
            x, y, v, place, row = (column[:found].copy() for column in (x, y, v, place, row))
        w = records["w"][place].astype(np.float64) if "w" in (records.dtype.names or ()) else np.ones(found)
        return Points(x, y, v, w), records, place, row

    def _records(self, blocks: Blocks) -> NDArray[np.void]:
        """The records of blocks; neighbors in the file are read at once."""
        out = np.empty(int(blocks.count.sum()), self.record)
        ends = blocks.start + blocks.count
        cuts = (
            np.flatnonzero(np.r_[True, blocks.start[1:] != ends[:-1], True]) if len(blocks) else np.zeros(1, np.int64)
        )
        at = 0
        for first, last in zip(cuts[:-1], cuts[1:] - 1, strict=True):
            number = int(ends[last] - blocks.start[first])
            self._points.read(out[at : at + number], int(blocks.start[first]) * self.record.itemsize)
            at += number
        return out


def _even_bits(code: NDArray[np.int64]) -> NDArray[np.int64]:
    """Every second bit of a block's Morton code: its column (or, shifted by one, its row)."""
    out = np.zeros_like(code)
    for bit in range(TILE_LEVEL - BLOCK_LEVEL):
        out |= ((code >> (2 * bit)) & 1) << bit
    return out
