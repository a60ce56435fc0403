# SPDX-License-Identifier: GPL-2.0-or-later
"""What a DEM run is asked to do: plain values, checked before any work starts."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..clouds.options import CloudOptions
from ..coordinates import coordinates, span
from ..errors import OptionError

METHODS = ("rst", "tin", "naturalneighbor", "idw", "movingplane", "nearest")
SEGMENTATIONS = ("blended", "plain", "surrounded", "auto")
THINNINGS = ("auto", "none", "nearest", "mean")

MASK_DISTANCE_CELLS = 15
"""Cells MASK_DISTANCE -1 stands for: the paper's 300 ft at 20 ft."""

RASTERS = (
    "output",
    "hillshade",
    "slope",
    "aspect",
    "profile_curvature",
    "tangential_curvature",
    "mean_curvature",
    "distance",
    "uncertainty",
    "count",
)
"""Fields of DemOptions that name a raster to write."""

FILES = (*RASTERS, "deviations", "cross_validation", "report")
"""Fields of DemOptions that name any file to write."""

PLAIN: dict[str, Any] = {"segment_points": 40, "tension": 40.0, "smoothing": 0.1}
"""What v.surf.rst takes for options that are not given; plain segments are compared with it."""

ENDINGS = dict.fromkeys(RASTERS, (".tif", ".tiff")) | dict.fromkeys(
    ("deviations", "cross_validation"), (".laz", ".las")
)
"""What the name of a file to write must end in: it says the format."""

DERIVATIVES = ("slope", "aspect", "profile_curvature", "tangential_curvature", "mean_curvature")
"""Rasters only the spline has: they come from its own derivatives."""


@dataclass(frozen=True, kw_only=True)
class DemOptions(CloudOptions):
    """Options of ``build_dem``.  Paths are text and '' means "not wanted"; None means "the method's own
    default", which ``settled`` fills in.  Distances are in the units of the clouds' CRS, angles in degrees,
    memory in MB (2**20 bytes).
    """

    output: str
    """The DEM: a GeoTIFF, made cloud optimized where the name ends in '.cog.tif'."""

    filter: str = "Class[Ground]"
    """Which points make the surface; '' takes all."""
    attribute: str = "z"
    """The dimension that is gridded."""

    resolution: float = 1.0
    """Side of a cell; cells lie on multiples of it."""
    extent: tuple[float, float, float, float] | None = None
    """(xmin, ymin, xmax, ymax) in the clouds' CRS; None covers the points."""
    method: str = "rst"
    segment_points: int | None = None
    """rst: points a leaf of the quad tree may hold (the paper's k_max)."""
    segmentation: str = "auto"
    thinning: str = "auto"
    thinning_distance: float | None = None
    """``nearest``: no two points stay nearer to each other (the paper's epsilon); ``mean``: side of the squares
    whose points are merged; 0 thins nothing."""
    tension: float | None = None
    smoothing: float | Literal["auto"] | None = None
    anisotropy_angle: float = 0.0
    """Degrees counterclockwise from east."""
    anisotropy_scale: float = 1.0
    neighbor_points: int = 600
    """Plain rst: points a segment may see (the paper's n_max)."""
    longest_edge: float = 0.0
    """tin: longer triangle edges leave nodata; 0 keeps all."""
    power: float = 2.0
    """idw: exponent of the distance."""
    neighbors: int | None = None
    """idw and movingplane: nearest points a cell is made of."""

    mask: str = ""
    """Raster whose 0 and nodata cells are skipped."""
    mask_distance: float = -1.0
    """Cells farther from every point are nodata; -1 is 15 cells, 0 is off."""

    hillshade: str = ""
    """Raster of greys, 1 to 255: OUTPUT in light from four sides."""
    slope: str = ""
    aspect: str = ""
    profile_curvature: str = ""
    tangential_curvature: str = ""
    mean_curvature: str = ""
    distance: str = ""
    """Raster of the distance to the nearest point."""
    uncertainty: str = ""
    """Raster of the expected error: one standard deviation, in units of the attribute."""
    count: str = ""
    """Raster of the number of points in each cell."""
    deviations: str = ""
    """LAS or LAZ: the points that passed the filter with surface minus point as extra dimension Deviation."""
    cross_validation: str = ""
    """LAS or LAZ: errors at a sample of points that were left out."""
    cross_validation_points: int = 10_000
    cross_validation_block: float = 0.0
    """Side of the squares left out whole; 0 leaves out one point at a time."""
    report: str = ""
    """JSON."""

    without_effect = frozenset({*FILES, "cross_validation_points", "cross_validation_block"})

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        self.check_run()
        _check_choices(self)
        _check_numbers(self)
        _check_extent(self)
        _check_files(self)

    def settled(self) -> DemOptions:
        """The same options with everything decided that does not depend on the points.

        Plain segments take the values of v.surf.rst; None left for other methods is for the
        method to fill in, and SMOOTHING 'auto' is found from the points.
        """
        plain = self.method == "rst" and self.segmentation == "plain"
        chosen = {name: PLAIN[name] for name in PLAIN if plain and getattr(self, name) is None}
        thinning = self.thinning
        if thinning == "auto":
            thinning = "none" if self.method != "rst" else "nearest" if plain else "mean"
        distance = self.thinning_distance
        if thinning == "none":
            distance = 0.0
        elif distance is None:
            distance = self.resolution / 2
        far = MASK_DISTANCE_CELLS * self.resolution if self.mask_distance == -1 else self.mask_distance
        return replace(self, thinning=thinning, thinning_distance=distance, mask_distance=far, **chosen)


def _check_choices(options: DemOptions) -> None:
    for name, allowed in (("method", METHODS), ("segmentation", SEGMENTATIONS), ("thinning", THINNINGS)):
        value = getattr(options, name)
        if value not in allowed:
            raise OptionError(f"{name.upper()} is '{value}'; it must be one of {', '.join(allowed)}.")


# (field, least, whether the least itself is allowed, most, what goes wrong outside)
_RANGES: tuple[tuple[str, float, bool, float, str], ...] = (
    ("resolution", 1e-9, True, 1e9, "it is the side of a cell in CRS units"),
    ("segment_points", 3, True, 700, "larger fits take too long and smaller ones have no shape"),
    ("thinning_distance", 0, True, math.inf, "it is a distance in CRS units, and 0 thins nothing"),
    ("tension", 0, False, 1000, "useful values are 10 to 100"),
    ("anisotropy_angle", -360, True, 360, "it is in degrees counterclockwise from east"),
    ("anisotropy_scale", 0, False, 1000, "1 treats all directions alike"),
    ("neighbor_points", 3, True, 5000, "a segment of more points takes too long to solve"),
    ("longest_edge", 0, True, 1e15, "it is a length in CRS units, and 0 keeps every triangle"),
    ("power", 0, False, 10, "2 is usual"),
    ("neighbors", 1, True, 512, "12 (idw) and 24 (movingplane) are usual"),
    ("cross_validation_points", 1, True, math.inf, "it is how many points are left out"),
)


def _check_numbers(options: DemOptions) -> None:
    for name, least, closed, most, why in _RANGES:
        value = getattr(options, name)
        if value is None:
            continue
        if not (math.isfinite(value) and (value >= least if closed else value > least) and value <= most):
            rule = f"{'at least' if closed else 'above'} {least:g}"
            if most < math.inf:
                rule += f" and at most {most:g}"
            raise OptionError(f"{name.upper()} is {value}; it must be {rule}: {why}.")
    side = options.cross_validation_block
    if side and not options.resolution <= side <= 1e15:
        raise OptionError(
            f"CROSS_VALIDATION_BLOCK is {side}; it must be 0 (points one at a time) or the side of a square "
            f"of at least RESOLUTION, {options.resolution:g}."
        )
    smoothing, distance = options.smoothing, options.mask_distance
    if isinstance(smoothing, str) and smoothing != "auto":
        raise OptionError(f"SMOOTHING is '{smoothing}'; it must be 'auto' or a number of at least 0.")
    if isinstance(smoothing, (int, float)) and not 0 <= smoothing < math.inf:
        raise OptionError(f"SMOOTHING is {smoothing}; it must be at least 0, which passes through every point.")
    if not (distance == -1 or 0 <= distance < math.inf):
        raise OptionError(
            f"MASK_DISTANCE is {distance}; it must be -1 ({MASK_DISTANCE_CELLS} cells), 0 (off) or a distance above 0."
        )


FARTHEST = 1e12
"""No edge of an EXTENT lies farther from the origin of a CRS."""


def _check_extent(options: DemOptions) -> None:
    if options.extent is None:
        return
    xmin, ymin, xmax, ymax = options.extent
    if not all(abs(edge) <= FARTHEST for edge in options.extent):
        raise OptionError(f"EXTENT is {coordinates(options.extent)}; its four numbers may be {FARTHEST:g} at most.")
    if not (xmin < xmax and ymin < ymax):
        raise OptionError(
            f"EXTENT is x {span(xmin, xmax)}, y {span(ymin, ymax)}; the first of each pair must be the smaller one."
        )


def _check_files(options: DemOptions) -> None:
    if not options.inputs:
        raise OptionError("INPUT is empty; name at least one cloud, folder or virtual point cloud.")
    if not options.output:
        raise OptionError("OUTPUT is empty; name the GeoTIFF to write.")
    wanted = [name for name in DERIVATIVES if getattr(options, name)]
    if wanted and options.method != "rst":
        raise OptionError(
            f"{wanted[0].upper()} comes from the spline's derivatives, which METHOD '{options.method}' does not have: "
            "choose METHOD 'rst', or compute it from OUTPUT with gdaldem."
        )
    taken = {os.path.realpath(path): "INPUT" for path in options.inputs}
    for name in FILES:
        path = getattr(options, name)
        if not path:
            continue
        other = taken.setdefault(os.path.realpath(path), name.upper())
        if other != name.upper():
            raise OptionError(f"{name.upper()} and {other} are both {path}; each needs a file of its own.")
    for name, endings in ENDINGS.items():
        path = getattr(options, name)
        if path and not path.lower().endswith(endings):
            raise OptionError(f"{name.upper()} is {path}; its name must end in {' or '.join(endings)}.")
