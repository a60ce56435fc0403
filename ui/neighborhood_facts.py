# SPDX-License-Identifier: GPL-2.0-or-later
"""What follows from a definition before any run: its halo, and the neighbors and memory to expect."""

from __future__ import annotations

from math import isinf
from typing import Any

from .languages import NEIGHBORHOOD, problem_in
from .region_view import Scene
from .sample_points import Sample
from .words import count, megabytes, tr

UNIT = 2**18
"""Points of a unit of work."""
LISTED = 8
"""Bytes of one neighbor in a list."""


def scene_of(text: str, sample: Sample) -> tuple[Scene | None, str]:
    """The drawing of a definition over a sample, or why there is none."""
    definition = _parsed(text)
    if definition is None:
        return None, ""
    from ..core.errors import OptionError
    from ..core.neighborhood.preview import preview

    try:
        found = preview(definition, sample.dx, sample.dy, sample.dz)
    except OptionError as error:
        return None, str(error)
    return Scene(sample.dx, sample.dy, sample.dz, found.chosen, found.outlines), ""


def facts(text: str, scene: Scene | None) -> str:
    """One line under the editor; '' where nothing is known."""
    definition = _parsed(text)
    if definition is None:
        return ""
    from ..core.neighborhood.language import effective, reach

    parts = [_halo(reach(definition, 1.0))]
    if effective(definition)[1]:
        parts.append(tr("maxSearchDistance is ignored: the query says itself how far it sees"))
    if scene is not None:
        neighbors = int(scene.chosen.sum())
        lists = megabytes(neighbors * LISTED * UNIT)
        parts.append(tr("{0} neighbors of the point drawn").format(count(neighbors)))
        parts.append(tr("about {0} where a unit's neighbors must be listed").format(lists))
    return " · ".join(parts)


def _halo(far: float | None) -> str:
    if far is None:
        return tr("Halo: a formula decides, point by point")
    if isinf(far):
        return tr("Halo: as wide as the farthest neighbor, found while searching")
    return tr("Halo: {0} CRS units").format(f"{far:g}")


def _parsed(text: str) -> Any:
    if not text.strip() or problem_in(NEIGHBORHOOD, text) is not None:
        return None
    try:
        return NEIGHBORHOOD.parse(text)
    except ImportError:
        return None
