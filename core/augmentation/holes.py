# SPDX-License-Identifier: GPL-2.0-or-later
"""The sites of a unit that lie in holes of the ground: how far from it, and in which area."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.search.lists import Targets
from ..neighborhood.search.nearest import nearest, peak_bytes
from ..neighborhood.search.ticks import FARTHEST, Ticks
from ..tiles.lattice import Box
from ..tiles.store import Store, Unit
from .areas import GROUND, KEPT_EMPTY, NEAR_BITS
from .classmap import ClassMap
from .footprint import Footprint
from .lengths import Lengths
from .sites import AreaRule

if TYPE_CHECKING:
    from ..jobs.job import Job

CELL_BYTES = 150
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Cells in holes, by row and column of the box asked for; ``gap`` CRS units to the nearest cell of ground."""

    row: Ints
    column: Ints
    area: NDArray[np.uint8]
    gap: NDArray[np.float64]


@dataclass(frozen=True)
class Holes:
    """Finds them, unit by unit; shared by all threads."""

    store: Store
    classes: ClassMap
    footprint: Footprint
    areas: AreaRule
    lengths: Lengths
    ticks: Ticks
    job: Job

    @property
    def cell(self) -> float:
        return float(self.store.lattice.cell)

    @property
    def units(self) -> list[Unit]:
        """All units that may hold sites, in Morton order; without ground some of them hold no point."""
        tiles = self.footprint.tiles()
        return [unit for tile in tiles for unit in self.store.units_of(tile) if not self.box(unit).empty]

    def box(self, unit: Unit) -> Box:
        """The cells of a unit that may be sites."""
        return unit.box.clipped(self.footprint.box)

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        grown = self.box(unit).grown(self.areas.halo)
        return grown.cells * CELL_BYTES + peak_bytes(unit.count, unit.box.cells)

    def find(self, box: Box, asked: NDArray[np.bool_], counts: Counter[str]) -> Found:
        """Of the cells ``asked`` those in holes; the others are counted by the reason they are in none."""
        full = self.areas.strategy == "full"
        halo = self.areas.halo
        kinds = self.classes.window(box.grown(halo))
        near = (kinds[halo : halo + asked.shape[0], halo : halo + asked.shape[1]] & NEAR_BITS[GROUND]) != 0
        wanted = asked if full else asked & ~near
        counts["near_ground"] += int(np.count_nonzero(asked)) - int(np.count_nonzero(wanted))
        row, column = np.nonzero(wanted)
        if not len(row):
            return Found(row, column, np.empty(0, np.uint8), np.empty(0))
        area = self.areas.areas(box, kinds, wanted)[row, column]
        far2 = FARTHEST if self.lengths.max_gap is None else self.ticks.squared(self.lengths.max_gap, "MAX_GAP")
        d2 = self._squared_gaps(column + box.x0, row + box.y0, far2)
        beyond = d2 > far2
        none, empty = ~beyond & (area == 0), ~beyond & (area == KEPT_EMPTY)
        for reason, some in (("max_gap", beyond), ("no_area", none), ("kept_empty", empty)):
            counts[reason] += int(np.count_nonzero(some))
        left = np.flatnonzero(~(beyond | none | empty))
        gap = np.sqrt(d2[left].astype(np.float64)) * self.ticks.size
        # The mean of a cell may lie nearer than any of its points.
        return Found(row[left], column[left], area[left], gap if full else np.maximum(gap, self.lengths.min_spacing))

    def positions(self, ix: Ints, iy: Ints) -> tuple[Ints, Ints]:
        """Ticks of the centers of cells."""
        whole = self.ticks.per_step * self.store.lattice.per_cell
        x, y = ((i * whole + whole // 2) >> self.ticks.shift for i in (ix, iy))
        return x, y

    def _squared_gaps(self, ix: Ints, iy: Ints, far2: int) -> Ints:
        """Squared ticks to the nearest cell of ground; beyond ``far2`` where there is none."""
        d2 = np.full(len(ix), far2 + 1, np.int64)
        x, y = self.positions(ix, iy)
        targets = Targets.at(x, y, None, far2)
        for found in nearest(self.store, targets.cells(self.ticks), targets, self.ticks, 1, self.job):
            has = found.lists.found > 0
            d2[found.query[has]] = found.lists.d2[has, 0]
        return d2
