# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast the spline is beside v.surf.rst, and what the very first run costs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from grids import read_raster
from made import Square, ground, ground_cloud
from measure import Measured, interleaved
from session import FOLDER, dem_command

from .row import METHODS, Outcome, Row, table, took

if TYPE_CHECKING:
    from session import Bench

RECORDED_GRASS = 1_890
"""Points a second of v.surf.rst on 100,000 points at 2.5 per square metre, 1 m cells, quiet machine of 2 cores."""


def measure_speed(bench: Bench) -> Outcome:
    points = bench.points(5_000_000)
    cloud = ground_cloud(bench, ground(points))
    bench.warm(METHOD="rst")
    few = bench.points(100_000)
    squares = {f"v.surf.rst, {density:g} per m2": Square(few, density) for density in (2.5, 6.25)}
    runs = {"scree": lambda: bench.dem(cloud, "speed", METHOD="rst").measured}
    if peers.has("GRASS"):
        for name, square in squares.items():
            runs[name] = _grass(bench, ground_cloud(bench, square))
    found = interleaved(runs, bench.times(2))
    rates = {name: (points if name == "scree" else few) / min(run.wall for run in some) for name, some in found.items()}
    ours = rates["scree"]
    ratios = {name: ours / rates.get(name, RECORDED_GRASS) for name in squares}
    first, second = ratios.values()
    source = "same session" if len(rates) > 1 else "recorded: 1,890 points/s"
    return Outcome(
        f"{ours:,.0f} points/s; {first:.0f}x v.surf.rst at the anchor's 2.5 points per m2, {second:.0f}x at 6.25 "
        f"({source})",
        first >= 150,
        {"points": points, "points_per_second": rates, "ratios": ratios}
        | {name: [run.numbers() for run in some] for name, some in found.items()},
        table(
            ("run", "points/s", "wall s", "cpu s", "peak MB"),
            ((name, f"{rates[name]:,.0f}", *took(run)) for name, some in found.items() for run in some),
        ),
    )


def _grass(bench: Bench, cloud: Path) -> Callable[[], Measured]:
    """A run of v.surf.rst over the cells of our own DEM; the import is done before and not counted."""
    grid = read_raster(bench.dem(cloud, "grid", keep=False, METHOD="nearest").dem).grid
    grass = peers.Grass.of(bench, cloud)
    return lambda: grass.spline(grid)[0]


def measure_compiling(bench: Bench) -> Outcome:
    cloud = ground_cloud(bench, Square(20_000, 6.25))
    found = {method: _first_and_second(bench, cloud, method) for method in METHODS[: 1 if bench.quick else None]}
    seconds = {method: max(0.0, first.wall - second.wall) for method, (first, second) in found.items()}
    first, second = found["rst"]
    stopped = _run(bench, cloud, "rst", fresh=True, interrupt_after=(first.wall + second.wall) / 2)
    slowest = max(seconds, key=lambda method: seconds[method])
    stopping = stopped.stopping if stopped.stopping is not None else float("nan")
    return Outcome(
        f"rst {seconds['rst']:.1f} s, slowest ({slowest}) {seconds[slowest]:.1f} s; interrupted meanwhile it ends "
        f"after {stopping:.1f} s with exit code {stopped.code}",
        max(seconds.values()) <= 30 and stopped.code != 0 and stopping <= 2,
        {"seconds": seconds, "stopping": stopping, "stopped_code": stopped.code},
        table(
            ("METHOD", "first run s", "second run s"),
            ((method, f"{a.wall:.1f}", f"{b.wall:.1f}") for method, (a, b) in found.items()),
        ),
    )


def _first_and_second(bench: Bench, cloud: Path, method: str) -> tuple[Measured, Measured]:
    return _run(bench, cloud, method, fresh=True).require(), _run(bench, cloud, method).require()


def _run(bench: Bench, cloud: Path, method: str, *, fresh: bool = False, interrupt_after: float = 0.0) -> Measured:
    """With a cache folder of kernels that only these runs use, emptied where ``fresh``."""
    cache = FOLDER / "fresh-cache"
    if fresh:
        shutil.rmtree(cache, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(cache.absolute())
    out = FOLDER / "out"
    command = dem_command([cloud], out / "compiling.tif", out / "compiling.json", {"METHOD": method})
    return bench.run(command, environment=environment, interrupt_after=interrupt_after)


COMPILING = Row(
    "compiling",
    "The first run of all, its kernels compiled: what it takes longer than the second",
    "a numba kernel compiles in 2-8 s",
    "at most 30 s, cancellable",
    measure_compiling,
)
SPEED = Row(
    "rst-speed",
    "RST, 5 M ground points, 6.25 points per m2, noise 0.03 m, LAZ to 1 m cells, start-up included",
    "v.surf.rst: 1,890 points/s (100,000 points at 2.5 per m2 in 52.9 s)",
    "at least 150x v.surf.rst in points/s",
    measure_speed,
)
