# SPDX-License-Identifier: GPL-2.0-or-later
"""Attributes calculated by formulas of a point's own values, rasters and its neighbors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import (
    Columns,
    Environment,
    Expression,
    LanguageError,
    Place,
    Sampler,
    Scope,
    parse_expression,
)
from ..neighborhood.expression.attributes import LAS
from ..neighborhood.language import POINTS
from .engine import PAIRS, Answers, Needs
from .neighborhoods import Neighborhoods

TYPES = {
    "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2", "uint32": "u4",
    "uint64": "u8", "float": "f4", "double": "f8", "bool": "u1", "byte": "i1", "unsignedByte": "u1",
    "short": "i2", "unsignedShort": "u2", "int": "i4", "unsignedInt": "u4",
}  # fmt: skip
LONGEST_NAME = 32
LINE = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(\s*(\w+)\s*\))?\s*=(?!=)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Assignment:
    """``name(type) = formula``; integer types take the value rounded half away from zero, cut to their range."""

    name: str
    dtype: np.dtype[Any]
    formula: Expression


def parse_assignments(text: str) -> tuple[Assignment, ...]:
    """One assignment a line (or between semicolons).  Raises OptionError, LanguageError."""
    lines = [line for line in re.split(r"[\n;]", text) if line.strip()]
    if not lines:
        raise OptionError("FORMULAS is empty; write lines such as _height(float) = z - r[0].")
    found = [_assignment(line) for line in lines]
    names = [each.name for each in found]
    for name in names:
        if names.count(name) > 1:
            raise OptionError(f"FORMULAS gives {name} twice; each attribute may be given once.")
    return tuple(found)


def _assignment(line: str) -> Assignment:
    match = LINE.fullmatch(line)
    if not match:
        raise LanguageError("a formula is written name(type) = formula", Place(line, 0), ("name(type) = formula",))
    name, kind, formula = match[1], match[2] or "float", match[3]
    kinds = {known.lower(): code for known, code in TYPES.items()}
    if kind.lower() not in kinds:
        raise LanguageError(f"'{kind}' is no type", Place(line, match.start(2)), TYPES)
    if name in LAS:
        raise LanguageError(f"'{name}' is an attribute every cloud has: give the new one another name", Place(line, 0))
    if len(name.encode()) > LONGEST_NAME:
        raise LanguageError(f"the name '{name}' has over {LONGEST_NAME} bytes", Place(line, 0))
    try:
        return Assignment(name, np.dtype("<" + kinds[kind.lower()]), parse_expression(formula.strip()))
    except LanguageError as error:
        at = line.index(formula) + len(formula) - len(formula.lstrip()) + error.position
        raise LanguageError(error.problem, Place(line, at), error.expected, error.nearest) from error


class Calculator:
    """An engine whose new dimensions are formulas; a later one may use what an earlier one gives."""

    name = "scree:calculateattributes"
    usage = POINTS
    ordered = True
    pairs = PAIRS

    def __init__(self, assignments: tuple[Assignment, ...]) -> None:
        self.assignments = assignments

    @property
    def searches(self) -> bool:
        """Whether any formula asks for neighbors."""
        return any(each.formula.first("neighbor") is not None for each in self.assignments)

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"formulas": [f"{each.name}({each.dtype.str})={each.formula}" for each in self.assignments]}

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        return {each.name: each.dtype for each in self.assignments}

    def bind(self, scope: Scope) -> Needs:
        own, base, neighbors, bound = dict(scope.own), set[str](), set[str](), []
        for each in self.assignments:
            formula = each.formula.bind(replace(scope, own=own, neighbors=scope.neighbors if self.searches else None))
            bound.append(replace(each, formula=formula))
            base |= formula.dimensions
            neighbors |= formula.needs("neighbor")
            own[each.name] = each.dtype
        self.assignments = tuple(bound)
        return Needs(frozenset(base & set(scope.own)), frozenset(neighbors))

    def answer(self, found: Neighborhoods) -> Answers:
        def neighbor(i: int) -> Columns:
            return _Neighbor(found, i)

        return self.calculate(found.base, len(found), neighbor, found.sampler)

    def calculate(self, own: Columns, count: int, neighbor: Any, sampler: Sampler | None) -> Answers:
        """The new columns; NaN, or 0 of integer types, where a formula is invalid."""
        columns = _Overlay(own, {})
        for each in self.assignments:
            values = each.formula.evaluated(Environment(count, columns, None, neighbor, sampler))
            columns.added[each.name] = values
        return {each.name: _typed(columns.added[each.name], each.dtype) for each in self.assignments}


@dataclass(frozen=True)
class _Overlay:
    """Columns, and those calculated so far over them."""

    below: Columns
    added: dict[str, NDArray[np.float64]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.added[name] if name in self.added else self.below[name]


@dataclass(frozen=True)
class _Neighbor:
    """Columns of the i-th neighbor of every point, masked where there is none."""

    found: Neighborhoods
    i: int

    def __getitem__(self, name: str) -> NDArray[Any]:
        has = self.found.count > self.i
        column = self.found.pool[name]
        values = np.zeros(len(has), column.dtype)
        values[has] = column[self.found.index[self.found.first[has] + self.i]]
        return np.ma.MaskedArray(values, ~has)


def _typed(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind == "f":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    whole = np.trunc(values + np.copysign(0.5, values))
    kept = np.clip(np.nan_to_num(whole, nan=0.0, posinf=0.0, neginf=0.0), float(limits.min), float(limits.max))
    high = kept >= float(limits.max)
    out = np.where(high, 0, kept).astype(dtype)
    out[high] = limits.max
    return out
