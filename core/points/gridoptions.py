# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run that makes a raster of points is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import OptionError

WITHOUT_EFFECT = {"inputs", "output", "max_memory", "growth", "threads", "resume", "scratch"}
"""Options that change no byte of a unit's result (the inputs are in the key by their identities)."""


@dataclass(frozen=True, kw_only=True)
class GridOptions:
    """Inputs, neighborhood, filters and the raster of a run; '' means "not wanted" or "all".

    Distances are in the units of the clouds' CRS, memory in MB (2**20 bytes).
    """

    inputs: tuple[str, ...]
    output: str
    """A GeoTIFF, one band a feature."""
    resolution: float
    """Side of a cell."""
    neighborhood: str = ""
    """'' takes the points in the cell itself."""
    process_filter: str = ""
    """Which cells are worked, by x, y and r[i] of their centers."""
    neighbor_filter: str = ""
    """Which points count."""
    rasters: tuple[str, ...] = ()
    columns: str = ""
    labels: str = ""
    crs: str = ""

    max_memory: int = 0
    growth: bool = False
    threads: int = 0
    resume: bool = True
    scratch: str = ""

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if not self.inputs:
            raise OptionError("INPUT is empty; name at least one cloud, folder or virtual point cloud.")
        if not self.output:
            raise OptionError("OUTPUT is empty; name the GeoTIFF to write.")
        if not (self.resolution > 0 and math.isfinite(self.resolution)):
            raise OptionError(f"RESOLUTION is {self.resolution}; it must be above 0: the side of a cell in CRS units.")
        if self.max_memory < 0:
            raise OptionError(f"MAX_MEMORY is {self.max_memory}; it is in MB, and 0 takes half of the free memory.")
        if not 0 <= self.threads <= 1024:
            raise OptionError(f"THREADS is {self.threads}; it must be from 1 to 1024, or 0: one for each processor.")
