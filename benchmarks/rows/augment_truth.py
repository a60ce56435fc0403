# SPDX-License-Identifier: GPL-2.0-or-later
"""Filled ground against the truth: made clouds with planted errors in the DTM, and real ground with punched holes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from augmented import MEMORY_MB, TERRAIN, cloud_with_holes, dtm_of, reference, reference_grid, write_dtm
from grids import Grid, Raster, read_raster, rms
from measure import MeasureError
from session import FOLDER, SHARED
from surfaces import dem_raster

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

DENSITY = 8.0
PLANTED = 25
HOLES = 12
SAMPLES = SHARED / "data" / "isprs"


def measure_truth(bench: Bench) -> Outcome:
    points = bench.points(1_000_000)
    cloud, good = cloud_with_holes(bench, points, DENSITY), dtm_of(points, DENSITY)
    grid = reference_grid(points, DENSITY)
    wrong = _planted(grid)
    bad = write_dtm(FOLDER / "out" / "bad.tif", grid, reference(grid) + wrong)
    filled = FOLDER / "out" / "filled.las"
    sites, holes = _sites(cloud)
    _fill(cloud, good, output=str(filled))
    only = FOLDER / "out" / "only.las"
    report = _fill(cloud, bad, synthetic_only=str(only))
    kept = _codes(*_places(only))
    asked = _codes(*sites)
    clear, planted = _judgement(grid, wrong, sites)
    accepted = float(np.isin(asked[clear], kept).mean())
    rejected = 1 - float(np.isin(asked[planted], kept).mean())
    error = {name: _dem_error(path, holes) for name, path in (("without", cloud), ("with", filled))}
    return Outcome(
        f"{accepted:.2%} of {int(clear.sum()):,} good sites accepted, {rejected:.2%} of {int(planted.sum()):,} in "
        f"planted errors rejected; RMSE of a DEM in the holes {error['without']:.3f} m without, {error['with']:.3f} m "
        "with filling",
        min(accepted, rejected) >= 0.99 and error["with"] <= error["without"] / 2,
        {"accepted": accepted, "rejected": rejected, "dem_rmse": error, "reasons": report["rejected"]},
    )


def _planted(grid: Grid) -> np.ndarray:
    """Discs of 8 to 20 m radius that are 2 to 5 m off."""
    rng, (x, y) = np.random.default_rng(1), grid.centers()
    wrong = np.zeros(x.shape)
    for _ in range(PLANTED):
        cx, cy = grid.west + rng.random() * grid.columns, grid.south + rng.random() * grid.rows
        wrong[np.hypot(x - cx, y - cy) < rng.uniform(8, 20)] = rng.choice([-1, 1]) * rng.uniform(2, 5)
    return wrong


def _judgement(grid: Grid, wrong: np.ndarray, sites: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Which sites no planted pixel is beside, and which stand on one."""
    from scipy import ndimage

    at = ((grid.north - sites[1]).astype(int), (sites[0] - grid.west).astype(int))
    return ~ndimage.maximum_filter(wrong != 0, 2)[at], (wrong != 0)[at]


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
    rmse = (sum(row["rmse"] ** 2 * row["truth"] for row in found.values()) / number) ** 0.5
    worst = max(found, key=lambda name: found[name]["rmse"])
    names = ("removed", "truth", "points", "filled", "rmse", "median", "validated_share")
    return Outcome(
        f"RMSE {rmse:.2f} m at {number:,} removed ground points of {len(found)} samples ({worst}: "
        f"{found[worst]['rmse']:.2f} m)",
        None,
        {"rmse": rmse, "truth": number} | found,
        table(("sample", *names), ((n, *(f"{row[name]:.4g}" for name in names)) for n, row in found.items())),
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
    distance, near = cKDTree(las.xyz[:, :2]).query(np.column_stack([x, y])[hidden])
    close = distance < 1.0
    off = np.asarray(las.z)[near[close]] - z[hidden][close]
    return {
        "removed": int(hidden.sum()), "truth": int(close.sum()), "filled": float(np.mean(distance < 2.0)),
        "rmse": rms(off), "median": float(np.median(off)), "validated_share": report["validated_share"],
        "points": len(las.x),
    }  # fmt: skip


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
