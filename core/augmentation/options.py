# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run is asked to do: plain values, checked before any work starts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import inf
from pathlib import Path

from ..clouds.options import CloudOptions
from ..errors import OptionError
from ..points.options import PointOptions
from .areas import AREAS, MINUS

STRATEGIES = ("full", "gaps", "intelligent")
UNVERIFIED = ("keep", "drop", "flag")
BIASES = ("none", "offset", "smooth")
EXISTING = ("refuse", "continue")
MOST_NEIGHBORS = 64


@dataclass(frozen=True, kw_only=True)
class AugmentOptions(CloudOptions):
    """Inputs, rules and outputs of a run.  Paths are text, '' means "not wanted".

    Lengths are in the units of the clouds' CRS; None takes the default in metres, converted to them.
    """

    dtm: tuple[str, ...]
    """Rasters; where several have a height, that of the first counts."""
    output: str = ""
    """One LAS or LAZ file for all inputs, in the order given."""
    output_folder: str = ""
    """A folder that gets one file for each input, of the same name."""
    synthetic_only: str = ""

    strategy: str = "intelligent"
    spacing: float | None = None
    min_spacing: float | None = None
    priorities: tuple[str, ...] = ("vegetation", "gaps")
    """Areas; '-water' keeps one empty."""
    buildings: str = ""
    """Polygons, as those of roads and water: any vector file GDAL reads, ``|layername=`` for one of its layers."""
    roads: str = ""
    water: str = ""
    ground_classes: tuple[int, ...] = (2,)
    vegetation_distance: float | None = None
    max_gap: float | None = None
    """The farthest a site may lie from ground; None is no limit."""
    search_radius: float | None = None
    min_neighbors: int = 3
    max_residual: float | None = None
    """In the vertical unit of the clouds."""
    unverified: str = "flag"
    max_density: float = 1_000_000.0
    """Sites for each square kilometre."""
    max_points: int | None = None
    """Points to add at most: spacing is widened to the square root of area / points, and what is left over thinned."""
    bias: str = "offset"
    synthetic_class: int = 2
    point_source_id: int = 0
    existing: str = "refuse"

    without_effect = frozenset(
        {"dtm", "output", "output_folder", "synthetic_only", "synthetic_class", "point_source_id"}
    )

    def check_removal(self) -> None:
        """As ``check``, where synthetic points are removed and no rule matters."""
        PointOptions(
            inputs=self.inputs, output=self.output, output_folder=self.output_folder, max_memory=self.max_memory,
            threads=self.threads,
        ).check()  # fmt: skip

    def check(self, outputs: bool = True) -> None:
        """Raise OptionError for the first value that cannot work; ``outputs``: whether clouds are written."""
        self.check_run()
        self._check_words()
        self._check_numbers()
        if outputs:
            self._check_outputs()

    def _check_words(self) -> None:
        for name, known in (("strategy", STRATEGIES), ("unverified", UNVERIFIED), ("bias", BIASES),
                            ("existing", EXISTING)):  # fmt: skip
            if getattr(self, name) not in known:
                raise OptionError(f"{name.upper()} is '{getattr(self, name)}'; it must be one of {', '.join(known)}.")
        named = [word.removeprefix(MINUS) for word in self.priorities]
        for word, area in zip(self.priorities, named, strict=True):
            if area not in AREAS or named.count(area) > 1 or word == MINUS + "gaps":
                raise OptionError(
                    f"PRIORITIES has '{word}'; it may name each of {', '.join(AREAS)} once, and all but gaps with a "
                    "minus, which keeps it empty."
                )
        if self.strategy == "intelligent" and all(word.startswith(MINUS) for word in self.priorities):
            raise OptionError(
                "PRIORITIES names no area to fill, so nothing would be: name vegetation, gaps or another area."
            )
        for area in ("buildings", "roads", "water"):
            if getattr(self, area) and area not in named:
                raise OptionError(
                    f"{area.upper()} has polygons, but PRIORITIES does not name {area}: add it there, or {MINUS}{area} "
                    "to keep it empty."
                )

    def _check_numbers(self) -> None:
        lengths = ("spacing", "min_spacing", "vegetation_distance", "max_gap", "search_radius", "max_residual")
        for name in (*lengths, "max_density"):
            value = getattr(self, name)
            if value is not None and not 0 < value < inf:
                raise OptionError(f"{name.upper()} is {value:g}; it must be a number above 0.")
        whole = {
            "min_neighbors": (1, MOST_NEIGHBORS), "max_points": (1, 1 << 62), "synthetic_class": (0, 255),
            "point_source_id": (0, 65535),
        }  # fmt: skip
        for name, (least, most) in whole.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise OptionError(f"{name.upper()} is {value}; it must be a whole number from {least} to {most}.")
        if not self.ground_classes or not all(0 <= c <= 255 for c in self.ground_classes):
            raise OptionError(f"GROUND_CLASSES is {self.ground_classes}; name classes from 0 to 255, as 2 or 2,9.")

    def _check_outputs(self) -> None:
        if not self.dtm:
            raise OptionError("DTM is empty; name at least one raster of terrain heights.")
        if self.output and self.output_folder:
            raise OptionError(
                "OUTPUT (one file) and OUTPUT_FOLDER (a file for each input) exclude each other: give one."
            )
        if not (self.output or self.output_folder or self.synthetic_only):
            raise OptionError("No output is asked for: give OUTPUT, OUTPUT_FOLDER or SYNTHETIC_ONLY.")
        for name in ("output", "synthetic_only"):
            path = getattr(self, name)
            if path and not path.lower().endswith((".las", ".laz")):
                raise OptionError(f"{name.upper()} is '{path}'; it must end in .las or .laz.")

    @property
    def target(self) -> Path:
        """The file or folder that is written, beside which the job folder goes."""
        if self.output_folder:
            return Path(self.output_folder) / os.curdir
        return Path(self.output or self.synthetic_only)
