# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of one covariance: moments of neighbors, eigenvalues, the direction of the least.

Offsets from the base point are whole ticks, so sums are exact integers wherever they fit (and floats
summed in the order of the list where they do not): no order of neighbors shows in the result.
"""

from __future__ import annotations

import math

import numpy as np

from ..compiled import kernel

SWEEPS = 16
"""Of Jacobi's method; 3 x 3 matrices converge quadratically in 3 to 6."""
FITS = 1 << 61
"""Below it a sum of products of ticks fits int64."""
FLAT = 1e-12
"""Eigenvalues in a lower ratio to the largest are zero: points on a line, or all in one place."""


@kernel
def moments(x, y, z, index, first, count, qx, qy, qz, out):  # type: ignore[no-untyped-def]
    """Means (3, relative to q) and covariances / n (xx, xy, xz, yy, yz, zz) of listed points, in ticks; ``out`` [9]."""
    far = 0
    sx, sy, sz, xx, xy, xz, yy, yz, zz = 0, 0, 0, 0, 0, 0, 0, 0, 0
    for j in range(first, first + count):
        i = index[j]
        dx, dy, dz = x[i] - qx, y[i] - qy, z[i] - qz
        far = max(far, abs(dx), abs(dy), abs(dz))
        sx += dx
        sy += dy
        sz += dz
        xx += dx * dx
        xy += dx * dy
        xz += dx * dz
        yy += dy * dy
        yz += dy * dz
        zz += dz * dz
    n = np.float64(count)
    if np.float64(far) * np.float64(far) * n < FITS:
        mx, my, mz = sx / n, sy / n, sz / n
        out[3], out[4], out[5] = xx / n - mx * mx, xy / n - mx * my, xz / n - mx * mz
        out[6], out[7], out[8] = yy / n - my * my, yz / n - my * mz, zz / n - mz * mz
        out[0], out[1], out[2] = mx, my, mz
        return
    mx = my = mz = np.float64(0.0)
    for j in range(first, first + count):
        i = index[j]
        mx += np.float64(x[i] - qx)
        my += np.float64(y[i] - qy)
        mz += np.float64(z[i] - qz)
    mx, my, mz = mx / n, my / n, mz / n
    out[:] = 0.0
    for j in range(first, first + count):
        i = index[j]
        fx, fy, fz = np.float64(x[i] - qx) - mx, np.float64(y[i] - qy) - my, np.float64(z[i] - qz) - mz
        out[3] += fx * fx / n
        out[4] += fx * fy / n
        out[5] += fx * fz / n
        out[6] += fy * fy / n
        out[7] += fy * fz / n
        out[8] += fz * fz / n
    out[0], out[1], out[2] = mx, my, mz


@kernel
def _rotate(a, v, p, q):  # type: ignore[no-untyped-def]
    """One rotation of Jacobi's method: makes a[p, q] zero (Golub and Van Loan, Matrix Computations, 8.5)."""
    if a[p, q] == 0.0:
        return
    tau = (a[q, q] - a[p, p]) / (2.0 * a[p, q])
    t = 1.0 / (abs(tau) + math.sqrt(1.0 + tau * tau))
    if tau < 0.0:
        t = -t
    c = 1.0 / math.sqrt(1.0 + t * t)
    s = t * c
    r = 3 - p - q
    apq = a[p, q]
    a[p, p] -= t * apq
    a[q, q] += t * apq
    a[p, q] = a[q, p] = 0.0
    arp, arq = a[r, p], a[r, q]
    a[r, p] = a[p, r] = c * arp - s * arq
    a[r, q] = a[q, r] = s * arp + c * arq
    for i in range(3):
        vp, vq = v[i, p], v[i, q]
        v[i, p] = c * vp - s * vq
        v[i, q] = s * vp + c * vq


@kernel
def eigen(m, a, v, plane):  # type: ignore[no-untyped-def]
    """Eigenvalues, descending, and the unit vector of the least, of the covariances m[3:9]; into plane [6].

    ``a``, ``v`` [3, 3] are scratch.  Returns False where the least has no direction of its own.
    """
    a[0, 0], a[1, 1], a[2, 2] = m[3], m[6], m[8]
    a[0, 1] = a[1, 0] = m[4]
    a[0, 2] = a[2, 0] = m[5]
    a[1, 2] = a[2, 1] = m[7]
    v[:] = 0.0
    v[0, 0] = v[1, 1] = v[2, 2] = 1.0
    size = a[0, 0] + a[1, 1] + a[2, 2]
    for _ in range(SWEEPS):
        rest = abs(a[0, 1]) + abs(a[0, 2]) + abs(a[1, 2])
        if rest <= 1e-18 * size:
            break
        _rotate(a, v, 0, 1)
        _rotate(a, v, 0, 2)
        _rotate(a, v, 1, 2)
    least = 0
    for i in range(1, 3):
        if a[i, i] < a[least, least]:
            least = i
    p, q = (least + 1) % 3, (least + 2) % 3
    high, low = max(a[p, p], a[q, q]), min(a[p, p], a[q, q])
    plane[0], plane[1], plane[2] = high, max(low, 0.0), max(a[least, least], 0.0)
    length = math.sqrt(v[0, least] ** 2 + v[1, least] ** 2 + v[2, least] ** 2)
    for i in range(3):
        plane[3 + i] = v[i, least] / length
    return low > FLAT * high
