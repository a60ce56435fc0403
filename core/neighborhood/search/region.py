# SPDX-License-Identifier: GPL-2.0-or-later
"""Regions round a position, every one with the sizes of its own query; boundaries belong to them.

All shapes are one test: half extents along the axes, a largest d² in the plane and one in space.
Circles and windows have no limit in height.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates
from .lists import Targets
from .region_kernel import mark_members
from .ticks import REACH, Ticks

Sizes = NDArray[np.float64]
"""A full size (or radius) in CRS units for each query, or one for all; negative or NaN: the region is empty."""

UNLIMITED = 3 * REACH * REACH
"""More than any d² of offsets cut off at REACH."""
EXACT = 1 << 53


@dataclass(frozen=True)
class Region:
    """``limits`` int64 [n, 5] in ticks: half extents in x, y, z, largest d² in xy, largest d² in xyz.

    A single row is that of all queries.
    """

    limits: NDArray[np.int64]

    def take(self, index: NDArray[np.generic] | slice) -> Region:
        """Those of a boolean mask, an index or a slice, in its order."""
        return Region(self.limits[index]) if len(self.limits) > 1 else self

    @staticmethod
    def circle(ticks: Ticks, radius: Sizes) -> Region:
        """Within ``radius`` in the plane."""
        half = _halves(ticks, 2 * radius)
        return _region(half, half, None, _squares(ticks, radius), None)

    @staticmethod
    def sphere(ticks: Ticks, radius: Sizes) -> Region:
        """Within ``radius`` in space."""
        half = _halves(ticks, 2 * radius)
        return _region(half, half, half, None, _squares(ticks, radius))

    @staticmethod
    def window(ticks: Ticks, x: Sizes, y: Sizes) -> Region:
        """Within ``x`` by ``y``; a square has both alike."""
        return _region(_halves(ticks, x), _halves(ticks, y), None, None, None)

    @staticmethod
    def box(ticks: Ticks, x: Sizes, y: Sizes, z: Sizes) -> Region:
        """Within ``x`` by ``y`` by ``z``."""
        return _region(_halves(ticks, x), _halves(ticks, y), _halves(ticks, z), None, None)

    @staticmethod
    def cylinder(ticks: Ticks, radius: Sizes, z: Sizes) -> Region:
        """Within ``radius`` in the plane and ``z`` in height."""
        half = _halves(ticks, 2 * radius)
        return _region(half, half, _halves(ticks, z), _squares(ticks, radius), None)

    def narrowed(self, most2: int, solid: bool) -> Region:
        """Without what is farther than d² ``most2``, in the plane or in space."""
        limits, axes = self.limits.copy(), 3 if solid else 2
        some = limits[:, 0] >= 0  # not those that are empty
        limits[some, :axes] = np.minimum(limits[some, :axes], isqrt(most2))
        limits[some, 3 + solid] = np.minimum(limits[some, 3 + solid], most2)
        return Region(limits)

    def cells(self, ticks: Ticks) -> int:
        """Cells beyond its own that the largest of the regions may reach."""
        ticks_per_cell = max(1, ticks.per_step * ticks.lattice.per_cell >> ticks.shift)
        return int(self.limits[:, :2].max(initial=-1)) // ticks_per_cell + 1

    @property
    def exact_in_floats(self) -> bool:
        """Whether every limit but UNLIMITED is a whole number that floats hold, a square below it too."""
        return not ((self.limits >= EXACT) & (self.limits < UNLIMITED)).any()

    def as_reach(self, solid: bool) -> NDArray[np.int64] | None:
        """The largest d² of each region where they are circles (spheres if ``solid``), else None."""
        most2, other2 = (self.limits[:, i] for i in ((4, 3) if solid else (3, 4)))
        halves = np.minimum(self.limits[:, : 3 if solid else 2], REACH) + 1
        round_ = (most2 < UNLIMITED) & (other2 == UNLIMITED) & (halves**2 > most2[:, None]).all(axis=1)
        if not solid:
            round_ &= self.limits[:, 2] == UNLIMITED
        return most2 if (round_ | (most2 < 0)).all() else None

    def holds(
        self, targets: Targets, candidates: Candidates, row: NDArray[np.int64], index: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether candidate ``index[i]`` is in the region of target ``row[i]``."""
        c, inside = candidates, np.empty(len(row), np.bool_)
        mark_members(c.x, c.y, c.z, targets.x, targets.y, targets.z, self.limits, row, index, inside)
        return inside


def _region(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    z: NDArray[np.int64] | None,
    flat2: NDArray[np.int64] | None,
    solid2: NDArray[np.int64] | None,
) -> Region:
    limits = np.full((max(len(size) for size in (x, y, z) if size is not None), 5), UNLIMITED, np.int64)
    for column, values in enumerate((x, y, z, flat2, solid2)):
        if values is not None:
            limits[:, column] = values
    limits[(limits < 0).any(axis=1)] = -1
    return Region(limits)


def _halves(ticks: Ticks, size: Sizes) -> NDArray[np.int64]:
    """Half of each full size in whole ticks, -1 where it is no size."""
    half = np.minimum(size / (2 * ticks.size), REACH - 1)
    return _whole(np.where(_near_whole(half), np.rint(half), np.floor(half)), half)


def _squares(ticks: Ticks, radius: Sizes) -> NDArray[np.int64]:
    """The largest d² within each radius, -1 where it is no size."""
    reach = np.minimum(radius / ticks.size, REACH - 1)
    return _whole(np.where(_near_whole(reach), np.rint(reach) ** 2, np.floor(reach * reach)), reach)


def _near_whole(ticks: Sizes) -> NDArray[np.bool_]:
    """True where a quotient is a whole number but for its rounding: 0.3 / 0.001 is 299.99999999999994."""
    return np.abs(ticks - np.rint(ticks)) <= 1e-12 * np.abs(ticks)


def _whole(values: Sizes, sizes: Sizes) -> NDArray[np.int64]:
    return np.where(sizes >= 0, values, -1).astype(np.int64)
