# SPDX-License-Identifier: GPL-2.0-or-later
"""What MAX_POINTS leaves out where a wider spacing was not enough: an even thinning, decided once for the whole run.

A site's rank comes from its lattice index alone: the bits of a Bayer matrix of 1024 x 1024 sites, so the points
below any rank are spread as evenly as so few can be (Bayer 1973; Ulichney, Digital Halftoning, 1987).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .cap_kernel import rank_sites

BINS = 1 << 20
"""Ranks that are told apart."""


def ranks(points: NDArray[np.void]) -> NDArray[np.int64]:
    """The rank of each point, 0 to BINS - 1."""
    out = np.empty(len(points), np.int64)
    rank_sites(np.ascontiguousarray(points["ix"]), np.ascontiguousarray(points["iy"]), out)
    return out


def choose_threshold(parts: Iterable[NDArray[np.void]], most: int) -> int:
    """The rank below which at most ``most`` of all points lie; one pass over them."""
    counts = np.zeros(BINS, np.int64)
    for points in parts:
        counts += np.bincount(ranks(points), minlength=BINS)
    return int(np.searchsorted(np.cumsum(counts), most, side="right"))
