# SPDX-License-Identifier: GPL-2.0-or-later
"""The sectors of the quadrant and octant modes: see sector_kernel for their numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sector_kernel import FLAT_OCTANT, QUADRANT, SOLID_OCTANT


def sector_numbers(sectors: int, solid: bool) -> NDArray[np.int64]:
    """The numbers of the 4 quadrants, or of the 8 octants of the plane or of space."""
    first = QUADRANT if sectors == 4 else SOLID_OCTANT if solid else FLAT_OCTANT
    return np.arange(first, first + sectors)
