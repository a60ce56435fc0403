# SPDX-License-Identifier: GPL-2.0-or-later
"""Room on disk: asked before the run, and a plain sentence when it runs out all the same; files opened safely."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError, OutputError, ScreeError
from .memory import MB

SPARE = 64 * MB
"""Left free on every volume, so that a run never fills a disk to the last byte."""

IN_MEMORY = {"tmpfs", "ramfs"}


def existing_folder(path: Path) -> Path:
    """The nearest folder on the way up from ``path`` that exists."""
    path = path.absolute()
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path


def require_free(needs: Mapping[Path, int]) -> None:
    """Check that the volumes hold ``needs``: bytes by folder; folders on one volume are added up.

    Raises OutputError naming needed and free MB.
    """
    volumes: dict[int, list[tuple[Path, int]]] = {}
    for folder, needed in needs.items():
        place = existing_folder(folder)
        volumes.setdefault(place.stat().st_dev, []).append((place, needed))
    for entries in volumes.values():
        place, needed = entries[0][0], sum(n for _, n in entries)
        free = shutil.disk_usage(place).free
        if needed + SPARE > free:
            raise OutputError(
                f"The run needs about {-(-(needed + SPARE) // MB):,} MB on the disk of {place}, which has "
                f"{free // MB:,} MB free: free some, or choose another disk for OUTPUT or SCRATCH."
            )


def require_writable(path: Path) -> None:
    """Find out before the work that ``path`` cannot be made or replaced.  Raises OutputError."""
    with written_to(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass


def open_new(path: Path, buffering: int = -1) -> BinaryIO:
    """A new file to write and read.

    What lies under its name (a file that a killed run left, a link) is taken away first, and never written to.
    Raises OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except FileExistsError:
        path.unlink()
        descriptor = os.open(path, flags, 0o666)
    return os.fdopen(descriptor, "w+b", buffering)


def discard(path: Path) -> None:
    """Delete temporary data of this run.

    What cannot be deleted neither hides the error a run ends with nor makes an error of a good end: it lies where
    the next run of the same work, or ``jobs.clean``, deletes it.
    """
    with suppress(OSError):
        path.unlink(missing_ok=True)


def open_regular(path: str | Path, buffering: int = -1) -> BinaryIO:
    """An input file, to read.  Raises InputError where it is a pipe, device or socket, OSError."""
    require_regular(path)
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # the first: should a pipe have taken its place since
        flags |= getattr(os, name, 0)
    return os.fdopen(os.open(path, flags), "rb", buffering)


def require_regular(path: str | Path) -> None:
    """Raise InputError where there is something at ``path`` that is no file: to read it might never end."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # not there, or no path at all: whoever opens it tells
        return
    kinds = {stat.S_IFIFO: "pipe", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFSOCK: "socket"}
    if stat.S_IFMT(mode) in kinds:
        raise InputError(f"{path} is a {kinds[stat.S_IFMT(mode)]}; only files are read: copy its content to a file.")


def let_go(file: int, start: int = 0, stop: int = 0) -> None:
    """Tell the system that nobody reads bytes ``start`` to ``stop`` (0: the end) of an open file soon.

    What of them is on the disk leaves its memory, which the next writes take: a long file neither fills it with new
    pages, which are slow to come by, nor pushes the files of others out.  Where it cannot be told nothing happens.
    """
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(file, start, stop - start if stop else 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """Turn the system's refusal to write ``path`` into an OutputError of one sentence."""
    try:
        yield
    except ScreeError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(f"The disk of {path} is full: free some space or choose another disk.") from error
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written ({reason}): check the folder and its permissions.") from error


@contextmanager
def read_from(path: str | Path) -> Iterator[None]:
    """Turn the system's refusal to read an input into an InputError of one sentence."""
    try:
        yield
    except ScreeError:
        raise
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}): check the name and the rights."
        ) from error


def scratch_parent(output: Path, scratch: str = "") -> Path:
    """The folder the job folder goes into: SCRATCH if given, else beside ``output``.

    Points spooled to a memory file system would spend the memory the user limited, so SCRATCH must
    not be one; an OUTPUT in one (the temporary outputs of many systems) sends the job folder to
    /var/tmp.  Raises OutputError where that is in memory too.
    """
    beside = existing_folder(Path(scratch) if scratch else output.absolute().parent)
    kind = _file_system(beside)
    if kind not in IN_MEMORY:
        return Path(scratch).absolute() if scratch else output.absolute().parent
    lasting = Path("/var/tmp")
    if not scratch and lasting.is_dir() and _file_system(lasting) not in IN_MEMORY:
        return lasting
    raise OutputError(f"{beside} is held in memory ({kind}): set SCRATCH to a folder on a disk.")


def _file_system(folder: Path) -> str:
    """Type of the file system a folder is on, as /proc/self/mountinfo names it; '' where unknown."""
    mounts = Path("/proc/self/mountinfo")
    if not mounts.exists():
        return ""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    with open(mounts, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            mount, _, source = line.partition(" - ")
            if mount.split()[2] == wanted:
                return source.split()[0]
    return ""
