# SPDX-License-Identifier: GPL-2.0-or-later
"""What every run over points is asked to do: plain values, checked before any work starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..clouds.options import CloudOptions
from ..errors import OptionError


@dataclass(frozen=True, kw_only=True)
class PointOptions(CloudOptions):
    """Inputs, neighborhood, filters and outputs of a run.  Paths are text, '' means "not wanted".

    Distances are in the units of the clouds' CRS, memory in MB (2**20 bytes).
    """

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

    without_effect = frozenset({"other_cloud", "output", "output_folder"})

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        self.check_run()
        if bool(self.output) == bool(self.output_folder):
            given = "both are" if self.output else "neither is"
            raise OptionError(
                f"OUTPUT (one file) and OUTPUT_FOLDER (a file for each input) exclude each other, and {given} given: "
                "give exactly one."
            )
        if self.output and not self.output.lower().endswith((".las", ".laz")):
            raise OptionError(f"OUTPUT is '{self.output}'; it must end in .las or .laz.")

    @property
    def target(self) -> Path:
        """The file or folder that is written."""
        return Path(self.output) if self.output else Path(self.output_folder) / os.curdir
