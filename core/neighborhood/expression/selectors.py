# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters that look at one or two named dimensions: class, echo, synthetic flag, region."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attributes import Scope
from .classes import CLASS_NAMES
from .errors import Place
from .evaluation import Environment, Mask
from .filters import Filter
from .nodes import number_text
from .polygon_files import LAYER_NAME, read_polygons
from .polygons import Polygons

#: Inclusive ranges of integers, ascending, apart from each other.
Ranges = tuple[tuple[int, int], ...]


def in_ranges(values: NDArray[Any], ranges: Ranges) -> Mask:
    """True where ``values`` lie in one of ``ranges``."""
    found = np.zeros(len(values), dtype=bool)
    for low, high in ranges:
        found |= (values == low) if low == high else (values >= low) & (values <= high)
    return found


def ranges_text(ranges: Ranges, names: dict[int, str] | None = None) -> list[str]:
    """One word for each of up to three numbers in a row, by name where it has one, else ``low:high``."""
    names = names or {}
    words: list[str] = []
    for low, high in ranges:
        short = high - low < 3
        words += [names.get(code, str(code)) for code in range(low, high + 1)] if short else [f"{low}:{high}"]
    return words


@dataclass(frozen=True)
class Selector(Filter):
    """A filter of fixed dimensions; a point of a file that lacks one of them does not pass."""

    place: Place = field(compare=False, repr=False)

    @abstractmethod
    def chosen(self, *columns: NDArray[Any]) -> Mask:
        """True [n]; ``columns`` are those of `reads`, in its order."""

    @abstractmethod
    def reads(self) -> tuple[str, ...]:
        """The dimensions it looks at."""

    @property
    def dimensions(self) -> frozenset[str]:
        return frozenset(self.reads())

    def resolved(self, scope: Scope) -> Filter:
        for name in self.reads():
            scope.require(name, self.place)
        return self

    def passed(self, environment: Environment) -> Mask:
        try:
            columns = [np.asarray(environment.own[name]) for name in self.reads()]
        except KeyError:
            return np.zeros(environment.count, dtype=bool)
        return self.chosen(*columns)


@dataclass(frozen=True)
class Class(Selector):
    """Points of some classes."""

    codes: Ranges

    def __str__(self) -> str:
        return f"Class[{' '.join(ranges_text(self.codes, CLASS_NAMES))}]"

    def reads(self) -> tuple[str, ...]:
        return ("classification",)

    def chosen(self, *columns: NDArray[Any]) -> Mask:
        return in_ranges(columns[0], self.codes)


@dataclass(frozen=True)
class Echo(Selector):
    """Echoes by their place in the pulse: ``kinds`` by name, ``numbers`` by return number.

    A return number of 0 is unknown and passes nothing.
    """

    kinds: tuple[str, ...]
    numbers: Ranges

    def __str__(self) -> str:
        return f"Echo[{' '.join((*self.kinds, *ranges_text(self.numbers)))}]"

    def reads(self) -> tuple[str, ...]:
        """The number of returns only if asked for: many files do not fill it."""
        counted = any(kind != "First" for kind in self.kinds)
        return ("return_number", "number_of_returns") if counted else ("return_number",)

    def chosen(self, *columns: NDArray[Any]) -> Mask:
        echo, last = columns[0], columns[-1]
        found = in_ranges(echo, self.numbers)
        for kind in self.kinds:
            found |= _ECHOES[kind](echo, last)
        return found & (echo > 0)


_ECHOES = {
    "First": lambda echo, last: echo == 1,
    "Last": lambda echo, last: echo == last,
    "Only": lambda echo, last: (echo == 1) & (last == 1),
    "Intermediate": lambda echo, last: (echo > 1) & (echo < last),
    "FirstOfMany": lambda echo, last: (echo == 1) & (last > 1),
    "LastOfMany": lambda echo, last: (echo > 1) & (echo == last),
}
ECHO_WORDS = {name: name for name in _ECHOES} | {"Single": "Only"}


@dataclass(frozen=True)
class Synthetic(Selector):
    """Points flagged as synthetic."""

    def __str__(self) -> str:
        return "Synthetic"

    def reads(self) -> tuple[str, ...]:
        return ("synthetic",)

    def chosen(self, *columns: NDArray[Any]) -> Mask:
        return np.not_equal(columns[0], 0)


@dataclass(frozen=True)
class Region(Selector):
    """Points in the polygon of ``corners``, or in any polygon of the file ``path``."""

    corners: tuple[tuple[float, float], ...] = ()
    path: str = ""

    def __str__(self) -> str:
        if not self.path:
            return f"Region[{' '.join(f'{number_text(x)} {number_text(y)}' for x, y in self.corners)}]"
        quote = "'" if "'" not in self.path else '"'
        return f"Region[{quote}{self.path}{quote}]"

    def reads(self) -> tuple[str, ...]:
        return ("x", "y")

    @property
    def files(self) -> frozenset[str]:
        return frozenset({self.path.partition(LAYER_NAME)[0]}) if self.path else frozenset()

    @cached_property
    def polygons(self) -> Polygons:
        """In the coordinates of the points; a file is taken to be in their reference system."""
        if not self.path:
            return Polygons.of([[np.array(self.corners)]])
        return read_polygons(self.path)

    def resolved(self, scope: Scope) -> Filter:
        _ = self.polygons  # read here, so that a bad file stops the run before any point is read
        return super().resolved(scope)

    def chosen(self, *columns: NDArray[Any]) -> Mask:
        x, y = (column.astype(np.float64, copy=False) for column in columns)
        return self.polygons.contain(x, y)
