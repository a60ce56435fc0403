# SPDX-License-Identifier: GPL-2.0-or-later
"""``work_points``: from clouds of any size to the same clouds with new dimensions; build, seal, units, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jobs.budget import make_budget
from ..jobs.disk import require_free, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..neighborhood.search.ticks import Ticks
from ..reports.facts import balance, run_facts
from ..tiles.lattice import Lattice
from ..tiles.store import Store, Unit
from .engine import Engine, added_by, new_dimensions
from .expected import expect_points
from .finding import Finder, refuse_unsupported
from .ingest import Extent, lattice_of, seal_points
from .options import PointOptions
from .output import write_outputs
from .plan import Plan, Points, make_plan
from .targets import check_outputs
from .units import UnitWork

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..clouds.source import Source
    from ..neighborhood.expression import Sampler

POINT_BYTES = 60
"""Of the job folder for each point: spool, store and answers, beside 16 for each column and 8 for each dimension."""


def work_points(
    options: PointOptions, engine: Engine, feedback: Feedback | None = None, *, kept: str = "all"
) -> dict[str, Any]:
    """Give the points of all inputs the dimensions of ``engine``; returns the report.

    ``kept``: which points are written, "all", those "with" or those "without" an answer.
    Raises children of ScreeError.  Inputs are only read; outputs appear whole or not at all.
    """
    from ..clouds.collection import open_collection
    from ..rasters.sample import open_rasters

    options.check()
    reading = {"columns": options.columns, "labels": options.labels, "crs": options.crs}
    collection = open_collection(options.inputs, **reading)
    other = open_collection(options.other_cloud, **reading) if options.other_cloud else None
    plan = make_plan(options, collection, other, engine)
    refuse_unsupported(plan.definition)
    outputs = check_outputs(options, collection, new_dimensions(engine))
    parent = scratch_parent(options.target, options.scratch)
    require_free(_space(collection, plan, engine, parent, options.target))
    budget = make_budget(options.max_memory, growth=options.growth)
    expected = expect_points(plan, engine, budget, options.threads)
    folder = JobFolder(parent, _key(options, collection, other, plan, engine), resume=options.resume)
    with Job(folder, name=engine.name, budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in (*collection.warnings, *(other.warnings if other else ()), *filter(None, [plan.note])):
            job.warn(text)
        for note in outputs.notes:
            job.progress.info(note)
        with open_rasters(options.rasters, collection, job) as sampler:
            units, tally, read = _work(plan, collection, other, engine, sampler, job)
        job.progress.phase("Writing", read["read"], 25)
        written = write_outputs(outputs, read["sizes"], engine, units, kept, job)
        return _report(options, collection, read, tally, written, len(units), job)


def _work(
    plan: Plan, collection: Collection, other: Collection | None, engine: Engine, sampler: Sampler | None, job: Job
) -> tuple[list[str], Counter[str], dict[str, Any]]:
    """Seal the points and work their units; names of the results, what they count, and what was read."""
    mine, theirs = collection.sources, other.sources if other else ()
    with ExitStack() as closing:
        worked, read = _sealed("points", plan.worked, mine, theirs, sampler, job)
        closing.callback(worked.close)
        neighbors = worked
        if plan.neighbors is not None:
            neighbors, _ = _sealed("neighbors", plan.neighbors, theirs or mine, mine, sampler, job)
            closing.callback(neighbors.close)
        ticks = _ticks(worked, neighbors)
        finder = Finder(
            plan.definition, plan.contextual, engine.ordered, neighbors, ticks, sampler, job, added=added_by(engine)
        )
        work = UnitWork(worked, finder, engine, job)
        units = list(worked.units)
        return [work.name(unit) for unit in units], _run(work, units, job), read


def _sealed(
    name: str, points: Points, sources: Sequence[Source], others: Sequence[Source], sampler: Sampler | None, job: Job
) -> tuple[Store, dict[str, Any]]:
    """The points of one role, on a lattice of their own density whose steps suit the ``others`` too."""

    def measured(extent: Extent, count: int) -> Lattice:
        return lattice_of(sources, others, extent=extent, points=count)

    return seal_points(name, points, lattice_of(sources, others), sampler, job, measured)


def _run(work: UnitWork, units: list[Unit], job: Job) -> Counter[str]:
    """Work every unit that has no result yet; what all of them count."""
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    total, left = sum(unit.count for unit in units), sum(unit.count for unit in waiting)
    job.progress.phase("Computing", total, 40, done=total - left)
    for unit in waiting:
        work.show(unit, "disk")
    run_units(waiting, work, job, work.cost)
    tally: Counter[str] = Counter()
    for unit in units:
        with job.folder.read_result(work.name(unit)) as result:
            tally.update(result.header["counts"])
    return tally


def _ticks(worked: Store, neighbors: Store) -> Ticks:
    """Ticks that reach over both stores, for searches in the cells of ``neighbors``; heights are always on them."""
    ticks = Ticks.of(neighbors, solid=True)
    return replace(ticks, shift=max(ticks.shift, Ticks.of(worked, solid=True).shift))


def _key(options: PointOptions, collection: Collection, other: Collection | None, plan: Plan, engine: Engine) -> str:
    choices = options.choices()
    choices |= {"algorithm": engine.name, "choices": dict(engine.choices)}
    # The answers are kept by index in the input, so here the order of the files is part of the work.
    identities = [source.identity() | {"place": i} for i, source in enumerate(collection.sources)]
    identities += [source.identity() | {"other": True} for source in (other.sources if other else ())]
    for path in sorted({*options.rasters, *plan.files}):
        if Path(path).exists():
            status = Path(path).stat()
            identities.append({"path": path, "size": status.st_size, "mtime_ns": status.st_mtime_ns})
    return job_key(identities, choices)


def _space(collection: Collection, plan: Plan, engine: Engine, parent: Path, target: Path) -> dict[Path, int]:
    """Bytes the run may need by folder, from what the headers say."""
    points = collection.points
    each = POINT_BYTES + 16 * len(plan.worked.columns) + 8 * len(engine.dimensions)
    needs = {parent: points * each}
    output = target.absolute().parent
    needs[output] = needs.get(output, 0) + points * (40 + 8 * len(engine.dimensions))
    return needs


def _report(
    options: PointOptions,
    collection: Collection,
    read: dict[str, Any],
    tally: Counter[str],
    written: dict[str, int],
    units: int,
    job: Job,
) -> dict[str, Any]:
    worked, answered = read["passed"], tally["answered"]
    if not answered:
        job.warn(f"None of the {worked:,} points has enough neighbors for an answer: widen NEIGHBORHOOD.")
    if tally["invalid"]:
        job.warn(f"{tally['invalid']:,} points were not searched for: a formula of NEIGHBORHOOD is invalid there.")
    facts = run_facts(job, options, collection)
    lonely = worked - answered - tally["invalid"]
    answers = {"with an answer": answered, "too few neighbors": lonely, "a formula is invalid": tally["invalid"]}
    return facts | {
        "points_read": read["read"],
        "points_worked": worked,
        "points_answered": answered,
        "points_invalid": tally["invalid"],
        "points_written": sum(written.values()),
        "units": units,
        "outputs": written,
        "counts": dict(sorted(tally.items())) | facts["counts"],
        "balances": [
            balance("Points read", read["read"], {"worked": worked, "filtered out": read["read"] - worked}),
            balance("Points worked", worked, answers),
        ],
    }
