# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder a run keeps its scratch and results in, found again by a run of the same work.

Every file of ours in it ends in ``.scree`` and a marker says whose folder it is.  Deletion touches
only such files in such folders: never a link, never what somebody else put there, never a folder
that another run has locked, and never the folder the user named (ours is always a child of it).
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..errors import InputError, OptionError, OutputError, StoreError
from .disk import written_to
from .lock import FileLock
from .results import Result, is_valid, write_result

SUFFIX = ".scree"
MARKER = "job" + SUFFIX
PREFIX = "scree-"
NAME = re.compile(PREFIX + r"[0-9a-f]{16}")

HOPELESS = (InputError, OptionError, StoreError)
"""Errors the same work meets again, or that come from the folder itself: it is not kept for them."""


def job_key(inputs: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> str:
    """Name of a piece of work: its inputs in any order, the options that change results, the code, the CPU.

    Memory, threads and output paths must not be among ``options``: a run that died of memory
    resumes with less.
    """
    from ..compiled import cpu_name, sources_hash

    identities = sorted(json.dumps(dict(i), sort_keys=True, default=str) for i in inputs)
    choices = json.dumps(dict(options), sort_keys=True, default=str)
    text = "\n".join([*identities, choices, sources_hash(), cpu_name()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class JobFolder:
    """An open, locked job folder.

    As a context manager it goes away when the run ends well; with ``resume`` it stays after
    Cancel, a crash, or an error that may not come again, so that the next run goes on from it.
    """

    def __init__(self, parent: Path, key: str, *, resume: bool = True) -> None:
        """Open or make ``parent/scree-<key>``; without ``resume`` it starts empty.

        Raises OutputError if another run holds it, it cannot be made, or it is not ours.
        """
        self.path = parent.absolute() / (PREFIX + key)
        self.resume = resume
        self.kept = False
        """True once closed if the folder stays for the next run."""
        self.foreign: tuple[str, ...] = ()
        """Once removed: names in it that were not ours, for which the folder was left."""
        self.failure = ""
        """Why files of ours in it could not be removed, once that was tried in vain."""
        self.check: Callable[[], None] = lambda: None
        """Raises Cancelled where the run was asked to stop: results of a run before may be many gigabytes.  Set by
        the job that works in the folder."""
        if not NAME.fullmatch(self.path.name):
            raise ValueError(f"a job key has 16 hexadecimal digits, got {key!r}")
        with written_to(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            if self.path.is_symlink():
                raise OutputError(f"{self.path} is a link, not a job folder: remove it or set another SCRATCH.")
            self._lock = _lock_and_mark(self.path)
            try:
                _delete_ours(self.path, partial_only=resume)
            except BaseException:
                self._lock.release()
                raise

    def __enter__(self) -> JobFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self.resume and error is not None and not isinstance(error, HOPELESS):
            self.close()
        else:
            self.remove()

    def file(self, name: str) -> Path:
        """Path of a file of ours; everything in the folder is named by this."""
        return self.path / (name + SUFFIX)

    def write_result(self, name: str, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        write_result(self.file(name), header, arrays)

    def has_result(self, name: str) -> bool:
        """True if the result is there whole and undamaged; reads all of it, so ask once, on resume.
        Raises Cancelled."""
        return is_valid(self.file(name), self.check)

    def read_result(self, name: str) -> Result:
        """Raises StoreError if it is absent or cut, Cancelled."""
        self.check()
        return Result(self.file(name))

    def seal(self, name: str, numbers: Mapping[str, Any]) -> None:
        """Freeze global numbers (JSON-able; floats come back exactly)."""
        self.write_result(name, numbers, {})

    def sealed(self, name: str) -> dict[str, Any] | None:
        """What ``seal`` froze, None if that never happened or is damaged."""
        if not self.has_result(name):
            return None
        with self.read_result(name) as result:
            return result.header

    def close(self) -> None:
        """Let go of the folder and keep it."""
        self.kept = True
        self._lock.release()

    def remove(self) -> None:
        """Delete our files and, if nothing foreign is in it, the folder; what the system refuses is in ``failure``."""
        try:
            self.foreign = _delete_locked(self.path, self._lock)
        except OSError as error:
            self.failure = error.strerror or str(error)


@dataclass(frozen=True)
class FoundFolder:
    """A job folder on disk: its bytes, and whether a run holds it now."""

    path: Path
    bytes: int
    locked: bool


def find_job_folders(parent: Path) -> list[FoundFolder]:
    """Job folders of ours directly in ``parent``, by name."""
    found = []
    for path in sorted(p for p in parent.iterdir() if NAME.fullmatch(p.name)):
        if not _is_ours(path):
            continue
        size = sum(f.lstat().st_size for f in _our_files(path))
        try:
            FileLock(path / MARKER).release()
            locked = False
        except OSError:  # held by a run, or on a volume that is not ours to write
            locked = True
        found.append(FoundFolder(path, size, locked))
    return found


def delete_job_folder(path: Path) -> tuple[str, ...]:
    """Delete an abandoned job folder; names of foreign files, for which it was left.

    Raises OutputError if it is not a job folder of ours or a run holds it.
    """
    if not NAME.fullmatch(path.name) or not _is_ours(path):
        raise OutputError(f"{path} is not a job folder of Scree; nothing was deleted.")
    with written_to(path):
        return _delete_locked(path, _lock(path))


def _is_ours(path: Path) -> bool:
    """A folder, no link to one, with our marker in it; or with nothing: a run ended while it was made or removed."""
    marker = path / MARKER
    if path.is_symlink() or not path.is_dir():
        return False
    if marker.is_symlink() or not marker.is_file():
        return not any(path.iterdir())
    with open(marker, "rb") as file:
        text = file.read(len(_mark(path)))
    return text == _mark(path) or (_mark(path).startswith(text) and not _our_files(path, but=MARKER))


def _mark(path: Path) -> bytes:
    return f"Scree keeps the unfinished work {path.name} here.\n".encode()


def _our_files(path: Path, but: str = "") -> list[Path]:
    return [
        p for p in path.iterdir() if p.name.endswith(SUFFIX) and p.name != but and p.is_file() and not p.is_symlink()
    ]


def _lock(path: Path) -> FileLock:
    try:
        return FileLock(path / MARKER)
    except BlockingIOError as error:
        raise OutputError(f"Another run of the same work is using {path}: wait for it or cancel it.") from error


def _lock_and_mark(path: Path) -> FileLock:
    """Lock the folder; mark it as ours if it is new."""
    marker = path / MARKER
    if not marker.exists() and _our_files(path):
        raise OutputError(f"{path} is not a job folder of Scree: move it away or set another SCRATCH.")
    lock = _lock(path)
    try:
        if marker.stat().st_size < len(_mark(path)) and _mark(path).startswith(marker.read_bytes()):
            marker.write_bytes(_mark(path))  # new, or of a run that ended before it was written
        if not _is_ours(path):
            raise OutputError(f"{path} is not a job folder of Scree: move it away or set another SCRATCH.")
    except BaseException:
        lock.release()
        raise
    return lock


def _delete_ours(path: Path, *, partial_only: bool) -> None:
    for file in _our_files(path):
        if file.name != MARKER and (not partial_only or file.name.endswith(".part" + SUFFIX)):
            file.unlink()


def _delete_locked(path: Path, lock: FileLock) -> tuple[str, ...]:
    """The marker goes last, so that a deletion cut short is still recognised as ours.  Raises OSError; the lock is
    released in any case."""
    try:
        _delete_ours(path, partial_only=False)
        foreign = tuple(sorted(p.name for p in path.iterdir() if p.name != MARKER))
        lock.release_and_delete()
    finally:
        lock.release()
    if not foreign:
        try:
            path.rmdir()
        except OSError as error:  # or a run that takes it over has just made its marker, or ended
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise
    return foreign
