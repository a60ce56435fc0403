# SPDX-License-Identifier: GPL-2.0-or-later
"""A well mixed number for every place of the lattice: how samples are chosen without chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def lattice_hash(x: NDArray[np.integer], y: NDArray[np.integer]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64 (Steele, Lea & Flood 2014) over both coordinates."""
    h = x.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ y.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    for shift, multiplier in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(multiplier)
    return np.asarray(h ^ (h >> np.uint64(31)))
