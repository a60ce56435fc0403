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
PROGRAMS = ("scree", "v.surf.rst")
K_MAX = (20, 35, 60)
INCH, NONE, AGREE = 0.0254, 0.005, 0.025
"""Metres; what rounds to 0.00 is no deviation."""
NOISES = (0.01, 0.03)
"""Metres: what the points deviate by is above all their noise, and the paper does not tell its points'."""
SPREAD = 0.02
"""Shares of points that differ by less do not depend on k_max."""
EDGE = 5
"""Cells."""


def _cloud(bench: Bench, points: int, noise: float = 0.03) -> Path:
    """About a point a cell, as the paper's subset of the Neuse basin."""
    return thinned(bench, Square(bench.points(points), 1.4, noise), APART)


def measure_deviations(bench: Bench) -> Outcome:
    found = {noise: _deviations(bench, noise) for noise in NOISES}
    ours, theirs = ([_least(by_program.get(program, {})) for by_program in found.values()] for program in PROGRAMS)
    spread = max(_spread(by_program["scree"]) for by_program in found.values())
    return Outcome(
        "; ".join(
            f"noise {noise} m: at every k_max at least {own['none']:.1%} of points within {NONE * 1000:.0f} mm and "
            f"{own['inch']:.1%} within an inch (v.surf.rst {their['none']:.1%} and {their['inch']:.1%})"
            for noise, own, their in zip(NOISES, ours, theirs, strict=True)
        )
        + f"; spread over k_max {spread:.1%}",
        ours[0]["none"] >= 0.79
        and ours[0]["inch"] >= 0.98
        and spread <= SPREAD
        and all(
            own[name] >= their[name] - SPREAD
            for own, their in zip(ours, theirs, strict=True)
            for name in ("none", "inch")
        ),
        {str(noise): by_program for noise, by_program in found.items()},
        table(
            ("noise m", "program", "k_max", "within 1 mm", "within 5 mm", "within an inch", "rms m"),
            (
                (noise, program, k, *(f"{s[name]:.1%}" for name in ("millimetre", "none", "inch")), f"{s['rms']:.4f}")
                for noise, by_program in found.items()
                for program, by_k in by_program.items()
                for k, s in by_k.items()
            ),
        )
        + [
            "",
            "The paper does not say which deviations count as none; here those that round to zero in centimetres. "
            "At 0.03 m of noise neither program leaves the share of points that the paper reports for its own.",
        ],
    )


def _deviations(bench: Bench, noise: float) -> dict[str, dict[str, dict[str, float]]]:
    """Shares by program and k_max."""
    cloud = _cloud(bench, 30_000, noise)
    grass = peers.Grass.of(bench, cloud) if peers.has("GRASS") else None
    found: dict[str, dict[str, dict[str, float]]] = {program: {} for program in PROGRAMS}
    for k in K_MAX[: 1 if bench.quick else None]:
        found["scree"][str(k)] = _shares(_our_deviations(bench, cloud, k))
        if grass:
            grass.spline(_grid(cloud), f"segmax={k}", "smooth=0.1", f"deviations=deviations{k}")
            found["v.surf.rst"][str(k)] = _shares(grass.deviations(f"deviations{k}"))
    return found


def _least(by_k: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: min((s[name] for s in by_k.values()), default=0.0) for name in ("none", "inch")}


def _spread(by_k: dict[str, dict[str, float]]) -> float:
    shares = [s["none"] for s in by_k.values()]
    return max(shares) - min(shares)


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
