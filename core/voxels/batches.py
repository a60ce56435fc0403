# SPDX-License-Identifier: GPL-2.0-or-later
"""A batch of observations, brought tile by tile without losing the order inside a voxel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tiles.ordering import sort_codes
from .grid import TileIndex, VoxelGrid
from .kernels import cell_bounds, tile_starts, window_codes


class TileBatch(NamedTuple):
    """One tile's part of a batch: ``codes`` less ``first`` are its cells, ascending; ``order`` their observations."""

    tile: TileIndex
    codes: NDArray[np.uint64]
    first: int
    order: NDArray[np.int32]


def by_tile(cells: NDArray[np.int64], grid: VoxelGrid) -> Iterator[TileBatch]:
    """Group observed cells [n, 3] by tile, in (z, y, x) order of tiles; equal cells keep their order.

    One radix sort serves all tiles: its key is the tile's number in the batch's window, then the cell.
    """
    if not len(cells):
        return
    side, per_tile = grid.side, grid.side**3
    low, high = np.empty(3, np.int64), np.empty(3, np.int64)
    cell_bounds(cells, low, high)
    low, high = low // side, high // side
    window = [int(size) for size in high - low + 1]
    total = window[0] * window[1] * window[2] * per_tile
    names = None
    if total < 1 << 62:
        codes = np.empty(len(cells), np.uint64)
        window_codes(cells, side, low, window[0], window[1], codes)
    else:  # a few far outliers: number the tiles that occur
        tiles, local = np.divmod(cells, side)
        names, rank = np.unique(tiles[:, ::-1], axis=0, return_inverse=True)
        total = len(names) * per_tile
        numbers = rank.reshape(-1) * per_tile + (local[:, 2] * side + local[:, 1]) * side + local[:, 0]
        codes = numbers.astype(np.uint64)
    codes, order = sort_codes(codes, (total - 1).bit_length())
    for rank_at, start, stop in _parts(codes, per_tile):
        if names is None:
            plane, x = divmod(rank_at, window[0])
            z, y = divmod(plane, window[1])
            tile = TileIndex(x + int(low[0]), y + int(low[1]), z + int(low[2]))
        else:
            tile = TileIndex(*(int(i) for i in names[rank_at][::-1]))
        yield TileBatch(tile, codes[start:stop], rank_at * per_tile, order[start:stop])


def _parts(codes: NDArray[np.uint64], per_tile: int) -> Iterator[tuple[int, int, int]]:
    """(rank, start, stop) of every tile in sorted codes."""
    room = 1024
    while True:
        ranks, starts = np.empty(room, np.uint64), np.empty(room, np.int64)
        found = int(tile_starts(codes, per_tile, ranks, starts))
        if found <= room:
            break
        room = found
    stops = np.r_[starts[1:found], len(codes)]
    yield from zip(ranks[:found].tolist(), starts[:found].tolist(), stops.tolist(), strict=True)
