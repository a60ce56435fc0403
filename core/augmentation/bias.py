# SPDX-License-Identifier: GPL-2.0-or-later
"""The DTM against the ground before anything is filled: a shift that no correction may hide stops the run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..tiles.lattice import Lattice
from .dtm import Dtm
from .lengths import Lengths

Floats = NDArray[np.float64]
STOP = 2.0
"""MAX_RESIDUALs by which the DTM may lie off as a whole, or scatter about the ground."""
FOOT = 0.3048
FEW = 30
"""Samples under which the offset is no more than a guess."""


@dataclass(frozen=True)
class Bias:
    """DTM minus ground at a sample of the ground points, vertical units of the clouds; NaN without any."""

    sampled: int
    covered: int
    """Samples at which the DTM has a height."""
    median: float
    spread: float
    """Median absolute deviation, times 1.4826: the standard deviation of a normal law."""
    low: float
    high: float
    """5 % and 95 % of the differences."""

    def as_json(self) -> dict[str, Any]:
        return {name: value if np.isfinite(value) else None for name, value in asdict(self).items()}


def measure_bias(sample: NDArray[np.int64], lattice: Lattice, dtm: Dtm, lengths: Lengths) -> Bias:
    """The bias at the sample [n, 3] (lattice steps).

    Raises InputError, naming the likely cause, where it is too large.
    """
    x, y = sample[:, 0] * lattice.step, sample[:, 1] * lattice.step
    ground = sample[:, 2] * float(lattice.value_step)
    heights, _ = dtm.sample(x, y)
    covered = ~np.isnan(heights)
    if not covered.any():
        return Bias(len(sample), 0, *(np.nan,) * 4)
    z, reference = ground[covered], heights[covered]
    difference = reference - z
    median = float(np.median(difference))
    spread = 1.4826 * float(np.median(np.abs(difference - median)))
    low, high = (float(q) for q in np.quantile(difference, (0.05, 0.95)))
    bias = Bias(len(sample), len(z), median, spread, low, high)
    limit = STOP * lengths.max_residual
    if abs(median) > limit or spread > limit:
        raise InputError(
            f"The DTM lies {median:+.2f} (median) from {len(z):,} ground points, scattered by {spread:.2f}, and "
            f"{limit:g} is allowed (twice MAX_RESIDUAL): {_cause(z, reference, bias, lengths)}."
        )
    return bias


def _cause(z: Floats, reference: Floats, bias: Bias, lengths: Lengths) -> str:
    """The likeliest reason, and what to do."""
    metre, limit = lengths.vertical_metre, STOP * lengths.max_residual
    extent_z, extent_dtm = (float(np.ptp(np.quantile(a, (0.05, 0.95)))) for a in (z, reference))
    if abs(float(np.median(z))) < 5 * metre and extent_z < 0.5 * extent_dtm:
        return "the cloud seems to hold heights above ground, the DTM heights above sea level; add the DTM to z first"
    for factor, theirs, ours in ((FOOT, "feet", "metres"), (1 / FOOT, "metres", "feet")):
        if np.median(np.abs(reference * factor - z)) <= min(limit, abs(bias.median) / 4):
            return f"the DTM seems to be in {theirs} and the cloud in {ours}; convert one of them"
    if bias.spread <= lengths.max_residual:
        return (
            "a constant shift is most likely another vertical datum, as heights above the ellipsoid against heights "
            "above the geoid; transform one of them"
        )
    if bias.low > -limit and bias.median > 0:
        return "the DTM seems to be a surface model of treetops and roofs; use a terrain model"
    return "the DTM seems to be of another place, CRS or time; check it, or raise MAX_RESIDUAL for a coarse one"
