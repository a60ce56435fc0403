# SPDX-License-Identifier: GPL-2.0-or-later
"""What every report has: the run itself, whatever it computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..jobs.budget import peak_bytes

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..jobs.job import Job

MB = 1 << 20


def run_facts(job: Job, options: Any, collection: Collection | None = None) -> dict[str, Any]:
    """Inputs, options, warnings, phases, memory and figures of a run that is done; its progress is ended.

    ``options`` is the dataclass of the run.
    """
    job.progress.finish()
    curve = job.progress.curve
    facts: dict[str, Any] = {
        "algorithm": job.name,
        "options": asdict(options),
        "counts": dict(sorted(job.counts.items())),
        "messages": list(job.warnings),
        "warnings": len(job.warnings),
        "phases": {name: round(seconds, 3) for name, seconds in job.progress.seconds.items()},
        "seconds": round(sum(job.progress.seconds.values()), 3),
        "peak_memory": round(peak_bytes() / MB),
        "memory_limit": job.budget.limit // MB,
        "memory_at_start": job.budget.base // MB,
        "memory": {
            "seconds": [round(second, 3) for second in curve.seconds],
            "megabytes": [round(size / MB) for size in curve.resident],
            "phases": [[name, round(second, 3)] for name, second in curve.begins],
        },
        "scratch_peak": round(curve.scratch / MB, 3),
        "threads": job.threads,
        "workers": job.workers,
        "estimate": job.estimate.to_json() if job.estimate else None,
        "figures": list(job.figures),
    }
    if collection is not None:
        facts["inputs"] = [{"path": s.path, "points": s.points} for s in collection.sources]
        facts["skipped"] = [{"path": path, "reason": reason} for path, reason in collection.skipped]
    return facts


def balance(what: str, total: int, parts: Mapping[str, int]) -> dict[str, Any]:
    """A sum a report shows; ``parts`` add up to ``total``, or the page says what is missing."""
    return {"what": what, "total": total, "parts": dict(parts)}
