# SPDX-License-Identifier: GPL-2.0-or-later
"""Points left out and predicted from the rest: one at each place, or whole squares of them.

**One at each place.**  The sample is at most one point in every second block of every second row of
blocks, so that no sampled point is near another: leaving all of them out at once leaves out one at
each place.

**Squares.**  Points that lie side by side say nearly the same, so leave-one-out never asks what the
surface is worth in a gap; squares of the gap's size do (block cross-validation: Roberts et al. 2017).
The plane is cut in squares anchored at CRS 0.  A round leaves out one of every 3 x 3, so between two
of them lies twice their side; nine rounds would leave out each once.  Of very many a hash of where
they lie takes some, and of the points in each.

Both depend on the points alone.  Global numbers stay as sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..jobs.workers import run_units
from ..tiles.blocks import BLOCK_LEVEL, Blocks, join_blocks
from ..tiles.hashing import lattice_hash
from ..tiles.lattice import Box
from ..tiles.points import Points
from ..tiles.store import UNIT_POINTS, Store
from ..tiles.without import StoreWithout
from .contract import Evaluation, Interpolator, Queries
from .local.distance import distances_at
from .predictors import FEATURES, Predictors, predicting_bytes

if TYPE_CHECKING:
    from ..jobs.job import Job


class Predicting(Protocol):
    """The part of an Interpolator that predicts."""

    @property
    def unit_bytes(self) -> Callable[[int, int], int]:
        """Peak bytes of one ``evaluate`` for a unit of so many points and cells."""

    def evaluate(self, store: Store, queries: Queries, job: Job, derivatives: bool) -> Evaluation:
        """Values at ``queries``."""


COLUMNS = ("square", "predicted", "distance", "features")
ROUNDS = 9
POINTS_OF_SQUARE = 32
"""Points predicted in one square: its others would say the same."""
TOGETHER_LEVEL = 6
"""Points within 64 x 64 cells are predicted at once, or within less where those hold very many."""
MOST_TILES = 1024
"""Tiles looked at for squares; of more those with the lowest hashes."""


@dataclass(frozen=True)
class LeftOut:
    """Points, what the surface says there without them, and their distance (lattice steps) to the rest."""

    points: Points
    square: NDArray[np.int64]
    """Number of the square of each."""
    predicted: NDArray[np.float64]
    """[n], or [n, surfaces] where several are compared."""
    distance: NDArray[np.float64]
    features: NDArray[np.float64]
    """Predictors of its cell, from the rest, where they were asked for."""

    @property
    def error(self) -> NDArray[np.float64]:
        """Surface minus point, NaN where it has no value."""
        return (self.predicted.T - self.points.v).T


class Squares:
    """Squares of ``side`` lattice steps, known by their indices; of side 1 single points."""

    def __init__(self, side: int, x: NDArray[np.int64], y: NDArray[np.int64]) -> None:
        self._side, self._squares = side, _Pairs(x, y)

    def touches(self, blocks: Blocks, per_cell: int) -> NDArray[np.bool_]:
        x, y, width = blocks.x0 * per_cell, blocks.y0 * per_cell, per_cell << BLOCK_LEVEL
        if self._side >= width:  # no more of them meet in a block than its corners lie in
            return np.any([self.holds(x + dx, y + dy) for dx in (0, width - 1) for dy in (0, width - 1)], axis=0)
        squares, far = self._squares, self._side - 1
        corners = [
            ((squares.x * self._side + dx) // width, (squares.y * self._side + dy) // width)
            for dx in (0, far)
            for dy in (0, far)
        ]
        touched = _Pairs(np.concatenate([x for x, _ in corners]), np.concatenate([y for _, y in corners]))
        return touched.hold(x // width, y // width)

    def holds(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self._squares.hold(x // self._side, y // self._side)


class _Pairs:
    """A set of pairs of whole numbers."""

    def __init__(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> None:
        self.x, self.y = x, y
        self._columns, self._rows = np.unique(x), np.unique(y)
        self._places = np.unique(self._place(x, y))

    def hold(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
        found = np.isin(x, self._columns) & np.isin(y, self._rows)
        found[found] = np.isin(self._place(x[found], y[found]), self._places)
        return found

    def _place(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self._columns, x) * len(self._rows) + np.searchsorted(self._rows, y)


def leave_out_points(store: Store, interpolator: Interpolator, most: int, job: Job) -> LeftOut:
    """At most ``most`` points, spread evenly over the data, never two within 16 cells."""
    blocks = join_blocks([])
    for row in range(len(store.tiles)):
        some = store.tile_blocks(row)
        even = ((some.x0 >> BLOCK_LEVEL) & 1 == 0) & ((some.y0 >> BLOCK_LEVEL) & 1 == 0)
        blocks = join_blocks([blocks, some.take(even)])
        if len(blocks) > 2 * most:
            blocks = _lowest(blocks, most)
    blocks = _lowest(blocks, most)
    picks = [no_points()]
    for i in range(len(blocks)):
        job.progress.check()
        points = store.read_blocks(blocks.take(np.array([i])))
        picks.append(points.take(np.array([np.argmin(lattice_hash(points.x, points.y))])))
    points = _joined(picks)
    return _predict(store, Squares(1, points.x, points.y), points, np.arange(len(points)), interpolator, job)


def leave_out_squares(
    store: Store,
    interpolator: Predicting,
    side: int,
    most: int,
    job: Job,
    *,
    base: Predictors | None = None,
    surfaces: int | None = None,
) -> LeftOut:
    """About ``most`` points of squares of ``side`` lattice steps, in as many rounds as that needs.

    Where ``base``, the predictors of the store, is given, those of the points are found without the squares.
    ``surfaces``: how many values the interpolator has for each point, if not one.
    """
    found: list[LeftOut] = []
    points = squares = 0
    for number in range(ROUNDS):
        if points >= most:
            break
        hidden, sample, square = _round(store, side, number, most - points, job)
        if not len(sample):
            continue
        found.append(_predict(store, hidden, sample, square + squares, interpolator, job, base, surfaces))
        points, squares = points + len(sample), squares + int(square[-1]) + 1
    if not found:
        none = np.empty(0)
        nothing = none if surfaces is None else np.empty((0, surfaces))
        return LeftOut(no_points(), np.empty(0, np.int64), nothing, none, np.empty((0, FEATURES)))
    return LeftOut(
        _joined([part.points for part in found]),
        *(np.concatenate([getattr(part, name) for part in found]) for name in COLUMNS),
    )


def _round(store: Store, side: int, number: int, most: int, job: Job) -> tuple[Squares, Points, NDArray[np.int64]]:
    """The squares of a round, the points of them to predict, and the square of each point."""
    x, y = _occupied_squares(store, side, number, 4 * most // POINTS_OF_SQUARE + 1, job)
    picks, kept = [no_points()], []
    for i in range(len(x)):
        job.progress.check()
        points = _points_of(store, side, int(x[i]), int(y[i]))
        if len(points):
            kept.append(i)
            picks.append(points)
        if sum(map(len, picks)) >= most:
            break
    square = np.repeat(np.arange(len(kept)), [len(points) for points in picks[1:]])
    return Squares(side, x[kept], y[kept]), _joined(picks), square


def _occupied_squares(
    store: Store, side: int, number: int, most: int, job: Job
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the squares of a round that touch an occupied block, by their hash; the first ``most``."""
    best = np.empty((0, 2), np.int64)
    rows = np.argsort(lattice_hash(*store.tiles.T), kind="stable")[:MOST_TILES]
    for row in rows.tolist():
        job.progress.check()
        found = [best]
        for x, y, inside in _squares_of(store.tile_blocks(row), side, store.lattice.per_cell):
            mine = inside & (x % 3 == number % 3) & (y % 3 == number // 3)
            found.append(np.stack([x[mine], y[mine]], axis=1))
        best = np.unique(np.concatenate(found), axis=0)
        best = best[np.argsort(lattice_hash(best[:, 0], best[:, 1]), kind="stable")[:most]]
    return best[:, 0], best[:, 1]


def _squares_of(
    blocks: Blocks, side: int, per_cell: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
    """The squares each block shares a place with: indices, a number of them at a time, and whether they do."""
    x, y, width = blocks.x0 * per_cell, blocks.y0 * per_cell, (per_cell << BLOCK_LEVEL) - 1
    for dx in range(width // side + 2):
        for dy in range(width // side + 2):
            column, row = x // side + dx, y // side + dy
            yield column, row, (column <= (x + width) // side) & (row <= (y + width) // side)


def _points_of(store: Store, side: int, x: int, y: int) -> Points:
    """The points of a square to predict: from as many of its blocks, those with the lowest hashes."""
    n = store.lattice.per_cell
    box = Box(x * side // n, y * side // n, ((x + 1) * side - 1) // n + 1, ((y + 1) * side - 1) // n + 1)
    blocks = _lowest(store.blocks(box.clipped(store.box)), POINTS_OF_SQUARE)
    each = -(-POINTS_OF_SQUARE // max(1, len(blocks)))
    picks = [no_points()]
    for i in range(len(blocks)):
        points = store.read_blocks(blocks.take(np.array([i])))
        points = points.take((points.x // side == x) & (points.y // side == y))
        picks.append(points.take(np.sort(np.argsort(lattice_hash(points.x, points.y), kind="stable")[:each])))
    return _joined(picks)


def _predict(
    store: Store,
    hidden: Squares,
    sample: Points,
    square: NDArray[np.int64],
    interpolator: Predicting,
    job: Job,
    base: Predictors | None = None,
    surfaces: int | None = None,
) -> LeftOut:
    """Predict the sample from a store without what is hidden."""
    without, n = StoreWithout(store, hidden), store.lattice.per_cell
    cx, cy = sample.x // n, sample.y // n
    predicted = np.full(len(sample) if surfaces is None else (len(sample), surfaces), np.nan)
    distance = np.full(len(sample), np.inf)
    predictors = None if base is None else Predictors(without, base.typical)
    features = np.empty((len(sample), FEATURES))

    def cost(group: NDArray[np.int64]) -> int:
        box = _box_of(cx[group], cy[group])
        needed = interpolator.unit_bytes(_points_in(store, box), box.cells)
        return needed + (0 if predictors is None else predicting_bytes(box.cells))

    def work(group: NDArray[np.int64]) -> None:
        box = _box_of(cx[group], cy[group])
        sequence, queries = queries_at(box, n, sample.x[group], sample.y[group])
        predicted[group[sequence]] = interpolator.evaluate(without, queries, job, False).value
        distance[group[sequence]] = distances_at(without, queries, None, job)
        if predictors is not None:
            features[group] = predictors.of(box)[cy[group] - box.y0, cx[group] - box.x0]
        job.progress.advance(len(group))

    if without.count:
        run_units(_together(store, cx, cy, np.arange(len(sample)), TOGETHER_LEVEL), work, job, cost)
    return LeftOut(sample, square, predicted, distance, features)


def _together(
    store: Store, cx: NDArray[np.int64], cy: NDArray[np.int64], some: NDArray[np.int64], level: int
) -> list[NDArray[np.int64]]:
    """``some`` of the cells by node of a level, or of finer ones where a unit of points or more lies around."""
    x, y = cx[some] >> level, cy[some] >> level
    order = np.lexsort((x, y))
    change = np.flatnonzero((np.diff(x[order]) != 0) | (np.diff(y[order]) != 0)) + 1
    found = []
    for group in np.split(some[order], change) if len(some) else []:
        if level and _points_in(store, _box_of(cx[group], cy[group])) > UNIT_POINTS:
            found += _together(store, cx, cy, group, level - 1)
        else:
            found.append(group)
    return found


def _box_of(cx: NDArray[np.int64], cy: NDArray[np.int64]) -> Box:
    return Box(int(cx.min()), int(cy.min()), int(cx.max()) + 1, int(cy.max()) + 1)


def _points_in(store: Store, box: Box) -> int:
    """About how many points lie in a box: in proportion to the cells it shares with each block."""
    blocks, side = store.blocks(box), 1 << BLOCK_LEVEL
    wide = np.minimum(blocks.x0 + side, box.x1) - np.maximum(blocks.x0, box.x0)
    high = np.minimum(blocks.y0 + side, box.y1) - np.maximum(blocks.y0, box.y0)
    return int(np.sum(blocks.count * (wide * high)) // side**2)


def queries_at(
    box: Box, per_cell: int, x: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[NDArray[np.integer], Queries]:
    """Queries at points (lattice steps) inside ``box``, and the order that brings the points into theirs."""
    cell = (y // per_cell - box.y0) * (box.x1 - box.x0) + x // per_cell - box.x0
    order = np.argsort(cell, kind="stable")
    start = np.zeros(box.cells + 1, np.int64)
    np.cumsum(np.bincount(cell, minlength=box.cells), out=start[1:])
    west, south = box.x0 * per_cell, box.y0 * per_cell
    return order, Queries(
        box, per_cell, (x[order] - west).astype(np.float64), (y[order] - south).astype(np.float64), start
    )


def no_points() -> Points:
    """No points at all."""
    return Points(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


def _joined(parts: list[Points]) -> Points:
    return Points(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("x", "y", "v", "w")))


def _lowest(blocks: Blocks, most: int) -> Blocks:
    order = np.argsort(lattice_hash(blocks.x0, blocks.y0), kind="stable")[:most]
    return blocks.take(np.sort(order))
