# SPDX-License-Identifier: GPL-2.0-or-later
"""How far the spline is a guide beyond its points, found from the points themselves.

Half of the points of a sampled leaf's fit are left out.  Those of them in the leaf are predicted from the other
half, as a leaf at the rim of a gap must: once by the spline as it was chosen, once with the radial function of
gaps.py.  Below 1 the quotient of the mean absolute errors says that the spline alone is the better guide: so it
was on made, smooth grounds (0.44 to 0.97), and on few surveyed ones (0.95 to 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...compiled import kernel
from .fits import Spline
from .ladder import fit
from .leaves import Integers
from .solve import any_row
from .supports import Array, Supports

FEWEST = 8
"""Points a half needs."""
UNKNOWN = 1.0
"""The quotient where no leaf has so many."""


def error_quotient(supports: Supports, level: Integers, spline: Spline, gap_spline: Spline, per_cell: int) -> float:
    """Mean absolute error of ``spline`` at points of a half left out, over that of ``gap_spline``."""
    leaf = np.repeat(np.arange(len(level)), np.diff(supports.start))
    side = ((1 << level) * per_cell)[leaf].astype(np.float64)
    gone = np.where(leaf % 2 == 0, supports.x, supports.y) > side / 2
    own = (supports.x >= 0) & (supports.x < side) & (supports.y >= 0) & (supports.y < side)
    enough = np.bincount(leaf[~gone], minlength=len(level)) >= FEWEST
    kept, tested = _of(supports, leaf, ~gone, len(level)), _of(supports, leaf, gone & own & enough[leaf], len(level))
    errors = [_errors(kept, tested, some, per_cell) for some in (spline, gap_spline)]
    known = np.isfinite(errors[0]) & np.isfinite(errors[1])
    first, second = (float(np.sum(error[known])) for error in errors)
    return first / second if second > 0.0 else UNKNOWN


def _of(supports: Supports, leaf: Integers, chosen: NDArray[np.bool_], leaves: int) -> Supports:
    """The chosen points of every support."""
    start = np.r_[0, np.cumsum(np.bincount(leaf[chosen], minlength=leaves))].astype(np.int64)
    return Supports(start, *(column[chosen] for column in supports[1:]))


def _errors(kept: Supports, tested: Supports, spline: Spline, per_cell: int) -> Array:
    """Absolute errors at the points of ``tested`` of fits to ``kept``; NaN where a fit fails."""
    value = np.empty(len(tested.x))
    predict(kept, fit(kept, spline, per_cell), tested, spline, per_cell, value)
    error: Array = np.abs(value - tested.v)
    return error


@kernel
def predict(kept, fits, tested, spline, per_cell, value):  # type: ignore[no-untyped-def]
    """``value`` = the spline of each leaf at the points of the same leaf in ``tested``."""
    x, y, r, t = np.empty((4, len(tested.x)))
    for q in range(len(tested.x)):
        u, v = tested.x[q] / per_cell, tested.y[q] / per_cell
        x[q], y[q] = spline.xx * u + spline.xy * v, spline.yx * u + spline.yy * v
    for i in range(len(kept.start) - 1):
        first, last = tested.start[i], tested.start[i + 1]
        value[first:last] = fits.constant[i]
        for j in range(kept.start[i], kept.start[i + 1]):
            px, py, row = fits.x[j], fits.y[j], r[first:last]
            any_row(px, py, x[first:last], y[first:last], spline.radial, spline.table[0], t, row)
            for q in range(last - first):
                value[first + q] += fits.weights[j] * row[q]
