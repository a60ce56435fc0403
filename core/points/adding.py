# SPDX-License-Identifier: GPL-2.0-or-later
"""Cell statistics that add up: from clouds to the bands of tiles by totals, without storing a point."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..jobs.workers import run_units
from ..surface.units import UnitWork as SurfaceUnit
from ..tiles.lattice import Box, Lattice, Node
from ..tiles.store import Unit
from .cellstatistics import CellStatistics
from .intake import Intake, tell
from .plan import Points
from .statistics import MOMENTS
from .totals import TILE_BYTES, TILE_CELLS, Totals
from .totals_kernel import summarise

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..neighborhood.expression import Sampler

STRIPE = 1 << 15
"""Cells summarised by one call."""


def add_points(
    points: Points, dimension: str, lattice: Lattice, sampler: Sampler | None, job: Job
) -> tuple[Totals, dict[str, Any]]:
    """Totals of the points that pass, and the counts of their reading.

    Raises InputError where none passes, TooLarge where a value is no number totals can hold.
    """
    job.progress.phase("Reading", sum(cloud.source.points for cloud in points.clouds), 70)
    totals, intake = Totals(lattice.per_cell, job), Intake()
    columns = () if dimension == "z" else (dimension,)
    try:
        for taken in intake.chunks(points, columns, lattice, sampler, job):
            totals.add(taken.x, taken.y, taken.z if dimension == "z" else taken[dimension].astype(np.int64))
        intake.require_some(points)
        totals.seal()
    except BaseException:
        totals.close()
        raise
    counts = asdict(intake)
    tell(counts, points, lattice, job)
    return totals, counts


@dataclass(frozen=True)
class TotalsWork:
    """Bands of one group of tiles after the other; shared by all threads."""

    totals: Totals
    engine: CellStatistics
    lattice: Lattice
    grid: Box
    job: Job

    def run(self) -> tuple[list[Unit], Counter[str]]:
        """Write the result of every tile; the units they are, and what they count."""
        groups = self.totals.tiles()
        self.job.progress.phase("Computing", sum(map(len, groups)), 15, unit="tiles")
        tally: Counter[str] = Counter()
        for counts in run_units(groups, self, self.job, self.cost):
            tally.update(counts)
        return [Unit(tile, 0) for group in groups for tile in group], tally

    def cost(self, group: list[Node]) -> int:
        """Peak bytes of one group."""
        return 2 * TILE_BYTES + 4 * len(self.engine.bands) * TILE_CELLS

    def __call__(self, group: list[Node]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for tile, totals in self.totals.read(group):
            box = tile.box.clipped(self.grid)
            bands = self._bands(tile, box, totals)
            written = np.count_nonzero(~np.isnan(bands[0]))
            found = Counter(cells=box.cells, worked=int(np.count_nonzero(totals[:, 0])), written=int(written))
            shape = (box.y1 - box.y0, box.x1 - box.x0)
            arrays = {name: band.reshape(shape) for name, band in zip(self.engine.bands, bands, strict=True)}
            arrays = {name: band for name, band in arrays.items() if not np.isnan(band).all()}
            header = {"box": list(box), "counts": dict(found)}
            self.job.folder.write_result(SurfaceUnit.name(Unit(tile, 0)), header, arrays)
            self.job.progress.advance(1)
            counts.update(found)
        return counts

    def _bands(self, tile: Node, box: Box, totals: NDArray[np.int64]) -> NDArray[np.float32]:
        """[features, cells of the box], rows from the south."""
        kinds = np.array([MOMENTS.index(feature.name) for feature in self.engine.features])
        step = self.lattice.value_step if self.engine.dimension == "z" else Fraction(1)
        area = float(self.lattice.cell) ** 2
        side, origin = tile.box.x1 - tile.box.x0, tile.box
        columns = np.arange(box.x0 - origin.x0, box.x1 - origin.x0)
        rows = np.arange(box.y0 - origin.y0, box.y1 - origin.y0)
        cells = (rows[:, None] * side + columns).ravel()
        out = np.empty((len(kinds), len(cells)), np.float32)
        for first in range(0, len(cells), STRIPE):
            part = slice(first, first + STRIPE)
            self.job.progress.check()
            summarise(totals, cells[part], kinds, float(step.numerator), float(step.denominator), area, out[:, part])
        return out
