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
def carve(origins, ends, corner, side, size, marks):  # type: ignore[no-untyped-def]
    """Mark the cells of a tile that rays go through before their last cell; returns how many are new.

    ``marks`` (uint8 by cell) is 0 for cells not seen yet and becomes 1.
    """
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, done = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    found = 0
    for i in range(len(origins)):
        prepare(origins[i], ends[i], size, low, first, step, delta, left)
        if not skip_to(corner, side, size, low, first, step, delta, left, done):
            continue
        total = left[0] + left[1] + left[2] - done[0] - done[1] - done[2]
        x = low[0] + step[0] * done[0] - corner[0]
        y = low[1] + step[1] * done[1] - corner[1]
        z = low[2] + step[2] * done[2] - corner[2]
        ax, ay, az = first[0] + done[0] * size, first[1] + done[1] * size, first[2] + done[2] * size
        dx, dy, dz = delta[0], delta[1], delta[2]
        # Which plane comes first, kept as differences of products that grow by constants.
        xy, xz, yz = ax * dy - ay * dx, ax * dz - az * dx, ay * dz - az * dy
        sx, sy, sz = dx * size, dy * size, dz * size
        for _ in range(total):
            cell = (z * side + y) * side + x
            if marks[cell] == 0:
                marks[cell] = 1
                found += 1
            if xy <= 0 and xz <= 0:
                x += step[0]
                if x < 0 or x >= side:
                    break
                xy += sy
                xz += sz
            elif xy > 0 and yz <= 0:
                y += step[1]
                if y < 0 or y >= side:
                    break
                xy -= sx
                yz += sz
            else:
                z += step[2]
                if z < 0 or z >= side:
                    break
                xz -= sx
                yz -= sy
    return found


@kernel
def mark_hits(cells, weights, marks, best):  # type: ignore[no-untyped-def]
    """Mark hit cells with 2; ``cells`` ascend, of equal ones the last weighs (kept in ``best``); returns how many."""
    found = 0
    for i in range(len(cells)):
        if i + 1 < len(cells) and cells[i + 1] == cells[i]:
            continue
        marks[cells[i]] = 2
        best[found] = weights[i]
        found += 1
    return found


@kernel
def sweep(marks, words, best, bits, packed, weights):  # type: ignore[no-untyped-def]
    """Marked cells in ascending order, packed with their places, and their weights (-1: free); clears the marks.

    ``words`` is the same memory as ``marks`` by eight bytes.
    """
    found, hit, shift = 0, 0, np.uint64(bits)
    for w in range(len(words)):
        if words[w] == 0:
            continue
        for cell in range(8 * w, 8 * w + 8):
            if marks[cell] == 0:
                continue
            packed[found] = (np.uint64(cell) << shift) | np.uint64(found)
            if marks[cell] == 2:
                weights[found] = best[hit]
                hit += 1
            else:
                weights[found] = -1.0
            found += 1
        words[w] = 0
