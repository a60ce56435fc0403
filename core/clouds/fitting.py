# SPDX-License-Identifier: GPL-2.0-or-later
"""Calculated numbers into dimensions of a LAS record: rounded, and only where the dimension can hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..coordinates import span
from .records import SCAN_ANGLE_STEP

INT32 = 2**31


@dataclass(frozen=True)
class Place:
    """Where a dimension lies in a record: ``field`` holds (value - offset) / scale."""

    field: str
    dtype: np.dtype[Any]
    low: int = 0
    high: int = 0
    """Least and most of an integer field, in its own steps."""
    scale: float = 1.0
    offset: float = 0.0

    @property
    def limits(self) -> tuple[float, float]:
        """Least and most value."""
        return self.low * self.scale + self.offset, self.high * self.scale + self.offset


class Fitting:
    """float64 numbers for the dimensions ``types``; NaN is "no value".

    A dimension of type None is one the records have: it keeps its values where there is no new one,
    or where that is beyond its range.  A new one then has NaN, or 0 of integer types, and integers
    beyond its range are cut to it.  Integers are rounded half away from zero; bool is 0 or 1.
    """

    def __init__(self, types: Mapping[str, np.dtype[Any] | None]) -> None:
        self.types = types
        self._outside: Counter[str] = Counter()
        self._places: dict[str, Place] = {}
        """Of the file written last, for the notes."""

    def put(self, target: Any, header: Any, name: str, values: NDArray[np.float64]) -> None:
        """Write the numbers into a ``laspy.PackedPointRecord`` of a file with this header."""
        place = self._places[name] = place_of(header, name)
        kind, valid = self.types[name], ~np.isnan(values)
        if kind is not None and kind.kind == "b":
            values = (values != 0).astype(np.float64)
        if place.dtype.kind == "f":
            self._put_real(target.array[place.field], name, values, valid)
            return
        steps = np.where(valid, (values - place.offset) / place.scale, 0.0)
        whole = np.trunc(steps + np.copysign(0.5, steps))
        inside = (whole >= place.low) & (whole < place.high + 1)
        self._outside[name] += int(np.count_nonzero(~inside))
        whole_field = place.field in target.array.dtype.names
        field = target.array[place.field] if whole_field else np.array(target[place.field])
        if kind is not None:
            field[:] = 0
            field[whole < place.low], field[whole >= place.high + 1] = place.low, place.high
        fits = valid & inside
        field[fits] = whole[fits].astype(place.dtype)
        if not whole_field:  # some bits of a byte
            target[place.field] = field

    def _put_real(self, field: NDArray[Any], name: str, values: NDArray[np.float64], valid: NDArray[np.bool_]) -> None:
        with np.errstate(over="ignore"):
            real = values.astype(field.dtype)
        inside = np.isfinite(real) | ~valid
        self._outside[name] += int(np.count_nonzero(~inside))
        if self.types[name] is None:
            field[valid & inside] = real[valid & inside]
        else:
            field[:] = np.where(inside, real, np.nan)

    def notes(self) -> tuple[str, ...]:
        """Sentences about the numbers that were beyond a range."""
        found = []
        for name, number in self._outside.items():
            if not number:
                continue
            low, high = self._places[name].limits
            real = self._places[name].dtype.kind == "f"
            range_ = f"the range of {self._places[name].dtype.name}" if real else span(low, high)
            done = "keep what they had" if self.types[name] is None else "have NaN" if real else "were cut to it"
            found.append(f"{number:,} values of {name} are outside {range_}: these points {done}.")
        return tuple(found)


def place_of(header: Any, name: str) -> Place:
    """Where a dimension (as ``records.dimensions`` names it) lies in records of a ``laspy.LasHeader``."""
    if name in ("x", "y", "z"):
        axis = "xyz".index(name)
        scale, offset = float(header.scales[axis]), float(header.offsets[axis])
        return Place(name.upper(), np.dtype("<i4"), 1 - INT32, INT32 - 1, scale, offset)
    if name == "scan_angle":
        if "scan_angle" in header.point_format.dimension_names:
            return Place("scan_angle", np.dtype("<i2"), -30_000, 30_000, SCAN_ANGLE_STEP)
        return Place("scan_angle_rank", np.dtype("i1"), -90, 90)
    dimension = header.point_format.dimension_by_name(name)
    dtype = np.dtype(np.uint8) if dimension.dtype is None else dimension.dtype
    scale = float(dimension.scales[0]) if dimension.is_scaled else 1.0
    offset = float(dimension.offsets[0]) if dimension.is_scaled else 0.0
    if dtype.kind == "f":
        return Place(name, dtype)
    if dtype.kind == "i":
        half = 2 ** (dimension.num_bits - 1)
        return Place(name, dtype, -half, half - 1, scale, offset)
    return Place(name, dtype, 0, 2**dimension.num_bits - 1, scale, offset)
