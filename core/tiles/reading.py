# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading and writing the store's files: any thread, any offset, no memory maps.

Mapped pages count as resident memory and can not be given back on request; reads into arrays can.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError, StoreError
from ..jobs.disk import open_new


class SharedReader:
    """A file many threads read at any offset."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise self._failure(error) from error
        self._lock = threading.Lock()

    def read(self, array: NDArray[np.generic], offset: int) -> None:
        """Fill a contiguous ``array`` from byte ``offset``; raises StoreError if the file ends before."""
        if not array.size:
            return
        view = array.reshape(-1).view(np.uint8).data
        while len(view):
            try:
                got = self._read_some(view, offset)
            except OSError as error:
                raise self._failure(error) from error
            if not got:
                raise StoreError(f"The scratch file {self.path} is shorter than when it was written; run again.")
            view, offset = view[got:], offset + got

    def _failure(self, error: OSError) -> StoreError:
        return StoreError(f"The scratch file {self.path} cannot be read ({error.strerror}): start the run again.")

    def _read_some(self, view: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.readinto(view) or 0

    def close(self) -> None:
        self._file.close()


class SharedWriter:
    """A file several threads fill at offsets of their own.  Raises OutputError when it can not be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._file = open_new(path, buffering=0)
        except OSError as error:
            raise self._failure(error) from error

    def write(self, array: NDArray[np.generic], offset: int) -> None:
        """Write the bytes of a contiguous ``array`` at byte ``offset``."""
        if not array.size:
            return
        view = array.reshape(-1).view(np.uint8).data
        try:
            with self._lock:
                self._file.seek(offset)
                while len(view):
                    view = view[self._file.write(view) :]
        except OSError as error:
            raise self._failure(error) from error

    def close(self, sync: bool = False) -> None:
        """Close; with ``sync`` the bytes are on the disk before this returns."""
        try:
            if sync and not self._file.closed:
                os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(
            f"The scratch file {self.path} cannot be written ({error.strerror}); "
            "free some space there or name another SCRATCH folder."
        )
