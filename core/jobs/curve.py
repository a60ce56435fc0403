# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run held over its time: resident memory by seconds, and the most its job folder took on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .memory import resident_bytes

MOST = 512
"""Samples kept; when there are more, every second one is dropped and the next come half as often."""
FIRST_SECONDS = 0.1
LOOK_SHARE = 0.005
"""Of the time at most, that looking at the folder may take."""

BLOCK = 512
"""Bytes the system counts a file's blocks in: what was never written takes none."""


class Curve:
    """Sampled by the thread that owns the progress; a long run has no more samples than a short one."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.resident: list[int] = []
        self.begins: list[tuple[str, float]] = []
        """Phases, and the seconds at which they began."""
        self.scratch = 0
        """Most bytes seen in ``folder``."""
        self.folder: Path | None = None
        self._every = FIRST_SECONDS
        self._look = 0.0

    def sample(self, seconds: float, *, always: bool = False) -> None:
        """Note what is held ``seconds`` after the start, unless it was noted just before."""
        if not always and self.seconds and seconds - self.seconds[-1] < self._every:
            return
        self.seconds.append(seconds)
        self.resident.append(resident_bytes())
        if len(self.seconds) > MOST:
            del self.seconds[1::2], self.resident[1::2]
            self._every *= 2
        if always or seconds >= self._look:
            began = time.perf_counter()
            self.scratch = max(self.scratch, _bytes_of(self.folder))
            self._look = seconds + max(2 * self._every, (time.perf_counter() - began) / LOOK_SHARE)


def _bytes_of(folder: Path | None) -> int:
    total = 0
    try:
        with os.scandir(folder if folder is not None else os.devnull) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                total += min(status.st_size, BLOCK * getattr(status, "st_blocks", status.st_size))
    except OSError:  # no folder, or a file that went away meanwhile
        pass
    return total
