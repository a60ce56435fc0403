# SPDX-License-Identifier: GPL-2.0-or-later
"""The queries of one unit and the search for what holds them, with more of the store as they need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .mesh import FEWEST, forget_waiting, new_mesh, with_room
from .outside import ASKED, NONE
from .search import find_nearest, find_triangles, natural_surface

if TYPE_CHECKING:
    from ...jobs.job import Job
    from .window import Window

PENDING = 4096
"""Queries that may wait for blocks in one kernel call."""
CROWD, AHEAD = 256, 16
"""Of more queries that wait, one in so many goes ahead."""

Step = Callable[[NDArray[np.int64], int, NDArray[np.int64], NDArray[np.int64]], tuple[int, int]]
"""A kernel of search.py with all but its last arguments given."""
Found = tuple[NDArray[np.float64], "NDArray[np.float64] | None", dict[str, int]]
"""Values, derivatives (None: it has none) and counts."""


class Places:
    """Queries in half lattice steps from the corner of a window."""

    def __init__(self, window: Window, x: NDArray[np.float64], y: NDArray[np.float64], job: Job) -> None:
        self.window, self.x, self.y = window, x, y
        self._job = job

    def triangles(self) -> NDArray[np.int32]:
        """Corners [n, 3] of the certified Delaunay triangles; -1 outside the hull of all points."""
        corners, w = np.full((len(self.x), 3), -1, np.int32), self.window
        stride = 2.0 * w.store.lattice.per_cell

        def step(todo, first, pending, wanted):  # type: ignore[no-untyped-def]
            return find_triangles(
                w.tree, w.hull, w.outside, self.x, self.y, stride, todo, first, corners, pending, wanted
            )

        self._settle(step)
        return corners

    def natural(self, corners: NDArray[np.int32]) -> NDArray[np.float64]:
        """Sibson's interpolation where ``corners`` holds a triangle."""
        value, w = np.empty(len(self.x)), self.window
        mesh = new_mesh(FEWEST)

        def step(todo, first, pending, wanted):  # type: ignore[no-untyped-def]
            nonlocal mesh
            if first == 0:
                forget_waiting(mesh)
            at, number = natural_surface(
                w.tree, w.hull, w.outside, mesh, w.v, self.x, self.y, todo, first, corners, value, pending, wanted
            )
            mesh = with_room(mesh, at == first)
            return at, number

        self._settle(step)
        return value

    def nearest(self, points: int) -> Found:
        """Value of the nearest point, where no three of the ``points`` make a triangle."""
        found, w = np.empty(len(self.x), np.int32), self.window

        def step(todo, first, pending, wanted):  # type: ignore[no-untyped-def]
            return find_nearest(w.tree, w.outside, self.x, self.y, todo, first, found, pending, wanted)

        self._settle(step)
        return self.window.v[found], None, {"few_points" if points < 3 else "collinear": len(found)}

    def _settle(self, step: Step) -> None:
        """Run a search until no query waits for points that are not loaded.

        Where many wait, some go ahead: mostly the others then find loaded what they need.
        """
        waiting = [np.arange(len(self.x))]
        while waiting:
            todo, blocks = self._pass(step, waiting.pop())
            if len(todo):
                self.window.open(blocks[blocks != NONE])
                ahead = np.arange(len(todo)) % AHEAD == 0 if len(todo) > CROWD else np.ones(len(todo), np.bool_)
                waiting += [part for part in (todo[~ahead], todo[ahead]) if len(part)]

    def _pass(self, step: Step, todo: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Run a search once; returns the queries that wait and the blocks they wait for."""
        pending, wanted = np.empty(PENDING, np.int64), np.empty((PENDING, ASKED), np.int64)
        waiting, asked, first = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
        while first < len(todo):
            self._job.progress.check()
            first, number = step(todo, first, pending, wanted)
            waiting.append(pending[:number].copy())
            asked.append(np.unique(wanted[:number]))
        return np.unique(np.concatenate(waiting)), np.unique(np.concatenate(asked))
