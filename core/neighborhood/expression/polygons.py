# SPDX-License-Identifier: GPL-2.0-or-later
"""Points in polygons: even-odd over the rings of each polygon, the boundary included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]

#: Pairs of a point and an edge looked at in one go: bounds the temporaries to some 20 MB.
PAIRS = 1 << 18
MOST_BANDS = 1 << 14

#: No coordinate of a polygon may be larger: areas and their tests stay exact, and no system of the Earth has it.
FARTHEST = 1e12


class Polygon:
    """One polygon: an outer ring and its holes, each float64 [m, 2] (x, y), closed or not.

    Edges are sorted into horizontal bands, so that a point meets only those of its own band.
    """

    def __init__(self, rings: Sequence[Ring]) -> None:
        rings = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for ring in rings]
        self.start = np.concatenate(rings)
        self.end = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
        self.low, self.high = self.start.min(axis=0), self.start.max(axis=0)
        # Coordinates are decimals stored in binary: "on the line" means within their rounding.
        self.tolerance = 4 * np.finfo(np.float64).eps * float(np.abs(self.start).max())
        self._sort_into_bands()

    def _sort_into_bands(self) -> None:
        self.bands = min(MOST_BANDS, len(self.start))
        height = self.high[1] - self.low[1]
        self.scale = self.bands / height if height > 0 else 0.0
        below = np.minimum(self.start[:, 1], self.end[:, 1]) - self.tolerance
        above = np.maximum(self.start[:, 1], self.end[:, 1]) + self.tolerance
        first, last = self._band(below), self._band(above)
        count = last - first + 1
        edge = np.repeat(np.arange(len(self.start)), count)
        within = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
        band = first[edge] + within
        self.edges = edge[np.argsort(band, kind="stable")]
        self.offsets = np.concatenate([[0], np.cumsum(np.bincount(band, minlength=self.bands))])

    def _band(self, y: NDArray[np.float64]) -> NDArray[np.int64]:
        band: NDArray[np.int64] = np.floor((y - self.low[1]) * self.scale).astype(np.int64)
        return np.clip(band, 0, self.bands - 1)

    def contains(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """True [n] for points inside or on the boundary; x, y float64 [n] in the units of the rings."""
        inside = np.zeros(len(x), dtype=bool)
        (west, south), (east, north) = self.low - self.tolerance, self.high + self.tolerance
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        band = self._band(y[near])
        count = self.offsets[band + 1] - self.offsets[band]
        total = np.cumsum(count)
        start = 0
        while start < len(near):
            done = total[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(total, done + PAIRS, side="right")))
            part = slice(start, stop)
            index = near[part]
            inside[index] = self._inside(x[index], y[index], self.offsets[band[part]], count[part])
            start = stop
        return inside

    def _inside(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        offset: NDArray[np.int64],
        count: NDArray[np.int64],
    ) -> NDArray[np.bool_]:
        """Test each point against ``count`` edges that begin at ``offset`` in the list of its band."""
        point = np.repeat(np.arange(len(x)), count)
        within = np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)
        edge = self.edges[np.repeat(offset, count) + within]
        (x0, y0), (x1, y1) = self.start[edge].T, self.end[edge].T
        dx, dy, px, py = x1 - x0, y1 - y0, x[point] - x0, y[point] - y0
        cross = dx * py - px * dy
        straddles = (py >= 0) != (y[point] >= y1)
        crossed = straddles & ((cross > 0) == (dy > 0))
        reach = self.tolerance
        in_box = (px >= np.minimum(dx, 0) - reach) & (px <= np.maximum(dx, 0) + reach)
        in_box &= (py >= np.minimum(dy, 0) - reach) & (py <= np.maximum(dy, 0) + reach)
        touched = in_box & (np.abs(cross) <= reach * np.hypot(dx, dy))
        odd: NDArray[np.bool_] = np.bincount(point[crossed], minlength=len(x)) % 2 == 1
        odd[point[touched]] = True
        return odd
