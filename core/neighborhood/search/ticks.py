# SPDX-License-Identifier: GPL-2.0-or-later
"""The integers a search computes in, so that distances are compared exactly.

A tick is half a lattice step: cell centers fall on ticks whatever the parity of ``per_cell``.  For
searches in 3-d ticks are made finer until they divide the step of the heights too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, isclose, isqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ...tiles.lattice import Box, Lattice

if TYPE_CHECKING:
    from ...tiles.store import Store

REACH = 1_500_000_000
"""Ticks: nothing that far along an axis is a neighbor (750 km at 1 mm steps); three squares of it fit int64."""
FARTHEST = (REACH - 1) ** 2
"""The largest d² of a neighbor."""
NOWHERE = 1 << 61
"""An edge beyond all points."""


@dataclass(frozen=True)
class Ticks:
    """Ticks per lattice step and per step of the value; the last ``shift`` bits of all ticks are dropped.

    ``shift`` is 0 unless the points span half of REACH (375 km at 1 mm steps).
    """

    lattice: Lattice
    per_step: int
    per_value_step: int
    shift: int

    @staticmethod
    def of(store: Store, solid: bool = False) -> Ticks:
        """Ticks for searches in ``store``; ``solid`` ones measure heights (the points' values) as well."""
        lattice = store.lattice
        ratio = lattice.value_step * 2 * lattice.per_cell / lattice.cell
        per_step = 2 * ratio.denominator if solid else 2
        span = max(store.box.x1 - store.box.x0, store.box.y1 - store.box.y0, 0) * lattice.per_cell * per_step
        return Ticks(lattice, per_step, ratio.numerator, (span // (REACH // 2)).bit_length())

    @property
    def size(self) -> float:
        """CRS units of one tick."""
        return self.lattice.step / self.per_step * (1 << self.shift)

    def of_steps(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ticks of absolute lattice steps."""
        ticks = steps * self.per_step
        return ticks >> self.shift if self.shift else ticks

    def of_cells(self, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ticks of the south-west corners of cells."""
        return self.of_steps(cells * self.lattice.per_cell)

    def cells(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The cells positions lie in (with a ``shift``, or their neighbor)."""
        return (ticks << self.shift) // (self.per_step * self.lattice.per_cell)

    def of_values(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Ticks of heights in CRS units, which are multiples of the lattice's value step."""
        ticks = np.rint(values / float(self.lattice.value_step)).astype(np.int64) * self.per_value_step
        return ticks >> self.shift if self.shift else ticks

    def of_positions(self, steps: NDArray[np.float64], corner: int) -> NDArray[np.int64]:
        """Ticks of positions given in lattice steps from the edge of cell ``corner``, rounded to a tick."""
        ticks = np.rint(steps * self.per_step).astype(np.int64) + corner * self.lattice.per_cell * self.per_step
        return ticks >> self.shift

    def squared(self, distance: float, what: str) -> int:
        """The largest d² within ``distance`` (CRS units, itself included), at most FARTHEST.

        Raises OptionError, naming ``what``, where the distance is not above 0.
        """
        if not distance > 0:
            raise OptionError(f"{what} is {distance}; it must be a distance above 0.")
        if distance == inf or distance / self.size >= REACH - 1:
            return FARTHEST
        ticks = distance / self.size
        # 0.3 must reach a point 300 steps of 0.001 away, though the quotient is 299.99999999999994.
        whole = round(ticks)
        return whole * whole if isclose(ticks, whole, rel_tol=1e-12) else floor(ticks * ticks)

    def bound(self, squared_steps: int) -> int:
        """A d² below that of every point ``squared_steps`` (lattice steps²) away or farther, or equal to it."""
        squared = squared_steps * self.per_step**2
        if self.shift:
            squared = max(0, (isqrt(squared) >> self.shift) - 2) ** 2
        return min(squared, REACH**2)

    def edges(self, box: Box, everything: Box) -> NDArray[np.int64]:
        """Ticks [west, south, east, north] of the nearest points that loading ``box`` may have left out.

        A side beyond ``everything``, the cells that hold all points, leaves out none.
        """
        n = self.lattice.per_cell
        edges = self.of_steps(np.array([n * box.x0 - 1, n * box.y0 - 1, n * box.x1, n * box.y1], np.int64))
        whole = [box.x0 <= everything.x0, box.y0 <= everything.y0, box.x1 >= everything.x1, box.y1 >= everything.y1]
        return np.where(whole, np.array([-NOWHERE, -NOWHERE, NOWHERE, NOWHERE]), edges)
