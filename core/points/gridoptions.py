# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run that makes a raster of points is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

from ..clouds.options import CloudOptions
from ..errors import OptionError


@dataclass(frozen=True, kw_only=True)
class GridOptions(CloudOptions):
    """Inputs, neighborhood, filters and the raster of a run; '' means "not wanted" or "all".

    Distances are in the units of the clouds' CRS, memory in MB (2**20 bytes).
    """

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

    without_effect = frozenset({"output"})

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        self.check_run()
        if not self.output:
            raise OptionError("OUTPUT is empty; name the GeoTIFF to write.")
        if not 1e-9 <= self.resolution <= 1e9:
            raise OptionError(
                f"RESOLUTION is {self.resolution}; it must be at least 1e-09 and at most 1e+09: the side of a cell in "
                "CRS units."
            )
