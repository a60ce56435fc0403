# SPDX-License-Identifier: GPL-2.0-or-later
"""Arrays of points as the engines receive them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Points:
    """Points in canonical order: by Morton code of their cell, then y, x, value, weight.

    ``x``, ``y`` (int64) count lattice steps from CRS 0; ``v`` (float64) is the gridded value;
    ``w`` (float64) how many input points each stands for.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    v: NDArray[np.float64]
    w: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, index: NDArray[np.generic]) -> Points:
        """Those of a boolean mask or an index, in its order."""
        return Points(*(getattr(self, f.name)[index] for f in fields(self)))
