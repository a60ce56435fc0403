# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading and spooling a LAZ beside nothing but decoding it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from made import ground, ground_cloud
from measure import Measured, interleaved

from .row import Outcome, Row

if TYPE_CHECKING:
    from session import Bench

DECODE = """
import sys, time, laspy
start = time.perf_counter()
with laspy.open(sys.argv[1]) as file:
    for chunk in file.chunk_iterator(int(sys.argv[2])):
        pass
print(time.perf_counter() - start)
"""
CHUNKS = (100_000, 2_000_000)
"""Points at once: what a reader in QGIS may decode without stalling the window, and what decodes fastest."""
OPTIONS = {"METHOD": "nearest", "RESOLUTION": 4}


def measure_reading(bench: Bench) -> Outcome:
    points = bench.points(10_000_000)
    cloud = ground_cloud(bench, ground(points))
    bench.warm(**OPTIONS)
    reading: list[float] = []

    def run() -> Measured:
        dem = bench.dem(cloud, "reading", **OPTIONS)
        reading.append(dem.report["phases"]["Reading"])
        return dem.measured

    runs = {"scree": run} | {f"{size:,}": partial(_decode, bench, cloud, size) for size in CHUNKS}
    found = interleaved(runs, bench.times(3))
    bare = {name: min(float(m.output) for m in some) for name, some in found.items() if name != "scree"}
    ours, ratio = min(reading), min(reading) / min(bare.values())
    return Outcome(
        f"{points / ours / 1e6:.1f} M points/s, {ratio:.2f}x the time of the fastest bare decode "
        f"({points / min(bare.values()) / 1e6:.1f} M points/s)",
        ratio <= 1.3,
        {"reading_seconds": reading, "bare_seconds": bare, "ratio": ratio},
        [
            f"Reading and spooling: {ours:.2f} s; bare decode in chunks of "
            + ", of ".join(f"{size} points: {seconds:.2f} s" for size, seconds in bare.items())
        ],
    )


def _decode(bench: Bench, cloud: Path, size: int) -> Measured:
    return bench.run([sys.executable, "-c", DECODE, str(cloud), str(size)], keep=False).require()


READING = Row(
    "reading",
    "Reading and spooling LAZ, 10 M points (phase Reading of a run), beside laspy's bare chunk iterator",
    "laspy + lazrs, 2 cores: LAZ 3.1 M points/s, LAS 40 M points/s",
    "within 1.3x of the bare decode",
    measure_reading,
)
