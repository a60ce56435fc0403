# SPDX-License-Identifier: GPL-2.0-or-later
"""The synthetic points of a finished run, as they go to a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clouds.chunk import Column
from ..clouds.output_header import ExtraDimension
from ..jobs.folder import JobFolder
from .areas import AREA
from .cap import ranks
from .unit import POINT

DIMENSIONS = (
    ExtraDimension(AREA, "u1", "0 measured; 1-5, +100 unverified"),
    ExtraDimension("SyntheticResidual", "f4", "height minus plane of ground"),
    ExtraDimension("SyntheticSupport", "u2", "cells of ground in the plane"),
    ExtraDimension("SyntheticGap", "f4", "distance to nearest ground"),
    ExtraDimension("SyntheticDtm", "u1", "number of the DTM, from 1"),
)
AT_ONCE = 100_000


@dataclass(frozen=True)
class SyntheticPoints:
    """All points of the units ``names``, in Morton order, those of a rank of ``threshold`` or more left out."""

    folder: JobFolder
    names: list[str]
    threshold: int | None

    def parts(self) -> Iterator[NDArray[np.void]]:
        """Runs of records."""
        for points in self.uncapped():
            yield points if self.threshold is None else points[ranks(points) < self.threshold]

    def uncapped(self) -> Iterator[NDArray[np.void]]:
        """All accepted ones."""
        return self._records("points")

    def rejected(self) -> Iterator[NDArray[np.void]]:
        """Sites in holes that failed a test, or were not wanted unverified."""
        return self._records("rejected")

    def _records(self, array: str) -> Iterator[NDArray[np.void]]:
        for name in self.names:
            with self.folder.read_result(name) as result:
                total = result.shape(array)[0]
                for at in range(0, total, AT_ONCE):
                    yield result.rows(array, at, min(at + AT_ONCE, total)).view(POINT).reshape(-1)


def columns(points: NDArray[np.void], cell: float, class_: int, source_id: int) -> Mapping[str, Column]:
    """What a writer takes: positions in CRS units, and every dimension that is not 0."""
    ones = np.ones(len(points), np.uint8)
    found: dict[str, Any] = {
        "x": (points["ix"] + 0.5) * cell, "y": (points["iy"] + 0.5) * cell, "z": points["z"],
        "return_number": ones, "number_of_returns": ones, "classification": ones * np.uint8(class_),
        "synthetic": ones, "point_source_id": np.full(len(points), source_id, np.uint16),
    }  # fmt: skip
    for dimension, name in zip(DIMENSIONS, ("area", "residual", "support", "gap", "dtm"), strict=True):
        found[dimension.name] = points[name]
    return found
