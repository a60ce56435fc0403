# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels between a tile's sorted arrays and its two files.

A tile's octree.bt is written backwards: a node comes before its children, and whether it is one
leaf, or how many bytes its children take, is known when they are done.  One pass over the voxels in
the tree's order, last first, needs no level of the tree in memory.
"""

from __future__ import annotations

import numpy as np

from ..compiled import kernel
from .octree_kernels import FREE, INNER, OCCUPIED, spread_thirds

ALL_FREE, ALL_OCCUPIED = 0x5555, 0xAAAA
"""Eight free or occupied children, two bits each."""


@kernel
def tree_codes(cells, log_odds, side, first, out):  # type: ignore[no-untyped-def]
    """Code of each voxel in the tree's order; its lowest bit is 1 where it is occupied (log-odds 0 or more)."""
    for i in range(len(cells)):
        plane = cells[i] // side
        z = plane // side
        kx = np.uint64(cells[i] - plane * side + first[0])
        ky, kz = np.uint64(plane - z * side + first[1]), np.uint64(z + first[2])
        code = spread_thirds(kx) | (spread_thirds(ky) << np.uint64(1)) | (spread_thirds(kz) << np.uint64(2))
        out[i] = (code << np.uint64(1)) | np.uint64(log_odds[i] >= 0.0)


@kernel
def levels_between(a, b):  # type: ignore[no-untyped-def]
    """Nodes above voxel ``b`` that are not above its neighbor ``a`` (tree codes)."""
    x, levels = (a ^ b) >> np.uint64(4), 0
    while x:
        x = x >> np.uint64(3)
        levels += 1
    return levels


@kernel
def count_inner(codes):  # type: ignore[no-untyped-def]
    """Inner nodes before any is pruned."""
    found = 16
    for i in range(1, len(codes)):
        found += levels_between(codes[i - 1], codes[i])
    return found


@kernel
def encode_backwards(codes, out):  # type: ignore[no-untyped-def]
    """Write the tree of ascending codes to the end of ``out`` (two bytes an inner node); returns (start, nodes)."""
    words = np.zeros(16, np.int64)  # of the node open at each height above the voxels
    at, nodes, n = len(out), 1, len(codes)
    for i in range(n - 1, -1, -1):
        code = np.int64(codes[i])
        state = OCCUPIED if code & 1 else FREE
        digit = (code >> 1) & 7
        words[0] |= state << (2 * digit)
        closed = 16 if i == 0 else levels_between(codes[i - 1], codes[i])
        for height in range(closed):
            word = words[height]
            words[height] = 0
            if height < 15 and word in (ALL_FREE, ALL_OCCUPIED):
                state = FREE if word == ALL_FREE else OCCUPIED
            else:
                state = INNER
                for child in range(8):
                    nodes += (word >> (2 * child)) & 3 != 0
                at -= 2
                out[at], out[at + 1] = word & 255, word >> 8
            if height < 15:
                digit = (code >> (1 + 3 * (height + 1))) & 7
                words[height + 1] |= state << (2 * digit)
    return at, nodes


@kernel
def write_records(cells, side, first, log_odds, counts, out):  # type: ignore[no-untyped-def]
    """Records of iwlo_meta.bin as nine numbers of 16 bits each; ``log_odds`` [n, 4] and ``counts`` [n, 2] likewise."""
    for i in range(len(cells)):
        plane = cells[i] // side
        z = plane // side
        out[i, 0] = cells[i] - plane * side + first[0]
        out[i, 1] = plane - z * side + first[1]
        out[i, 2] = z + first[2]
        for part in range(4):
            out[i, 3 + part] = log_odds[i, part]
        out[i, 7], out[i, 8] = counts[i, 0], counts[i, 1]


@kernel
def read_records(records, side, first, cells, log_odds, counts):  # type: ignore[no-untyped-def]
    """The inverse of ``write_records``; whether all keys lie in the tile, and whether they ascend."""
    inside, ascending, last = True, True, np.int64(-1)
    for i in range(len(records)):
        x, y, z = records[i, 0] - first[0], records[i, 1] - first[1], records[i, 2] - first[2]
        inside = inside and min(x, y, z) >= 0 and max(x, y, z) < side
        cells[i] = (z * side + y) * side + x
        ascending = ascending and cells[i] > last
        last = cells[i]
        for part in range(4):
            log_odds[i, part] = records[i, 3 + part]
        counts[i, 0], counts[i, 1] = records[i, 7], records[i, 8]
    return inside, ascending
