# SPDX-License-Identifier: GPL-2.0-or-later
"""The neighborhood language: text → frozen definition → what it asks of data and search."""

from .binding import bound, formulas, neighbor_dimensions, point_dimensions, rasters, refuse_not_made
from .definition import Definition
from .definition_parser import parse_definition
from .reach import effective, endless_knn, is_solid, is_unbounded, limited_dim, order, reach
from .usage import POINTS, Usage

__all__ = [
    "POINTS",
    "Definition",
    "Usage",
    "bound",
    "effective",
    "endless_knn",
    "formulas",
    "is_solid",
    "is_unbounded",
    "limited_dim",
    "neighbor_dimensions",
    "order",
    "parse_definition",
    "point_dimensions",
    "rasters",
    "reach",
    "refuse_not_made",
]
