# SPDX-License-Identifier: GPL-2.0-or-later
"""The sizes an incremental query tries."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray

#: Slack, in increments, by which the last size may exceed the end of its range.
SLACK = 1e-9
MOST_SIZES = 10_000
MOST_NEIGHBORS = 1_000_000
"""The largest k of a knn: rows of so many indices are held for each point of a block."""
UNCOUNTED = 1e15
"""Above this number of sizes only that there are too many is told."""


def count_sizes(start: float, stop: float, increment: float) -> int:
    """How many sizes ``start``, ``start + increment``, … do not exceed ``stop``."""
    return floor(min((stop - start) / increment, UNCOUNTED) + SLACK) + 1


def sizes(start: float, stop: float, increment: float) -> NDArray[np.float64]:
    """float64 [n]: the sizes of one range, its end included."""
    return start + increment * np.arange(count_sizes(start, stop, increment))


def advancing(*ranges: tuple[float, float, float]) -> NDArray[np.float64]:
    """float64 [n, ranges]: sizes that advance together; a shorter range stays at its last size."""
    columns = [sizes(*bounds) for bounds in ranges]
    longest = max(map(len, columns))
    return np.column_stack([np.pad(column, (0, longest - len(column)), mode="edge") for column in columns])
