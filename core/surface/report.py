# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a DEM: what came in, what was done to it, what came out; counts that add up."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jobs.budget import peak_bytes
from ..jobs.disk import written_to
from .options import FILES

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job
    from .result import Dem

MB = 1 << 20


def make_report(dem: Dem, collection: Collection, job: Job) -> dict[str, Any]:
    """The report, also written as JSON where the options name a file."""
    job.progress.finish()
    report = _numbers(dem, job) | {
        "grid": {"cell": dem.options.resolution, "columns": dem.grid.width, "rows": dem.grid.height},
        "inputs": [{"path": s.path, "points": s.points} for s in collection.sources],
        "skipped": [{"path": path, "reason": reason} for path, reason in collection.skipped],
        "classes": dem.sealed.intake["classes"],
        "sealed": dem.numbers,
        "counts": dict(sorted(dem.tally.counts.items())) | dict(sorted(job.counts.items())),
        "messages": list(job.warnings),
        "phases": {name: round(seconds, 3) for name, seconds in job.progress.seconds.items()},
        "memory_limit": job.budget.limit // MB,
        "threads": job.threads,
        "outputs": {name: getattr(dem.options, name) for name in FILES if getattr(dem.options, name)},
        "options": {name: value for name, value in asdict(dem.options).items() if name not in FILES},
    }
    if dem.options.report:
        _write_json(Path(dem.options.report), report)
    return report


def _numbers(dem: Dem, job: Job) -> dict[str, Any]:
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
        "peak_memory": round(peak_bytes() / MB),
        "seconds": round(sum(job.progress.seconds.values()), 3),
        "warnings": len(job.warnings),
    }


def _far(dem: Dem) -> int:
    """Cells beyond MASK_DISTANCE: those counted in units, and those no unit was made for."""
    in_units = dem.tally.counts["cells"]
    return dem.tally.counts["beyond_mask_distance"] + dem.work.grid.cells - in_units


def _write_json(path: Path, report: dict[str, Any]) -> None:
    temporary = path.with_name(path.name + ".part")
    try:
        with written_to(path):
            temporary.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
