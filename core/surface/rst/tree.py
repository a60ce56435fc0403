# SPDX-License-Identifier: GPL-2.0-or-later
"""The paper's segments: leaves of a quad tree of at most k_max points, who touches whom, what each sees.

The tree is that of the whole data set: its roots are the tiles of the store, a node splits while it
holds more than k_max points, at cell borders, down to a single cell.  A leaf is never larger than a
unit, and a unit finds its leaves and their neighbors from the counts of the store alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...tiles.blocks import BLOCK_LEVEL, TILE_LEVEL
from ...tiles.lattice import Box, Node
from ...tiles.ordering import morton_of
from ...tiles.points import Points

if TYPE_CHECKING:
    from ...tiles.store import Store

ORIGIN = 1 << 31
"""Added to cell indices so that Morton codes are those of non-negative numbers."""
FEWEST = 3
"""Points a fit needs; a segment that sees fewer looks at its neighbors' neighbors."""

Index = NDArray[np.int64]


@dataclass(frozen=True)
class PlainTree:
    """Leaves around a box: first those that overlap it (``core`` of them), then those that touch one of these.

    The points of leaf ``i`` are ``first[i]:last[i]`` of ``points``; ``owner`` [rows, columns] says which
    leaf holds a cell of ``window``.
    """

    nodes: list[Node]
    core: int
    points: Points
    codes: NDArray[np.uint64]
    first: Index
    last: Index
    window: Box
    owner: NDArray[np.int32]

    def neighbors(self, leaf: int) -> NDArray[np.int32]:
        """The leaves that share part of an edge or a corner with ``leaf``, and itself."""
        around = self.nodes[leaf].box.grown(1)
        rows = slice(around.y0 - self.window.y0, around.y1 - self.window.y0)
        return np.unique(self.owner[rows, around.x0 - self.window.x0 : around.x1 - self.window.x0])

    def support(self, leaf: int, most: int, per_cell: int) -> tuple[Index, bool]:
        """The points a core leaf sees, in canonical order, and whether there were more than ``most``.

        Of too many the nearest to the leaf's center are kept (the paper's n_max).
        """
        around = self.neighbors(leaf)
        index = self._points_of(around)
        if len(index) < FEWEST:
            second = [self.neighbors(int(other)) for other in around if other < self.core]
            index = self._points_of(np.unique(np.concatenate([around, *second])))
        points = self.points
        index = index[np.lexsort((points.v[index], points.x[index], points.y[index], self.codes[index]))]
        if len(index) <= most:
            return index, False
        box = self.nodes[leaf].box
        dx = 2 * points.x[index] - (box.x0 + box.x1) * per_cell
        dy = 2 * points.y[index] - (box.y0 + box.y1) * per_cell
        nearest = np.argsort(dx * dx + dy * dy, kind="stable")[:most]
        return index[np.sort(nearest)], True

    def borders(self, box: Box) -> tuple[Index, Index, Index, Index]:
        """Edges between two cells of ``box`` that different leaves hold: column and row of the cell on the
        west or south side, and the step (1, 0) or (0, 1) to the other."""
        rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1]
        parts = []
        for dx, dy in ((1, 0), (0, 1)):
            x = columns[: len(columns) - dy, : columns.shape[1] - dx]
            y = rows[: len(rows) - dy, : rows.shape[1] - dx]
            differ = self.owner_of(x, y) != self.owner_of(x + dx, y + dy)
            number = int(np.count_nonzero(differ))
            parts.append((x[differ], y[differ], np.full(number, dx), np.full(number, dy)))
        x, y, dx, dy = (np.concatenate(part) for part in zip(*parts, strict=True))
        return x, y, dx, dy

    def owner_of(self, cx: Index, cy: Index) -> Index:
        """The leaf that holds each cell."""
        return self.owner[cy - self.window.y0, cx - self.window.x0].astype(np.int64)

    def _points_of(self, leaves: NDArray[np.int32]) -> Index:
        return np.concatenate([np.arange(self.first[leaf], self.last[leaf]) for leaf in leaves])


class _Counts:
    """Counts of nodes: of blocks and larger ones from the store's directory, of smaller ones from points."""

    def __init__(self, store: Store, region: Box, most: int) -> None:
        self.store, self.region, self.most = store, region, most
        self.points = store.read(region)
        self.codes = codes_of(self.points, store.lattice.per_cell)
        self._levels: dict[tuple[int, int], list[Index]] = {}

    def range(self, node: Node) -> tuple[int, int]:
        """First and last + 1 of the node's points among ``points``; it must lie in the region."""
        low = np.empty(1, np.uint64)
        morton_of(np.array([node.box.x0 + ORIGIN]), np.array([node.box.y0 + ORIGIN]), low)
        high = low[0] + np.uint64(4**node.level - 1)
        return int(np.searchsorted(self.codes, low[0], "left")), int(np.searchsorted(self.codes, high, "right"))

    def leaves(self, wanted: Box) -> list[Node]:
        """The leaves that overlap ``wanted``."""
        found: list[Node] = []
        for iy in range(wanted.y0 >> TILE_LEVEL, ((wanted.y1 - 1) >> TILE_LEVEL) + 1):
            for ix in range(wanted.x0 >> TILE_LEVEL, ((wanted.x1 - 1) >> TILE_LEVEL) + 1):
                self._descend(Node(TILE_LEVEL, ix, iy), wanted, found)
        return found

    def _descend(self, node: Node, wanted: Box, found: list[Node]) -> None:
        if not node.box.touches(wanted):
            return
        if node.level == 0 or self._count(node) <= self.most:
            found.append(node)
            return
        for child in node.children:
            self._descend(child, wanted, found)

    def _count(self, node: Node) -> int:
        if node.level < BLOCK_LEVEL:
            first, last = self.range(node)
            return last - first
        shift = TILE_LEVEL - node.level
        tile = (node.ix >> shift, node.iy >> shift)
        if tile not in self._levels:
            self._levels[tile] = self._pyramid(*tile)
        counts = self._levels[tile][node.level - BLOCK_LEVEL]
        return int(counts[node.iy - (tile[1] << shift), node.ix - (tile[0] << shift)])

    def _pyramid(self, ix: int, iy: int) -> list[Index]:
        """Counts of the nodes of a tile, [row, column], for the levels from a block's up."""
        tile = Node(TILE_LEVEL, ix, iy).box
        blocks = self.store.blocks(tile)
        side = 1 << (TILE_LEVEL - BLOCK_LEVEL)
        counts = np.zeros((side, side), np.int64)
        counts[(blocks.y0 - tile.y0) >> BLOCK_LEVEL, (blocks.x0 - tile.x0) >> BLOCK_LEVEL] = blocks.count
        levels = [counts]
        while side > 1:
            side //= 2
            counts = counts.reshape(side, 2, side, 2).sum(axis=(1, 3))
            levels.append(counts)
        return levels


def find_tree(store: Store, box: Box, most: int) -> PlainTree:
    """Leaves of at most ``most`` points that overlap ``box``, and those that touch one of them."""
    counts = _Counts(store, _blocks_of(box).grown(1 << BLOCK_LEVEL), most)
    core = counts.leaves(box)
    window = _hull(core).grown(1)
    if _blocks_of(window).clipped(counts.region) != _blocks_of(window):
        counts = _Counts(store, _blocks_of(window), most)
    inner = set(core)
    nodes = core + [node for node in counts.leaves(window) if node not in inner]
    owner = np.zeros((window.y1 - window.y0, window.x1 - window.x0), np.int32)
    for i, node in enumerate(nodes):
        part = node.box.clipped(window)
        owner[part.y0 - window.y0 : part.y1 - window.y0, part.x0 - window.x0 : part.x1 - window.x0] = i
    return _with_points(store, counts, nodes, len(core), window, owner)


def _with_points(
    store: Store, counts: _Counts, nodes: list[Node], core: int, window: Box, owner: NDArray[np.int32]
) -> PlainTree:
    """The points of every leaf: a run of those read, or read apart for a large leaf that reaches farther."""
    first, last = np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
    parts, total = [counts.points], len(counts.points)
    for i, node in enumerate(nodes):
        if node.box.clipped(counts.region) == node.box:
            first[i], last[i] = counts.range(node)
            continue
        more = store.read(node.box)
        first[i], last[i] = total, total + len(more)
        parts.append(more)
        total += len(more)
    points = Points(
        np.concatenate([p.x for p in parts]),
        np.concatenate([p.y for p in parts]),
        np.concatenate([p.v for p in parts]),
        np.concatenate([p.w for p in parts]),
    )
    return PlainTree(nodes, core, points, codes_of(points, store.lattice.per_cell), first, last, window, owner)


def codes_of(points: Points, per_cell: int) -> NDArray[np.uint64]:
    """Morton code of each point's cell."""
    codes = np.empty(len(points), np.uint64)
    morton_of(points.x // per_cell + ORIGIN, points.y // per_cell + ORIGIN, codes)
    return codes


def _blocks_of(box: Box) -> Box:
    """The box widened to whole blocks."""
    n = BLOCK_LEVEL
    return Box(box.x0 >> n << n, box.y0 >> n << n, -(-box.x1 >> n << n), -(-box.y1 >> n << n))


def _hull(nodes: list[Node]) -> Box:
    boxes = [node.box for node in nodes]
    return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes))
