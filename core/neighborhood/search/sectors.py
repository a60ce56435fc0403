# SPDX-License-Identifier: GPL-2.0-or-later
"""The sectors of the quadrant and octant modes: see sector_kernel for their numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sector_kernel import FLAT_OCTANT, QUADRANT, SOLID_OCTANT

_QUADRANT_SIDES = np.array([[0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0]], np.bool_)

SIDES_SEEN = np.concatenate([_QUADRANT_SIDES, np.repeat(_QUADRANT_SIDES, 2, axis=0), np.tile(_QUADRANT_SIDES, (2, 1))])
"""Which edges (west, south, east, north) of a box a search in each sector meets, from inside the box."""


def sector_numbers(sectors: int, solid: bool) -> NDArray[np.int64]:
    """The numbers of the 4 quadrants, or of the 8 octants of the plane or of space."""
    first = QUADRANT if sectors == 4 else SOLID_OCTANT if solid else FLAT_OCTANT
    return np.arange(first, first + sectors)
