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
def longest(origins, ends):  # type: ignore[no-untyped-def]
    """Parts of a voxel along an axis of the longest ray."""
    found = 0
    for i in range(len(origins)):
        for a in range(3):
            found = max(found, abs(ends[i, a] - origins[i, a]))
    return found


@kernel
def list_tiles(origins, ends, size, tiles, rays):  # type: ignore[no-untyped-def]
    """Every tile (``size`` parts wide) of every ray, and the ray's number; returns how many, listed or without room."""
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, at = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    k = 0
    for i in range(len(origins)):
        prepare(origins[i], ends[i], size, low, first, step, delta, left)
        at[:] = first
        total = 1 + left[0] + left[1] + left[2]
        if k + total > len(rays):
            k += total
            continue
        for _ in range(total):
            tiles[k, 0], tiles[k, 1], tiles[k, 2] = low[0], low[1], low[2]
            rays[k] = i
            k += 1
            axis = next_axis(at, delta)
            low[axis] += step[axis]
            at[axis] += size
    return k


@kernel
def cross_before(axis, plane, size, first, delta, crossed):  # type: ignore[no-untyped-def]
    """How many planes of the other axes (``crossed``) come before number ``plane``, from 0, of ``axis``."""
    p, d = first[axis] + plane * size, delta[axis]
    for a in range(3):
        if a == axis:
            continue
        ahead = p * delta[a] - first[a] * d
        if a > axis:
            ahead -= 1
        crossed[a] = ahead // (size * d) + 1 if ahead >= 0 else 0


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
        cross_before(best, done[best] - 1, size, first, delta, done)
    for a in range(3):
        cell = low[a] + step[a] * done[a] - corner[a]
        if cell < 0 or cell >= side:
            return False
    return True


@kernel
def cells_inside(corner, side, size, low, first, step, delta, crossings, done, last):  # type: ignore[no-untyped-def]
    """Cells from where a ray enters the cube (``done``) to where it leaves it, or to the one before its last.

    ``last`` is overwritten: planes crossed when the ray leaves.
    """
    best, sofar = -1, done[0] + done[1] + done[2]
    for a in range(3):
        cell = low[a] + step[a] * done[a] - corner[a]
        last[a] = done[a] + (side - 1 - cell if step[a] > 0 else cell)
        if last[a] < crossings[a]:
            if best < 0:
                best = a
            else:
                p, q = first[a] + last[a] * size, first[best] + last[best] * size
                if p * delta[best] < q * delta[a]:
                    best = a
    if best < 0:
        return crossings[0] + crossings[1] + crossings[2] - sofar
    cross_before(best, last[best], size, first, delta, last)
    return last[0] + last[1] + last[2] + 1 - sofar


@kernel
def carve(origins, ends, rows, corner, side, free):  # type: ignore[no-untyped-def]
    """Set the bits of the cells of a tile that rays (``rows`` of them) go through before their last cell.

    ``free`` has 64 cells a word: a bit a cell keeps a tile of 200 cells in the processor's cache.  The step to
    the next cell is a choice of numbers, not of ways, for no processor guesses which way a ray turns.
    """
    low, first, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    delta, left, done = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    last = np.empty(3, np.int64)
    for i in rows:
        prepare(origins[i], ends[i], FIXED, low, first, step, delta, left)
        if not skip_to(corner, side, FIXED, low, first, step, delta, left, done):
            continue
        total = cells_inside(corner, side, FIXED, low, first, step, delta, left, done, last)
        x = low[0] + step[0] * done[0] - corner[0]
        y = low[1] + step[1] * done[1] - corner[1]
        z = low[2] + step[2] * done[2] - corner[2]
        ax, ay, az = first[0] + done[0] * FIXED, first[1] + done[1] * FIXED, first[2] + done[2] * FIXED
        dx, dy, dz = delta[0], delta[1], delta[2]
        # Which plane comes first (equal ones in the order of axes) by signs of differences of products.
        xy, xz, yz = ax * dy - ay * dx - 1, ax * dz - az * dx - 1, ay * dz - az * dy - 1
        sx, sy, sz = dx * FIXED, dy * FIXED, dz * FIXED
        cell = (z * side + y) * side + x
        by_x, by_y, by_z = step[0], step[1] * side, step[2] * side * side
        for _ in range(total):
            free[cell >> 6] |= np.uint64(1) << np.uint64(cell & 63)
            in_x, in_y = (xy & xz) < 0, yz < 0
            cell += by_x if in_x else (by_y if in_y else by_z)
            xy += sy if in_x else (-sx if in_y else 0)
            xz += sz if in_x else (0 if in_y else -sx)
            yz += 0 if in_x else (sz if in_y else -sy)


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
