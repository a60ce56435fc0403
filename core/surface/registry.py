# SPDX-License-Identifier: GPL-2.0-or-later
"""METHOD to interpolator: the one list of methods, shared by every algorithm that makes a surface."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

from .contract import Interpolator
from .options import DemOptions

Chosen = TypeVar("Chosen")


def make_interpolator(options: DemOptions, metres: float = 1.0) -> Interpolator:
    """The interpolator of settled options, for a CRS unit of so many metres; its package is imported only here."""
    method = options.method
    if method == "rst":
        from .rst.engine import RegularizedSpline, SplineOptions

        return RegularizedSpline(_chosen(SplineOptions, options, metres=metres))
    if method == "tin":
        from .delaunay.engine import TinInterpolator

        return TinInterpolator(max_edge=options.longest_edge)
    if method == "naturalneighbor":
        from .delaunay.engine import NaturalNeighborInterpolator

        return NaturalNeighborInterpolator(max_edge=options.longest_edge)
    if method == "idw":
        from .local.idw import InverseDistance

        return InverseDistance(power=options.power, **_neighbors(options))
    if method == "movingplane":
        from .local.movingplane import MovingPlane

        return MovingPlane(**_neighbors(options))
    from .local.nearest import Nearest

    return Nearest()


def _neighbors(options: DemOptions) -> dict[str, int]:
    return {} if options.neighbors is None else {"neighbors": options.neighbors}


def _chosen(kind: type[Chosen], options: DemOptions, **more: float) -> Chosen:
    """A method's own options: the fields of the same names, those left at None at the method's default."""
    values = {f.name: getattr(options, f.name) for f in fields(kind) if f.name not in more}  # type: ignore[arg-type]
    return kind(**{name: value for name, value in values.items() if value is not None}, **more)
