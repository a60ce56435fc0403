# SPDX-License-Identifier: GPL-2.0-or-later
"""Outputs that appear whole or not at all: made in a folder of their own, beside the file whose place they take.

The folder is hidden, made by this run and closed to other users, so nothing that was laid there before, a link
above all, is written to.  A lock in it dies with the process: what a killed run left is known by it, and goes with
the next run of the same output, or by ``clean``.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from .disk import written_to
from .lock import FileLock

PREFIX = ".scree-part-"
NAME = re.compile(re.escape(PREFIX) + r"[0-9a-f]{16}(-[0-9a-f]{8})?")
MARKER = "part.scree"
MARK = b"Scree makes a file here, and gives it its place when it is whole.\n"
ATTEMPTS = 10
"""Folders that another run takes away, or holds, between our look and our lock."""


class Part:
    """A file in the making.  Raises OutputError where none can be made beside ``target``.

    ``take_place`` once it is whole, or ``remove``; one of them is always called.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        with written_to(target):
            self._folder, self._lock = _make(target.absolute())
        self.path = self._folder / target.name
        """Where to write: no such file exists."""

    def take_place(self) -> None:
        """Bring the file to the disk and put it in the place of the target; what else lies beside it goes."""
        try:
            with written_to(self.target):
                with open(self.path, "r+b") as file:
                    os.fsync(file.fileno())
                os.replace(self.path, self.target)
        finally:
            self.remove()

    def remove(self) -> None:
        """Delete whatever is there.  May be called again."""
        if self._lock is not None:
            lock, self._lock = self._lock, None
            with suppress(OSError):  # the next run of the same output deletes it, or ``clean``
                _delete(self._folder, lock)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path to write to; what was written there takes the place of ``target`` at the end.  Raises OutputError."""
    part = Part(target)
    try:
        with written_to(target):
            yield part.path
        part.take_place()
    finally:
        part.remove()


@dataclass(frozen=True)
class FoundPart:
    """A folder of an unfinished output: its bytes, and whether a run holds it now."""

    path: Path
    bytes: int
    locked: bool


def find_parts(parent: Path) -> list[FoundPart]:
    """Unfinished outputs directly in ``parent``, by name; of this user, and never through a link."""
    found = []
    for path in sorted(p for p in parent.iterdir() if NAME.fullmatch(p.name)):
        if not _is_ours(path):
            continue
        try:
            FileLock(path / MARKER).release()
            locked = False
        except OSError:  # held by a run, or on a volume that is not ours to write
            locked = True
        found.append(FoundPart(path, sum(f.lstat().st_size for f in path.iterdir()), locked))
    return found


def delete_part(path: Path) -> tuple[str, ...]:
    """Delete what a killed run left of an output; names of folders in it, for which it was left.

    Raises OutputError if it is none of ours or a run holds it.
    """
    if not NAME.fullmatch(path.name) or not _is_ours(path):
        raise OutputError(f"{path} is no unfinished output of Scree; nothing was deleted.")
    with written_to(path):
        try:
            lock = FileLock(path / MARKER)
        except BlockingIOError as error:
            raise OutputError(f"A run is writing to {path}: wait for it or cancel it.") from error
        return _delete(path, lock)


def _make(target: Path) -> tuple[Path, FileLock | None]:
    """An empty, locked folder: that of the target's name, or where it is not to be had one of a random name."""
    name = PREFIX + hashlib.sha256(target.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    path = target.with_name(name)
    for _ in range(ATTEMPTS):
        try:
            lock = _hold(path)
        except FileNotFoundError:
            if not target.parent.is_dir():
                raise
            continue
        if lock is not None:
            return path, lock
        path = target.with_name(f"{name}-{secrets.token_hex(4)}")
    raise FileExistsError(17, "the folder for its unfinished part is in use")


def _hold(path: Path) -> FileLock | None:
    """Make the folder, or empty what a killed run left of it, and lock it; None where it is not ours or held."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    if not _is_ours(path):
        return None
    try:
        lock = FileLock(path / MARKER)
    except BlockingIOError:
        return None
    try:
        _empty(path)
        (path / MARKER).write_bytes(MARK)
    except BaseException:
        with suppress(OSError):
            _delete(path, lock)
        raise
    return lock


def _is_own(path: Path) -> bool:
    """Whether this is a folder, no link to one, and made by this user."""
    status = path.lstat()
    return path.is_dir() and not path.is_symlink() and (not hasattr(os, "getuid") or status.st_uid == os.getuid())


def _is_ours(path: Path) -> bool:
    """Such a folder with our marker in it, or nothing: a run was killed just after it was made."""
    if not _is_own(path):
        return False
    marker = path / MARKER
    if marker.is_symlink() or not marker.is_file():
        return not any(path.iterdir())
    with open(marker, "rb") as file:
        return MARK.startswith(file.read(len(MARK) + 1))


def _empty(path: Path) -> None:
    """Files and links go, not what they point at; the marker and what is no file stay."""
    for entry in path.iterdir():
        if entry.name != MARKER and (entry.is_symlink() or not entry.is_dir()):
            entry.unlink()


def _delete(path: Path, lock: FileLock) -> tuple[str, ...]:
    """Names of what is left: folders, which are none of ours.

    Raises OSError where something of ours cannot be deleted; then the marker stays, and the lock is released.
    """
    try:
        _empty(path)
        left = tuple(sorted(entry.name for entry in path.iterdir() if entry.name != MARKER))
        lock.release_and_delete()
    finally:
        lock.release()
    if not left:
        with suppress(OSError):  # another run of the same output is taking it over
            path.rmdir()
    return left
