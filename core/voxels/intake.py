# SPDX-License-Identifier: GPL-2.0-or-later
"""The one pass over the clouds: filter, bring into the world, find the voxel, spool by tile."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..tiles.lattice import make_lattice
from .counts import INTENSITIES, Intake
from .grid import VoxelGrid
from .options import UpdateOptions
from .places import FIXED_BITS, HIT, Places
from .rays import Sensor, spool_rays
from .spool import TileSpool

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.source import Source
    from ..jobs.job import Job
    from ..neighborhood.expression import Filter


@dataclass(frozen=True)
class Selected:
    """One source and what is taken from it."""

    source: Source
    filter: Filter
    miss_filter: Filter | None
    sensor: Sensor
    content: str
    """Key of the file's bytes."""

    def wanted(self) -> list[str]:
        names = {"intensity", "gps_time", "point_source_id", "return_number"} & set(self.source.dimensions)
        return sorted(names | self.filter.dimensions | (self.miss_filter.dimensions if self.miss_filter else set()))


def content_key(path: str) -> str:
    """Hash of a file's bytes: the same cloud under another name is the same input."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:32]


def take_in(selected: list[Selected], grid: VoxelGrid, options: UpdateOptions, spool: TileSpool, job: Job) -> Intake:
    """Spool every selected point, and its ray where rays are wanted.  Raises InputError, Cancelled."""
    from ..clouds.read_ahead import read_ahead

    intake = Intake()
    lattice = make_lattice(grid.resolution, [s for entry in selected for s in entry.source.scales], [1.0])
    for number, entry in enumerate(selected):
        intake.first_times.append(float("inf"))
        places, before = Places(entry.source, entry.sensor.pose, grid, lattice), intake.passed
        with closing(read_ahead(entry.source.chunks(entry.wanted()))) as chunks:
            for chunk in chunks:
                job.progress.check()
                job.flush.clear()  # nothing is dirty yet
                keep = entry.filter.mask(chunk)
                intake.read += len(chunk)
                if keep.any():
                    _take(chunk, keep, number, entry, places, options, intake, spool, grid)
                job.progress.advance(len(chunk))
        intake.rounded += 0 if places.exact else intake.passed - before
    return intake


def _take(
    chunk: Chunk, keep: NDArray[np.bool_], number: int, entry: Selected, places: Places, options: UpdateOptions,
    intake: Intake, spool: TileSpool, grid: VoxelGrid,
) -> None:  # fmt: skip
    has = entry.source.dimensions
    at = places(chunk, keep)
    hits = np.zeros(len(at), HIT)
    hits["at"] = at
    if "gps_time" in has:
        hits["time"] = np.nan_to_num(chunk["gps_time"][keep], nan=0.0, posinf=0.0, neginf=0.0) + 0.0
    hits["intensity"] = chunk["intensity"][keep] if "intensity" in has else 0.0
    if "point_source_id" in has:
        hits["source"] = chunk["point_source_id"][keep]
    if "return_number" in has:
        hits["return"] = chunk["return_number"][keep]
    if entry.miss_filter is not None:
        hits["miss"] = entry.miss_filter.mask(chunk)[keep]
    hits["scan"] = _scans(hits, number, options)
    intake.passed += len(hits)
    intake.first_times[-1] = min(intake.first_times[-1], float(hits["time"].min()))
    intake.intensities += _histogram(hits["intensity"])
    intake.misses += int(np.count_nonzero(hits["miss"]))
    if options.misses == "rays":
        hits = spool_rays(hits, entry.sensor, grid, options, intake, spool)
    if len(hits):
        spool.add("hit", (hits["at"] >> FIXED_BITS) // grid.side, hits)


def _scans(hits: NDArray[np.void], number: int, options: UpdateOptions) -> Any:
    if options.misses != "rays":
        return 0
    if options.scan_by == "file":
        return number
    if options.scan_by == "pointsource":
        return hits["source"]
    return np.floor(hits["time"] / options.scan_seconds).astype(np.int64)


def _histogram(intensity: NDArray[np.float32]) -> NDArray[np.int64]:
    whole = np.clip(np.nan_to_num(np.rint(intensity)), 0, INTENSITIES - 1).astype(np.int64)
    return np.bincount(whole, minlength=INTENSITIES)
