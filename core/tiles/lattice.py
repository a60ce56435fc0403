# SPDX-License-Identifier: GPL-2.0-or-later
"""The integer lattice every coordinate lives on.

Floating coordinates round differently in files with different offsets, so two copies of one point
would differ.  All points are mapped, exactly where the file allows it, to integers anchored at CRS 0.
The step divides the raster cell, so cells, quad-tree nodes and points share one arithmetic:
a cell is ``X // per_cell``, a node of level ``l`` is ``cell >> l``.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError

FINEST_DECIMAL = 10
LARGEST = 1e15
"""No length is longer: beyond, a float has no fractions."""
"""Scales are read as decimals with at most this many places."""
FINEST_CELL = 2**17
"""Most lattice steps along a cell: a tile of 512 cells, refined sixteenfold for means, still fits int32."""


class Box(NamedTuple):
    """Raster cells ``x0 <= x < x1``, ``y0 <= y < y1``; global indices, y grows to the north."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    @property
    def cells(self) -> int:
        return 0 if self.empty else (self.x1 - self.x0) * (self.y1 - self.y0)

    def grown(self, cells: int) -> Box:
        return Box(self.x0 - cells, self.y0 - cells, self.x1 + cells, self.y1 + cells)

    def clipped(self, other: Box) -> Box:
        return Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def touches(self, other: Box) -> bool:
        """True if the two share at least one cell."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1


class Node(NamedTuple):
    """A square of ``2**level`` cells a side: cells ``ix << level`` to ``(ix + 1) << level``."""

    level: int
    ix: int
    iy: int

    @property
    def box(self) -> Box:
        n, x, y = self.level, self.ix, self.iy
        return Box(x << n, y << n, (x + 1) << n, (y + 1) << n)

    @property
    def children(self) -> tuple[Node, Node, Node, Node]:
        """In Morton order: south-west, south-east, north-west, north-east."""
        n, x, y = self.level - 1, self.ix * 2, self.iy * 2
        return Node(n, x, y), Node(n, x + 1, y), Node(n, x, y + 1), Node(n, x + 1, y + 1)


@dataclass(frozen=True)
class Lattice:
    """Steps of the lattice: ``step`` horizontal and ``value_step`` for the gridded value, CRS units."""

    cell: Fraction
    """Side of a raster cell, CRS units."""
    per_cell: int
    """Lattice steps along a cell."""
    value_step: Fraction

    @property
    def step(self) -> float:
        return float(self.cell / self.per_cell)

    def coordinates(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        """CRS units of horizontal steps: the floats nearest to their decimals."""
        step = self.cell / self.per_cell
        return steps.astype(np.float64) * step.numerator / step.denominator

    def refined(self, factor: int) -> Lattice:
        """The same cells with ``factor`` times more steps: room for means of thinned points."""
        return Lattice(self.cell, self.per_cell * factor, self.value_step)


def as_decimal(number: float, what: str) -> Fraction:
    """The decimal a float stands for: 0.001 for 0.0010000000474974513.

    Raises OptionError for zero, negative, NaN, and above `LARGEST`.
    """
    if not 0 < number <= LARGEST:
        raise OptionError(f"{what} is {number}; it must be a number above 0 and at most {LARGEST:g}.")
    for places in range(FINEST_DECIMAL + 1):
        scaled = number * 10**places
        if scaled >= 0.5 and abs(scaled - round(scaled)) <= 1e-7 * scaled:
            return Fraction(round(scaled), 10**places)
    return Fraction(max(1, round(number * 10**FINEST_DECIMAL)), 10**FINEST_DECIMAL)


def common_step(steps: list[Fraction]) -> Fraction:
    """The largest step of which every given one is a whole multiple."""
    denominator = 1
    for s in steps:
        denominator = denominator * s.denominator // gcd(denominator, s.denominator)
    numerator = 0
    for s in steps:
        numerator = gcd(numerator, s.numerator * (denominator // s.denominator))
    return Fraction(numerator, denominator)


def make_lattice(resolution: float, scales: list[float], value_scales: list[float]) -> Lattice:
    """The lattice for cells of ``resolution`` over files of these scales (all in CRS units).

    The step is the largest that divides the cell and every scale, so that each file maps to it
    by whole numbers (its offset permitting).  Where they have no useful common divisor (a cell of
    1/3), the cell is cut finely and points are rounded, which the reader counts.
    """
    cell = as_decimal(resolution, "RESOLUTION")
    finest = [as_decimal(s, "A scale in a LAS header") for s in scales]
    per_cell = int(cell / common_step([cell, *finest]))
    if per_cell > FINEST_CELL:
        per_cell = min(FINEST_CELL, max(1, ceil(cell / min(finest)) * 4))
    return Lattice(cell, per_cell, common_step([as_decimal(s, "A scale in a LAS header") for s in value_scales]))
