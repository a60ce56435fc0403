# SPDX-License-Identifier: GPL-2.0-or-later
"""The spline as an Interpolator: options in, sealed numbers, values out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ...jobs.job import Job
from ...tiles.store import Store
from ..contract import Evaluation, Queries, Sealed
from .blend import evaluate
from .fits import Scale
from .leaves import COARSEST, Rule

NPMIN = 300
"""GRASS normalises distances so that a unit square holds so many points."""


@dataclass(frozen=True, kw_only=True)
class SplineOptions:
    """What the user may choose."""

    segmentation: Literal["blended", "plain"] = "blended"
    segment_points: int = 64
    """A leaf and each of its neighbors of the same size hold at most so many points."""
    tension: float = 10.0
    smoothing: float | Literal["auto"] = "auto"
    anisotropy_angle: float = 0.0
    """Degrees counterclockwise from east."""
    anisotropy_scale: float = 1.0
    neighbor_points: int = 600
    """Plain: points a segment may see."""


class RegularizedSpline:
    """Regularized spline with tension (Mitasova & Mitas 1993)."""

    name = "rst"

    def __init__(self, options: SplineOptions) -> None:
        self.options = options
        self._sealed: Sealed = {}

    def prepare(self, store: Store, job: Job) -> Sealed:
        """Seal the normalising distance (CRS units) and the smoothing."""
        area = store.occupied_cells * (store.lattice.per_cell * store.lattice.step) ** 2
        smoothing = self.options.smoothing
        sealed: Sealed = {
            "dnorm": math.sqrt(area * NPMIN / max(1, store.count)),
            "tension": self.options.tension,
            "smoothing": 0.1 if smoothing == "auto" else smoothing,
        }
        self.restore(store, sealed)
        return sealed

    def restore(self, store: Store, sealed: Sealed) -> None:
        """Take numbers sealed before."""
        self._sealed = sealed

    def unit_bytes(self, points: int, cells: int) -> int:
        """Points three times (read, indexed, supports), queries and sums, and the matrix of the largest fit."""
        return 200 * points + 48 * cells + (16 << 20)

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at the queries; NaN where no leaf could be fitted."""
        rule = Rule(self.options.segment_points, 3, COARSEST)
        return evaluate(store, queries, rule, 100, self._scale(store), float(self._sealed["smoothing"]), job)

    def _scale(self, store: Store) -> Scale:
        """From cells to spline coordinates: rotate, stretch, divide by dnorm."""
        cell = store.lattice.per_cell * store.lattice.step
        f = float(self._sealed["tension"]) * cell / (2.0 * float(self._sealed["dnorm"]))
        angle = math.radians(self.options.anisotropy_angle)
        c, s = math.cos(angle), math.sin(angle)
        stretch = math.sqrt(self.options.anisotropy_scale)
        return Scale(f * stretch * c, f * stretch * s, -f * s, f * c)
