# SPDX-License-Identifier: GPL-2.0-or-later
"""What grows with the cloud and what must not: speed, cost a point, memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from made import ground, ground_cloud, ground_folder
from measure import Measured, interleaved, require_disk
from session import FOLDER, DemRun
from surfaces import dem_raster

from .row import Outcome, Row, table, took, within

if TYPE_CHECKING:
    from session import Bench

MEMORY_MB = 1024
OPTIONS = {"METHOD": "rst", "MAX_MEMORY": MEMORY_MB}
DISK_BYTES = 100
"""For each point: the cloud, the sealed tree, the results."""
SMALL, MIDDLE, LARGEST = 1_000_000, 10_000_000, 100_000_000


def _largest(bench: Bench) -> DemRun:
    points = bench.points(LARGEST)
    require_disk(FOLDER, points * DISK_BYTES / 1e6)
    return bench.once(ground_cloud(bench, ground(points)), "large", **OPTIONS)


def measure_large(bench: Bench) -> Outcome:
    bench.warm(**OPTIONS)
    run = _largest(bench)
    rate, peak = bench.points(LARGEST) / run.measured.wall, run.measured.peak_mb
    return Outcome(
        f"{rate:,.0f} points/s ({run.measured.wall:.0f} s), peak {peak:.0f} MB",
        rate >= 250_000 and peak <= MEMORY_MB,
        {"points_per_second": rate, "phases": run.report["phases"]} | run.measured.numbers(),
        ["Seconds by phase: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in run.report["phases"].items())],
    )


def measure_scaling(bench: Bench) -> Outcome:
    empty = bench.empty(**OPTIONS)
    sizes = [bench.points(SMALL), bench.points(MIDDLE)]
    clouds = {n: ground_cloud(bench, ground(n)) for n in sizes}
    runs: dict[int, list[DemRun]] = {n: [] for n in sizes}

    def run(n: int) -> Measured:
        runs[n].append(bench.dem(clouds[n], f"scaling-{n}", **OPTIONS))
        return runs[n][-1].measured

    interleaved({str(n): partial(run, n) for n in sizes}, bench.times(3))
    sizes.append(bench.points(LARGEST))
    runs[sizes[-1]] = [_largest(bench)]
    cost = {n: (min(r.measured.cpu for r in runs[n]) - empty.cpu) / n for n in sizes}
    shares = _tree_share(clouds[sizes[1]])
    tree = sum(shares.values())
    first, second, third = (cost[n] for n in sizes)
    flat = within(second, first, 0.15) and within(third, second, 0.25)
    return Outcome(
        f"{first * 1e6:.2f}, {second * 1e6:.2f}, {third * 1e6:.2f} cpu microseconds a point; "
        f"tree and neighbors {tree:.0%} of the time at {sizes[1]:,} points",
        flat and tree <= 0.25,
        {"cpu_per_point": {str(n): c for n, c in cost.items()}, "empty_cpu": empty.cpu, "shares": shares},
        table(
            ("points", "wall s", "cpu s", "peak MB", "reading and sorting"),
            ((f"{n:,}", *took(r.measured), f"{r.reading_and_sorting:.0%}") for n, some in runs.items() for r in some),
        )
        + [
            "",
            f"An empty run, which is subtracted: {empty.wall:.1f} s, {empty.cpu:.1f} cpu s. Of the cpu time of one in "
            "this process: "
            + ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
            + ". Decoding the LAZ "
            "is part of reading and sorting in the table above, and of none of these.",
        ],
    )


def _tree_share(cloud: Path) -> dict[str, float]:
    """Shares of the cpu time of a run that go into building the tree, decoding apart, and into finding neighbors."""
    import laspy

    from scree.core.surface import dem
    from scree.core.surface.rst import engine

    bare = time.process_time()
    with laspy.open(cloud) as file:
        for _ in file.chunk_iterator(2_000_000):
            pass
    bare = time.process_time() - bare
    with (
        _timed(dem, "seal_points", time.process_time) as building,
        _timed(engine, "find_blended", time.thread_time) as finding,
    ):
        whole = time.process_time()
        dem_raster(cloud, 1.0)
        whole = time.process_time() - whole
    return {"building the tree": (sum(building) - bare) / whole, "finding neighbors": sum(finding) / whole}


@contextmanager
def _timed(module: ModuleType, name: str, clock: Callable[[], float]) -> Iterator[list[float]]:
    """What each call of a function of the module takes."""
    seconds: list[float] = []
    plain = getattr(module, name)

    def timed(*arguments: Any, **named: Any) -> Any:
        start = clock()
        try:
            return plain(*arguments, **named)
        finally:
            seconds.append(clock() - start)

    setattr(module, name, timed)
    try:
        yield seconds
    finally:
        setattr(module, name, plain)


def measure_memory(bench: Bench) -> Outcome:
    bench.warm(**OPTIONS)
    survey = ground(bench.points(MIDDLE))
    runs = {
        "10 M": bench.dem(ground_cloud(bench, survey), "memory", **OPTIONS),
        "10 M in 40 files": bench.dem(ground_folder(bench, survey), "memory-files", **OPTIONS),
        "100 M": _largest(bench),
    }
    peaks = {name: run.measured.peak_mb for name, run in runs.items()}
    least, most = min(peaks.values()), max(peaks.values())
    return Outcome(
        ", ".join(f"{name}: {peak:.0f} MB" for name, peak in peaks.items()) + f" of MAX_MEMORY={MEMORY_MB}",
        within(most, least, 0.10) and most <= MEMORY_MB,
        {"peak_mb": peaks},
    )


LARGE = Row(
    "large",
    "RST, 100 M points, MAX_MEMORY=1024, whole process",
    "the paper: 2,070 points/s in 1 GB",
    "at least 250,000 points/s sustained, peak resident at most 1,024 MB",
    measure_large,
)
SCALING = Row(
    "scaling",
    "Cost a point from 1 M over 10 M to 100 M, the smallest of three interleaved runs (100 M: one)",
    "the paper: near linear",
    "flat within 15 % in cpu seconds (100 M: 25 %); tree and neighbors at most 25 % of the time",
    measure_scaling,
)
MEMORY = Row(
    "memory",
    "Peak memory at 10 M, at 10 M in 40 files, at 100 M",
    "-",
    "the same within 10 %",
    measure_memory,
)
