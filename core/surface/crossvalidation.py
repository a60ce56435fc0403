# SPDX-License-Identifier: GPL-2.0-or-later
"""The errors of points left out, as a cloud and as figures: alone (leave-one-out), or in whole squares."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .leftout import LeftOut, leave_out_points, leave_out_squares

if TYPE_CHECKING:
    from ..jobs.job import Job
    from ..tiles.lattice import Lattice
    from .result import Dem

Array = NDArray[np.float64]


def write_cross_validation(dem: Dem, job: Job) -> dict[str, Any]:
    """Predict the sample without itself and write it as a cloud; returns the measures for the report."""
    from ..clouds.writer import write_cloud

    options, store = dem.options, dem.sealed.store
    most, surface = options.cross_validation_points, dem.work.interpolator
    job.progress.phase("Cross-validation", most, 0)
    if options.cross_validation_block:
        side = steps_of(options.cross_validation_block, store.lattice)
        left = leave_out_squares(store, surface, side, most, job)
    else:
        left = leave_out_points(store, surface, most, job)
    step, points, error = store.lattice.step, left.points, left.error
    columns, distance = {"Predicted": left.predicted, "Error": error}, left.distance * step
    if options.cross_validation_block:
        columns["Distance"] = distance
    write_cloud(
        Path(options.cross_validation), points.x * step, points.y * step, points.v, columns, crs_wkt=dem.grid.crs
    )
    valid = np.isfinite(error)
    figures: dict[str, Any] = {"points": len(error), "without_value": int(np.count_nonzero(~valid))}
    figures |= _figures(error[valid])
    if options.cross_validation_block:
        figures |= {"block": options.cross_validation_block, "squares": len(np.unique(left.square))}
        figures["by_distance"] = _by_distance(left, distance, options.resolution)
    return {"cross_validation_rmse": figures["rmse"], "cross_validation": figures}


def steps_of(length: float, lattice: Lattice) -> int:
    """A length in CRS units in whole lattice steps."""
    return max(1, floor(Fraction(repr(length)) * lattice.per_cell / lattice.cell + Fraction(1, 2)))


def _figures(error: Array) -> dict[str, float | None]:
    """RMSE, bias (mean), mean and quantiles of the absolute errors, all None where there is no error."""
    size, none = np.abs(error), None
    return {
        "rmse": float(np.sqrt(np.mean(size * size))) if len(size) else none,
        "mean": float(error.mean()) if len(size) else none,
        "mae": float(size.mean()) if len(size) else none,
        **{f"p{part}": float(np.percentile(size, part)) if len(size) else none for part in (50, 68, 95)},
        "max": float(size.max()) if len(size) else none,
    }


def _by_distance(left: LeftOut, distance: Array, cell: float) -> list[dict[str, Any]]:
    """The same by distance to the nearest point left: up to 1 cell, 2, 4, 8 ..."""
    valid = np.isfinite(left.error) & np.isfinite(distance)
    rank = np.ceil(np.log2(np.maximum(distance[valid] / cell, 1.0))).astype(np.int64)
    bins = []
    for k in np.unique(rank).tolist():
        error = left.error[valid][rank == k]
        edges = {"over": cell * 2.0 ** (k - 1) if k else 0.0, "to": cell * 2.0**k}
        bins.append(edges | {"points": len(error)} | _figures(error))
    return bins
