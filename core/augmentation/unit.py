# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a run: the sites of one unit, what becomes of each, and the synthetic points it leaves behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import TILE_LEVEL
from ..tiles.lattice import Box
from ..tiles.ordering import morton_of
from ..tiles.store import Unit
from .areas import AREAS, FLAGGED
from .dtm import Dtm
from .holes import Holes
from .rays import ray_bytes, smooth_quadrants
from .support import QUADRANTS, ComparedGround, Support, find_support
from .validation import ACCEPTED, RESIDUAL, STEP, UNVERIFIED, Rule, support_bytes

if TYPE_CHECKING:
    from ..jobs.job import Job

POINT = np.dtype(
    [("ix", "<i8"), ("iy", "<i8"), ("z", "<f8"), ("area", "u1"), ("residual", "<f4"), ("support", "<u2"),
     ("gap", "<f4"), ("dtm", "u1")]
)  # fmt: skip
"""A synthetic point: its site, and what is told about it."""
PART = 1 << 14
"""Sites whose support is held at once."""
TILE_MASK = (1 << TILE_LEVEL) - 1

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sites:
    """Sites in holes: their cells, DTM heights, areas, distances to ground."""

    ix: Ints
    iy: Ints
    height: NDArray[np.float64]
    dtm: NDArray[np.uint8]
    area: NDArray[np.uint8]
    gap: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ix)

    def take(self, index: slice) -> Sites:
        return Sites(*(getattr(self, name)[index] for name in ("ix", "iy", "height", "dtm", "area", "gap")))


@dataclass(frozen=True)
class UnitWork:
    """Augments one unit after the other; shared by all threads."""

    holes: Holes
    dtm: Dtm
    rule: Rule
    unverified: str
    job: Job

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result in the job folder."""
        return f"unit-{unit.node.level}-{unit.node.ix}-{unit.node.iy}"

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        part = min(PART, unit.box.cells)
        return self.holes.cost(unit) + part * (support_bytes(self.rule.min_neighbors) + 4 * 64) + ray_bytes()

    def __call__(self, unit: Unit) -> None:
        """Work the unit and write its result: points and rejected sites, each in Morton order, and counts."""
        box = self.holes.box(unit)
        counts: Counter[str] = Counter()
        kept, rejected = [np.empty(0, POINT)], [np.empty(0, POINT)]
        sites = self._sites(box, counts)
        for at in range(0, len(sites), PART):
            points, others = self._judged(sites.take(slice(at, at + PART)), counts)
            kept.append(points)
            rejected.append(others)
        arrays = {"points": _in_order(np.concatenate(kept)), "rejected": _in_order(np.concatenate(rejected))}
        plain = {name: rows.view(np.uint8).reshape(len(rows), POINT.itemsize) for name, rows in arrays.items()}
        self.job.folder.write_result(self.name(unit), {"counts": dict(counts)}, plain)
        self.job.progress.advance(box.cells)

    def _sites(self, box: Box, counts: Counter[str]) -> Sites:
        """The sites in holes that the DTM has a height for; the others are counted and gone."""
        asked = self.holes.footprint.window(box)
        row, column = np.nonzero(asked)
        heights, numbers = np.full(asked.shape, np.nan), np.zeros(asked.shape, np.uint8)
        cell = self.holes.cell
        heights[row, column], numbers[row, column] = self.dtm.sample(
            (column + box.x0 + 0.5) * cell, (row + box.y0 + 0.5) * cell
        )
        valid = ~np.isnan(heights)
        counts["candidates"] += len(row)
        counts["generated"] += int(np.count_nonzero(valid))
        counts["no_dtm"] += len(row) - int(np.count_nonzero(valid))
        found = self.holes.find(box, valid, counts)
        at = (found.row, found.column)
        return Sites(found.column + box.x0, found.row + box.y0, heights[at], numbers[at], found.area, found.gap)

    def _judged(self, sites: Sites, counts: Counter[str]) -> tuple[NDArray[np.void], NDArray[np.void]]:
        """The points made of some sites, and the sites that were rejected."""
        holes, rule = self.holes, self.rule
        x, y = holes.positions(sites.ix, sites.iy)
        ground = ComparedGround(holes.store, self.dtm)
        support = find_support(ground, x, y, sites.gap, rule.min_neighbors, rule.lengths, holes.ticks, self.job)
        verdict = rule.judge(sites.height, sites.gap, support, self._smooth(sites, support))
        unverified = verdict.state == UNVERIFIED
        kept = (verdict.state == ACCEPTED) | (unverified & (self.unverified != "drop"))
        flag = np.where(unverified & (self.unverified == "flag"), FLAGGED, 0)
        columns = {
            "ix": sites.ix, "iy": sites.iy, "z": verdict.z, "area": sites.area + flag, "residual": verdict.residual,
            "support": support.count, "gap": sites.gap, "dtm": sites.dtm,
        }  # fmt: skip
        points = np.empty(len(sites), POINT)
        for name, values in columns.items():
            points[name] = values
        _count(counts, verdict.state, kept, sites.area)
        return points[kept], points[~kept]

    def _smooth(self, sites: Sites, support: Support) -> NDArray[np.bool_]:
        """Quadrants the DTM leads to without a step; all of them beside ground, where full puts points too."""
        smooth = np.ones((len(sites), QUADRANTS), np.bool_)
        far = np.flatnonzero(sites.gap >= self.rule.lengths.min_spacing)
        if len(far):
            x, y = ((i[far] + 0.5) * self.holes.cell for i in (sites.ix, sites.iy))
            stride = max(self.holes.cell, self.dtm.pixel(float(x[0]), float(y[0])))
            limit = self.rule.lengths.max_residual
            smooth[far] = smooth_quadrants(self.dtm, x, y, support.take(far), stride, limit, self.job)
        return smooth


def _count(counts: Counter[str], state: Ints, kept: NDArray[np.bool_], area: NDArray[np.uint8]) -> None:
    """Add what became of some sites."""
    unverified = state == UNVERIFIED
    some: dict[str, Any] = {
        "step": state == STEP, "residual": state == RESIDUAL, "unverified": unverified,
        "unverified_dropped": unverified & ~kept, "accepted": kept,
        **{f"accepted_{name}": kept & (area == code) for name, code in AREAS.items()},
    }  # fmt: skip
    for name, held in some.items():
        counts[name] += int(np.count_nonzero(held))


def _in_order(points: NDArray[np.void]) -> NDArray[np.void]:
    """Points of a unit by Morton code: the whole output is in that order, whatever the units."""
    codes = np.empty(len(points), np.uint64)
    morton_of(points["ix"] & TILE_MASK, points["iy"] & TILE_MASK, codes)
    return points[np.argsort(codes, kind="stable")]
