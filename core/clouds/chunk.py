# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of points of one file, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Triple = tuple[float, float, float]
EXACT = 1 << 53
"""Whole numbers below it are floats."""


class Chunk:
    """Points ``start`` to ``start + len(chunk)`` of a file, in its order.

    ``X``, ``Y``, ``Z`` are the integers of the file (int32 from LAS, int64 from text): a coordinate is
    integer times scale plus offset, in CRS units.  ``chunk[name]`` is a column that was asked for;
    ``chunk["x"]``, ``["y"]``, ``["z"]`` are computed as float64.  All arrays are the chunk's own.
    """

    __slots__ = ("X", "Y", "Z", "_columns", "_offsets", "_scales", "start")

    def __init__(
        self, start: int, integers: tuple[Column, Column, Column], columns: Mapping[str, Column],
        scales: Triple, offsets: Triple,
    ) -> None:  # fmt: skip
        self.start = start
        self.X, self.Y, self.Z = integers
        self._columns = columns
        self._scales = scales
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, name: str) -> Column:
        if name in ("x", "y", "z"):
            axis = "xyz".index(name)
            integers = (self.X, self.Y, self.Z)[axis]
            return coordinates(integers, self._scales[axis], self._offsets[axis])
        return self._columns[name]

    def span(self, axis: int) -> tuple[float, float]:
        """Least and most coordinate along x (0), y (1) or z (2), in CRS units."""
        integers = (self.X, self.Y, self.Z)[axis]
        ends = np.array([integers.min(), integers.max()], integers.dtype)
        return tuple(coordinates(ends, self._scales[axis], self._offsets[axis]).tolist())


def coordinates(integers: Column, scale: float, offset: float) -> NDArray[np.float64]:
    """CRS units of the integers of a file: the float nearest to the decimal, as a lattice gives it too.

    Scales and offsets of too many digits for that are multiplied and added as floats.
    """
    factor, shift, denominator = _whole(scale, offset)
    most = 1 << 31 if integers.dtype.itemsize <= 4 else EXACT
    if most * abs(factor) + abs(shift) > EXACT or denominator > EXACT:
        return np.asarray(integers * np.float64(scale) + offset)
    return np.asarray((integers.astype(np.int64) * factor + shift) / denominator)


@lru_cache
def _whole(scale: float, offset: float) -> tuple[int, int, int]:
    """Factor, shift and denominator: whole numbers that say the same as the decimals of a scale and an offset."""
    factor, shift = Fraction(repr(float(scale))), Fraction(repr(float(offset)))
    denominator = lcm(factor.denominator, shift.denominator)
    return int(factor * denominator), int(shift * denominator), denominator
