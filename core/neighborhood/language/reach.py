# SPDX-License-Identifier: GPL-2.0-or-later
"""How far neighbors may lie, how they are measured, and how they are ordered."""

from __future__ import annotations

from math import hypot, inf, sqrt

from .definition import (
    And,
    Box,
    Circle,
    Cylinder,
    Definition,
    Incremental,
    Knn,
    Or,
    Query,
    Region,
    Sort,
    Sphere,
    Window,
)
from .values import largest


def reach(definition: Definition, raster_cell: float | None = None) -> float | None:
    """The largest horizontal distance (CRS units) from a processed point at which a point can matter.

    Infinite where only the points decide (knn), None where a formula decides.  With sampling the
    position moves to the center of its cell and cells count whole: half a diagonal on both ends.
    """
    far = _query_reach(definition.query)
    if definition.sampling is not None and far is not None:
        far = (far + sqrt(2)) * definition.sampling.cell(raster_cell)
    if definition.max_distance is None:
        return far
    return definition.max_distance if far is None else min(far, definition.max_distance)


def _query_reach(query: Query) -> float | None:
    if isinstance(query, (Knn, Or)):
        return inf
    if isinstance(query, Incremental):
        return radius_around(query.region, 2)
    if not isinstance(query, And):
        return radius_around(query, 2)
    if isinstance(query.second, Knn):
        return radius_around(_region(query.first), 2)
    # Knn first: a point's rank is decided inside its own distance, if that is how the knn measures;
    # points of an empty sector, however far, decide how many of the others a sector knn takes.
    knn, region = query.first, _region(query.second)
    assert isinstance(knn, Knn)
    return radius_around(region, knn.dim) if knn.mode == "omnidirectional" else inf


def _region(query: Knn | Region) -> Region:
    assert not isinstance(query, Knn)
    return query


def radius_around(region: Region, dim: int) -> float | None:
    """Radius of the circle (``dim`` 2) or sphere (3) round a region; None where a formula decides."""
    if isinstance(region, (Circle, Sphere)):
        radius = largest(region.radius)
        return inf if isinstance(region, Circle) and dim == 3 else radius
    if isinstance(region, Window):
        return inf if dim == 3 else _half_diagonal(largest(region.x_extent), largest(region.y_extent))
    if isinstance(region, Box):
        height = largest(region.z_extent) if dim == 3 else 0.0
        return _half_diagonal(largest(region.x_extent), largest(region.y_extent), height)
    radius = largest(region.radius)
    height = largest(region.z_extent) if dim == 3 else 0.0
    return None if radius is None else _half_diagonal(2 * radius, height)


def _half_diagonal(*extents: float | None) -> float | None:
    known = [extent / 2 for extent in extents if extent is not None]
    return hypot(*known) if len(known) == len(extents) else None


def is_solid(query: Query) -> bool:
    """True if membership depends on height."""
    if isinstance(query, (And, Or)):
        return is_solid(query.first) or is_solid(query.second)
    return query.dim == 3 if isinstance(query, Knn) else isinstance(query, (Sphere, Box, Cylinder))


def order(definition: Definition) -> Sort:
    """The order of the neighbors: as sorted, else by the distance the query measures, nearest first."""
    if definition.sort is not None:
        return definition.sort
    query = definition.query
    if isinstance(query, And):
        knn = query.first if isinstance(query.first, Knn) else query.second
        assert isinstance(knn, Knn)
        return Sort(dist=knn.dim)
    if isinstance(query, Knn):
        return Sort(dist=query.dim)
    return Sort(dist=3 if isinstance(query, (Sphere, Box)) else 2)
