# SPDX-License-Identifier: GPL-2.0-or-later
"""The other interpolators beside the programs one would use for them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import peers
from grids import read_raster
from made import ground, ground_cloud
from measure import interleaved

from .row import Outcome, Row, table, took, within

if TYPE_CHECKING:
    from measure import Measured
    from session import Bench

MEMORY = {"MAX_MEMORY": 1024}
RECORDED_GDAL = 40_000
"""Points a second of gdal_grid invdistnn: 1 M in 25 s."""


def measure_tin(bench: Bench) -> Outcome:
    options = {"METHOD": "tin", **MEMORY}
    empty = bench.empty(**options)
    sizes = (bench.points(5_000_000), bench.points(10_000_000))
    clouds = {n: ground_cloud(bench, ground(n)) for n in sizes}

    def run(n: int) -> Measured:
        return bench.dem(clouds[n], f"tin-{n}", **options).measured

    found = interleaved({str(n): partial(run, n) for n in sizes}, bench.times(2))
    best = {n: min(found[str(n)], key=lambda r: r.wall) for n in sizes}
    rates = {n: n / max(0.1, run.wall - empty.wall) for n, run in best.items()}
    whole = {n: n / run.wall for n, run in best.items()}
    peaks = [run.peak_mb for run in best.values()]
    rows = [_line(f"scree, {n:,} points", n, run, empty) for n, run in best.items()] + _python_peers(bench, sizes[0])
    return Outcome(
        " and ".join(f"{rates[n]:,.0f} points/s at {n:,} ({whole[n]:,.0f} with start-up)" for n in sizes)
        + f"; peak {peaks[0]:.0f} and {peaks[1]:.0f} MB",
        min(rates.values()) >= 700_000 and within(peaks[1], peaks[0], 0.10),
        {"points_per_second": {str(n): r for n, r in rates.items()}, "peak_mb": peaks, "empty": empty.numbers()},
        table(("run", "points/s", "wall s", "cpu s", "peak MB"), rows),
    )


def _python_peers(bench: Bench, many: int) -> list[tuple[str, ...]]:
    rows = []
    for peer, method, points in (("startinpy", "tin", many), ("scipy", "scipy", bench.points(1_000_000))):
        if not peers.has(peer):
            rows.append((peer, "not installed", "", "", ""))
            continue
        cloud = ground_cloud(bench, ground(points))
        grid = read_raster(bench.dem(cloud, "grid", keep=False, METHOD="nearest").dem).grid
        measured, _ = peers.python_surface(bench, method, cloud, grid)
        rows.append(_line(f"{peer}, {points:,} points", points, measured))
    return rows


def _line(name: str, points: int, run: Measured, empty: Measured | None = None) -> tuple[str, ...]:
    seconds = run.wall - (empty.wall if empty else 0.0)
    return name, f"{points / max(0.1, seconds):,.0f}", *took(run)


def measure_idw(bench: Bench) -> Outcome:
    options = {"METHOD": "idw", **MEMORY}
    empty = bench.empty(**options)
    many, few = bench.points(10_000_000), bench.points(1_000_000)
    cloud, small = ground_cloud(bench, ground(many)), ground_cloud(bench, ground(few))
    runs: dict[str, Any] = {"scree": lambda: bench.dem(cloud, "idw", **options).measured}
    if peers.has("GDAL"):
        grid = read_raster(bench.dem(small, "grid", keep=False, METHOD="nearest").dem).grid
        runs["gdal_grid"] = lambda: peers.gdal_inverse_distance(bench, small, grid)
    found = {name: min(some, key=lambda r: r.wall) for name, some in interleaved(runs, bench.times(2)).items()}
    ours = many / max(0.1, found["scree"].wall - empty.wall)
    theirs = few / found["gdal_grid"].wall if "gdal_grid" in found else RECORDED_GDAL
    source = "same session" if "gdal_grid" in found else "recorded"
    rows = [_line(f"scree, {many:,} points", many, found["scree"], empty)]
    if "gdal_grid" in found:
        rows.append(_line(f"gdal_grid invdistnn, {few:,} points", few, found["gdal_grid"]))
    return Outcome(
        f"{ours:,.0f} points/s ({many / found['scree'].wall:,.0f} with start-up), {ours / theirs:.0f}x gdal_grid "
        f"({source})",
        ours >= 800_000 and ours >= 10 * theirs,
        {"points_per_second": ours, "ratio": ours / theirs, "empty": empty.numbers()}
        | {name: run.numbers() for name, run in found.items()},
        table(("run", "points/s", "wall s", "cpu s", "peak MB"), rows),
    )


TIN = Row(
    "tin",
    "TIN, 5 M and 10 M points; an empty run is subtracted",
    "PDAL Delaunay + face raster: 1 M in 1.9 s, 294 MB, grows with N; Whitebox 1.9 s, 815 MB; startinpy 4.3 s, 608 MB; "
    "scipy's Delaunay 0.19 M points/s; lasR claims 2.5 M points/s on a fast laptop",
    "at least 0.7 M points/s, memory flat",
    measure_tin,
)
IDW = Row(
    "idw",
    "IDW, 10 M points; an empty run is subtracted",
    "PDAL writers.gdal 1 M in 1.3 s (not installable here: recorded); gdal_grid invdistnn 1 M in 25 s",
    "at least 0.8 M points/s and 10x gdal_grid in the same run",
    measure_idw,
)
