# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a run over cells: the neighborhoods of a unit's cell centers, and the bands they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.expression import Environment, Filter, Scope
from ..neighborhood.search.candidates import Candidates
from ..neighborhood.search.ticks import Ticks
from ..surface.units import UnitWork as SurfaceUnit
from ..tiles.lattice import Box
from ..tiles.store import Store, Unit
from .engine import Answers, Needs
from .finding import Finder
from .neighborhoods import Neighborhoods, Pool, Worked
from .stored import NumberedStore

if TYPE_CHECKING:
    from ..jobs.job import Job

CELL_BYTES = 200
OWN_BYTES = 200
"""Held for each point where cells take their own."""


class CellEngine(Protocol):
    """Computes bands of a cell from the points of its neighborhood.  One object serves all threads."""

    name: str
    ordered: bool
    pairs: int
    """Pairs of cell and neighbor it answers for in under 0.1 s."""
    own: bool
    """Whether the neighbors are the points in the cell itself, whatever the neighborhood."""

    @property
    def choices(self) -> Mapping[str, Any]:
        """Every option that changes results, JSON-able."""

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands, in order."""

    def bind(self, scope: Scope) -> Needs:
        """Resolve its names; called once, before any point is read."""

    def answer(self, found: Neighborhoods) -> Answers:
        """float64 values by band for the cells of ``found``; NaN is nodata."""


@dataclass(frozen=True)
class CellWork:
    """Bands of one unit after the other; shared by all threads."""

    store: Store
    finder: Finder | None
    """None where cells take their own points."""
    engine: CellEngine
    process: Filter | None
    ticks: Ticks
    grid: Box
    job: Job
    sampler: Any = None

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result: the one by which a mosaic finds it."""
        return SurfaceUnit.name(unit)

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        cells = unit.box.clipped(self.grid).cells
        search = unit.count * OWN_BYTES if self.finder is None else self.finder.unit_bytes(unit)
        return cells * (CELL_BYTES + 4 * len(self.engine.bands)) + search

    def __call__(self, unit: Unit) -> None:
        """Evaluate the unit and write its result: bands, rows from the south."""
        box = unit.box.clipped(self.grid)
        bands = {name: np.full(box.cells, np.nan, np.float32) for name in self.engine.bands}
        counts: Counter[str] = Counter(cells=box.cells)
        for found in self._neighborhoods(box, counts):
            for part in found.parts(self.engine.pairs):
                self.job.progress.check()
                for name, values in self.engine.answer(part).items():
                    bands[name][part.query] = values
        shape = (box.y1 - box.y0, box.x1 - box.x0)
        arrays = {name: band.reshape(shape) for name, band in bands.items() if not np.isnan(band).all()}
        first = next(iter(bands.values()))
        counts["written"] = int(np.count_nonzero(~np.isnan(first)))
        self.job.folder.write_result(self.name(unit), {"box": list(box), "counts": dict(counts)}, arrays)
        self.job.progress.advance(unit.count + box.cells)

    def _neighborhoods(self, box: Box, counts: Counter[str]) -> Iterator[Neighborhoods]:
        if self.finder is None:
            yield from self._own(box, counts)
            return
        cell, base = self._wanted(np.arange(box.cells), box)
        counts["worked"] = len(cell)
        for found in self.finder.find(base, counts):
            yield found.renumbered(cell[found.query])

    def _own(self, box: Box, counts: Counter[str]) -> Iterator[Neighborhoods]:
        """Each cell's own points, which lie one after the other."""
        points = NumberedStore(self.store).read(box)
        if not len(points):
            return
        n = self.store.lattice.per_cell
        owner = (points.y // n - box.y0) * (box.x1 - box.x0) + points.x // n - box.x0
        first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        count = np.diff(np.r_[first, len(owner)])
        pool = Pool(self.store, self.ticks, Candidates.of(points, self.ticks, False))
        area = np.full(len(first), float(self.store.lattice.cell) ** 2)
        cell, base = self._wanted(owner[first], box)
        kept = np.isin(owner[first], cell) if len(cell) < len(first) else np.ones(len(first), bool)
        counts["worked"] = len(cell)
        yield Neighborhoods(cell, base, pool, first[kept], count[kept], np.arange(len(owner)), area[kept], self.sampler)

    def _wanted(self, cell: NDArray[np.int64], box: Box) -> tuple[NDArray[np.int64], Worked]:
        """Of these cells of the box those that pass the process filter, and their centers."""
        width = box.x1 - box.x0
        base = self._centers(cell, width, box)
        if self.process is None:
            return cell, base
        passed = self.process.passed(Environment(len(cell), base, rasters=self.sampler))
        return cell[passed], base.take(passed)

    def _centers(self, cell: NDArray[np.int64], width: int, box: Box) -> Worked:
        half, per_cell = self.ticks.per_step * self.store.lattice.per_cell // 2, self.ticks.per_step
        per_cell *= self.store.lattice.per_cell
        x = ((box.x0 + cell % width) * per_cell + half) >> self.ticks.shift
        y = ((box.y0 + cell // width) * per_cell + half) >> self.ticks.shift
        return Worked(x, y, np.zeros(len(cell), np.int64), self.ticks, {})
