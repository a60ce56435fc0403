# SPDX-License-Identifier: GPL-2.0-or-later
"""Slope, aspect and curvatures from the derivatives of a surface.

Formulas of Mitasova and Hofierka (1993), as v.surf.rst documents them: curvature is positive where
the surface is convex.  Aspect here is the compass direction the slope faces, as GDAL gives it:
degrees clockwise from north.  Where the gradient is at most 0.001 there is no direction: aspect is
nodata and the directional curvatures are 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FLAT = 1e-3
"""Least gradient with a direction."""


def slope(d: Array) -> Array:
    """Steepest slope in degrees; ``d`` [n, 5] holds fx, fy, fxx, fxy, fyy."""
    return np.degrees(np.arctan(np.hypot(d[:, 0], d[:, 1])))


def aspect(d: Array) -> Array:
    """Direction of steepest descent, degrees clockwise from north, 0 to 360; NaN where flat."""
    angle = np.degrees(np.arctan2(-d[:, 0], -d[:, 1])) % 360.0
    return np.where(np.hypot(d[:, 0], d[:, 1]) > FLAT, angle, np.nan)


def profile_curvature(d: Array) -> Array:
    """Curvature along the steepest slope, 1 / CRS unit."""
    fx, fy, fxx, fxy, fyy = d.T
    p = fx * fx + fy * fy
    top = fxx * fx * fx + 2 * fxy * fx * fy + fyy * fy * fy
    return _directional(p, -top, p * (1 + p) ** 1.5)


def tangential_curvature(d: Array) -> Array:
    """Curvature across the steepest slope, 1 / CRS unit."""
    fx, fy, fxx, fxy, fyy = d.T
    p = fx * fx + fy * fy
    top = fxx * fy * fy - 2 * fxy * fx * fy + fyy * fx * fx
    return _directional(p, -top, p * np.sqrt(1 + p))


def mean_curvature(d: Array) -> Array:
    """Mean of the two principal curvatures, 1 / CRS unit."""
    fx, fy, fxx, fxy, fyy = d.T
    p = fx * fx + fy * fy
    return -((1 + fy * fy) * fxx - 2 * fxy * fx * fy + (1 + fx * fx) * fyy) / (2 * (1 + p) ** 1.5)


def _directional(p: Array, top: Array, bottom: Array) -> Array:
    steep = p > FLAT * FLAT
    return np.where(steep, top / np.where(steep, bottom, 1.0), 0.0)


DERIVED: dict[str, Callable[[Array], Array]] = {
    "slope": slope,
    "aspect": aspect,
    "profile_curvature": profile_curvature,
    "tangential_curvature": tangential_curvature,
    "mean_curvature": mean_curvature,
}
"""By the name of the option that asks for it."""
