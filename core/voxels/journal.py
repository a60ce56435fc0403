# SPDX-License-Identifier: GPL-2.0-or-later
"""How a run's tiles take their places at once: a generation folder, switched by a journal.

A run writes its tiles to a folder of its own inside the map and nothing else.  When all of them are on
the disk the journal appears, with the new metadata in it: from that instant the run counts, and nothing of it
is discarded any more.  Moving the tiles is then repeated, as often as it is cut short, until the journal is gone; a
tile that was moved is no longer there to be moved, so a replay changes nothing twice.  Until then the
tiles of the generation come before those in their places (``states``).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import Cancelled, InputError, OutputError, ScreeError, StoreError
from ..jobs.disk import written_to
from ..jobs.folder import delete_job_folder
from ..jobs.lock import FileLock
from ..json_text import parsed
from .files import PART, read_whole, refuse_link, sync_all, sync_folder, write_whole
from .grid import TileIndex
from .metadata import NAME, Metadata, parse_metadata
from .tile_files import META, TREE, TileFiles

GENERATION = "scree-generation"
"""Begin of a generation folder's name; the whole of it in maps of Scree 1."""
JOURNAL = "scree-journal.json"
LOCK = "scree-lock"
READER = "scree-reader-"
"""Begin of the name of a file that a reader keeps locked: then the state it reads, then a random number."""
FIRST_LINE = b"scree journal 2 "
"""Then the checksum of the rest.  A journal of Scree 1 is the new metadata, as JSON."""

READERS_SECONDS = 120.0
"""A switch waits so long for readers of the state before."""
ATTEMPTS, ATTEMPT_SECONDS = 10, 0.2
"""On Windows a file that another program has open cannot be replaced for a while."""
DISCARD_SECONDS = 1.0
"""After a cancel tiles are deleted for so long; the rest goes with the next run over the map, or by Clear Scratch."""
MOST_FAILED = 1000
"""So many tiles that cannot be replaced are no chance."""


def is_own(name: str) -> bool:
    """True for what a map folder may hold of ours before it has a metadata.json."""
    return name in (JOURNAL, LOCK) or name.startswith((GENERATION, READER)) or name.endswith(PART)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other runs from changing the map.  Raises OutputError if one does now."""
    with written_to(folder / LOCK):
        refuse_link(folder / LOCK)
        try:
            lock = FileLock(folder / LOCK)
        except BlockingIOError as error:
            raise OutputError(f"Another run is changing {folder}: wait for it or cancel it.") from error
    try:
        yield
    finally:
        with suppress(OSError):  # a lock nobody holds is no harm
            lock.release_and_delete()


# -- generations ---------------------------------------------------------------------------------


def generation_of(metadata: Metadata, request: str) -> str:
    """Name of the state that ``request`` makes of a map: the same for the same history."""
    return hashlib.sha256(metadata.encoded() + request.encode()).hexdigest()[:16]


def generation_folder(folder: Path, generation: str) -> Path:
    """Where the tiles of a run wait."""
    return folder / f"{GENERATION}-{generation}"


def discard_generation(folder: Path, keep: str = "", check: Callable[[], None] = lambda: None) -> None:
    """Delete what unfinished runs left but ``keep``, and nothing that is not ours; nothing while a journal is there.

    ``check`` is called before each tile; what it raises leaves the others to the next run.  Raises OutputError for
    a link.
    """
    if os.path.lexists(folder / JOURNAL):
        return
    with written_to(folder):
        for path in [p for p in folder.iterdir() if p.name.startswith(GENERATION)]:
            refuse_link(path)
            if path.is_dir() and path != generation_folder(folder, keep):
                for tile in [p for p in path.iterdir() if TileIndex.parse(p.name) is not None]:
                    check()
                    delete_tile(tile)
                _remove_empty(path)


def discard_after(error: BaseException, folder: Path, check: Callable[[], None]) -> None:
    """``discard_generation`` for a run that ``error`` ended; ``check`` stops it, and after a cancel the time does."""
    until = time.monotonic() + DISCARD_SECONDS

    def in_time() -> None:
        if time.monotonic() >= until:
            raise Cancelled("The run was cancelled.")

    with suppress(Cancelled):
        discard_generation(folder, check=in_time if isinstance(error, Cancelled) else check)


def delete_tile(folder: Path) -> None:
    """Delete a tile of a generation.  Raises OSError."""
    if folder.is_symlink():
        return
    for name in (META, TREE):
        with suppress(FileNotFoundError):
            os.unlink(folder / name)
    _remove_empty(folder)


def sweep(folder: Path) -> None:
    """Delete what runs left that died while they wrote a file, or read; the map is locked.  Raises OutputError."""
    with written_to(folder):
        is_read(folder, "")
        for path in [p for p in folder.iterdir() if p.name.endswith(PART)]:
            if path.name.lstrip(".").startswith((NAME, JOURNAL)) and (path.is_symlink() or path.is_file()):
                os.unlink(path)


def _remove_empty(folder: Path) -> None:
    """Remove a folder unless somebody else has put something into it."""
    try:
        os.rmdir(folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


# -- the switch ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Switch:
    """A run that counts, whose tiles are still taking their places."""

    metadata: Metadata
    generation: Path
    """Folder of the tiles that are not there yet."""
    job: str = ""
    """Job folder of the run, which nobody goes on from."""


def read_switch(folder: Path) -> Switch | None:
    """The switch under way, None where there is none.  Raises InputError if its journal is damaged, StoreError."""
    path = folder / JOURNAL
    try:
        data = read_whole(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}): check its permissions.") from error
    try:
        if not data.startswith(FIRST_LINE):
            metadata = parse_metadata(data, path)
            return Switch(replace(metadata, generation=_digest(data)[:16]), folder / GENERATION)
        line, body = data.split(b"\n", 1)
        if line[len(FIRST_LINE) :] != _digest(body).encode():
            raise ValueError("its checksum is another")
        values = parsed(body)
        metadata = parse_metadata(values["metadata"].encode(), path)
        return Switch(metadata, generation_folder(folder, metadata.generation), values["job"])
    except (ValueError, KeyError) as error:
        raise InputError(f"{path} is damaged ({error}): restore the map from a copy.") from error


def commit(
    folder: Path, metadata: Metadata, *, job: Path | None = None, check: Callable[[], None] = lambda: None
) -> None:
    """Make the tiles of the generation that ``metadata`` names the map's.  Raises OutputError.

    Once the journal is there the run counts, whatever is raised.
    """
    generation = generation_folder(folder, metadata.generation)
    with written_to(folder):
        refuse_link(generation)
        for tile in TileFiles(generation, metadata.grid).indices():
            check()
            refuse_link(folder / tile.name)
        sync_all(generation)
        body = json.dumps({"metadata": metadata.encoded().decode(), "job": str(job or "")}).encode()
        try:
            write_whole(folder / JOURNAL, FIRST_LINE + _digest(body).encode() + b"\n" + body, sync=True)
        except OSError:
            if not os.path.lexists(folder / JOURNAL):  # else it counts, and must be completed
                raise
    recover(folder, check)


def recover(folder: Path, check: Callable[[], None] = lambda: None, *, patience: float | None = None) -> bool:
    """Bring a switch to its end; False where there is none.  The map must be locked.

    ``check`` is called while it waits for readers of the state before, ``patience`` seconds at most, and before
    each tile is moved.
    Raises OutputError where it cannot be done now: the run counts all the same.
    """
    try:
        switch = read_switch(folder)
        if switch is None:
            return False
        _wait_for_readers(folder, switch, check, READERS_SECONDS if patience is None else patience)
        refuse_link(switch.generation)
        _require_generation(folder, switch)
        sync_folder(folder)
        _move_all(folder, switch, check)
        sync_all(folder)
        write_whole(folder / NAME, switch.metadata.encoded(), sync=True)
        sync_folder(folder)
        if switch.generation.is_dir():
            _remove_empty(switch.generation)
        _forget_job(switch.job)
        os.unlink(folder / JOURNAL)
        sync_folder(folder)
    except (OSError, Cancelled) as error:
        raise OutputError(
            f"A run that counts could not be completed ({_reason(error)}); nothing of {folder} is lost, and the next "
            "run over it completes it."
        ) from error
    return True


def _reason(error: Exception) -> str:
    if isinstance(error, ScreeError) or not isinstance(error, OSError):
        return str(error).rstrip(".")
    return f"{error.filename2 or error.filename or 'a file'}: {error.strerror or error}"


def _wait_for_readers(folder: Path, switch: Switch, check: Callable[[], None], patience: float) -> None:
    until = time.monotonic() + patience
    while is_read(folder, switch.metadata.generation):
        if time.monotonic() >= until:
            raise OutputError("other runs are still reading the map as it was before")
        check()
        time.sleep(0.05)


def is_read(folder: Path, generation: str) -> bool:
    """True while somebody reads another state than ``generation``; what dead readers left is deleted."""
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(READER) and not entry.is_symlink()]
    found = False
    for name in names:
        try:
            FileLock(folder / name).release_and_delete()
        except OSError:  # held; or on Windows just being opened
            found = found or name[len(READER) :].rpartition("-")[0] != generation
    return found


def _require_generation(folder: Path, switch: Switch) -> None:
    """Raise InputError where the tiles are gone before they were moved."""
    if switch.generation.is_dir() or switch.generation.name == GENERATION:
        return
    try:
        done = parse_metadata(read_whole(folder / NAME), folder / NAME).generation
    except (FileNotFoundError, InputError):
        done = ""
    if done != switch.metadata.generation:
        raise InputError(f"{switch.generation} is gone, with tiles of {folder}: restore the map from a copy.")


def _move_all(folder: Path, switch: Switch, check: Callable[[], None]) -> None:
    """Every tile into its place; those that cannot be moved now are tried again for a while."""
    left = [*TileFiles(switch.generation, switch.metadata.grid).sorted_indices()]
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(ATTEMPT_SECONDS)
        failed = []
        for row in left:
            check()
            name = TileIndex(*row.tolist()).name
            try:
                _move(switch.generation / name, folder / name)
            except OSError:
                failed.append(row)
                if attempt == ATTEMPTS - 1 or len(failed) > MOST_FAILED:
                    raise
        if not failed:
            return
        left = failed


def _move(source: Path, target: Path) -> None:
    """Rename a tile's folder; where there is one already its files, the truth last."""
    refuse_link(target)
    if not os.path.lexists(target):
        os.rename(source, target)
        return
    for name in (TREE, META):
        if os.path.lexists(source / name):
            os.replace(source / name, target / name)
    _remove_empty(source)


def _forget_job(job: str) -> None:
    """Delete the job folder of a run that died; one that is still used goes with its run."""
    if job and os.path.isdir(job):
        with suppress(OSError):
            delete_job_folder(Path(job))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
