# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether the DTM leads from a site to the ground around it without a step.

Terrain bends, so far inside a hole no plane tells a bad DTM from a hill.  But a patch that is wrong (a roof
left in the DTM, a pit, a shifted tile) has an edge: it is seen on the straight lines to the ground.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .dtm import Dtm
from .rays_kernel import largest_steps
from .support import QUADRANTS, Support

if TYPE_CHECKING:
    from ..jobs.job import Job

MOST_STRIDES = 64
"""Of a ray: longer ones take longer strides."""
AT_ONCE = 1 << 18
"""Positions sampled at once."""
BEFORE, BEYOND = 1, 2
"""Strides sampled beyond the ends: a step is told by the slopes before and behind it."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def smooth_quadrants(dtm: Dtm, x: Floats, y: Floats, support: Support, stride: float, limit: float, job: Job) -> Bools:
    """[n, 4]: whether the DTM has no step over ``limit`` between each site and the nearest support of each quadrant.

    ``x``, ``y`` are the sites (CRS units), ``stride`` the least distance between samples: the larger of
    a cell and a pixel.  A quadrant without support is not smooth.
    """
    depth = support.dx.shape[1] // QUADRANTS
    smooth = np.zeros((len(x), QUADRANTS), np.bool_)
    site, quadrant = np.nonzero(support.found > 0)
    dx, dy = support.dx[site, quadrant * depth], support.dy[site, quadrant * depth]
    length = np.hypot(dx, dy)
    strides = np.clip(np.ceil(length / stride), 1, MOST_STRIDES).astype(np.int64)
    # Longer strides bridge more bend: it grows with their square.
    allowed = limit * np.maximum(1.0, (length / strides / (4 * stride)) ** 2)
    batch = np.cumsum(strides + BEFORE + BEYOND + 1) // AT_ONCE
    for part in np.split(np.arange(len(site)), np.flatnonzero(np.diff(batch)) + 1):
        job.progress.check()
        steps = _largest(dtm, x[site[part]], y[site[part]], dx[part], dy[part], strides[part])
        smooth[site[part], quadrant[part]] = ~(steps > allowed[part])
    return smooth


def _largest(dtm: Dtm, x: Floats, y: Floats, dx: Floats, dy: Floats, strides: NDArray[np.int64]) -> Floats:
    """The largest step of the DTM on each ray; NaN heights make none."""
    number = strides + BEFORE + BEYOND + 1
    first = np.cumsum(number) - number
    ray = np.repeat(np.arange(len(x)), number)
    along = (np.arange(len(ray)) - first[ray] - BEFORE) / strides[ray]
    heights, _ = dtm.sample(x[ray] + along * dx[ray], y[ray] + along * dy[ray])
    out = np.empty(len(x))
    largest_steps(heights, first, number, out)
    return out


def ray_bytes() -> int:
    """Held while rays are looked at."""
    return AT_ONCE * 120
