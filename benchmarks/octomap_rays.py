# SPDX-License-Identifier: GPL-2.0-or-later
"""Why a few free voxels differ from OctoMap's: its rays once more in its own arithmetic, and ours in fractions.

OctoMap (OcTreeBaseImpl::computeRayKeys, 1.9) narrows the direction of a ray and its length to 32-bit floats and
adds up its steps in doubles; we round the ends of a ray down to 1/65536 of a voxel and are exact from there on.
"""

from __future__ import annotations

from fractions import Fraction

import numba
import numpy as np

PARTS = 65536
"""Of a voxel, where our rays begin and end."""
NEAR = 0.76
"""More than the square of half a voxel's diagonal: a ray farther from a voxel's center does not go through it."""


def explained(
    xyz: np.ndarray, origin: tuple[float, ...], resolution: float, differing: np.ndarray, ours: np.ndarray
) -> dict[str, int]:
    """How many ``differing`` voxels [n, 3], free in one set only (``ours``: in ours), are as either arithmetic says.

    ``by_octomap``: exact rays between the unrounded ends agree with us; ``by_our_ends``: with OctoMap.
    Coordinates are 32-bit floats.
    """
    numbers = {"explained": 0, "by_octomap": 0, "by_our_ends": 0}
    scaled = np.vstack([[origin], xyz]) * (1.0 / resolution)
    start, ends = scaled[0], scaled[1:]
    way = ends - start
    square = (way**2).sum(axis=1)
    for voxel, is_ours in zip(differing, ours, strict=True):
        along = np.clip(way @ (voxel + 0.5 - start) / square, 0, 1)
        near = np.flatnonzero(((start + along[:, None] * way - voxel - 0.5) ** 2).sum(axis=1) < NEAR)
        theirs = bool(passed(xyz[near].astype(np.float32), np.array(origin, np.float32), resolution, voxel))
        exact, rounded, touched = _exactly(start, ends[near], voxel)
        numbers["by_octomap" if exact == is_ours else "by_our_ends"] += 1
        numbers["explained"] += theirs != is_ours and (rounded or touched if is_ours else not rounded)
    return numbers


def _exactly(start: np.ndarray, ends: np.ndarray, voxel: np.ndarray) -> tuple[bool, bool, bool]:
    """Whether a ray goes through a voxel before its last one: as it is, and with ends rounded down as ours are.

    The third: whether a rounded one at least touches it, for a ray through an edge visits a voxel beside it.
    """
    exact = rounded = touched = False
    for end in ends:
        exact = exact or _length(start.tolist(), end.tolist(), voxel) > 0
        low, high = (np.floor(p * PARTS) for p in (start, end))
        down = high < low  # such an axis is mirrored, so that a cell owns its lower side whichever way a ray runs
        length = _length(*([Fraction(int(c), PARTS) for c in p + down] for p in (low, high)), voxel)
        rounded, touched = rounded or length > 0, touched or length >= 0
    return exact, rounded, touched


def _length(start: list, end: list, voxel: np.ndarray) -> Fraction:
    """Part of a ray inside a voxel, 0 where it touches it, negative where it does not."""
    low, high = Fraction(0), Fraction(1)
    for s, e, k in zip(map(Fraction, start), map(Fraction, end), voxel.tolist(), strict=True):
        if s == e:
            if not k <= s < k + 1:
                return Fraction(-1)
            continue
        enter, leave = sorted(((k - s) / (e - s), (k + 1 - s) / (e - s)))
        low, high = max(low, enter), min(high, leave)
    return high - low


@numba.njit(error_model="numpy")
def passed(points: np.ndarray, origin: np.ndarray, resolution: float, voxel: np.ndarray) -> bool:
    """Whether computeRayKeys, for any of these points (32-bit floats), has ``voxel`` among its keys."""
    key, end, step = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    ahead, each, way = np.empty(3), np.empty(3), np.empty(3, np.float32)
    for i in range(len(points)):
        for a in range(3):
            key[a] = np.int64(np.floor(1.0 / resolution * np.float64(origin[a])))
            end[a] = np.int64(np.floor(1.0 / resolution * np.float64(points[i, a])))
            way[a] = points[i, a] - origin[a]
        if (key == end).all():
            continue
        length = np.float32(np.sqrt(np.float64((way[0] * way[0] + way[1] * way[1]) + way[2] * way[2])))
        for a in range(3):
            way[a] = way[a] / length
            step[a] = np.int64(np.sign(way[a]))
            ahead[a] = each[a] = np.finfo(np.float64).max
            if step[a] != 0:
                border = (np.float64(key[a]) + 0.5) * resolution + np.float64(np.float32(step[a] * resolution * 0.5))
                ahead[a] = (border - np.float64(origin[a])) / np.float64(way[a])
                each[a] = resolution / abs(np.float64(way[a]))
        while True:
            if (key == voxel).all():
                return True
            axis = 0 if ahead[0] < ahead[1] else 1
            if not ahead[axis] < ahead[2]:
                axis = 2
            key[axis] += step[axis]
            ahead[axis] += each[axis]
            if (key == end).all() or ahead.min() > np.float64(length):
                break
    return False
