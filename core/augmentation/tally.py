# SPDX-License-Identifier: GPL-2.0-or-later
"""What all units add up to: counts of what was generated, and of what became of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from .areas import AREAS, FLAGGED

if TYPE_CHECKING:
    from .synthetic import SyntheticPoints

REJECTED = ("near_ground", "max_gap", "no_area", "kept_empty", "step", "residual", "unverified_dropped", "cap")
"""Reasons: with the accepted they add up to the generated."""
Tally = Counter[str]


def tally_units(synthetic: SyntheticPoints) -> Tally:
    """The counts of all units."""
    counts: Tally = Counter()
    for name in synthetic.names:
        with synthetic.folder.read_result(name) as result:
            counts.update(result.header["counts"])
    return counts


def capped(before: Tally, synthetic: SyntheticPoints) -> Tally:
    """The same once MAX_POINTS was kept: what it left out is a reason of its own."""
    counts = Counter(before)
    for area in AREAS:
        counts[f"accepted_{area}"] = 0
    for points in synthetic.parts():
        for area, code in AREAS.items():
            counts[f"accepted_{area}"] += int(np.count_nonzero(points["area"] % FLAGGED == code))
    counts["accepted"] = sum(counts[f"accepted_{area}"] for area in AREAS)
    counts["cap"] = before["accepted"] - counts["accepted"]
    return counts
