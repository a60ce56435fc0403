# SPDX-License-Identifier: GPL-2.0-or-later
"""Which second fits a cloud gets: those that predict squares of its own points best.

Three were each the best on some clouds.  On smooth, made grounds the spline itself continues the surface into
a gap.  On surveyed ground the power function is the better guide, but must be bounded.  How tightly depends on
the ground: beside the walls of a town loose bounds leave swells, on slopes tight bounds cut the ground off.
So squares are left out, as in cross-validation (leftout.py), and predicted with each.  Smooth, made grounds had
0.2 to 0.65 times the error with the spline that they had with the power function and loose bounds, ten surveyed
clouds 0.97 to 1.9 times.  Tight bounds had 0.99 to 1.3 times the error of loose ones on the surveyed clouds, 0.93 and
0.97 times on two made towns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..contract import Evaluation, Queries
from ..leftout import leave_out_squares
from .bounds import Bounds
from .gaps import Edge
from .supports import Array

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

BOUNDS = {
    "spline": Bounds(near=np.inf, far=np.inf, outside=np.inf),
    "loose": Bounds(near=2.0, far=20.0, outside=4.5),
    "tight": Bounds(near=0.5, far=5.0, outside=4.5),
}
"""In metres and square metres, by the name that is sealed; ``spline`` is the first fits' function."""
GAIN = {"spline": 0.8, "loose": 1.0, "tight": 0.97}
"""Others than loose bounds are taken where their error is below so many times that of loose ones."""
SPLINE_EDGE, POWER_EDGE = Edge(0.5, 0.15, beside_hole=True), Edge(1.1, 0.5, beside_hole=False)
"""The spline needs no wide transition to itself; between unlike functions a narrow one shows as a ridge."""
UNKNOWN = "loose"
"""What a cloud gets that has no square to leave out."""
SIDE = 24
"""Cells along the squares that are left out."""
POINTS = 512
"""Points predicted, at 32 a square."""

Trial = Callable[["Store", Queries, "Job"], Array]
"""Values at the queries [n, surfaces], one column for each of the surfaces compared."""


def bounds_of(name: str, cell: float) -> Bounds:
    """The bounds in cells, of ``cell`` metres."""
    bounds = BOUNDS[name]
    return Bounds(bounds.near / cell, bounds.far / cell**2, bounds.outside / cell)


@dataclass(frozen=True)
class Compared:
    """An Interpolator as ``leave_out_squares`` uses one, whose values are those of all surfaces compared."""

    trial: Trial
    unit_bytes: Callable[[int, int], int]

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        return Evaluation(self.trial(store, queries, job))


def least(errors: dict[str, float]) -> str:
    """The name of the second fits to take, from the error of each."""
    if not errors:
        return UNKNOWN
    return min(errors, key=lambda name: errors[name] / GAIN[name])


def gap_errors(store: Store, compared: Compared, names: tuple[str, ...], job: Job) -> dict[str, float]:
    """Mean absolute error of each surface; none if nothing was predicted."""
    side = SIDE * store.lattice.per_cell
    left = leave_out_squares(store, compared, side, POINTS, job, surfaces=len(names))
    error = np.abs(left.error[np.isfinite(left.error).all(axis=1)])
    return dict(zip(names, error.mean(axis=0).tolist(), strict=True)) if len(error) else {}
