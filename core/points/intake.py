# SPDX-License-Identifier: GPL-2.0-or-later
"""The one pass over the clouds of a role: which points pass, on which lattice they lie, and what was odd."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..tiles.ingest import AxisMap, tell_oddities
from ..tiles.lattice import Lattice
from .plan import Cloud, Points

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.source import Source
    from ..jobs.job import Job
    from ..neighborhood.expression import Columns, Sampler

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Taken:
    """The points of a chunk that pass: ``keep`` (a mask, or all of it), and lattice steps of x, y, z."""

    chunk: Chunk
    keep: NDArray[np.bool_] | slice
    x: Ints
    y: Ints
    z: Ints

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A dimension of the points that pass."""
        return self.chunk[name][self.keep]


@dataclass(frozen=True)
class _OnLattice:
    """A chunk of a file that is rounded to the lattice: filters see the coordinates the run works with."""

    chunk: Chunk
    maps: tuple[AxisMap, ...]
    steps: tuple[Fraction, ...]

    def __len__(self) -> int:
        return len(self.chunk)

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in ("x", "y", "z"):
            return self.chunk[name]
        axis = "xyz".index(name)
        whole = self.maps[axis]((self.chunk.X, self.chunk.Y, self.chunk.Z)[axis])
        return np.asarray(whole * float(self.steps[axis].numerator) / float(self.steps[axis].denominator))


@dataclass
class Intake:
    """What a pass counted."""

    read: int = 0
    passed: int = 0
    rounded: int = 0
    """Points that pass, of files whose scale or offset is no whole multiple of the lattice step."""
    sizes: list[int] = field(default_factory=list)
    """Points read from each source."""
    notes: list[str] = field(default_factory=list)
    invalid: dict[str, int] = field(default_factory=dict)
    """Points read whose value of a dimension is NaN or infinite, by dimension."""
    classes: list[int] = field(default_factory=list)
    """Points read of each class, where the filter asks for classes."""
    extent: tuple[float, float, float, float] = (inf, inf, -inf, -inf)
    """West, south, east and north of all points read, CRS units; what a header says may be a lie."""

    def chunks(
        self, points: Points, columns: Iterable[str], lattice: Lattice, sampler: Sampler | None, job: Job
    ) -> Iterator[Taken]:
        """The points of all clouds that pass, with ``columns``; the current phase of the progress advances."""
        wanted = set(columns)
        for cloud in points.clouds:
            first, passed = self.read, self.passed
            yield from self._cloud(cloud, points.required, wanted, lattice, sampler, job)
            self.sizes.append(self.read - first)
            self.notes += [f"{cloud.source.path} {note}." for note in cloud.source.notes]
            if self.passed == passed:
                self.notes.append(
                    f"{cloud.source.path}: none of its {self.read - first:,} points passed {points.parameter}."
                )

    def _cloud(
        self,
        cloud: Cloud,
        required: frozenset[str],
        names: set[str],
        lattice: Lattice,
        sampler: Sampler | None,
        job: Job,
    ) -> Iterator[Taken]:
        from ..clouds.read_ahead import read_ahead

        source, step = cloud.source, lattice.cell / lattice.per_cell
        steps = (step, step, lattice.value_step)
        x, y, z = maps = tuple(AxisMap(source.scales[i], source.offsets[i], steps[i]) for i in range(3))
        exact = all(each.exact for each in maps)
        wanted = names | set(cloud.filter.dimensions)
        real = reals(source, wanted)
        with closing(read_ahead(source.chunks(wanted))) as chunks:
            for chunk in chunks:
                job.progress.check()
                columns: Columns = chunk if exact else _OnLattice(chunk, maps, steps)
                keep = self._passed(cloud, chunk, columns, real, required, sampler)
                taken = Taken(chunk, keep, x(chunk.X[keep]), y(chunk.Y[keep]), z(chunk.Z[keep]))
                self._count(taken, exact)
                yield taken
                job.progress.advance(len(chunk))

    def _passed(
        self,
        cloud: Cloud,
        chunk: Chunk,
        columns: Columns,
        real: list[str],
        required: frozenset[str],
        sampler: Sampler | None,
    ) -> NDArray[np.bool_] | slice:
        keep: Any = cloud.filter.mask(columns, rasters=sampler) if str(cloud.filter) else slice(None)
        if "classification" in cloud.filter.dimensions:
            seen = np.bincount(chunk["classification"], minlength=256)
            self.classes = (seen + (self.classes or 0)).tolist()
        for name in count_invalid(chunk, real, self.invalid):
            if name in required:
                finite = np.isfinite(chunk[name])
                keep = finite if isinstance(keep, slice) else keep & finite
        return keep

    def _count(self, taken: Taken, exact: bool) -> None:
        chunk = taken.chunk
        self.read += len(chunk)
        self.passed += len(taken.x)
        self.rounded += 0 if exact else len(taken.x)
        if len(chunk):
            (west, east), (south, north) = chunk.span(0), chunk.span(1)
            old = self.extent
            self.extent = (min(old[0], west), min(old[1], south), max(old[2], east), max(old[3], north))

    def require_some(self, points: Points) -> None:
        """Raise InputError where no point passed."""
        if self.passed:
            return
        for name in sorted(points.required):
            if self.invalid.get(name):
                raise InputError(
                    f"None of the {self.read:,} points read that passes has a valid {name} "
                    f"({self.invalid[name]:,} are NaN or infinite): choose another ATTRIBUTE."
                )
        present = ", ".join(f"{i} ({number:,})" for i, number in enumerate(self.classes) if number)
        raise InputError(
            f"None of the {self.read:,} points read passes {points.parameter} '{points.filter}'"
            + (f" (the classes present are {present})" if present else "")
            + ": loosen it, or empty it for all points."
        )


def reals(source: Source, names: Iterable[str]) -> list[str]:
    """Those dimensions that may hold NaN."""
    return sorted(name for name in set(names) - {"x", "y", "z"} if source.dimensions[name].kind == "f")


def count_invalid(chunk: Chunk, names: Iterable[str], invalid: dict[str, int]) -> list[str]:
    """Count NaN and infinity of these dimensions; the dimensions that have any in this chunk."""
    found = []
    for name in names:
        missing = len(chunk) - int(np.count_nonzero(np.isfinite(chunk[name])))
        if missing:
            invalid[name] = invalid.get(name, 0) + missing
            found.append(name)
    return found


def tell(counts: dict[str, Any], points: Points, lattice: Lattice, job: Job) -> None:
    """Warn of what an intake, as a dictionary, found odd."""
    tell_oddities(counts["notes"], counts["rounded"], lattice.step, job)
    tell_invalid(counts["invalid"], counts["read"], job, points.required)


def tell_invalid(invalid: dict[str, int], read: int, job: Job, required: frozenset[str] = frozenset()) -> None:
    """Warn of dimensions that are NaN or infinite for some of the points read."""
    for name, number in sorted(invalid.items()):
        job.count(f"{name} not a number", number)
        what = "they are left out" if name in required else "what uses it there is invalid"
        job.warn(f"{number:,} of {read:,} points have NaN or infinity as {name}: {what}.")
