# SPDX-License-Identifier: GPL-2.0-or-later
"""A run over a map that exists: what each is told, the map and the job it works with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..jobs.budget import make_budget
from ..jobs.disk import scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from .voxel_map import VoxelMap


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """The part all these runs share; memory is in MB."""

    map: str
    """Folder of the map."""
    cache_tiles: int = 16
    max_memory: int = 0
    growth: bool = False
    """True inside the QGIS window: max_memory bounds what the process gains, not the whole of it."""
    scratch: str = ""
    """Folder for temporary data; '' is that of ``beside``."""

    @property
    def beside(self) -> str:
        """What is written: temporary data is kept beside it."""
        return self.map


@contextmanager
def open_run(name: str, options: MapOptions, feedback: Feedback | None) -> Iterator[tuple[VoxelMap, Job]]:
    """The map and a job over it; both are closed at the end."""
    folder = Path(options.map)
    budget = make_budget(options.max_memory, growth=options.growth)
    parent = scratch_parent(Path(options.beside), options.scratch)
    key = job_key([], {"name": name, "map": os.path.abspath(folder), "run": os.getpid(), "options": repr(options)})
    voxel_map = VoxelMap.open(folder, cache_tiles=options.cache_tiles, cache_bytes=budget.working // 3)
    try:
        with Job(JobFolder(parent, key, resume=False), name=name, budget=budget, feedback=feedback) as job:
            yield voxel_map, job
    finally:
        voxel_map.close()
