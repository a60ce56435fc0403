# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a DEM: what came in, what was done to it, what came out; counts that add up."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..reports.facts import balance, run_facts
from ..reports.write import write_json
from .options import FILES

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job
    from .result import Dem


def make_report(dem: Dem, collection: Collection, job: Job) -> dict[str, Any]:
    """The report, also written as JSON where the options name a file."""
    facts = run_facts(job, dem.options, collection)
    report: dict[str, Any] = _numbers(dem) | facts
    report |= {
        "grid": {"cell": dem.options.resolution, "columns": dem.grid.width, "rows": dem.grid.height},
        "classes": dem.sealed.intake["classes"],
        "sealed": dem.numbers,
        "counts": dict(sorted(dem.tally.counts.items())) | facts["counts"],
        "outputs": {name: getattr(dem.options, name) for name in FILES if getattr(dem.options, name)},
        "options": {name: value for name, value in facts["options"].items() if name not in FILES},
    }
    if dem.measures["uncertainty"]:
        report["uncertainty"] = dem.measures["uncertainty"]
    report["balances"] = _balances(report)
    if dem.options.report:
        write_json(Path(dem.options.report), report)
    return report


def _balances(report: dict[str, Any]) -> list[dict[str, Any]]:
    grid = report["grid"]
    rejected = report["points_read"] - report["points_passed"] - report["points_invalid"]
    points = {"passed": report["points_passed"], "filtered out": rejected, "invalid": report["points_invalid"]}
    cells = {
        "with a value": report["cells_written"],
        "masked or far from points": report["cells_masked"],
        "without a value": report["cells_nodata"],
    }
    return [
        balance("Points read", report["points_read"], points),
        balance("Cells of the raster", grid["columns"] * grid["rows"], cells),
    ]


def _numbers(dem: Dem) -> dict[str, Any]:
    """The flat numbers that are also outputs of the algorithm."""
    counts, sums, intake = dem.tally.counts, dem.tally.sums, dem.sealed.intake
    steps = sums.get("border_samples", 0.0)
    return {
        "points_read": intake["read"],
        "points_passed": intake["passed"],
        "points_invalid": intake["invalid"],
        "points_used": dem.sealed.store.count,
        "leaves": counts.get("leaves", len(dem.units)),
        "tree_height": int(dem.tally.maxima.get("tree_height", 0)),
        "units": len(dem.units),
        "cells_written": counts["written"],
        "cells_masked": counts["masked"] + _far(dem),
        "cells_nodata": counts["nodata"],
        "step_max": dem.tally.maxima.get("border_step"),
        "step_rms": sqrt(sums["border_squares"] / steps) if steps else None,
        "smoothing_used": dem.numbers.get("smoothing"),
        "deviation_rms": dem.measures.get("deviation_rms"),
        "deviations": dem.measures.get("deviations"),
        "cross_validation_rmse": dem.measures.get("cross_validation_rmse"),
        "cross_validation": dem.measures.get("cross_validation"),
    }


def _far(dem: Dem) -> int:
    """Cells beyond MASK_DISTANCE: those counted in units, and those no unit was made for."""
    in_units = dem.tally.counts["cells"]
    return dem.tally.counts["beyond_mask_distance"] + dem.work.grid.cells - in_units
