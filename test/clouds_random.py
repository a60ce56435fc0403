# SPDX-License-Identifier: GPL-2.0-or-later
"""Random clouds written by laspy, for the tests of readers and writers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import laspy
import numpy as np

COORDINATES = ("X", "Y", "Z")


def random_cloud(path: Path, point_format: int, points: int, seed: int = 1, extra: tuple[tuple[str, str], ...] = ()):
    """Write every dimension at random over its whole range; returns what was written (``laspy.LasData``)."""
    rng = np.random.default_rng(seed)
    header = laspy.LasHeader(version="1.4", point_format=point_format)
    header.scales, header.offsets = np.array([0.01, 0.01, 0.001]), np.array([500_000.0, 5_400_000.0, 100.0])
    for name, dtype in extra:
        header.add_extra_dim(laspy.ExtraBytesParams(name, dtype))
    cloud = laspy.LasData(header)
    record = laspy.ScaleAwarePointRecord.zeros(points, header=header)
    for dimension in header.point_format.dimensions:
        if dimension.name in COORDINATES:
            values = np.cumsum(rng.integers(-50, 51, points))
        elif dimension.name == "scanner_channel" and header.point_format.has_waveform_packet:
            continue  # lazrs 0.8 spoils wave packets where channels differ
        elif dimension.kind == laspy.DimensionKind.FloatingPoint:
            values = rng.normal(0, 1000, points)
        else:
            values = rng.integers(int(dimension.min), min(int(dimension.max), 1 << 40), points, endpoint=True)
        record[dimension.name] = values
    cloud.points = record
    cloud.update_header()
    cloud.write(str(path))
    return cloud


def run_limited(script: str, *arguments: str, seconds: int = 60) -> str:
    """Run Python in a process of its own, killed after a time; its output, stderr included."""
    root = Path(__file__).resolve().parent.parent / "build" / "plugins"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, timeout=seconds, check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr
