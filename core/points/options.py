# SPDX-License-Identifier: GPL-2.0-or-later
"""What every run over points is asked to do: plain values, checked before any work starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import OptionError

WITHOUT_EFFECT = {
    "inputs",
    "other_cloud",
    "output",
    "output_folder",
    "max_memory",
    "growth",
    "threads",
    "resume",
    "scratch",
}
"""Options that change no byte of a unit's result (the inputs are in the key by their identities)."""


@dataclass(frozen=True, kw_only=True)
class PointOptions:
    """Inputs, neighborhood, filters and outputs of a run.  Paths are text, '' means "not wanted".

    Distances are in the units of the clouds' CRS, memory in MB (2**20 bytes).
    """

    inputs: tuple[str, ...]
    """Clouds: files, folders or virtual point clouds."""
    output: str = ""
    """One LAS or LAZ file for all inputs, in the order given."""
    output_folder: str = ""
    """A folder that gets one file for each input, of the same name."""
    neighborhood: str = ""
    """Neighborhood definition, as 'knn(k=10 dim=3d)'."""
    process_filter: str = ""
    """Which points are worked; '' is all."""
    neighbor_filter: str = ""
    """Which points count as neighbors; '' is all."""
    rasters: tuple[str, ...] = ()
    """Rasters r[0], r[1], ... of formulas and filters."""
    other_cloud: tuple[str, ...] = ()
    """Clouds the neighbors are taken from; none: the inputs themselves."""
    columns: str = ""
    """Columns of text clouds, as 'x y z label'; '' reads their header line."""
    labels: str = ""
    """Classes of the label column, as '0=2,1=1'."""
    crs: str = ""
    """WKT or code that replaces the CRS of all inputs."""

    max_memory: int = 0
    """MB; 0 is half of the free memory, at most 8192."""
    growth: bool = False
    """True inside the QGIS window: max_memory bounds what the process gains, not the whole of it."""
    threads: int = 0
    """0 is one for each processor."""
    resume: bool = True
    """Go on with an unfinished run of the same inputs and options."""
    scratch: str = ""
    """Folder for temporary data; '' is the output's."""

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if not self.inputs:
            raise OptionError("INPUT is empty; name at least one cloud, folder or virtual point cloud.")
        if bool(self.output) == bool(self.output_folder):
            given = "both are" if self.output else "neither is"
            raise OptionError(
                f"OUTPUT (one file) and OUTPUT_FOLDER (a file for each input) exclude each other, and {given} given: "
                "give exactly one."
            )
        if self.output and not self.output.lower().endswith((".las", ".laz")):
            raise OptionError(f"OUTPUT is '{self.output}'; it must end in .las or .laz.")
        if self.max_memory < 0:
            raise OptionError(f"MAX_MEMORY is {self.max_memory}; it is in MB, and 0 takes half of the free memory.")
        if not 0 <= self.threads <= 1024:
            raise OptionError(f"THREADS is {self.threads}; it must be from 1 to 1024, or 0: one for each processor.")

    @property
    def target(self) -> Path:
        """The file or folder that is written."""
        return Path(self.output) if self.output else Path(self.output_folder) / os.curdir
