# SPDX-License-Identifier: GPL-2.0-or-later
"""Normals and statistics of neighborhoods beside open3d, scipy and jakteristics; what formulas and filters add."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from made import Square, ground_cloud
from measure import Measured, interleaved
from session import FOLDER
from terrain import Survey

from .row import Outcome, Row, table, took, within

if TYPE_CHECKING:
    from session import Bench

DENSITY = 6.0
LIBRARIES = ("open3d", "scipy", "jakteristics")
PLAIN = "open3d, normals only"
"""Does less than is asked for: told beside the row, no measure of it."""
MEMORY_MB = 1024
TINY = 1_000
"""Points whose run is all start-up, for scree and for each library."""
NORMALS = {"NEIGHBORHOOD": "knn(k=10 dim=3d)", "FEATURES": "true"}
STATISTICS = {"ATTRIBUTE": "z", "FEATURES": "min,max,mean,std,pcount"}
Runs = dict[str, Callable[[], Measured]]


def survey(points: int) -> Survey:
    """Ground, trees, roofs and ponds at 6 points a square meter."""
    return Survey(points, DENSITY)


def measure_normals(bench: Bench) -> Outcome:
    few, many = bench.points(5_000_000), bench.points(10_000_000)
    _warm(bench, "normals", NORMALS)
    rows: list[tuple[str, ...]] = []
    ratios, plain, numbers, peaks = [], [], {}, []
    for points in (few, many):
        cloud = _cloud(bench, points)
        runs: Runs = {"scree": partial(_scree, bench, "normals", cloud, NORMALS)}
        runs |= _peers(bench, "normals", cloud, LIBRARIES if points == few else ("open3d",))
        if peers.has("open3d"):
            runs[PLAIN] = partial(peers.python_neighbors, bench, "open3d", "plain", cloud)
        best = _best(runs, bench.times(2))
        rows += [(name, f"{points:,}", f"{points / run.wall:,.0f}", *took(run)) for name, run in best.items()]
        less = best.get(PLAIN)
        plain.append(less.wall / best["scree"].wall if less else None)
        ratios.append(_ratio({name: run for name, run in best.items() if name != PLAIN}))
        numbers |= {f"{name}, {points}": run.numbers() for name, run in best.items()}
        peaks.append(best["scree"].peak_mb)
    known = [ratio for ratio in ratios if ratio]
    return Outcome(
        f"{_each((few, many), ratios)} the fastest of {', '.join(LIBRARIES)} beside it that make the same; "
        f"{_each((few, many), plain)} open3d making normals only; peak {peaks[0]:.0f} and {peaks[1]:.0f} MB",
        min(known) >= 2 and max(peaks) <= MEMORY_MB if known else None,
        {"ratios": ratios, "ratios_normals_only": plain, "peak_mb": peaks} | numbers,
        table(("run", "points", "points/s", "wall s", "cpu s", "peak MB"), rows),
    )


def _each(sizes: tuple[int, ...], ratios: list[float | None]) -> str:
    return ", ".join(f"{points / 1e6:g} M: {ratio:.2f}x" for points, ratio in zip(sizes, ratios) if ratio)


def measure_spheres(bench: Bench) -> Outcome:
    few, many = bench.points(1_000_000), bench.points(5_000_000)
    asked = {radius: {"NEIGHBORHOOD": f"sphere(r={radius})", **STATISTICS} for radius in (1, 3, 6)}
    _warm(bench, "pointstats", asked[1])
    runs: dict[tuple[str, int], Callable[[], Measured]] = {}
    for points, libraries in ((TINY, LIBRARIES), (few, LIBRARIES), (many, ("open3d",))):
        cloud = _cloud(bench, points)
        ours: Runs = {"scree": partial(_scree, bench, "pointstats", cloud, asked[1])}
        runs |= {(name, points): run for name, run in (ours | _peers(bench, "sphere", cloud, libraries)).items()}
    best = {key: min(some, key=lambda run: run.cpu) for key, some in interleaved(runs, bench.times(2)).items()}
    cpu = {key: run.cpu for key, run in best.items()}
    beyond = {name: max(0.01, cpu[name, few] - cpu[name, TINY]) for name, points in cpu if points == few}
    cloud = _cloud(bench, few)
    wider = {radius: _scree(bench, "pointstats", cloud, asked[radius]) for radius in (3, 6)}
    peaks = {1: best["scree", few].peak_mb} | {radius: run.peak_mb for radius, run in wider.items()}
    ratios = {
        "beyond start-up": _times(beyond),
        "with it": _times({name: cpu[name, few] for name in beyond}),
        "of whole runs of 5 M": _times({name: seconds for (name, points), seconds in cpu.items() if points == many}),
    }
    known = [ratios["beyond start-up"], ratios["of whole runs of 5 M"]]
    flat = max(peaks.values()) <= 1.1 * min(peaks.values())
    rows = [
        (name, f"{points:,}", "1", *took(run), f"{run.cpu - cpu[name, TINY]:.2f}")
        for (name, points), run in best.items()
    ]
    rows += [
        ("scree", f"{few:,}", str(radius), *took(run), f"{run.cpu - cpu['scree', TINY]:.2f}")
        for radius, run in wider.items()
    ]
    return Outcome(
        f"cpu s of the fastest of {', '.join(LIBRARIES)} beside it: "
        + ", ".join(f"{ratio:.2f}x {what}" for what, ratio in ratios.items() if ratio)
        + "; peak "
        + ", ".join(f"{peak:.0f} MB at r = {radius}" for radius, peak in peaks.items()),
        min(ratio for ratio in known if ratio) >= 2 and flat if all(known) else None,
        {"ratios": ratios, "beyond_start_up": beyond, "peak_mb": peaks}
        | {f"{name}, {points}": run.numbers() for (name, points), run in best.items()},
        table(("run", "points", "radius", "wall s", "cpu s", "peak MB", f"cpu s beyond {TINY:,} points"), rows),
    )


def _times(seconds: dict[str, float]) -> float | None:
    """How many times as long as scree the fastest of the others took."""
    others = [value for name, value in seconds.items() if name != "scree"]
    return min(others) / seconds["scree"] if others else None


def measure_context(bench: Bench) -> Outcome:
    cloud = _cloud(bench, bench.points(1_000_000))
    strip = "Generic[b.PointSourceId == PointSourceId]"
    # Intensities are about 900, so that the calculated circles are as large as the constant one.
    asked = {
        "constant": {"NEIGHBORHOOD": "circle(d=3.5)"},
        "calculated": {"NEIGHBORHOOD": "circle(d=Amplitude*0.00055+3)"},
        "contextual": {"NEIGHBORHOOD": "circle(d=3.5)", "NEIGHBOR_FILTER": strip},
        "both": {"NEIGHBORHOOD": "circle(d=Amplitude*0.00055+3)", "NEIGHBOR_FILTER": strip},
    }
    runs: Runs = {
        name: partial(_scree, bench, "pointstats", cloud, {**options, **STATISTICS}) for name, options in asked.items()
    }
    for run in runs.values():
        run()
    best = _best(runs, bench.times(2))
    cost = {name: run.wall / best["constant"].wall for name, run in best.items()}
    return Outcome(
        ", ".join(f"{name}: {factor:.2f}x" for name, factor in cost.items() if name != "constant")
        + " the time of a constant circle without a filter",
        max(cost.values()) <= 3,
        {"factors": cost} | {name: run.numbers() for name, run in best.items()},
        table(("run", "wall s", "cpu s", "peak MB"), ((name, *took(run)) for name, run in best.items())),
    )


def measure_cost(bench: Bench) -> Outcome:
    _warm(bench, "normals", NORMALS)
    clouds = {"empty": ground_cloud(bench, Square(10, 1.0), suffix=".las")}
    sizes = {f"{n / 1e6:g} M": bench.points(n) for n in (1_000_000, 10_000_000, 50_000_000)}
    clouds |= {name: _cloud(bench, n) for name, n in sizes.items()}
    large = list(sizes)[-1]
    runs: Runs = {
        name: partial(_scree, bench, "normals", cloud, NORMALS) for name, cloud in clouds.items() if name != large
    }
    found = interleaved(runs, bench.times(3)) | {large: [_scree(bench, "normals", clouds[large], NORMALS)]}
    cpu = {name: min(run.cpu for run in some) for name, some in found.items()}
    cost = {name: (cpu[name] - cpu["empty"]) / n * 1e6 for name, n in sizes.items()}
    first, *others = cost.values()
    peak = max(run.peak_mb for some in found.values() for run in some)
    return Outcome(
        ", ".join(f"{name}: {seconds:.2f}" for name, seconds in cost.items())
        + f" cpu microseconds a point beyond start-up; peak {peak:.0f} MB",
        all(within(other, first, 0.15) for other in others) and peak <= MEMORY_MB,
        {"cpu_microseconds": cost, "peak_mb": peak, "empty_cpu": cpu["empty"]},
        table(
            ("points", "wall s", "cpu s", "peak MB"), ((name, *took(r)) for name, some in found.items() for r in some)
        ),
    )


def _cloud(bench: Bench, points: int) -> Path:
    return ground_cloud(bench, survey(points), suffix=".las")


def _scree(bench: Bench, algorithm: str, cloud: Path, options: dict[str, str], *, keep: bool = True) -> Measured:
    out = FOLDER / "out" / f"{algorithm}.las"
    program = Path(shutil.which("qgis_process.bin") or "qgis_process").name
    command = [program, "--json", "run", f"scree:{algorithm}", f"--INPUT={cloud}"]
    command += [f"--{name}={value}" for name, value in options.items()]
    command += [f"--MAX_MEMORY={MEMORY_MB}", "--RESUME=false", f"--OUTPUT={out}"]
    measured = bench.run(command, keep=keep).require()
    assert json.loads(measured.output)["results"]["POINTS_WRITTEN"] > 0
    out.unlink()
    return measured


def _warm(bench: Bench, algorithm: str, options: dict[str, str]) -> None:
    """Compile the kernels."""
    _scree(bench, algorithm, _cloud(bench, 20_000), options, keep=False)


def _peers(bench: Bench, work: str, cloud: Path, libraries: tuple[str, ...]) -> Runs:
    return {name: partial(peers.python_neighbors, bench, name, work, cloud) for name in libraries if peers.has(name)}


def _best(runs: Runs, times: int) -> dict[str, Measured]:
    return {name: min(some, key=lambda run: run.wall) for name, some in interleaved(runs, times).items()}


def _ratio(best: dict[str, Measured]) -> float | None:
    """How many times as fast as the fastest of the others."""
    others = [run.wall for name, run in best.items() if name != "scree"]
    return min(others) / best["scree"].wall if others else None


NORMALS_ROW = Row(
    "normals",
    "Normals and covariance features of knn(k=10 dim=3d), 5 M and 10 M points, LAS to LAS, start-up included",
    "per 1 M: open3d 3.5 s (normals only), scipy cKDTree + NumPy 6.1 s, jakteristics about 8 s, PDAL 12.4 cpu s",
    "2x the fastest beside it that makes the same; peak at most 1 GB",
    measure_normals,
)
SPHERES = Row(
    "spheres",
    "Statistics of sphere(r=1) at 6 points/m², 1 M points beyond start-up, and whole runs of 5 M",
    "cpu s of 1 M: open3d 4.4 (covariances only), PDAL 11.5, scipy 12.6, jakteristics 14.9",
    "2x the fastest in cpu seconds, both; memory the same within 10 % at r = 1, 3, 6",
    measure_spheres,
)
CONTEXT = Row(
    "context",
    "A calculated circle, a contextual filter, and both, 1 M points",
    "-",
    "at most 3x the time of the constant, filterless run",
    measure_context,
)
COST = Row(
    "cost",
    "Normals: cost a point from 1 M over 10 M to 50 M, the smallest of three interleaved runs (50 M: one)",
    "-",
    "flat within 15 % in cpu seconds; peak at most 1 GB",
    measure_cost,
)
