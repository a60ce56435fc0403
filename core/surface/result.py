# SPDX-License-Identifier: GPL-2.0-or-later
"""A DEM whose units are done: what every output is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..tiles.store import Unit
from .options import DemOptions
from .points import Sealed
from .units import Tally, UnitWork

if TYPE_CHECKING:
    from ..rasters import RasterGrid


@dataclass(frozen=True)
class Dem:
    """A DEM whose units are done: what the outputs are made from."""

    options: DemOptions
    sealed: Sealed
    grid: RasterGrid
    work: UnitWork
    units: list[Unit]
    tally: Tally
    numbers: dict[str, Any]
    """Global numbers the interpolator sealed."""
    measures: dict[str, Any] = field(default_factory=dict)
    """What the outputs beside the rasters found: deviations, leave-one-out errors."""
