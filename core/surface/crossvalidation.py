# SPDX-License-Identifier: GPL-2.0-or-later
"""Leave-one-out errors of a sample of points: what the surface says where it was not told.

The sample is at most one point in every second block of every second row of blocks, so that no
sampled point is near another: leaving all of them out at once leaves out one at each place.  The
choice is by a hash of the lattice, the same on every run.  Global numbers stay as sealed.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..tiles.blocks import BLOCK_LEVEL, Blocks, join_blocks
from ..tiles.hashing import lattice_hash
from ..tiles.lattice import Box
from ..tiles.points import Points
from ..tiles.store import Store
from .contract import Queries

if TYPE_CHECKING:
    from ..jobs.job import Job
    from .result import Dem

LARGEST_HASH = np.uint64(2**64 - 1)


class StoreWithout(Store):
    """A sealed store in which some points can not be seen."""

    def __init__(self, store: Store, hidden: Points) -> None:
        self.__dict__.update(store.__dict__)
        order = np.argsort(hidden.x, kind="stable")
        self._hidden = hidden.take(order)

    def _read(self, blocks: Blocks, box: Box | None) -> Points:
        points = super()._read(blocks, box)
        first = np.searchsorted(self._hidden.x, points.x, "left")
        last = np.searchsorted(self._hidden.x, points.x, "right")
        seen = np.ones(len(points), bool)
        for i in np.flatnonzero(last > first):
            if (self._hidden.y[first[i] : last[i]] == points.y[i]).any():
                seen[i] = False
        return points.take(seen)


def write_cross_validation(dem: Dem, job: Job) -> dict[str, Any]:
    """Evaluate the sample without itself and write it as a cloud; returns the measures for the report."""
    from ..clouds.writer import write_cloud

    store = dem.sealed.store
    sample = sample_points(store, dem.options.cross_validation_points)
    job.progress.phase("Cross-validation", len(sample), 0)
    predicted = _predict(dem, StoreWithout(store, sample), sample, job)
    error = predicted - sample.v
    valid = np.isfinite(error)
    step = store.lattice.step
    columns = {"Predicted": predicted, "Error": error}
    path = Path(dem.options.cross_validation)
    write_cloud(path, sample.x * step, sample.y * step, sample.v, columns, crs_wkt=dem.grid.crs)
    size = np.abs(error[valid])
    return {
        "cross_validation_rmse": sqrt(float(np.mean(size * size))) if len(size) else None,
        "cross_validation": {
            "points": len(sample),
            "without_value": int(np.count_nonzero(~valid)),
            "mean": float(error[valid].mean()) if len(size) else None,
            "p95": float(np.percentile(size, 95)) if len(size) else None,
            "max": float(size.max()) if len(size) else None,
        },
    }


def sample_points(store: Store, most: int) -> Points:
    """At most ``most`` points, spread evenly over the data, never two within 16 cells."""
    chosen = join_blocks([])
    for row in range(len(store.tiles)):
        blocks = store.tile_blocks(row)
        even = ((blocks.x0 >> BLOCK_LEVEL) & 1 == 0) & ((blocks.y0 >> BLOCK_LEVEL) & 1 == 0)
        chosen = join_blocks([chosen, blocks.take(even)])
        if len(chosen) > 2 * most:
            chosen = _lowest(chosen, most)
    chosen = _lowest(chosen, most)
    picks = []
    for i in range(len(chosen)):
        points = store.read_blocks(chosen.take(np.array([i])))
        picks.append(points.take(np.array([np.argmin(lattice_hash(points.x, points.y))])))
    if not picks:
        return store.read(Box(0, 0, 0, 0))
    return Points(*(np.concatenate([getattr(p, name) for p in picks]) for name in ("x", "y", "v", "w")))


def _lowest(blocks: Blocks, most: int) -> Blocks:
    order = np.argsort(lattice_hash(blocks.x0, blocks.y0), kind="stable")[:most]
    return blocks.take(np.sort(order))


def _predict(dem: Dem, without: StoreWithout, sample: Points, job: Job) -> NDArray[np.float64]:
    """Values at the sampled points, unit by unit."""
    predicted = np.full(len(sample), np.nan)
    n = without.lattice.per_cell
    cx, cy = sample.x // n, sample.y // n
    for unit in without.units:
        job.progress.check()
        inside = np.flatnonzero((cx >= unit.box.x0) & (cx < unit.box.x1) & (cy >= unit.box.y0) & (cy < unit.box.y1))
        if not len(inside):
            continue
        order, queries = queries_at(unit.box, n, sample.x[inside], sample.y[inside])
        predicted[inside[order]] = dem.work.interpolator.evaluate(without, queries, job, False).value
        job.progress.advance(len(inside))
    return predicted


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
