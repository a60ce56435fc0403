# SPDX-License-Identifier: GPL-2.0-or-later
"""Cell statistics: features of an attribute of the points in, or around, each cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..neighborhood.expression import Scope, parse_expression
from ..neighborhood.expression.attributes import resolve
from ..neighborhood.expression.errors import Place
from .engine import PAIRS, Answers, Needs
from .neighborhoods import Neighborhoods
from .statistics import MOMENTS, parse_features, summarise


class CellStatistics:
    """``features``: a list as parse_features reads it; ``own``: of the points in the cell itself."""

    name = "scree:cellstatistics"
    ordered = False
    pairs = PAIRS

    def __init__(self, attribute: str, features: str, own: bool) -> None:
        parse_expression(attribute)
        self.attribute, self.own = attribute, own
        self.features = parse_features(features)
        self._dimension = attribute
        self._type: np.dtype[Any] = np.dtype("<f8")

    @property
    def adds_up(self) -> bool:
        """Whether totals of the cells' own points are enough; once bound."""
        whole = self._dimension == "z" or self._type.kind in "iub"
        return self.own and whole and all(feature.name in MOMENTS for feature in self.features)

    @property
    def dimension(self) -> str:
        """The dimension ATTRIBUTE names; once bound."""
        return self._dimension

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"attribute": self.attribute, "features": [feature.label for feature in self.features]}

    @property
    def bands(self) -> tuple[str, ...]:
        return tuple(feature.label for feature in self.features)

    def bind(self, scope: Scope) -> Needs:
        self._dimension = resolve(self.attribute, scope.own, Place(self.attribute, 0)) or "z"
        self._type = np.dtype(scope.own[self._dimension])
        return Needs(neighbors=frozenset({self._dimension}))

    def answer(self, found: Neighborhoods) -> Answers:
        values, zero = found.pool.numbers(self._dimension), np.zeros(len(found))
        features = dict(summarise(self.features, values, zero, found.first, found.count, found.index))
        for feature in self.features:
            if feature.name == "pdens":
                features[feature] = found.count / found.area
        return {feature.label: features[feature] for feature in self.features}
