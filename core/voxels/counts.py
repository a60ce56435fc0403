# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pass over the clouds counts, and the range of intensities it found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

INTENSITIES = 65536


@dataclass
class Intake:
    """Counts of the pass."""

    read: int = 0
    passed: int = 0
    misses: int = 0
    rounded: int = 0
    beyond: int = 0
    """Points beyond MAX_RANGE: their rays are cut, they are no hits."""
    untimed: int = 0
    """Points outside the trajectory's times: hits without a ray."""
    intensities: NDArray[np.int64] = field(default_factory=lambda: np.zeros(INTENSITIES, np.int64))
    first_times: list[float] = field(default_factory=list)
    """Lowest gps time of each source."""

    def to_json(self) -> dict[str, Any]:
        seen = np.flatnonzero(self.intensities)
        return {
            "read": self.read, "passed": self.passed, "misses": self.misses, "rounded": self.rounded,
            "beyond": self.beyond, "untimed": self.untimed, "first_times": self.first_times,
            "intensities": [[int(i), int(self.intensities[i])] for i in seen],
        }  # fmt: skip


def percentiles(intensities: list[list[int]]) -> tuple[float, float]:
    """2nd and 98th percentile (nearest rank) of a histogram as Intake gives it."""
    values, counts = np.array([i for i, _ in intensities]), np.cumsum([n for _, n in intensities])
    low, high = (values[np.searchsorted(counts, -(-int(counts[-1]) * p // 100))] for p in (2, 98))
    return float(low), float(high)
