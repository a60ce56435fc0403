# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that appear whole or not at all."""

from __future__ import annotations

import os
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


def sync_folder(folder: Path) -> None:
    """Bring renames in ``folder`` to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
