# SPDX-License-Identifier: GPL-2.0-or-later
"""What one unit sees: its own points, a small halo, and every block its queries turn out to need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...tiles.blocks import BLOCK_LEVEL, TILE_LEVEL, join_blocks
from ...tiles.lattice import Box
from .hull import Hull
from .merging import merge_coincident
from .outside import Outside
from .tree import Grid, Tree, join_trees, plant

if TYPE_CHECKING:
    from ...tiles.blocks import Blocks
    from ...tiles.store import Store

Array = NDArray[np.float64]

HALO = 5.0
"""Halo in mean point spacings: of random points, one circle in a million is wider."""
MOST_HALO = 256
"""Cells."""
FEW_POINTS = 1 << 15
"""A halo may hold so many beside those of the core twice over."""
BUCKET_POINTS = 5
MOST_BUCKETS = 1024
"""Rows of buckets."""
READ_POINTS = 1 << 18
"""Points of outside blocks read at once."""
NOT_OPENED = -1


@dataclass(frozen=True)
class Scene:
    """What all units share: the hull, and a tree of the occupied tiles."""

    hull: Hull
    tiles: tuple[Array, Array, Array, Array, NDArray[np.int32]]
    """x and y (indices from ``base``), row, and the tree's box and link."""
    base: tuple[int, int]


def make_scene(store: Store, hull: Hull) -> Scene:
    """The same whatever the unit."""
    tiles = store.tiles
    base = (int(tiles[:, 0].min()), int(tiles[:, 1].min())) if len(tiles) else (0, 0)
    x, y = (tiles - base).T.astype(np.float64).copy()
    row = np.arange(len(tiles), dtype=np.float64)
    box, link = plant(x, y, row, 0, len(x), one_bucket(x, y))
    return Scene(hull, (x, y, row, box, link), base)


def halo_of(store: Store, core: Box) -> int:
    """Lattice steps a unit looks beyond its core at first: what it then misses comes block by block.

    Beside crowds of points it is small: a lone point must not pull them all in.
    """
    inside = store.blocks(core)
    points = int(inside.count.sum())
    spacing = sqrt((len(inside) << 2 * BLOCK_LEVEL) / max(1, points))
    cells = min(MOST_HALO, HALO * spacing)
    while cells > 1 and int(store.blocks(core.grown(ceil(cells))).count.sum()) > 2 * points + FEW_POINTS:
        cells /= 2
    return ceil(cells * store.lattice.per_cell)


def one_bucket(x: Array, y: Array) -> Grid:
    """A grid for a tree that is searched from its root only."""
    x0, y0 = (float(a.min(initial=np.inf)) for a in (x, y))
    width = max(1.0, *(float(np.ptp(a)) + 1.0 for a in (x, y) if len(a)), 1.0)
    return Grid(np.full((1, 1), -1, np.int32), x0, y0, width, -np.inf, -np.inf)


class Window:
    """The loaded points of one unit.

    Coordinates in its tree are half lattice steps from the south-west corner of ``core``: the centers
    of cells are whole numbers there.
    """

    def __init__(self, store: Store, scene: Scene, core: Box, halo: int) -> None:
        """``halo`` in lattice steps changes the speed only."""
        n = store.lattice.per_cell
        self.store, self._scene = store, scene
        self._corner = (core.x0 * n, core.y0 * n)
        edges = np.array(core) * n
        self._rectangle = edges + halo * np.array([-1, -1, 1, 1])
        """Every point with x0 <= x < x1 and y0 <= y < y1 (lattice steps) is loaded."""
        self._opened = np.full((len(store.tiles), 2), NOT_OPENED, np.int32)
        self._blocks = join_blocks([])
        self._seen = np.empty(0, np.uint8)
        points = store.read(core.grown(-(-halo // n)))
        points = points.take(_inside(points.x, points.y, self._rectangle))
        x, y, v = merge_coincident(points)
        self.coincident = int(np.count_nonzero(_inside(points.x, points.y, edges)))
        self.coincident -= int(np.count_nonzero(_inside(x, y, edges)))
        """Points of the core merged into another at their place."""
        self.hull = len(scene.hull)
        self.tree, self.v = self._planted(x, y, v)
        self._roots, self._nodes = [0], len(self.tree.link)
        """Roots of the trees grafted one on the other, and the nodes without those that join them."""
        self.outside = self._beyond()

    def open(self, wanted: NDArray[np.int64]) -> None:
        """Learn the blocks of the tiles and load the blocks that were asked for (see ``outside.ask``)."""
        for row in (-2 - wanted[wanted < NOT_OPENED]).tolist():
            self._open_tile(row)
        chosen = wanted[wanted >= 0]
        if len(chosen):
            self._seen[chosen] = 1
            self._load(self._blocks.take(chosen))
        self.outside = self._beyond()

    def _planted(self, x: NDArray[np.int64], y: NDArray[np.int64], v: Array) -> tuple[Tree, Array]:
        """The tree of the window's points (behind the corners of the hull) and the values in its order."""
        hull = self._scene.hull
        px, py = (self._relative(np.concatenate(pair), axis) for axis, pair in enumerate(((hull.x, x), (hull.y, y))))
        pv = np.concatenate((hull.v, v))
        grid = self._grid(len(x))
        box, link = plant(px, py, pv, len(hull), len(px), grid)
        return Tree(px, py, box, link, 0, grid), pv

    def _grid(self, points: int) -> Grid:
        x0, y0 = (float(2 * (self._rectangle[axis] - self._corner[axis])) for axis in range(2))
        wide, high = (2 * int(self._rectangle[axis + 2] - self._rectangle[axis]) for axis in range(2))
        most = max(wide, high)
        width = max(ceil(sqrt(wide * high * BUCKET_POINTS / max(1, points))), -(-most // MOST_BUCKETS))
        rows = 1 << (-(-most // width) - 1).bit_length()
        return Grid(np.full((rows, rows), -1, np.int32), x0, y0, float(width), x0 + wide, y0 + high)

    def _relative(self, a: NDArray[np.int64], axis: int) -> Array:
        return (2 * (a - self._corner[axis])).astype(np.float64)

    def _beyond(self) -> Outside:
        n, (x, y, row, box, link) = self.store.lattice.per_cell, self._scene.tiles
        base = [2.0 * ((self._scene.base[axis] << TILE_LEVEL) * n - self._corner[axis]) for axis in range(2)]
        return Outside(
            self._strips(),
            box,
            link,
            x,
            y,
            row,
            base[0],
            base[1],
            float(2 * n << TILE_LEVEL),
            float(2 * n << BLOCK_LEVEL),
            self._opened,
            self._relative(self._blocks.x0 * n, 0),
            self._relative(self._blocks.y0 * n, 1),
            self._seen,
        )

    def _strips(self) -> Array:
        """Boxes (closed) that hold the store's points but those of the rectangle."""
        n = self.store.lattice.per_cell
        x0, y0, x1, y1 = (int(a) * n for a in self.store.box)
        west, south, east, north = self._rectangle.tolist()
        strips = [
            (x0, y0, min(west, x1) - 1, y1 - 1),
            (max(east, x0), y0, x1 - 1, y1 - 1),
            (max(west, x0), y0, min(east, x1) - 1, min(south, y1) - 1),
            (max(west, x0), max(north, y0), min(east, x1) - 1, y1 - 1),
        ]
        kept = [s for s in strips if s[0] <= s[2] and s[1] <= s[3]]
        return 2.0 * (np.array(kept, np.float64).reshape(-1, 4) - np.array(self._corner * 2))

    def _open_tile(self, row: int) -> None:
        blocks = self.store.tile_blocks(row)
        first = len(self._blocks)
        self._opened[row] = first, first + len(blocks)
        self._blocks = join_blocks([self._blocks, blocks])
        n, side = self.store.lattice.per_cell, 1 << BLOCK_LEVEL
        west, south, east, north = self._rectangle.tolist()
        loaded = (blocks.x0 * n >= west) & ((blocks.x0 + side) * n <= east)
        loaded &= (blocks.y0 * n >= south) & ((blocks.y0 + side) * n <= north)
        self._seen = np.concatenate((self._seen, loaded.astype(np.uint8)))

    def _load(self, blocks: Blocks) -> None:
        """Read blocks and graft the tree of their points on the one there is."""
        group = np.cumsum(blocks.count) // READ_POINTS
        parts = []
        for g in np.unique(group).tolist():
            points = self.store.read_blocks(blocks.take(group == g))
            parts.append(merge_coincident(points.take(~_inside(points.x, points.y, self._rectangle))))
        x, y, v = (np.concatenate(column) for column in zip(*parts, strict=True))
        if not len(x):
            return
        tree, first = self.tree, len(self.tree.x)
        px = np.concatenate((tree.x, self._relative(x, 0)))
        py = np.concatenate((tree.y, self._relative(y, 1)))
        self.v = np.concatenate((self.v, v))
        box, link = plant(px, py, self.v, first, len(px), one_bucket(px[first:], py[first:]))
        nodes = self._nodes
        link[link[:, 0] >= 0] += nodes
        box, link = np.concatenate((tree.box[:nodes], box)), np.concatenate((tree.link[:nodes], link))
        self._roots.append(nodes)
        self._nodes = len(link)
        self.tree = Tree(px, py, *join_trees(box, link, self._roots), tree.grid)


def _inside(x: NDArray[np.int64], y: NDArray[np.int64], rectangle: NDArray[np.int64]) -> NDArray[np.bool_]:
    west, south, east, north = rectangle.tolist()
    return (x >= west) & (x < east) & (y >= south) & (y < north)
