# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs that look at each point by itself: one pass, nothing is sealed or kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from ..jobs.budget import make_budget
from ..jobs.disk import require_free, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from ..neighborhood.expression import Sampler, Scope, parse_filter
from ..reports.facts import balance, run_facts
from .engine import fitting_of, new_dimensions
from .expected import expect_stream
from .formulas import Calculator
from .intake import count_invalid, reals, tell_invalid
from .options import PointOptions
from .output import tell
from .plan import Cloud, common
from .targets import Output, check_outputs

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.collection import Collection
    from ..clouds.writer import Answer


def stream_points(
    options: PointOptions, calculator: Calculator | None = None, *, drop: bool = False, feedback: Feedback | None = None
) -> dict[str, Any]:
    """Write the points with what ``calculator`` gives, or without one those that pass (``drop``: fail) the filter.

    Raises children of ScreeError; inputs are only read, outputs appear whole or not at all.
    """
    from ..clouds.writer import append_dimensions
    from ..rasters.sample import open_rasters

    options.check()
    collection = options.open()
    rasters = len(options.rasters)
    chosen = parse_filter(options.process_filter)
    clouds = {s.path: Cloud(s, chosen.bind(s.dimensions, rasters=rasters)) for s in collection.sources}
    needs = calculator.bind(Scope(common(collection.sources), rasters=rasters)).base if calculator else frozenset()
    dimensions = new_dimensions(calculator) if calculator else {}
    fitting = fitting_of(calculator) if calculator else None
    outputs = check_outputs(options, collection, dimensions)
    parent = scratch_parent(options.target, options.scratch)
    added = sum(dtype.itemsize for dtype in dimensions.values())
    require_free({options.target.absolute().parent: collection.points * (40 + added)})
    key = job_key(
        [source.identity() for source in collection.sources],
        {"stream": options.process_filter, "to": str(options.target)},
    )
    budget = make_budget(options.max_memory, growth=options.growth)
    written, counts, invalid, missing = {}, {"read": 0, "passed": 0}, Counter[str](), dict[str, int]()
    with Job(JobFolder(parent, key, resume=False), name=calculator.name if calculator else "scree:filterpoints",
             budget=budget, threads=options.threads, feedback=feedback) as job:  # fmt: skip
        job.expect(expect_stream(collection.points, budget))
        for text in collection.warnings:
            job.warn(text)
        for note in outputs.notes:
            job.progress.info(note)
        with open_rasters(options.rasters, collection, job) as sampler:
            job.progress.phase("Writing", collection.points, 100)
            for output in outputs.files:
                answers = _answers(output, clouds, calculator, needs, drop, sampler, job, counts, invalid, missing)
                written[str(output.path)] = append_dimensions(
                    output.path, output.collection, dimensions, answers, job, fitting
                )
        outputs.write_virtual()
        tell_invalid(missing, counts["read"], job)
        if fitting is not None:
            tell(invalid, fitting, job)
        if not counts["passed"]:
            job.warn(f"None of the {counts['read']:,} points passes PROCESS_FILTER '{options.process_filter}'.")
        return _report(options, collection, counts, written, job)


def _answers(
    output: Output,
    clouds: dict[str, Cloud],
    calculator: Calculator | None,
    needs: frozenset[str],
    drop: bool,
    sampler: Sampler | None,
    job: Job,
    counts: dict[str, int],
    invalid: Counter[str],
    missing: dict[str, int],
) -> Iterator[Answer]:
    from ..clouds.read_ahead import read_ahead

    for source in output.collection.sources:
        cloud = clouds[source.path]
        wanted = needs | cloud.filter.dimensions
        with closing(read_ahead(source.chunks(wanted))) as chunks:
            for chunk in chunks:
                job.progress.check()
                count_invalid(chunk, reals(source, wanted), missing)
                passed = cloud.filter.mask(chunk, rasters=sampler)
                counts["read"] += len(chunk)
                counts["passed"] += int(np.count_nonzero(passed))
                if calculator is None:
                    yield passed != drop, {}
                else:
                    yield np.ones(len(chunk), bool), _calculated(calculator, chunk, passed, sampler, invalid)


def _calculated(
    calculator: Calculator, chunk: Chunk, passed: Any, sampler: Sampler | None, invalid: Counter[str]
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, values in calculator.calculate(chunk, len(chunk), None, sampler).items():
        invalid[name] += int(np.count_nonzero(np.isnan(values) & passed))
        columns[name] = np.where(passed, values, np.nan)
    return columns


def _report(
    options: PointOptions, collection: Collection, counts: dict[str, int], written: dict[str, int], job: Job
) -> dict[str, Any]:
    read, passed = counts["read"], counts["passed"]
    return run_facts(job, options, collection) | {
        "points_read": counts["read"],
        "points_worked": counts["passed"],
        "points_answered": counts["passed"],
        "points_written": sum(written.values()),
        "outputs": written,
        "balances": [balance("Points read", read, {"passed the filter": passed, "filtered out": read - passed})],
    }
