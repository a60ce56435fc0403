# SPDX-License-Identifier: GPL-2.0-or-later
"""Files of a map, which appear whole or not at all and are never reached through a link."""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from ..errors import OutputError
from ..jobs.disk import written_to

PART = ".scree-part"
"""End of the name of a file that is not whole yet."""
LINK = "it is a link, which Scree does not follow inside a map"


def _open_new(path: Path) -> tuple[Path, BinaryIO]:
    """A new file beside ``path``, under a name nobody can guess: a file or link that is there is never opened."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")
    return part, cast(BinaryIO, os.fdopen(os.open(part, flags, 0o666), "w+b"))


def write_whole(path: Path, data: bytes | memoryview, *, sync: bool) -> None:
    """Write ``path`` under another name beside it, then give it its place.  Raises OutputError.

    With ``sync`` the bytes are on the disk before the name is.
    """
    with written_to(path):
        part, file = _open_new(path)
        try:
            with file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise


def write_anew(path: Path, data: bytes | memoryview) -> None:
    """Write ``path`` in a folder that nobody reads yet; what was there is not written into.  Raises OSError."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    with open(path, "xb", opener=_opened) as file:
        file.write(data)


def read_whole(path: Path) -> bytes:
    """The bytes of a file; it is closed at once, for Windows replaces no file that is open.

    Raises OSError, also for a link, and for a pipe, which might never end.
    """
    with open(path, "rb", opener=_opened) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        return file.read()


def _opened(path: str, flags: int) -> int:
    if os.name != "posix" and os.path.islink(path):
        raise OSError(errno.ELOOP, LINK, path)
    try:
        return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            error.strerror = LINK
        raise


def refuse_link(path: Path) -> None:
    """Raise OutputError where ``path`` is a link."""
    if path.is_symlink():
        raise OutputError(f"{path} is a link, which Scree does not follow inside a map: put the real folder there.")


def sync_all(folder: Path) -> None:
    """Bring everything below ``folder`` to the disk: one call for its volume, not two for each of many files."""
    if sys.platform.startswith("linux"):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(descriptor)
    elif hasattr(os, "sync"):
        os.sync()
    else:
        for path in folder.rglob("*"):
            if path.is_file():
                with open(path, "r+b") as file:
                    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring renames in ``folder`` to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
