# SPDX-License-Identifier: GPL-2.0-or-later
"""Points in polygons: even-odd over the rings of each polygon, the boundary included."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ring = Floats
Place = Callable[[Floats, Floats], tuple[Floats, Floats]]

#: Pairs of a point and an edge looked at in one go: bounds the temporaries to some 20 MB.
PAIRS = 1 << 18
MOST_BANDS = 1 << 14
FEW = 64
"""Edges up to which a polygon is asked edge by edge; the edges of larger ones are sorted into bands once."""
AT_ONCE = 1 << 10
"""Polygons a call of the kernel looks at: it cannot be interrupted."""

#: No coordinate of a polygon may be larger: areas and their tests stay exact, and no system of the Earth has it.
FARTHEST = 1e12


@dataclass(frozen=True)
class Polygons:
    """Any number of polygons, packed: 16 bytes for each corner, and 8 for each ring and polygon."""

    corners: Floats
    """[n, 2]: x, y of all rings, one after the other, each closed or not."""
    rings: Ints
    """Where in the corners each ring begins; and their number, last."""
    firsts: Ints
    """Which ring is the first, the outer one, of each polygon; and the number of rings, last."""

    @staticmethod
    def of(polygons: Iterable[Sequence[Ring]]) -> Polygons:
        """Of the rings of each polygon, float64 [m, 2]."""
        corners, rings, firsts = array("d"), array("q", [0]), array("q", [0])
        for polygon in polygons:
            for ring in polygon:
                corners.frombytes(np.ascontiguousarray(ring, np.float64).tobytes())
                rings.append(len(corners) // 2)
            firsts.append(len(rings) - 1)
        return Polygons(np.frombuffer(corners).reshape(-1, 2), *(np.frombuffer(a, np.int64) for a in (rings, firsts)))

    def __len__(self) -> int:
        return len(self.firsts) - 1

    @property
    def bytes(self) -> int:
        """Held, with what is made of them when they are first asked."""
        return self.corners.nbytes + self.rings.nbytes + self.firsts.nbytes + 40 * len(self)

    def moved(self, transform: Place) -> Polygons:
        """With the corners where ``transform`` puts them."""
        return replace(self, corners=np.stack(transform(self.corners[:, 0], self.corners[:, 1]), axis=1))

    def touch(self, west: float, south: float, east: float, north: float) -> bool:
        """Whether the box of any polygon shares something with this one."""
        low, high, _ = self._bounds
        return bool(((low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)).any())

    def contain(self, x: Floats, y: Floats) -> NDArray[np.bool_]:
        """Whether any polygon holds each position, its boundary included."""
        inside = np.zeros(len(x), np.bool_)
        if not len(x):
            return inside
        low, high, tolerance = self._bounds
        least, most = (np.array([end(x), end(y)]) for end in (np.nanmin, np.nanmax))
        near = np.flatnonzero(
            (low <= most + tolerance[:, None]).all(axis=1) & (high >= least - tolerance[:, None]).all(axis=1)
        )
        edges = self._starts[near + 1] - self._starts[near]
        for polygon in near[edges > FEW]:
            left = np.flatnonzero(~inside)
            inside[left] = self._banded(int(polygon)).contains(x[left], y[left])
        self._ask_small(near[edges <= FEW], x, y, inside)
        return inside

    def _ask_small(self, some: Ints, x: Floats, y: Floats, inside: NDArray[np.bool_]) -> None:
        if not len(some):
            return
        from .polygons_kernel import mark_inside

        order = np.argsort(x, kind="stable")
        low, high, tolerance = self._bounds
        for at in range(0, len(some), AT_ONCE):
            part = some[at : at + AT_ONCE]
            mark_inside(self.corners, self.rings, self.firsts, low, high, tolerance, part, order, x, y, inside)

    @cached_property
    def _starts(self) -> Ints:
        """Where in the corners each polygon begins; and their number, last."""
        return self.rings[self.firsts]

    @cached_property
    def _bounds(self) -> tuple[Floats, Floats, Floats]:
        """Lowest and highest x, y [p, 2] of each polygon, and its tolerance [p].

        Coordinates are decimals stored in binary: "on the line" means within their rounding.
        """
        starts = self._starts[:-1]
        low, high = np.minimum.reduceat(self.corners, starts), np.maximum.reduceat(self.corners, starts)
        return low, high, 4 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high)).max(axis=1)

    @cached_property
    def _made(self) -> dict[int, _Banded]:
        return {}

    def _banded(self, polygon: int) -> _Banded:
        if polygon not in self._made:
            rings = self.rings[self.firsts[polygon] : self.firsts[polygon + 1] + 1]
            self._made[polygon] = _Banded([self.corners[a:b] for a, b in zip(rings[:-1], rings[1:], strict=True)])
        return self._made[polygon]


class _Banded:
    """One polygon whose edges are sorted into horizontal bands, so that a point meets only those of its own band."""

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
