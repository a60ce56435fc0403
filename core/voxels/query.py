# SPDX-License-Identifier: GPL-2.0-or-later
"""Asking a map: its occupied voxels in a box, the probability at points, and where a ray ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..jobs.disk import require_writable
from ..jobs.part import replacing
from ..jobs.progress import Feedback
from ..reports.facts import balance, run_facts
from .cast import cast_rays
from .expected import expect_reading
from .rays import RAYS_AT_ONCE
from .reading import MapOptions, open_run
from .voxel_map import VoxelMap, check_probability, probability_of

if TYPE_CHECKING:
    from ..jobs.estimate import Estimate
    from ..jobs.job import Job


@dataclass(frozen=True, kw_only=True)
class QueryOptions(MapOptions):
    """Options of ``query_map``: with an ``origin`` what rays meet, else with ``points`` their probabilities, else the
    voxels of the box.
    """

    output: str
    box: tuple[float, ...] | None = None
    points: tuple[str, ...] = ()
    """Clouds whose places are looked up."""
    columns: str = ""
    origin: tuple[float, float, float] | None = None
    """Rays go from here to ``target``, or to each of ``points``."""
    target: tuple[float, float, float] | None = None
    min_probability: float = 0.5

    @property
    def beside(self) -> str:
        return self.output

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        check_probability(self.min_probability)
        if self.points and self.box is not None:
            raise OptionError("POINTS and a box are given; ask for one of them at a time.")
        if self.box is not None and (self.origin or self.target):
            raise OptionError("A box is given with ORIGIN or TARGET; ask for voxels or for rays at a time.")
        if self.target and (self.origin is None or self.points):
            raise OptionError("TARGET is given; a ray goes from ORIGIN to TARGET, or from ORIGIN to each of POINTS.")
        if self.origin and not (self.target or self.points):
            raise OptionError("ORIGIN is given; rays need an end: give TARGET or POINTS.")
        if not self.output.lower().endswith(".csv"):
            raise OptionError(f"OUTPUT is '{self.output}'; its name must end in .csv.")


HEADERS = {"voxels": "x,y,z,probability,count", "rays": "x,y,z,hit_x,hit_y,hit_z,distance,probability,count"}
Answer = tuple[list[NDArray[np.float64]], NDArray[np.int32]]
"""Columns, NaN where there is no answer, and the number of observations."""


def query_map(options: QueryOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write the answers as CSV (see ``HEADERS``); returns the report.  Raises ScreeError."""
    options.check()
    path = Path(options.output)
    require_writable(path)
    with open_run("scree:voxelmapquery", options, feedback) as (voxel_map, job):
        rows = known = 0
        with replacing(path) as part, open(part, "xb") as file:
            file.write((HEADERS["rays" if options.origin else "voxels"] + "\n").encode())
            for columns, count in _answers(options, voxel_map, job):
                job.progress.check()
                file.write(_lines(columns, count))
                rows += len(count)
                known += int(np.count_nonzero(count))
        balances = [balance("Rows", rows, {"in observed voxels": known, "unknown": rows - known})]
        return run_facts(job, options) | {
            "rows": rows,
            "known": known,
            "output": options.output,
            "outputs": {"output": options.output},
            "balances": balances,
        }


def _answers(options: QueryOptions, voxel_map: VoxelMap, job: Job) -> Iterator[Answer]:
    grid = voxel_map.grid
    if options.target:
        job.expect(_expected(options, voxel_map, job, 1))
        job.progress.phase("Casting", 1, 100, unit="rays")
        yield _ray_answer(options, voxel_map, np.array([options.target]))
    elif not options.points:
        job.expect(_expected(options, voxel_map, job, None))
        job.progress.phase("Reading", len(voxel_map.tiles()), 100, unit="tiles")
        box = grid.box_of(options.box) if options.box is not None else None
        for voxels in voxel_map.occupied(options.min_probability, box):
            yield [*grid.centers(voxels.cells).T, voxels.probability], voxels.counts
            job.progress.advance(1)
    else:
        from ..clouds.collection import open_collection
        from ..clouds.read_ahead import read_ahead

        collection = open_collection(options.points, columns=options.columns)
        job.expect(_expected(options, voxel_map, job, collection.points))
        job.progress.phase("Asking", collection.points, 100)
        for source in collection.sources:
            with closing(read_ahead(source.chunks([]))) as chunks:
                for chunk in chunks:
                    xyz = np.stack([chunk["x"], chunk["y"], chunk["z"]], axis=1)
                    if options.origin:
                        yield from _ray_answers(options, voxel_map, xyz)
                    else:
                        probability, count = voxel_map.probability_at(*xyz.T)
                        yield [*xyz.T, probability], count
                    job.progress.advance(len(chunk))


def _expected(options: QueryOptions, voxel_map: VoxelMap, job: Job, asked: int | None) -> Estimate:
    reader = "rays" if options.origin else "voxels" if asked is None else "places"
    box = voxel_map.grid.box_of(options.box) if options.box is not None else None
    return expect_reading(voxel_map, reader, options.cache_tiles, job.budget, box=box, asked=asked)


def _ray_answers(options: QueryOptions, voxel_map: VoxelMap, ends: NDArray[np.float64]) -> Iterator[Answer]:
    for start in range(0, len(ends), RAYS_AT_ONCE):
        yield _ray_answer(options, voxel_map, ends[start : start + RAYS_AT_ONCE])


def _ray_answer(options: QueryOptions, voxel_map: VoxelMap, ends: NDArray[np.float64]) -> Answer:
    origins = np.broadcast_to(np.asarray(options.origin, np.float64), ends.shape)
    hits = cast_rays(voxel_map, origins, ends, options.min_probability)
    centers, probability = voxel_map.grid.centers(hits.cells), np.full(len(ends), np.nan)
    centers[~hits.met] = np.nan
    probability[hits.met] = probability_of(hits.log_odds[hits.met])
    distance = np.sqrt(((centers - origins) ** 2).sum(axis=1))
    return [*ends.T, *centers.T, distance, probability], hits.counts


def _lines(columns: list[NDArray[np.float64]], count: NDArray[np.int32]) -> bytes:
    rows = zip(*(column.tolist() for column in columns), count.tolist(), strict=True)
    return "".join(",".join("" if v != v else repr(v) for v in row) + "\n" for row in rows).encode()
