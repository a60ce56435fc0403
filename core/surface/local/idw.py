# SPDX-License-Identifier: GPL-2.0-or-later
"""Inverse distance weighting (Shepard 1968) over the nearest points."""

from __future__ import annotations

from math import inf

import numpy as np

from ...errors import OptionError
from ...neighborhood.search.lists import Neighbors
from ...neighborhood.search.ticks import Ticks
from .fit_kernels import inverse_distance
from .local_surface import Fits, LocalSurface

MOST_POWER = 16
PARTS = 1024
"""Half of POWER is taken to the nearest 1/1024, so that square roots and products can make it."""


class InverseDistance(LocalSurface):
    """METHOD idw: mean of the nearest points, weighted by count / distance**power.

    Exactly on a point its value is taken (on several, their mean).  ``pow`` differs in the last bit
    between C libraries; square roots do not, so ``power`` is rounded to 1/512.
    """

    name = "idw"

    def __init__(self, neighbors: int = 12, power: float = 2.0, radius: float = inf) -> None:
        if not 0 < power <= MOST_POWER:
            raise OptionError(f"POWER is {power}; it must be above 0 and at most {MOST_POWER}; 2 is usual.")
        super().__init__(neighbors, radius)
        self.half_power = max(1, round(power / 2 * PARTS))

    def fit(self, found: Neighbors, ticks: Ticks, reach2: int) -> Fits:
        """The weighted mean of each query's neighbors."""
        value = np.empty(len(found.query))
        points, lists = found.candidates, found.lists
        whole, part = divmod(self.half_power, PARTS)
        inverse_distance(points.v, points.w, lists.d2, lists.index, lists.found, whole, part, value)
        return Fits(value)
