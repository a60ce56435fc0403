# SPDX-License-Identifier: GPL-2.0-or-later
"""Filtering points: an engine without numbers, whose only answer is that a point has its neighborhood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..neighborhood.expression import Scope
from ..neighborhood.language import POINTS
from .engine import PAIRS, Answers, Needs
from .neighborhoods import Neighborhoods


class Selection:
    """Passes points that pass the process filter and have a neighborhood (minPtCount, else one neighbor)."""

    name = "scree:filterpoints"
    usage = POINTS
    ordered = False
    pairs = PAIRS

    @property
    def choices(self) -> Mapping[str, Any]:
        return {}

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        return {}

    def bind(self, scope: Scope) -> Needs:
        return Needs()

    def answer(self, found: Neighborhoods) -> Answers:
        return {}
