# SPDX-License-Identifier: GPL-2.0-or-later
"""How far neighbors may lie, how they are measured, and how they are ordered."""

from __future__ import annotations

from dataclasses import replace
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
    cell = definition.sampling.cell(raster_cell) if definition.sampling is not None else 0.0
    far = (far + sqrt(2)) * cell if far is not None and cell else far
    if definition.max_distance is None or not is_unbounded(definition.query):
        return far
    limit = definition.max_distance + sqrt(0.5) * cell
    return limit if far is None else min(far, limit)


def is_unbounded(query: Query) -> bool:
    """Whether points or a formula decide how far the query sees: only then maxSearchDistance has a meaning."""
    far, parts = _query_reach(query), (query.first, query.second) if isinstance(query, (And, Or)) else (query,)
    high = any(isinstance(part, (Box, Cylinder)) and largest(part.z_extent) is None for part in parts)
    return high or far is None or far == inf


def effective(definition: Definition) -> tuple[Definition, str]:
    """The definition without a maxSearchDistance that has no meaning, and a sentence that says so, '' for none."""
    limit, query = definition.max_distance, definition.query
    if limit is None or is_unbounded(query):
        return definition, ""
    note = f"maxSearchDistance={limit:g} is ignored: {query} says itself how far it sees."
    return replace(definition, max_distance=None), note


def limited_dim(query: Query) -> int:
    """Dimensions of the distance maxSearchDistance is: those of a knn that sees without end, else of the region."""
    knn = endless_knn(query)
    if knn is not None:
        return knn.dim
    region = query.region if isinstance(query, Incremental) else query
    regions = (query.first, query.second) if isinstance(query, And) else (region,)
    return 3 if any(is_solid(part) for part in regions if not isinstance(part, Knn)) else 2


def endless_knn(query: Query) -> Knn | None:
    """The knn whose own distances decide how far the query sees, None where a region does."""
    if isinstance(query, Or) or (isinstance(query, And) and _query_reach(query) == inf):
        return query.first if isinstance(query.first, Knn) else query.second  # type: ignore[return-value]
    return query if isinstance(query, Knn) else None


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
