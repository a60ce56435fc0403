# SPDX-License-Identifier: GPL-2.0-or-later
"""``augment_ground``: from clouds of any size to the same clouds with their holes filled."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled, InputError
from ..jobs.budget import make_budget
from ..jobs.disk import require_free, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.overwriting import refuse_overwriting
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..neighborhood.expression.polygons import Polygons
from ..neighborhood.search.ticks import Ticks
from ..points.targets import Outputs
from ..tiles.lattice import Lattice
from .areas import CLASSES, MINUS
from .bias import FEW, Bias, measure_bias
from .cap import choose_threshold
from .dtm import Dtm, open_dtm
from .expected import expect_sites, filled_bytes
from .figures import make_figures
from .footprint import Footprint
from .holes import Holes
from .lengths import Lengths, resolve_lengths
from .options import AugmentOptions
from .output import ADDED, Writing, check_inputs, cloud_outputs
from .polygons import open_polygons
from .reading import Ground, lattice_of, read_ground
from .report import make_report
from .sites import AreaRule
from .synthetic import SyntheticPoints
from .tally import Tally, capped, tally_units
from .unit import UnitWork
from .validation import Rule

if TYPE_CHECKING:
    from ..clouds.collection import Collection

ASTRAY = 0.05
"""Share of the ground the DTM may disagree with before that is a warning."""
POINT_BYTES = 45
"""Of the output for each point of the input."""


def augment_ground(options: AugmentOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Fill the holes of the ground; returns the report.

    Raises children of ScreeError.  Inputs are only read; outputs appear whole or not at all.
    """
    options.check()
    collection = options.open()
    lengths = resolve_lengths(options, collection.crs_wkt, _area(options, collection, feedback))
    lattice = lattice_of(collection, float(lengths.spacing))
    check_inputs(collection, options)
    outputs = cloud_outputs(options, collection, ADDED)
    planned = {f"OUTPUT {file.path.name}": str(file.path) for file in outputs.files} if outputs else {}
    refuse_overwriting(planned | {"SYNTHETIC_ONLY": options.synthetic_only}, files_read(options, collection))
    parent = scratch_parent(options.target, options.scratch)
    budget = make_budget(options.max_memory, growth=options.growth)
    left = filled_bytes(options.strategy)
    expected = expect_sites(collection, lattice, options.min_neighbors, budget, options.threads, left)
    written = options.target.absolute().parent
    same = expected.scratch if written == parent else 0
    require_free({parent: expected.scratch, written: same + collection.points * POINT_BYTES})
    folder = JobFolder(parent, job_folder_key(options, collection, "augmentground"), resume=options.resume)
    with Job(folder, name="scree:augmentground", budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in (*collection.warnings, *(outputs.notes if outputs else ())):
            job.warn(text)
        if lengths.coarsened:
            job.warn(lengths.note)
        return _run(options, collection, lengths, lattice, outputs, job)


def _area(options: AugmentOptions, collection: Collection, feedback: Feedback | None) -> float:
    """Area of the box of all points, which MAX_POINTS goes by: of headers; text files, which have none, are read."""

    def check() -> None:
        if feedback is not None and feedback.is_cancelled():
            raise Cancelled("The run was cancelled.")

    if options.max_points is None:
        return 0.0
    headless = any(source.header is None for source in collection.sources)
    west, south, east, north = collection.true_bounds(check) if headless else collection.bounds()
    return (east - west) * (north - south)


def _run(
    options: AugmentOptions,
    collection: Collection,
    lengths: Lengths,
    lattice: Lattice,
    outputs: Outputs | None,
    job: Job,
) -> dict[str, Any]:
    with ExitStack() as closing:
        dtm = closing.enter_context(open_dtm(options.dtm, collection, job))
        polygons = open_area_polygons(options, collection.crs_wkt, job)
        ground = read_ground(collection, lattice, options, lengths, job)
        closing.callback(ground.store.close)
        _refuse_idle_areas(options, ground, polygons, job)
        bias = _bias(ground, lattice, dtm, lengths, job)
        if options.bias != "none" and (offsets := bias.offsets()):
            dtm = dtm.corrected(offsets)
            job.progress.info(f"Taken off the DTM: {', '.join(f'{offset:+.3f}' for offset in offsets.values())}.")
        synthetic = SyntheticPoints(job.folder, _work(options, lengths, ground, dtm, polygons, job), None)
    counts = tally_units(synthetic)
    _tell(counts, bias, job)
    if options.max_points is not None and counts["accepted"] > options.max_points:
        synthetic = replace(synthetic, threshold=choose_threshold(synthetic.uncapped(), options.max_points))
        counts = capped(counts, synthetic)
        job.warn(f"MAX_POINTS left out {counts['cap']:,} of the accepted points, evenly over the whole.")
    written = _write(options, collection, synthetic, outputs, ground.counts["read"], job, float(lattice.cell))
    figures = make_figures(synthetic, ground.box)
    return make_report(options, collection, lengths, ground, bias, counts, figures, written, job)


def _write(
    options: AugmentOptions, collection: Collection, synthetic: SyntheticPoints, outputs: Outputs | None, points: int,
    job: Job, cell: float,
) -> dict[str, int]:  # fmt: skip
    """Points by path."""
    job.progress.phase("Writing", points if outputs else 0, 30)
    writing = Writing(options, collection, synthetic, cell, job)
    written = {}
    for place, output in enumerate(outputs.files if outputs else ()):
        written[str(output.path)] = writing.all_points(output, place if options.output_folder else None)
    if outputs:
        outputs.write_virtual()
    if options.synthetic_only:
        written[options.synthetic_only] = writing.synthetic_alone(Path(options.synthetic_only), collection)
    return written


def open_area_polygons(options: AugmentOptions, crs_wkt: str, job: Job) -> dict[str, Polygons]:
    """The polygons of each area that has some."""
    return {
        area: open_polygons(getattr(options, area), area.upper(), crs_wkt, job)
        for area in ("buildings", "roads", "water")
        if getattr(options, area)
    }


def refuse_far_polygons(ground: Ground, polygons: dict[str, Polygons]) -> None:
    """Polygons of an area that are all elsewhere would have no effect."""
    cell = float(ground.store.lattice.cell)
    west, south, east, north = (edge * cell for edge in ground.box)
    for area, some in polygons.items():
        if not some.touch(west, south, east, north):
            raise InputError(f"No polygon of {area.upper()} touches the clouds: give others, or check its CRS.")


def _refuse_idle_areas(options: AugmentOptions, ground: Ground, polygons: dict[str, Polygons], job: Job) -> None:
    """An area of PRIORITIES that nothing can tell would have no effect: vegetation is a warning, others are refused."""
    refuse_far_polygons(ground, polygons)
    for area in (word.removeprefix(MINUS) for word in options.priorities):
        if area == "gaps" or area in polygons or any(str(c) in ground.counts["classes"] for c in CLASSES[area]):
            continue
        classes = ", ".join(map(str, CLASSES[area]))
        text = f"PRIORITIES names {area}, but no point has class {classes}"
        if area == "vegetation":
            job.warn(f"{text}: no point is labelled {area}.")
        else:
            raise InputError(f"{text} and {area.upper()} has no polygons: give some, or leave {area} out.")


def _bias(ground: Ground, lattice: Lattice, dtm: Dtm, lengths: Lengths, job: Job) -> Bias:
    bias = measure_bias(ground.sample, lattice, dtm, lengths)
    if not bias.covered:
        job.warn("The DTM has no height at any ground point looked at, so its bias is unknown and not corrected.")
    elif bias.covered < FEW:
        job.warn(f"The bias of the DTM is that of {bias.covered} ground points: it is little more than a guess.")
    if bias.astray > ASTRAY * bias.covered:
        job.warn(
            f"At {bias.astray / bias.covered:.0%} of {bias.covered:,} ground points the DTM is more than MAX_RESIDUAL "
            "off the rest: parts of it are wrong, or nodata that is not declared."
        )
    return bias


def _work(
    options: AugmentOptions, lengths: Lengths, ground: Ground, dtm: Dtm, polygons: dict[str, Polygons], job: Job,
) -> list[str]:  # fmt: skip
    """Work every unit that has no result yet; names of all results."""
    holes = find_holes(options, lengths, ground, polygons, job)
    rule = Rule(lengths, options.min_neighbors, options.bias == "smooth", holes.cell)
    work = UnitWork(holes, dtm, rule, options.unverified, job)
    units = holes.units
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    total, left = (sum(holes.box(unit).cells for unit in some) for some in (units, waiting))
    job.progress.phase("Filling", total, 30, done=total - left, unit="sites")
    run_units(waiting, work, job, work.cost)
    return [work.name(unit) for unit in units]


def find_holes(
    options: AugmentOptions, lengths: Lengths, ground: Ground, polygons: dict[str, Polygons], job: Job
) -> Holes:
    """What finds the holes of the ground, ready to work."""
    footprint = Footprint.of(ground.classes, ground.box, ground.inner)
    if not footprint.whole:
        job.warn("The points lie too far apart to tell what they surround: only tiles that hold points are filled.")
    areas = AreaRule(options.strategy, options.priorities, polygons, ground.classes, ground.store.lattice)
    return Holes(ground.store, ground.classes, footprint, areas, lengths, Ticks.of(ground.store), job)


def _tell(c: Tally, bias: Bias, job: Job) -> None:
    if not c["candidates"]:
        raise InputError("The cloud spans less than a cell of SPACING, so no site lies in it: make SPACING smaller.")
    if not c["generated"]:
        raise InputError(
            f"The DTM has no height at any of the {c['candidates']:,} sites of the cloud: it is all nodata there; "
            "choose another one."
        )
    job.progress.info(f"{c['generated']:,} points were generated from the DTM, {c['accepted']:,} pass all tests.")
    if bias.covered:
        job.progress.info(f"DTM minus ground: median {bias.median:+.3f}, spread {bias.spread:.3f}.")
    if c["no_dtm"]:
        job.warn(f"The DTM has no height at {c['no_dtm']:,} of {c['candidates']:,} sites: nothing is filled there.")
    if c["unverified"]:
        job.warn(f"{c['unverified']:,} points could not be verified for want of ground around them.")


def _beside(options: AugmentOptions) -> list[str]:
    """The files a run reads beside clouds; '' where one is not given."""
    return [path.partition("|")[0] for path in (*options.dtm, options.buildings, options.roads, options.water)]


def files_read(options: AugmentOptions, collection: Collection) -> list[str]:
    """Every file a run of this floor reads."""
    return [source.path for source in collection.sources] + _beside(options)


def job_folder_key(options: AugmentOptions, collection: Collection, algorithm: str) -> str:
    """Key of the job folder of a run of an algorithm of this floor."""
    choices = options.choices()
    identities = [source.identity() for source in collection.sources]
    for i, path in enumerate(_beside(options)):
        file = Path(path)
        if path and file.exists():
            status = file.stat()
            identities.append({"path": path, "place": i, "size": status.st_size, "mtime_ns": status.st_mtime_ns})
    return job_key(identities, choices | {"algorithm": algorithm})
