# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a run: the sites of one unit, what becomes of each, and the synthetic points it leaves behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.search.lists import Targets
from ..neighborhood.search.nearest import nearest, peak_bytes
from ..neighborhood.search.ticks import FARTHEST, Ticks
from ..tiles.blocks import TILE_LEVEL
from ..tiles.lattice import Box
from ..tiles.ordering import morton_of
from ..tiles.store import Store, Unit
from .areas import AREAS, FLAGGED, GROUND_BIT
from .classmap import ClassMap
from .dtm import Dtm
from .footprint import Footprint
from .sites import AreaRule
from .support import CellMeans, find_support
from .validation import ACCEPTED, RESIDUAL, UNVERIFIED, Rule, support_bytes

if TYPE_CHECKING:
    from ..jobs.job import Job

POINT = np.dtype(
    [("ix", "<i8"), ("iy", "<i8"), ("z", "<f8"), ("area", "u1"), ("residual", "<f4"), ("support", "<u2"),
     ("gap", "<f4"), ("dtm", "u1")]
)  # fmt: skip
"""A synthetic point: its site, and what is told about it."""
PART = 1 << 14
"""Sites whose support is held at once."""
CELL_BYTES = 150
TILE_MASK = (1 << TILE_LEVEL) - 1

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Sites:
    """Some sites of a unit: their cells, and DTM heights."""

    ix: Ints
    iy: Ints
    height: Floats
    dtm: NDArray[np.uint8]
    area: NDArray[np.uint8]
    gap: Floats

    def __len__(self) -> int:
        return len(self.ix)

    def take(self, index: NDArray[Any]) -> Sites:
        return Sites(*(getattr(self, name)[index] for name in ("ix", "iy", "height", "dtm", "area", "gap")))


@dataclass(frozen=True)
class UnitWork:
    """Augments one unit after the other; shared by all threads."""

    store: Store
    classes: ClassMap
    footprint: Footprint
    dtm: Dtm
    areas: AreaRule
    rule: Rule
    strategy: str
    unverified: str
    ticks: Ticks
    job: Job

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result in the job folder."""
        return f"unit-{unit.node.level}-{unit.node.ix}-{unit.node.iy}"

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        grown = unit.box.clipped(self.footprint.box).grown(self.areas.halo)
        part = min(PART, unit.box.cells)
        judged = part * (support_bytes(self.rule.min_neighbors) + 4 * 64)
        return grown.cells * CELL_BYTES + peak_bytes(unit.count, unit.box.cells) + judged

    def __call__(self, unit: Unit) -> None:
        """Work the unit and write its result: points and rejected sites, each in Morton order, and counts."""
        box = unit.box.clipped(self.footprint.box)
        counts: Counter[str] = Counter()
        kept, rejected = [np.empty(0, POINT)], [np.empty(0, POINT)]
        for sites in [] if box.empty else self._holes(box, counts):
            points, others = self._judged(sites, counts)
            kept.append(points)
            rejected.append(others)
        arrays = {"points": _in_order(np.concatenate(kept)), "rejected": _in_order(np.concatenate(rejected))}
        plain = {name: rows.view(np.uint8).reshape(len(rows), POINT.itemsize) for name, rows in arrays.items()}
        self.job.folder.write_result(self.name(unit), {"counts": dict(counts)}, plain)
        self.job.progress.advance(box.cells)

    def _holes(self, box: Box, counts: Counter[str]) -> list[Sites]:
        """The sites in holes of the ground, in parts; the others are counted and gone."""
        asked = self.footprint.window(box)
        counts["candidates"] += int(np.count_nonzero(asked))
        row, column = np.nonzero(asked)
        cell = self.rule.cell
        height, dtm = self.dtm.sample((column + box.x0 + 0.5) * cell, (row + box.y0 + 0.5) * cell)
        valid = ~np.isnan(height)
        counts["no_dtm"] += int(np.count_nonzero(~valid))
        counts["generated"] += int(np.count_nonzero(valid))
        row, column, height, dtm = row[valid], column[valid], height[valid], dtm[valid]
        halo = self.areas.halo
        kinds = self.classes.window(box.grown(halo))
        if self.strategy != "full" and self._cell_is_near:
            held = (kinds[halo:, halo:][row, column] & GROUND_BIT) != 0
            counts["near_ground"] += int(np.count_nonzero(held))
            row, column, height, dtm = row[~held], column[~held], height[~held], dtm[~held]
        if not len(row):
            return []
        wanted = np.zeros(asked.shape, np.bool_)
        wanted[row, column] = True
        area = self.areas.areas(box, kinds, wanted)[row, column]
        sites = Sites(column + box.x0, row + box.y0, height, dtm, area, np.empty(len(row)))
        return self._far_from_ground(sites, counts)

    @property
    def _cell_is_near(self) -> bool:
        """Whether ground in a site's own cell is always within MIN_SPACING of it."""
        return self.rule.cell / sqrt(2) < self.rule.lengths.min_spacing

    def _far_from_ground(self, sites: Sites, counts: Counter[str]) -> list[Sites]:
        lengths = self.rule.lengths
        near2 = self.ticks.squared(lengths.min_spacing, "MIN_SPACING")
        far2 = FARTHEST if lengths.max_gap is None else self.ticks.squared(lengths.max_gap, "MAX_GAP")
        d2 = self._squared_gaps(sites, far2)
        near = d2 <= near2 if self.strategy != "full" else np.zeros(len(sites), np.bool_)
        beyond = d2 > far2
        none = ~near & ~beyond & (sites.area == 0)
        counts["near_ground"] += int(np.count_nonzero(near))
        counts["max_gap"] += int(np.count_nonzero(beyond & ~near))
        counts["no_area"] += int(np.count_nonzero(none))
        sites.gap = np.sqrt(d2.astype(np.float64)) * self.ticks.size
        left = np.flatnonzero(~(near | beyond | none))
        return [sites.take(left[at : at + PART]) for at in range(0, len(left), PART)]

    def _squared_gaps(self, sites: Sites, far2: int) -> Ints:
        """Squared ticks to the nearest ground point; beyond ``far2`` where there is none."""
        d2 = np.full(len(sites), far2 + 1, np.int64)
        targets = Targets.at(*self._positions(sites), None, far2)
        for found in nearest(self.store, targets.cells(self.ticks), targets, self.ticks, 1, self.job):
            has = found.lists.found > 0
            d2[found.query[has]] = found.lists.d2[has, 0]
        return d2

    def _positions(self, sites: Sites) -> tuple[Ints, Ints]:
        """Ticks of the centers of the sites' cells."""
        whole = self.ticks.per_step * self.store.lattice.per_cell
        return tuple((i * whole + whole // 2) >> self.ticks.shift for i in (sites.ix, sites.iy))  # type: ignore

    def _judged(self, sites: Sites, counts: Counter[str]) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """The points made of some sites, and the sites that were rejected."""
        ground = CellMeans(self.store, self.dtm)
        x, y = self._positions(sites)
        support = find_support(
            ground, x, y, sites.gap, self.rule.min_neighbors, self.rule.lengths, self.ticks, self.job
        )
        verdict = self.rule.judge(sites.height, sites.gap, support)
        unverified = verdict.state == UNVERIFIED
        kept = (verdict.state == ACCEPTED) | (unverified & (self.unverified != "drop"))
        flag = np.where(unverified & (self.unverified == "flag"), FLAGGED, 0)
        points = np.empty(len(sites), POINT)
        columns = {
            "ix": sites.ix, "iy": sites.iy, "z": verdict.z, "area": sites.area + flag, "residual": verdict.residual,
            "support": support.count, "gap": sites.gap, "dtm": sites.dtm,
        }  # fmt: skip
        for name, values in columns.items():
            points[name] = values
        counts["residual"] += int(np.count_nonzero(verdict.state == RESIDUAL))
        counts["unverified"] += int(np.count_nonzero(unverified))
        counts["unverified_dropped"] += int(np.count_nonzero(unverified & ~kept))
        counts["accepted"] += int(np.count_nonzero(kept))
        for area, code in AREAS.items():
            counts[f"accepted_{area}"] += int(np.count_nonzero(sites.area[kept] == code))
        return points[kept], points[~kept]


def _in_order(points: NDArray[np.void]) -> NDArray[np.void]:
    """Points of a unit by Morton code: the whole output is in that order, whatever the units."""
    codes = np.empty(len(points), np.uint64)
    morton_of(points["ix"] & TILE_MASK, points["iy"] & TILE_MASK, codes)
    return points[np.argsort(codes, kind="stable")]
