# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers of the units, back in input order, and the clouds written with them.

A unit's records are sorted by index and say where each range of the index begins, so the answers to
a range are a few reads and nothing is sorted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, OutputError
from ..jobs.disk import require_writable, written_to
from ..tiles.columns import INDEX
from .engine import Engine
from .options import PointOptions
from .units import ANSWERED, BUCKET_POINTS, bare, make_blank, record_of

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..clouds.writer import Answer
    from ..jobs.job import Job


@dataclass(frozen=True)
class Output:
    """A file to write, and the sources whose points go there."""

    path: Path
    collection: Collection


def check_outputs(options: PointOptions, collection: Collection) -> list[Output]:
    """What is written.  Raises OptionError, InputError, OutputError where that cannot be."""
    from ..clouds.output_header import copied_header

    if options.output:
        copied_header(collection.sources)
        outputs = [Output(Path(options.output), collection)]
    else:
        folder = Path(options.output_folder)
        with written_to(folder):
            folder.mkdir(parents=True, exist_ok=True)
        outputs = [Output(folder / _name(s.path), replace(collection, sources=(s,))) for s in collection.sources]
        names = [output.path.name.lower() for output in outputs]
        for name in names:
            if names.count(name) > 1:
                raise OptionError(f"Two inputs are called {name}; OUTPUT_FOLDER needs names that differ: use OUTPUT.")
    inputs = {Path(source.path).resolve() for source in collection.sources}
    for output in outputs:
        if output.path.resolve() in inputs:
            raise OutputError(f"{output.path} is an input: inputs are never changed, name another place.")
        require_writable(output.path)
    return outputs


def _name(path: str) -> str:
    """Name of a copy: COPC becomes LAZ, text LAS."""
    name = Path(path).name
    if name.lower().endswith(".copc.laz"):
        return name[: -len(".copc.laz")] + ".laz"
    return name if name.lower().endswith((".las", ".laz")) else Path(name).stem + ".las"


def write_outputs(
    outputs: list[Output], sizes: list[int], engine: Engine, units: list[str], kept: str, job: Job
) -> dict[str, int]:
    """Write all files; points by path.

    ``sizes`` are the points read from each input; ``kept`` says which are written: "all", those
    "with" or those "without" an answer.
    """
    from ..clouds.read_ahead import read_ahead
    from ..clouds.writer import append_dimensions

    answers, written, first = _Answers(engine, units, kept, job), {}, 0
    size = iter(sizes)
    for output in outputs:
        with closing(read_ahead(answers.runs(first), depth=1)) as runs:
            written[str(output.path)] = append_dimensions(output.path, output.collection, engine.dimensions, runs, job)
        first += sum(next(size) for _ in output.collection.sources)
    return written


class _Answers:
    """Records of all units by range of the index."""

    def __init__(self, engine: Engine, units: list[str], kept: str, job: Job) -> None:
        self.kept = kept
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
            yield chosen, {name: rows[name] for name in names}
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
        return self._rows
