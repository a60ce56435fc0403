# SPDX-License-Identifier: GPL-2.0-or-later
"""Totals of cells while points stream by: no point is kept, and no order of them changes an integer sum.

Tiles of cells are held while memory allows.  One that no point came for in a while is written to make
room; points for tiles that are not held are spooled and added at the end, so no tile goes to disk twice.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.bucketing import by_node, count_window, place_window
from ..tiles.lattice import Box, Node
from ..tiles.spool import Spool, morton_key
from .totals_kernel import COLUMNS, LARGEST_VALUE, add, places

if TYPE_CHECKING:
    from ..jobs.job import Job

Ints = NDArray[np.int64]

TILE_CELLS = 1 << (2 * TILE_LEVEL)
TILE_BYTES = TILE_CELLS * COLUMNS * 8
WINDOW = 1 << 16
"""Most tiles a chunk may span for the counting sort."""
RUN_POINTS = 1 << 19
"""Points of a run of the spool."""
PART = 1 << 20
QUIET_CHUNKS = 20
"""A tile may be written when no point came for it in so many chunks."""


class TooLarge(Exception):
    """A value is beyond what sums hold exactly."""


class Totals:
    """Totals by tile; ``add`` points, then ``seal``, then ``tiles`` and ``read``, and ``close`` at the end."""

    def __init__(self, per_cell: int, job: Job) -> None:
        self.per_cell, self.job = per_cell, job
        self.box: Box | None = None
        """Bounding cells of the points."""
        self._held: OrderedDict[Node, Ints] = OrderedDict()
        self._touched: dict[Node, int] = {}
        """The chunk that last had points for a held tile."""
        self._chunk = 0
        self._gone: dict[Node, bool] = {}
        """Tiles that are not held, and whether totals of them were written."""
        self._most = max(1, job.budget.working // 2 // TILE_BYTES)
        self._spool: Spool | None = None
        self._late: set[Node] = set()
        """Nodes with spooled points."""

    def add(self, x: Ints, y: Ints, value: Ints) -> None:
        """Take points: lattice steps and an integer.  Raises TooLarge."""
        if not len(x):
            return
        if max(int(value.max()), -int(value.min())) >= LARGEST_VALUE:
            raise TooLarge
        self._widen(x, y)
        self._chunk += 1
        cell, order, tiles = self._sorted(x, y)
        at = 0
        for tile, count in tiles:
            some = order[at : at + count]
            at += count
            totals = self._of(tile)
            if totals is None:
                self._later().add(x[some], y[some], value[some])
            else:
                add(totals, cell, value, some)

    def seal(self) -> None:
        """No more points come; tiles can be read."""
        if self._spool is not None:
            self._spool.close()
            self._late = {node for node, _ in self._spool.nodes}

    def close(self) -> None:
        """Let go of everything, on disk too."""
        self._held.clear()
        if self._spool is not None:
            self._spool.remove()

    def tiles(self) -> list[list[Node]]:
        """The tiles that hold points, in groups that share what was spooled; each group is for one task."""
        return list(_grouped((*self._held, *self._gone), self._spool.level if self._spool else TILE_LEVEL).values())

    def read(self, group: list[Node]) -> Iterator[tuple[Node, Ints]]:
        """The totals of the tiles of a group, one after the other."""
        if self._spool is None:
            yield from ((tile, self._start(tile)) for tile in group)
        else:
            yield from self._read(self._spool, self._late, group)

    def _read(self, spool: Spool, late: set[Node], tiles: list[Node]) -> Iterator[tuple[Node, Ints]]:
        for node, group in _grouped(tiles, spool.level).items():
            if node in late and node.level > TILE_LEVEL:
                yield from self._split(spool, node, group)
                continue
            for tile in group:
                totals = self._start(tile)
                if node in late:
                    self._add_late(totals, spool, node)
                yield tile, totals

    def _split(self, spool: Spool, node: Node, group: list[Node]) -> Iterator[tuple[Node, Ints]]:
        """A list of the spool that holds several tiles: spooled once more, finer."""
        path = self.job.folder.file(f"totals-{node.level}-{node.ix}-{node.iy}.part")
        below = Spool(path, self.per_cell, TILE_LEVEL, RUN_POINTS)
        try:
            for part in spool.parts(node, PART):
                self.job.progress.check()
                below.add(*part)
            below.close()
            yield from self._read(below, {node for node, _ in below.nodes}, group)
        finally:
            below.remove()

    def _add_late(self, totals: Ints, spool: Spool, tile: Node) -> None:
        for x, y, value in spool.parts(tile, PART):
            self.job.progress.check()
            cell, order, _ = self._sorted(x, y)
            add(totals, cell, value, order)

    def _start(self, tile: Node) -> Ints:
        """The totals of a tile as far as they were held."""
        if tile in self._held:
            return self._held[tile]
        totals = np.zeros((TILE_CELLS, COLUMNS), np.int64)
        if self._gone[tile]:
            with self.job.folder.read_result(_name(tile)) as result:
                totals[result.rows("cells")] = result.rows("totals")
        return totals

    def _of(self, tile: Node) -> Ints | None:
        """The totals of a tile that is held, or can be from now on."""
        if tile in self._gone or not (tile in self._held or self._has_room()):
            self._gone.setdefault(tile, False)
            return None
        self._touched[tile] = self._chunk
        if tile not in self._held:
            self._held[tile] = np.zeros((TILE_CELLS, COLUMNS), np.int64)
        self._held.move_to_end(tile)
        return self._held[tile]

    def _has_room(self) -> bool:
        """Whether one more tile can be held; the one that had no points for longest goes if it is quiet."""
        if len(self._held) < self._most:
            return True
        oldest = next(iter(self._held))
        if self._touched[oldest] > self._chunk - QUIET_CHUNKS:
            return False
        totals = self._held.pop(oldest)
        cells = np.flatnonzero(totals[:, 0]).astype(np.int32)
        self.job.folder.write_result(_name(oldest), {}, {"cells": cells, "totals": totals[cells]})
        self._gone[oldest] = True
        return True

    def _later(self) -> Spool:
        if self._spool is None:
            path = self.job.folder.file("totals-spool.part")
            self._spool = Spool(path, self.per_cell, TILE_LEVEL, RUN_POINTS)
        return self._spool

    def _sorted(self, x: Ints, y: Ints) -> tuple[NDArray[np.int32], Ints, list[tuple[Node, int]]]:
        """Cell of each point in its tile, an order by tile, and the tiles with their numbers of points."""
        tile_x, tile_y = np.empty(len(x), np.int64), np.empty(len(x), np.int64)
        cell = np.empty(len(x), np.int32)
        places(x, y, self.per_cell, TILE_LEVEL, tile_x, tile_y, cell)
        x0, y0 = int(tile_x.min()), int(tile_y.min())
        width, height = int(tile_x.max()) - x0 + 1, int(tile_y.max()) - y0 + 1
        if width * height > WINDOW:
            return cell, *by_node(x, y, self.per_cell, TILE_LEVEL)
        order, counts = np.arange(len(x)), np.zeros(width * height, np.int64)
        count_window(tile_x, tile_y, x0, y0, width, counts)
        if len(counts) > 1:
            place_window(tile_x, tile_y, x0, y0, width, np.cumsum(counts) - counts, order)
        used = np.flatnonzero(counts)
        return (
            cell,
            order,
            [(Node(TILE_LEVEL, x0 + int(u % width), y0 + int(u // width)), int(counts[u])) for u in used],
        )

    def _widen(self, x: Ints, y: Ints) -> None:
        west, south, east, north = (int(n) // self.per_cell for n in (x.min(), y.min(), x.max(), y.max()))
        old = self.box or Box(west, south, east + 1, north + 1)
        self.box = Box(min(old.x0, west), min(old.y0, south), max(old.x1, east + 1), max(old.y1, north + 1))


def _grouped(tiles: Iterable[Node], level: int) -> dict[Node, list[Node]]:
    """Tiles by the node of ``level`` that holds them, all in Morton order."""
    shift = level - TILE_LEVEL
    found: dict[Node, list[Node]] = {}
    for tile in sorted(tiles, key=morton_key):
        found.setdefault(Node(level, tile.ix >> shift, tile.iy >> shift), []).append(tile)
    return found


def _name(tile: Node) -> str:
    return f"totals-{tile.ix}-{tile.iy}"
