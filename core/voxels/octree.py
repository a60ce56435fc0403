# SPDX-License-Identifier: GPL-2.0-or-later
"""OctoMap's tree as levels of nodes: built from leaves and pruned, written as .bt and .ot bytes, read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..tiles.ordering import sort_codes
from . import octree_kernels as kernels

DEPTH = 16
"""Levels below the root; a leaf at depth 16 is one voxel."""


@dataclass(frozen=True)
class Level:
    """Nodes of one depth, ascending by code; the value of an inner node is the highest below it."""

    codes: NDArray[np.uint64]
    values: NDArray[np.float32]
    leaf: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Leaves:
    """Leaves of a tree: ``keys`` [n, 3] of their lowest voxel, ``depths`` (16: a voxel), values."""

    codes: NDArray[np.uint64]
    depths: NDArray[np.uint8]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def keys(self) -> NDArray[np.int64]:
        keys = np.empty((len(self), 3), np.int64)
        kernels.code_keys(self.codes, keys)
        return np.asarray(keys << (DEPTH - self.depths.astype(np.int64))[:, None])


def leaves_of(keys: NDArray[np.integer], values: NDArray[np.float32]) -> Leaves:
    """Voxels (keys [n, 3]) as leaves in the tree's order."""
    codes = np.empty(len(keys), np.uint64)
    kernels.key_codes(keys, codes)
    codes, order = sort_codes(codes, 3 * DEPTH)
    return Leaves(codes, np.full(len(keys), DEPTH, np.uint8), values[order])


def build(leaves: Leaves, top: int = 0) -> list[Level]:
    """Levels from depth ``top`` to 16 of the pruned tree over ``leaves`` (ascending within a depth)."""
    levels: list[Level] = []
    codes, values, leaf = np.empty(0, np.uint64), np.empty(0, np.float32), np.empty(0, bool)
    for depth in range(DEPTH, top - 1, -1):
        given = leaves.depths == depth
        if given.any():
            codes = np.r_[codes, leaves.codes[given]]
            values, leaf = np.r_[values, leaves.values[given]], np.r_[leaf, np.ones(int(given.sum()), bool)]
            order = np.argsort(codes, kind="stable")
            codes, values, leaf = codes[order], values[order], leaf[order]
        if depth == top:
            levels.append(Level(codes, values, leaf))
            break
        keep, above = join(Level(codes, values, leaf))
        levels.append(Level(codes[keep], values[keep], leaf[keep]))
        codes, values, leaf = above.codes, above.values, above.leaf
    return levels[::-1]


def join(level: Level) -> tuple[NDArray[np.bool_], Level]:
    """The level above, and which nodes are left: eight equal leaves become one above."""
    n = len(level)
    keep, codes, values, leaf = np.empty(n, bool), np.empty(n, np.uint64), np.empty(n, np.float32), np.empty(n, bool)
    found = kernels.join_level(level.codes, level.values, level.leaf, keep, codes, values, leaf)
    return keep, Level(codes[:found], values[:found], leaf[:found])


def node_count(levels: list[Level]) -> int:
    """Nodes of the tree, inner ones and the root included."""
    return sum(map(len, levels))


def encode_bt(levels: list[Level]) -> bytes:
    """Bytes of the subtrees under the first level's nodes: two bits a child, occupied where value >= 0."""
    sizes, places = layout(levels, 2, 0)
    out = np.zeros(int(sizes[0].sum()), np.uint8)
    for depth in range(len(levels) - 1):
        level, below = levels[depth], levels[depth + 1]
        kernels.write_bits(level.codes, level.leaf, places[depth], below.codes, below.leaf, below.values, out)
    return out.tobytes()


def encode_ot(levels: list[Level]) -> bytes:
    """Bytes of the nodes: float32 value and a mask of children."""
    sizes, places = layout(levels, 5, 5)
    out = np.zeros(int(sizes[0].sum()), np.uint8)
    nothing = np.empty(0, np.uint64)
    for depth, level in enumerate(levels):
        below = levels[depth + 1].codes if depth + 1 < len(levels) else nothing
        raw = level.values.astype("<f4").view(np.uint8).reshape(-1, 4)
        kernels.write_values(level.codes, level.leaf, places[depth], raw, below, out)
    return out.tobytes()


def layout(
    levels: list[Level], inner: int, leaf: int, last: NDArray[np.int64] | None = None
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Bytes and byte offset of every node, level by level; ``last``: bytes of those of the last level."""
    sizes = [np.empty(len(level), np.int64) for level in levels]
    sizes[-1][:] = leaf if last is None else last
    for depth in range(len(levels) - 2, -1, -1):
        level, below = levels[depth], levels[depth + 1]
        kernels.measure_level(level.codes, level.leaf, below.codes, sizes[depth + 1], inner, leaf, sizes[depth])
    places = [np.cumsum(sizes[0]) - sizes[0]]
    for depth in range(len(levels) - 1):
        level, below = levels[depth], levels[depth + 1]
        at = np.empty(len(below), np.int64)
        kernels.place_level(level.codes, level.leaf, places[depth], below.codes, sizes[depth + 1], inner, at)
        places.append(at)
    return sizes, places


def decode_bt(data: bytes, nodes: int, path: object) -> Leaves:
    """Leaves of .bt bytes (value 1 occupied, -1 free) that must hold ``nodes``.  Raises InputError."""
    raw = np.frombuffer(data, np.uint8)
    if nodes == 0 and not len(raw):
        return Leaves(np.empty(0, np.uint64), np.empty(0, np.uint8), np.empty(0, np.float32))
    states = _state_counts(raw)
    room = states[kernels.FREE] + states[kernels.OCCUPIED]
    codes, depths, occupied = np.empty(room, np.uint64), np.empty(room, np.uint8), np.empty(room, bool)
    found, used = kernels.read_bits(raw, codes, depths, occupied)
    if found < 0 or used != len(raw):
        raise InputError(f"{path} holds no whole tree: it is cut or damaged; restore it from a copy.")
    _check_nodes(found + used // 2, nodes, path)
    return Leaves(codes, depths, np.where(occupied, 1, -1).astype(np.float32))


def decode_ot(data: bytes, nodes: int, stride: int, path: object) -> tuple[Leaves, NDArray[np.uint8]]:
    """Leaves of .ot bytes and their colors [n, stride - 5], nodes being ``stride`` bytes.  Raises InputError."""
    raw = np.frombuffer(data, np.uint8)
    if nodes == 0 and not len(raw):
        return decode_bt(b"", 0, path), np.empty((0, stride - 5), np.uint8)
    room = len(raw) // stride
    codes, depths, at = np.empty(room, np.uint64), np.empty(room, np.uint8), np.empty(room, np.int64)
    found, used = kernels.read_masks(raw, stride, codes, depths, at)
    if found < 0 or used != len(raw):
        raise InputError(f"{path} holds no whole tree: it is cut or damaged; restore it from a copy.")
    _check_nodes(used // stride, nodes, path)
    rows = raw.reshape(-1, stride)[at[:found] // stride]
    values = np.ascontiguousarray(rows[:, :4]).view("<f4").reshape(-1)
    if not np.isfinite(values).all():
        raise InputError(f"{path} has log-odds that are no numbers: it is damaged; restore it from a copy.")
    return Leaves(codes[:found], depths[:found], values), rows[:, 4:-1].copy()


def _state_counts(raw: NDArray[np.uint8]) -> Mapping[int, int]:
    bytes_seen = np.bincount(raw, minlength=256)
    table = np.array([[(byte >> shift) & 3 for shift in (0, 2, 4, 6)] for byte in range(256)])
    return {state: int((bytes_seen[:, None] * (table == state)).sum()) for state in range(4)}


def _check_nodes(found: int, nodes: int, path: object) -> None:
    if found != nodes:
        raise InputError(f"{path} holds {found:,} nodes but its header counts {nodes:,}: it is damaged.")
