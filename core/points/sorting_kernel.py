# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels that put lists of neighbors in order, given a rank of the points they are of."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel


@kernel
def by_rank(first, count, index, rank, ranked, out):  # type: ignore[no-untyped-def]
    """Each list by the rank of its points; ``ranked[rank[i]]`` is i.  Lists lie one after the other in ``out``."""
    at = 0
    for q in range(len(first)):
        n = count[q]
        for j in range(n):
            out[at + j] = rank[index[first[q] + j]]
        out[at : at + n].sort()
        for j in range(n):
            out[at + j] = ranked[out[at + j]]
        at += n


@kernel
def _apart(a, b, reach):  # type: ignore[no-untyped-def]
    offset = max(-reach, min(reach, a - b))
    return offset * offset


@kernel
def by_distance(first, count, x, y, z, qx, qy, qz, reach, descending, out):  # type: ignore[no-untyped-def]
    """Each list, already by rank in ``out``, by squared distance from its query; equal ones stay as they are."""
    at = 0
    for q in range(len(first)):
        n = count[q]
        squared, held = np.empty(n, np.int64), out[at : at + n].copy()
        for j in range(n):
            i = held[j]
            squared[j] = _apart(x[i], qx[q], reach) + _apart(y[i], qy[q], reach)
            if len(z):
                squared[j] += _apart(z[i], qz[q], reach)
            if descending:
                squared[j] = -squared[j]
        order = np.argsort(squared, kind="mergesort")
        for j in range(n):
            out[at + j] = held[order[j]]
        at += n
