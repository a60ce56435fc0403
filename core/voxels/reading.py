# SPDX-License-Identifier: GPL-2.0-or-later
"""A run over a map that exists: what each is told, the map and the job it works with."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import StoreError
from ..jobs.budget import make_budget
from ..jobs.disk import scratch_parent
from ..jobs.folder import PREFIX, SUFFIX, JobFolder, delete_job_folder
from ..jobs.job import Job
from ..jobs.progress import Feedback, stop_if_cancelled
from ..jobs.results import Result, is_valid
from .journal import discard_generation, locked, recover, sweep
from .states import State, held, read_state
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
def open_run(
    name: str, options: MapOptions, feedback: Feedback | None, *, changing: bool = False
) -> Iterator[tuple[VoxelMap, Job]]:
    """The map and a job over it; both are closed at the end.

    One state of the map is read, whatever other runs do; with ``changing`` there are no other runs that change it.
    """
    folder = Path(options.map)
    budget = make_budget(options.max_memory, growth=options.growth)
    parent = scratch_parent(Path(options.beside), options.scratch)
    with _owned(folder, partial(stop_if_cancelled, feedback)) if changing else held(folder) as state:
        voxel_map = VoxelMap(
            folder, state.metadata, cache_tiles=options.cache_tiles, cache_bytes=budget.working // 3, state=state
        )
        try:
            with Job(_job_folder(parent, folder), name=name, budget=budget, feedback=feedback) as job:
                yield voxel_map, job
        finally:
            voxel_map.close()


@contextmanager
def _owned(folder: Path, check: Callable[[], None]) -> Iterator[State]:
    """A map that is locked, with every tile in its place.  Raises InputError where there is none, OutputError."""
    read_state(folder)  # a folder that is no map gets no lock
    with locked(folder):
        recover(folder, check)
        discard_generation(folder, check=check)
        sweep(folder)
        yield read_state(folder)


def _job_folder(parent: Path, folder: Path) -> JobFolder:
    """A folder for one run, which nobody goes on from: what a dead one left goes with the next over the same map."""
    delete_left(parent, folder)
    return JobFolder(parent, _key_begin(folder) + secrets.token_hex(4), resume=False)


def delete_left(parent: Path, folder: Path) -> None:
    """Delete the job folders that dead runs over a map left in ``parent``."""
    for path in parent.glob(f"{PREFIX}{_key_begin(folder)}*"):
        with suppress(OSError):  # its run is alive
            delete_job_folder(path)


def _key_begin(folder: Path) -> str:
    """Half a job key, by which the runs over a map are known."""
    return hashlib.sha256(os.path.abspath(folder).encode("utf-8", "surrogateescape")).hexdigest()[:8]


def find_sealed(parent: Path, name: str, wanted: Mapping[str, str]) -> list[Path]:
    """Job folders in ``parent`` whose numbers of that name hold ``wanted``; nobody is kept from using them."""
    found = []
    for path in parent.glob(f"{PREFIX}*/{name}{SUFFIX}"):
        if is_valid(path):
            with suppress(StoreError), Result(path) as result:  # a run that ends takes it away
                if wanted.items() <= result.header.items():
                    found.append(path.parent)
    return found
