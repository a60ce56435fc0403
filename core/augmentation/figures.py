# SPDX-License-Identifier: GPL-2.0-or-later
"""What a report shows: residuals, gap distances, and where points were added and refused."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reports.figures import SIDE, Means, panel
from ..reports.histogram import Histogram
from ..tiles.lattice import Box
from .synthetic import SyntheticPoints


def make_figures(synthetic: SyntheticPoints, box: Box) -> list[dict[str, Any]]:
    """Panels of the accepted points and of the rejected sites; ``box`` holds all sites."""
    found = []
    for title, parts in (("Points added", synthetic.parts()), ("Sites refused", synthetic.rejected())):
        found += _panels(title, parts, box)
    return found


def _panels(title: str, parts: Iterator[NDArray[np.void]], box: Box) -> list[dict[str, Any]]:
    width, height = max(1, box.x1 - box.x0), max(1, box.y1 - box.y0)
    pixel = max(1, ceil(max(width, height) / SIDE))
    small = Means(ceil(width / pixel), ceil(height / pixel))
    residual, gap = Histogram(), Histogram()
    for points in parts:
        row, column = (box.y1 - 1 - points["iy"]) // pixel, (points["ix"] - box.x0) // pixel
        small.add(row, column, np.ones(len(points)))
        residual.add(points["residual"])
        gap.add(points["gap"])
    return [
        panel(f"{title}: number in each pixel", None, small.numbers),
        panel(f"{title}: residual, height minus the plane through the ground around", residual, None),
        panel(f"{title}: distance to the nearest ground", gap, None),
    ]
