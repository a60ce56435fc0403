# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run: what came in, what it did to the map, and how intensity weighs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jobs.budget import peak_bytes
from .files import write_whole
from .metadata import Metadata
from .tile_files import TileFiles

if TYPE_CHECKING:
    from ..jobs.job import Job
    from .options import UpdateOptions

MB = 1 << 20
INNER = ("request", "read", "passed", "intensities", "first_times")
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
        "peak_memory": round(peak_bytes() / MB),
    }
    if job is not None:
        job.progress.finish()
        report |= {
            "phases": {name: round(seconds, 3) for name, seconds in job.progress.seconds.items()},
            "seconds": round(sum(job.progress.seconds.values()), 3),
            "memory_limit": job.budget.limit // MB,
            "messages": list(job.warnings),
            "warnings": len(job.warnings),
        }
    if options.report:
        text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        write_whole(Path(options.report), text.encode(), sync=False)
    return report
