# SPDX-License-Identifier: GPL-2.0-or-later
"""Surface minus point at every point that passed the filter, thinned ones too, as a cloud.

Units evaluate the surface at their raw points and leave result files; those are brought back into
the order of the input, and a last pass over the input writes the points with their deviation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..jobs.workers import run_units
from ..tiles.buckets import IndexBuckets
from ..tiles.columns import INDEX
from ..tiles.store import Store, Unit
from .leftout import queries_at
from .units import Tally

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job
    from .contract import Interpolator
    from .result import Dem

LIMITS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.0254, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Deviations, in units of the attribute, whose cumulative shares the report gives (0.0254: an inch)."""
BYTES_PER_POINT = 120


def deviation_bytes(interpolator: Interpolator, points: int, cells: int) -> int:
    """Peak bytes while the deviations of a unit of so many points and cells are found."""
    return interpolator.unit_bytes(points, cells) + points * BYTES_PER_POINT + 8 * cells


@dataclass(frozen=True)
class _Work:
    """Evaluates the raw points of one unit after the other."""

    raw: Store
    store: Store
    interpolator: Interpolator
    job: Job

    @staticmethod
    def name(unit: Unit) -> str:
        return f"deviation-{unit.node.level}-{unit.node.ix}-{unit.node.iy}"

    def cost(self, unit: Unit) -> int:
        return deviation_bytes(self.interpolator, unit.count, unit.box.cells)

    def __call__(self, unit: Unit) -> None:
        points, columns = self.raw.read_columns(unit.box)
        factor = self.store.lattice.per_cell // self.raw.lattice.per_cell
        order, queries = queries_at(unit.box, self.store.lattice.per_cell, points.x * factor, points.y * factor)
        evaluation = self.interpolator.evaluate(self.store, queries, self.job, False)
        deviation = evaluation.value - points.v[order]
        self.job.folder.write_result(
            self.name(unit), _summary(deviation), {"id": columns[INDEX.name][order], "deviation": deviation}
        )
        self.job.progress.advance(unit.count)


def write_deviations(dem: Dem, collection: Collection, job: Job) -> dict[str, Any]:
    """Write the cloud; returns the measures for the report."""
    from ..clouds.writer import append_dimensions

    raw = dem.sealed.raw
    assert raw is not None, "raw points are sealed where deviations are wanted"
    work = _Work(raw, dem.sealed.store, dem.work.interpolator, job)
    units = list(raw.units)
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    left = sum(unit.count for unit in waiting)
    job.progress.phase("Deviations", raw.count, 0, done=raw.count - left)
    run_units(waiting, work, job, work.cost)
    tally = Tally()
    buckets = IndexBuckets(job.folder.file("deviations.part"))
    try:
        for unit in units:
            with job.folder.read_result(work.name(unit)) as result:
                tally.add(result.header)
                buckets.add(result.rows("id"), result.rows("deviation"))
        buckets.close()
        job.progress.phase("Writing deviations", dem.sealed.intake["read"], 0)
        append_dimensions(
            Path(dem.options.deviations), collection, {"Deviation": np.dtype("f4")}, _answers(buckets), job
        )
    finally:
        buckets.remove()
    return _measures(tally)


def check_writable(collection: Collection) -> None:
    """Raise InputError before the long work where the inputs can not be joined in one cloud."""
    from ..clouds.output_header import copied_header

    copied_header(collection.sources)


def _answers(buckets: IndexBuckets) -> Iterator[tuple[NDArray[np.bool_], dict[str, NDArray[np.float32]]]]:
    """For the input points in order, a bucket at a time: which are written, and the new column of those."""
    for bucket in count():
        has, values = buckets.read(bucket)
        yield has, {"Deviation": values[has].astype(np.float32)}


def _summary(deviation: NDArray[np.float64]) -> dict[str, Any]:
    size = np.abs(deviation[np.isfinite(deviation)])
    return {
        "counts": {"without_surface": len(deviation) - len(size), "points": len(deviation)}
        | {f"within_{limit}": int(np.count_nonzero(size <= limit)) for limit in LIMITS},
        "sums": {"squares": float(np.sum(size * size)), "valid": float(len(size))},
        "maxima": {"deviation": float(size.max())} if len(size) else {},
    }


def _measures(tally: Tally) -> dict[str, Any]:
    valid = tally.sums.get("valid", 0.0)
    return {
        "deviation_rms": sqrt(tally.sums["squares"] / valid) if valid else None,
        "deviations": {
            "points": tally.counts["points"],
            "without_surface": tally.counts["without_surface"],
            "max": tally.maxima.get("deviation"),
            "cumulative": {str(limit): tally.counts[f"within_{limit}"] / valid for limit in LIMITS} if valid else {},
        },
    }
