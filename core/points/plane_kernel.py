# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of planes through many lists of neighbors: LANES covariances are diagonalised side by side.

Jacobi's method, cyclic and without branches, so that the compiler works on several lists with each instruction.
A sweep changes nothing of a list that is settled: every list has the same bytes in any lane, whatever the others need.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel
from .covariance import FLAT, moments

LANES = 64
SWEEPS = 6
"""At most; 3 x 3 matrices converge quadratically, and nearly all are settled after three."""
SETTLED = 1e-18
"""Tangent of an angle too small to turn anything."""
ROWS = 15
"""Of a block [ROWS * LANES]: xx, xy, xz, yy, yz, zz of the matrix, then its eigenvectors so far."""


@kernel
def _tangent(app, aqq, apq):  # type: ignore[no-untyped-def]
    """Of the angle of the rotation that makes ``apq`` zero (Golub and Van Loan, Matrix Computations, 8.5)."""
    difference, twice = aqq - app, 2.0 * apq
    twice = twice if abs(apq) > SETTLED * abs(difference) else 0.0
    size = abs(difference) + math.sqrt(difference * difference + twice * twice)
    t = twice / (size if size > 0.0 else 1.0)
    return -t if difference < 0.0 else t


@kernel
def _sweep(block, out):  # type: ignore[no-untyped-def]
    """Three rotations of every lane of ``block``, into ``out``: two arrays, so that lanes are seen to be apart."""
    n = LANES
    for i in range(n):
        xx, xy, xz, yy, yz, zz = (
            block[i], block[n + i], block[2 * n + i], block[3 * n + i], block[4 * n + i], block[5 * n + i]
        )  # fmt: skip
        ux, uy, uz = block[6 * n + i], block[7 * n + i], block[8 * n + i]
        vx, vy, vz = block[9 * n + i], block[10 * n + i], block[11 * n + i]
        wx, wy, wz = block[12 * n + i], block[13 * n + i], block[14 * n + i]
        t = _tangent(xx, yy, xy)
        c = 1.0 / math.sqrt(1.0 + t * t)
        s = t * c
        xx, yy, xz, yz = xx - t * xy, yy + t * xy, c * xz - s * yz, s * xz + c * yz
        ux, uy, uz, vx, vy, vz = (
            c * ux - s * vx, c * uy - s * vy, c * uz - s * vz, s * ux + c * vx, s * uy + c * vy, s * uz + c * vz
        )  # fmt: skip
        t = _tangent(xx, zz, xz)
        c = 1.0 / math.sqrt(1.0 + t * t)
        s = t * c
        xx, zz, xy, yz = xx - t * xz, zz + t * xz, -s * yz, c * yz
        ux, uy, uz, wx, wy, wz = (
            c * ux - s * wx, c * uy - s * wy, c * uz - s * wz, s * ux + c * wx, s * uy + c * wy, s * uz + c * wz
        )  # fmt: skip
        t = _tangent(yy, zz, yz)
        c = 1.0 / math.sqrt(1.0 + t * t)
        s = t * c
        yy, zz, xy, xz = yy - t * yz, zz + t * yz, c * xy, s * xy
        vx, vy, vz, wx, wy, wz = (
            c * vx - s * wx, c * vy - s * wy, c * vz - s * wz, s * vx + c * wx, s * vy + c * wy, s * vz + c * wz
        )  # fmt: skip
        out[i], out[n + i], out[2 * n + i], out[3 * n + i], out[4 * n + i], out[5 * n + i] = xx, xy, xz, yy, 0.0, zz
        out[6 * n + i], out[7 * n + i], out[8 * n + i] = ux, uy, uz
        out[9 * n + i], out[10 * n + i], out[11 * n + i] = vx, vy, vz
        out[12 * n + i], out[13 * n + i], out[14 * n + i] = wx, wy, wz


@kernel
def _sorted(block, out):  # type: ignore[no-untyped-def]
    """Eigenvalues, descending, and the unit vector of the least: rows 0 to 5 of ``out``."""
    n = LANES
    for i in range(n):
        one, two, three = block[i], block[3 * n + i], block[5 * n + i]
        first = one <= two
        low, high = min(one, two), max(one, two)
        x = block[6 * n + i] if first else block[9 * n + i]
        y = block[7 * n + i] if first else block[10 * n + i]
        z = block[8 * n + i] if first else block[11 * n + i]
        pair = low <= three
        x, y, z = (
            x if pair else block[12 * n + i], y if pair else block[13 * n + i], z if pair else block[14 * n + i]
        )  # fmt: skip
        over = max(low, three)
        length = math.sqrt(x * x + y * y + z * z)
        out[i], out[n + i], out[2 * n + i] = max(high, over), max(min(high, over), 0.0), max(min(low, three), 0.0)
        out[3 * n + i], out[4 * n + i], out[5 * n + i] = x / length, y / length, z / length


@kernel
def _is_settled(block):  # type: ignore[no-untyped-def]
    """Whether another sweep would change nothing."""
    n, left = LANES, 0
    for i in range(n):
        xx, yy, zz = block[i], block[3 * n + i], block[5 * n + i]
        left += int(abs(block[n + i]) > SETTLED * abs(yy - xx))
        left += int(abs(block[2 * n + i]) > SETTLED * abs(zz - xx))
        left += int(abs(block[4 * n + i]) > SETTLED * abs(zz - yy))
    return left == 0


@kernel
def _solve(block, out):  # type: ignore[no-untyped-def]
    """Diagonalise the matrices in rows 0 to 5 of ``block``; returns the array that has the answers of ``_sorted``."""
    n = LANES
    block[6 * n :] = 0.0
    block[6 * n : 7 * n] = 1.0
    block[10 * n : 11 * n] = 1.0
    block[14 * n :] = 1.0
    for sweep in range(SWEEPS):
        _sweep(block, out)
        block, out = out, block
        if sweep > 0 and _is_settled(block):
            break
    _sorted(block, out)
    return out


@kernel
def fit_planes(x, y, z, index, first, count, qx, qy, qz, planes):  # type: ignore[no-untyped-def]
    """The orthogonal least-squares plane of every list: ``planes`` [9, n].

    Eigenvalues (ticks²), the unit normal, and the mean relative to q; NaN where there is no plane.
    """
    block, out, m = np.empty(ROWS * LANES), np.empty(ROWS * LANES), np.empty(9)
    for a in range(0, len(first), LANES):
        b = min(a + LANES, len(first))
        block[:] = 0.0
        for q in range(a, b):
            if count[q] < 3:
                planes[6, q] = np.nan
                continue
            moments(x, y, z, index, first[q], count[q], qx[q], qy[q], qz[q], m)
            planes[6, q], planes[7, q], planes[8, q] = m[0], m[1], m[2]
            for row in range(6):
                block[row * LANES + q - a] = m[3 + row]
        found = _solve(block, out)
        for q in range(a, b):
            if math.isnan(planes[6, q]):
                planes[:, q] = np.nan
                continue
            for row in range(6):
                planes[row, q] = found[row * LANES + q - a]
            if planes[1, q] <= FLAT * planes[0, q]:
                planes[3:6, q] = np.nan


@kernel
def describe_planes(planes, used, tick, numbers):  # type: ignore[no-untyped-def]
    """From planes in ticks, and how many points made each, the numbers (float32 [8, n]) of them in CRS units.

    Normal, standard deviation of unit weight sqrt(sum v² / (n - 3)) (NaN for three points, which leave none over),
    eigenvalues, and the height of q over the plane.  The eigenvalues in ``planes`` become CRS units, too.
    """
    area = tick**2
    for i in range(len(used)):
        nx, ny, nz = planes[3, i], planes[4, i], planes[5, i]
        numbers[0, i], numbers[1, i], numbers[2, i] = nx, ny, nz
        one, two, three = planes[0, i] * area, planes[1, i] * area, planes[2, i] * area
        planes[0, i], planes[1, i], planes[2, i] = one, two, three
        numbers[4, i], numbers[5, i], numbers[6, i] = one, two, three
        sigma = math.sqrt(three * used[i] / max(used[i] - 3, 1))
        numbers[3, i] = sigma if used[i] > 3 else np.nan
        numbers[7, i] = -(nx * (planes[6, i] * tick) + ny * (planes[7, i] * tick) + nz * (planes[8, i] * tick))
