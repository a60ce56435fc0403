# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact traversal of voxels and tiles by rays (after Amanatides and Woo 1987), in integers.

Ends are whole parts of a voxel, so which plane a ray crosses next is decided by exact products: no ray
misses its end, and a ray entered in the middle (at a tile) goes through the same voxels.  An axis
that runs down is mirrored (x becomes -1 - x), which keeps cells half open.  Equal crossings go
x before y before z.  Ends may be 2**31 parts apart.
"""

from __future__ import annotations

import numpy as np

from ..compiled import kernel
from .places import FIXED


@kernel
def prepare(origin, end, size, low, first, step, delta, crossings):  # type: ignore[no-untyped-def]
    """Cell of the origin, and by axis: parts to the first plane, direction, parts to the end, planes to cross."""
    for a in range(3):
        o, e = origin[a], end[a]
        cell = o // size
        low[a] = cell
        if e >= o:
            step[a], delta[a], first[a] = 1, e - o, (cell + 1) * size - o
            crossings[a] = e // size - cell
        else:
            step[a], delta[a], first[a] = -1, o - e, o - cell * size + 1
            crossings[a] = cell - e // size


@kernel
def next_axis(at, delta):  # type: ignore[no-untyped-def]
    """The axis whose next plane (``at`` parts from the origin) comes first."""
    axis = 0
    if at[0] * delta[1] > at[1] * delta[0]:
        axis = 1
    if at[axis] * delta[2] > at[2] * delta[axis]:
        axis = 2
    return axis


@kernel
def count_tiles(origins, ends, size, counts):  # type: ignore[no-untyped-def]
    """Tiles (``size`` parts wide) each ray goes through; returns their sum."""
    total = 0
    for i in range(len(origins)):
        n = 1
        for a in range(3):
            n += abs(ends[i, a] // size - origins[i, a] // size)
        counts[i] = n
        total += n
    return total


@kernel
def list_tiles(origins, ends, size, tiles, rays):  # type: ignore[no-untyped-def]
    """Every tile of every ray, and the ray's number."""
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, at = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    k = 0
    for i in range(len(origins)):
        prepare(origins[i], ends[i], size, low, first, step, delta, left)
        at[:] = first
        for _ in range(1 + left[0] + left[1] + left[2]):
            tiles[k, 0], tiles[k, 1], tiles[k, 2] = low[0], low[1], low[2]
            rays[k] = i
            k += 1
            axis = next_axis(at, delta)
            low[axis] += step[axis]
            at[axis] += size


@kernel
def skip_to(corner, side, size, low, first, step, delta, crossings, done):  # type: ignore[no-untyped-def]
    """Planes crossed by axis (``done``) when a ray enters the cube at ``corner``; False if it never does."""
    best = -1
    for a in range(3):
        need = corner[a] - low[a] if step[a] > 0 else low[a] - (corner[a] + side - 1)
        need = max(np.int64(0), need)
        if need > crossings[a]:
            return False
        done[a] = need
        if need > 0:
            if best < 0:
                best = a
            else:
                p, q = first[a] + (need - 1) * size, first[best] + (done[best] - 1) * size
                if p * delta[best] >= q * delta[a]:
                    best = a
    if best >= 0:
        p, d = first[best] + (done[best] - 1) * size, delta[best]
        for a in range(3):
            if a == best:
                continue
            ahead = p * delta[a] - first[a] * d
            if a > best:
                ahead -= 1
            done[a] = ahead // (size * d) + 1 if ahead >= 0 else 0
    for a in range(3):
        cell = low[a] + step[a] * done[a] - corner[a]
        if cell < 0 or cell >= side:
            return False
    return True


@kernel
def carve(origins, ends, rows, corner, side, free):  # type: ignore[no-untyped-def]
    """Set the bits of the cells of a tile that rays (``rows`` of them) go through before their last cell.

    ``free`` has 64 cells a word: a bit a cell keeps a tile of 200 cells in the processor's cache.  The step to
    the next cell is chosen by masks (all bits or none), for no processor guesses which way a ray turns.
    """
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, done = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    for i in rows:
        prepare(origins[i], ends[i], FIXED, low, first, step, delta, left)
        if not skip_to(corner, side, FIXED, low, first, step, delta, left, done):
            continue
        total = left[0] + left[1] + left[2] - done[0] - done[1] - done[2]
        x = low[0] + step[0] * done[0] - corner[0]
        y = low[1] + step[1] * done[1] - corner[1]
        z = low[2] + step[2] * done[2] - corner[2]
        # Cells to the side of the tile that the ray runs to.
        to_x = side - 1 - x if step[0] > 0 else x
        to_y = side - 1 - y if step[1] > 0 else y
        to_z = side - 1 - z if step[2] > 0 else z
        ax, ay, az = first[0] + done[0] * FIXED, first[1] + done[1] * FIXED, first[2] + done[2] * FIXED
        dx, dy, dz = delta[0], delta[1], delta[2]
        # Which plane comes first, kept as differences of products that grow by constants.
        xy, xz, yz = ax * dy - ay * dx, ax * dz - az * dx, ay * dz - az * dy
        sx, sy, sz = dx * FIXED, dy * FIXED, dz * FIXED
        cell = (z * side + y) * side + x
        by_x, by_y, by_z = step[0], step[1] * side, step[2] * side * side
        for _ in range(total):
            free[cell >> 6] |= np.uint64(1) << np.uint64(cell & 63)
            in_x = ((xy - 1) & (xz - 1)) >> 63
            in_y = ((yz - 1) >> 63) & ~in_x
            in_z = ~(in_x | in_y)
            to_x += in_x
            to_y += in_y
            to_z += in_z
            if (to_x | to_y | to_z) < 0:
                break
            cell += (by_x & in_x) + (by_y & in_y) + (by_z & in_z)
            xy += (sy & in_x) - (sx & in_y)
            xz += (sz & in_x) - (sx & in_z)
            yz += (sz & in_y) - (sy & in_z)


@kernel
def mark_cells(cells, hit):  # type: ignore[no-untyped-def]
    """Set the bits of cells in any order."""
    for i in range(len(cells)):
        hit[cells[i] >> 6] |= np.uint64(1) << np.uint64(cells[i] & 63)


@kernel
def mark_hits(cells, weights, hit, best):  # type: ignore[no-untyped-def]
    """Set the bits of hit cells, which ascend; of equal ones the last weighs (kept in ``best``); returns how many."""
    found = 0
    for i in range(len(cells)):
        if i + 1 < len(cells) and cells[i + 1] == cells[i]:
            continue
        hit[cells[i] >> 6] |= np.uint64(1) << np.uint64(cells[i] & 63)
        best[found] = weights[i]
        found += 1
    return found


@kernel
def count_bits(free, hit):  # type: ignore[no-untyped-def]
    """Cells with a bit in either."""
    found = np.uint64(0)
    for w in range(len(free)):
        n = free[w] | hit[w]
        n = n - ((n >> np.uint64(1)) & np.uint64(0x5555555555555555))
        n = (n & np.uint64(0x3333333333333333)) + ((n >> np.uint64(2)) & np.uint64(0x3333333333333333))
        n = (n + (n >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        found += (n * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return np.int64(found)


@kernel
def sweep(free, hit, alike, bits, packed):  # type: ignore[no-untyped-def]
    """Marked cells in ascending order, packed with 0 where they are free and the number of the hit (from 1) where not,
    which is 1 for all where they are ``alike`` (1, else 0); clears the marks.
    """
    found, used, shift = 0, np.int64(alike), np.uint64(bits)
    for w in range(len(free)):
        both, hits, cell = free[w] | hit[w], hit[w], 64 * w
        while both:
            if both & np.uint64(1):
                is_hit = np.int64(hits & np.uint64(1))
                used += is_hit * (1 - alike)
                packed[found] = (np.uint64(cell) << shift) | np.uint64(used * is_hit)
                found += 1
            both, hits, cell = both >> np.uint64(1), hits >> np.uint64(1), cell + 1
        free[w] = hit[w] = 0


@kernel
def first_above(origins, ends, corner, side, size, cells, log_odds, least, out):  # type: ignore[no-untyped-def]
    """Place in a tile's ``cells`` of the first voxel above ``least`` that each ray meets (its last cell too), or -1."""
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, done = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    at, local = np.empty(3, np.int64), np.empty(3, np.int64)
    for i in range(len(origins)):
        out[i] = -1
        prepare(origins[i], ends[i], size, low, first, step, delta, left)
        if not skip_to(corner, side, size, low, first, step, delta, left, done):
            continue
        total = 1
        for a in range(3):
            local[a] = low[a] + step[a] * done[a] - corner[a]
            at[a] = first[a] + done[a] * size
            total += left[a] - done[a]
        for _ in range(total):
            cell = (local[2] * side + local[1]) * side + local[0]
            place = np.searchsorted(cells, cell)
            if place < len(cells) and cells[place] == cell and log_odds[place] > least:
                out[i] = place
                break
            axis = next_axis(at, delta)
            local[axis] += step[axis]
            at[axis] += size
            if local[axis] < 0 or local[axis] >= side:
                break
