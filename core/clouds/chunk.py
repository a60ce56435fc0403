# SPDX-License-Identifier: GPL-2.0-or-later
"""A run of points of one file, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Triple = tuple[float, float, float]


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
            return np.asarray(integers * np.float64(self._scales[axis]) + self._offsets[axis])
        return self._columns[name]

    def span(self, axis: int) -> tuple[float, float]:
        """Least and most coordinate along x (0), y (1) or z (2), in CRS units."""
        integers = (self.X, self.Y, self.Z)[axis]
        return tuple(float(end * self._scales[axis] + self._offsets[axis]) for end in (integers.min(), integers.max()))  # type: ignore[return-value]
