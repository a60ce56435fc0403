# SPDX-License-Identifier: GPL-2.0-or-later
"""What an update of a map is asked to do: plain values, checked before any work starts."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..clouds.options import CloudOptions
from ..errors import OptionError
from .choices import MISSES, MODELS, SCANS
from .model import Model


@dataclass(frozen=True, kw_only=True)
class UpdateOptions(CloudOptions):
    """Options of ``update_map``.  Distances are in CRS units, memory in MB; '' means "not given"."""

    map: str
    """Folder of the map, made or continued."""
    resolution: float | None = None
    """Side of a voxel; None takes the map's."""
    tile_size: float | None = None
    """Side of a tile; None takes the map's, 10 for a new one."""
    model: Model = field(default_factory=lambda: Model(i_th=None, i_max=None))
    """Of a new map; a map that is continued keeps its own."""
    filter: str = ""
    misses: str = "none"
    miss_filter: str = ""
    origin: tuple[float, float, float] | None = None
    poses: str = ""
    trajectory: str = ""
    trajectory_columns: str = ""
    """Names of the columns of a text trajectory without a header line."""
    max_range: float = 0.0
    """Rays are cut and hits dropped beyond it; 0 is no limit."""
    scan_by: str = "file"
    scan_seconds: float = 0.1
    discretize: bool = False
    """Rays end in the center of the voxel."""
    reapply: bool = False
    report: str = ""
    cache_tiles: int = 16

    without_effect = frozenset({"map", "report", "cache_tiles", "poses", "trajectory", "trajectory_columns"})
    """Poses and the trajectory count by what is in them."""

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        self.check_run()
        if not self.map:
            raise OptionError("MAP is missing; give a folder for the map.")
        for name, value, choices in (
            ("MODEL", self.model.name, MODELS),
            ("MISSES", self.misses, MISSES),
            ("SCAN_BY", self.scan_by, SCANS),
        ):
            if value not in choices:
                raise OptionError(f"{name} is '{value}'; it must be one of {', '.join(choices)}.")
        self.model.check()
        self._check_rays()
        if (self.misses == "filter") != bool(self.miss_filter):
            raise OptionError("MISS_FILTER and MISSES 'filter' go together: give both or neither.")
        if self.misses == "intensity" and self.model.name == "octomap":
            raise OptionError("MISSES is 'intensity' and MODEL 'octomap'; OctoMap knows no intensity: choose iwlo.")
        if self.cache_tiles < 0:
            raise OptionError(f"CACHE_TILES is {self.cache_tiles}; it must be 1 or more, or 0 for no limit but memory.")
        for name, number in (("RESOLUTION", self.resolution), ("TILE_SIZE", self.tile_size)):
            if number is not None and not 0 < number < math.inf:
                raise OptionError(f"{name} is {number}; it must be above 0.")

    def _check_rays(self) -> None:
        given = [n for n, v in (("ORIGIN", self.origin), ("POSES", self.poses), ("TRAJECTORY", self.trajectory)) if v]
        if len(given) > 1:
            raise OptionError(f"{' and '.join(given)} are given; the sensor's place comes from one of them only.")
        if self.misses == "rays" and not given:
            raise OptionError("MISSES is 'rays'; rays need the sensor's place: give ORIGIN, POSES or TRAJECTORY.")
        if self.misses != "rays" and (self.origin or self.trajectory):
            raise OptionError(f"{given[0]} has an effect with MISSES 'rays' only, and MISSES is '{self.misses}'.")
        if self.trajectory_columns and not self.trajectory:
            raise OptionError("TRAJECTORY_COLUMNS is given and TRAJECTORY is not: give both or neither.")
        if not 0 <= self.max_range < math.inf:
            raise OptionError(f"MAX_RANGE is {self.max_range}; it must be 0 (no limit) or more.")
        if not 0 < self.scan_seconds < math.inf:
            raise OptionError(f"SCAN_SECONDS is {self.scan_seconds}; it must be above 0.")
