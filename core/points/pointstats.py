# SPDX-License-Identifier: GPL-2.0-or-later
"""Point statistics: features of an attribute among the neighbors of each point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import Scope, parse_expression
from ..neighborhood.expression.attributes import resolve
from ..neighborhood.expression.errors import Place
from ..neighborhood.language import POINTS
from .engine import PAIRS, Added, Answers, Needs
from .neighborhoods import Neighborhoods
from .statistics import Feature, dtype_of, features_of, parse_features, summarise

REFERENCES = ("horizontalPlane", "zeroPlane", "tiltedPlane")
NORMAL = ("NormalX", "NormalY", "NormalZ")
LONGEST_NAME = 32


class PointStatistics:
    """``attribute``: a name, ``features``: a list as parse_features reads it, ``reference`` one of REFERENCES.

    horizontalPlane takes values minus that of the point itself, zeroPlane values as they are,
    tiltedPlane heights over the plane through the point that its normal stands on, along the normal.
    """

    name = "scree:pointstats"
    usage = POINTS
    ordered = False
    pairs = PAIRS

    def __init__(self, attribute: str, features: str, reference: str = "horizontalPlane") -> None:
        if reference not in REFERENCES:
            raise OptionError(f"REFERENCE is '{reference}'; it must be one of {', '.join(REFERENCES)}.")
        if reference == "tiltedPlane" and attribute != "z":
            raise OptionError(f"REFERENCE tiltedPlane is for heights, and ATTRIBUTE is '{attribute}': choose z.")
        parse_expression(attribute)
        self.attribute, self.reference = attribute, reference
        self.features = parse_features(features)
        self._own = self._theirs = attribute
        self._wide = False
        for name in self.dimensions:
            if len(name.encode()) > LONGEST_NAME:
                raise OptionError(f"The dimension {name} would have over {LONGEST_NAME} bytes in its name.")

    @property
    def choices(self) -> Mapping[str, Any]:
        return {
            "attribute": self.attribute,
            "features": [feature.label for feature in self.features],
            "reference": self.reference,
        }

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        return {f"{f.label}_{self.attribute.lstrip('_')}": dtype_of(f, self._wide) for f in self.features}

    def bind(self, scope: Scope) -> Needs:
        place = Place(self.attribute, 0)
        theirs = scope.neighbors if scope.neighbors is not None else scope.own
        self._theirs = resolve(self.attribute, theirs, place) or "z"
        base: frozenset[str] = frozenset()
        if self.reference == "horizontalPlane":
            self._own = resolve(self.attribute, scope.own, place) or "z"
            base = frozenset({self._own})
        elif self.reference == "tiltedPlane":
            base = frozenset(resolve(name, scope.own, Place(name, 0)) or name for name in NORMAL)
        else:
            self._wide = np.dtype(theirs[self._theirs]) == np.float64
        return Needs(base, frozenset({self._theirs}))

    @property
    def added(self) -> Added | None:
        """Where sums tell all features, they are what is asked for."""
        if self.reference == "tiltedPlane" or any(feature.ranked for feature in self.features):
            return None
        return Added(self._theirs, self._own if self.reference == "horizontalPlane" else None)

    def answer(self, found: Neighborhoods) -> Answers:
        if found.sums is not None:
            features = dict(features_of(self.features, found.sums))
        else:
            features = dict(self._summarised(found))
        for feature in self.features:
            if feature.name == "pdens":
                features[feature] = found.count / found.area
        return {name: features[f] for name, f in zip(self.dimensions, self.features, strict=True)}

    def _summarised(self, found: Neighborhoods) -> Mapping[Feature, NDArray[np.float64]]:
        first, count, index = found.first, found.count, found.index
        values, shift = found.pool.numbers(self._theirs), np.zeros(len(found))
        if self.reference == "tiltedPlane":
            owner, index = found.pairs
            values = self._over_plane(found, owner, index)
            first, index = np.cumsum(count) - count, np.arange(len(index))
        elif self.reference == "horizontalPlane":
            shift = found.base[self._own].astype(np.float64)
        return summarise(self.features, values, shift, first, count, index)

    def _over_plane(
        self, found: Neighborhoods, owner: NDArray[np.int64], index: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        base, pool = found.base, found.pool
        normal = [base[name].astype(np.float64)[owner] for name in NORMAL]
        offsets = (
            pool.candidates.x[index] - base.x[owner],
            pool.candidates.y[index] - base.y[owner],
            pool.z[index] - base.z[owner],
        )
        over = sum(n * (offset * base.ticks.size) for n, offset in zip(normal, offsets, strict=True))
        return np.asarray(over, np.float64)
