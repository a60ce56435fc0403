# SPDX-License-Identifier: GPL-2.0-or-later
"""What a per-point engine is to the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..clouds.fitting import Fitting
    from ..neighborhood.expression import Scope
    from ..neighborhood.language import Usage
    from .neighborhoods import Neighborhoods

Answers = Mapping[str, NDArray[Any]]


PAIRS = 1 << 20
"""Of an engine that adds up."""


@dataclass(frozen=True)
class Needs:
    """Dimensions an engine reads from the worked points and from their neighbors."""

    base: frozenset[str] = frozenset()
    neighbors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Added:
    """All an engine asks for: sums of an attribute of the neighbors, minus that of the point (None: as they are)."""

    theirs: str
    own: str | None


class Engine(Protocol):
    """Computes new dimensions of a point from its neighbors.  One object serves all threads."""

    name: str
    """Id of the algorithm."""
    usage: Usage
    """What is legal in its neighborhood definition."""
    ordered: bool
    """Whether the order of the neighbors matters."""
    pairs: int
    """Pairs of point and neighbor it answers for in under 0.1 s."""

    @property
    def choices(self) -> Mapping[str, Any]:
        """Every option that changes results, JSON-able."""

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        """The new dimensions, in order; a point without an answer gets NaN, or 0 of an integer type."""

    def bind(self, scope: Scope) -> Needs:
        """Resolve its own formulas; called once, before any point is read.  Raises LanguageError."""

    def answer(self, found: Neighborhoods) -> Answers:
        """The dimensions for the points of ``found``, in their order."""


def fitting_of(engine: Engine) -> Fitting | None:
    """How an engine's numbers get into dimensions of other types, or ones the points have; None: its are all new."""
    from ..clouds.fitting import Fitting

    types = getattr(engine, "types", None)
    return None if types is None else Fitting(types)


def added_by(engine: Engine) -> Added | None:
    """What an engine adds up, where that is all it does: then nobody needs a list of the neighbors."""
    return getattr(engine, "added", None)


def new_dimensions(engine: Engine) -> Mapping[str, np.dtype[Any]]:
    """The dimensions the output has and the input has not."""
    types: Mapping[str, np.dtype[Any] | None] = getattr(engine, "types", engine.dimensions)
    return {name: dtype for name, dtype in types.items() if dtype is not None}
