# SPDX-License-Identifier: GPL-2.0-or-later
"""Small clouds with a known surface, written for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEST, SOUTH = 650_000.0, 6_860_000.0
Columns = dict[str, NDArray[np.float64]]


def height(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The true surface, metres."""
    return 100 + 3 * np.sin(x / 11.0) * np.cos(y / 17.0) + 0.05 * (x - WEST)


def ground(points: int, side: float, seed: int = 1, noise: float = 0.03) -> Columns:
    """Ground over a square of ``side`` metres, with an empty corner, some vegetation and a coincident pair."""
    rng = np.random.default_rng(seed)
    x, y = WEST + side * rng.random(points), SOUTH + side * rng.random(points)
    keep = (x - WEST > side / 5) | (y - SOUTH > side / 5)
    x, y = np.round(x[keep], 3), np.round(y[keep], 3)
    x[1], y[1] = x[0], y[0]
    z = height(x, y) + rng.normal(0, noise, len(x))
    kind = np.where(rng.random(len(x)) < 0.15, 5, 2)
    return {"x": x, "y": y, "z": z + (kind == 5) * 8, "classification": kind}


def write_cloud_file(path: Path, columns: Columns, order: NDArray[np.int64] | None = None) -> Path:
    """Write LAS or LAZ by the name of ``path``, in the given order."""
    import laspy

    order = np.arange(len(columns["x"])) if order is None else order
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [WEST, SOUTH, 0.0]
    las = laspy.LasData(header)
    las.x, las.y, las.z = (columns[axis][order] for axis in "xyz")
    las.classification = columns["classification"][order].astype(np.uint8)
    las.write(str(path))
    return path
