# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree of boxes over points as they are stored: the sure path of a search, however the points lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import boxtree_kernel
from .candidates import Candidates
from .lists import Lists, Targets

if TYPE_CHECKING:
    from ...jobs.job import Job


@dataclass(frozen=True)
class BoxTree:
    """Boxes (int64 [nodes, 6]) over the candidates from ``first`` on; level l begins at starts[l], leaves first."""

    candidates: Candidates
    first: int
    boxes: NDArray[np.int64]
    starts: NDArray[np.int64]

    @staticmethod
    def over(candidates: Candidates, first: int = 0) -> BoxTree:
        """The tree over ``candidates[first:]`` (at least one), which lie in an order that keeps near ones near."""
        starts = [0, -(-(len(candidates) - first) // boxtree_kernel.LEAF)]
        while starts[-1] - starts[-2] > 1:
            starts.append(starts[-1] + -(-(starts[-1] - starts[-2]) // boxtree_kernel.FAN))
        boxes = np.empty((starts[-1], 6), np.int64)
        boxtree_kernel.bound_leaves(candidates.x, candidates.y, candidates.z, first, boxes[: starts[1]])
        for below, here, above in zip(starts, starts[1:], starts[2:], strict=False):
            boxtree_kernel.bound_nodes(boxes[below:here], boxes[here:above])
        return BoxTree(candidates, first, boxes, np.array(starts, np.int64))

    def nearest(self, targets: Targets, lists: Lists, job: Job) -> None:
        """Merge the nearest points of the tree into ``lists``, whose points all come before ``first``."""
        c, begin = self.candidates, 0
        while begin < len(targets):
            job.progress.check()
            begin = boxtree_kernel.nearest_in_tree(
                c.x, c.y, c.z, c.v, c.w, len(c.z) > 0, self.first, self.boxes, self.starts,
                targets.x, targets.y, targets.z, targets.reach2, targets.sector, begin,
                lists.d2, lists.index, lists.found,
            )  # fmt: skip
