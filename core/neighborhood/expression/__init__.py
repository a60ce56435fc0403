# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters and formulas: text → frozen tree → values for many points at once.

>>> ground = parse_filter("Class[ground] and Generic[z > 100]").bind(dimensions)  # doctest: +SKIP
>>> mask = ground.mask(columns)  # doctest: +SKIP
>>> height = parse_expression("z - r[0]").bind(Scope(dimensions, rasters=1))  # doctest: +SKIP
>>> heights = height.values(columns, rasters=sampler)  # doctest: +SKIP
"""

from .attributes import Scope
from .errors import LanguageError, Place
from .evaluation import Columns, Environment, Sampler
from .filter_parser import parse_filter
from .filters import Filter
from .formula import Expression, parse_expression

__all__ = [
    "Columns",
    "Environment",
    "Expression",
    "Filter",
    "LanguageError",
    "Place",
    "Sampler",
    "Scope",
    "parse_expression",
    "parse_filter",
]
