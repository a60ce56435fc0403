# SPDX-License-Identifier: GPL-2.0-or-later
"""One state of a map, read whole while others change it.

A reader names the state it reads in a file that it keeps locked, and a switch waits for the readers of the
state before.  A reader that comes once the journal is there reads the state after: tiles of the generation
first, then those in their places.  So readers wait for nobody, and no stream of them keeps a switch waiting.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..jobs.lock import FileLock
from .journal import ATTEMPTS, JOURNAL, READER, is_read, locked, read_switch, recover
from .metadata import NAME, Metadata, read_metadata

Seen = tuple[tuple[int, int, int] | None, ...]
"""Number, time and size of the files that change with the state."""


@dataclass
class State:
    """``metadata`` of a map and, while its tiles still take their places, the folder of ``pending`` ones."""

    folder: Path
    metadata: Metadata
    pending: Path | None
    seen: Seen
    kept: bool = False
    """True while no run can take it apart."""

    def require(self) -> None:
        """Raise InputError if the map has another state by now: what was read belongs to no state."""
        seen = self.seen if self.kept else _look(self.folder)
        if seen == self.seen:
            return
        if read_state(self.folder).metadata.generation != self.metadata.generation:
            raise InputError(f"{self.folder} was changed by another run after it was opened: open it again.")
        self.seen = seen


def read_state(folder: Path) -> State:
    """The state of a map now.  Raises InputError where there is no map, or it is damaged."""
    while True:
        seen = _look(folder)
        switch = read_switch(folder)
        if switch is not None:
            return State(folder, switch.metadata, switch.generation, seen)
        metadata = read_metadata(folder)
        if not os.path.lexists(folder / JOURNAL):
            return State(folder, metadata, None, seen)


@contextmanager
def held(folder: Path) -> Iterator[State]:
    """The state of a map now, which no run takes apart until this ends.  Raises InputError.

    In a folder that cannot be written nothing is held, and ``State.require`` tells of a change.
    """
    settle(folder)
    with suppress(OSError):
        is_read(folder, "")  # deletes what dead readers left
    while True:
        state = read_state(folder)
        mark = _mark(folder, state)
        try:
            # A switch that began before the mark was there has not seen it.
            if mark is None or read_state(folder).metadata.generation == state.metadata.generation:
                state.kept = mark is not None
                yield state
                return
        finally:
            state.kept = False
            if mark is not None:
                with suppress(OSError):  # what is left is deleted by the next switch
                    mark.release_and_delete()


def settle(folder: Path) -> None:
    """Bring a switch that was left to its end, where that can be done now: if not, its tiles are read where they are.

    Raises InputError if the journal is damaged.
    """
    if read_switch(folder) is not None:
        with suppress(OSError), locked(folder):
            recover(folder, patience=0.0)


def _mark(folder: Path, state: State) -> FileLock | None:
    for _ in range(ATTEMPTS):
        try:
            return FileLock(folder / f"{READER}{state.metadata.generation}-{secrets.token_hex(8)}")
        except BlockingIOError:  # another looks whether its reader is dead
            continue
        except OSError:
            return None
    return None


def _look(folder: Path) -> Seen:
    found: list[tuple[int, int, int] | None] = []
    for name in (JOURNAL, NAME):
        try:
            status = os.stat(folder / name)
        except OSError:
            found.append(None)
        else:
            found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)
