# SPDX-License-Identifier: GPL-2.0-or-later
"""What engines publish and the dock reads; the dock never calls an engine.

The dock posts requests on a job's entry; the job honors them at its next check.
"""

from __future__ import annotations

import threading
from collections import deque
from copy import copy
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from .memory import peak_bytes, resident_bytes

TileState = Literal["disk", "resident", "dirty", "worked", "done"]

FINISHED = 20
"""So many jobs that ended are remembered."""

MOST_SHOWN = 20_000
"""Tiles of a job or a cache in the dock's map; of so many nobody could tell more apart."""


@dataclass(frozen=True)
class MapTile:
    """A tile to be drawn: its extent in CRS units, and where it is."""

    west: float
    south: float
    east: float
    north: float
    state: TileState


@dataclass(eq=False)
class JobEntry:
    """One running job.  ``rate`` is in ``unit`` a second, ``eta`` seconds left in the phase (-1 = unknown)."""

    name: str
    phase: str = ""
    unit: str = "points"
    done: int = 0
    total: int = 0
    percent: float = 0.0
    rate: float = 0.0
    eta: float = -1.0
    limit: int = 0
    state: Literal["running", "cancelling", "finished", "cancelled", "failed"] = "running"
    message: str = ""
    """Why it failed, one sentence."""
    folder: str = ""
    """Where its scratch data are."""
    tiles: dict[object, MapTile] = field(default_factory=dict)
    """What it works on, by any key; one assignment at a time, so a copy is always whole."""
    cancel: threading.Event = field(default_factory=threading.Event)
    """Set by the dock: stop as if the user had pressed Cancel."""
    flush: threading.Event = field(default_factory=threading.Event)
    """Set by the dock: write dirty tiles between two units; the engine clears it."""


@dataclass(eq=False)
class CacheEntry:
    """The counters of one tile cache, which the cache itself keeps up to date."""

    name: str
    tiles: int = 0
    dirty: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    saves: int = 0
    map: dict[object, MapTile] = field(default_factory=dict)
    """Its tiles in their places, resident or not."""


@dataclass(frozen=True)
class Snapshot:
    """Memory of the process in bytes, and copies of the live entries."""

    resident: int
    peak: int
    limit: int
    jobs: tuple[JobEntry, ...]
    caches: tuple[CacheEntry, ...]
    finished: tuple[JobEntry, ...] = ()
    """The last jobs that ended, newest first."""


class Telemetry:
    """The register of live jobs and caches; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: list[JobEntry] = []
        self._caches: list[CacheEntry] = []
        self._finished: deque[JobEntry] = deque(maxlen=FINISHED)

    def add(self, entry: JobEntry | CacheEntry) -> None:
        with self._lock:
            if isinstance(entry, JobEntry):
                self._jobs.append(entry)
            else:
                self._caches.append(entry)

    def remove(self, entry: JobEntry | CacheEntry) -> None:
        """Forget an entry; one that is not there is no error, so clean-up may run twice."""
        with self._lock:
            if isinstance(entry, JobEntry) and any(e is entry for e in self._jobs):
                entry.tiles = {}
                self._finished.appendleft(entry)
            self._jobs = [e for e in self._jobs if e is not entry]
            self._caches = [e for e in self._caches if e is not entry]

    def snapshot(self) -> Snapshot:
        """Copies share the request events with the job, so the dock can post on what it shows."""
        with self._lock:
            jobs = tuple(_copied(e) for e in self._jobs)
            caches = tuple(_copied(e) for e in self._caches)
            finished = tuple(self._finished)
        limit = max((j.limit for j in jobs), default=0)
        return Snapshot(resident_bytes(), peak_bytes(), limit, jobs, caches, finished)


Entry = TypeVar("Entry", JobEntry, CacheEntry)


def _copied(entry: Entry) -> Entry:
    """A copy that the job goes on without: its tiles are copied, its request events shared."""
    found = copy(entry)
    if isinstance(found, JobEntry):
        found.tiles = dict(found.tiles)
    else:
        found.map = dict(found.map)
    return found


telemetry = Telemetry()
"""The one register of this process."""
