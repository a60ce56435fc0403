# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of the units, back in input order, and the clouds written with them.

A unit's records are sorted by index and say where each range of the index begins, so the answers to
a range are a few reads and nothing is sorted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..clouds.rows import Rows
from ..tiles.columns import INDEX
from .engine import Engine, fitting_of, new_dimensions
from .targets import Outputs
from .units import ANSWERED, BUCKET_POINTS, bare, make_blank, record_of

if TYPE_CHECKING:
    from ..clouds.fitting import Fitting
    from ..clouds.writer import Answer
from ..jobs.job import Job


def write_outputs(
    outputs: Outputs, sizes: list[int], engine: Engine, units: list[str], kept: str, job: Job
) -> dict[str, int]:
    """Write all files; points by path.

    ``sizes`` are the points read from each input; ``kept`` says which are written: "all", those
    "with" or those "without" an answer.
    """
    from ..clouds.read_ahead import read_ahead
    from ..clouds.writer import append_dimensions

    answers, written, first = _Answers(engine, units, kept, job), {}, 0
    size, fitting, dimensions = iter(sizes), fitting_of(engine), new_dimensions(engine)
    for output in outputs.files:
        with closing(read_ahead(answers.runs(first), depth=1)) as runs:
            written[str(output.path)] = append_dimensions(
                output.path, output.collection, dimensions, runs, job, fitting
            )
        first += sum(next(size) for _ in output.collection.sources)
    outputs.write_virtual()
    if fitting is not None:
        tell(answers.invalid, fitting, job)
    return written


def tell(invalid: Mapping[str, int], fitting: Fitting, job: Job) -> None:
    """Warn of numbers that are none, and of those their dimensions cannot hold."""
    for name, number in invalid.items():
        if number:
            job.count(f"{name} invalid", number)
            job.warn(
                f"The formula of {name} is invalid for {number:,} points that were worked (a value, raster or neighbor "
                "it needs is not there): they have no new value."
            )
    for note in fitting.notes():
        job.warn(note)


class _Answers:
    """Records of all units by range of the index."""

    def __init__(self, engine: Engine, units: list[str], kept: str, job: Job) -> None:
        self.kept = kept
        self.invalid: Counter[str] = Counter()
        """Of answered points the numbers that are NaN, by dimension; for engines whose numbers are fitted."""
        self._fitted = tuple(engine.dimensions) if fitting_of(engine) else ()
        self._counted = -1
        self.dtype = record_of(engine)
        self.job = job
        self._places: dict[int, list[tuple[str, int, int]]] = {}
        for name in units:
            with job.folder.read_result(name) as result:
                first = result.header["first"]
                for bucket, start, stop in zip(result.header["buckets"], first, first[1:], strict=False):
                    self._places.setdefault(bucket, []).append((name, start, stop))
        self._bucket = -1
        self._rows = np.empty(0, self.dtype)

    def runs(self, first: int) -> Iterator[Answer]:
        """For the input points from ``first`` on, a range at a time: which are written, and their new columns."""
        names = [name for name in self.dtype.names or () if name not in (INDEX.name, ANSWERED)]
        while True:
            bucket = first // BUCKET_POINTS
            rows = self._read(bucket)[first - bucket * BUCKET_POINTS :]
            chosen = np.ones(len(rows), bool) if self.kept == "all" else rows[ANSWERED] == (self.kept == "with")
            rows = rows if self.kept == "all" else rows[chosen]
            yield chosen, Rows(rows, names)
            first = (bucket + 1) * BUCKET_POINTS

    def _read(self, bucket: int) -> NDArray[np.void]:
        if bucket != self._bucket:
            places = self._places.get(bucket, [])
            whole = sum(stop - start for _, start, stop in places) == BUCKET_POINTS
            self._rows = np.empty(BUCKET_POINTS, self.dtype)
            if not whole:
                make_blank(self._rows)
            for name, start, stop in places:
                self.job.progress.check()
                with self.job.folder.read_result(name) as result:
                    part = result.rows("rows", start, stop).view(self.dtype).reshape(-1)
                bare(self._rows)[part[INDEX.name] - bucket * BUCKET_POINTS] = bare(part)
            self._bucket = bucket
            self._count(bucket)
        return self._rows

    def _count(self, bucket: int) -> None:
        """Count a range once, though two files may share it."""
        if bucket > self._counted:
            answered = self._rows[ANSWERED] != 0
            for name in self._fitted:
                self.invalid[name] += int(np.count_nonzero(answered & np.isnan(self._rows[name])))
            self._counted = bucket
