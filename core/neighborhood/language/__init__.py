# SPDX-License-Identifier: GPL-2.0-or-later
"""The neighborhood language: text → frozen definition → what it asks of data and search."""

from .binding import bound, formulas, neighbor_dimensions, point_dimensions, rasters
from .definition import Definition
from .definition_parser import parse_definition
from .reach import is_solid, order, reach
from .usage import POINTS, Usage

__all__ = [
    "POINTS",
    "Definition",
    "Usage",
    "bound",
    "formulas",
    "is_solid",
    "neighbor_dimensions",
    "order",
    "parse_definition",
    "point_dimensions",
    "rasters",
    "reach",
]
