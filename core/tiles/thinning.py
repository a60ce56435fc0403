# SPDX-License-Identifier: GPL-2.0-or-later
"""Thinning on a lattice anchored at CRS 0: the same points remain whatever order or file they came in.

A thinning cell is a raster cell cut in ``parts`` x ``parts`` (or a square of ``2**level`` cells), so
no thinning cell straddles two nodes of the quad tree.  Every cell keeps one point: the one nearest
to its center, or the mean.  Two kept points may lie near each other across the border of their cells;
where none may, ``apart`` thins.  Both are exact in integers, and a mean of sums does not care in what
order the sums were made, so pieces thinned apart join without a trace.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import kernel
from ..errors import InputError
from .ordering import cell_codes, sort_codes

LARGEST_SUM = 2.0**62
REFINEMENT = 16
"""A mean is stored on a lattice this many times finer than that of the points."""


@dataclass(frozen=True)
class Thinning:
    """``kind`` none, center or mean; the pitch is a cell / ``parts`` or, with parts 1, ``2**level`` cells."""

    kind: str = "none"
    parts: int = 1
    level: int = 0


@dataclass(frozen=True)
class Sums:
    """Partly thinned points, one for each thinning cell met, in the order of ``codes``.

    ``mean``: x, y, v are sums of n points, relative to the node's corner (v absolute);
    ``center``: they are the best point so far.
    """

    codes: NDArray[np.uint64]
    x: NDArray[np.int64]
    y: NDArray[np.int64]
    v: NDArray[np.int64]
    n: NDArray[np.int64]


def thin(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    v: NDArray[np.int64],
    corner: tuple[int, int],
    per_cell: int,
    rule: Thinning,
) -> Sums:
    """Thin points (lattice steps) of a node whose south-west corner is ``corner`` (lattice steps)."""
    pitch = per_cell << rule.level
    codes = np.empty(len(x), np.uint64)
    cell_codes(x, y, corner[0], corner[1], pitch, rule.parts, codes)
    one = np.ones(len(x), np.int64)
    return _join(Sums(codes, x - corner[0], y - corner[1], v, one), pitch, rule)


def join(a: Sums, b: Sums, per_cell: int, rule: Thinning) -> Sums:
    """Two parts of one node as one."""
    return _join(concatenated(a, b), per_cell << rule.level, rule)


def concatenated(a: Sums, b: Sums) -> Sums:
    """The rows of ``a``, then those of ``b``."""
    return Sums(
        np.concatenate((a.codes, b.codes)),
        np.concatenate((a.x, b.x)),
        np.concatenate((a.y, b.y)),
        np.concatenate((a.v, b.v)),
        np.concatenate((a.n, b.n)),
    )


def _join(s: Sums, pitch: int, rule: Thinning) -> Sums:
    codes, order = sort_codes(s.codes, 64)
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else np.empty(0, np.int64)
    out = Sums(codes[first], *(np.empty(len(first), np.int64) for _ in range(4)))
    if rule.kind == "mean":
        _refuse_large_sums(s.v, order, first)
        sum_runs(codes, order, s.x, s.y, s.v, s.n, out.x, out.y, out.v, out.n)
    else:
        nearest_of_runs(codes, order, pitch, rule.parts, s.x, s.y, s.v, s.n, out.x, out.y, out.v, out.n)
    return out


def _refuse_large_sums(v: NDArray[np.int64], order: NDArray[np.integer], first: NDArray[np.integer]) -> None:
    """Raise InputError where a sum would leave 64 bits: heights never, a time in microseconds can."""
    longest = int(np.diff(np.r_[first, len(v)]).max(initial=0))
    if float(np.abs(v).max(initial=0)) * longest < LARGEST_SUM:
        return
    sums = np.add.reduceat(v[order].astype(np.float64), first)
    if np.abs(sums).max() >= LARGEST_SUM:
        raise InputError(
            f"The values of {longest:,} points add up to {np.abs(sums).max():.1e} lattice steps; means are exact up to "
            f"{LARGEST_SUM:.1e}: set THINNING to nearest or none, or choose a finer RESOLUTION."
        )


@kernel
def sum_runs(codes, order, x, y, v, n, out_x, out_y, out_v, out_n):  # type: ignore[no-untyped-def]
    """Sum the rows of every run of equal codes (int64)."""
    at = -1
    for i in range(len(codes)):
        k = order[i]
        if i == 0 or codes[i] != codes[i - 1]:
            at += 1
            out_x[at], out_y[at], out_v[at], out_n[at] = x[k], y[k], v[k], n[k]
        else:
            out_x[at] += x[k]
            out_y[at] += y[k]
            out_v[at] += v[k]
            out_n[at] += n[k]


@kernel
def nearest_of_runs(codes, order, pitch, parts, x, y, v, n, out_x, out_y, out_v, out_n):  # type: ignore[no-untyped-def]
    """Of every run of equal codes the point nearest to the center of its thinning cell, and the sum of n.

    Distances are exact: everything is scaled by 2 * ``parts`` so that centers are whole numbers.
    Ties go to the smaller x, then y, then v.
    """
    at = -1
    best = np.int64(0)
    scale = 2 * parts
    for i in range(len(codes)):
        k = order[i]
        sx, sy = (x[k] % pitch) * parts // pitch, (y[k] % pitch) * parts // pitch
        dx = (x[k] % pitch) * scale - (2 * sx + 1) * pitch
        dy = (y[k] % pitch) * scale - (2 * sy + 1) * pitch
        d2 = dx * dx + dy * dy
        if i == 0 or codes[i] != codes[i - 1]:
            at += 1
            out_n[at] = 0
            better = True
        else:
            better = d2 < best
            if d2 == best:
                better = x[k] < out_x[at] or (
                    x[k] == out_x[at] and (y[k] < out_y[at] or (y[k] == out_y[at] and v[k] < out_v[at]))
                )
        out_n[at] += n[k]
        if better:
            best = d2
            out_x[at], out_y[at], out_v[at] = x[k], y[k], v[k]


def means(s: Sums) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Mean x, y from the node's corner in steps / REFINEMENT (rounded half up), and mean v (counts)."""
    x = (s.x * (2 * REFINEMENT) + s.n) // (2 * s.n)
    y = (s.y * (2 * REFINEMENT) + s.n) // (2 * s.n)
    return x, y, s.v / s.n
