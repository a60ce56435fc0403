# SPDX-License-Identifier: GPL-2.0-or-later
"""Closed-form leave-one-out errors: how smoothing is chosen, and how the surface is checked.

The error at point i of the spline through all points but i is lambda_i / (B^-1)_ii, B the bordered
system of solve.py (Dubrule 1983, Rippa 1999): one factorization gives it for every point of a fit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...compiled import kernel
from ...jobs.job import Job
from ...tiles.hashing import lattice_hash
from ...tiles.lattice import Box, Node
from .blend import find_blended
from .fits import Spline, largest, load_leaf
from .leaves import BLOCK_LEVEL, Integers, Rule
from .solve import assemble, factor, finish
from .supports import Supports

if TYPE_CHECKING:
    from ...tiles.store import Store

SAMPLE = 64
"""Leaves whose leave-one-out errors are compared."""
FIRST_LOOK = 32
"""How many of them say roughly where the best is."""
LEAVES_AT_ONCE = 32
TOGETHER_LEVEL = 6
"""Sampled leaves within 64 x 64 cells are looked up at once: on a small cloud many are."""
Sampled = tuple[Node, bool, Supports]
"""A leaf, whether it lies beside a hole, and its points."""
STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1))
TENSIONS = tuple(5.0 * 2.0 ** (i / 2) for i in range(-1, 9))
SMOOTHINGS = tuple(10.0 ** (i / 2) for i in range(-5, 4))


@kernel
def _own_last(supports, first, n, side, order):  # type: ignore[no-untyped-def]
    """``order``: the points around the leaf, then its own; returns how many are its own."""
    around, own = 0, n
    for j in range(n - 1, -1, -1):
        if 0 <= supports.x[first + j] < side and 0 <= supports.y[first + j] < side:
            own -= 1
            order[own] = j
    for j in range(n):
        if not (0 <= supports.x[first + j] < side and 0 <= supports.y[first + j] < side):
            order[around] = j
            around += 1
    return n - own


@kernel
def _invert_last(a, n, number, g):  # type: ignore[no-untyped-def]
    """``g`` = U'^-1 of the last ``number`` rows and columns of the factor U in ``a``: lower triangle, row by row."""
    base = n - number
    for i in range(number):
        row = g[i, : i + 1]
        row[:] = 0.0
        row[i] = 1.0
        for j in range(i):
            f = a[base + j, base + i]
            above = g[j, : j + 1]
            for k in range(len(above)):
                row[k] -= f * above[k]
        scale = 1.0 / a[base + i, base + i]
        for k in range(len(row)):
            row[k] *= scale


@kernel
def leave_one_out(supports, level, spline, per_cell, deviation, error):  # type: ignore[no-untyped-def]
    """Deviation (fitted - given) and leave-one-out error (predicted - given) of each leaf's own points.

    NaN for the points around the leaf, and where a fit fails.  Own points are eliminated last, so
    that their part of the diagonal of A^-1 comes from the last rows of the factor alone.
    """
    most = largest(supports)
    a, g = np.empty((most, most + 2)), np.empty((most, most))
    order = np.empty(most, np.int64)
    given, scratch = np.empty((4, most)), np.empty((7, most))
    deviation[:] = np.nan
    error[:] = np.nan
    for i in range(len(level)):
        first, side = supports.start[i], (1 << level[i]) * per_cell
        n = supports.start[i + 1] - first
        if n < 3:
            continue
        load_leaf(supports, i, spline, per_cell, given[0], given[1], given[2], given[3])
        number = _own_last(supports, first, n, side, order)
        for column in range(4):
            for j in range(n):
                scratch[column, j] = given[column, order[j]]
        x, y, z, w = scratch[0, :n], scratch[1, :n], scratch[2, :n], scratch[3, :n]
        r, c = scratch[4, :n], scratch[5, :n]
        assemble(x, y, z, w, spline.radial, spline.table[0], a, r, scratch[6])
        if not factor(a, n, n + 2):
            continue
        finish(a, r, c)
        bottom = 0.0
        for j in range(n):
            bottom += a[j, n + 1] * a[j, n + 1]
        _invert_last(a, n, number, g)
        for k in range(number):
            square = cross = 0.0
            for j in range(k, number):
                square += g[j, k] * g[j, k]
                cross += g[j, k] * a[n - number + j, n + 1]
            at = n - number + k
            deviation[first + order[at]] = w[at] * c[at]
            error[first + order[at]] = c[at] / (square - cross * cross / bottom)


def sample_leaves(store: Store, rule: Rule, job: Job) -> tuple[Supports, Integers]:
    """Supports and levels of leaves spread over the store, chosen by a hash of where they lie.

    Leaves beside a hole count only where there are no others: what is best there is not what is
    best elsewhere.
    """

    cells = _sample_cells(store)
    at: dict[tuple[int, int], Sampled] = {}
    for together in _neighborhoods(cells):
        job.progress.check()
        at |= _leaves_at(store, rule, together)
    found = [at[x, y] for x, y in cells.tolist()]
    inner = {node: points for node, beside_hole, points in found if not beside_hole}
    chosen = inner or {node: points for node, _, points in found}
    start = np.r_[0, np.cumsum([len(p.x) for p in chosen.values()])].astype(np.int64)
    columns = [np.concatenate([p[c] for p in chosen.values()] or [np.empty(0)]) for c in range(1, 5)]
    return Supports(start, *columns), np.array([node.level for node in chosen], np.int64)


def _leaves_at(store: Store, rule: Rule, cells: Integers) -> dict[tuple[int, int], Sampled]:
    """The leaf that holds each of ``cells`` [n, 2]."""
    x0, y0 = cells.min(axis=0).tolist()
    x1, y1 = cells.max(axis=0).tolist()
    found = find_blended(store, Box(x0, y0, x1 + 1, y1 + 1), rule)
    leaves = found.leaves
    at: dict[tuple[int, int], Sampled] = {}
    for x, y in cells.tolist():
        holds = (x >> leaves.level == leaves.x0 >> leaves.level) & (y >> leaves.level == leaves.y0 >> leaves.level)
        i = int(np.flatnonzero(holds)[0])
        node = Node(int(leaves.level[i]), x >> int(leaves.level[i]), y >> int(leaves.level[i]))
        at[x, y] = node, bool(found.extra_start[i] != found.extra_start[i + 1]), found.supports(i, i + 1)
    return at


def _sample_cells(store: Store) -> Integers:
    """The middle cells of the blocks with the smallest hashes [n, 2], by that hash."""
    best = np.empty((0, 3), np.uint64)
    for row in range(len(store.tiles)):
        blocks = store.tile_blocks(row)
        x, y = blocks.x0.astype(np.uint64), blocks.y0.astype(np.uint64)
        best = np.concatenate([best, np.stack([lattice_hash(x, y), x, y], axis=1)])
        best = best[np.argsort(best[:, 0], kind="stable")[:SAMPLE]]
    return best[:, 1:].astype(np.int64) + (1 << BLOCK_LEVEL >> 1)


def _neighborhoods(cells: Integers) -> list[Integers]:
    """The cells [n, 2], those of one node of ``TOGETHER_LEVEL`` together."""
    nodes = [tuple(node) for node in (cells >> TOGETHER_LEVEL).tolist()]
    where = np.array([nodes.index(node) for node in nodes])
    return [cells[where == i] for i in np.unique(where)]


@dataclass(frozen=True)
class Ladder:
    """Tensions and smoothings to choose from, and the spline they make."""

    tensions: tuple[float, ...]
    smoothings: tuple[float, ...]
    spline: Callable[[float, float], Spline]


def choose(supports: Supports, level: Integers, ladder: Ladder, per_cell: int, job: Job) -> tuple[float, float]:
    """The tension and the smoothing of least mean absolute leave-one-out error at sampled leaves.

    Descent on the grid of the ladder, from where most surveys end: the error has one valley, and the mean of the
    absolute errors does not let a few walls decide, as that of the squares does.
    """
    known: dict[tuple[int, int, int], float] = {}

    def score(i: int, j: int, leaves: int) -> float:
        if not (0 <= i < len(ladder.tensions) and 0 <= j < len(ladder.smoothings)):
            return np.inf
        if (i, j, leaves) not in known:
            job.progress.check()
            spline = ladder.spline(ladder.tensions[i], ladder.smoothings[j])
            known[i, j, leaves] = _mean_error(supports, level[:leaves], spline, per_cell, job.threads)
        return known[i, j, leaves]

    at = len(ladder.tensions) // 3, len(ladder.smoothings) // 3
    for step, ways, leaves in ((2, STEPS[:4], FIRST_LOOK), (1, STEPS, SAMPLE)):
        moved = True
        while moved:
            around = [(at[0] + dx * step, at[1] + dy * step) for dx, dy in ways]
            scores = [score(*place, leaves) for place in around]
            moved = min(scores) < score(*at, leaves)
            at = around[scores.index(min(scores))] if moved else at
    return ladder.tensions[at[0]], ladder.smoothings[at[1]]


def _mean_error(supports: Supports, level: Integers, spline: Spline, per_cell: int, threads: int) -> float:
    error = np.empty(int(supports.start[len(level)]))

    def work(first: int) -> None:
        last = min(first + LEAVES_AT_ONCE, len(level))
        inside = slice(int(supports.start[first]), int(supports.start[last]))
        start = supports.start[first : last + 1] - supports.start[first]
        some = Supports(start, *(column[inside] for column in supports[1:]))
        leave_one_out(some, level[first:last], spline, per_cell, np.empty(len(some.x)), error[inside])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(0, len(level), LEAVES_AT_ONCE)))
    known = np.abs(error[np.isfinite(error)])
    return float(known.mean()) if len(known) else np.inf
