# SPDX-License-Identifier: GPL-2.0-or-later
"""Where there are no points: holes are punched into real ground, and the removed points are the truth."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from grids import read_raster, rms, roughness
from session import FOLDER, SHARED
from surfaces import dem_raster

from .gaps_town import SURFACES, measure_town
from .held_out import Ground, las_ground, write_las
from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

AIRBORNE = SHARED / "data" / "airborne"
CLOUDS = (
    "bcts/bcts_2.laz",
    "lidR-Topography.laz",
    "bcts/bcts_1.laz",
    "bcts/bcts_3.laz",
    "bcts/bcts_4.laz",
    "ign/ign_292_6833_decimated.laz",
    "ign/ign_382_6565_cropped.laz",
    "ign/las_with_several_extra_byte_bloc.laz",
    "ahn3-laserchicken.laz",
    "hexbin-crop.las",
)
SEEDS = (7, 8, 9)
SHARE, MOST, LEAST = 0.15, 40, 3
"""Of the points that are removed; holes."""
DENSE = 4.0
"""Points per square metre from which cells are 0.5 m wide, not 1 m."""
RMSE, ROUGH = 1.03, 1.5
"""Most times natural neighbor's, on each cloud."""


class Score(NamedTuple):
    rmse: float
    rough: float
    """99th percentile of the largest second difference along rows or columns: boxes and ripples show here."""


def measure_gaps(bench: Bench) -> Outcome:
    town, town_lines = measure_town(bench)
    if not AIRBORNE.exists():
        return Outcome("no real clouds beside this checkout; the made town is below", None, {"town": town}, town_lines)
    clouds, seeds = CLOUDS[: 2 if bench.quick else len(CLOUDS)], SEEDS[: bench.times(3)]
    found = {(name, seed): _scores(bench, name, seed) for name, seed in product(clouds, seeds)}
    mean = {name: {s: _mean([found[name, seed][s] for seed in seeds]) for s in SURFACES} for name in clouds}
    ratio = {s: [m[s].rmse / m["naturalneighbor"].rmse for m in mean.values()] for s in SURFACES}
    met = [_good(m["default"], m["naturalneighbor"]) for m in mean.values()]
    head = ("cloud", *(f"{what} {s}" for what in ("RMSE m", "roughness m") for s in SURFACES))
    return Outcome(
        "RMSE over natural neighbor's, mean of the clouds: "
        + ", ".join(f"{s} {np.mean(ratio[s]):.3f}" for s in ("default", "blended", "surrounded"))
        + f"; the default within both limits on {sum(met)} of {len(clouds)}",
        all(met),
        {"scores": [[name, seed, scores] for (name, seed), scores in found.items()], "town": town},
        table(head, ((_short(n), *(f"{m[s][k]:.3f}" for k in (0, 1) for s in SURFACES)) for n, m in mean.items()))
        + town_lines,
    )


def _good(ours: Score, peer: Score) -> bool:
    return ours.rmse <= RMSE * peer.rmse and ours.rough <= ROUGH * peer.rough


def _mean(some: list[Score]) -> Score:
    return Score(*(float(np.mean(column)) for column in zip(*some)))


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _scores(bench: Bench, name: str, seed: int) -> dict[str, Score]:
    """Of each surface of one punched cloud."""
    ground = las_ground([AIRBORNE / name])
    gone = punched(ground, seed)
    path = bench.scratch / "punched.las"
    write_las(path, ground.take(~gone))
    cell = 0.5 if ground.spacing**-2 >= DENSE else 1.0
    removed, far = ground.take(gone), FOLDER / "out" / "gaps-distance.tif"
    scores = {}
    for surface, options in SURFACES.items():
        raster = dem_raster(path, cell, mask_distance=0.0, distance=str(far), **options)
        off = raster.bilinear(removed.x, removed.y) - removed.z
        distance = read_raster(far).values
        scores[surface] = Score(rms(off[np.isfinite(off)]), roughness(raster, distance))
    return scores


def punched(ground: Ground, seed: int) -> np.ndarray:
    """Which points lie in one of the holes: turned rectangles of 6 to 24 m, each centered on a point."""
    gone = np.zeros(len(ground.x), bool)
    for number, (middle, turn, half) in enumerate(_holes(len(ground.x), seed)):
        if number >= LEAST and gone.mean() >= SHARE:
            break
        dx, dy = ground.x - ground.x[middle], ground.y - ground.y[middle]
        along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        gone |= (np.abs(along) < half[0]) & (np.abs(across) < half[1])
    return gone


def _holes(points: int, seed: int) -> Iterator[tuple[int, float, np.ndarray]]:
    """Point in the middle, direction in radians and half sides of each hole."""
    rng = np.random.default_rng(seed)
    for _ in range(MOST):
        yield int(rng.integers(points)), float(rng.uniform(0, np.pi)), rng.uniform(6, 24, 2) / 2


GAPS = Row(
    "gaps",
    "Rectangles of 6 to 24 m, in all 15 % of the ground, removed from 10 real clouds (3 seeds) and predicted; "
    "and a made town",
    "our own natural neighbor and the blended spline on the same points",
    "the default: RMSE at most 1.03, roughness at most 1.5 times natural neighbor's on each cloud",
    measure_gaps,
)
