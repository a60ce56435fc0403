# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels between sorted leaves and OctoMap's depth-first bytes.

A tree is kept as its levels: the nodes of a depth ascend by code (child index = x + 2 y + 4 z, three
bits a level), so the children of a node are neighbors and one pass joins a level to the next.
"""

from __future__ import annotations

import numpy as np

from ..compiled import kernel

FREE, OCCUPIED, INNER = 1, 2, 3
"""OctoMap's two bits for a child in a .bt file; 0 is a child that is not there."""


@kernel
def spread_thirds(n):  # type: ignore[no-untyped-def]
    """The low 16 bits of ``n`` (uint64), two zeros between each two."""
    n = n & np.uint64(0xFFFF)
    n = (n | (n << np.uint64(16))) & np.uint64(0x0000FF0000FF)
    n = (n | (n << np.uint64(8))) & np.uint64(0x00F00F00F00F)
    n = (n | (n << np.uint64(4))) & np.uint64(0x0C30C30C30C3)
    return (n | (n << np.uint64(2))) & np.uint64(0x249249249249)


@kernel
def key_codes(keys, out):  # type: ignore[no-untyped-def]
    """Codes (uint64) of keys [n, 3] at depth 16."""
    for i in range(len(keys)):
        x, y, z = np.uint64(keys[i, 0]), np.uint64(keys[i, 1]), np.uint64(keys[i, 2])
        out[i] = spread_thirds(x) | (spread_thirds(y) << np.uint64(1)) | (spread_thirds(z) << np.uint64(2))


@kernel
def code_keys(codes, keys):  # type: ignore[no-untyped-def]
    """Keys [n, 3] of codes of any depth: the inverse of ``key_codes``."""
    for i in range(len(codes)):
        for axis in range(3):
            n = (codes[i] >> np.uint64(axis)) & np.uint64(0x249249249249)
            n = (n | (n >> np.uint64(2))) & np.uint64(0x0C30C30C30C3)
            n = (n | (n >> np.uint64(4))) & np.uint64(0x00F00F00F00F)
            n = (n | (n >> np.uint64(8))) & np.uint64(0x0000FF0000FF)
            keys[i, axis] = (n | (n >> np.uint64(16))) & np.uint64(0xFFFF)


@kernel
def join_level(codes, values, leaf, keep, parent_codes, parent_values, parent_leaf):  # type: ignore[no-untyped-def]
    """Parents of a level; eight equal leaves collapse into theirs (``keep`` turns False); returns how many."""
    n, found, i = len(codes), 0, 0
    while i < n:
        parent = codes[i] >> np.uint64(3)
        j, highest, same = i, values[i], True
        while j < n and codes[j] >> np.uint64(3) == parent:
            highest = max(highest, values[j])
            same = same and leaf[j] and values[j] == values[i]
            j += 1
        pruned = same and j - i == 8
        for k in range(i, j):
            keep[k] = not pruned
        parent_codes[found], parent_values[found], parent_leaf[found] = parent, highest, pruned
        found += 1
        i = j
    return found


@kernel
def measure_level(codes, leaf, child_codes, child_sizes, inner_size, leaf_size, sizes):  # type: ignore[no-untyped-def]
    """Bytes of each node with all below it."""
    j = 0
    for i in range(len(codes)):
        if leaf[i]:
            sizes[i] = leaf_size
            continue
        total = np.int64(inner_size)
        while j < len(child_codes) and child_codes[j] >> np.uint64(3) == codes[i]:
            total += child_sizes[j]
            j += 1
        sizes[i] = total


@kernel
def place_level(codes, leaf, places, child_codes, child_sizes, inner_size, child_places):  # type: ignore[no-untyped-def]
    """Byte offset of each child: after its parent and its elder siblings."""
    j = 0
    for i in range(len(codes)):
        if leaf[i]:
            continue
        at = places[i] + inner_size
        while j < len(child_codes) and child_codes[j] >> np.uint64(3) == codes[i]:
            child_places[j] = at
            at += child_sizes[j]
            j += 1


@kernel
def write_bits(codes, leaf, places, child_codes, child_leaf, child_values, out):  # type: ignore[no-untyped-def]
    """The two bytes of every inner node of a level."""
    j = 0
    for i in range(len(codes)):
        if leaf[i]:
            continue
        bits = np.int64(0)
        while j < len(child_codes) and child_codes[j] >> np.uint64(3) == codes[i]:
            state = INNER
            if child_leaf[j]:
                state = OCCUPIED if child_values[j] >= 0 else FREE
            # A free leaf is the low bit, an occupied one the high bit of its pair.
            bits |= np.int64(state) << (2 * np.int64(child_codes[j] & np.uint64(7)))
            j += 1
        out[places[i]], out[places[i] + 1] = bits & 255, bits >> 8


@kernel
def write_values(codes, leaf, places, raw, child_codes, out):  # type: ignore[no-untyped-def]
    """Value (``raw``: its four bytes) and child mask of every node of a level."""
    j = 0
    for i in range(len(codes)):
        at, mask = places[i], np.int64(0)
        for b in range(4):
            out[at + b] = raw[i, b]
        if not leaf[i]:
            while j < len(child_codes) and child_codes[j] >> np.uint64(3) == codes[i]:
                mask |= np.int64(1) << np.int64(child_codes[j] & np.uint64(7))
                j += 1
        out[at + 4] = mask


@kernel
def read_bits(data, codes, depths, occupied):  # type: ignore[no-untyped-def]
    """Leaves of a .bt tree in file order; returns (leaves, bytes used), (-1, 0) where the file is cut or too deep."""
    words = np.zeros(17, np.int64)
    path = np.zeros(17, np.uint64)
    child = np.zeros(17, np.int64)
    if len(data) < 2:
        return -1, 0
    words[0] = data[0] | (np.int64(data[1]) << 8)
    depth, used, found = 0, 2, 0
    while depth >= 0:
        c = child[depth]
        if c == 8:
            depth -= 1
            continue
        child[depth] = c + 1
        state = (words[depth] >> (2 * c)) & 3
        code = (path[depth] << np.uint64(3)) | np.uint64(c)
        if state == INNER:
            if depth == 15 or used + 2 > len(data):
                return -1, 0
            depth += 1
            words[depth] = data[used] | (np.int64(data[used + 1]) << 8)
            path[depth], child[depth] = code, 0
            used += 2
        elif state:
            codes[found], depths[found], occupied[found] = code, depth + 1, state == OCCUPIED
            found += 1
    return found, used


@kernel
def read_masks(data, stride, codes, depths, at):  # type: ignore[no-untyped-def]
    """Leaves of an .ot tree: code, depth and byte offset; returns as ``read_bits``."""
    masks = np.zeros(17, np.int64)
    path = np.zeros(17, np.uint64)
    child = np.zeros(17, np.int64)
    if len(data) < stride:
        return -1, 0
    masks[0] = data[stride - 1]
    depth, used, found = 0, stride, 0
    if masks[0] == 0:
        codes[0], depths[0], at[0] = np.uint64(0), 0, 0
        return 1, used
    while depth >= 0:
        c = child[depth]
        if c == 8:
            depth -= 1
            continue
        child[depth] = c + 1
        if not (masks[depth] >> c) & 1:
            continue
        if used + stride > len(data):
            return -1, 0
        code = (path[depth] << np.uint64(3)) | np.uint64(c)
        mask = np.int64(data[used + stride - 1])
        used += stride
        if mask:
            if depth == 15:
                return -1, 0
            depth += 1
            masks[depth], path[depth], child[depth] = mask, code, 0
        else:
            codes[found], depths[found], at[found] = code, depth + 1, used - stride
            found += 1
    return found, used
