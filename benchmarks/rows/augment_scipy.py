# SPDX-License-Identifier: GPL-2.0-or-later
"""Filling holes beside the first system's way by scipy, in one process: reading aside, from points to judged sites."""

from __future__ import annotations

import gc
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import peer_ground
from augmented import MEMORY_MB, cloud_with_holes, dtm_of, reference, reference_grid
from grids import Raster
from session import FOLDER

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

WAYS = {"scipy, as it was": False, "scipy, the cheapest way": True}
"""And whether peer_ground is ``kind``."""
NOTE = (
    "From a LAS file. On our side what reading its columns alone takes is subtracted, on the other it is not counted: "
    "its points are in memory. `As it was`: a tree for each step, lists of all plants within 5 m of every site. Ours "
    "asks more of a site than that a mean of 8 heights is near the DTM: up to 16 cells of ground from four quadrants, "
    "a robust plane through them, no step of the DTM on the way there. `full` asks that of every site."
)
CLOUDS = ((1_000_000, 8.0), (21_000_000, 21.0))


def measure_scipy(bench: Bench) -> Outcome:
    rows, numbers, ratios = [], {}, {}
    for number, density in CLOUDS:
        points = bench.points(number)
        for strategy in ("intelligent", "full"):
            # Lists of all plants around a million sites would not fit.
            ways = {way: kind for way, kind in WAYS.items() if kind or (strategy == "intelligent" and density < 10)}
            found = _measure(bench, points, density, strategy, ways)
            best = {name: min(some) for name, some in found.items()}
            for name, seconds in best.items():
                ratio = seconds / best["scree"]
                ratios[number, strategy, name] = ratio
                rows.append((f"{points:,}", strategy, name, f"{seconds:.2f}", f"{ratio:.1f}x"))
            numbers[f"{points} {strategy}"] = found
    cheapest = {key[:2]: ratio for key, ratio in ratios.items() if key[2] == "scipy, the cheapest way"}
    (small, _), (large, _) = CLOUDS
    return Outcome(
        f"1 M points: {ratios[small, 'intelligent', 'scipy, as it was']:.1f}x the first system's way, "
        f"{cheapest[small, 'intelligent']:.1f}x the cheapest way by scipy ({cheapest[small, 'full']:.1f}x where every "
        f"site is filled); 21 M: {cheapest[large, 'intelligent']:.1f}x ({cheapest[large, 'full']:.1f}x)",
        ratios[small, "intelligent", "scipy, as it was"] >= 5,
        numbers,
        [*table(("points", "strategy", "way", "cpu s", "ratio"), rows), "", NOTE],
    )


def _measure(bench: Bench, points: int, density: float, strategy: str, ways: dict[str, bool]) -> dict[str, list[float]]:
    """Cpu seconds of interleaved runs by name."""
    cloud, dtm = cloud_with_holes(bench, points, density, ".las"), dtm_of(points, density)
    grid = reference_grid(points, density)
    raster = Raster(grid, reference(grid))
    few = bench.points(20_000)
    _scree(cloud_with_holes(bench, few, density, ".las"), dtm_of(few, density), strategy)  # compiles
    found: dict[str, list[float]] = {name: [] for name in ("scree", *ways)}
    for _ in range(bench.times(3 if points < 10_000_000 else 1)):
        found["scree"].append(_scree(cloud, dtm, strategy) - _reading(cloud))
        for name, kind in ways.items():
            found[name].append(peer_ground.fill(cloud, raster, strategy, kind)["cpu"])
            gc.collect()
    return found


def _scree(cloud: Path, dtm: Path, strategy: str) -> float:
    from scree.core.augmentation.job import augment_ground
    from scree.core.augmentation.options import AugmentOptions

    options: dict[str, Any] = {"strategy": strategy, "max_memory": MEMORY_MB, "threads": 2, "resume": False}
    options["growth"] = True  # the peer's points may still be in this process
    only = FOLDER / "out" / "synthetic.las"
    cpu = time.process_time()
    augment_ground(AugmentOptions(inputs=(str(cloud),), dtm=(str(dtm),), synthetic_only=str(only), **options))
    only.unlink()
    return time.process_time() - cpu


def _reading(cloud: Path) -> float:
    """Cpu seconds of our own reader for the columns that are needed."""
    from scree.core.clouds.collection import open_collection

    cpu = time.process_time()
    for source in open_collection([str(cloud)]).sources:
        with closing(source.chunks({"classification"})) as chunks:
            for _ in chunks:
                pass
    return time.process_time() - cpu


SCIPY = Row(
    "augment-scipy",
    "Filling holes by intelligent and by full, 1 M and 21 M points, candidates at 1 m: the work beyond reading",
    "chunked scipy cKDTree 1.7 cpu s at 1 M points, start and reading included (its old loop 33.5 s; one batched ball "
    "query 62 s and 10.9 GB)",
    "at least 5x the first system's chunked way in the same run, intelligent, 1 M points; beside it the cheapest way "
    "its steps can be done by scipy",
    measure_scipy,
)
