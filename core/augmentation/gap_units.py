# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a diagnosis: of each unit the cells in holes, how far they are from ground, and in which area."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..tiles.store import Unit
from .areas import AREAS
from .holes import Holes
from .unit import UnitWork

if TYPE_CHECKING:
    from ..jobs.job import Job


@dataclass(frozen=True)
class GapWork:
    """Bands ``distance`` (NaN: no hole) and ``cause`` (0: none) of one unit after the other."""

    holes: Holes
    job: Job

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result: the one by which a mosaic finds it."""
        return UnitWork.name(unit)

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        return self.holes.cost(unit)

    def __call__(self, unit: Unit) -> None:
        box = self.holes.box(unit)
        counts: Counter[str] = Counter()
        asked = self.holes.footprint.window(box)
        found = self.holes.find(box, asked, counts)
        distance, cause = np.full(asked.shape, np.nan, np.float32), np.zeros(asked.shape, np.uint8)
        distance[found.row, found.column], cause[found.row, found.column] = found.gap, found.area
        counts["cells"] += int(np.count_nonzero(asked))
        for area, code in AREAS.items():
            counts[f"hole_{area}"] += int(np.count_nonzero(found.area == code))
        bands: dict[str, NDArray[Any]] = {"distance": distance, "cause": cause} if len(found.row) else {}
        self.job.folder.write_result(self.name(unit), {"box": list(box), "counts": dict(counts)}, bands)
        self.job.progress.advance(box.cells)
