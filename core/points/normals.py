# SPDX-License-Identifier: GPL-2.0-or-later
"""Normals: the plane through the neighbors of each point, and the shape of their scatter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import Scope
from ..neighborhood.language import Usage
from .engine import Answers, Needs
from .features import FEATURES, shape_features
from .neighborhoods import Neighborhoods
from .orientation import Orientation, Upward

METHODS = ("simplePlane", "robustPlane", "fmcd")

PAIRS_AT_ONCE = {"simplePlane": 1 << 20, "robustPlane": 1 << 17, "fmcd": 1 << 13}
"""Pairs of point and neighbor worked in one kernel call: under 0.1 s."""

FLOAT, BYTE = np.dtype("<f4"), np.dtype("u1")
NUMBERS = (
    "NormalX",
    "NormalY",
    "NormalZ",
    "NormalSigma0",
    "NormalEigenvalue1",
    "NormalEigenvalue2",
    "NormalEigenvalue3",
    "NormalPlaneOffset",
)
PLANE: dict[str, np.dtype[Any]] = {
    **dict.fromkeys(NUMBERS, FLOAT),
    **dict.fromkeys(("NormalPtsGiven", "NormalPtsUsed"), BYTE),
}
MOST_COUNTED = 255
"""NormalPtsGiven and NormalPtsUsed are bytes: larger numbers stay there."""


@dataclass(frozen=True)
class Normals:
    """``method`` one of METHODS; ``features`` adds the covariance features."""

    method: str = "simplePlane"
    features: bool = False
    orientation: Orientation = field(default_factory=Upward)

    name = "scree:normals"
    usage = Usage(knn_dim=3)
    ordered = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"METHOD is '{self.method}'; it must be one of {', '.join(METHODS)}.")

    @property
    def pairs(self) -> int:
        return PAIRS_AT_ONCE[self.method]

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"method": self.method, "features": self.features, "orientation": self.orientation.choices}

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        added: dict[str, np.dtype[Any]] = dict.fromkeys(FEATURES, FLOAT) if self.features else {}
        return PLANE | added

    def bind(self, scope: Scope) -> Needs:
        return Needs(base=self.orientation.bind(scope))

    def answer(self, found: Neighborhoods) -> Answers:
        from .plane_kernel import describe_planes, fit_planes

        pool, base = found.pool, found.base
        planes, numbers = np.empty((9, len(found))), np.empty((len(NUMBERS), len(found)), np.float32)
        kept = found if self.method == "simplePlane" else self._kept(found)
        c = pool.candidates
        fit_planes(c.x, c.y, pool.z, kept.index, kept.first, kept.count, base.x, base.y, base.z, planes)
        self.orientation.turn(planes[3:6], base)
        describe_planes(planes, kept.count, base.ticks.size, numbers)
        answers: dict[str, NDArray[Any]] = dict(zip(NUMBERS, numbers, strict=True))
        answers["NormalPtsGiven"] = np.minimum(found.count, MOST_COUNTED)
        answers["NormalPtsUsed"] = np.where(np.isnan(planes[3]), 0, np.minimum(kept.count, MOST_COUNTED))
        return answers | (shape_features(planes[:3], planes[3:6]) if self.features else {})

    def _kept(self, found: Neighborhoods) -> Neighborhoods:
        from .robust import keep_fmcd, keep_robust

        rule: Callable[[Neighborhoods], Neighborhoods] = keep_fmcd if self.method == "fmcd" else keep_robust
        return rule(found)
