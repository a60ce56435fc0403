# SPDX-License-Identifier: GPL-2.0-or-later
"""The value of the nearest point."""

from __future__ import annotations

from math import inf

import numpy as np

from ...neighborhood.search.lists import Neighbors
from ...neighborhood.search.ticks import Ticks
from .local_surface import Fits, LocalSurface


class Nearest(LocalSurface):
    """METHOD nearest.  Of points equally far the one with the least x, then y, then value counts."""

    name = "nearest"

    def __init__(self, radius: float = inf) -> None:
        super().__init__(1, radius)

    def fit(self, found: Neighbors, ticks: Ticks, reach2: int) -> Fits:
        """The value of each first neighbor."""
        value = np.full(len(found.query), np.nan)
        some = found.lists.found > 0
        value[some] = found.candidates.v[found.lists.index[some, 0]]
        return Fits(value)
