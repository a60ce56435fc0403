# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers of a definition: constants, formulas evaluated at each point, ranges; and their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..expression.formula import Expression
from ..expression.nodes import Binary, Constant, number_text

#: A number, or a formula evaluated at each processed point (or cell).
Value = float | Expression

#: A formula of these characters needs no quotes among arguments.
PLAIN = re.compile(r"[\w.+\-*/%^()\[\],]+$")


@dataclass(frozen=True)
class Range:
    """Sizes ``start``, ``start + increment``, … up to and including ``stop``."""

    start: Value
    stop: Value
    increment: Value

    def __str__(self) -> str:
        return ":".join(value_text(bound) for bound in (self.start, self.stop, self.increment))


Size = Value | Range


def value_text(value: Size) -> str:
    """Text that reads back to the same value, quoted where it must be."""
    if isinstance(value, float):
        return number_text(value)
    text = str(value)
    return text if isinstance(value, Range) or PLAIN.match(text) else f"'{text}'"


def halved(size: Size) -> Size:
    """The radius of a diameter; halving a float is exact."""
    if isinstance(size, float):
        return size / 2
    if isinstance(size, Range):
        start, stop, increment = (halved(bound) for bound in (size.start, size.stop, size.increment))
        assert not (isinstance(start, Range) or isinstance(stop, Range) or isinstance(increment, Range))
        return Range(start, stop, increment)
    return Expression(Binary("/", size.root, Constant(2.0)))


def largest(size: Size) -> float | None:
    """The largest size ever used, None where it depends on the point."""
    end = size.stop if isinstance(size, Range) else size
    return end if isinstance(end, float) else None


def formulas_of(size: Size | None) -> Iterator[Expression]:
    """The formulas in a size."""
    bounds = (size.start, size.stop, size.increment) if isinstance(size, Range) else (size,)
    return (bound for bound in bounds if isinstance(bound, Expression))
