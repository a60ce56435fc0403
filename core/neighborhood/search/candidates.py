# SPDX-License-Identifier: GPL-2.0-or-later
"""Points loaded for a search, in ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ...tiles.points import Points
from .ticks import Ticks


@dataclass(frozen=True)
class Candidates:
    """Positions in ticks (int64), value and weight; ``z`` is empty where the search is 2-d."""

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    z: NDArray[np.int64]
    v: NDArray[np.float64]
    w: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    @staticmethod
    def of(points: Points, ticks: Ticks, solid: bool) -> Candidates:
        """The points of a store, in their order; ``solid`` takes their values as heights."""
        z = ticks.of_values(points.v) if solid else np.empty(0, np.int64)
        return Candidates(ticks.of_steps(points.x), ticks.of_steps(points.y), z, points.v, points.w)

    @staticmethod
    def none() -> Candidates:
        """No points."""
        ticks, floats = np.empty(0, np.int64), np.empty(0, np.float64)
        return Candidates(ticks, ticks, ticks, floats, floats)

    def take(self, index: NDArray[np.generic]) -> Candidates:
        """Those of an index, in its order."""
        z = self.z[index] if len(self.z) else self.z
        return Candidates(self.x[index], self.y[index], z, self.v[index], self.w[index])

    @staticmethod
    def join(parts: Sequence[Candidates]) -> Candidates:
        """Those of all parts, one part after the other."""
        names = [f.name for f in fields(Candidates)]
        return Candidates(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
