# SPDX-License-Identifier: GPL-2.0-or-later
"""What is searched for at given targets: the numbers a definition's text has come down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .region import Region

Mode = Literal["omnidirectional", "quadrant", "octant"]
SECTORS = {"omnidirectional": 1, "quadrant": 4, "octant": 8}


@dataclass(frozen=True)
class Knn:
    """The ``k`` (int64 [n], one for each target; below 1: none) nearest points, in space if ``solid``."""

    k: NDArray[np.int64]
    solid: bool = False
    mode: Mode = "omnidirectional"

    def take(self, index: NDArray[np.generic] | slice) -> Knn:
        """For some of the targets."""
        return Knn(self.k[index], self.solid, self.mode)


@dataclass(frozen=True)
class Both:
    """``first and second``: the second looks only at what the first found, so their order matters."""

    first: Knn | Region
    second: Knn | Region

    def take(self, index: NDArray[np.generic] | slice) -> Both:
        """For some of the targets."""
        return Both(self.first.take(index), self.second.take(index))


@dataclass(frozen=True)
class Either:
    """``knn or region``: both look at all points; a point found twice counts once."""

    knn: Knn
    region: Region

    def take(self, index: NDArray[np.generic] | slice) -> Either:
        """For some of the targets."""
        return Either(self.knn.take(index), self.region.take(index))


Plan = Knn | Region | Both | Either
