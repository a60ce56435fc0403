# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks of a run over points: one unit's points, their neighborhoods, and the answers it leaves behind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..clouds.source import CHUNK_SIZE
from ..tiles.columns import INDEX
from ..tiles.store import Store, Unit
from .engine import Engine
from .finding import Finder
from .neighborhoods import Neighborhoods, Worked

if TYPE_CHECKING:
    from ..jobs.job import Job

ANSWERED = "answered"
"""Name of the byte that says whether a point has an answer."""
BUCKET_POINTS = CHUNK_SIZE
"""Input points whose answers are put together at once when the output is written: those of one chunk, so that of
most inputs no answers are copied to fit."""


def record_of(engine: Engine) -> np.dtype[np.void]:
    """The answers of one point, after its index in the input and whether it has any."""
    return np.dtype(
        [(INDEX.name, "<i8"), (ANSWERED, "u1"), *((name, dtype) for name, dtype in engine.dimensions.items())]
    )


def blank(dtype: np.dtype[np.void], number: int) -> NDArray[np.void]:
    """Records without an answer: NaN, or 0 of integer types."""
    rows = np.empty(number, dtype)
    make_blank(rows)
    return rows


def bare(rows: NDArray[np.void]) -> NDArray[np.void]:
    """The same records without fields: NumPy copies these fifteen times as fast."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))


def make_blank(rows: NDArray[np.void]) -> None:
    """Take the answers out of records."""
    dtype = rows.dtype
    one = np.zeros(1, dtype)
    for name in dtype.names or ():
        if dtype[name].kind == "f":
            one[name] = np.nan
    rows.view(np.uint8).reshape(len(rows), dtype.itemsize)[:] = one.view(np.uint8)


@dataclass(frozen=True)
class UnitWork:
    """Answers for one unit after the other; shared by all threads."""

    worked: Store
    finder: Finder
    engine: Engine
    job: Job

    @staticmethod
    def name(unit: Unit) -> str:
        """Name of the unit's result in the job folder."""
        return f"unit-{unit.node.level}-{unit.node.ix}-{unit.node.iy}"

    def cost(self, unit: Unit) -> int:
        """Peak bytes of one unit."""
        answers = 2 * unit.count * (record_of(self.engine).itemsize + 64 + 16 * len(self.worked.columns))
        return answers + self.finder.unit_bytes(unit)

    def __call__(self, unit: Unit) -> None:
        """Work the unit and write its result: records by bucket of the input, and where each bucket begins."""
        self.show(unit, "worked")
        base, index = self._points(unit)
        rows, answered = np.empty(len(base), record_of(self.engine)), np.zeros(len(base), bool)
        order, buckets, first = _by_bucket(index)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        counts: Counter[str] = Counter()
        for found in self.finder.find(base, counts):
            for part in found.parts(self.engine.pairs):
                self.job.progress.check()
                at = place[part.query]
                bare(rows)[at] = bare(self._records(part, rows.dtype, index[part.query]))
                answered[at] = True
            counts["answered"] += len(found)
        if not answered.all():
            lost = blank(rows.dtype, len(rows) - int(np.count_nonzero(answered)))
            lost[INDEX.name] = index[order][~answered]
            bare(rows)[~answered] = bare(lost)
        header = {"counts": dict(counts), "buckets": buckets, "first": first}
        self.job.folder.write_result(self.name(unit), header, {"rows": rows.view(np.uint8).reshape(len(rows), -1)})
        self.job.progress.advance(unit.count)
        self.show(unit, "done")

    def _records(self, part: Neighborhoods, dtype: np.dtype[np.void], index: NDArray[np.int64]) -> NDArray[np.void]:
        """The records of some points: filled one after the other, which is faster than each column in place."""
        records = np.empty(len(part), dtype)
        records[INDEX.name], records[ANSWERED] = index, 1
        for name, values in self.engine.answer(part).items():
            records[name] = values
        return records

    def show(self, unit: Unit, state: str) -> None:
        """Draw the unit in the dock's map."""
        x0, y0, x1, y1 = (float(bound * self.worked.lattice.cell) for bound in unit.box)
        self.job.show_tile(unit.node, (x0, y0, x1, y1), state)  # type: ignore[arg-type]

    def _points(self, unit: Unit) -> tuple[Worked, NDArray[np.int64]]:
        points, columns = self.worked.read_columns(unit.box)
        ticks = self.finder.ticks
        index = columns.pop(INDEX.name)
        columns["z"] = points.v
        if ticks.shift:
            columns |= {"x": ticks.lattice.coordinates(points.x), "y": ticks.lattice.coordinates(points.y)}
        base = Worked(ticks.of_steps(points.x), ticks.of_steps(points.y), ticks.of_values(points.v), ticks, columns)
        return base, index.astype(np.int64)


def _by_bucket(index: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int], list[int]]:
    """Order of points by bucket, the buckets, and where each begins (and the last ends)."""
    bucket = index // BUCKET_POINTS
    low = int(bucket.min(initial=0))
    # NumPy sorts 16 bits by counting: ten times as fast, and only inputs of 8 billion points have more.
    few = int(bucket.max(initial=low)) - low < 1 << 16
    order = np.argsort((bucket - low).astype(np.uint16) if few else bucket, kind="stable")
    first = np.flatnonzero(np.diff(bucket[order], prepend=-1))
    return order, bucket[order[first]].tolist(), [*first.tolist(), len(index)]
