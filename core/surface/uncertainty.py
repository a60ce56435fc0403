# SPDX-License-Identifier: GPL-2.0-or-later
"""The expected error of each cell, calibrated on squares left out and checked on others.

Squares of 0.7, 1.4, 2.8 ... 44.8 cells are left out and predicted from the rest (``leftout``), half of them to
calibrate, half to score.  Of the first half,

1. the logarithm of the absolute error is fitted, by least squares, to the features of the cell
   (``predictors``); no weight is below 0, so that wider gaps and rougher ground never have less;
2. what that fit says is only an order, from the surest place to the least sure: points go into bins of
   it, and sigma is the 68.27 % quantile of the absolute errors of a bin, made to rise and linear in between.
   The lowest is the noise; beyond the last bin sigma goes on as the fit does;
3. as errors have heavier tails than the normal distribution, the bound of 95 % is not 1.96 sigma but
   ``factor_95`` times it: the 95 % quantile of |error| / sigma.

That is split conformal prediction with residuals scaled by a model of their size, in bins of that model as
Mondrian predictors have it (compared by Dewolf, De Baets & Waegeman 2023).  It holds for ground like that
of the squares, on the average over the places, not at each of them, and for points as they were gridded:
noise of single points is in it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..tiles.lattice import Box
from .leftout import LeftOut, leave_out_squares
from .predictors import FEATURES, Predictors, exp2, log2

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..tiles.store import Store
    from .contract import Interpolator

Array = NDArray[np.float64]

SIDES = (0.7, 1.4, 2.8, 5.6, 11.2, 22.4, 44.8)
"""Sides of the squares left out, in cells: none is a whole number, or their edges would lie on those of cells."""
POINTS = 3072
"""Errors of each side."""
SIGMA, MOST_SURE = 0.6827, 0.95
BINS, LEAST_IN_BIN = 16, 25
FEW = 200
"""Errors below which the figures say little."""
FLOOR = 0.05
"""Share of the median error added to every error: the logarithm of none would decide."""


@dataclass(frozen=True)
class ErrorModel:
    """Sigma as a function of the features."""

    weights: list[float]
    offset: float
    places: list[float]
    """Knots: means of the bins in what the fit says."""
    sigma: list[float]
    factor_95: float

    def order(self, features: Array) -> Array:
        """What the fit says: where on the knots each place is."""
        total = np.full(features.shape[:-1], self.offset)
        for k, weight in enumerate(self.weights):
            total += weight * features[..., k]
        return total

    def of(self, features: Array) -> Array:
        """Sigma of each place."""
        place = self.order(features)
        beyond = np.maximum(place - self.places[-1], 0.0)
        return np.asarray(np.interp(place, self.places, self.sigma) * exp2(beyond))


class Uncertainty:
    """Sigma of the cells of a run."""

    def __init__(self, store: Store, sealed: dict[str, Any]) -> None:
        self._predictors = Predictors(store, sealed["typical"])
        self._model = None if sealed["model"] is None else ErrorModel(**sealed["model"])

    def of(self, box: Box) -> Array:
        """Sigma, in units of the values, of the cells of ``box`` [rows, columns]; NaN where nothing could be said."""
        if self._model is None:
            return np.full((box.y1 - box.y0, box.x1 - box.x0), np.nan)
        return self._model.of(self._predictors.of(box))


def calibrate(store: Store, interpolator: Interpolator, job: Job) -> dict[str, Any]:
    """The model and how it did on squares it was not calibrated on, to be sealed."""
    predictors = Predictors(store)
    job.progress.phase("Calibrating the error", len(SIDES) * POINTS, 0)
    groups = [_known(leave_out_squares(store, interpolator, _steps(side, store), POINTS, job, base=predictors))
              for side in SIDES]  # fmt: skip
    mine = [group.square % 2 == 0 for group in groups]
    error = np.concatenate([group.error[some] for group, some in zip(groups, mine, strict=True)])
    features = np.concatenate([group.features[some] for group, some in zip(groups, mine, strict=True)])
    model = fit(features, np.abs(error)) if len(error) else None
    cell = float(store.lattice.cell)
    scored = [_score(model, group, ~some) | {"side": side * cell}
              for side, group, some in zip(SIDES, groups, mine, strict=True)]  # fmt: skip
    return {
        "typical": predictors.typical,
        "model": None if model is None else asdict(model),
        "calibrated_on": len(error),
        "scored_on": sum(score["points"] for score in scored),
        "within_68": _share(scored, "within_68"),
        "within_95": _share(scored, "within_95"),
        "by_side": scored,
    }


def _steps(side: float, store: Store) -> int:
    """A side in cells in whole lattice steps."""
    return max(1, round(side * store.lattice.per_cell))


def _known(left: LeftOut) -> LeftOut:
    """Those with an error."""
    known = np.isfinite(left.error)
    return LeftOut(
        left.points.take(known), left.square[known], left.predicted[known], left.distance[known], left.features[known]
    )


def _score(model: ErrorModel | None, group: LeftOut, some: NDArray[np.bool_]) -> dict[str, Any]:
    size = np.abs(group.error[some])
    if model is None or not len(size):
        return {"points": 0, "within_68": None, "within_95": None}
    sigma = model.of(group.features[some])
    return {
        "points": len(size),
        "rmse": float(np.sqrt(np.mean(size * size))),
        "within_68": float(np.mean(size <= sigma)),
        "within_95": float(np.mean(size <= model.factor_95 * sigma)),
    }


def _share(scored: list[dict[str, Any]], name: str) -> float | None:
    points = sum(score["points"] for score in scored)
    return sum(score["points"] * (score[name] or 0.0) for score in scored) / points if points else None


def fit(features: Array, size: Array) -> ErrorModel:
    """The model of absolute errors ``size`` [n] at places of ``features`` [n, FEATURES]."""
    floor = FLOOR * float(np.median(size)) or 1e-9
    weights, offset = _least_squares(features, log2(size + floor))
    model = ErrorModel(weights, offset, [0.0], [1.0], 1.0)
    place = model.order(features)
    bins = _bins(place, max(1, min(BINS, len(size) // LEAST_IN_BIN)))
    places = [float(place[some].mean()) for some in bins]
    sigma = _rising([float(np.quantile(size[some], SIGMA)) for some in bins], [len(some) for some in bins])
    model = ErrorModel(weights, offset, places, [max(s, floor * 1e-3) for s in sigma], 1.0)
    factor = float(np.quantile(size / model.of(features), MOST_SURE))
    return ErrorModel(weights, offset, model.places, model.sigma, factor)


def _bins(place: Array, number: int) -> list[NDArray[np.int64]]:
    """About ``number`` groups of as many places, in order; equal ones are in one."""
    ordered = np.sort(place)
    edges = np.unique(ordered[np.arange(1, number) * len(place) // number])
    label = np.searchsorted(edges, place, "right")
    return [np.flatnonzero(label == k) for k in np.unique(label)]


def _rising(values: list[float], sizes: list[int]) -> list[float]:
    """The nearest values, by squares, that never fall (pool adjacent violators)."""
    pools: list[tuple[float, int, int]] = []
    for value, size in zip(values, sizes, strict=True):
        mean, points, number = value, size, 1
        while pools and pools[-1][0] > mean:
            before, more, several = pools.pop()
            mean = (before * more + mean * points) / (more + points)
            points, number = more + points, several + number
        pools.append((mean, points, number))
    return [mean for mean, _, number in pools for _ in range(number)]


def _least_squares(features: Array, wanted: Array) -> tuple[list[float], float]:
    """Weights of at least 0, and an offset; a feature that would have less than 0 is left out."""
    used = list(range(FEATURES))
    while used:
        columns = [features[:, k] - features[:, k].mean() for k in used]
        matrix = [[float(np.sum(a * b)) for b in columns] for a in columns]
        for i in range(len(used)):
            matrix[i][i] += 1e-6 * len(wanted)  # a feature that is the same everywhere has no weight
        found = _solved(matrix, [float(np.sum(a * (wanted - wanted.mean()))) for a in columns])
        if min(found) >= 0:
            weights = [0.0] * FEATURES
            for k, weight in zip(used, found, strict=True):
                weights[k] = weight
            middle = sum(w * float(features[:, k].mean()) for k, w in enumerate(weights))
            return weights, float(wanted.mean()) - middle
        used.pop(found.index(min(found)))
    return [0.0] * FEATURES, float(wanted.mean())


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solution of a small positive definite system, by elimination: LAPACK's depends on the processor."""
    n, rows = len(right), [[*row, r] for row, r in zip(matrix, right, strict=True)]
    for i in range(n):
        for j in range(i + 1, n):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [b - factor * a for a, b in zip(rows[i], rows[j], strict=True)]
    found = [0.0] * n
    for i in reversed(range(n)):
        found[i] = (rows[i][n] - sum(rows[i][j] * found[j] for j in range(i + 1, n))) / rows[i][i]
    return found
