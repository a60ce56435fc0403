# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain segments beside v.surf.rst: deviations, and agreement of the surfaces.

Both programs get points that are at least the thinning distance apart, so that both fit the same ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import peers
from grids import Grid, rms, share
from made import Square, thinned
from session import FOLDER
from surfaces import dem_raster

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

APART = 0.501
"""Metres: v.surf.rst and plain segments drop points within half a cell of another."""
K_MAX = (20, 35, 60)
INCH, NONE, AGREE = 0.0254, 0.005, 0.025
"""Metres; what rounds to 0.00 is no deviation."""
SPREAD = 0.02
"""Shares of points that differ by less do not depend on k_max."""
EDGE = 5
"""Cells."""


def _cloud(bench: Bench, points: int) -> Path:
    """About a point a cell, as the paper's subset of the Neuse basin."""
    return thinned(bench, Square(bench.points(points), 1.4), APART)


def measure_deviations(bench: Bench) -> Outcome:
    cloud = _cloud(bench, 60_000)
    grass = peers.Grass.of(bench, cloud) if peers.has("GRASS") else None
    found: dict[str, dict[int, dict[str, float]]] = {"scree": {}, "v.surf.rst": {}}
    for k in K_MAX[: 1 if bench.quick else None]:
        found["scree"][k] = _shares(_our_deviations(bench, cloud, k))
        if grass:
            grid = _grid(cloud)
            grass.spline(grid, f"segmax={k}", "smooth=0.1", f"deviations=deviations{k}")
            found["v.surf.rst"][k] = _shares(grass.deviations(f"deviations{k}"))
    least = {program: _least(list(by_k.values())) for program, by_k in found.items() if by_k}
    ours, theirs = least["scree"], least.get("v.surf.rst", {"none": 0.79, "inch": 0.98})
    spread = max(s["none"] for s in found["scree"].values()) - ours["none"]
    return Outcome(
        f"at every k_max at least {ours['none']:.1%} of points within {NONE * 1000:.0f} mm and {ours['inch']:.1%} "
        f"within an inch (v.surf.rst {theirs['none']:.1%} and {theirs['inch']:.1%}), spread {spread:.1%}",
        ours["none"] >= min(0.79, theirs["none"]) and ours["inch"] >= 0.98 and spread <= SPREAD,
        {program: {str(k): s for k, s in by_k.items()} for program, by_k in found.items()},
        table(
            ("program", "k_max", "within 1 mm", "within 5 mm", "within an inch", "rms m"),
            (
                (program, k, *(f"{s[name]:.1%}" for name in ("millimetre", "none", "inch")), f"{s['rms']:.4f}")
                for program, by_k in found.items()
                for k, s in by_k.items()
            ),
        )
        + ["", "The paper does not say which deviations count as none; here those that round to zero in centimetres."],
    )


def _least(shares: list[dict[str, float]]) -> dict[str, float]:
    return {name: min(s[name] for s in shares) for name in ("none", "inch")}


def _our_deviations(bench: Bench, cloud: Path, k: int) -> np.ndarray:
    import laspy

    path = FOLDER / "out" / f"deviations-{k}.laz"
    bench.dem(cloud, f"deviations-{k}", SEGMENTATION="plain", SMOOTHING=0.1, SEGMENT_POINTS=k, DEVIATIONS=path)
    return np.asarray(laspy.read(path)["Deviation"], float)


def _shares(deviation: np.ndarray) -> dict[str, float]:
    size = np.abs(deviation[np.isfinite(deviation)])
    limits = {"millimetre": 0.001, "none": NONE, "inch": INCH}
    return {name: share(size <= limit) for name, limit in limits.items()} | {"rms": rms(size), "points": len(size)}


def _grid(cloud: Path) -> Grid:
    """Cells of 1 m that hold the points, as our own DEM has them."""
    return dem_raster(cloud, 1.0, method="nearest").grid


def measure_agreement(bench: Bench) -> Outcome:
    cloud = _cloud(bench, 60_000)
    ours = dem_raster(cloud, 1.0, segmentation="plain")
    if not peers.has("GRASS"):
        return Outcome("GRASS is not installed (benchmarks/run.py --install-peers)", None, {})
    _, theirs = peers.Grass.of(bench, cloud).spline(ours.grid)
    off = ours.values - theirs
    both = np.isfinite(off)
    inner = np.zeros(off.shape, bool)
    inner[EDGE:-EDGE, EDGE:-EDGE] = True
    numbers: dict[str, Any] = {
        "cells": int(both.sum()),
        "within": share(np.abs(off[both]) <= AGREE),
        "within_inner": share(np.abs(off[both & inner]) <= AGREE),
        "rms": rms(off[both]),
        "rms_inner": rms(off[both & inner]),
        "largest": float(np.abs(off[both]).max()),
        "far_cells_at_the_edge": share(~inner[both & (np.abs(np.nan_to_num(off)) > AGREE)]),
    }
    path = bench.folder / "agreement.tif"
    _write_map(path, ours.grid, off)
    return Outcome(
        f"{numbers['within']:.2%} of cells within 2.5 cm ({numbers['within_inner']:.2%} of those {EDGE} cells or more "
        f"from the edge), rms {numbers['rms'] * 1000:.1f} mm, largest {numbers['largest']:.3f} m",
        numbers["within"] >= 0.98,
        numbers,
        [
            f"Differences are mapped in {path}; {numbers['far_cells_at_the_edge']:.0%} of the cells that differ by "
            f"more lie within {EDGE} cells of the edge. v.surf.rst fits a segment to all points of a widened "
            "window, plain segments (the paper's) to those of the segments that touch it: where few points lie "
            "outside, as at the edge, the two differ most."
        ],
    )


def _write_map(path: Path, grid: Grid, values: np.ndarray) -> None:
    from osgeo import gdal

    out = gdal.GetDriverByName("GTiff").Create(str(path), grid.columns, grid.rows, 1, gdal.GDT_Float32)
    out.SetGeoTransform((grid.west, grid.cell, 0, grid.north, 0, -grid.cell))
    out.GetRasterBand(1).WriteArray(values)
    out.FlushCache()


DEVIATIONS = Row(
    "deviations",
    "Deviations of the points from the surface, plain mode, smoothing 0.1, k_max 20, 35, 60",
    "the paper: at least 79 % of points without deviation, at least 98 % under an inch, independent of k_max",
    "the same, beside v.surf.rst on the same points",
    measure_deviations,
)
AGREEMENT = Row(
    "agreement",
    "Plain mode and v.surf.rst on the same thinned points with the same parameters",
    "the paper: over 98 % of cells within an inch",
    "at least 98 % of cells within 2.5 cm, differences mapped and explained",
    measure_agreement,
)
