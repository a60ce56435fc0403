# SPDX-License-Identifier: GPL-2.0-or-later
"""The ground that supports a site: the nearest cells of ground in each quadrant, as far as the gap asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, hypot
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..neighborhood.search.lists import Targets
from ..neighborhood.search.nearest import nearest
from ..neighborhood.search.sectors import sector_numbers
from ..neighborhood.search.ticks import Ticks
from ..tiles.blocks import BLOCK_LEVEL, Blocks
from ..tiles.lattice import Box, Lattice
from ..tiles.points import Points
from ..tiles.store import Store
from .dtm import Dtm
from .lengths import Lengths
from .support_kernel import gather

if TYPE_CHECKING:
    from ..jobs.job import Job

QUADRANTS = 4
DEPTH = 4
"""Cells of ground taken of each quadrant, at least."""
AROUND = 2.0
"""The first radius is at least so many gap distances: a hole is seen from both of its sides."""

ROUND = 4.0
"""As far a quadrant without ground is looked at: a plane that hangs over one side only is no witness."""

Floats = NDArray[np.float64]


class ComparedGround:
    """The store of cells of ground as the search sees it here: ``w`` of a point is how far the DTM lies above it.

    NaN where the DTM has no height.
    """

    def __init__(self, store: Store, dtm: Dtm) -> None:
        self.store, self.dtm = store, dtm
        self.lattice: Lattice = store.lattice
        self.box: Box = store.box

    def read(self, box: Box) -> Points:
        return self._compared(self.store.read(box))

    def read_blocks(self, blocks: Blocks) -> Points:
        return self._compared(self.store.read_blocks(blocks))

    def blocks(self, box: Box) -> Blocks:
        return self.store.blocks(box)

    def walk(self, box: Box) -> Iterator[tuple[int, Blocks]]:
        return self.store.walk(box)

    def _compared(self, points: Points) -> Points:
        step = self.lattice.step
        heights, _ = self.dtm.sample(points.x * step, points.y * step)
        return replace(points, w=heights - points.v)


@dataclass(frozen=True)
class Support:
    """For each site [n, 4 * depth]: offset to each supporting cell of ground (CRS units), its height, DTM above it.

    ``found`` [n, 4] cells of each quadrant are valid, at the start of its part.
    """

    dx: Floats
    dy: Floats
    z: Floats
    above: Floats
    found: NDArray[np.int64]

    @staticmethod
    def empty(sites: int, depth: int) -> Support:
        shape = (sites, QUADRANTS * depth)
        dx, dy, z, above = (np.empty(shape) for _ in range(4))
        return Support(dx, dy, z, above, np.zeros((sites, QUADRANTS), np.int64))

    def take(self, sites: NDArray[np.int64]) -> Support:
        """That of some sites."""
        return Support(self.dx[sites], self.dy[sites], self.z[sites], self.above[sites], self.found[sites])

    @property
    def count(self) -> NDArray[np.int64]:
        return np.asarray(self.found.sum(axis=1))


def find_support(
    ground: ComparedGround, x: NDArray[np.int64], y: NDArray[np.int64], gap: Floats, min_neighbors: int,
    lengths: Lengths, ticks: Ticks, job: Job,
) -> Support:  # fmt: skip
    """The support of sites at ticks x, y, whose nearest ground is ``gap`` (CRS units) away.

    The radius is SEARCH_RADIUS, doubled until it is twice the gap distance, and on while fewer than
    ``min_neighbors`` cells are in it, or a quadrant has none within four gap distances; never beyond MAX_GAP.
    """
    support = Support.empty(len(x), max(DEPTH, min_neighbors))
    box = ground.box
    span = hypot(box.x1 - box.x0, box.y1 - box.y0) * float(ground.lattice.cell)
    farthest = span + float(gap.max(initial=0.0)) if lengths.max_gap is None else lengths.max_gap
    doublings = np.ceil(np.log2(np.maximum(AROUND * gap / lengths.search_radius, 1.0)))
    radius = np.minimum(lengths.search_radius * 2.0**doublings, farthest)
    left = np.arange(len(x))
    while len(left):
        reach2 = _squares(radius[left], ticks)
        _search(ground, x[left], y[left], reach2, left, support, ticks, job)
        few = support.count[left] < min_neighbors
        aside = (support.found[left] == 0).any(axis=1) & (radius[left] < ROUND * gap[left])
        left = left[(few | aside) & (radius[left] < farthest)]
        radius[left] = np.minimum(2 * radius[left], farthest)
    return support


def _squares(radius: Floats, ticks: Ticks) -> NDArray[np.int64]:
    found, place = np.unique(radius, return_inverse=True)
    return np.array([ticks.squared(float(r), "SEARCH_RADIUS") for r in found], np.int64)[place]


def _search(
    ground: ComparedGround, x: NDArray[np.int64], y: NDArray[np.int64], reach2: NDArray[np.int64],
    site: NDArray[np.int64], support: Support, ticks: Ticks, job: Job,
) -> None:  # fmt: skip
    rows = np.repeat(np.arange(len(x)), QUADRANTS)
    targets = replace(
        Targets.at(x[rows], y[rows]), reach2=reach2[rows],
        sector=np.tile(sector_numbers(QUADRANTS, False), len(x)),
    )  # fmt: skip
    depth = support.dx.shape[1] // QUADRANTS
    halo = ceil(float(np.sqrt(np.quantile(reach2, 0.5))) * ticks.size / float(ground.lattice.cell))
    box = targets.cells(ticks).grown(min(halo, 1 << BLOCK_LEVEL))
    store: Store = ground  # type: ignore[assignment]
    for found in nearest(store, box, targets, ticks, depth, job):
        c, lists = found.candidates, found.lists
        gather(
            found.query, found.targets.x, found.targets.y, lists.found, lists.index, c.x, c.y, c.v, c.w, site,
            depth, ticks.size, support.dx, support.dy, support.z, support.above, support.found,
        )  # fmt: skip
