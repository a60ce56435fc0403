# SPDX-License-Identifier: GPL-2.0-or-later
"""Lengths of a run in the units of its clouds: given, or defaults in metres brought to them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, sqrt

from ..clouds.crs import describe, horizontal_unit, is_geographic, vertical_unit
from ..errors import InputError
from ..tiles.lattice import as_decimal
from .options import AugmentOptions

SPACING, MIN_SPACING, VEGETATION_DISTANCE, SEARCH_RADIUS, MAX_RESIDUAL = 1.0, 1.5, 5.0, 10.0, 1.0
"""Defaults, metres."""
SLACK = 1e-9
"""Densities this much apart are the same: SPACING 1 is not coarsened by MAX_DENSITY 1,000,000."""


@dataclass(frozen=True)
class Lengths:
    """CRS units; ``max_residual`` in the vertical unit."""

    spacing: Fraction
    min_spacing: float
    vegetation: float
    search_radius: float
    max_gap: float | None
    max_residual: float
    metre: float
    """CRS units of a metre."""
    vertical_metre: float
    coarsened: bool
    """Whether MAX_POINTS or MAX_DENSITY made the spacing larger than what was asked for."""
    note: str = ""
    """Then, a sentence that says so."""


def resolve_lengths(options: AugmentOptions, crs_wkt: str, area: float = 0.0) -> Lengths:
    """The lengths of a run over clouds of this CRS whose box has this ``area`` (CRS units squared).

    Raises InputError where lengths are degrees.
    """
    if is_geographic(crs_wkt):
        raise InputError(
            f"The clouds are in {describe(crs_wkt)}, whose distances are degrees: reproject them to a projected CRS."
        )
    metre, up = 1 / horizontal_unit(crs_wkt).factor, 1 / vertical_unit(crs_wkt).factor

    def length(value: float | None, default: float) -> float:
        return _rounded(default * metre) if value is None else value

    asked = as_decimal(length(options.spacing, SPACING), "SPACING")
    spacing, note = asked, ""
    density = options.max_density / 1e6 / metre**2
    if 1 / float(asked) ** 2 > density * (1 + SLACK):
        spacing = _up_to_thousandth(1 / sqrt(density))
        note = f"MAX_DENSITY {options.max_density:,.15g} allows no finer one"
    if options.max_points is not None and area / float(spacing) ** 2 > options.max_points * (1 + SLACK):
        spacing = _up_to_thousandth(sqrt(area / options.max_points))
        note = f"MAX_POINTS {options.max_points:,} allows no finer one over the box of the clouds"
    if note:
        note = f"SPACING is {float(spacing):g} instead of {float(asked):g} for the whole run: {note}."
    return Lengths(
        spacing=spacing,
        min_spacing=length(options.min_spacing, MIN_SPACING),
        vegetation=length(options.vegetation_distance, VEGETATION_DISTANCE),
        search_radius=length(options.search_radius, SEARCH_RADIUS),
        max_gap=options.max_gap,
        max_residual=MAX_RESIDUAL * up if options.max_residual is None else options.max_residual,
        metre=metre,
        vertical_metre=up,
        coarsened=bool(note),
        note=note,
    )


def _up_to_thousandth(length: float) -> Fraction:
    return Fraction(ceil(1000 * length - SLACK), 1000)


def _rounded(length: float) -> float:
    """Up to a hundredth: a default in feet stays a short number, and is never finer than in metres."""
    return ceil(length * 100 - SLACK) / 100
