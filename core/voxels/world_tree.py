# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole map as one .bt or .ot file, without a tree in memory.

The key space is cut into cubes of a power of two; a cube's subtree is contiguous in OctoMap's
depth-first order, so subtrees are made one after the other, kept on disk, and joined under the few
nodes above them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from . import octree_kernels as kernels
from .grid import KEY_CENTER, TileIndex
from .octree import DEPTH, Level, build, encode_bt, encode_ot, join, layout, leaves_of, node_count
from .octree_files import header
from .voxel_map import VoxelMap

if TYPE_CHECKING:
    from ..jobs.job import Job

LEAST_BITS = 5
INNER_BYTES = {"bt": 2, "ot": 5}
LEAF_BYTES = {"bt": 0, "ot": 5}


@dataclass(frozen=True)
class WorldTree:
    """What was written: nodes, voxels, and the cells by which keys are shifted (0 where the range allows)."""

    nodes: int
    voxels: int
    shift: tuple[int, int, int]


def write_world_tree(
    voxel_map: VoxelMap, kind: str, least: float, file: IO[bytes], scratch: IO[bytes], job: Job
) -> WorldTree:
    """Write the map as ``kind``; in a .bt file voxels of log-odds ``least`` and more are occupied.

    ``scratch`` takes the subtrees.  Raises OptionError where the map is wider than OctoMap's keys.
    """
    side = voxel_map.grid.side
    tiles = voxel_map.tiles().astype(np.int64)
    shift = key_shift(tiles, side)
    bits = min(DEPTH, max(LEAST_BITS, (side - 1).bit_length()))
    cubes = _cubes(tiles * side - np.array(shift) + KEY_CENTER, side, bits)
    roots, sizes, voxels = [], [], 0
    for code, corner in cubes:
        job.progress.check()
        keys, values = _gather(voxel_map, corner, 1 << bits, shift)
        job.progress.advance(1)
        if not len(keys):
            continue
        values = values if kind == "ot" else np.where(values >= least, 1, -1)
        levels = build(leaves_of(keys, values.astype(np.float32)), DEPTH - bits)
        sizes.append(scratch.write((encode_bt if kind == "bt" else encode_ot)(levels)))
        roots.append((code, levels[0].values[0], levels[0].leaf[0], node_count(levels)))
        voxels += len(keys)
    if not roots:
        file.write(header(kind, 0, voxel_map.grid.resolution))
        return WorldTree(0, 0, shift)
    codes, values, leaf, counts = (np.array(column) for column in zip(*roots, strict=True))
    bottom = Level(codes.astype(np.uint64), values.astype(np.float32), leaf.astype(bool))
    sizes_of = np.array(sizes, np.int64)
    nodes = _join(kind, bottom, DEPTH - bits, counts, sizes_of, file, scratch, voxel_map.grid.resolution)
    return WorldTree(nodes, voxels, shift)


def key_shift(tiles: NDArray[np.int64], side: int) -> tuple[int, int, int]:
    """Cells by which keys are shifted so that all fit: none, or the corner of the middle tile.

    Raises OptionError for a map wider than 65,536 voxels.
    """
    if not len(tiles):
        return 0, 0, 0
    low, high = tiles.min(axis=0) * side, (tiles.max(axis=0) + 1) * side
    if (low >= -KEY_CENTER).all() and (high <= KEY_CENTER).all():
        return 0, 0, 0
    middle = (low + high) // 2 // side * side
    if (high - middle > KEY_CENTER).any() or (low - middle < -KEY_CENTER).any():
        width = int((high - low).max())
        raise OptionError(
            f"The map is {width:,} voxels wide; OctoMap's files hold {2 * KEY_CENTER:,}: "
            "export it in parts, or as laz, gpkg or ply."
        )
    x, y, z = middle.tolist()
    return x, y, z


def _cubes(corners: NDArray[np.int64], side: int, bits: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """(code, lowest key) of the cubes that tiles at ``corners`` (keys) touch, in the tree's order."""
    low, high = corners >> bits, (corners + side - 1) >> bits
    found = []
    for corner in range(8):
        pick = np.array([corner & 1, corner >> 1 & 1, corner >> 2 & 1], bool)
        found.append(np.where(pick, high, low))
    cubes = np.unique(np.concatenate(found), axis=0)
    codes = np.empty(len(cubes), np.uint64)
    kernels.key_codes(cubes, codes)
    for i in np.argsort(codes):
        yield int(codes[i]), cubes[i] << bits


def _gather(
    voxel_map: VoxelMap, corner: NDArray[np.int64], width: int, shift: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Keys and log-odds of the voxels in a cube."""
    side = voxel_map.grid.side
    move = np.array(shift) - KEY_CENTER
    first = (corner + move) // side
    last = (corner + width - 1 + move) // side
    keys, values = [np.empty((0, 3), np.int64)], [np.empty(0)]
    for z in range(first[2], last[2] + 1):
        for y in range(first[1], last[1] + 1):
            for x in range(first[0], last[0] + 1):
                tile = TileIndex(x, y, z)
                voxels = voxel_map.load(tile)
                if not len(voxels):
                    continue
                own = voxels.positions(side) + np.array(tile) * side - move
                inside = ((own >= corner) & (own < corner + width)).all(axis=1)
                keys.append(own[inside])
                values.append(voxels.log_odds[inside])
    return np.concatenate(keys), np.concatenate(values)


def _join(
    kind: str, level: Level, depth: int, counts: NDArray[np.int64], sizes: NDArray[np.int64], file: IO[bytes],
    scratch: IO[bytes], resolution: float,
) -> int:  # fmt: skip
    """Write the nodes above the cubes (of ``depth``) with the cubes' own bytes between; returns all nodes."""
    offsets = np.cumsum(sizes) - sizes
    levels: list[Level] = []
    while depth:
        keep, above = join(level)
        levels.append(Level(level.codes[keep], level.values[keep], level.leaf[keep]))
        if len(levels) == 1:
            counts, sizes, offsets = counts[keep], sizes[keep], offsets[keep]
        level, depth = above, depth - 1
    levels = [level, *levels[::-1]]
    _, places = layout(levels, INNER_BYTES[kind], LEAF_BYTES[kind], sizes)
    total = int(counts.sum()) + sum(map(len, levels[:-1]))
    file.write(header(kind, total, resolution))
    pieces = [p for at in range(len(levels) - 1) for p in _top_pieces(kind, levels[at], levels[at + 1], places[at])]
    blobs = zip(places[-1].tolist(), offsets.tolist(), sizes.tolist(), strict=True)
    pieces += [(at, b"", offset, size) for at, offset, size in blobs if size]
    for _, data, offset, size in sorted(pieces):
        if not data:
            scratch.seek(offset)
            data = scratch.read(size)
        file.write(data)
    return total


def _top_pieces(kind: str, level: Level, below: Level, places: NDArray[np.int64]) -> list[tuple[int, bytes, int, int]]:
    """(offset, bytes, 0, 0) of the nodes of a level that have bytes of their own."""
    size = INNER_BYTES[kind]
    out, close = np.zeros(len(level) * size, np.uint8), np.arange(len(level)) * size
    if kind == "bt":
        kernels.write_bits(level.codes, level.leaf, close, below.codes, below.leaf, below.values, out)
    else:
        raw = level.values.astype("<f4").view(np.uint8).reshape(-1, 4)
        kernels.write_values(level.codes, level.leaf, close, raw, below.codes, out)
    has = [i for i in range(len(level)) if kind == "ot" or not level.leaf[i]]
    return [(int(places[i]), out[i * size : (i + 1) * size].tobytes(), 0, 0) for i in has]
