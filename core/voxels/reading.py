# SPDX-License-Identifier: GPL-2.0-or-later
"""A run over a map that exists: what each is told, the map and the job it works with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from ..jobs.budget import make_budget
from ..jobs.disk import scratch_parent
from ..jobs.folder import PREFIX, JobFolder, delete_job_folder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from .journal import discard_generation, locked, recover, sweep
from .states import State, held, read_state
from .voxel_map import VoxelMap

MOST_AT_ONCE = 32
"""Runs over one map; each has a job folder of its own."""


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
def open_run(
    name: str, options: MapOptions, feedback: Feedback | None, *, changing: bool = False
) -> Iterator[tuple[VoxelMap, Job]]:
    """The map and a job over it; both are closed at the end.

    One state of the map is read, whatever other runs do; with ``changing`` there are no other runs that change it.
    """
    folder = Path(options.map)
    budget = make_budget(options.max_memory, growth=options.growth)
    parent = scratch_parent(Path(options.beside), options.scratch)
    with _owned(folder) if changing else held(folder) as state:
        voxel_map = VoxelMap(
            folder, state.metadata, cache_tiles=options.cache_tiles, cache_bytes=budget.working // 3, state=state
        )
        try:
            with Job(_job_folder(parent, folder), name=name, budget=budget, feedback=feedback) as job:
                yield voxel_map, job
        finally:
            voxel_map.close()


@contextmanager
def _owned(folder: Path) -> Iterator[State]:
    """A map that is locked, with every tile in its place.  Raises InputError where there is none, OutputError."""
    read_state(folder)  # a folder that is no map gets no lock
    with locked(folder):
        recover(folder)
        discard_generation(folder)
        sweep(folder)
        yield read_state(folder)


def _job_folder(parent: Path, folder: Path) -> JobFolder:
    """One of the folders that runs over a map use, and start empty: what a dead one left goes with the next."""
    delete_left(parent, folder)
    for key in _keys(folder):
        try:
            return JobFolder(parent, key, resume=False)
        except OutputError as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise
    raise OutputError(f"{MOST_AT_ONCE} runs are reading {folder} at once: wait for one of them.")


def delete_left(parent: Path, folder: Path) -> None:
    """Delete the job folders of dead runs that read ``folder``."""
    for key in _keys(folder):
        path = parent.absolute() / (PREFIX + key)
        if path.is_dir():
            with suppress(OSError):  # it is used
                delete_job_folder(path)


def _keys(folder: Path) -> list[str]:
    return [job_key([], {"map": os.path.abspath(folder), "number": number}) for number in range(MOST_AT_ONCE)]
