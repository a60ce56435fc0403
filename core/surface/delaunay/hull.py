# SPDX-License-Identifier: GPL-2.0-or-later
"""The convex hull of a whole store, from the few blocks that can hold a corner of it.

Outside the hull there is no surface, and from its corners every search can begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from ...tiles.blocks import BLOCK_LEVEL, TILE_LEVEL
from .merging import merge_coincident
from .predicates import orient

if TYPE_CHECKING:
    from ...jobs.job import Job
    from ...tiles.blocks import Blocks
    from ...tiles.store import Store

READ_POINTS = 1 << 18
"""Points read at once."""
DIRECTIONS = 16


@dataclass(frozen=True)
class Hull:
    """Corners in lattice steps, counterclockwise from the lexicographically smallest, none inside a side.

    Fewer than three: all points are at one place, or on the line between two.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    v: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    def leaves_out(self, x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.bool_]:
        """True for the points that are not in the hull (its border is in it)."""
        out = np.ones(len(x), np.bool_)
        if len(self) >= 3:
            hx, hy, px, py = (a.astype(np.float64) for a in (self.x, self.y, x, y))
            left_out(hx, hy, px, py, out)
        return out

    def joined(self, x: NDArray[np.int64], y: NDArray[np.int64], v: NDArray[np.float64]) -> Hull:
        """The hull of this one and more distinct points."""
        new = self.leaves_out(x, y)
        x, y, v = (np.concatenate((old, more[new])) for old, more in ((self.x, x), (self.y, y), (self.v, v)))
        order = np.lexsort((y, x))
        x, y, v = x[order], y[order], v[order]
        corners = np.empty(2 * len(x) + 1, np.int64)
        n = chain(x.astype(np.float64), y.astype(np.float64), corners)
        return Hull(*(a[corners[:n]] for a in (x, y, v)))


EMPTY = Hull(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def convex_hull(store: Store, job: Job) -> Hull:
    """The hull of all points of a store."""
    n = store.lattice.per_cell
    x0, y0 = store.tiles[:, 0] << TILE_LEVEL, store.tiles[:, 1] << TILE_LEVEL
    hull = EMPTY
    for row in _extreme(x0, y0).tolist():
        blocks = store.tile_blocks(row)
        hull = _with_blocks(store, hull, blocks.take(_extreme(blocks.x0, blocks.y0)), job)
    for row in np.flatnonzero(_sticks_out(hull, x0, y0, n << TILE_LEVEL, n)).tolist():
        hull = _with_blocks(store, hull, store.tile_blocks(row), job)
    return hull


def _with_blocks(store: Store, hull: Hull, blocks: Blocks, job: Job) -> Hull:
    """The hull with the points of some blocks."""
    n = store.lattice.per_cell
    while len(blocks):
        job.progress.check()
        blocks = blocks.take(_sticks_out(hull, blocks.x0, blocks.y0, n << BLOCK_LEVEL, n))
        few = max(1, int(np.searchsorted(np.cumsum(blocks.count), READ_POINTS)))
        hull = hull.joined(*merge_coincident(store.read_blocks(blocks.take(np.arange(len(blocks)) < few))))
        blocks = blocks.take(np.arange(len(blocks)) >= few)
    return hull


def _sticks_out(
    hull: Hull, x0: NDArray[np.int64], y0: NDArray[np.int64], side: int, per_cell: int
) -> NDArray[np.bool_]:
    """Which squares (south-west cell given, ``side`` in steps) are not inside the hull."""
    out = np.zeros(len(x0), np.bool_)
    for x in (x0 * per_cell, x0 * per_cell + side - 1):
        for y in (y0 * per_cell, y0 * per_cell + side - 1):
            out |= hull.leaves_out(x, y)
    return out


def _extreme(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of the squares farthest out in each of some directions."""
    if not len(x):
        return np.empty(0, np.int64)
    angle = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    along = np.outer(np.cos(angle), x - x[0]) + np.outer(np.sin(angle), y - y[0])
    return np.unique(np.argmax(along, axis=1))


@kernel
def left_out(hx, hy, x, y, out):  # type: ignore[no-untyped-def]
    """Set ``out`` to False for the points in or on a hull of at least three corners."""
    last = len(hx) - 1
    for i in range(len(x)):
        low, high = 1, last
        if (
            orient(hx[0], hy[0], hx[1], hy[1], x[i], y[i]) < 0
            or orient(hx[0], hy[0], hx[last], hy[last], x[i], y[i]) > 0
        ):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if orient(hx[0], hy[0], hx[middle], hy[middle], x[i], y[i]) >= 0:
                low = middle
            else:
                high = middle
        out[i] = orient(hx[low], hy[low], hx[high], hy[high], x[i], y[i]) < 0


@kernel
def chain(x, y, corners):  # type: ignore[no-untyped-def]
    """Indices of the hull's corners of lexicographically sorted distinct points; returns how many.

    Andrew 1979, "Another efficient algorithm for convex hulls in two dimensions".
    """
    n, used = len(x), 0
    if n < 3:
        for i in range(n):
            corners[i] = i
        return n
    for i in range(n):
        used = extend(x, y, corners, used, 1, i)
    bottom = used
    for i in range(n - 2, -1, -1):
        used = extend(x, y, corners, used, bottom, i)
    return used - 1


@kernel
def extend(x, y, corners, used, least, i):  # type: ignore[no-untyped-def]
    """Append point i, dropping corners (never below ``least``) that no longer turn left."""
    while used > least:
        a, b = corners[used - 2], corners[used - 1]
        if orient(x[a], y[a], x[b], y[b], x[i], y[i]) > 0:
            break
        used -= 1
    corners[used] = i
    return used + 1
