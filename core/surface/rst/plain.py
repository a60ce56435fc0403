# SPDX-License-Identifier: GPL-2.0-or-later
"""The plain mode: every segment fitted to its own points and its neighbors', and to nobody else's.

This is the interpolation of Agarwal, Arge and Danner (2006) and, in essence, of GRASS v.surf.rst.  The
surface has a small step at every segment border; the steps are measured and reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...jobs.job import Job
from ...tiles.lattice import Box
from ...tiles.store import Store
from ..contract import Queries
from .fits import Targets, count_queries
from .gaps import no_gaps
from .leaves import Integers, Leaves
from .segments import Segments
from .supports import Array, Supports
from .tree import FEWEST, PlainTree, find_tree


@dataclass(frozen=True)
class Plain(Segments):
    """Leaves that hold cells of one unit, and the points each sees."""

    tree: PlainTree
    seen: list[Integers]
    capped: int
    """Segments that saw too many points and kept the nearest."""

    def supports(self, first: int, last: int) -> Supports:
        """Points of leaves ``first`` to ``last`` - 1."""
        sizes = self.sizes[first:last]
        start = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=start[1:])
        points = self.tree.points.take(np.concatenate(self.seen[first:last]))
        west, south = (np.repeat(c[first:last] * self.per_cell, sizes) for c in (self.leaves.x0, self.leaves.y0))
        x, y = (points.x - west).astype(np.float64), (points.y - south).astype(np.float64)
        return Supports(start, x, y, points.v, points.w)

    def add_wide(self, targets: Targets, job: Job) -> int:
        """Add nothing: the paper has no second fits."""
        return 0


def find_plain(store: Store, targets: Targets, queries: Queries, segment_points: int, neighbor_points: int) -> Plain:
    """The paper's segments of one unit; those without queries are neither counted nor fitted."""
    per_cell = store.lattice.per_cell
    tree = find_tree(store, queries.box, segment_points)
    columns = ((n.box.x0, n.box.y0, n.level) for n in tree.nodes[: tree.core])
    leaves = Leaves(*np.array(list(columns), np.int64).reshape(-1, 3).T.copy())
    number, margin = np.empty(len(leaves), np.int64), np.zeros(len(leaves), np.int64)
    count_queries(leaves.x0, leaves.y0, leaves.level, margin, targets, number)
    wanted = np.flatnonzero(number)
    found = [tree.support(int(leaf), neighbor_points, per_cell) for leaf in wanted]
    seen = [index if len(index) >= FEWEST else index[:0] for index, _ in found]
    sizes = np.array([len(index) for index in seen], np.int64)
    capped = sum(cut for _, cut in found)
    some = leaves.take(wanted)
    return Plain(
        some, margin[wanted], sizes, number[wanted], neighbor_points, per_cell, no_gaps(len(some)), tree, seen, capped
    )


def border_queries(tree: PlainTree, box: Box, per_cell: int) -> list[tuple[Queries, Integers]]:
    """The middle of every cell edge between two leaves, asked of the leaf on either side.

    With each side comes the order of its queries: place ``order[i]`` is query ``i``.
    """
    x, y, dx, dy = tree.borders(box)
    place_x = (2 * (x - box.x0) + 1 + dx) * per_cell / 2
    place_y = (2 * (y - box.y0) + 1 + dy) * per_cell / 2
    sides = []
    for cx, cy in ((x, y), (x + dx, y + dy)):
        cell = (cy - box.y0) * (box.x1 - box.x0) + cx - box.x0
        order = np.argsort(cell, kind="stable")
        start = np.zeros(box.cells + 1, np.int64)
        np.cumsum(np.bincount(cell, minlength=box.cells), out=start[1:])
        sides.append((Queries(box, per_cell, place_x[order], place_y[order], start), order))
    return sides


def border_steps(sides: list[tuple[Queries, Integers]], values: list[Array]) -> Array:
    """How much the surface steps at each place where both sides have a value."""
    first, second = (np.empty(len(value)) for value in values)
    for side, (_, order), value in zip((first, second), sides, values, strict=True):
        side[order] = value
    step = np.abs(first - second)
    return step[np.isfinite(step)]
