# SPDX-License-Identifier: GPL-2.0-or-later
"""A lock on a file that dies with its process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FAR = 1 << 30
"""Windows locks a range of bytes and refuses to let others read it: take one past the text."""


class FileLock:
    """The file at ``path`` (made if absent), locked until ``release``.

    Raises BlockingIOError if somebody holds it, OSError if the file cannot be made or the file
    system has no locks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        while self._descriptor < 0:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
            try:
                _take(descriptor)
                # The holder before may have deleted the file between our open and our lock.
                if os.fstat(descriptor).st_nlink > 0:
                    self._descriptor = descriptor
            finally:
                if self._descriptor < 0:
                    os.close(descriptor)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def release_and_delete(self) -> None:
        """Delete the file while it is locked where the system allows that, so nobody slips in between.

        Raises OSError where it cannot be deleted; it is released all the same.
        """
        if sys.platform == "win32":
            self.release()
        try:
            self.path.unlink(missing_ok=True)
        finally:
            self.release()


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError(error.errno, "locked") from error

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
