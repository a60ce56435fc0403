# SPDX-License-Identifier: GPL-2.0-or-later
"""What a definition asks of the data: its formulas, its attributes, and their dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ..expression.attributes import Scope
from ..expression.errors import LanguageError
from ..expression.formula import Expression
from ..expression.nodes import Attribute, walk
from .definition import KEEPING, Definition, Select, Sort

Part = TypeVar("Part")


def bound(definition: Definition, available: Mapping[str, Any], rasters: int = 0) -> Definition:
    """The same definition with every name resolved.

    ``available``: dimensions of the cloud and their types; ``rasters``: how many ``r[i]`` there are.

    Raises
    ------
    LanguageError
        The cloud lacks an attribute, or there is no such raster.
    """
    return _bound(definition, Scope(available, rasters=rasters))


def _bound(part: Part, scope: Scope) -> Part:
    """Bind every formula inside a frozen value."""
    if isinstance(part, Expression):
        return part.bind(scope)  # type: ignore[return-value]
    if not is_dataclass(part) or isinstance(part, type):
        return part
    changes = {field.name: _bound(getattr(part, field.name), scope) for field in fields(part)}
    return replace(part, **changes)


def point_dimensions(definition: Definition) -> frozenset[str]:
    """Dimensions read from the processed points (or cells: x and y), by the formulas; once bound."""
    return frozenset().union(*(formula.dimensions for formula in formulas(definition)))


def neighbor_dimensions(definition: Definition) -> frozenset[str]:
    """Dimensions read from the neighbors, by select and sort; once bound."""
    parts = (definition.sort, definition.sampling.select if definition.sampling else None)
    attributes = [part.attribute for part in parts if part is not None and part.attribute is not None]
    return frozenset().union(*(attribute.dimensions for attribute in attributes))


def refuse_not_made(definition: Definition, asked: frozenset[str]) -> None:
    """Raise LanguageError where sampling makes points, and ``asked`` or the order is of what they do not have."""
    select = definition.sampling.select if definition.sampling else None
    if select is None or select.attribute is None or not select.makes:
        return
    sorting = definition.sort.attribute if definition.sort is not None else None
    missing = (asked | (sorting.dimensions if sorting else frozenset())) - {"x", "y", "z"} - select.attribute.dimensions
    if missing:
        name = next(iter(select.attribute.dimensions))
        place = next(node.place for node, _ in walk(select.attribute.root) if isinstance(node, Attribute))
        raise LanguageError(
            f"{select} makes points that have x, y, z and {name}, and no {', '.join(sorted(missing))}: "
            f"ask for {name}, or select points that are kept",
            place,
            ("all", *KEEPING),
        )


def rasters(definition: Definition) -> frozenset[int]:
    """Indices of the rasters the formulas read."""
    return frozenset().union(*(formula.rasters for formula in formulas(definition)))


def formulas(definition: Definition) -> Iterator[Expression]:
    """The formulas evaluated at the processed points."""
    return _formulas(definition)


def _formulas(part: object) -> Iterator[Expression]:
    if isinstance(part, Expression):
        yield part
    elif is_dataclass(part) and not isinstance(part, (type, Select, Sort)):
        for field in fields(part):
            yield from _formulas(getattr(part, field.name))
