# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading and sealing the points of a run: x, y, z and every column the work needs, unrounded."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from fractions import Fraction
from math import log2, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..tiles.blocks import TILE_LEVEL
from ..tiles.columns import INDEX
from ..tiles.ingest import AxisMap
from ..tiles.lattice import FINEST_CELL, Lattice, as_decimal, common_step
from ..tiles.seal import seal
from ..tiles.spool import XYV, Spool
from ..tiles.store import Store, StoreFiles
from ..tiles.thinning import Thinning
from .plan import Cloud, Points

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.source import Source
    from ..jobs.job import Job
    from ..neighborhood.expression import Sampler

POINTS_PER_CELL = 0.5
"""Of the lattice cells of a run without a raster: units of 512 x 512 cells hold half of what one may."""
RUN_BYTES = 100
"""Held for each point of a run while it is sorted by node; and 16 for each column."""


def lattice_of(sources: Sequence[Source]) -> Lattice:
    """Steps of which every file's scale is a multiple, and cells for the density the headers tell."""
    step = common_step([as_decimal(s.scales[i], "A scale in a LAS header") for s in sources for i in (0, 1)])
    heights = common_step([as_decimal(s.scales[2], "A scale in a LAS header") for s in sources])
    low = [min(s.bounds[i] for s in sources) for i in (0, 1)]
    high = [max(s.bounds[i] for s in sources) for i in (3, 4)]
    area = max(0.0, high[0] - low[0]) * max(0.0, high[1] - low[1])
    points = sum(s.points for s in sources)
    side = sqrt(area / points * POINTS_PER_CELL) if area > 0 and area < float("inf") else 1.0
    # A power of two: the order of points, and so of sums, hardly ever depends on what a header says.
    steps = min(FINEST_CELL, 1 << max(0, round(log2(max(1.0, side / float(step))))))
    return Lattice(Fraction(steps) * step, steps, heights)


def seal_points(
    name: str, points: Points, lattice: Lattice, sampler: Sampler | None, job: Job
) -> tuple[Store, dict[str, Any]]:
    """The store ``name`` of a job, and the counts of its reading; found whole where a run before made it.

    Raises InputError where no point passes the filter, OutputError when the disk is full.
    """
    files = StoreFiles(job.folder.path, name)
    counts = job.folder.sealed(f"{name}-counts")
    if counts is None or not files.sealed:
        counts = _build(name, points, files, lattice, sampler, job)
    for note in counts["notes"]:
        job.warn(note)
    if counts["rounded"]:
        job.warn(
            f"{counts['rounded']:,} points were rounded to {lattice.step:g}: "
            "the scale or offset of their file is no multiple of it."
        )
    return Store(files), counts


def _build(
    name: str, points: Points, files: StoreFiles, lattice: Lattice, sampler: Sampler | None, job: Job
) -> dict[str, Any]:
    total = sum(cloud.source.points for cloud in points.clouds)
    job.progress.phase("Reading", total, 25)
    run = min(1 << 20, job.budget.run_points(RUN_BYTES + 16 * len(points.columns)))
    names = (*XYV, *(column.name for column in points.columns))
    spool = Spool(job.folder.file(f"{name}-spool.part"), lattice.per_cell, TILE_LEVEL, run, names)
    counts: dict[str, Any] = {"read": 0, "passed": 0, "rounded": 0, "sizes": [], "notes": []}
    try:
        for cloud in points.clouds:
            _read(cloud, points, lattice, spool, sampler, job, counts)
        spool.close()
        if not counts["passed"]:
            raise InputError(
                f"None of the {counts['read']:,} points read passes {points.parameter} '{points.filter}'; "
                "loosen it, or empty it for all points."
            )
        job.progress.phase("Sorting", spool.count, 10)
        seal(spool, files, lattice, Thinning(), job, points.columns).close()
    finally:
        spool.remove()
    job.folder.seal(f"{name}-counts", counts)
    return counts


def _read(
    cloud: Cloud,
    points: Points,
    lattice: Lattice,
    spool: Spool,
    sampler: Sampler | None,
    job: Job,
    counts: dict[str, Any],
) -> None:
    from ..clouds.read_ahead import read_ahead

    source, first, passed = cloud.source, counts["read"], counts["passed"]
    steps = (lattice.cell / lattice.per_cell,) * 2 + (lattice.value_step,)
    maps = [AxisMap(source.scales[i], source.offsets[i], steps[i]) for i in range(3)]
    exact = all(axis.exact for axis in maps)
    columns = [column for column in points.columns if column != INDEX]
    wanted = {column.name for column in columns} | set(cloud.filter.dimensions)
    with closing(read_ahead(source.chunks(wanted))) as chunks:
        for chunk in chunks:
            job.progress.check()
            keep = _passed(cloud, chunk, sampler)
            values = [column.packed(chunk[column.name][keep]) for column in columns]
            index = np.arange(len(chunk))[keep] + (first + chunk.start)
            spool.add(
                *(axis(raw[keep]) for axis, raw in zip(maps, (chunk.X, chunk.Y, chunk.Z), strict=True)), *values, index
            )
            counts["read"] += len(chunk)
            counts["passed"] += len(index)
            counts["rounded"] += 0 if exact else len(index)
            job.progress.advance(len(chunk))
    counts["sizes"].append(counts["read"] - first)
    counts["notes"] += [f"{source.path} {note}." for note in source.notes]
    if counts["passed"] == passed:
        counts["notes"].append(
            f"{source.path}: none of its {counts['read'] - first:,} points passed {points.parameter}."
        )


def _passed(cloud: Cloud, chunk: Chunk, sampler: Sampler | None) -> Any:
    if not str(cloud.filter):
        return slice(None)
    return cloud.filter.mask(chunk, rasters=sampler)
