# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that appear whole or not at all."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from ..jobs.disk import written_to

PART = ".scree-part"
"""End of the name of a file that is not whole yet."""


def write_whole(path: Path, data: bytes | memoryview, *, sync: bool) -> None:
    """Write ``path`` under another name beside it, then give it its place.  Raises OutputError.

    With ``sync`` the bytes are on the disk before the name is.
    """
    temporary = path.with_name(path.name + PART)
    try:
        with written_to(path):
            with open(temporary, "wb") as file:
                file.write(data)
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
