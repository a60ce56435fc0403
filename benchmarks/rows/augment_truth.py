# SPDX-License-Identifier: GPL-2.0-or-later
"""Filled ground against the truth: made clouds with planted errors in the DTM, and real ground with punched holes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from augmented import MEMORY_MB, TERRAIN, cloud_with_holes, dtm_of, reference, reference_grid, write_dtm
from grids import Grid, Raster, read_raster, rms
from measure import MeasureError
from session import FOLDER, SHARED
from surfaces import dem_raster
from terrain import ORIGIN, Survey, Terrain, write_cloud

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

DENSITY = 8.0
PLANTED = 25
DISCS = ((60.0, 110.0, 40.0), (200.0, 220.0, 55.0), (230.0, 80.0, 30.0), (320.0, 320.0, 15.0), (40.0, 300.0, 8.0))
"""East and north of the corner, radius (m): the largest is as wide as a hall or a lake."""


@dataclass(frozen=True)
class Tilted:
    """A land that rises to the east by ``slope`` as well."""

    terrain: Terrain
    slope: float

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.terrain(x, y) + self.slope * (np.asarray(x) - ORIGIN[0])


NOTE = (
    "Errors are discs of 8 to 20 m radius, 2 to 5 m off; blurred: by 0.7 pixels (standard deviation), as a DTM "
    "resampled bilinearly has them. Among terraces MAX_RESIDUAL may be raised, which accepts errors as well."
)
TERRACED = "terraces of 1.5 m, ditches and walls of 1.2 m"
LANDS = {
    "hills": TERRAIN, "hills tilted by 45 degrees": Tilted(TERRAIN, 1.0),
    TERRACED: Terrain(terraces=True, ditches=True, walls=True),
}  # fmt: skip
HOLES = 12
SAMPLES = SHARED / "data" / "isprs"


def measure_truth(bench: Bench) -> Outcome:
    points = bench.points(1_000_000)
    cloud, grid = cloud_with_holes(bench, points, DENSITY), reference_grid(points, DENSITY)
    made = judged(cloud, grid, reference(grid))
    filled = FOLDER / "out" / "filled.las"
    _fill(cloud, dtm_of(points, DENSITY), output=str(filled))
    holes = _sites(cloud)[1]
    error = {name: _dem_error(path, holes) for name, path in (("without", cloud), ("with", filled))}
    wide = {name: judged(_wide(bench, name, points), grid, land(*grid.centers())) for name, land in LANDS.items()}
    asked = [made, *(wide[name] for name in LANDS if name != TERRACED)]
    wide["hills, errors with blurred edges"] = judged(
        _wide(bench, "hills", points), grid, LANDS["hills"](*grid.centers()), blur=0.7
    )
    return Outcome(
        f"{made.accepted:.2%} of {made.good:,} good sites accepted, {made.rejected:.2%} of {made.bad:,} in planted "
        "errors rejected; holes to 110 m wide: "
        + ", ".join(f"{name} {one.accepted:.2%} and {one.rejected:.2%}" for name, one in wide.items())
        + f"; RMSE of a DEM in the holes {error['without']:.3f} m without, {error['with']:.3f} m with filling",
        all(min(one.accepted, one.rejected) >= 0.99 for one in asked) and error["with"] <= error["without"] / 2,
        {"made": asdict(made), "wide": {name: asdict(one) for name, one in wide.items()}, "dem_rmse": error},
        table(
            ("land", "good sites", "accepted", "in planted errors", "rejected"),
            (
                (name, f"{one.good:,}", f"{one.accepted:.2%}", f"{one.bad:,}", f"{one.rejected:.2%}")
                for name, one in {"as surveyed": made, **wide}.items()
            ),
        )
        + ["", NOTE],
    )


@dataclass(frozen=True)
class Judged:
    """Sites no planted pixel is beside, the share of them that is accepted; sites on one, the share rejected."""

    good: int
    accepted: float
    bad: int
    rejected: float


def judged(cloud: Path, grid: Grid, heights: np.ndarray, blur: float = 0.0) -> Judged:
    """What becomes of the sites in holes where errors are planted in a DTM of these heights.

    ``blur``: of the edges of the errors, standard deviation in pixels, as resampling does it.
    """
    from scipy import ndimage

    wrong = ndimage.gaussian_filter(_planted(grid), blur) if blur else _planted(grid)
    bad, only = write_dtm(FOLDER / "out" / "bad.tif", grid, heights + wrong), FOLDER / "out" / "only.las"
    sites, _ = _sites(cloud)
    _fill(cloud, bad, synthetic_only=str(only))
    kept, asked = _codes(*_places(only)), _codes(*sites)
    clear, planted = _judgement(grid, wrong, sites)
    accepted, leaked = (float(np.isin(asked[some], kept).mean()) for some in (clear, planted))
    return Judged(int(clear.sum()), accepted, int(planted.sum()), 1 - leaked)


def _wide(bench: Bench, name: str, points: int) -> Path:
    """A survey of a land, discs of its ground taken out."""
    import laspy

    def make(path: str) -> None:
        write_cloud(path, Survey(points, DENSITY), LANDS[name])
        las = laspy.read(path)
        keep = np.ones(len(las.points), bool)
        for east, north, radius in DISCS:
            inside = np.hypot(las.x - ORIGIN[0] - east, las.y - ORIGIN[1] - north) < radius
            keep &= ~(inside & (las.classification == 2))
        las.points = las.points[keep]
        las.write(path)

    return bench.cloud(f"wide-{points}-{name.replace(' ', '-')}.las", make, points * 40 / 1e6)


def _planted(grid: Grid) -> np.ndarray:
    """Discs of 8 to 20 m radius that are 2 to 5 m off."""
    rng, (x, y) = np.random.default_rng(1), grid.centers()
    wrong = np.zeros(x.shape)
    for _ in range(PLANTED):
        cx, cy = grid.west + rng.random() * grid.columns, grid.south + rng.random() * grid.rows
        wrong[np.hypot(x - cx, y - cy) < rng.uniform(8, 20)] = rng.choice([-1, 1]) * rng.uniform(2, 5)
    return wrong


def _judgement(grid: Grid, wrong: np.ndarray, sites: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Which sites no planted error is beside, and which stand on one of two metres or nearly."""
    from scipy import ndimage

    at = ((grid.north - sites[1]).astype(int), (sites[0] - grid.west).astype(int))
    return ~ndimage.maximum_filter(np.abs(wrong) > 0.05, 3)[at], (np.abs(wrong) >= 1.9)[at]


def _sites(cloud: Path) -> tuple[tuple[np.ndarray, np.ndarray], Raster]:
    """x and y of the sites in holes, and the raster of scree:groundgaps they are from."""
    from scree.core.augmentation.gap_job import GapOutputs, find_gaps
    from scree.core.augmentation.options import AugmentOptions

    path = FOLDER / "out" / "gaps.tif"
    find_gaps(
        AugmentOptions(inputs=(str(cloud),), dtm=(), strategy="gaps", max_memory=MEMORY_MB), GapOutputs(str(path))
    )
    raster = read_raster(path)
    inside = raster.values > 0
    x, y = raster.grid.centers()
    return (x[inside], y[inside]), raster


def _fill(cloud: Path, dtm: Path, **options: Any) -> dict[str, Any]:
    from scree.core.augmentation.job import augment_ground
    from scree.core.augmentation.options import AugmentOptions

    settings = {"strategy": "gaps", "max_memory": MEMORY_MB, "resume": False} | options
    return augment_ground(AugmentOptions(inputs=(str(cloud),), dtm=(str(dtm),), **settings))


def _places(path: Path) -> tuple[np.ndarray, np.ndarray]:
    import laspy

    las = laspy.read(path)
    return np.asarray(las.x), np.asarray(las.y)


def _codes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A number for each 1 m cell."""
    return np.floor(x).astype(np.int64) << 32 | np.floor(y).astype(np.int64)


def _dem_error(cloud: Path, holes: Raster) -> float:
    """RMSE of a DEM in the holes of the cloud that was not filled."""
    dem = dem_raster(cloud, 1.0, filter="Class[Ground]")
    x, y = (a[holes.values > 0] for a in holes.grid.centers())
    r, c = (dem.grid.north - y).astype(int), (x - dem.grid.west).astype(int)
    inside = (r >= 0) & (c >= 0) & (r < dem.grid.rows) & (c < dem.grid.columns)
    off = dem.values[r[inside], c[inside]] - TERRAIN(x[inside], y[inside])
    return rms(off[np.isfinite(off)])


# -- real ground ---------------------------------------------------------------------------------


def measure_isprs(bench: Bench) -> Outcome:
    paths = sorted(SAMPLES.glob("samp*.txt"))
    if not paths:
        raise MeasureError("The ISPRS samples do not lie beside this checkout (../shared/data/isprs).")
    found = {path.stem: _punched(path) for path in (paths[:1] if bench.quick else paths)}
    number = sum(row["truth"] for row in found.values())
    rmse = {
        way: (sum(row[way] ** 2 * row["truth"] for row in found.values()) / number) ** 0.5
        for way in ("without", "with")
    }
    worst = max(found, key=lambda name: found[name]["with"])
    names = ("removed", "truth", "points", "filled", "without", "with", "median", "validated_share")
    return Outcome(
        f"RMSE of a TIN of the ground at {number:,} removed ground points of {len(found)} samples: "
        f"{rmse['without']:.2f} m without, {rmse['with']:.2f} m with filling ({worst}: "
        f"{found[worst]['without']:.2f} and {found[worst]['with']:.2f} m)",
        None,
        {"rmse": rmse, "truth": number} | found,
        [
            *table(("sample", *names), ((n, *(f"{row[name]:.4g}" for name in names)) for n, row in found.items())),
            "",
            "`without`, `with`: RMSE at the removed points of a TIN of the ground that was left, without and with the "
            "new points; `filled`: the share of removed points with a new one within 2 m; `median`: of the errors with "
            "filling.",
        ],
    )


def _punched(path: Path) -> dict[str, float]:
    """Punch circles of 6 to 12 m radius into labelled ground, fill them from a TIN of all ground, compare."""
    from scipy.spatial import cKDTree

    from scree.core.clouds.writer import write_cloud

    x, y, z, label = np.loadtxt(path).T
    rng, ground = np.random.default_rng(5), label == 0
    dtm = _tin_of(x, y, z, ground)
    hidden = np.zeros(len(x), bool)
    for i in rng.choice(np.flatnonzero(ground), HOLES, replace=False):
        hidden |= ground & (np.hypot(x - x[i], y - y[i]) < rng.uniform(6, 12))
    cloud, only = FOLDER / "out" / "punched.las", FOLDER / "out" / "only.las"
    kinds = np.where(ground, 2, 1).astype(np.uint8)
    write_cloud(cloud, x[~hidden], y[~hidden], z[~hidden], {"classification": kinds[~hidden]})
    report = _fill(cloud, dtm, synthetic_only=str(only), min_spacing=3.0)
    import laspy

    las = laspy.read(only)
    measured, truth = np.column_stack([x, y, z])[ground & ~hidden], np.column_stack([x, y, z])[hidden]
    without, with_ = (_linear(points, truth) for points in (measured, np.concatenate([measured, las.xyz])))
    both = ~np.isnan(without + with_)
    distance, _ = cKDTree(las.xyz[:, :2]).query(truth[:, :2])
    return {
        "removed": int(hidden.sum()), "truth": int(both.sum()), "points": len(las.x),
        "filled": float(np.mean(distance < 2.0)), "without": rms(without[both]), "with": rms(with_[both]),
        "median": float(np.median(with_[both])), "validated_share": report["validated_share"],
    }  # fmt: skip


def _linear(points: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Errors of a TIN of points at places of known height."""
    from scipy.interpolate import LinearNDInterpolator

    return np.asarray(LinearNDInterpolator(points[:, :2], points[:, 2])(truth[:, :2]) - truth[:, 2])


def _tin_of(x: np.ndarray, y: np.ndarray, z: np.ndarray, ground: np.ndarray) -> Path:
    """A 1 m DTM by linear interpolation of all ground points."""
    from scipy.interpolate import LinearNDInterpolator

    west, south = np.floor(x.min()) - 3, np.floor(y.min()) - 3
    columns, rows = int(np.ceil(x.max() + 3 - west)), int(np.ceil(y.max() + 3 - south))
    grid = Grid(west, south + rows, 1.0, columns, rows)
    surface = LinearNDInterpolator(np.column_stack([x, y])[ground], z[ground])(*grid.centers())
    return write_dtm(FOLDER / "out" / "tin.tif", grid, np.nan_to_num(surface, nan=-9999.0))


TRUTH = Row(
    "augment-truth",
    "1 M points with roofs, ponds and woods; a DTM with a smooth error of 0.1 m and areas 2 to 5 m off",
    "the first system: over 80 % validated",
    "at least 99 % of good sites accepted, at least 99 % in planted errors rejected, at most half the RMSE of a DEM in "
    "the holes",
    measure_truth,
)
ISPRS = Row(
    "augment-isprs",
    "Holes punched into the labelled ground of the ISPRS samples, filled from a TIN of all ground: the removed ground "
    "is the truth",
    "-",
    "the error, reported",
    measure_isprs,
)
