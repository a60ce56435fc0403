# SPDX-License-Identifier: GPL-2.0-or-later
"""What a filter will leave of the points, told from a taste of some files: to be said before a run, never a result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ScreeError
from .source import Source

FILES = 8
POINTS = 50_000
"""Tasted of each file: those at its beginning."""


class PointFilter(Protocol):
    @property
    def dimensions(self) -> Collection[str]: ...

    def mask(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]: ...


def passing_share(filtered: Sequence[tuple[Source, PointFilter]]) -> float:
    """Share of the points of all files that pass; 1 where it cannot be told: a filter asks rasters, or none passed."""
    step = -(-len(filtered) // FILES)
    tasted, passed = 0.0, 0.0
    for source, chosen in filtered[::step]:
        if not str(chosen):
            share = 1.0
        else:
            try:
                share = _of_one(source, chosen)
            except (ScreeError, ValueError, TypeError):
                return 1.0
        tasted += source.points
        passed += share * source.points
    return passed / tasted if passed else 1.0


def _of_one(source: Source, chosen: PointFilter) -> float:
    with closing(source.chunks(chosen.dimensions, POINTS)) as chunks:  # type: ignore[type-var]
        chunk = next(iter(chunks), None)
    if chunk is None or not len(chunk):
        return 1.0
    return float(np.count_nonzero(chosen.mask(chunk))) / len(chunk)  # type: ignore[arg-type]


def plane(source: Source) -> tuple[float, float, float, float]:
    """West, south, east, north of a file, as its header says."""
    return source.bounds[0], source.bounds[1], source.bounds[3], source.bounds[4]
