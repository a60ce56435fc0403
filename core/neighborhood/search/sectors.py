# SPDX-License-Identifier: GPL-2.0-or-later
"""The sectors of the quadrant and octant modes: see sector_kernel for their numbers."""

from __future__ import annotations

import numpy as np

_QUADRANT_SIDES = np.array([[0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0]], np.bool_)

SIDES_SEEN = np.concatenate([_QUADRANT_SIDES, np.repeat(_QUADRANT_SIDES, 2, axis=0), np.tile(_QUADRANT_SIDES, (2, 1))])
"""Which edges (west, south, east, north) of a box a search in each sector meets, from inside the box."""
