# SPDX-License-Identifier: GPL-2.0-or-later
"""Grids of points: the value at each cell's center from the points around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import Scope, parse_expression
from ..neighborhood.expression.attributes import resolve
from ..neighborhood.expression.errors import Place
from .engine import Answers, Needs
from .neighborhoods import Neighborhoods

LOCAL = ("snap", "nearest", "movingaverage", "movingplanes", "robustmovingplanes", "movingparaboloid")
TRIANGULAR = {"delaunay": "tin", "naturalneighbor": "naturalneighbor"}
"""Methods of scree:dem by their name here."""
METHODS = (*LOCAL, *TRIANGULAR)
TERMS = {"movingaverage": 1, "movingplanes": 3, "robustmovingplanes": 3, "movingparaboloid": 6}
MEASURES = ("sigma", "count", "excentricity")
MOST_POWER = 4


def parse_measures(text: str) -> tuple[str, ...]:
    """The further bands of a list such as 'sigma, count'.  Raises OptionError."""
    words = tuple(word.strip().lower() for word in text.replace(";", ",").split(",") if word.strip())
    for word in words:
        if word not in MEASURES or words.count(word) > 1:
            raise OptionError(f"FEATURES has '{word}'; it may name each of {', '.join(MEASURES)} once.")
    return words


class PointGrid:
    """``method`` one of LOCAL, ``power`` of the inverse distance that weights neighbors (0: all alike)."""

    name = "scree:gridfrompoints"
    ordered = False
    pairs = 1 << 16

    def __init__(self, method: str, attribute: str = "z", measures: str = "", power: int = 0) -> None:
        if method not in LOCAL:
            raise OptionError(f"METHOD is '{method}'; it must be one of {', '.join(METHODS)}.")
        if not 0 <= power <= MOST_POWER:
            raise OptionError(f"POWER is {power}; it must be a whole number from 0 to {MOST_POWER}.")
        parse_expression(attribute)
        self.method, self.attribute, self.power = method, attribute, power
        self.measures = parse_measures(measures)
        self.own = method == "snap"
        if method in ("snap", "nearest") and "sigma" in self.measures:
            raise OptionError(f"FEATURES names sigma, which METHOD '{method}' does not have: leave it out.")
        self._dimension = attribute

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"method": self.method, "attribute": self.attribute, "measures": self.measures, "power": self.power}

    @property
    def bands(self) -> tuple[str, ...]:
        return (self.attribute, *self.measures)

    def bind(self, scope: Scope) -> Needs:
        self._dimension = resolve(self.attribute, scope.own, Place(self.attribute, 0)) or "z"
        return Needs(neighbors=frozenset({self._dimension}))

    def answer(self, found: Neighborhoods) -> Answers:
        from . import moving_kernel as kernels

        pool, base, c = found.pool, found.base, found.pool.candidates
        values = pool.numbers(self._dimension)
        lists = (found.first, found.count, found.index)
        surface: NDArray[np.float64] = np.full((len(found), 2), np.nan)
        if self.method in TERMS:
            robust = self.method == "robustmovingplanes"
            terms = TERMS[self.method]
            kernels.moving(c.x, c.y, values, base.x, base.y, *lists, self.power, terms, robust, surface)
        else:
            kernels.closest(c.x, c.y, base.x, base.y, *lists, values, surface[:, 0])
        answers = {self.attribute: surface[:, 0], "sigma": surface[:, 1], "count": found.count.astype(np.float64)}
        if "excentricity" in self.measures:
            away = np.empty(len(found))
            kernels.excentricity(c.x, c.y, base.x, base.y, *lists, away)
            answers["excentricity"] = away * base.ticks.size
        return {band: answers[band] for band in self.bands}
