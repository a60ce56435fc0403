# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run: what came in, what it did to the map, and how intensity weighs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..reports.facts import balance, run_facts
from ..reports.write import write_json
from .metadata import Metadata
from .tile_files import TileFiles

if TYPE_CHECKING:
    from ..jobs.job import Job
    from .options import UpdateOptions

INNER = ("request", "read", "passed", "intensities", "first_times", "generation")
"""Numbers that have another name in the report, or none."""


def make_report(options: UpdateOptions, metadata: Metadata, job: Job | None, numbers: dict[str, Any]) -> dict[str, Any]:
    """Flat numbers first; written as JSON where the options name a file.  ``job`` None: a run found finished."""
    files = TileFiles(Path(options.map), metadata.grid)
    tiles = voxels = 0
    for tile in files.indices():
        tiles += 1
        voxels += files.voxels(tile)
    report: dict[str, Any] = {
        "points_read": numbers.get("read", 0),
        "points_passed": numbers.get("passed", metadata.runs[-1]["points"]),
        "tiles": tiles,
        "voxels": voxels,
        **{name: value for name, value in numbers.items() if name not in INNER},
        "i_th": metadata.model.i_th,
        "i_max": metadata.model.i_max,
        "weights": metadata.model.curve(),
        "parameters": metadata.model.to_json(),
        "runs": len(metadata.runs),
        "outputs": {"map": options.map},
    }
    read, passed = report["points_read"], report["points_passed"]
    if job is not None:
        sums = [balance("Points read", read, {"passed": passed, "filtered out": read - passed})]
        report |= run_facts(job, options) | {"balances": sums, "units": numbers.get("tiles_changed")}
    if options.report:
        write_json(Path(options.report), report)
    return report
