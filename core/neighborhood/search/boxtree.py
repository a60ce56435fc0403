# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree of boxes over points as they are stored: the sure path of a search, however the points lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import boxtree_kernel, region_kernel
from .candidates import Candidates
from .lists import LIST_ENTRIES, Lists, Targets
from .region import Region

if TYPE_CHECKING:
    from ...jobs.job import Job


@dataclass(frozen=True)
class BoxTree:
    """Boxes (int64 [nodes, 6]) over the candidates from ``first`` on; level l begins at starts[l], leaves first.

    A tree for searches in the plane has no heights, though its candidates may have.
    """

    candidates: Candidates
    first: int
    boxes: NDArray[np.int64]
    starts: NDArray[np.int64]

    @staticmethod
    def over(candidates: Candidates, solid: bool, first: int = 0) -> BoxTree:
        """The tree over ``candidates[first:]`` (at least one), which lie in an order that keeps near ones near."""
        starts = [0, -(-(len(candidates) - first) // boxtree_kernel.LEAF)]
        while starts[-1] - starts[-2] > 1:
            starts.append(starts[-1] + -(-(starts[-1] - starts[-2]) // boxtree_kernel.FAN))
        boxes = np.empty((starts[-1], 6), np.int64)
        boxtree_kernel.bound_leaves(candidates.x, candidates.y, candidates.z, solid, first, boxes[: starts[1]])
        for below, here, above in zip(starts, starts[1:], starts[2:], strict=False):
            boxtree_kernel.bound_nodes(boxes[below:here], boxes[here:above])
        return BoxTree(candidates, first, boxes, np.array(starts, np.int64))

    def nearest(self, targets: Targets, lists: Lists, job: Job) -> None:
        """Merge the nearest points of the tree into ``lists``, whose points all come before ``first``."""
        c, begin = self.candidates, 0
        while begin < len(targets):
            job.progress.check()
            begin = boxtree_kernel.nearest_in_tree(
                c.x, c.y, c.z, c.v, c.w, targets.solid, self.first, self.boxes, self.starts,
                targets.x, targets.y, targets.z, targets.reach2, targets.sector, begin,
                lists.d2, lists.index, lists.found,
            )  # fmt: skip

    def members(
        self, targets: Targets, region: Region, job: Job
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """All pairs (number of a target, candidate in its region), part after part.

        Ordered by target, then as the candidates are; a target's members may go on in the next part.
        """
        c, state = self.candidates, np.array([-1, 0])
        nodes, levels = np.empty(boxtree_kernel.STACK, np.int64), np.empty(boxtree_kernel.STACK, np.int64)
        row, index = np.empty(4 * LIST_ENTRIES, np.int64), np.empty(4 * LIST_ENTRIES, np.int64)
        while state[0] < len(targets):
            job.progress.check()
            filled = region_kernel.gather(
                c.x, c.y, c.z, self.first, self.boxes, self.starts,
                targets.x, targets.y, targets.z, region.limits, state, nodes, levels, row, index,
            )  # fmt: skip
            yield row[:filled], index[:filled]
