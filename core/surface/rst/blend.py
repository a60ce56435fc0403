# SPDX-License-Identifier: GPL-2.0-or-later
"""The blended mode: overlapping local splines, weighted so that the surface has no border.

Every leaf has a smooth weight that reaches a margin beyond it and vanishes there with its first two
derivatives; the surface is the weighted mean of the leaves' splines (partition of unity: Franke 1982,
Wendland 2005).  A leaf's fit is a function of the sealed numbers and of the points around it only,
so two units that share a leaf compute identical bytes.
"""

from __future__ import annotations

import numpy as np

from ...jobs.job import Job
from ...tiles.lattice import Box
from ...tiles.points import Points
from ...tiles.store import Store
from ..contract import Evaluation, Queries
from .basis import make_table
from .fits import Fits, Scale, Targets, add_values, fit_leaves
from .leaves import BLOCK_LEVEL, Leaves, Rule, find_leaves, margin
from .supports import Nearby, Supports, blocks_around, find_reaches, gather, index

NEAR = 2 << BLOCK_LEVEL
"""Cells around a unit that are always read: they decide the small leaves and hold their supports."""
BATCH_SECONDS = 0.05
SOLVE_RATE = 5e9
"""Multiplications a second while solving (for sizing batches only)."""
EVALUATE_RATE = 4e8


def _join(a: Points, b: Points) -> Points:
    return Points(*(np.concatenate(pair) for pair in ((a.x, b.x), (a.y, b.y), (a.v, b.v), (a.w, b.w))))


def read_around(store: Store, box: Box, rule: Rule, least: int) -> tuple[Leaves, Nearby]:
    """Leaves that reach into ``box`` and the points of all their supports."""
    n = BLOCK_LEVEL
    near = Box((box.x0 - NEAR) >> n << n, (box.y0 - NEAR) >> n << n, -(-(box.x1 + NEAR) >> n << n), -(-(box.y1 + NEAR) >> n << n))
    points = store.read(near)
    per_cell = store.lattice.per_cell
    leaves = find_leaves(store, box, points.x // per_cell, points.y // per_cell, rule)
    if len(leaves):
        far = store.read_blocks(blocks_around(store, leaves, near))
        points = _join(points, far)
    return leaves, index(points, per_cell)


def evaluate(store: Store, queries: Queries, rule: Rule, least: int, scale: Scale, smoothing: float, job: Job) -> Evaluation:
    leaves, near = read_around(store, queries.box, rule, least)
    reach, number = np.empty(len(leaves), np.int64), np.empty(len(leaves), np.int64)
    weight_reach = margin(leaves.level)
    find_reaches(near, leaves.x0, leaves.y0, leaves.level, weight_reach, least, reach, number)
    table = make_table()
    box = queries.box
    targets = Targets(
        box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0, queries.per_cell, queries.x, queries.y, queries.start, np.zeros(len(queries)), np.zeros(len(queries))
    )
    cost = number.astype(float) ** 3 / 3 / SOLVE_RATE + number * 4.0**leaves.level * 2.25 / EVALUATE_RATE
    group = np.floor(np.cumsum(cost) / BATCH_SECONDS)
    cuts = np.r_[0, np.flatnonzero(np.diff(group)) + 1, len(leaves)]
    for a, b in zip(cuts[:-1], cuts[1:]):
        job.progress.check()
        some = leaves.take(np.arange(a, b))
        start = np.r_[0, np.cumsum(number[a:b])]
        total = int(start[-1])
        supports = Supports(start, *(np.empty(total) for _ in range(4)))
        gather(near, some.x0, some.y0, some.level, reach[a:b], store.lattice.per_cell, supports)
        fits = Fits(*(np.empty(total) for _ in range(3)), np.empty(b - a))
        fit_leaves(supports, scale, store.lattice.per_cell, smoothing, table[0], fits)
        add_values(supports, fits, scale, some.x0, some.y0, some.level, weight_reach[a:b], table[0], targets)
    with np.errstate(invalid="ignore"):
        value = targets.top / targets.bottom
    return Evaluation(value)
