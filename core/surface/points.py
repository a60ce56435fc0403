# SPDX-License-Identifier: GPL-2.0-or-later
"""The points of a surface job: filtered, thinned and sealed, or found sealed by a resumed run."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from math import log2
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tiles.apart import keep_store_apart
from ..tiles.blocks import TILE_LEVEL
from ..tiles.columns import INDEX
from ..tiles.ingest import Intake, Selection, attribute_scale, ingest, nothing_passed, tell_oddities
from ..tiles.lattice import Lattice, make_lattice
from ..tiles.seal import seal
from ..tiles.spool import XYV, Spool
from ..tiles.store import Store, StoreFiles
from ..tiles.thinning import Thinning
from .options import DemOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..clouds.collection import Collection
    from ..clouds.source import Source
    from ..jobs.job import Job

RUN_BYTES = 100
"""Held for each point of a run while it is sorted by node."""


@dataclass(frozen=True)
class Sealed:
    """The store the surface goes through, the raw points where outputs need them, and the counts."""

    store: Store
    raw: Store | None
    intake: dict[str, Any]

    def close(self) -> None:
        """Close the stores."""
        self.store.close()
        if self.raw is not None:
            self.raw.close()


def selections(options: DemOptions, collection: Collection) -> list[Selection]:
    """Filter and attribute bound to each source.  Raises LanguageError before any point is read."""
    from ..neighborhood.expression import parse_filter

    parsed = parse_filter(options.filter)
    return [Selection(s, parsed.bind(s.dimensions), attribute_of(options, s)) for s in collection.sources]


def attribute_of(options: DemOptions, source: Source) -> str:
    """The dimension that ATTRIBUTE means in a source.  Raises LanguageError with the nearest names."""
    from ..neighborhood.expression.attributes import resolve
    from ..neighborhood.expression.errors import Place

    return resolve(options.attribute, source.dimensions, Place(options.attribute, 0)) or "z"


def thinning_of(options: DemOptions) -> Thinning:
    """The thinning the seal does: that of means.  ``nearest`` goes by distance, once all points are sealed."""
    pitch = options.thinning_distance or 0.0
    if options.thinning != "mean" or pitch == 0:
        return Thinning()
    if pitch <= options.resolution:
        return Thinning("mean", min(256, max(1, round(options.resolution / pitch))))
    return Thinning("mean", 1, min(TILE_LEVEL, round(log2(pitch / options.resolution))))


def epsilon_of(options: DemOptions, lattice: Lattice) -> Fraction | None:
    """THINNING_DISTANCE of ``nearest`` in lattice steps; None where points are not thinned by distance."""
    if options.thinning != "nearest" or not options.thinning_distance:
        return None
    return Fraction(repr(options.thinning_distance)) * lattice.per_cell / lattice.cell


def keeps_raw_for_counts(options: DemOptions) -> bool:
    """Whether COUNT needs the raw points: the thinned ones do not tell how many lay in each cell."""
    wide = thinning_of(options).level > 0
    return bool(options.count) and (wide or options.thinning == "nearest")


def keeps_raw(options: DemOptions) -> bool:
    """Whether every point that passed the filter is sealed, beside the thinned ones."""
    return bool(options.deviations) or keeps_raw_for_counts(options)


def seal_points(options: DemOptions, selected: list[Selection], job: Job) -> Sealed:
    """Read, filter and seal the points, unless a run before did.

    Raises InputError where nothing passes the filter, OutputError when the disk is full.
    """
    files, raw = StoreFiles(job.folder.path, "points"), StoreFiles(job.folder.path, "raw")
    intake = job.folder.sealed("intake")
    if intake is None or not files.sealed or (keeps_raw(options) and not raw.sealed):
        intake = _build(options, selected, files, raw, job)
    store = Store(files)
    _warn(options, store, intake, job)
    return Sealed(_apart(options, store, job), Store(raw) if keeps_raw(options) else None, intake)


def _apart(options: DemOptions, store: Store, job: Job) -> Store:
    """The points the surface goes through: by ``nearest`` none within THINNING_DISTANCE of another."""
    epsilon = epsilon_of(options, store.lattice)
    if epsilon is None:
        return store
    files = StoreFiles(job.folder.path, "apart")
    with closing(store):
        if files.sealed:
            return Store(files)
        job.progress.phase("Thinning", store.count, 0)
        return keep_store_apart(store, files, epsilon, job)


def _build(
    options: DemOptions, selected: list[Selection], files: StoreFiles, raw: StoreFiles, job: Job
) -> dict[str, Any]:
    lattice = lattice_of(options, selected)
    total = sum(s.source.points for s in selected)
    job.progress.phase("Reading", total, 35)
    spool = Spool(
        job.folder.file("spool.part"),
        lattice.per_cell,
        TILE_LEVEL,
        min(1 << 20, job.budget.run_points(RUN_BYTES)),
        (*XYV, INDEX.name) if keeps_raw(options) else XYV,
    )
    try:
        intake = ingest(selected, lattice, spool, job)
        spool.close()
        if not intake.passed:
            raise nothing_passed(intake, options.filter)
        job.progress.phase("Sorting", spool.count * (2 if keeps_raw(options) else 1), 10)
        seal(spool, files, lattice, thinning_of(options), job).close()
        if keeps_raw(options):
            seal(spool, raw, lattice, Thinning(), job, [INDEX]).close()
    finally:
        spool.remove()
    facts = _facts(intake)
    job.folder.seal("intake", facts)
    return facts


def lattice_of(options: DemOptions, selected: Sequence[Selection]) -> Lattice:
    """The lattice of the points: cells of RESOLUTION, steps that suit every file."""
    scales = [scale for s in selected for scale in s.source.scales[:2]]
    return make_lattice(options.resolution, scales, [attribute_scale(s.source, s.attribute) for s in selected])


def _facts(intake: Intake) -> dict[str, Any]:
    return {
        "read": intake.read,
        "passed": intake.passed,
        "rounded": intake.rounded,
        "invalid": intake.invalid,
        "notes": intake.notes,
        "box": intake.box,
        "classes": {str(c): int(intake.classes[c]) for c in np.flatnonzero(intake.classes)},
    }


def _warn(options: DemOptions, store: Store, intake: dict[str, Any], job: Job) -> None:
    tell_oddities(intake["notes"], intake["rounded"], store.lattice.step, job)
    if intake["invalid"]:
        job.warn(f"{intake['invalid']:,} points were left out: their {options.attribute} is NaN or infinite.")
    if store.overfull_cells:
        job.warn(
            f"{store.overfull_cells:,} cells held more than 262,144 points each and were thinned to 1/256 of a cell."
        )
    rule, asked = thinning_of(options), options.thinning_distance or 0.0
    pitch = options.resolution * 2**rule.level / rule.parts
    if rule.kind != "none" and abs(pitch - asked) > 1e-9 * asked:
        job.warn(
            f"THINNING_DISTANCE {asked:g} was taken as {pitch:g}: means need one that divides a cell, "
            "or 2, 4, 8 … cells."
        )
