# SPDX-License-Identifier: GPL-2.0-or-later
"""Asking a map: its occupied voxels in a box, the probability at points, and where a ray ends."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..jobs.disk import require_writable
from ..jobs.progress import Feedback
from ..reports.facts import balance, run_facts
from .export import open_run, replacing
from .model import log_odds
from .places import FIXED, fixed
from .ray_kernels import next_axis, prepare
from .voxel_map import VoxelMap, check_probability


class Hit(NamedTuple):
    """Where a ray met an occupied voxel: its center, and the distance to it."""

    x: float
    y: float
    z: float
    distance: float


def cast_ray(
    voxel_map: VoxelMap, origin: tuple[float, float, float], end: tuple[float, float, float], probability: float = 0.5
) -> Hit | None:
    """The first voxel above ``probability`` on the way from ``origin`` to ``end``; None if there is none.

    Unknown space is passed through.  Raises OptionError for rays of over 32,767 voxels along an axis.
    """
    grid, least = voxel_map.grid, log_odds(check_probability(probability))
    o, e = fixed(np.array([origin, end], np.float64), grid)
    if np.abs(e - o).max() >= 2**31:
        raise OptionError(f"The ray from {origin} to {end} is over 32,767 voxels long: cut it.")
    cell, first, step, delta, left = (np.empty(3, np.int64) for _ in range(5))
    prepare(o, e, FIXED, cell, first, step, delta, left)
    for _ in range(1 + int(left.sum())):
        tile = grid.tile_of(cell.tolist())
        x, y, z = (int(c) - t * grid.side for c, t in zip(cell, tile, strict=True))
        voxels = voxel_map.load(tile)
        found, at = voxels.look_up(np.array([(z * grid.side + y) * grid.side + x]))
        if found[0] and voxels.log_odds[at[0]] > least:
            center = grid.centers(cell[None])[0]
            cx, cy, cz = center.tolist()
            return Hit(cx, cy, cz, float(np.sqrt(((center - np.asarray(origin)) ** 2).sum())))
        axis = next_axis(first, delta)
        cell[axis] += step[axis]
        first[axis] += FIXED
    return None


@dataclass(frozen=True, kw_only=True)
class QueryOptions:
    """Options of ``query_map``: with ``points`` their probabilities, else the voxels of the box."""

    map: str
    output: str
    box: tuple[float, ...] | None = None
    points: tuple[str, ...] = ()
    """Clouds whose places are looked up."""
    columns: str = ""
    min_probability: float = 0.5
    cache_tiles: int = 16
    max_memory: int = 0
    growth: bool = False
    scratch: str = ""

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        check_probability(self.min_probability)
        if self.points and self.box is not None:
            raise OptionError("POINTS and a box are given; ask for one of them at a time.")
        if not self.output.lower().endswith(".csv"):
            raise OptionError(f"OUTPUT is '{self.output}'; its name must end in .csv.")


def query_map(options: QueryOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write x, y, z, probability, count as CSV; returns the report.  Raises ScreeError."""
    options.check()
    path = Path(options.output)
    require_writable(path)
    with open_run("scree:voxelmapquery", options, feedback) as (voxel_map, job):
        rows = known = 0
        with replacing(path) as file:
            file.write(b"x,y,z,probability,count\n")
            for xyz, probability, count in _answers(options, voxel_map, job):
                job.progress.check()
                file.write(_lines(xyz, probability, count))
                rows += len(xyz)
                known += int(np.count_nonzero(count))
        balances = [balance("Rows", rows, {"in observed voxels": known, "unknown": rows - known})]
        return run_facts(job, options) | {
            "rows": rows,
            "known": known,
            "output": options.output,
            "outputs": {"output": options.output},
            "balances": balances,
        }


def _answers(options: QueryOptions, voxel_map: VoxelMap, job: Any) -> Any:
    grid = voxel_map.grid
    if not options.points:
        job.progress.phase("Reading", len(voxel_map.tiles()), 100, unit="tiles")
        box = grid.box_of(options.box) if options.box is not None else None
        for voxels in voxel_map.occupied(options.min_probability, box):
            yield grid.centers(voxels.cells), voxels.probability, voxels.counts
            job.progress.advance(1)
        return
    from ..clouds import open_collection
    from ..clouds.read_ahead import read_ahead

    collection = open_collection(options.points, columns=options.columns)
    job.progress.phase("Asking", collection.points, 100)
    for source in collection.sources:
        with closing(read_ahead(source.chunks([]))) as chunks:
            for chunk in chunks:
                xyz = np.stack([chunk["x"], chunk["y"], chunk["z"]], axis=1)
                yield xyz, *voxel_map.probability_at(xyz[:, 0], xyz[:, 1], xyz[:, 2])
                job.progress.advance(len(chunk))


def _lines(xyz: NDArray[np.float64], probability: NDArray[np.float64], count: NDArray[np.int32]) -> bytes:
    out = [
        f"{x!r},{y!r},{z!r},{'' if p != p else repr(p)},{n}\n"
        for (x, y, z), p, n in zip(xyz.tolist(), probability.tolist(), count.tolist(), strict=True)
    ]
    return "".join(out).encode()
