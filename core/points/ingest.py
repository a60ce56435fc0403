# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading and sealing the points of a run: x, y, z and every column the work needs, unrounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from fractions import Fraction
from math import log2, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tiles.blocks import TILE_LEVEL
from ..tiles.columns import INDEX
from ..tiles.lattice import FINEST_CELL, Lattice, as_decimal, common_step
from ..tiles.seal import seal
from ..tiles.spool import XYV, Spool
from ..tiles.store import Store, StoreFiles
from ..tiles.thinning import REFINEMENT, Thinning
from .intake import Intake, tell
from .plan import Points

if TYPE_CHECKING:
    from ..clouds.source import Source
    from ..jobs.job import Job
    from ..neighborhood.expression import Sampler

POINTS_PER_CELL = 0.5
"""Of the lattice cells of a run without a raster: units of 512 x 512 cells hold half of what one may."""
WIDEST_CELL = FINEST_CELL * REFINEMENT
"""Most lattice steps along a cell of such a run: no means are stored, so a tile may be as wide as int32 allows."""
RUN_BYTES = 100
"""Held for each point of a run while it is sorted by node; and 16 for each column."""


Extent = tuple[float, float, float, float]
"""West, south, east, north in CRS units."""


def lattice_of(
    sources: Sequence[Source], others: Sequence[Source] = (), *, extent: Extent | None = None, points: int = 0
) -> Lattice:
    """Steps of which every file's scale is a multiple, and cells for the density of ``sources``.

    The density is what their headers tell, or that of so many ``points`` in ``extent``.
    """
    scales = [s.scales for s in (*sources, *others)]
    step = common_step([as_decimal(s[i], "A scale in a LAS header") for s in scales for i in (0, 1)])
    heights = common_step([as_decimal(s[2], "A scale in a LAS header") for s in scales])
    if extent is None:
        bounds = np.array([s.bounds for s in sources])
        west, south, east, north = bounds[:, :2].min(axis=0).tolist() + bounds[:, 3:5].max(axis=0).tolist()
        extent, points = (west, south, east, north), sum(s.points for s in sources)
    area = max(0.0, extent[2] - extent[0]) * max(0.0, extent[3] - extent[1])
    side = sqrt(area / points * POINTS_PER_CELL) if 0 < area < float("inf") and points else 1.0
    # A power of two: the order of points, and so of sums, hardly ever depends on the extent.
    steps = min(WIDEST_CELL, 1 << max(0, round(log2(max(1.0, side / float(step))))))
    return Lattice(Fraction(steps) * step, steps, heights)


Measured = Callable[[Extent, int], Lattice]
"""The lattice for the extent and number of the points that were read."""


def seal_points(
    name: str,
    points: Points,
    lattice: Lattice,
    sampler: Sampler | None,
    job: Job,
    measured: Measured | None = None,
) -> tuple[Store, dict[str, Any]]:
    """The store ``name`` of a job, and the counts of its reading; found whole where a run before made it.

    Where ``measured`` gives another lattice for what was really read (a header lied about its bounds),
    the points are read once more on that.  Raises InputError where no point passes the filter,
    OutputError when the disk is full.
    """
    files = StoreFiles(job.folder.path, name)
    counts = job.folder.sealed(f"{name}-counts")
    if counts is None or not files.sealed:
        counts = _build(name, points, files, lattice, sampler, job, measured)
    store = Store(files)
    tell(counts, points, store.lattice, job)
    return store, counts


def _build(
    name: str,
    points: Points,
    files: StoreFiles,
    lattice: Lattice,
    sampler: Sampler | None,
    job: Job,
    measured: Measured | None,
) -> dict[str, Any]:
    job.progress.phase("Reading", _total(points), 25)
    spool, intake = _spooled(name, points, lattice, sampler, job)
    try:
        real = measured(intake.extent, intake.read) if measured is not None else lattice
        if real != lattice:
            spool.remove()
            job.progress.phase("Reading again, as headers told of other bounds", _total(points), 0)
            lattice = real
            spool, intake = _spooled(name, points, lattice, sampler, job)
        job.progress.phase("Sorting", spool.count, 10)
        seal(spool, files, lattice, Thinning(), job, points.columns).close()
    finally:
        spool.remove()
    counts = asdict(intake)
    job.folder.seal(f"{name}-counts", counts)
    return counts


def _total(points: Points) -> int:
    return sum(cloud.source.points for cloud in points.clouds)


def _spooled(name: str, points: Points, lattice: Lattice, sampler: Sampler | None, job: Job) -> tuple[Spool, Intake]:
    run = min(1 << 20, job.budget.run_points(RUN_BYTES + 16 * len(points.columns)))
    names = (*XYV, *(column.name for column in points.columns))
    spool = Spool(job.folder.file(f"{name}-spool.part"), lattice.per_cell, TILE_LEVEL, run, names)
    columns = [column for column in points.columns if column != INDEX]
    intake = Intake()
    try:
        for taken in intake.chunks(points, (column.name for column in columns), lattice, sampler, job):
            index = np.arange(intake.read - len(taken.chunk), intake.read)[taken.keep]
            spool.add(taken.x, taken.y, taken.z, *(column.packed(taken[column.name]) for column in columns), index)
        spool.close()
        intake.require_some(points)
    except BaseException:
        spool.remove()
        raise
    return spool, intake
