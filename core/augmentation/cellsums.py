# SPDX-License-Identifier: GPL-2.0-or-later
"""The ground as one mean for each cell: exact integer sums, in whatever order points come.

A dense cell says no more about a hole than a sparse one, and sums need no sorting: what is kept does
not grow with the density of the cloud.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..jobs.disk import discard
from ..tiles.blocks import TILE_LEVEL
from ..tiles.bucketing import Tile
from ..tiles.cache import TileCache
from ..tiles.spool import Spool
from .cell_kernels import add_to_cells, means_of_cells
from .tile_points import SIDE, TilePoints, by_tile

if TYPE_CHECKING:
    from ..jobs.budget import Budget
    from ..jobs.job import Job

TILE_BYTES = 4 * 8 * SIDE * SIDE
LEAST_TILES = 4
MOST_BYTES = 64 << 20
"""8 tiles: as many as flight lines over a tile of 1 km touch by turns."""
RUN_BYTES = 110
Ints = NDArray[np.int64]


def resident_tiles(budget: Budget) -> int:
    """Tiles of sums held at once."""
    return max(LEAST_TILES, min(MOST_BYTES, budget.working // 4) // TILE_BYTES)


class CellSums:
    """Points are added by one thread; then ``means`` gives the cells, and everything on disk goes."""

    def __init__(self, per_cell: int, job: Job) -> None:
        self._per_cell, self._job = per_cell, job
        self._tiles: set[Tile] = set()
        self._saved: set[Tile] = set()
        self._resident = resident_tiles(job.budget)
        self._cache: TileCache[Tile, Ints] = TileCache(self._load, self._save, max_tiles=self._resident)
        self._scattered: Spool | None = None

    def add(self, ground: list[TilePoints]) -> None:
        """The points of a chunk by tile; of more tiles than are resident they wait on disk."""
        if len(ground) > self._resident:
            for points in ground:
                self._waiting.add(*points.xyv)
            return
        for points in ground:
            self._add(points)

    def means(self) -> Iterator[tuple[Ints, Ints, Ints]]:
        """x, y, v of the cells of one tile after the other, rounded to lattice steps."""
        if self._scattered is not None:
            self._scattered.close()
            for node, _ in self._scattered.nodes:
                for rows in self._scattered.parts(node, 1 << 20):
                    for _, points in by_tile(rows[0], rows[1], rows[2], self._per_cell):
                        self._add(points)
        resident = set(self._cache.keys())
        for key in sorted(self._tiles, key=lambda key: (key not in resident, key)):  # those on disk need their room
            self._job.progress.check()
            x, y, v = (np.empty(SIDE * SIDE, np.int64) for _ in range(3))
            number = means_of_cells(self._cache.take(key), key[0] * SIDE, key[1] * SIDE, self._per_cell, x, y, v)
            yield x[:number], y[:number], v[:number]

    def remove(self) -> None:
        """Delete what is on disk."""
        if self._scattered is not None:
            self._scattered.remove()
        for key in self._saved:
            discard(self._job.folder.file(_name(key)))

    @property
    def _waiting(self) -> Spool:
        if self._scattered is None:
            run = min(1 << 20, self._job.budget.run_points(RUN_BYTES))
            path = self._job.folder.file("scattered-spool.part")
            self._scattered = Spool(path, self._per_cell, TILE_LEVEL, run)
        return self._scattered

    def _add(self, points: TilePoints) -> None:
        sums = self._cache.get(points.tile)
        self._tiles.add(points.tile)
        add_to_cells(points.places, points.v, sums)
        self._cache.mark_dirty(points.tile)

    def _load(self, key: Tile) -> Ints:
        if key not in self._saved:
            return np.zeros((SIDE, SIDE, 4), np.int64)
        with self._job.folder.read_result(_name(key)) as result:
            return result.rows("sums")

    def _save(self, key: Tile, sums: Ints) -> None:
        self._job.folder.write_result(_name(key), {}, {"sums": sums})
        self._saved.add(key)


def _name(key: Tile) -> str:
    return f"sums-{key[0]}-{key[1]}.part"
