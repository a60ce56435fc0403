# SPDX-License-Identifier: GPL-2.0-or-later
"""Points of text files as LAS records, so that copies of them can be written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import InputError
from .chunk import Chunk, Column
from .packages import package
from .records import SCAN_ANGLE_STEP

COLORS = ("red", "green", "blue")
PLAIN, COLORED = 6, 7
"""Point formats."""


def point_format(dimensions: Iterable[str]) -> Any:
    """A ``laspy.PointFormat`` that holds these dimensions: those LAS does not know as float64 extras."""
    laspy = package("laspy")
    names = set(dimensions)
    found = laspy.PointFormat(COLORED if names & set(COLORS) else PLAIN)
    for name in sorted(names - {"x", "y", "z"} - set(found.dimension_names)):
        if len(name.encode()) > 32:
            raise InputError(f"The column {name} has a name of over 32 bytes, which LAS does not hold: rename it.")
        found.add_extra_dimension(laspy.ExtraBytesParams(name, "f8"))
    return found


def record(path: str, chunk: Chunk, found: Any, dimensions: Iterable[str]) -> Any:
    """The points of a chunk as a ``laspy.PackedPointRecord``.

    Raises InputError for values LAS cannot hold.
    """
    target = package("laspy").PackedPointRecord.zeros(len(chunk), found)
    for axis, integers in zip("XYZ", (chunk.X, chunk.Y, chunk.Z)):
        target.array[axis] = _fitting(path, axis.lower(), integers, -(2**31), 2**31 - 1)
    for name in dimensions:
        if name in ("x", "y", "z"):
            continue
        values = chunk[name]
        if name == "scan_angle":
            values = np.rint(values / SCAN_ANGLE_STEP)
        dimension = found.dimension_by_name(name)
        if dimension.is_standard and name != "gps_time":
            values = _fitting(path, name, values, dimension.min, dimension.max)
        target[name] = values
    return target


def _fitting(path: str, name: str, values: Column, low: int, high: int) -> Column:
    bad = ~((values >= low) & (values <= high) & (values == np.rint(values)))
    if bad.any():
        raise InputError(
            f"{path} has {name} {values[bad][0]}; LAS holds whole numbers from {low} to {high} there: "
            "leave the column out by '-' in COLUMNS, or name it otherwise."
        )
    return values.astype(np.int64)
