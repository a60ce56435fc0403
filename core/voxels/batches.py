# SPDX-License-Identifier: GPL-2.0-or-later
"""A batch of observations, brought tile by tile without losing the order inside a voxel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .grid import TileIndex, VoxelGrid
from .kernels import cell_bounds, tile_starts, window_codes
from .packed import sort_packed

WIDEST = 64
"""Bits of a packed number."""


class TileBatch(NamedTuple):
    """One tile's part of a batch.

    ``packed`` ascends: a code, then in the low ``bits`` the observation's place in the batch; a code less
    ``first`` is a cell of the tile.  With 0 ``bits`` the place is 0, for observations that are all alike.
    """

    tile: TileIndex
    packed: NDArray[np.uint64]
    first: int
    bits: int

    @property
    def cells(self) -> NDArray[np.int64]:
        return (self.packed >> np.uint64(self.bits)).astype(np.int64) - self.first

    @property
    def places(self) -> NDArray[np.int64]:
        return (self.packed & np.uint64((1 << self.bits) - 1)).astype(np.int64)


def pieces(cells: NDArray[np.int64], grid: VoxelGrid) -> Iterator[slice | NDArray[np.int64]]:
    """Parts of a batch of cells [n, 3] whose codes and places fit in 64 bits together: nearly always all of it.

    Otherwise (far outliers, hundreds of millions of observations) one part or more for each tile, tile by tile.
    """
    if not len(cells):
        return
    low, window = _window(cells, grid.side)
    total = window[0] * window[1] * window[2] * grid.side**3
    if _code_bits(total) + _place_bits(len(cells)) <= WIDEST:
        yield slice(None)
        return
    tiles = cells // grid.side
    order = np.lexsort((tiles[:, 0], tiles[:, 1], tiles[:, 2]))
    tiles = tiles[order]
    starts = np.flatnonzero(np.r_[True, (tiles[1:] != tiles[:-1]).any(axis=1)])
    most = 1 << (WIDEST - _code_bits(grid.side**3))
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        for at in range(start, stop, most):
            yield order[at : min(stop, at + most)]


def by_tile(cells: NDArray[np.int64], grid: VoxelGrid, *, alike: bool = False) -> Iterator[TileBatch]:
    """Group one of the ``pieces`` by tile, in (z, y, x) order of tiles; equal cells keep their order.

    One sort serves all tiles: its key is the tile's number in the batch's window, then the cell.
    ``alike``: the observations have no order, and no place is kept.
    """
    side, per_tile = grid.side, grid.side**3
    low, window = _window(cells, side)
    code_bits = _code_bits(window[0] * window[1] * window[2] * per_tile)
    bits = 0 if alike else _place_bits(len(cells))
    packed = np.empty(len(cells), np.uint64)
    window_codes(cells, side, low, window[0], window[1], bits, packed)
    packed = sort_packed(packed, bits, bits + code_bits)
    for rank, start, stop in _parts(packed, per_tile, bits):
        plane, x = divmod(rank, window[0])
        z, y = divmod(plane, window[1])
        tile = TileIndex(x + int(low[0]), y + int(low[1]), z + int(low[2]))
        yield TileBatch(tile, packed[start:stop], rank * per_tile, bits)


def _window(cells: NDArray[np.int64], side: int) -> tuple[NDArray[np.int64], list[int]]:
    """The lowest tile of all, and how many there are along each axis."""
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    cell_bounds(cells, low, high)
    low, high = low // side, high // side
    return low, [int(size) for size in high - low + 1]


def _code_bits(total: int) -> int:
    return (total - 1).bit_length()


def _place_bits(count: int) -> int:
    return max(1, (count - 1).bit_length())


def _parts(packed: NDArray[np.uint64], per_tile: int, bits: int) -> Iterator[tuple[int, int, int]]:
    """(rank, start, stop) of every tile in sorted numbers."""
    room = 1024
    while True:
        ranks, starts = np.empty(room, np.uint64), np.empty(room, np.int64)
        found = int(tile_starts(packed, per_tile, bits, ranks, starts))
        if found <= room:
            break
        room = found
    stops = np.r_[starts[1:found], len(packed)]
    yield from zip(ranks[:found].tolist(), starts[:found].tolist(), stops.tolist(), strict=True)
