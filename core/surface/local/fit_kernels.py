# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels from a list of neighbors to a value.  Sums run from the nearest point outwards: one order only."""

from __future__ import annotations

import numpy as np

from ...compiled import kernel

FLATTEST = 1e-6
"""Least ratio of the points' variances across and along: below it they lie on a line."""


@kernel
def _power(base, whole, part):  # type: ignore[no-untyped-def]
    """base ** (whole + part / 1024) for base in 0..1, by products and square roots (rounded alike everywhere)."""
    result, root = 1.0, base
    for _ in range(whole):
        result *= base
    while part:
        root = np.sqrt(root)
        part <<= 1
        if part & 1024:
            result *= root
            part &= 1023
    return result


@kernel
def inverse_distance(v, w, d2, index, found, whole, part, value):  # type: ignore[no-untyped-def]
    """Mean of neighbors weighted by w / d**p, p = 2 * (whole + part / 1024); on points, their mean; none: NaN."""
    for q in range(len(found)):
        if found[q] == 0:
            value[q] = np.nan
            continue
        # Relative to the nearest, so that a constant comes back as it is and no weight overflows.
        base, least = v[index[q, 0]], float(d2[q, 0])
        total, weights = 0.0, 0.0
        for j in range(found[q]):
            i = index[q, j]
            if d2[q, j] == 0:
                weight = w[i]
            elif least == 0:
                break
            else:
                weight = w[i] * _power(least / d2[q, j], whole, part)
            total += weight * (v[i] - base)
            weights += weight
        value[q] = base + total / weights


@kernel
def _end_of_weights(d2, found, limit2):  # type: ignore[no-untyped-def]
    """How many neighbors are used, and the d² at which their weights would reach 0."""
    k = len(d2) - 1
    if found > k:
        return k, max(1.0, float(d2[k]))  # 0 where all of them lie on the query
    if limit2 > 0:
        return found, float(limit2)
    return found, 2.0 * d2[found - 1] + 1.0


@kernel
def moving_plane(x, y, v, w, qx, qy, d2, index, found, limit2, value, slopes, degenerate):  # type: ignore[no-untyped-def]
    """Planes through all but the last of k + 1 neighbors; slopes [n, 2] per tick, NaN where degenerate.

    ``limit2`` is the d² of the search's radius, 0 for none.
    """
    for q in range(len(found)):
        value[q] = np.nan
        if found[q] == 0:
            continue
        used, end = _end_of_weights(d2[q], found[q], limit2)
        base, scale = v[index[q, 0]], 1.0 / np.sqrt(end)
        s, sx, sy, sv = 0.0, 0.0, 0.0, 0.0
        for j in range(used):
            i, t = index[q, j], 1.0 - d2[q, j] / end
            weight = w[i] * t * t
            s += weight
            sx += weight * (x[i] - qx[q]) * scale
            sy += weight * (y[i] - qy[q]) * scale
            sv += weight * (v[i] - base)
        if s == 0.0:
            # All are as far as the first left out, or at the very radius.
            value[q], degenerate[q] = base, True
            continue
        mx, my, mv = sx / s, sy / s, sv / s
        xx, xy, yy, xv, yv = 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(used):
            i, t = index[q, j], 1.0 - d2[q, j] / end
            weight = w[i] * t * t
            dx, dy, dv = (x[i] - qx[q]) * scale - mx, (y[i] - qy[q]) * scale - my, v[i] - base - mv
            xx += weight * dx * dx
            xy += weight * dx * dy
            yy += weight * dy * dy
            xv += weight * dx * dv
            yv += weight * dy * dv
        determinant = xx * yy - xy * xy
        value[q] = base + mv
        if not determinant > FLATTEST * (xx + yy) * (xx + yy):
            degenerate[q] = True
            continue
        a, b = (yy * xv - xy * yv) / determinant, (xx * yv - xy * xv) / determinant
        value[q] -= a * mx + b * my
        slopes[q, 0], slopes[q, 1] = a * scale, b * scale
