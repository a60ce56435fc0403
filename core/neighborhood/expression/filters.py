# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters: which points are worked, or which neighbors count.

A filter is a set of points.  ``not`` is its complement: a point whose attribute is invalid fails
``Generic[_a > 1]`` and so passes ``not Generic[_a > 1]``, while it passes neither
``Generic[_a > 1]`` nor ``Generic[not _a > 1]``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .attributes import Scope
from .evaluation import Columns, Environment, Mask, Sampler
from .formula import Expression


class Filter(ABC):
    """A set of points; ``str`` gives its canonical text, equal filters have equal text."""

    @abstractmethod
    def passed(self, environment: Environment) -> Mask:
        """True [count] for the points (or pairs) in the set."""

    def formulas(self) -> Iterator[Expression]:
        """Every formula in the filter."""
        return iter(())

    def resolved(self, scope: Scope) -> Filter:
        """The same filter with every name resolved in ``scope``; see `bind`."""
        return self

    @property
    def dimensions(self) -> frozenset[str]:
        """Dimensions of the points it reads; a formula must be bound to know them."""
        return frozenset().union(*(formula.needs("own") for formula in self.formulas()))

    def bind(
        self,
        available: Mapping[str, Any],
        *,
        base: Mapping[str, Any] | None = None,
        rasters: int = 0,
    ) -> Filter:
        """The same filter bound to the attributes of a cloud, name to type.

        ``base``: those of the base point, given only where there is one; ``rasters``: how many
        rasters ``r[i]`` can be asked for.

        Raises
        ------
        LanguageError
            The filter asks for what is not there.
        InputError
            A file of polygons cannot be read.
        """
        return self.resolved(Scope(available, base, None, rasters))

    @property
    def base_dimensions(self) -> frozenset[str]:
        """Dimensions of the base points it reads, once bound."""
        return frozenset().union(*(formula.needs("base") for formula in self.formulas()))

    @property
    def rasters(self) -> frozenset[int]:
        """Indices of the rasters it reads."""
        return frozenset().union(*(formula.rasters for formula in self.formulas()))

    @property
    def files(self) -> frozenset[str]:
        """Files of polygons it reads: its answers depend on what they hold, not on their names alone."""
        return frozenset()

    @property
    def contextual(self) -> bool:
        """True if the base point is used anywhere: then the whole filter is a matter of pairs."""
        return any(formula.contextual for formula in self.formulas())

    @property
    def stand_alone(self) -> bool:
        """True if a point passes or fails by itself."""
        return not self.contextual

    def mask(self, columns: Columns, *, base: Columns | None = None, rasters: Sampler | None = None) -> Mask:
        """True [n] for the points that pass.

        ``columns``: a mapping of dimensions to arrays of one length, or anything with ``[name]``
        whose length is the number of points; a dimension it lacks is invalid everywhere.
        ``base``: for a contextual filter the columns of the base points, pair by pair.
        """
        return self.passed(Environment.of(columns, base, None, rasters))


@dataclass(frozen=True)
class Everything(Filter):
    """The empty text: all points."""

    def __str__(self) -> str:
        return ""

    def passed(self, environment: Environment) -> Mask:
        return np.ones(environment.count, dtype=bool)


@dataclass(frozen=True)
class Generic(Filter):
    """Points for which a formula is true."""

    formula: Expression

    def __str__(self) -> str:
        return f"Generic[{self.formula}]"

    def formulas(self) -> Iterator[Expression]:
        yield self.formula

    def resolved(self, scope: Scope) -> Filter:
        return Generic(self.formula.bind(scope))

    def passed(self, environment: Environment) -> Mask:
        return self.formula.passed(environment)


@dataclass(frozen=True)
class Combined(Filter):
    """Two or more filters joined by ``and`` or ``or``."""

    operator: str
    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(f"({p})" if isinstance(p, Combined) else str(p) for p in self.parts)

    def formulas(self) -> Iterator[Expression]:
        for part in self.parts:
            yield from part.formulas()

    def resolved(self, scope: Scope) -> Filter:
        return replace(self, parts=tuple(part.resolved(scope) for part in self.parts))

    @property
    def dimensions(self) -> frozenset[str]:
        return frozenset().union(*(part.dimensions for part in self.parts))

    @property
    def files(self) -> frozenset[str]:
        return frozenset().union(*(part.files for part in self.parts))

    def passed(self, environment: Environment) -> Mask:
        join = np.logical_and if self.operator == "and" else np.logical_or
        found = self.parts[0].passed(environment)
        for part in self.parts[1:]:
            join(found, part.passed(environment), out=found)
        return found


@dataclass(frozen=True)
class Complement(Filter):
    """The points that do not pass."""

    part: Filter

    def __str__(self) -> str:
        return f"not ({self.part})" if isinstance(self.part, Combined) else f"not {self.part}"

    def formulas(self) -> Iterator[Expression]:
        return self.part.formulas()

    def resolved(self, scope: Scope) -> Filter:
        return Complement(self.part.resolved(scope))

    @property
    def dimensions(self) -> frozenset[str]:
        return self.part.dimensions

    @property
    def files(self) -> frozenset[str]:
        return self.part.files

    def passed(self, environment: Environment) -> Mask:
        return ~self.part.passed(environment)
