# SPDX-License-Identifier: GPL-2.0-or-later
"""A definition around one point, to be drawn: outlines in plan and height, and which points are inside.

Plain NumPy over a few thousand points; runs use the search, whose answers are exact for any number.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from .language.definition import And, Box, Circle, Cylinder, Definition, Incremental, Knn, Or, Query, Region, Sphere
from .language.reach import effective, limited_dim
from .language.values import Size, Value, largest

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outline:
    """Half extents in CRS units, ``half_z`` infinite where heights do not count."""

    half_x: float
    half_y: float
    half_z: float = inf
    round_plan: bool = True
    round_side: bool = False


@dataclass(frozen=True)
class Preview:
    """``chosen``: True [n] for the neighbors; ``outlines``: of the regions, a knn by its farthest neighbor."""

    chosen: NDArray[np.bool_]
    outlines: tuple[Outline, ...]


def preview(definition: Definition, dx: Floats, dy: Floats, dz: Floats) -> Preview:
    """The neighborhood of the point at 0, 0, 0 among points at these offsets (CRS units).

    Raises OptionError, in one sentence, for what cannot be drawn.
    """
    scale = 1.0
    if definition.sampling is not None:
        if definition.sampling.cellsize is None:
            raise OptionError("The sampling divides the cells of a raster, and there is none to draw.")
        scale = definition.sampling.cellsize
    outlines: list[Outline] = []
    offsets, among = (dx, dy, dz), np.ones(len(dx), bool)
    limit = effective(definition)[0].max_distance
    if limit is not None:
        among = np.asarray(sum(at * at for at in offsets[: limited_dim(definition.query)]) <= limit**2)
    return Preview(_query(definition.query, scale, offsets, among, outlines), tuple(outlines))


def _query(
    query: Query, scale: float, offsets: tuple[Floats, Floats, Floats], among: NDArray[np.bool_], found: list[Outline]
) -> NDArray[np.bool_]:
    if isinstance(query, And):
        return _query(query.second, scale, offsets, _query(query.first, scale, offsets, among, found), found)
    if isinstance(query, Or):
        first = _query(query.first, scale, offsets, among, found)
        return first | _query(query.second, scale, offsets, among, found)
    if isinstance(query, Knn):
        return _nearest(query, offsets, among, found)
    region = query.region if isinstance(query, Incremental) else query
    outline = _outline(region, scale)
    found.append(outline)
    return among & _inside(outline, offsets)


def _nearest(
    query: Knn, offsets: tuple[Floats, Floats, Floats], among: NDArray[np.bool_], found: list[Outline]
) -> NDArray[np.bool_]:
    if query.mode != "omnidirectional":
        raise OptionError(f"The {query.mode} mode takes neighbors by sectors, which are not drawn.")
    distance = np.sqrt(sum(offset * offset for offset in offsets[: query.dim]))
    candidates = np.flatnonzero(among)
    order = candidates[np.argsort(distance[candidates], kind="stable")][: int(_number(query.k))]
    chosen = np.zeros(len(distance), bool)
    chosen[order] = True
    far = float(distance[order].max()) if len(order) else 0.0
    solid = query.dim == 3
    found.append(Outline(far, far, far if solid else inf, round_side=solid))
    return chosen


def _outline(region: Region, scale: float) -> Outline:
    if isinstance(region, Circle):
        radius = _length(region.radius, scale)
        return Outline(radius, radius)
    if isinstance(region, Sphere):
        radius = _length(region.radius, scale)
        return Outline(radius, radius, radius, round_side=True)
    if isinstance(region, Cylinder):
        radius = _length(region.radius, scale)
        return Outline(radius, radius, _length(region.z_extent, scale) / 2)
    half_x, half_y = _length(region.x_extent, scale) / 2, _length(region.y_extent, scale) / 2
    half_z = _length(region.z_extent, scale) / 2 if isinstance(region, Box) else inf
    return Outline(half_x, half_y, half_z, round_plan=False)


def _inside(outline: Outline, offsets: tuple[Floats, Floats, Floats]) -> NDArray[np.bool_]:
    """Borders belong to the region."""
    dx, dy, dz = offsets
    if outline.round_side:
        return dx * dx + dy * dy + dz * dz <= outline.half_x**2
    high = np.abs(dz) <= outline.half_z
    if outline.round_plan:
        return (dx * dx + dy * dy <= outline.half_x**2) & high
    return (np.abs(dx) <= outline.half_x) & (np.abs(dy) <= outline.half_y) & high


def _length(size: Size, scale: float) -> float:
    return _number(largest(size)) * scale


def _number(value: Value | None) -> float:
    if not isinstance(value, float):
        raise OptionError("A size is a formula, so it differs from point to point and is not drawn.")
    return value
