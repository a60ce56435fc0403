# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiles on disk: a folder each, with iwlo_meta.bin (the truth) and octree.bt (what OctoMap's tools open)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import StoreError
from ..jobs.disk import written_to
from .files import LINK, PART, read_whole, refuse_link, write_anew, write_whole
from .grid import TileIndex, VoxelGrid
from .meta_file import HEADER, RECORD, decode_meta, encode_meta
from .model import Model
from .octree_files import header
from .packed import sort_packed
from .tile import VoxelTile
from .tile_kernels import count_inner, encode_backwards, tree_codes

META, TREE = "iwlo_meta.bin", "octree.bt"
FIRST = "first" + PART
"""In a tile's folder until its first save is whole."""


class TileFiles:
    """The tiles in one folder."""

    def __init__(self, folder: Path, grid: VoxelGrid, model: Model | None = None) -> None:
        """``model`` is the map's: its bounds tell a damaged tile; None is the standard."""
        self.folder, self.grid, self.model = folder, grid, model

    def path(self, tile: TileIndex) -> Path:
        return self.folder / tile.name

    def has(self, tile: TileIndex) -> bool:
        return (self.path(tile) / META).exists()

    def indices(self) -> Iterator[TileIndex]:
        """Tiles in the order of the file system.  Raises StoreError for a link."""
        try:
            entries = os.scandir(self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return
        with entries:
            for entry in entries:
                tile = TileIndex.parse(entry.name)
                if tile is not None and entry.is_symlink():
                    raise StoreError(f"{entry.path} cannot be used ({LINK}): put the tile's own folder there.")
                if tile is not None and entry.is_dir(follow_symlinks=False):
                    yield tile

    def sorted_indices(self) -> NDArray[np.int32]:
        """Tiles [n, 3], ascending by x, y, z: 12 bytes a tile."""
        found = np.fromiter((i for tile in self.indices() for i in tile), np.int32).reshape(-1, 3)
        return found[np.lexsort((found[:, 2], found[:, 1], found[:, 0]))]

    def read(self, tile: TileIndex) -> VoxelTile | None:
        """A tile, None if there is none.  Raises StoreError if it is damaged."""
        path = self.path(tile) / META
        try:
            data = read_whole(path)
        except FileNotFoundError:
            return self._absent(tile)
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}): check the disk and permissions.") from error
        return decode_meta(data, self.grid.first_key(tile), self.grid.side, path, self.model)

    def read_tree(self, tile: TileIndex) -> bytes | None:
        """A tile's octree.bt, None if there is none.  Raises StoreError if it cannot be read."""
        path = self.path(tile) / TREE
        try:
            return read_whole(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}): check the disk and permissions.") from error

    def voxels(self, tile: TileIndex) -> int:
        """How many voxels a tile holds by the size of its file, 0 where there is none."""
        try:
            return max(0, ((self.path(tile) / META).stat().st_size - HEADER.size) // RECORD.itemsize)
        except FileNotFoundError:
            return 0

    def is_whole(self, tile: Sequence[int]) -> bool:
        """True if the tile is there and undamaged."""
        x, y, z = tile
        try:
            return self.read(TileIndex(x, y, z)) is not None
        except StoreError:
            return False

    def write(self, tile: TileIndex, voxels: VoxelTile) -> None:
        """Replace a tile, the truth last.  Raises OutputError, and then the tile is as it was or whole."""
        folder = self.path(tile)
        with written_to(folder):
            refuse_link(folder)
            folder.mkdir(exist_ok=True)
            if not (folder / META).exists():
                write_anew(folder / FIRST, b"")
        for name, data in self._encoded(tile, voxels):
            write_whole(folder / name, data, sync=True)
        with written_to(folder):
            (folder / FIRST).unlink(missing_ok=True)

    def write_unfinished(self, tile: TileIndex, voxels: VoxelTile, check: Callable[[], None] = lambda: None) -> None:
        """As ``write``, in a folder that counts as a whole later, or not at all: nothing is renamed or synced.

        ``check`` is called before and after each file: one of 8 million voxels takes half a second.
        """
        folder = self.path(tile)
        with written_to(folder):
            folder.mkdir(exist_ok=True)
            refuse_link(folder)
            check()
            for name, data in self._encoded(tile, voxels):
                write_anew(folder / name, data)
                check()

    def _encoded(self, tile: TileIndex, voxels: VoxelTile) -> Iterator[tuple[str, bytes | memoryview]]:
        """Names and bytes of the files, one after the other: both at once could be twice the tile."""
        yield TREE, encode_tree(voxels, tile, self.grid)
        yield META, encode_meta(voxels, self.grid.first_key(tile), self.grid.side)

    def _absent(self, tile: TileIndex) -> VoxelTile | None:
        """A tree alone is an unfinished first save if nothing else is there, else a loss to be told."""
        folder = self.path(tile)
        if (folder / TREE).exists() and not (folder / FIRST).exists():
            raise StoreError(f"{folder} has an {TREE} but no {META}: restore it from a copy, or delete the folder.")
        return None


def encode_tree(voxels: VoxelTile, tile: TileIndex, grid: VoxelGrid) -> bytes:
    """The tile's octree.bt: occupied where the log-odds are 0 or more."""
    if not len(voxels):
        return header("bt", 0, grid.resolution)
    first = grid.first_key(tile)
    codes = np.empty(len(voxels), np.uint64)
    tree_codes(voxels.cells, voxels.log_odds, grid.side, np.array(first, np.int64), codes)
    # Keys of a tile differ in their low bits only, unless it lies across a higher power of two.
    bits = max((low ^ (low + grid.side - 1)).bit_length() for low in first)
    codes = sort_packed(codes, 1, 1 + 3 * bits)
    out = np.empty(2 * count_inner(codes), np.uint8)
    start, nodes = encode_backwards(codes, out)
    return header("bt", nodes, grid.resolution) + out[start:].tobytes()
