# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over points needs, all known before any point is read: filters bound, columns named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..neighborhood.expression import Filter, Scope, parse_filter
from ..neighborhood.language import (
    Definition,
    bound,
    effective,
    neighbor_dimensions,
    parse_definition,
    point_dimensions,
    refuse_not_made,
)
from ..neighborhood.language.definition import KEEPING, And, Knn, Or
from ..tiles.columns import INDEX, Column
from .options import PointOptions

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..clouds.source import Source
    from .engine import Engine

Dimensions = Mapping[str, np.dtype[Any]]
FIRST_COLUMNS = ("gps_time", "return_number", "point_source_id")
"""What tells points of one place apart, in this order; then come the other attributes a run uses."""


@dataclass(frozen=True)
class Cloud:
    """A source and the stand-alone filter its points must pass."""

    source: Source
    filter: Filter


@dataclass(frozen=True)
class Points:
    """Points of one role: where they come from, and the columns that travel with them."""

    clouds: tuple[Cloud, ...]
    columns: tuple[Column, ...]
    filter: str
    """Text of the filter, for messages."""
    parameter: str
    """Name of the parameter it came from."""
    required: frozenset[str] = frozenset()
    """Dimensions without which (NaN) a point is left out."""


@dataclass(frozen=True)
class Plan:
    """``neighbors`` is None where the worked points are their own neighbors."""

    definition: Definition
    worked: Points
    neighbors: Points | None
    contextual: Filter | None
    """The filter of pairs, None where the neighbor filter is a matter of single points."""
    note: str = ""
    """A sentence about what the definition says in vain."""

    @property
    def files(self) -> frozenset[str]:
        """Files of polygons the filters read."""
        roles = (self.worked, self.neighbors) if self.neighbors else (self.worked,)
        found = [cloud.filter.files for role in roles for cloud in role.clouds]
        return frozenset().union(*found, self.contextual.files if self.contextual else frozenset())


def make_plan(options: PointOptions, collection: Collection, other: Collection | None, engine: Engine) -> Plan:
    """Bind everything to the dimensions the files have.  Raises LanguageError, InputError."""
    own, theirs = common(collection.sources), common((other or collection).sources)
    rasters = len(options.rasters)
    text = parse_definition(options.neighborhood, engine.usage)
    asked = bound(replace(text, sort=None, sampling=None), own, rasters)
    arranged = bound(Definition(Knn(1.0), text.sampling, text.sort), theirs)
    worked, accepted = parse_filter(options.process_filter), parse_filter(options.neighbor_filter)
    contextual = accepted.bind(theirs, base=own, rasters=rasters) if accepted.contextual else None
    single = parse_filter("") if accepted.contextual else accepted
    needs = engine.bind(Scope(own, neighbors=theirs, rasters=rasters))
    base = point_dimensions(asked) | needs.base
    near = neighbor_dimensions(arranged) | needs.neighbors
    if contextual is not None:
        base, near = base | contextual.base_dimensions, near | contextual.dimensions
    definition, note = effective(replace(asked, sampling=arranged.sampling, sort=arranged.sort))
    refuse_not_made(definition, needs.neighbors | (contextual.dimensions if contextual is not None else frozenset()))
    near |= telling_apart(definition, near, engine.ordered) & theirs.keys()
    apart = other is not None or str(single) != str(worked)
    here = Points(
        _clouds(collection, worked, rasters),
        columns_of(base if apart else base | near, own),
        options.process_filter,
        "PROCESS_FILTER",
    )
    there = Points(
        _clouds(other or collection, single, rasters),
        columns_of(near, theirs),
        options.neighbor_filter,
        "NEIGHBOR_FILTER",
    )
    return Plan(definition, here, there if apart else None, contextual, note)


def telling_apart(definition: Definition, near: frozenset[str], ordered: bool) -> frozenset[str]:
    """The dimensions points of one place are told apart by, where that decides which of their attributes are taken."""
    query = definition.query
    parts = (query.first, query.second) if isinstance(query, (And, Or)) else (query,)
    choosing = any(isinstance(part, Knn) for part in parts)
    choosing |= definition.sampling is not None and definition.sampling.select.feature in KEEPING
    return frozenset(FIRST_COLUMNS) if near - {"x", "y", "z"} and (choosing or ordered) else frozenset()


def common(sources: Sequence[Source]) -> dict[str, np.dtype[Any]]:
    """The dimensions all sources have, each of a type that holds the values of all."""
    shared = dict(sources[0].dimensions)
    for source in sources[1:]:
        shared = {
            name: np.promote_types(dtype, source.dimensions[name])
            for name, dtype in shared.items()
            if name in source.dimensions
        }
    return shared


def _clouds(collection: Collection, chosen: Filter, rasters: int) -> tuple[Cloud, ...]:
    return tuple(Cloud(s, chosen.bind(s.dimensions, rasters=rasters)) for s in collection.sources)


def columns_of(names: frozenset[str], dimensions: Dimensions) -> tuple[Column, ...]:
    """Columns in the order in which they tell points of one place apart, those of FIRST_COLUMNS before all others.

    The index in the input comes last, so it decides no order that matters.
    """
    wanted = sorted(names - {"x", "y", "z"}, key=_precedence)
    return (*(Column(name, np.dtype(dimensions[name]).newbyteorder("<").str) for name in wanted), INDEX)


def _precedence(name: str) -> tuple[int, str]:
    return (FIRST_COLUMNS.index(name) if name in FIRST_COLUMNS else len(FIRST_COLUMNS), name)
