# SPDX-License-Identifier: GPL-2.0-or-later
"""What the error of a cell is expected from: how wide the gap around it is, and how rough the ground beside it.

**The gap.**  In each of the four quadrants around a cell the nearest cell with a point is looked for, by
rows plus columns, to 64 cells.  Three numbers: the nearest of the four, the farthest, and the mean of
the two between.  The distance to the nearest point alone is not enough: at the same distance the rim of a
wide gap has twice the error of the middle of a narrow one.  Nearest and farthest count from 1.5 cells on:
nearer ones say only where points happened to fall.

**Roughness.**  The variance of the points of 8 x 8 cells about their plane, the mean of its logarithm over
the squares around, nearer ones with more weight; squares with few points say nothing.

Both are functions of the points within a fixed distance, computed by nodes of 64 x 64 cells that are
kept for the cells around.  Logarithms (base 2) are made linear between powers of two: they are
exact to the bit on every processor, and which number a feature is matters to no one.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..tiles.cache import TileCache
from ..tiles.hashing import lattice_hash
from ..tiles.lattice import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..tiles.points import Points
    from ..tiles.store import Store

Array = NDArray[np.float64]
Node = tuple[NDArray[np.bool_], Array]
"""Which cells of a node hold points, and the roughness of its squares (NaN where unknown), rows from the south."""

FEATURES = 4
NODE_LEVEL, SQUARE_LEVEL = 6, 3
NODE, SQUARE = 1 << NODE_LEVEL, 1 << SQUARE_LEVEL
REACH = 64
"""Cells a quadrant is searched to."""
AROUND = 3
"""Squares on each side of its own that the roughness of a place comes from."""
LEAST = 6
"""Points a square must have: a plane and something left."""
READ_POINTS = 1 << 17
"""Points read at once."""
TILES, NODES = 64, 256
"""Sample for the typical roughness: at most so many tiles and nodes, by their hashes."""


def log2(x: Array) -> Array:
    """The logarithm made linear between powers of two; of numbers above 0."""
    mantissa, exponent = np.frexp(x)
    return np.asarray(exponent + (2.0 * mantissa - 2.0))


def exp2(x: Array) -> Array:
    """The inverse of ``log2``."""
    whole = np.floor(x)
    return np.asarray(np.ldexp(1.0 + (x - whole), whole.astype(np.intc)))


GAPS = log2(np.arange(REACH + 1) + 0.5)
"""What a distance in cells is taken for."""
WIDE = 1.0
"""1.5 cells, so taken."""


def predicting_bytes(cells: int) -> int:
    """Peak bytes of ``Predictors.of`` for so many cells: its own, those around, nodes kept and points being read."""
    return 100 * cells + 8 * (round(sqrt(cells)) + 4 * REACH) ** 2 + (24 << 20)


class Predictors:
    """Features of cells of a store; thread-safe."""

    def __init__(self, store: Store, typical: float | None = None) -> None:
        """``typical``: the roughness where there are no points around, None: that of a sample of the store."""
        self._store = store
        self._nodes: TileCache[tuple[int, int], Node] = TileCache(
            self._load, size=lambda node: node[0].nbytes + node[1].nbytes, max_tiles=4096, max_bytes=16 << 20
        )
        self.typical = self._sampled() if typical is None else typical

    def of(self, box: Box) -> Array:
        """Features [rows, columns, FEATURES] of the cells of ``box``, rows from the south."""
        out = np.empty((box.y1 - box.y0, box.x1 - box.x0, FEATURES))
        nodes = _nodes_of(box.grown(REACH))
        kept = [[self._nodes.get((x, y)) for x in range(nodes.x0, nodes.x1)] for y in range(nodes.y0, nodes.y1)]
        occupied, rough = (np.concatenate([np.concatenate(r, axis=1) for r in rows]) for rows in _apart(kept))
        x0, y0 = nodes.x0 * NODE, nodes.y0 * NODE
        inside = slice(box.y0 - REACH - y0, box.y1 + REACH - y0), slice(box.x0 - REACH - x0, box.x1 + REACH - x0)
        quadrants = np.empty((4, *out.shape[:2]), np.uint8)
        search_quadrants(np.ascontiguousarray(occupied[inside]), quadrants)
        quadrants.sort(axis=0)
        near, second, third, far = GAPS[quadrants]
        out[..., 0], out[..., 1] = np.maximum(near, WIDE), np.maximum(far, WIDE)
        out[..., 2] = (second + third) / 2.0
        out[..., 3] = _between(_averaged(rough, self.typical), box, x0, y0)
        return out

    def _sampled(self) -> float:
        """Median roughness of the squares of a sample of nodes."""
        store, found = self._store, [np.empty((0, 2), np.int64)]
        for row in np.argsort(lattice_hash(*store.tiles.T), kind="stable")[:TILES].tolist():
            blocks = store.tile_blocks(row)
            found.append(np.stack([blocks.x0 >> NODE_LEVEL, blocks.y0 >> NODE_LEVEL], axis=1))
        nodes = np.unique(np.concatenate(found), axis=0)
        order = np.argsort(lattice_hash(nodes[:, 0], nodes[:, 1]), kind="stable")[:NODES]
        rough = [self._nodes.get((x, y))[1].ravel() for x, y in nodes[order].tolist()]
        known = np.concatenate([np.empty(0), *rough])
        known = known[np.isfinite(known)]
        return float(np.median(known)) if len(known) else 0.0

    def _load(self, key: tuple[int, int]) -> Node:
        x, y = (k << NODE_LEVEL for k in key)
        occupied = np.zeros((NODE, NODE), np.bool_)
        sums = np.zeros((NODE >> SQUARE_LEVEL, NODE >> SQUARE_LEVEL, 11))
        n = self._store.lattice.per_cell
        for points in _parts(self._store, Box(x, y, x + NODE, y + NODE)):
            add_points(points.x - x * n, points.y - y * n, points.v, n, occupied, sums)
        variance = _about_planes(sums) + float(self._store.lattice.value_step) ** 2
        return occupied, np.where(sums[..., 0] >= LEAST, 0.5 * log2(variance), np.nan)


def _nodes_of(box: Box) -> Box:
    """Indices of the nodes that share a cell with ``box``."""
    n = NODE_LEVEL
    return Box(box.x0 >> n, box.y0 >> n, ((box.x1 - 1) >> n) + 1, ((box.y1 - 1) >> n) + 1)


def _apart(rows: list[list[Node]]) -> tuple[list[list[NDArray[np.generic]]], list[list[NDArray[np.generic]]]]:
    """The occupied cells of rows of nodes, and their roughness."""
    return [[node[0] for node in row] for row in rows], [[node[1] for node in row] for row in rows]


def _parts(store: Store, box: Box) -> Iterator[Points]:
    """The points of a node, in an order of the store's own, not too many at once."""
    blocks = store.blocks(box)
    heavy = blocks.count > READ_POINTS
    light = blocks.take(~heavy)
    part = np.cumsum(light.count) // READ_POINTS
    for number in np.unique(part).tolist():
        yield store.read_blocks(light.take(part == number))
    for i in np.flatnonzero(heavy):
        x, y = int(blocks.x0[i]), int(blocks.y0[i])
        for cell in range(256):
            column, row = x + cell % 16, y + cell // 16
            yield store.read(Box(column, row, column + 1, row + 1))


@kernel
def add_points(x, y, v, per_cell, occupied, sums):  # type: ignore[no-untyped-def]
    """Mark the cells of points and add them to their squares: number, first value, moments about it and the middle."""
    side = per_cell << SQUARE_LEVEL
    for i in range(len(x)):
        occupied[y[i] // per_cell, x[i] // per_cell] = True
        s = sums[y[i] // side, x[i] // side]
        if s[0] == 0.0:
            s[1] = v[i]
        dx, dy, dv = (x[i] % side) / side - 0.5, (y[i] % side) / side - 0.5, v[i] - s[1]
        s[0] += 1.0
        s[2] += dx
        s[3] += dy
        s[4] += dv
        s[5] += dx * dx
        s[6] += dx * dy
        s[7] += dy * dy
        s[8] += dx * dv
        s[9] += dy * dv
        s[10] += dv * dv


def _about_planes(sums: Array) -> Array:
    """Variance of the points of each square about their plane; of no meaning where there are fewer than four."""
    n = np.maximum(sums[..., 0], 1.0)
    x, y, v, xx, xy, yy, xv, yv, vv = (sums[..., k] / n for k in range(2, 11))
    ridge = 1e-6  # points on a line have no plane
    xx, xy, yy = xx - x * x + ridge, xy - x * y, yy - y * y + ridge
    xv, yv, vv = xv - x * v, yv - y * v, vv - v * v
    a, b = xv * yy - yv * xy, yv * xx - xv * xy
    left = np.maximum(vv - (a * xv + b * yv) / (xx * yy - xy * xy), 0.0)
    return np.asarray(left * n / np.maximum(n - 3.0, 1.0))


@kernel
def search_quadrants(occupied, out):  # type: ignore[no-untyped-def]
    """Rows plus columns to the nearest occupied cell in each quadrant, at most REACH, for all but a rim of REACH."""
    rows, columns = occupied.shape
    line = np.empty(columns + 1, np.int64)
    for k in range(4):
        down, left = k // 2 == 1, k % 2 == 1
        line[:] = REACH
        for a in range(rows):
            j = a if down else rows - 1 - a
            beside = REACH
            for b in range(columns):
                i = b if left else columns - 1 - b
                beside = 0 if occupied[j, i] else min(REACH, min(beside, line[i]) + 1)
                line[i] = beside
                if REACH <= j < rows - REACH and REACH <= i < columns - REACH:
                    out[k, j - REACH, i - REACH] = beside


def _averaged(rough: Array, typical: float) -> Array:
    """The mean over the squares around each, ``typical`` counted as one more; NaN ones do not count."""
    known = np.isfinite(rough)
    total, weight = np.pad(np.where(known, rough, 0.0), AROUND), np.pad(known.astype(np.float64), AROUND)
    for axis in (0, 1):
        total, weight = (_tent(a, axis) for a in (total, weight))
    return np.asarray((total + typical) / (weight + 1.0))


def _tent(a: Array, axis: int) -> Array:
    """Sums along an axis, with weights that fall to nothing beyond AROUND."""
    length = a.shape[axis] - 2 * AROUND
    out = np.zeros_like(np.take(a, range(length), axis))
    for k in range(2 * AROUND + 1):
        out += (1.0 - abs(k - AROUND) / (AROUND + 1.0)) * np.take(a, range(k, k + length), axis)
    return out


def _between(mean: Array, box: Box, x0: int, y0: int) -> Array:
    """From squares, the first at cell (x0, y0), to the centers of the cells of ``box``: bilinear."""
    x, y = ((np.arange(low, high) - start + 0.5) / SQUARE - 0.5
            for low, high, start in ((box.x0, box.x1, x0), (box.y0, box.y1, y0)))  # fmt: skip
    i, j = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    rows = mean[j] + (mean[j + 1] - mean[j]) * (y - j)[:, None]
    return np.asarray(rows[:, i] + (rows[:, i + 1] - rows[:, i]) * (x - i))
