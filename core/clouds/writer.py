# SPDX-License-Identifier: GPL-2.0-or-later
"""The clouds engines write: input points with dimensions added, and new points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..reports.figures import CloudFigure
from ..reports.figures import keep as keep_figure
from .chunk import Column
from .collection import Collection
from .crs import is_geographic
from .fitting import Fitting
from .las_writer import CloudWriter
from .output_header import ExtraDimension, copied_header, new_header
from .records import dimensions as columns_of
from .rows import Rows
from .source import Source

if TYPE_CHECKING:
    from ..jobs.job import Job

Answer = tuple[NDArray[np.bool_], Mapping[str, Column]]
"""For the next points in order: which are written, and the new columns of those."""
SCALE, DEGREE_SCALE = 1e-3, 1e-7
"""Steps of new clouds, in CRS units."""
STEPS = 2**31 - 2


def append_dimensions(
    path: Path,
    collection: Collection,
    dimensions: Mapping[str, np.dtype[Any]],
    answers: Iterable[Answer],
    job: Job,
    fitting: Fitting | None = None,
) -> int:
    """Write the chosen points of all sources, in order, with ``dimensions`` added; returns how many.

    ``answers`` go over the points of all sources one after the other, in runs of any length; with
    ``fitting`` their numbers are float64 and may be for dimensions the points have.
    The current phase of the job's progress advances by points; what the copy lacks of the inputs
    becomes a warning of the job.
    Raises InputError for sources of different point formats, OutputError, Cancelled.
    """
    sources = collection.sources
    runs = _Runs(answers)
    header = copied_header(sources, extra_dimensions(dimensions), collection.crs_wkt)
    figure = CloudFigure(path, _plane(sources), collection.points, tuple(dimensions))
    with CloudWriter(str(path), header, sources, fitting) as out:
        for source in sources:
            for _, records in source.records():
                job.progress.check()
                keep, columns = runs.take(len(records))
                out.copy(source, records, columns, None if keep.all() else keep)
                some = figure.chosen(keep)
                figure.add(*_places(source, records.array[some]), {name: columns[name][some] for name in dimensions})
                job.progress.advance(len(records))
    for note in out.notes():
        job.warn(note)
    keep_figure(job.figures, figure)
    return out.points


def extra_dimensions(dimensions: Mapping[str, np.dtype[Any]]) -> list[ExtraDimension]:
    """How dimensions of these types are stored: a truth as a byte."""
    return [ExtraDimension(name, np.dtype(dtype).str[1:].replace("b", "u")) for name, dtype in dimensions.items()]


def _plane(sources: Sequence[Source]) -> tuple[float, float, float, float]:
    """West, south, east, north of all sources, as their headers say."""
    low = [min(source.bounds[i] for source in sources) for i in (0, 1)]
    high = [max(source.bounds[i] for source in sources) for i in (3, 4)]
    return low[0], low[1], high[0], high[1]


def _places(source: Source, array: Any) -> tuple[Column, Column]:
    x, y = (array[name] * source.scales[axis] + source.offsets[axis] for axis, name in enumerate("XY"))
    return x, y


def write_cloud(
    path: Path, x: Column, y: Column, z: Column, columns: Mapping[str, Column] | None = None, *, crs_wkt: str = ""
) -> None:
    """Write new points (CRS units) as LAS 1.4, point format 6; columns LAS does not know become extra ones.

    Steps are 0.001 units (degrees: 1e-7), coarser where the extent is over 2,000 km.
    Raises OutputError.
    """
    columns = columns or {}
    plane = _scale(max(_span(x), _span(y)), DEGREE_SCALE if is_geographic(crs_wkt) else SCALE)
    scales = (plane, plane, _scale(_span(z), SCALE))
    offsets = tuple(float(floor(axis.min())) if len(axis) else 0.0 for axis in (x, y, z))
    header = new_header(scales, (offsets[0], offsets[1], offsets[2]), crs_wkt=crs_wkt)
    known = columns_of(header.point_format)
    extra = [ExtraDimension(name, values.dtype.str[1:]) for name, values in columns.items() if name not in known]
    header = new_header(scales, (offsets[0], offsets[1], offsets[2]), crs_wkt=crs_wkt, extra=extra)
    with CloudWriter(str(path), header) as out:
        out.add({"x": x, "y": y, "z": z, **columns})


def _span(axis: Column) -> float:
    return float(np.ptp(axis)) if len(axis) else 0.0


def _scale(span: float, finest: float) -> float:
    """The finest power-of-ten multiple of ``finest`` whose 32-bit integers reach over ``span``."""
    scale = finest
    while (span + 1) / scale > STEPS:
        scale *= 10
    return float(f"{scale:.0e}")


class _Runs:
    """Answers in runs of any length, taken in runs of another."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self._answers: Iterator[Answer] = iter(answers)
        self._keep: NDArray[np.bool_] = np.zeros(0, bool)
        self._columns: Mapping[str, Column] = {}
        self._all = False
        """Whether all points at hand are written."""

    def take(self, points: int) -> Answer:
        """The mask of the next points, and for all of them the columns (0 where not written)."""
        whole = self._take_whole(points)
        if whole is not None:
            return whole
        keep = np.zeros(points, bool)
        columns: dict[str, Column] = {}
        at = 0
        while at < points:
            self._refill()
            part = self._keep[: points - at]
            chosen = int(np.count_nonzero(part))
            keep[at : at + len(part)] = part
            for name, values in self._columns.items():
                column = columns.setdefault(name, np.zeros(points, values.dtype))
                column[at : at + len(part)][slice(None) if chosen == len(part) else part] = values[:chosen]
            self._drop(len(part), chosen)
            at += len(part)
        return keep, columns

    def _take_whole(self, points: int) -> Answer | None:
        """As ``take`` where all next points are written and their columns are rows; else None, and nothing is taken."""
        if points:
            self._refill()
        if not isinstance(self._columns, Rows) or not self._all or not points:
            return None
        parts: list[Rows] = []
        while points and isinstance(self._columns, Rows) and self._all:
            parts.append(self._columns.part(slice(points)))
            points -= len(parts[-1].records)
            self._drop(len(parts[-1].records), len(parts[-1].records))
            if points:
                self._refill()
        rows = Rows.joined(parts)
        if points:  # the rest has points that are not written
            self._give_back(rows)
            return None
        return np.ones(len(rows.records), bool), rows

    def _give_back(self, rows: Rows) -> None:
        self._answers = chain([(self._keep, self._columns)], self._answers)
        self._keep, self._columns, self._all = np.ones(len(rows.records), bool), rows, False

    def _refill(self) -> None:
        while not len(self._keep):
            self._keep, self._columns = next(self._answers, (None, {}))  # type: ignore[assignment]
            if self._keep is None:
                raise InputError("An input file holds more points than when it was first read: start again.")
            self._all = bool(self._keep.all())

    def _drop(self, points: int, chosen: int) -> None:
        """Forget the next points, of which so many were written."""
        self._keep = self._keep[points:]
        if isinstance(self._columns, Rows):
            self._columns = self._columns.part(slice(chosen, None))
        else:
            self._columns = {name: values[chosen:] for name, values in self._columns.items()}
