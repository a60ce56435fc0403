# SPDX-License-Identifier: GPL-2.0-or-later
"""The one pass over the input: decode, filter, bring onto the lattice, spool.

A reader thread decodes chunks while this thread filters and spools them.  Coordinates go from the
integers of the file to those of the lattice by whole numbers; a file whose scale or offset does not
allow that is rounded to the nearest step, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .columns import INDEX
from .lattice import Box, Lattice
from .spool import Spool

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.source import Source
    from ..jobs.job import Job

FLOAT_STEP = 1e-6
"""Lattice step of an attribute stored as a float."""


class PointFilter(Protocol):
    """Which points count: a filter bound to the dimensions of one source."""

    @property
    def dimensions(self) -> Collection[str]: ...

    @property
    def files(self) -> Collection[str]: ...

    def mask(self, columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.bool_]: ...


@dataclass(frozen=True)
class Selection:
    """What is taken from one source: the points its filter passes, and one of their numbers."""

    source: Source
    filter: PointFilter
    attribute: str


@dataclass
class Intake:
    """Counts of the pass, for the report and for what an empty result must tell."""

    read: int = 0
    passed: int = 0
    rounded: int = 0
    """Points of files whose scale or offset is no whole multiple of the lattice step."""
    invalid: int = 0
    """Points that passed the filter but whose attribute is NaN or infinite."""
    box: Box | None = None
    """Bounding cells of the points that passed."""
    classes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    classes_seen: bool = False
    notes: list[str] = field(default_factory=list)
    """Sentences about odd files, and files of which no point passed."""


class AxisMap:
    """From the integers of a file, ``raw * scale + offset``, to lattice counts of ``step``."""

    def __init__(self, scale: float, offset: float, step: Fraction) -> None:
        # The scale as it is, not the decimal it is near: over 2**31 steps the difference would show.
        factor, shift = Fraction(repr(float(scale))) / step, Fraction(repr(float(offset))) / step
        self.exact = factor.denominator == 1 and shift.denominator == 1
        self._whole = (int(factor), int(shift)) if self.exact else (0, 0)
        self._real = (float(factor), float(shift))

    def __call__(self, raw: NDArray[np.integer]) -> NDArray[np.int64]:
        if self.exact:
            return np.asarray(raw.astype(np.int64) * self._whole[0] + self._whole[1])
        return np.rint(raw * self._real[0] + self._real[1]).astype(np.int64)


def attribute_scale(source: Source, attribute: str) -> float:
    """Step on which an attribute's values lie: that of the file for z, 1 for integers."""
    if attribute == "z":
        return source.scales[2]
    return 1.0 if np.issubdtype(source.dimensions[attribute], np.integer) else FLOAT_STEP


def ingest(selected: Iterable[Selection], lattice: Lattice, spool: Spool, job: Job) -> Intake:
    """Spool every selected point with its attribute as the value.

    A spool with that column also gets each point's index over all sources in their order.
    Raises InputError from damaged files, Cancelled when asked to stop.
    """
    from ..clouds.read_ahead import read_ahead

    intake = Intake()
    for selection in selected:
        source, attribute = selection.source, selection.attribute
        first, passed = intake.read, intake.passed
        x_map, y_map = (AxisMap(source.scales[i], source.offsets[i], lattice.cell / lattice.per_cell) for i in (0, 1))
        if attribute == "z":
            value = AxisMap(source.scales[2], source.offsets[2], lattice.value_step)
            exact = x_map.exact and y_map.exact and value.exact
        else:
            value = None
            exact = x_map.exact and y_map.exact
        wanted = set(selection.filter.dimensions) | (set() if attribute == "z" else {attribute})
        with closing(read_ahead(source.chunks(wanted))) as chunks:
            for chunk in chunks:
                job.progress.check()
                keep = _selected(chunk, selection, intake)
                v = value(chunk.Z[keep]) if value else _values(chunk[attribute][keep], lattice.value_step)
                index = [np.flatnonzero(keep) + (first + chunk.start)] if INDEX.name in spool.names else []
                x, y = x_map(chunk.X[keep]), y_map(chunk.Y[keep])
                spool.add(x, y, v, *index)
                intake.box = _widened(intake.box, x, y, lattice.per_cell)
                intake.read += len(chunk)
                intake.passed += len(v)
                intake.rounded += 0 if exact else len(v)
                job.progress.advance(len(chunk))
        intake.notes += [f"{source.path} {note}." for note in source.notes]
        if intake.passed == passed:
            intake.notes.append(f"{source.path}: none of its {intake.read - first:,} points passed the filter.")
    return intake


def _widened(box: Box | None, x: NDArray[np.int64], y: NDArray[np.int64], per_cell: int) -> Box | None:
    if not len(x):
        return box
    seen = Box(*(int(n) // per_cell for n in (x.min(), y.min(), x.max(), y.max())))
    seen = Box(seen.x0, seen.y0, seen.x1 + 1, seen.y1 + 1)
    old = box or seen
    return Box(min(old.x0, seen.x0), min(old.y0, seen.y0), max(old.x1, seen.x1), max(old.y1, seen.y1))


def _selected(chunk: Chunk, selection: Selection, intake: Intake) -> NDArray[np.bool_]:
    keep, attribute = selection.filter.mask(chunk), selection.attribute  # type: ignore[arg-type]
    if "classification" in selection.filter.dimensions:
        intake.classes += np.bincount(chunk["classification"], minlength=256)[:256]
        intake.classes_seen = True
    if attribute != "z" and np.issubdtype(chunk[attribute].dtype, np.floating):
        finite = np.isfinite(chunk[attribute])
        intake.invalid += int(np.count_nonzero(keep & ~finite))
        keep = keep & finite
    return keep


def _values(column: NDArray[np.generic], step: Fraction) -> NDArray[np.int64]:
    if np.issubdtype(column.dtype, np.floating):
        scaled = column.astype(np.float64) / float(step)
        if len(scaled) and np.abs(scaled).max() >= 2.0**62:
            raise InputError(
                f"The attribute holds {column.max()}; values above {2.0**62 * float(step):g} cannot be gridded."
            )
        return np.rint(scaled).astype(np.int64)
    return column.astype(np.int64) * int(1 / step)


def tell_oddities(notes: Iterable[str], rounded: int, step: float, job: Job, purpose: str = "") -> None:
    """Warn of odd files, and of points that did not lie on the lattice (``step`` in CRS units)."""
    for note in notes:
        job.warn(note)
    if rounded:
        job.warn(
            f"{rounded:,} points were rounded to {step:g}{purpose}: "
            "the scale or offset of their file is no multiple of it."
        )


def nothing_passed(intake: Intake, text: str) -> InputError:
    """The error of a run in which no point passed: it says which classes there are."""
    if intake.invalid:
        return InputError(
            f"All {intake.invalid:,} points that pass the filter have no valid ATTRIBUTE (NaN): choose another one."
        )
    if not intake.classes_seen:
        return InputError(
            f"None of the {intake.read:,} points read passes FILTER '{text}'; loosen it, or empty it for all points."
        )
    present = np.flatnonzero(intake.classes)
    listed = ", ".join(f"{c} ({intake.classes[c]:,})" for c in present)
    hint = f"set FILTER to one of them, as Class[{present[0]}]" if len(present) else "check the input"
    if len(present) == 1 and present[0] in (0, 1):
        hint = (
            f"the cloud was never classified: classify its ground, or set FILTER to Class[{present[0]}] for all points"
        )
    return InputError(
        f"None of the {intake.read:,} points read passes FILTER '{text}'; the classes present are {listed}: {hint}."
    )
