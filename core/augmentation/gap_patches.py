# SPDX-License-Identifier: GPL-2.0-or-later
"""Holes as wholes: cells that share an edge, joined over the borders of tiles."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..surface.assemble import Mosaic
from ..tiles.blocks import TILE_LEVEL
from ..tiles.cache import TileCache
from ..tiles.lattice import Box, Node
from .areas import AREAS

Ints = NDArray[np.int64]
RESIDENT = 64
"""Tiles of labels held at once: 2 MB each."""


class Patches:
    """Numbers of the holes, 1 and on in the order of their first tile from the south-west; what is held is a row each.

    ``cells``, ``farthest`` (CRS units) and ``cause`` (code of the area most of its cells are in) go by number - 1.
    """

    def __init__(self, mosaic: Mosaic, grid: Box, tiles: list[Node]) -> None:
        self._mosaic, self._grid = mosaic, grid
        self._first: dict[tuple[int, int], int] = {}
        self._labels: TileCache[tuple[int, int], Ints] = TileCache(self._label, max_tiles=RESIDENT)
        self._parent: list[int] = [0]
        rows: list[NDArray[np.float64]] = [np.zeros((1, 2 + len(AREAS)))]
        north: dict[int, Ints] = {}
        east: tuple[int, int, Ints] | None = None
        for iy, ix in sorted((tile.iy, tile.ix) for tile in tiles):
            labels = self._label((ix, iy))
            number = int(labels.max(initial=0))
            first = self._first[ix, iy] = len(self._parent) - 1
            self._parent += range(len(self._parent), len(self._parent) + number)
            rows.append(self._facts((ix, iy), labels, number))
            labels[labels > 0] += first
            if east is not None and east[:2] == (ix - 1, iy):
                self._join(east[2], labels[:, 0])
            if ix in north and self._first.get((ix, iy - 1)) is not None:
                self._join(north[ix], labels[0])
            north[ix], east = labels[-1].copy(), (ix, iy, labels[:, -1].copy())
        self._finish(np.concatenate(rows))

    def __len__(self) -> int:
        return len(self.cells)

    def window(self, box: Box) -> Ints:
        """Numbers [rows from the south, columns], 0 where there is no hole."""
        out = np.zeros((box.y1 - box.y0, box.x1 - box.x0), np.int64)
        for iy in range(box.y0 >> TILE_LEVEL, ((box.y1 - 1) >> TILE_LEVEL) + 1):
            for ix in range(box.x0 >> TILE_LEVEL, ((box.x1 - 1) >> TILE_LEVEL) + 1):
                if (ix, iy) not in self._first:
                    continue
                labels = self._labels.get((ix, iy))
                tile = Node(TILE_LEVEL, ix, iy).box
                part = tile.clipped(box)
                inside = labels[part.y0 - tile.y0 : part.y1 - tile.y0, part.x0 - tile.x0 : part.x1 - tile.x0]
                numbers = np.where(inside > 0, self._number[np.where(inside > 0, inside + self._first[ix, iy], 0)], 0)
                out[part.y0 - box.y0 : part.y1 - box.y0, part.x0 - box.x0 : part.x1 - box.x0] = numbers
        return out

    def _label(self, key: tuple[int, int]) -> Ints:
        """Labels 1 and on of one tile by itself [512, 512], rows from the south."""
        from scipy import ndimage

        cause = self._band("cause", key)
        labels: Ints = ndimage.label(cause > 0, output=np.int64)[0]
        return labels

    def _band(self, band: str, key: tuple[int, int]) -> NDArray[Any]:
        tile = Node(TILE_LEVEL, *key).box
        box, out = tile.clipped(self._grid), np.zeros((1 << TILE_LEVEL, 1 << TILE_LEVEL))
        values = self._mosaic.window(
            band, box.x0 - self._grid.x0, self._grid.y1 - box.y1, box.x1 - box.x0, box.y1 - box.y0
        )
        if values is not None:
            out[box.y0 - tile.y0 : box.y1 - tile.y0, box.x0 - tile.x0 : box.x1 - tile.x0] = values[::-1]
        return out

    def _facts(self, key: tuple[int, int], labels: Ints, number: int) -> NDArray[np.float64]:
        """[number, 2 + areas]: cells, largest distance, cells of each area."""
        facts = np.zeros((number, 2 + len(AREAS)))
        if number:
            held = labels > 0
            label, cause = labels[held] - 1, self._band("cause", key)[held]
            facts[:, 0] = np.bincount(label, minlength=number)
            np.maximum.at(facts[:, 1], label, self._band("distance", key)[held])
            for code in AREAS.values():
                facts[:, 1 + code] = np.bincount(label[cause == code], minlength=number)
        return facts

    def _join(self, one: Ints, other: Ints) -> None:
        """Join the holes that face each other over an edge."""
        facing = (one > 0) & (other > 0)
        for a, b in np.unique(np.stack([one[facing], other[facing]], axis=1), axis=0).tolist():
            a, b = self._root(a), self._root(b)
            self._parent[max(a, b)] = min(a, b)

    def _root(self, label: int) -> int:
        while self._parent[label] != label:
            self._parent[label] = label = self._parent[self._parent[label]]
        return label

    def _finish(self, facts: NDArray[np.float64]) -> None:
        root = np.array([self._root(label) for label in range(len(self._parent))])
        roots = np.unique(root[1:])
        place = np.searchsorted(roots, root[1:])
        self._number = np.concatenate([[0], place + 1])
        total = np.zeros((len(roots), facts.shape[1]))
        np.add.at(total, place, facts[1:])
        self.cells = total[:, 0].astype(np.int64)
        self.farthest = np.zeros(len(roots))
        np.maximum.at(self.farthest, place, facts[1:, 1])
        self.cause = total[:, 2:].argmax(axis=1) + 1
