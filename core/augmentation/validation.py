# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the DTM may stand in for the ground at a site: it must meet the ground around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lengths import Lengths
from .support import DEPTH, QUADRANTS, Support
from .support_kernel import support_planes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
GROWTH = 0.2
"""Share of MAX_RESIDUAL that the limit of the residual grows by for each metre to the nearest ground: terrain bends."""
ASIDE = 3.0
"""At most so many times that limit where the site lies aside of its support: a plane is sure only among its points."""
LEAST_SPREAD = 0.5
"""Of MAX_RESIDUAL: planes that meet their points better than this are all the same."""

ACCEPTED, UNVERIFIED, RESIDUAL, STEP = 0, 1, 2, 3


@dataclass(frozen=True)
class Verdict:
    """For each site: what became of it, its height, and by how much that misses the plane (NaN where unverified)."""

    state: NDArray[np.int64]
    z: Floats
    residual: Floats


@dataclass(frozen=True)
class Rule:
    """``smooth``: what the DTM lies above the ground around a site is taken off there."""

    lengths: Lengths
    min_neighbors: int
    smooth: bool
    cell: float

    def limit(self, gap: Floats, leverage: Floats) -> Floats:
        """The largest residual at a gap distance (CRS units) and a leverage in the plane (1: amid its support)."""
        aside = np.clip(np.sqrt(leverage), 1.0, ASIDE)
        return np.asarray(self.lengths.max_residual * (1 + GROWTH * gap / self.lengths.metre) * aside)

    def judge(self, heights: Floats, gap: Floats, support: Support, smooth: Bools) -> Verdict:
        """The verdict on sites whose DTM heights, gap distances and support are given.

        Three tests: the DTM leads to some of the supporting ground without a step (``smooth`` [n, 4], by
        quadrant), lies within MAX_RESIDUAL of that ground, and is within ``limit`` of the plane.
        """
        fitted = np.empty((len(heights), 3))
        support_planes(
            support.dx, support.dy, support.z, support.above, support.found, smooth,
            support.dx.shape[1] // QUADRANTS, self.cell, LEAST_SPREAD * self.lengths.max_residual,
            GROWTH / self.lengths.metre, fitted,
        )  # fmt: skip
        above = fitted[:, 1]
        z = np.where(np.isnan(above), heights, heights - above) if self.smooth else heights
        residual = z - fitted[:, 0]
        with np.errstate(invalid="ignore"):
            bad = np.abs(residual) > self.limit(gap, fitted[:, 2])
            bad |= np.abs(above) > self.lengths.max_residual
        few = support.count < self.min_neighbors
        state = np.select([few, ~smooth.any(axis=1), bad], [UNVERIFIED, STEP, RESIDUAL], ACCEPTED)
        return Verdict(state, z, np.where(few, np.nan, residual))


def support_bytes(min_neighbors: int) -> int:
    """Held for each site while it is judged."""
    return QUADRANTS * max(DEPTH, min_neighbors) * 4 * 8 * 2 + 600
