# SPDX-License-Identifier: GPL-2.0-or-later
"""How near the DEM is to the true ground, with nothing but default settings."""

from __future__ import annotations

import json
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import peers
from grids import errors_on_common_cells
from made import Square, ground, ground_cloud
from session import SHARED
from surfaces import dem_raster
from terrain import Terrain, score

from .row import METHODS, Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

UNIFORM, SPARSE_QUARTER = 0.0090, 0.0110
"""Largest RMSE, metres."""
ANCHOR = SHARED / "tools" / "make_terrain.py"
NOISES, DENSITIES, SEEDS = (0.01, 0.03, 0.1), (1.0, 6.25, 20.0), (1, 2, 3)


def measure_accuracy(bench: Bench) -> Outcome:
    points = bench.points(1_000_000)
    seeds = SEEDS[: bench.times(3)]
    found: dict[str, float] = {}
    for seed in seeds:
        cloud = ground_cloud(bench, ground(points, seed=seed), Terrain(seed))
        found[f"uniform, seed {seed}"] = _rmse(bench, cloud, Terrain(seed))
    found["sparse quarter"] = _rmse(bench, ground_cloud(bench, ground(points, 8.0)), Terrain())
    if ANCHOR.exists():
        for seed in seeds:
            found[f"uniform, seed {seed}, anchor's generator"] = _anchor_rmse(bench, points, 6.25, seed)
        found["sparse quarter, anchor's generator"] = _anchor_rmse(bench, points, 8.0, 1)
    limits = {name: UNIFORM if name.startswith("uniform") else SPARSE_QUARTER for name in found}
    worst = {kind: max(v for name, v in found.items() if name.startswith(kind)) for kind in ("uniform", "sparse")}
    return Outcome(
        f"RMSE {worst['uniform']:.4f} m at 6.25 points per m2 (worst of {len(seeds)} seeds and generators), "
        f"{worst['sparse']:.4f} m with the sparse quarter",
        all(found[name] <= limits[name] for name in found),
        found,
        table(("cloud", "RMSE m", "at most"), ((n, f"{v:.4f}", f"{limits[n]:.4f}") for n, v in found.items())),
    )


def _rmse(bench: Bench, cloud: Path, terrain: Terrain) -> float:
    return score(str(bench.dem(cloud, "accuracy").dem), terrain)["rmse"]


def _anchor_rmse(bench: Bench, points: int, density: float, seed: int) -> float:
    tool = [sys.executable, str(ANCHOR)]
    options = ["--points", str(points), "--density", str(density), "--seed", str(seed), "--ground-only", "--epsg", "0"]
    cloud = bench.cloud(
        f"anchor-{points}-{density:g}-{seed}.laz",
        lambda path: bench.run([*tool, "cloud", path, *options], keep=False).require(),
    )
    dem = bench.dem(cloud, "anchor").dem
    return json.loads(bench.run([*tool, "score", str(dem), "--seed", str(seed)], keep=False).require().output)["rmse"]


def measure_best(bench: Bench) -> Outcome:
    cases = list(product(SEEDS[: bench.times(3)], NOISES[: bench.times(3)], DENSITIES[: bench.times(3)]))
    found = {case: _all_methods(bench, *case) for case in cases}
    settings = sorted({case[1:] for case in cases})
    mean = {s: _mean([errors for case, errors in found.items() if case[1:] == s]) for s in settings}
    wins = sum(min(errors, key=lambda m: errors[m]) == "rst" for errors in found.values())
    lost = [s for s in settings if min(mean[s], key=lambda m: mean[s][m]) != "rst"]
    names = list(mean[settings[0]])
    absent = [peer for peer in ("SAGA", "startinpy") if not peers.versions()[peer]]
    return Outcome(
        f"the lowest RMSE of all {len(names)} methods in {wins} of {len(cases)} clouds, and over the seeds in "
        f"{len(settings) - len(lost)} of {len(settings)} settings"
        + "".join(f"; {peer} not installed" for peer in absent),
        None if absent and not lost else not lost,
        {"wins": wins, "clouds": len(cases), "lost": [list(s) for s in lost]}
        | {"rmse": [[*case, errors] for case, errors in found.items()]},
        table(
            ("noise m", "points per m2", *names),
            ((*s, *(_bold(mean[s][m], mean[s]) for m in names)) for s in settings),
        )
        + ["", "RMSE in metres over the cells where all of them have a value, root mean square of the seeds."],
    )


def _all_methods(bench: Bench, seed: int, noise: float, density: float) -> dict[str, float]:
    """RMSE by method on 200,000 points: ours with default options, and the peers that smooth or interpolate best."""
    terrain = Terrain(seed)
    cloud = ground_cloud(bench, Square(bench.points(200_000), density, noise, seed), terrain)
    rasters = {method: dem_raster(cloud, 1.0, method=method) for method in METHODS}
    grid = rasters["rst"].grid
    values: dict[str, np.ndarray] = {method: raster.values for method, raster in rasters.items()}
    if peers.has("SAGA"):
        values["SAGA B-splines"] = peers.saga_splines(bench, cloud, grid)
    if peers.has("startinpy"):
        for method in ("tin", "laplace", "nni"):
            values[f"startinpy {method}"] = peers.python_surface(bench, method, cloud, grid)[1]
    bench.commands.clear()  # hundreds of them
    return errors_on_common_cells(grid, values, terrain)


def _mean(some: list[dict[str, float]]) -> dict[str, float]:
    return {method: float(np.sqrt(np.mean([errors[method] ** 2 for errors in some]))) for method in some[0]}


def _bold(value: float, others: dict[str, Any]) -> str:
    return f"**{value:.4f}**" if value == min(others.values()) else f"{value:.4f}"


ACCURACY = Row(
    "accuracy",
    "Accuracy at 1 M points, 1 m cells, against the true ground, default settings",
    "on the density-8 cloud v.surf.rst 0.0244, TIN 0.0213, natural neighbor 0.0187, Laplace 0.0176, "
    "SAGA multilevel B-spline 0.0159",
    "RMSE at most 0.0090 at 6.25 points per m2 (3 seeds) and at most 0.0110 on the density-8 cloud with its sparse "
    "quarter",
    measure_accuracy,
)
BEST = Row(
    "best-of-all",
    "The same on 200,000 points: 3 seeds, noise 0.01, 0.03, 0.1 m, 1, 6.25, 20 points per m2, all methods",
    "our other methods, SAGA multilevel B-spline, startinpy TIN, Laplace, natural neighbor, same clouds",
    "the default spline has the lowest RMSE",
    measure_best,
)
