# SPDX-License-Identifier: GPL-2.0-or-later
"""Statistics of cells beside r.in.xyz, and what a point costs as there are more of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import peers
from grids import Raster, read_raster
from made import Square, ground, ground_cloud
from measure import Measured, interleaved
from session import FOLDER

from .row import Outcome, Row, table, took

if TYPE_CHECKING:
    from session import Bench

FEATURES = {"min": "min", "max": "max", "mean": "mean", "pcount": "n", "std": "stddev"}
"""Ours, and the method of r.in.xyz."""
RECORDED_GRASS = 1.45
"""Seconds of r.in.xyz for one of them over 1 M points, quiet machine of 2 cores."""


def measure_cells(bench: Bench) -> Outcome:
    many, most = bench.points(10_000_000), bench.points(50_000_000)
    cloud = ground_cloud(bench, ground(many), suffix=".las")
    clouds = {"empty": ground_cloud(bench, Square(10, 1.0)), "scree": cloud}
    clouds["scree, 5 times the points"] = ground_cloud(bench, ground(most), suffix=".las")
    _cells(bench, clouds["empty"])
    runs: dict[str, Callable[[], Measured]] = {name: partial(_cells, bench, path) for name, path in clouds.items()}
    found = interleaved(runs, bench.times(3))
    best = {name: min(some, key=lambda run: run.wall) for name, some in found.items()}
    cpu = {name: min(run.cpu for run in some) for name, some in found.items()}
    each = [
        (cpu[name] - cpu["empty"]) / n * 1e6 for name, n in zip(("scree", "scree, 5 times the points"), (many, most))
    ]
    rows = [(name, *took(run)) for name, run in best.items()]
    theirs, lines = (RECORDED_GRASS * 5 * many / 1e6, []) if not peers.has("GRASS") else _grass(bench, cloud)
    ours, rate = best["scree"].wall, many / best["scree"].wall
    source = "same session" if lines else "recorded"
    return Outcome(
        f"{rate / 1e6:.2f} M points/s with start-up, {theirs / ours:.1f}x r.in.xyz doing the five ({source}); "
        f"cpu s a million beyond start-up: {each[0]:.3f} of {many / 1e6:.0f} M, {each[1]:.3f} of {most / 1e6:.0f} M",
        rate >= 2e6 and theirs >= 3 * ours and each[1] <= 1.15 * each[0],
        {"points_per_second": rate, "ratio": theirs / ours, "cpu_seconds_per_million": each, "grass_seconds": theirs}
        | {name: [run.numbers() for run in some] for name, some in found.items()},
        table(("run", "wall s", "cpu s", "peak MB"), rows) + lines,
    )


def _cells(bench: Bench, cloud: Path) -> Measured:
    out = FOLDER / "out" / "cells.tif"
    program = Path(shutil.which("qgis_process.bin") or "qgis_process").name
    command = [program, "--json", "run", "scree:cellstatistics", f"--INPUT={cloud}", "--RESOLUTION=1"]
    command += [f"--FEATURES={','.join(FEATURES)}", "--RESUME=false", f"--OUTPUT={out}"]
    measured = bench.run(command).require()
    assert json.loads(measured.output)["results"]["CELLS_WRITTEN"] > 0
    return measured


def _grass(bench: Bench, cloud: Path) -> tuple[float, list[str]]:
    """Seconds of r.in.xyz for the five over our cells, and how far its values are from ours."""
    _cells(bench, cloud)
    text, grass = peers.as_text(cloud), peers.Grass.empty(bench, "cells")
    ours = [read_raster(FOLDER / "out" / "cells.tif", band) for band in range(1, 6)]
    grass("g.region", *_region(ours[0]))
    rows, total = [], 0.0
    for band, (name, method) in zip(ours, FEATURES.items()):
        out = bench.scratch / "cells-grass.tif"
        names = (f"input={text.resolve()}", "output=cells", f"method={method}", "separator=space")
        measured = grass("r.in.xyz", *names, keep=True)
        grass("r.out.gdal", "-f", "input=cells", f"output={out}", "type=Float64")
        total += measured.wall
        rows.append((f"r.in.xyz, {method}", *took(measured), _difference(name, band, read_raster(out))))
    return total, ["", *table(("run", "wall s", "cpu s", "peak MB", "farthest from ours"), rows)]


def _region(raster: Raster) -> tuple[str, ...]:
    g = raster.grid
    return f"n={g.north}", f"s={g.south}", f"e={g.east}", f"w={g.west}", f"res={g.cell}"


def _difference(name: str, ours: Raster, theirs: Raster) -> str:
    """Over cells both have; r.in.xyz divides by n, counts empty cells as 0 and sums in single steps."""
    return f"{np.nanmax(np.abs(ours.values - theirs.values)):.2g}" if name != "std" else "-"


CELLS = Row(
    "cells",
    "Minimum, maximum, mean, count and deviation of 1 m cells, 10 M points from LAS, beside r.in.xyz",
    "per 1 M points: GRASS r.in.xyz 1.45 s for each of the five, PDAL writers.gdal 0.6 s for all",
    "2 M points/s, 3x r.in.xyz doing the five; of 5 times the points none costs 15 % more cpu",
    measure_cells,
)
