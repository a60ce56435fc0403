# SPDX-License-Identifier: GPL-2.0-or-later
"""What a filter will leave of the points, and how they lie, told from a taste of some files: to be said before a run,
never a result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ScreeError
from ..jobs.estimate import TILE_CELLS, Spread, told_apart
from .chunk import Chunk
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
    step = max(1, -(-len(filtered) // FILES))
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
    chunk = _first(source, chosen.dimensions)
    if chunk is None:
        return 1.0
    return float(np.count_nonzero(chosen.mask(chunk))) / len(chunk)  # type: ignore[arg-type]


def _first(source: Source, dimensions: Collection[str]) -> Chunk | None:
    """The points tasted of a file; None where it has none."""
    with closing(source.chunks(dimensions, POINTS)) as chunks:  # type: ignore[type-var]
        chunk = next(iter(chunks), None)
    return chunk if chunk is not None and len(chunk) else None


def spreads(filtered: Sequence[tuple[Source, PointFilter | None]], cell: float) -> list[Spread]:
    """How the points that pass lie, for a raster of these cells (CRS units).

    Headers tell only of rectangles.  Where these are so wide that many of their tiles must be empty, the points
    tasted tell how many tiles hold some.
    """
    share = passing_share([(source, chosen) for source, chosen in filtered if chosen is not None])
    found = [Spread(plane(source), share * source.points) for source, _ in filtered]
    if told_apart(found, cell * TILE_CELLS):
        return found
    density = _points_a_tile(filtered, cell * TILE_CELLS)
    return [replace(spread, tiles=spread.points / density) for spread in found]


def _points_a_tile(filtered: Sequence[tuple[Source, PointFilter | None]], side: float) -> float:
    """Points that pass in a tile that holds some, by those tasted; at least 1."""
    points = tiles = 0
    for source, chosen in filtered[:: -(-len(filtered) // FILES)]:
        try:
            chunk = _first(source, chosen.dimensions if chosen is not None else ())
            if chunk is None:
                continue
            keep = chosen.mask(chunk) if chosen is not None and str(chosen) else slice(None)  # type: ignore[arg-type]
        except (ScreeError, ValueError, TypeError):
            continue
        places = np.stack([np.floor(chunk[axis][keep] / side) for axis in "xy"], axis=1)
        points, tiles = points + len(places), tiles + len(np.unique(places, axis=0))
    return max(1.0, points / tiles) if tiles else 1.0


def plane(source: Source) -> tuple[float, float, float, float]:
    """West, south, east, north of a file, as its header says."""
    return source.bounds[0], source.bounds[1], source.bounds[3], source.bounds[4]
