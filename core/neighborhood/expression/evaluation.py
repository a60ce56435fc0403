# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of a formula for many points (or pairs of points) at once, by NumPy over the tree.

A value is valid if it is a finite number that is not masked.  What is computed from an invalid
value is invalid, but logic needs no more than decides it: ``false and invalid`` is false, ``true or
invalid`` is true.  Where a truth is asked, a lone name is its own validity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .functions import ARITHMETIC, COMPARISONS, FUNCTIONS, ISVALID
from .nodes import Attribute, Binary, Call, Conditional, Constant, Negative, Node, Not, Raster

Mask = NDArray[np.bool_]


class Columns(Protocol):
    """Arrays of one length by dimension; KeyError where a file lacks one: its values are invalid."""

    def __getitem__(self, name: str, /) -> NDArray[Any]: ...


#: ``sampler(i, x, y)``: float64 [n], raster i at n positions in CRS units, NaN for nodata or outside.
Sampler = Callable[[int, NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Environment:
    """Where names get their values: ``count`` points, or as many pairs of a base point and a neighbor.

    For pairs ``own`` are the columns of the neighbors and ``base`` those of their base points, both
    by pair.  ``neighbors(i)`` are the columns of the i-th neighbor, masked where there is none.
    """

    count: int
    own: Columns
    base: Columns | None = None
    neighbors: Callable[[int], Columns] | None = None
    rasters: Sampler | None = None

    @staticmethod
    def of(
        own: Columns,
        base: Columns | None = None,
        neighbors: Callable[[int], Columns] | None = None,
        rasters: Sampler | None = None,
    ) -> Environment:
        """Count the points of ``own``: a mapping of arrays, or anything whose length is their number."""
        sized: Any = next(iter(own.values()), ()) if isinstance(own, Mapping) else own
        return Environment(len(sized), own, base, neighbors, rasters)


@dataclass(frozen=True)
class Values:
    """``data`` [count] or [1], boolean, as stored, or float64; ``valid`` of its shape, None: all."""

    data: NDArray[Any]
    valid: Mask | None = None

    def numbers(self) -> NDArray[np.float64]:
        return self.data.astype(np.float64, copy=False)

    def where_valid(self) -> Mask:
        return np.ones(self.data.shape, dtype=bool) if self.valid is None else self.valid


def evaluate(node: Node, environment: Environment) -> Values:
    """The values of ``node``; ``data`` is arbitrary where not valid."""
    match node:
        case Constant(value):
            return Values(np.array([value]))
        case Attribute():
            return _column(node, environment)
        case Raster(index):
            return _raster(index, environment)
        case Negative(operand):
            return _computed(np.negative, evaluate(operand, environment))
        case Conditional(test, yes, no):
            return _chosen(truth(test, environment), evaluate(yes, environment), evaluate(no, environment))
        case Call(function, arguments) if function == ISVALID:
            return _presence(evaluate(arguments[0], environment))
        case Call(function, arguments):
            return _computed(FUNCTIONS[function].compute, *(evaluate(each, environment) for each in arguments))
        case Binary(operator, left, right) if operator in ARITHMETIC:
            return _computed(ARITHMETIC[operator], evaluate(left, environment), evaluate(right, environment))
        case Binary(operator, left, right) if operator in COMPARISONS:
            first, second = evaluate(left, environment), evaluate(right, environment)
            return Values(COMPARISONS[operator](first.data, second.data), _both(first.valid, second.valid))
    return truth(node, environment)


def truth(node: Node, environment: Environment) -> Values:
    """The node as a truth: ``data`` is boolean."""
    match node:
        case Not(operand):
            value = truth(operand, environment)
            return Values(~value.data, value.valid)
        case Binary("and", left, right):
            return _conjunction(truth(left, environment), truth(right, environment))
        case Binary("or", left, right):
            return _disjunction(truth(left, environment), truth(right, environment))
        case Attribute() | Raster():
            return _presence(evaluate(node, environment))
    value = evaluate(node, environment)
    return value if value.data.dtype == np.bool_ else Values(value.data != 0, value.valid)


def _column(node: Attribute, environment: Environment) -> Values:
    if node.owner == "own":
        columns: Columns | None = environment.own
    elif node.owner == "base":
        columns = environment.base
    else:
        columns = environment.neighbors(node.index) if environment.neighbors is not None else None
    if columns is None or (node.dimension is None and not node.absent):
        raise ValueError(f"'{node}' has no values here: bind the formula to what it is given")
    nothing = Values(np.zeros(1), np.zeros(1, dtype=bool))
    if node.dimension is None:
        return nothing
    try:
        column = columns[node.dimension]
    except KeyError:
        return nothing
    return _sound(column)


def _sound(column: NDArray[Any]) -> Values:
    """Integers and booleans as they are; floats as float64 and valid where finite."""
    valid = None
    if isinstance(column, np.ma.MaskedArray):
        valid = None if column.mask is np.ma.nomask else ~np.asarray(column.mask)
        column = column.data
    column = np.asarray(column)
    if column.dtype.kind == "f":
        column = column.astype(np.float64, copy=False)
        valid = _both(valid, _finite(column))
    return Values(column, valid)


def _raster(index: int, environment: Environment) -> Values:
    if environment.rasters is None:
        raise ValueError(f"'r[{index}]' has no values here: bind the formula to what it is given")
    x, y = (np.asarray(environment.own[axis], dtype=np.float64) for axis in "xy")
    heights = environment.rasters(index, x, y)
    return Values(heights, _finite(heights))


def _finite(array: NDArray[np.float64]) -> Mask | None:
    finite = np.isfinite(array)
    return None if finite.all() else finite


def _both(first: Mask | None, second: Mask | None) -> Mask | None:
    if first is None or second is None:
        return second if first is None else first
    return first & second


def _presence(value: Values) -> Values:
    return Values(np.ones(1, dtype=bool) if value.valid is None else value.valid)


def _computed(compute: Callable[..., NDArray[np.float64]], *arguments: Values) -> Values:
    with np.errstate(all="ignore"):
        data = compute(*(argument.numbers() for argument in arguments))
    valid = _finite(data)
    for argument in arguments:
        valid = _both(valid, argument.valid)
    return Values(data, valid)


def _chosen(test: Values, yes: Values, no: Values) -> Values:
    data = np.where(test.data, yes.data, no.data)
    if test.valid is None and yes.valid is None and no.valid is None:
        return Values(data)
    return Values(data, test.where_valid() & np.where(test.data, yes.where_valid(), no.where_valid()))


def _conjunction(left: Values, right: Values) -> Values:
    if left.valid is None and right.valid is None:
        return Values(left.data & right.data)
    true_left, true_right = left.data & left.where_valid(), right.data & right.where_valid()
    false = (~left.data & left.where_valid()) | (~right.data & right.where_valid())
    true = true_left & true_right
    return Values(true, true | false)


def _disjunction(left: Values, right: Values) -> Values:
    if left.valid is None and right.valid is None:
        return Values(left.data | right.data)
    true = (left.data & left.where_valid()) | (right.data & right.where_valid())
    return Values(true, true | (left.where_valid() & right.where_valid()))
