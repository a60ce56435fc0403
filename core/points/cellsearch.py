# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighborhoods by sampling: the query moves to the center of its cell, and cells count whole.

Cells lie on a grid anchored at CRS 0; a cell counts if its center is in the region.  So a window of
points is cut into cells once, what stands for each is chosen once, and a query lists runs of cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.language.cells import cells_of_points
from ..neighborhood.language.definition import Sampling
from ..neighborhood.language.properties import DIVISOR_SLACK
from ..neighborhood.search.candidates import Candidates
from ..neighborhood.search.cellmask import CellTable, Masks, cells_of
from ..neighborhood.search.search import PAIRS, WINDOW_POINTS
from ..neighborhood.search.ticks import Ticks
from ..neighborhood.search.window import points_in
from ..tiles.lattice import Box, as_decimal
from .cellselect import Content, select
from .neighborhoods import Neighborhoods, Pool, Worked
from .stored import NumberedStore

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..neighborhood.expression import Sampler

Numbers = NDArray[np.int64]
WINDOW_CELLS = 1 << 21
"""Sampling cells of a window, unless the mask of one query has more."""
POINT_BYTES = 400
"""Held for each point of a window while its cells are made."""
CELL_BYTES = 24
FITS = 1 << 62


@dataclass(frozen=True)
class CellGrid:
    """Sampling cells of ``cell`` CRS units: a tick is ``wide`` / ``per_cell`` of one."""

    cell: Fraction
    wide: int
    per_cell: int

    @staticmethod
    def of(sampling: Sampling, ticks: Ticks) -> CellGrid:
        """Cells that divide those of the lattice (a raster's are) do so exactly.  Raises OptionError."""
        lattice = ticks.lattice
        parts = sampling.subdivision or max(1, round(float(lattice.cell) / (sampling.cellsize or 1.0)))
        cell = lattice.cell / parts
        if sampling.cellsize is not None and abs(float(cell) - sampling.cellsize) > DIVISOR_SLACK * sampling.cellsize:
            cell = as_decimal(sampling.cellsize, "cellsize")
        ratio = lattice.cell / (lattice.per_cell * ticks.per_step) * (1 << ticks.shift) / cell
        if ratio.numerator * ratio.denominator >= FITS:
            raise OptionError(f"cellsize is {float(cell)!r}; give it with fewer decimals.")
        return CellGrid(cell, ratio.numerator, ratio.denominator)

    def scaled(self, ticks: Numbers) -> tuple[Numbers, Numbers]:
        """The cell each position lies in, and how far from its low border, of ``per_cell`` parts."""
        whole, rest = np.divmod(ticks, self.per_cell)
        more, within = np.divmod(rest * self.wide, self.per_cell)
        return whole * self.wide + more, within

    def center(self, cell: Numbers) -> Numbers:
        """Tick nearest to the center of each cell."""
        return ((2 * cell + 1) * self.per_cell + self.wide) // (2 * self.wide)

    def seen(self, low: int, high: int, lattice_cell: Fraction) -> tuple[int, int]:
        """Lattice cells that hold the points of sampling cells ``low`` to ``high`` - 1, those on borders included."""
        return (low * self.cell) // lattice_cell, (high * self.cell) // lattice_cell + 1


@dataclass(frozen=True)
class CellSearch:
    """Searches ``store`` by the cells of ``grid``."""

    sampling: Sampling
    grid: CellGrid
    store: NumberedStore
    ticks: Ticks
    sampler: Sampler | None
    job: Job
    raster: bool
    """Whether centers of raster cells are worked: one on a corner is looked for from the cell right of and above it."""

    def search(self, base: Worked, query: Numbers, masks: Masks) -> Iterator[Neighborhoods]:
        """The neighborhoods of points ``query`` of ``base``, which have a mask each."""
        column, row = self._owners(base.x[query], base.y[query])
        for part in self._parts(column, row, masks.reach, np.arange(len(query))):
            box = self._box(column[part], row[part], masks.take(part).reach)
            yield from self._in_box(box, base, query[part], column[part] - box.x0, row[part] - box.y0, masks.take(part))

    def centers(self, base: Worked) -> Worked:
        """The same points moved to the centers of their cells."""
        x, y = (self.grid.center(cell) for cell in self._owners(base.x, base.y))
        return Worked(x, y, base.z, base.ticks, base.columns)

    def _owners(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        """Column and row of the cell each position is looked for from: of a point on a border one that holds it.

        Where no cell or the cells on both sides hold it, it is that right of it or above.
        """
        sides = (("r", "l"), ("t", "b"))
        owners = []
        for at, (high, low) in zip((x, y), sides, strict=True):
            cell, within = self.grid.scaled(at)
            before = not self.raster and high in self.sampling.border and low not in self.sampling.border
            owners.append(cell - (within == 0) if before else cell)
        return owners[0], owners[1]

    def _in_box(
        self, box: Box, base: Worked, query: Numbers, column: Numbers, row: Numbers, masks: Masks
    ) -> Iterator[Neighborhoods]:
        content = select(self.sampling.select, self._content(box))
        table = CellTable.of(content.cell, box.x1 - box.x0, box.y1 - box.y0)
        sizes, count = table.chosen(column, row, masks, self.job)
        area = cells_of(sizes, masks.is_round) * float(self.grid.cell) ** 2
        for some, offsets, entry in table.lists(column, row, masks.is_round, sizes, count, PAIRS):
            self.job.progress.check()
            chosen, index = query[some], content.index[entry]
            yield Neighborhoods(
                chosen, base.take(chosen), content.pool, offsets[:-1], np.diff(offsets), index, area[some], self.sampler
            )

    def _content(self, box: Box) -> Content:
        """The points of a box of sampling cells, by cell."""
        pool = Pool(
            self.store.store, self.ticks, Candidates.of(self.store.read(self._lattice_box(box)), self.ticks, False)
        )
        c, n, grid = pool.candidates, self.grid.per_cell, self.grid
        (cx, in_x), (cy, in_y) = grid.scaled(c.x), grid.scaled(c.y)
        x, y = (cx - box.x0) * n + in_x, (cy - box.y0) * n + in_y
        point, column, row = cells_of_points(x, y, n, self.sampling.border)
        inside = (column >= 0) & (column < box.x1 - box.x0) & (row >= 0) & (row < box.y1 - box.y0)
        cell = row[inside] * (box.x1 - box.x0) + column[inside]
        order = np.argsort(cell, kind="stable")
        return Content(pool, point[inside][order], cell[order])

    def _lattice_box(self, box: Box) -> Box:
        cell = self.store.lattice.cell
        (x0, x1), (y0, y1) = self.grid.seen(box.x0, box.x1, cell), self.grid.seen(box.y0, box.y1, cell)
        return Box(x0, y0, x1, y1)

    @staticmethod
    def _box(column: Numbers, row: Numbers, reach: int) -> Box:
        """Sampling cells that masks round these cells may cover."""
        return Box(int(column.min()), int(row.min()), int(column.max()) + 1, int(row.max()) + 1).grown(reach)

    def _parts(self, column: Numbers, row: Numbers, reach: int, part: Numbers) -> Iterator[Numbers]:
        """Numbers of queries whose masks together cover no more than a window, halving until they do."""
        if not len(part):
            return
        box = self._box(column[part], row[part], reach)
        seen, own = self._lattice_box(box), box.grown(-reach)
        points = points_in(self.store.blocks(seen), seen)
        if own.cells == 1 or (box.cells <= WINDOW_CELLS and points <= WINDOW_POINTS):
            yield part
            return
        wide = own.x1 - own.x0 >= own.y1 - own.y0
        at, middle = (column, (own.x0 + own.x1) // 2) if wide else (row, (own.y0 + own.y1) // 2)
        low = at[part] < middle
        for half in (part[low], part[~low]):
            yield from self._parts(column, row, reach, half)
