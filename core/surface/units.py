# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a DEM: which units there are, and what one leaves behind.

A task is a function of the sealed store, the unit and the frozen options; it writes one result file,
which is also the record that it is done.  Units far from every point hold nothing and are never
made, so an extent of many empty cells costs nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.lattice import Box, Node
from ..tiles.spool import morton_key
from ..tiles.store import Store, Unit
from .contract import Evaluation, Interpolator, Queries
from .derived import DERIVED
from .local.distance import distance_to_data
from .predictors import predicting_bytes

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..jobs.telemetry import TileState
    from ..rasters import Mask
    from .uncertainty import Uncertainty

BYTES_PER_CELL = 80
"""Of each cell of a unit, whatever the bands."""


@dataclass(frozen=True)
class Bands:
    """Rasters a run makes, by the name of their option."""

    names: tuple[str, ...]

    @property
    def derivatives(self) -> bool:
        return any(name in DERIVED for name in self.names)

    def unit_bytes(self, cells: int) -> int:
        """Held for the bands of a unit of so many cells: queries, values, bands."""
        return cells * BYTES_PER_CELL + (predicting_bytes(cells) if "uncertainty" in self.names else 0)


@dataclass
class Tally:
    """What the units report: counts and sums added up, maxima taken, in the order of the units."""

    counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, float] = field(default_factory=dict)
    maxima: dict[str, float] = field(default_factory=dict)

    def add(self, header: dict[str, dict[str, float]]) -> None:
        """Take the header of one unit's result."""
        self.counts.update({name: int(n) for name, n in header["counts"].items()})
        for name, value in header["sums"].items():
            self.sums[name] = self.sums.get(name, 0.0) + value
        for name, value in header["maxima"].items():
            self.maxima[name] = max(self.maxima.get(name, value), value)


def plan_units(store: Store, grid: Box, reach: int | None, job: Job) -> Iterator[Unit]:
    """Units that may hold a value: those of tiles within ``reach`` cells of data (None: all) and the grid."""
    for tile in _tiles(store, grid, reach, job):
        job.progress.check()
        for unit in store.units_of(tile):
            core = unit.box.clipped(grid)
            if not core.empty and (reach is None or len(store.blocks(core.grown(reach)))):
                yield unit


def _tiles(store: Store, grid: Box, reach: int | None, job: Job) -> list[Node]:
    low_x, low_y = grid.x0 >> TILE_LEVEL, grid.y0 >> TILE_LEVEL
    high_x, high_y = (grid.x1 - 1) >> TILE_LEVEL, (grid.y1 - 1) >> TILE_LEVEL
    if reach is None:
        found = [(x, y) for y in range(low_y, high_y + 1) for x in range(low_x, high_x + 1)]
    else:
        ring = -(-reach >> TILE_LEVEL) if reach % (1 << TILE_LEVEL) == 0 else (reach >> TILE_LEVEL) + 1
        found = []
        order = np.lexsort((store.tiles[:, 0], store.tiles[:, 1]))
        x, y = store.tiles[order].T
        for row in range(max(low_y, int(y[0]) - ring), min(high_y, int(y[-1]) + ring) + 1):
            job.progress.check()
            near = slice(*np.searchsorted(y, (row - ring, row + ring + 1)))
            first, last = np.maximum(x[near] - ring, low_x), np.minimum(x[near] + ring, high_x)
            found += [(column, row) for run in _merged(first, last) for column in run]
    return sorted((Node(TILE_LEVEL, x, y) for x, y in found), key=morton_key)


def _merged(first: NDArray[np.int64], last: NDArray[np.int64]) -> list[range]:
    """The whole numbers in any of the intervals, each once."""
    order = np.argsort(first, kind="stable")
    first, last = first[order], np.maximum.accumulate(last[order]) if len(order) else last
    cut = np.flatnonzero(np.r_[True, first[1:] > last[:-1] + 1]) if len(order) else order
    ends = np.r_[cut[1:], len(first)] - 1 if len(order) else order
    return [range(a, b + 1) for a, b in zip(first[cut].tolist(), last[ends].tolist(), strict=True)]


def _bounds(box: Box, wanted: NDArray[np.bool_]) -> Box:
    """The smallest box around the wanted cells of ``box``."""
    rows, columns = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    x0, y0 = box.x0 + int(columns[0]), box.y0 + int(rows[0])
    return Box(x0, y0, box.x0 + int(columns[-1]) + 1, box.y0 + int(rows[-1]) + 1)


def _part(box: Box, core: Box) -> tuple[slice, slice]:
    """Rows and columns of ``core`` in an array over ``box``."""
    return slice(core.y0 - box.y0, core.y1 - box.y0), slice(core.x0 - box.x0, core.x1 - box.x0)


@dataclass(frozen=True)
class UnitWork:
    """Evaluates one unit after the other; shared by all threads."""

    store: Store
    counted: Store
    """Where the points of a cell are counted: the store, or the raw points."""
    interpolator: Interpolator
    grid: Box
    limit: int | None
    """Mask distance in lattice steps, None where off."""
    mask: Mask | None
    bands: Bands
    job: Job
    uncertainty: Uncertainty | None = None

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result in the job folder."""
        return f"unit-{unit.node.level}-{unit.node.ix}-{unit.node.iy}"

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        cells = unit.box.clipped(self.grid).cells
        return self.interpolator.unit_bytes(unit.count, cells) + self.bands.unit_bytes(cells)

    def __call__(self, unit: Unit) -> None:
        """Evaluate and write the unit's result."""
        box = unit.box.clipped(self.grid)
        self.show(unit, "worked")
        counts: Counter[str] = Counter(cells=box.cells)
        unmasked = self._unmasked(box, counts)
        arrays: dict[str, NDArray[np.generic]] = {}
        evaluation = Evaluation(np.empty(0))
        if unmasked.any():
            # What a mask leaves may be a small part of the unit, and so is then the work.
            core = _bounds(box, unmasked) if self.mask is not None else box
            wanted = unmasked[_part(box, core)].copy()
            distance = None
            if self._measures_distance:
                distance = distance_to_data(self.store, core, self.limit, self.job, wanted)
            if self.limit is not None and distance is not None:
                near = distance <= self.limit
                counts["beyond_mask_distance"] = int(np.count_nonzero(wanted & ~near))
                wanted &= near
            if wanted.any():
                queries = Queries.centers(core, self.store.lattice.per_cell, wanted)
                evaluation = self.interpolator.evaluate(self.store, queries, self.job, self.bands.derivatives)
                arrays = self._arrays(box, core, wanted, evaluation, distance, counts)
        if "count" in self.bands.names:
            arrays["count"] = self._counts(box)
        header = {
            "box": list(box),
            "counts": dict(counts + Counter(evaluation.counts)),
            "sums": evaluation.sums,
            "maxima": evaluation.maxima,
        }
        self.job.folder.write_result(self.name(unit), header, arrays)
        self.job.progress.advance(unit.count + box.cells)
        self.show(unit, "done")

    def show(self, unit: Unit, state: TileState) -> None:
        """Draw the unit in the dock's map."""
        x0, y0, x1, y1 = (float(bound * self.store.lattice.cell) for bound in unit.box.clipped(self.grid))
        self.job.show_tile(unit.node, (x0, y0, x1, y1), state)

    @property
    def _measures_distance(self) -> bool:
        return self.limit is not None or "distance" in self.bands.names

    def _unmasked(self, box: Box, counts: Counter[str]) -> NDArray[np.bool_]:
        """Cells to compute, rows from the south."""
        height, width = box.y1 - box.y0, box.x1 - box.x0
        if self.mask is None:
            return np.ones((height, width), bool)
        inside = self.mask.window(box.x0 - self.grid.x0, self.grid.y1 - box.y1, width, height)[::-1]
        counts["masked"] = int(inside.size - np.count_nonzero(inside))
        return np.ascontiguousarray(inside)

    def _arrays(
        self,
        box: Box,
        core: Box,
        wanted: NDArray[np.bool_],
        evaluation: Evaluation,
        distance: NDArray[np.float64] | None,
        counts: Counter[str],
    ) -> dict[str, NDArray[np.generic]]:
        """The bands of the unit, rows from the south, NaN (or count 0) where there is no value."""
        valid = np.isfinite(evaluation.value)
        counts["written"], counts["nodata"] = int(np.count_nonzero(valid)), int(np.count_nonzero(~valid))
        arrays: dict[str, NDArray[np.generic]] = {}
        step = self.store.lattice.step
        for name in self.bands.names:
            if name == "count":
                continue
            whole = np.full((box.y1 - box.y0, box.x1 - box.x0), np.nan, np.float32)
            band = whole[_part(box, core)]
            if name == "output":
                band[wanted] = evaluation.value
            elif name == "distance" and distance is not None:
                band[wanted] = distance[wanted] * step
            elif name == "uncertainty" and self.uncertainty is not None:
                band[wanted] = np.where(valid, self.uncertainty.of(core)[wanted], np.nan)
            elif evaluation.derivatives is not None:
                band[wanted] = np.where(valid, DERIVED[name](evaluation.derivatives), np.nan)
            arrays[name] = whole
        return arrays

    def _counts(self, box: Box) -> NDArray[np.uint32]:
        points = self.counted.read(box)
        n = self.counted.lattice.per_cell
        cell = (points.y // n - box.y0) * (box.x1 - box.x0) + points.x // n - box.x0
        counts = np.bincount(cell, points.w, minlength=box.cells)
        return np.rint(counts).astype(np.uint32).reshape(box.y1 - box.y0, box.x1 - box.x0)
