# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions and arithmetic operators of a formula, all on float64 arrays.

A result that is not finite is invalid, so domains need no test of their own: the logarithm of a
negative number is NaN, a division by zero infinite.  Angles are in radians, as in C.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Function:
    """``compute`` takes from ``least`` to ``most`` arrays."""

    compute: Callable[..., Array]
    least: int = 1
    most: int = 1


def round_half_away(x: Array) -> Array:
    """Nearest integer, halves away from zero (C ``round``); exact, as ``x - trunc(x)`` is."""
    whole = np.trunc(x)
    return np.add(whole, np.copysign(np.abs(x - whole) >= 0.5, x))


def minimum(*arrays: Array) -> Array:
    return reduce(np.minimum, arrays)


def maximum(*arrays: Array) -> Array:
    return reduce(np.maximum, arrays)


MANY = 100

#: ``isvalid`` is not here: it looks at the validity of its argument, not at its value.
FUNCTIONS: dict[str, Function] = {
    "abs": Function(np.abs),
    "sqrt": Function(np.sqrt),
    "exp": Function(np.exp),
    "log": Function(np.log),
    "log10": Function(np.log10),
    "sin": Function(np.sin),
    "cos": Function(np.cos),
    "tan": Function(np.tan),
    "asin": Function(np.arcsin),
    "acos": Function(np.arccos),
    "atan": Function(np.arctan),
    "atan2": Function(np.arctan2, 2, 2),
    "floor": Function(np.floor),
    "ceil": Function(np.ceil),
    "round": Function(round_half_away),
    "trunc": Function(np.trunc),
    "min": Function(minimum, 2, MANY),
    "max": Function(maximum, 2, MANY),
    "pow": Function(np.power, 2, 2),
    "sign": Function(np.sign),
}
ISVALID = "isvalid"

#: ``%`` has the sign of its left side, as in C.
ARITHMETIC: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
}

COMPARISONS: dict[str, Callable[..., NDArray[np.bool_]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
