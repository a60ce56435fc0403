# SPDX-License-Identifier: GPL-2.0-or-later
"""How many threads a run works with."""

from __future__ import annotations

import os
import sys


def usable_threads(threads: int) -> int:
    """``threads``, or for 0 every core the process may use."""
    if threads > 0:
        return threads
    if sys.platform.startswith("linux"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
