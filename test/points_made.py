# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds the tests of points write, and plain NumPy answers about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from scree.core.clouds.writer import write_cloud
from scree.core.points.job import work_points
from scree.core.points.options import PointOptions


def save(path: Path, xyz: Any, **columns: Any) -> str:
    """Write points rounded to millimeters."""
    x, y, z = (np.asarray(axis, np.float64) for axis in np.asarray(xyz).T)
    write_cloud(path, x, y, z, columns)
    return str(path)


def load(path: Path | str) -> Any:
    import laspy

    return laspy.read(str(path))


def lattice(cloud: Any) -> Any:
    """int64 [n, 3]: millimeters."""
    return np.rint(np.column_stack([cloud.x, cloud.y, cloud.z]) * 1000).astype(np.int64)


def run(engine: Any, inputs: Any, output: Path, neighborhood: str, *, kept: str = "all", **options: Any) -> Any:
    """Work a cloud and read the result."""
    inputs = (inputs,) if isinstance(inputs, str) else tuple(inputs)
    settings = {"max_memory": 1500, "threads": 2, **options}
    work_points(
        PointOptions(inputs=inputs, output=str(output), neighborhood=neighborhood, **settings), engine, kept=kept
    )
    return load(output)


def landscape(rng: Any, points: int, side: float = 60.0) -> Any:
    """A wavy ground with some vegetation, duplicates, and points on whole meters (cell borders)."""
    xy = rng.uniform(0, side, (points, 2))
    xy[: points // 10] = np.rint(xy[: points // 10])
    z = 3 * np.sin(xy[:, 0] / 9) + rng.normal(0, 0.05, points) + (rng.random(points) < 0.3) * rng.uniform(0, 8, points)
    xyz = np.column_stack([xy + [600_000, 5_000_000], z + 200])
    xyz[points // 2 : points // 2 + points // 20] = xyz[: points // 20]
    return xyz
