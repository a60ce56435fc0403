# SPDX-License-Identifier: GPL-2.0-or-later
"""Which second fits a cloud gets: those that predict squares of its own points best.

Three were each the best on some clouds.  On smooth, made grounds the spline itself continues the surface into
a gap.  On surveyed ground the power function is the better guide, but must be bounded.  How tightly depends on
the ground: beside the walls of a town loose bounds leave swells, on slopes tight bounds cut the ground off.
So squares of two sizes are left out, as in cross-validation (leftout.py), and predicted with each: smooth, made
grounds had 0.2 to 0.65 times the error with the spline that they had with the power function and loose bounds, ten
surveyed clouds 1.02 to 1.7 times.  Tight bounds had 1.00 to 1.12 times the error of loose ones on the surveyed
clouds, 0.976 on two made towns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..contract import Evaluation, Queries
from ..leftout import leave_out_squares
from .bounds import Bounds
from .supports import Array

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.store import Store

BOUNDS = {
    "spline": Bounds(near=np.inf, far=np.inf, outside=np.inf),
    "loose": Bounds(near=2.0, far=20.0, outside=5.0),
    "tight": Bounds(near=0.5, far=5.0, outside=5.0),
}
"""In metres and square metres, by the name that is sealed; ``spline`` is the first fits' function."""
TIGHT_GAIN = 0.99
"""Tight bounds are taken where their error is below so many times that of loose ones: a tie cuts no slope off."""
UNKNOWN = "loose"
"""What a cloud gets that has no square to leave out."""
SIDES = 16, 32
"""Cells along the squares that are left out."""
POINTS = 768
"""Points predicted for each side, at 32 a square."""

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
    return min(errors, key=lambda name: errors[name] / (TIGHT_GAIN if name == "tight" else 1.0))


def gap_errors(store: Store, compared: Compared, names: tuple[str, ...], job: Job) -> dict[str, float]:
    """Geometric mean, over the sides, of the mean absolute error of each surface; empty if nothing was predicted."""
    means, surfaces = [], len(names)
    for side in SIDES:
        left = leave_out_squares(store, compared, side * store.lattice.per_cell, POINTS, job, surfaces=surfaces)
        error = np.abs(left.error[np.isfinite(left.error).all(axis=1)])
        if len(error):
            means.append(np.maximum(error.mean(axis=0), np.finfo(float).tiny))
    if not means:
        return {}
    return dict(zip(names, np.exp(np.mean(np.log(means), axis=0)).tolist(), strict=True))
