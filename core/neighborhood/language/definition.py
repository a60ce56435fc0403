# SPDX-License-Identifier: GPL-2.0-or-later
"""What a neighborhood definition says, as frozen values; ``str`` gives text that reads back to them.

Two texts that mean the same give equal definitions: diameters become radii, sides become extents,
``square`` becomes ``window``.  Lengths are in CRS units, with sampling in cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..expression.formula import Expression
from .values import Size, Value, value_text

Mode = Literal["omnidirectional", "quadrant", "octant"]


@dataclass(frozen=True)
class Knn:
    """The ``k`` nearest points, by distance in ``dim`` dimensions."""

    k: Value
    dim: int = 2
    mode: Mode = "omnidirectional"

    def __str__(self) -> str:
        mode = "" if self.mode == "omnidirectional" else f" mode={self.mode}"
        return f"knn(k={value_text(self.k)} dim={self.dim}d{mode})"


@dataclass(frozen=True)
class Circle:
    """2-d distance at most ``radius``, any height."""

    radius: Size

    def __str__(self) -> str:
        return f"circle(radius={value_text(self.radius)})"


@dataclass(frozen=True)
class Sphere:
    """3-d distance at most ``radius``."""

    radius: Size

    def __str__(self) -> str:
        return f"sphere(radius={value_text(self.radius)})"


@dataclass(frozen=True)
class Window:
    """At most half of each extent away in x and y, any height."""

    x_extent: Size
    y_extent: Size

    def __str__(self) -> str:
        if self.x_extent == self.y_extent:
            return f"window(side={value_text(self.x_extent)})"
        return f"window(xExtent={value_text(self.x_extent)} yExtent={value_text(self.y_extent)})"


@dataclass(frozen=True)
class Box:
    """At most half of each extent away in x, y and z."""

    x_extent: Size
    y_extent: Size
    z_extent: Size

    def __str__(self) -> str:
        if self.x_extent == self.y_extent == self.z_extent:
            return f"box(side={value_text(self.x_extent)})"
        x, y, z = (value_text(extent) for extent in (self.x_extent, self.y_extent, self.z_extent))
        return f"box(xExtent={x} yExtent={y} zExtent={z})"


@dataclass(frozen=True)
class Cylinder:
    """2-d distance at most ``radius``, and at most half of ``z_extent`` away in z."""

    radius: Size
    z_extent: Size

    def __str__(self) -> str:
        return f"cylinder(radius={value_text(self.radius)} zExtent={value_text(self.z_extent)})"


PlaneRegion = Circle | Window
Region = Circle | Window | Sphere | Box | Cylinder


@dataclass(frozen=True)
class Incremental:
    """The first of a sequence of sizes of ``region`` that holds ``target`` points, else the largest."""

    region: PlaneRegion
    target: Value

    def __str__(self) -> str:
        return f"incremental({self.region} targetPtCount={value_text(self.target)})"


@dataclass(frozen=True)
class And:
    """``first`` on all points, ``second`` on its result: the order matters."""

    first: Knn | Region
    second: Knn | Region

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"


@dataclass(frozen=True)
class Or:
    """The union of two queries, each on all points."""

    first: Knn | Region
    second: Knn | Region

    def __str__(self) -> str:
        return f"{self.first} or {self.second}"


Query = Knn | Region | And | Or | Incremental


KEEPING = ("min", "max", "nmin", "nmax")
"""Selections that keep a point of the cell."""


@dataclass(frozen=True)
class Select:
    """What stands for a cell: all its points, or one kept or made by ``feature`` of ``attribute``."""

    feature: str
    number: float | None = None
    attribute: Expression | None = None

    def __str__(self) -> str:
        number = "" if self.number is None else f"({value_text(self.number)})"
        return self.feature + number + ("" if self.attribute is None else f"[{self.attribute}]")

    @property
    def makes(self) -> bool:
        """Whether it makes points, which have a place and ``attribute`` only; else it keeps some."""
        return self.feature not in ("all", *KEEPING)


@dataclass(frozen=True)
class Sampling:
    """Cells of ``cellsize`` (CRS units), or of the raster's cell size divided by ``subdivision``.

    ``border``: which borders of a cell hold the points on them, letters out of ``btlr`` in that order.
    """

    cellsize: float | None
    subdivision: int | None
    select: Select
    border: str = "bl"

    def __str__(self) -> str:
        size = f"subdivision={self.subdivision}" if self.cellsize is None else f"cellsize={value_text(self.cellsize)}"
        border = "" if self.border == "bl" else f" border={self.border}"
        return f"sampling({size} select={self.select}{border})"

    def cell(self, raster_cell: float | None) -> float:
        """Size of a cell in CRS units."""
        if self.cellsize is not None:
            return self.cellsize
        assert raster_cell is not None and self.subdivision is not None
        return raster_cell / self.subdivision


@dataclass(frozen=True)
class Sort:
    """Order of the neighbors: by distance in ``dist`` dimensions, or by ``attribute``."""

    dist: int | None = None
    attribute: Expression | None = None
    descending: bool = False

    def __str__(self) -> str:
        key = f"attribute={self.attribute}" if self.dist is None else f"dist={self.dist}d"
        return f"sort({key}{' order=desc' if self.descending else ''})"


@dataclass(frozen=True)
class Definition:
    """A neighborhood: a query and its properties, None where not given."""

    query: Query
    sampling: Sampling | None = None
    sort: Sort | None = None
    min_count: Value | None = None
    max_distance: float | None = None

    def __str__(self) -> str:
        parts = [str(part) for part in (self.query, self.sampling, self.sort) if part is not None]
        if self.min_count is not None:
            parts.append(f"minPtCount={value_text(self.min_count)}")
        if self.max_distance is not None:
            parts.append(f"maxSearchDistance={value_text(self.max_distance)}")
        return " ".join(parts)
