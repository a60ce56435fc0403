# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over cells needs, all known before any point is read: filters bound, columns named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..neighborhood.expression import Filter, LanguageError, Place, Scope, parse_filter
from ..neighborhood.language import (
    Definition,
    Usage,
    bound,
    effective,
    neighbor_dimensions,
    parse_definition,
    refuse_not_made,
)
from ..neighborhood.language.definition import Knn
from .cells import CellEngine
from .finding import refuse_unsupported
from .gridoptions import GridOptions
from .plan import Cloud, Points, columns_of, common, telling_apart

if TYPE_CHECKING:
    from ..clouds.collection import Collection

CELL = {"x": np.dtype("<f8"), "y": np.dtype("<f8")}
"""What a cell has of its own, beside rasters."""


@dataclass(frozen=True)
class Asked:
    """What a run over cells is asked to do, bound to the dimensions the files have."""

    definition: Definition | None
    """None where cells take their own points."""
    points: Points
    process: Filter | None
    """Which cells are worked."""
    contextual: Filter | None
    """Which pairs of a cell and a point count."""
    note: str = ""
    """A sentence about what the definition says in vain."""

    @property
    def plain(self) -> bool:
        """Whether every point counts for its own cell, and every cell is worked."""
        return self.process is None and self.contextual is None


def bind(options: GridOptions, engine: CellEngine, collection: Collection) -> Asked:
    """Raises LanguageError for names the points or the cells do not have."""
    dimensions, rasters = common(collection.sources), len(options.rasters)
    required = engine.bind(Scope(dimensions, neighbors=dimensions, rasters=rasters)).neighbors
    near, definition, note = required, None, ""
    if options.neighborhood:
        text = parse_definition(options.neighborhood, Usage(raster_cell=options.resolution))
        asked = bound(replace(text, sort=None, sampling=None), CELL, rasters)
        arranged = bound(Definition(Knn(1.0), text.sampling, text.sort), dimensions)
        definition, note = effective(replace(asked, sampling=arranged.sampling, sort=arranged.sort))
        refuse_unsupported(definition)
        near = near | neighbor_dimensions(arranged)
    process = parse_filter(options.process_filter).bind(CELL, rasters=rasters) if options.process_filter else None
    if process is not None:
        _refuse_heights(process.dimensions, options.process_filter)
    accepted = parse_filter(options.neighbor_filter)
    contextual = accepted.bind(dimensions, base=CELL, rasters=rasters) if accepted.contextual else None
    if contextual is not None:
        _refuse_heights(contextual.base_dimensions, options.neighbor_filter)
    single = parse_filter("") if accepted.contextual else accepted
    pairwise = contextual.dimensions if contextual is not None else frozenset()
    if definition is not None:
        refuse_not_made(definition, required | pairwise)
    near = near | pairwise
    if definition is not None:
        near = near | telling_apart(definition, near, engine.ordered) & dimensions.keys()
    clouds = tuple(Cloud(s, single.bind(s.dimensions, rasters=rasters)) for s in collection.sources)
    columns = columns_of(near, dimensions)
    points = Points(clouds, columns, options.neighbor_filter, "NEIGHBOR_FILTER", required)
    return Asked(definition, points, process, contextual, note)


def _refuse_heights(dimensions: frozenset[str], text: str) -> None:
    if "z" in dimensions:
        raise LanguageError("a raster cell has no height", Place(text, 0), ("x", "y", "r[i]"))
