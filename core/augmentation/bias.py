# SPDX-License-Identifier: GPL-2.0-or-later
"""The DTM against the ground before anything is filled: a shift that no correction may hide stops the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
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
    offset: float
    """The place of the bulk of the differences, however many others lie on one side of it."""
    astray: int
    """Samples farther than MAX_RESIDUAL from that."""
    by_dtm: Mapping[int, Bias] = field(default_factory=dict)
    """The same of each raster that gives a height to some samples, by number."""

    def as_json(self) -> dict[str, Any]:
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "by_dtm"}
        plain = {name: value if np.isfinite(value) else None for name, value in plain.items()}
        return plain | {"by_dtm": {str(n): bias.as_json() for n, bias in self.by_dtm.items()}} if self.by_dtm else plain

    def offsets(self) -> dict[int, float]:
        """What is to be taken off each raster: its own offset, or that of all where it has too few samples."""
        alone = len(self.by_dtm) == 1
        return {n: b.offset if alone or b.covered >= FEW else self.offset for n, b in self.by_dtm.items()}


def measure_bias(sample: NDArray[np.int64], lattice: Lattice, dtm: Dtm, lengths: Lengths) -> Bias:
    """The bias at the sample [n, 3] (lattice steps).

    Raises InputError, naming the likely cause, where that of the whole or of a raster is too large.
    """
    x, y = sample[:, 0] * lattice.step, sample[:, 1] * lattice.step
    ground = sample[:, 2] * float(lattice.value_step)
    heights, numbers = dtm.sample(x, y)
    covered = ~np.isnan(heights)
    if not covered.any():
        return Bias(len(sample), 0, *(np.nan,) * 5, 0)
    z, reference, numbers = ground[covered], heights[covered], numbers[covered]
    by_dtm: dict[int, Bias] = {}
    used = np.unique(numbers).tolist()
    for number in used:
        some = numbers == number
        by_dtm[number] = _bias(len(sample), z[some], reference[some], lengths)
        if len(used) > 1 and by_dtm[number].covered >= FEW:
            _refuse_far(f"DTM {number} of those given", by_dtm[number], z[some], reference[some], lengths)
    bias = _bias(len(sample), z, reference, lengths)
    _refuse_far("The DTM", bias, z, reference, lengths)
    return replace(bias, by_dtm=by_dtm)


def _bias(sampled: int, z: Floats, reference: Floats, lengths: Lengths) -> Bias:
    difference = reference - z
    median = float(np.median(difference))
    spread = 1.4826 * float(np.median(np.abs(difference - median)))
    low, high = (float(q) for q in np.quantile(difference, (0.05, 0.95)))
    offset = _bulk(difference)
    astray = int(np.count_nonzero(np.abs(difference - offset) > lengths.max_residual))
    return Bias(sampled, len(z), median, spread, low, high, offset, astray)


def _bulk(difference: Floats) -> float:
    """Median of what lies within three standard deviations of the middle of the shortest half.

    Parts of a DTM that are wrong lie on one side, and draw the median of all along (Rousseeuw and Leroy 1988,
    doi:10.1111/j.1467-9574.1988.tb01224.x, on the shortest half).
    """
    d = np.sort(difference)
    half = len(d) // 2 + 1
    widths = d[half - 1 :] - d[: len(d) - half + 1]
    first = int(np.argmin(widths))
    middle = float(np.median(d[first : first + half]))
    return float(np.median(d[np.abs(d - middle) <= 3 * 1.4826 * widths[first] / 2]))


def _refuse_far(name: str, bias: Bias, z: Floats, reference: Floats, lengths: Lengths) -> None:
    limit = STOP * lengths.max_residual
    if abs(bias.median) > limit or bias.spread > limit:
        raise InputError(
            f"{name} lies {bias.median:+.2f} (median) from {len(z):,} ground points, scattered by {bias.spread:.2f}, "
            f"and {limit:g} is allowed (twice MAX_RESIDUAL): {_cause(z, reference, bias, lengths)}."
        )


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
