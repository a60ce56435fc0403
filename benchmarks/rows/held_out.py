# SPDX-License-Identifier: GPL-2.0-or-later
"""Real ground: a tenth of its points is left out and predicted from the others.

Which points are left out is decided by a hash of their place, so points at one place go together.
A surface is asked twice: directly at the place, and through its raster (bilinear, as users do).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from grids import rms
from made import Square
from session import SHARED
from surfaces import dem_raster, surface
from terrain import Terrain

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

DATA = SHARED / "data"
COMPARED = ("rst", "tin", "naturalneighbor")


class Ground(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    def take(self, index: np.ndarray) -> Ground:
        return Ground(self.x[index], self.y[index], self.z[index])

    @property
    def spacing(self) -> float:
        """Side of the square a point has to itself, within the 5 m cells that hold any."""
        cells = np.unique(np.stack((self.x // 5, self.y // 5)), axis=1).shape[1]
        return float(np.sqrt(25 * cells / len(self.x)))


class Score(NamedTuple):
    rmse: float
    p95: float


def measure_held_out(bench: Bench) -> Outcome:
    found = {name: _scores(bench, name, ground) for name, ground in _grounds(bench)}
    lost = [f"{name} ({way})" for name, (_, ways) in found.items() for way in ways if not _no_worse(ways[way])]
    lost_directly = [name for name in lost if name.endswith("(directly)")]
    absent = "" if DATA.exists() else "; no real clouds beside this checkout"
    rows = [
        (name, way, f"{resolution:g}", *(f"{ways[way][method][k]:.4f}" for k in (0, 1) for method in COMPARED))
        for name, (resolution, ways) in found.items()
        for way in ways
    ]
    head = ("cloud", "asked", "cell m", *(f"{what} {method}" for what in ("RMSE", "p95") for method in COMPARED))
    won = len(found) - len(lost_directly)
    return Outcome(
        f"RMSE and p95 of the default spline no worse than both on {won} of {len(found)} clouds"
        + (f"; worse: {', '.join(lost)}" if lost else "")
        + absent,
        None if absent else not lost_directly,
        {"lost": lost} | {name: {"cell": resolution, **ways} for name, (resolution, ways) in found.items()},
        table(head, rows),
    )


def _no_worse(scores: dict[str, Score]) -> bool:
    ours = scores["rst"]
    others = [scores[method] for method in COMPARED[1:]]
    return all(ours.rmse <= other.rmse and ours.p95 <= other.p95 for other in others)


def _grounds(bench: Bench) -> Iterable[tuple[str, Ground]]:
    """Ground points by name, in metres."""
    square = Square(bench.points(400_000), 6.25)
    rough = Terrain(terraces=True, ditches=True, walls=True)
    blocks = list(square.blocks(rough))
    yield "made: terraces, ditches, walls", Ground(*(np.concatenate([b[axis] for b in blocks]) for axis in "xyz"))
    if not DATA.exists():
        return
    airborne = DATA / "airborne"
    if not bench.quick:
        yield "bcts", las_ground(sorted((airborne / "bcts").glob("*.laz")))
        for path in (airborne / "ign" / "las_with_several_extra_byte_bloc.laz", airborne / "hexbin-crop.las"):
            yield path.stem, las_ground([path])
    for name in ("samp11", "samp61"):
        x, y, z, label = np.loadtxt(DATA / "isprs" / f"{name}.txt", unpack=True)
        yield name, Ground(x, y, z).take(label == 0)


def las_ground(paths: list[Path]) -> Ground:
    import laspy

    parts = []
    for path in paths:
        las = laspy.read(path)
        ground = np.asarray(las.classification) == 2
        parts.append([np.asarray(axis)[ground] for axis in (las.x, las.y, las.z)])
    return Ground(*(np.concatenate(column) for column in zip(*parts)))


def _scores(bench: Bench, name: str, ground: Ground) -> tuple[float, dict[str, dict[str, Score]]]:
    """Cell size, and by way of asking and method how far the predictions are off."""
    out = held_out(ground)
    resolution = 2.0 ** round(float(np.log2(ground.spacing)))
    training = bench.scratch / "training.las"
    write_las(training, ground.take(~out))
    test = ground.take(out)
    direct, bilinear = {}, {}
    for method in COMPARED:
        with surface(training, resolution, method=method) as asked:
            direct[method] = asked.at(test.x, test.y) - test.z
        raster = dem_raster(training, resolution, method=method, mask_distance=0.0)
        bilinear[method] = raster.bilinear(test.x, test.y) - test.z
    return resolution, {"directly": _common(direct), "in the raster": _common(bilinear)}


def _common(off: dict[str, np.ndarray]) -> dict[str, Score]:
    """Scores at the places where every method has a value."""
    common = np.logical_and.reduce([np.isfinite(values) for values in off.values()])
    return {m: Score(rms(v[common]), float(np.percentile(np.abs(v[common]), 95))) for m, v in off.items()}


def held_out(ground: Ground) -> np.ndarray:
    """A tenth of the points, by a hash of their millimetres (the finaliser of SplitMix64)."""
    x, y = (np.rint(axis * 1000).astype(np.int64).astype(np.uint64) for axis in (ground.x, ground.y))
    h = x * np.uint64(0x9E3779B97F4A7C15) + y * np.uint64(0xC2B2AE3D27D4EB4F)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (h ^ (h >> np.uint64(31))) % np.uint64(10) == 0


def write_las(path: Path, ground: Ground) -> None:
    """Ground points in millimetres, without a CRS."""
    import laspy

    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), np.array([float(np.floor(axis.min())) for axis in ground])
    points = laspy.ScaleAwarePointRecord.zeros(len(ground.x), header=header)
    points.x, points.y, points.z = ground
    points.classification[:] = 2
    with laspy.open(str(path), "w", header=header) as file:
        file.write_points(points)


HELD_OUT = Row(
    "held-out",
    "A tenth of the ground points predicted from the others: real clouds, and a made one with terraces, ditches, walls",
    "our own TIN and natural neighbor on the same points",
    "RMSE and p95 of the default spline no worse than either, on each",
    measure_held_out,
)
