# SPDX-License-Identifier: GPL-2.0-or-later
"""``remove_synthetic``: the clouds as they were before they were augmented, record for record."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..clouds.chunk import Chunk
from ..clouds.crs import from_records
from ..clouds.former_header import former_header
from ..clouds.las_writer import CloudWriter
from ..clouds.output_header import restored_header
from ..clouds.records import point_format
from ..clouds.source import CHUNK_SIZE, Source
from ..errors import InputError
from ..jobs.budget import make_budget
from ..jobs.disk import require_free, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from ..points.expected import expect_stream
from ..points.targets import Output
from ..reports.facts import balance, run_facts
from .areas import AREA
from .options import AugmentOptions
from .output import SYNTHETIC, all_points_outputs

if TYPE_CHECKING:
    from ..clouds.collection import Collection


class Former(Source):
    """An augmented cloud that tells of itself what it was before; points and records are still those of its file."""

    def __init__(self, file: Source) -> None:
        self.file = file
        self.path, self.points, self.bounds = file.path, file.points, file.bounds
        self.scales, self.offsets, self.odd, self.status = file.scales, file.offsets, file.odd, file.status
        self.dimensions = {name: dtype for name, dtype in file.dimensions.items() if name not in SYNTHETIC}
        self.header, self.crs_wkt = former_header(file, SYNTHETIC), file.crs_wkt
        self.point_format = copy(file.point_format)
        self.point_format.dimensions = [d for d in file.point_format.dimensions if d.name not in SYNTHETIC]
        if self.header is not None:
            self.crs_wkt = from_records(self.header)[0]
            told = point_format(self.header)[0]
            if list(told.dimension_names) == list(self.point_format.dimension_names):
                self.point_format = told

    def chunks(self, dimensions: Some[str], size: int = CHUNK_SIZE) -> Iterator[Chunk]:
        return self.file.chunks(dimensions, size)

    def records(self, size: int = CHUNK_SIZE) -> Iterator[tuple[int, Any]]:
        return self.file.records(size)

    def _start(self) -> bytes:
        return self.file._start()


@dataclass(frozen=True)
class Removed:
    """Points read and removed."""

    read: int
    removed: int


def remove_synthetic(options: AugmentOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write the inputs without their synthetic points and the dimensions that tell about them; the report.

    Only points whose SyntheticArea is above 0 are removed: the LAS flag says nothing of who set it.
    Inputs that were never augmented are copied.
    Raises InputError where none was augmented.
    """
    from ..clouds.collection import open_collection

    options.check_removal()
    collection = open_collection(options.inputs, crs=options.crs)
    collection = replace(collection, sources=tuple(map(_before, collection.sources)))
    copied = [source for source in collection.sources if not isinstance(source, Former)]
    if len(copied) == len(collection.sources):
        more = f", nor has any of {len(copied) - 1:,} more" if len(copied) > 1 else ""
        raise InputError(f"{copied[0].path} has no {AREA}{more}: it was not augmented, so there is nothing to remove.")
    outputs = all_points_outputs(options, collection, {})
    parent = scratch_parent(options.target, options.scratch)
    require_free({options.target.absolute().parent: collection.points * 40})
    key = job_key([s.identity() for s in collection.sources], {"remove": str(options.target)})
    budget = make_budget(options.max_memory, growth=options.growth)
    folder = JobFolder(parent, key, resume=False)
    with Job(folder, name="scree:removesynthetic", budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expect_stream(collection.points, budget))
        for text in (*collection.warnings, *outputs.notes):
            job.warn(text)
        for source in copied:
            job.warn(f"{source.path} has no {AREA}: it was not augmented, its {source.points:,} points are copied.")
        job.progress.phase("Writing", collection.points, 100)
        written = {str(output.path): _write(output, options, job) for output in outputs.files}
        outputs.write_virtual()
        if not any(removed.removed for removed in written.values()):
            job.warn("No input holds a synthetic point: only the dimensions that tell about them are removed.")
        return _report(options, collection, written, job)


def _before(source: Source) -> Source:
    return Former(source) if AREA in source.dimensions else source


def _write(output: Output, options: AugmentOptions, job: Job) -> Removed:
    sources = output.collection.sources
    read = 0
    # A single cloud has the CRS it had before, unless another is asked for.
    crs_wkt = output.collection.crs_wkt if options.crs or len(sources) > 1 else None
    with CloudWriter(str(output.path), restored_header(sources, crs_wkt), sources) as out:
        for source in sources:
            for _, records in source.records():
                job.progress.check()
                keep = np.asarray(records[AREA]) == 0 if isinstance(source, Former) else None
                out.copy(source, records, None, keep)
                read += len(records)
                job.progress.advance(len(records))
    for note in out.notes():
        job.warn(note)
    return Removed(read, read - out.points)


def _report(options: AugmentOptions, collection: Collection, written: dict[str, Removed], job: Job) -> dict[str, Any]:
    read, removed = (sum(getattr(w, name) for w in written.values()) for name in ("read", "removed"))
    return {
        "points_read": read,
        "points_removed": removed,
        "points_written": read - removed,
        "balances": [balance("Points read", read, {"written": read - removed, "removed": removed})],
        "outputs": {path: w.read - w.removed for path, w in written.items()},
        "inputs_copied": sum(not isinstance(source, Former) for source in collection.sources),
        **run_facts(job, options, collection),
    }
