# SPDX-License-Identifier: GPL-2.0-or-later
"""The made town of town.py: the ground under its buildings is known, so every surface is scored there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import peers
from grids import Raster, read_raster, rms, roughness
from made import LAZ_BYTES
from session import FOLDER
from surfaces import dem_raster
from terrain import write_cloud
from town import Town, TownSurvey

from .held_out import las_ground, write_las
from .row import table

if TYPE_CHECKING:
    from session import Bench

CELL = 0.5
POINTS, DENSITY = 640_000, 4.0
SEEDS = (1, 2)
BINS = ((1, 2), (2, 3), (3, 5), (5, 8), (8, 12))
"""Metres from the nearest ground point."""
TRUTH = "truth"
SURFACES = {
    "default": {"method": "rst"},
    "blended": {"method": "rst", "segmentation": "blended"},
    "surrounded": {"method": "rst", "segmentation": "surrounded"},
    "naturalneighbor": {"method": "naturalneighbor"},
}


class Score(NamedTuple):
    rmse: list[float]
    """By bin."""
    rough: float
    """99th percentile of the second difference of cells in gaps."""


def measure_town(bench: Bench) -> tuple[dict[str, dict[str, Score]], list[str]]:
    """Scores by seed and surface, and the lines that show them."""
    found = {str(seed): dict(_scores(bench, seed)) for seed in SEEDS[: bench.times(len(SEEDS))]}
    head = ("seed", "surface", *(f"{low}-{high} m" for low, high in BINS), "roughness m")
    lines = table(
        head,
        (
            (seed, name, *(f"{e:.3f}" for e in s.rmse), f"{s.rough:.3f}")
            for seed, scores in found.items()
            for name, s in scores.items()
        ),
    )
    absent = [] if peers.has("GRASS") else [" v.surf.rst is left out: GRASS is not installed."]
    return found, [
        "",
        "A made town (benchmarks/town.py): RMSE under its buildings by the distance to the nearest ground point, "
        f"canals left out, cells of {CELL} m; roughness as above, beside the truth's own." + "".join(absent),
        "",
        *lines,
    ]


def _scores(bench: Bench, seed: int) -> Iterator[tuple[str, Score]]:
    town = Town(seed)
    survey = TownSurvey(bench.points(POINTS), DENSITY, seed=seed)
    name = f"Town-points-{survey.points}-density-{DENSITY:g}-seed-{seed}.laz"
    cloud = bench.cloud(name, lambda path: write_cloud(path, survey, town), survey.points * LAZ_BYTES / 1e6)
    far = FOLDER / "out" / "town-distance.tif"
    for name, options in SURFACES.items():
        raster = dem_raster(cloud, CELL, mask_distance=0.0, distance=str(far), **options)
        x, y = raster.grid.centers()
        true, distance = town(x, y), np.where(town.on_water(x, y), np.nan, read_raster(far).values)
        if name == next(iter(SURFACES)):
            yield TRUTH, _score(Raster(raster.grid, true), true, distance)
        yield name, _score(raster, true, distance)
    if peers.has("GRASS"):
        _, values = peers.Grass.of(bench, _ground_of(bench, cloud, seed)).spline(raster.grid)
        yield "v.surf.rst", _score(Raster(raster.grid, values), true, distance)


def _ground_of(bench: Bench, cloud: Path, seed: int) -> Path:
    """The ground points alone, for a program that knows no classes."""
    path = bench.scratch / f"town-ground-{seed}.las"
    write_las(path, las_ground([cloud]))
    return path


def _score(raster: Raster, true: np.ndarray, distance: np.ndarray) -> Score:
    off = np.where(np.isfinite(raster.values), raster.values - true, np.nan)
    errors = []
    for low, high in BINS:
        some = off[(distance >= low) & (distance < high)]
        errors.append(rms(some[np.isfinite(some)]))
    return Score(errors, roughness(raster, distance))
