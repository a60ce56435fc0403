# SPDX-License-Identifier: GPL-2.0-or-later
"""Attributes calculated by formulas of a point's own values, rasters and its neighbors.

A formula gives float64 numbers; rounding and ranges are those of the dimension they are written to.
"""

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
from ..neighborhood.expression.attributes import LAS, candidates
from ..neighborhood.expression.errors import closest
from ..neighborhood.language import POINTS
from .engine import PAIRS, Answers, Needs
from .neighborhoods import Neighborhoods

TYPES = {
    "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2", "uint32": "u4",
    "uint64": "u8", "float": "f4", "double": "f8", "bool": "?", "byte": "i1", "unsignedByte": "u1",
    "short": "i2", "unsignedShort": "u2", "int": "i4", "unsignedInt": "u4",
}  # fmt: skip
PREDEFINED = {
    "NormalPtsGiven": "u1", "NormalPtsUsed": "u1", "NormalEstimationMethod": "u1", "Id": "i8", "SegmentID": "u4",
}  # fmt: skip
"""Types of attributes the language defines, where they are no float."""
LONGEST_NAME = 32
LINE = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\(\s*(\w+)\s*\))?\s*=(?!=)\s*(.*)", re.DOTALL)


@dataclass(frozen=True)
class Assignment:
    """``name(type) = formula``; without a type ``dtype`` is None, and once bound where the points have the name."""

    name: str
    dtype: np.dtype[Any] | None
    formula: Expression
    line: str


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
    name, formula = match[1], match[3]
    dtype = None if match[2] is None else _type(match[2], Place(line, match.start(2)))
    if len(name.encode()) > LONGEST_NAME:
        raise LanguageError(f"the name '{name}' has over {LONGEST_NAME} bytes", Place(line, 0))
    try:
        return Assignment(name, dtype, parse_expression(formula.strip()), line)
    except LanguageError as error:
        at = line.index(formula) + len(formula) - len(formula.lstrip()) + error.position
        raise LanguageError(error.problem, Place(line, at), error.expected, error.nearest) from error


def _type(word: str, place: Place) -> np.dtype[Any]:
    if word.lower() == "string":
        raise LanguageError("LAS points hold no text: give a number for each text, as a code", place, TYPES)
    kinds = {known.lower(): code for known, code in TYPES.items()}
    if word.lower() not in kinds:
        raise LanguageError(f"'{word}' is no type", place, TYPES, closest(word, tuple(TYPES)))
    code = kinds[word.lower()]
    return np.dtype(code if code == "?" else "<" + code)


def _bound_name(each: Assignment, own: Mapping[str, np.dtype[Any]]) -> Assignment:
    """The dimension that is written: one the points have (then without a type), or a new one."""
    place = Place(each.line, each.line.index(each.name))
    name = each.name if each.name in own else next(iter(candidates(each.name, LAS)), each.name)
    if name not in own:
        if name in LAS:
            raise LanguageError(
                f"the points have no {name}, their point format has no place for it: give the new attribute another "
                "name, or convert the cloud", place, own,
            )  # fmt: skip
        return replace(each, dtype=each.dtype or np.dtype("<" + PREDEFINED.get(name, "f4")))
    if each.dtype is not None and each.dtype.newbyteorder("=") != np.dtype(own[name]).newbyteorder("="):
        raise LanguageError(
            f"the points have {name} as {np.dtype(own[name]).name}: leave the type out to overwrite it, or give the "
            "new attribute another name", place,
        )  # fmt: skip
    return replace(each, name=name, dtype=None)


class Calculator:
    """An engine whose dimensions are formulas; a later one may use what an earlier one gives."""

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
        return {"formulas": [f"{each.name}({each.dtype})={each.formula}" for each in self.assignments]}

    @property
    def dimensions(self) -> Mapping[str, np.dtype[Any]]:
        return dict.fromkeys((each.name for each in self.assignments), np.dtype("<f8"))

    @property
    def types(self) -> Mapping[str, np.dtype[Any] | None]:
        """Types of the dimensions that are written, None of those the points have; known once bound."""
        return {each.name: each.dtype for each in self.assignments}

    def bind(self, scope: Scope) -> Needs:
        own, base, neighbors, bound = dict(scope.own), set[str](), set[str](), []
        for each in self.assignments:
            formula = each.formula.bind(replace(scope, own=own, neighbors=scope.neighbors if self.searches else None))
            bound.append(_bound_name(replace(each, formula=formula), scope.own))
            base |= formula.dimensions
            neighbors |= formula.needs("neighbor")
            own[bound[-1].name] = np.dtype("<f8")
        if len({each.name for each in bound}) < len(bound):
            raise OptionError("FORMULAS gives an attribute twice, under two of its names: each may be given once.")
        self.assignments = tuple(bound)
        return Needs(frozenset(base & set(scope.own)), frozenset(neighbors))

    def answer(self, found: Neighborhoods) -> Answers:
        def neighbor(i: int) -> Columns:
            return _Neighbor(found, i)

        return self.calculate(found.base, len(found), neighbor, found.sampler)

    def calculate(self, own: Columns, count: int, neighbor: Any, sampler: Sampler | None) -> Answers:
        """The numbers by dimension, NaN where a formula is invalid."""
        columns = _Overlay(own, {})
        for each in self.assignments:
            values = each.formula.evaluated(Environment(count, columns, None, neighbor, sampler))
            columns.added[each.name] = values
        return {each.name: columns.added[each.name] for each in self.assignments}


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
