# SPDX-License-Identifier: GPL-2.0-or-later
"""What a report shows of an output, gathered while it is written: a histogram and a map of each band or attribute.

Only every so manieth cell or point is looked at, so a figure costs the same whatever the size of the output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .histogram import Histogram
from .picture import data_uri, limits

SIDE = 320
"""Pixels of a map along its longer side."""
LOOKED_AT = 1200
"""Cells along the longer side of a raster that are looked at."""
POINTS = 250_000
"""Points of a cloud that are looked at, by the thread that writes it."""
AT_ONCE = 1 << 15
"""Points of a cloud that are put on its maps at once."""
MOST = 8
"""Bands or attributes that are shown."""


Panel = dict[str, Any]
PANELS = 40
"""Of a run with many outputs the first are shown, so what is held does not grow with their number."""


def keep(panels: list[Panel], figure: RasterFigure | CloudFigure) -> None:
    """Add what a figure shows to ``panels``, while there is room."""
    if len(panels) < PANELS:
        panels.extend(figure.panels())


class Means:
    """The mean of what falls into each pixel of a small map."""

    def __init__(self, width: int, height: int) -> None:
        self._shape = (max(1, height), max(1, width))
        self._sum = np.zeros(self._shape)
        self._number = np.zeros(self._shape)

    def add(self, row: NDArray[np.integer], column: NDArray[np.integer], values: NDArray[Any]) -> None:
        good = np.isfinite(values)
        pixel = (row * self._shape[1] + column)[good]
        size = self._sum.size
        self._sum += np.bincount(pixel, values[good], minlength=size).reshape(self._shape)
        self._number += np.bincount(pixel, minlength=size).reshape(self._shape)

    @property
    def values(self) -> NDArray[np.float64]:
        """NaN where nothing fell."""
        return np.where(self._number > 0, self._sum / np.maximum(self._number, 1), np.nan)

    @property
    def numbers(self) -> NDArray[np.float64]:
        return np.where(self._number > 0, self._number, np.nan)


def panel(title: str, histogram: Histogram | None, values: NDArray[np.float64] | None) -> Panel:
    """One figure of a report; the picture, made by whoever calls for it, is for the page, the numbers also for JSON."""
    found: Panel = {"title": title, "histogram": histogram.to_json() if histogram else None}
    if values is not None and np.isfinite(values).any():
        low, high = limits(values)
        found |= {"low": low, "high": high, "width": values.shape[1], "height": values.shape[0]}
        found["picture"] = partial(data_uri, values, low, high)
    return found


class RasterFigure:
    """A raster of ``width`` by ``height`` cells, whose windows come from the north-west."""

    def __init__(self, path: Path, width: int, height: int, bands: Sequence[str]) -> None:
        self._name = path.name
        self._bands = tuple(bands)[:MOST]
        longer = max(width, height, 1)
        self._every = max(1, longer // LOOKED_AT)
        self._pixel = max(1, ceil(longer / SIDE))
        self._maps = [Means(ceil(width / self._pixel), ceil(height / self._pixel)) for _ in self._bands]
        self._histograms = [Histogram() for _ in self._bands]

    def add(self, x: int, y: int, values: NDArray[Any], nodata: float | None = None) -> None:
        """A window [bands, height, width]; NaN and ``nodata`` are no values."""
        every = self._every
        rows, columns = (np.arange(-start % every, size, every) for start, size in zip((y, x), values.shape[-2:]))
        if not len(rows) or not len(columns):
            return
        row = np.repeat((rows + y) // self._pixel, len(columns))
        column = np.tile((columns + x) // self._pixel, len(rows))
        for band, small, histogram in zip(values, self._maps, self._histograms):
            seen = band[np.ix_(rows, columns)].astype(np.float64).ravel()
            if nodata is not None:
                seen[seen == nodata] = np.nan
            small.add(row, column, seen)
            histogram.add(seen)

    def panels(self) -> list[Panel]:
        single = len(self._bands) == 1
        titles = [self._name if single else f"{self._name}: {band}" for band in self._bands]
        return [panel(t, h, m.values) for t, h, m in zip(titles, self._histograms, self._maps)]


class CloudFigure:
    """A cloud within ``bounds`` (west, south, east, north), with the attributes a run gave its points."""

    def __init__(
        self, path: Path, bounds: tuple[float, float, float, float], points: int, names: Sequence[str]
    ) -> None:
        self._name = path.name
        self._names = tuple(names)[:MOST]
        self._west, self._south, east, self._north = bounds
        if not np.isfinite(bounds).all():
            self._west = self._south = east = self._north = 0.0
        width, height = max(east - self._west, 1e-9), max(self._north - self._south, 1e-9)
        self._pixel = max(width, height) / SIDE
        self._size = (ceil(width / self._pixel), ceil(height / self._pixel))
        self._every = max(1, ceil(points / POINTS))
        self._maps = {name: Means(*self._size) for name in ("", *self._names)}
        self._histograms = {name: Histogram() for name in self._names}
        self._seen = 0
        self._waiting: list[tuple[NDArray[np.float64], NDArray[np.float64], Mapping[str, NDArray[Any]]]] = []

    def chosen(self, keep: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Which of the next points are looked at: every so manieth of those that are written."""
        start, number = -self._seen % self._every, int(np.count_nonzero(keep))
        self._seen += number
        if number == len(keep):
            return np.arange(start, number, self._every)
        return np.flatnonzero(keep)[start :: self._every]

    def add(self, x: NDArray[np.float64], y: NDArray[np.float64], columns: Mapping[str, NDArray[Any]]) -> None:
        """Points that were chosen, and their attributes."""
        self._waiting.append((x, y, {name: np.asarray(columns[name], np.float64) for name in self._names}))
        if sum(len(x) for x, _, _ in self._waiting) >= AT_ONCE:
            self._draw()

    def _draw(self) -> None:
        """Put the waiting points on the maps, each of which is looked through once for all of them."""
        if not self._waiting:
            return
        x, y = (np.concatenate([part[axis] for part in self._waiting]) for axis in (0, 1))
        column = np.clip((x - self._west) / self._pixel, 0, self._size[0] - 1).astype(np.int64)
        row = np.clip((self._north - y) / self._pixel, 0, self._size[1] - 1).astype(np.int64)
        self._maps[""].add(row, column, np.ones(len(x)))
        for name in self._names:
            values = np.concatenate([columns[name] for _, _, columns in self._waiting])
            self._maps[name].add(row, column, values)
            self._histograms[name].add(values)
        self._waiting.clear()

    def panels(self) -> list[Panel]:
        self._draw()
        every = f", one of {self._every:,}" if self._every > 1 else ""
        density = panel(f"{self._name}: points in each pixel{every}", None, self._maps[""].numbers)
        return [density] + [
            panel(f"{self._name}: {name}", self._histograms[name], self._maps[name].values) for name in self._names
        ]
