# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments to numbers, formulas, ranges and labels, each checked as far as the text decides."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from ..expression.attributes import COORDINATES
from ..expression.errors import LanguageError, Place
from ..expression.formula import Expression
from ..expression.nodes import Attribute, walk
from ..expression.parser import OPERATORS, ExpressionParser
from ..expression.scanner import Scanner, by_prefix
from .arguments import NEEDS_QUOTES, Argument
from .sizes import MOST_SIZES, count_sizes
from .usage import Usage
from .values import Range, Size, Value

DIMENSIONS = {"2d": "2d", "3d": "3d"}


def read_formula(argument: Argument, part: int = 0) -> Expression:
    """The formula that a part of an argument is.  Raises LanguageError."""
    start, stop = argument.parts[part]
    scanner = Scanner(argument.place.text, start, stop)
    if not scanner.skip().peek:
        raise LanguageError("a value is missing", scanner.place())
    formula = Expression(ExpressionParser(scanner).parse())
    if scanner.skip().peek:
        raise scanner.unexpected("the formula should end here or go on with an operator", OPERATORS)
    return formula


def read_value(argument: Argument, usage: Usage, least: float, part: int = 0) -> Value:
    """A number not below ``least``, or a formula of what the processed point or cell has.

    Raises
    ------
    LanguageError
        It is neither, or a constant that no point could use.
    """
    place = Place(argument.place.text, argument.parts[part][0])
    formula = read_formula(argument, part)
    _check_names(formula, usage)
    number = formula.constant
    if number is None:
        return formula
    if not isfinite(number):
        raise LanguageError(f"the value of {formula} is invalid", place)
    if number < least:
        raise LanguageError(f"{formula} is too small: the value must be at least {least:g}", place)
    return number


def _check_names(formula: Expression, usage: Usage) -> None:
    for node, _ in walk(formula.root):
        if not isinstance(node, Attribute):
            continue
        if node.owner == "base":
            raise LanguageError(f"'{node}': the prefix b. stands only in filters, write {node.name}", node.place)
        if node.owner == "neighbor":
            raise LanguageError(f"'{node}': no neighbor is known before the search", node.place)
        if usage.raster and node.name not in ("x", "y"):
            what = "height" if node.name in COORDINATES else f"attribute '{node.name}'"
            raise LanguageError(f"a raster cell has no {what}", node.place, ("x", "y", "r[i]"))


def refuse_range(argument: Argument) -> None:
    """Raises LanguageError at the colon of a range."""
    if len(argument.parts) > 1:
        colon = Place(argument.place.text, argument.place.text.index(":", argument.parts[0][1]))
        raise LanguageError(f"a range stands only inside incremental(...); {NEEDS_QUOTES}", colon)


def single_value(argument: Argument, usage: Usage, least: float = 0) -> Value:
    """A value that is no range."""
    refuse_range(argument)
    return read_value(argument, usage, least)


def read_size(argument: Argument, usage: Usage, ranges: bool, increment: float) -> Size:
    """A size; where ``ranges`` are legal a range, whose increment is ``increment`` unless given."""
    if not ranges or len(argument.parts) == 1:
        return single_value(argument, usage)
    if len(argument.parts) > 3:
        raise LanguageError("a range is start:end or start:end:increment", argument.place)
    bounds = [read_value(argument, usage, 0, part) for part in range(len(argument.parts))]
    found = Range(bounds[0], bounds[1], bounds[2] if len(bounds) == 3 else increment)
    _check_range(found, argument)
    return found


def _check_range(found: Range, argument: Argument) -> None:
    if isinstance(found.increment, float) and found.increment <= 0:
        place = Place(argument.place.text, argument.parts[-1][0])
        raise LanguageError("the increment of a range must be above 0", place)
    if not (isinstance(found.start, float) and isinstance(found.stop, float)):
        return
    if found.stop < found.start:
        raise LanguageError(f"the range {argument.text()} is empty: its end is below its start", argument.place)
    if isinstance(found.increment, float) and count_sizes(found.start, found.stop, found.increment) > MOST_SIZES:
        raise LanguageError(f"the range {argument.text()} has more than {MOST_SIZES} sizes", argument.place)


def fixed_number(argument: Argument, what: str, above: float = 0) -> float:
    """A number above ``above`` that is the same for all points."""
    refuse_range(argument)
    number = read_formula(argument).constant
    if number is None:
        raise LanguageError(f"{what} must be a number, the same for all points", argument.place)
    if not (isfinite(number) and number > above):
        raise LanguageError(f"{what} must be a number above {above:g}, found {argument.text()}", argument.place)
    return number


def whole_number(argument: Argument, what: str, most: int) -> int:
    """A whole number from 1 to ``most``."""
    number = fixed_number(argument, what)
    if number != int(number):
        raise LanguageError(f"{what} must be a whole number, found {argument.text()}", argument.place)
    if number > most:
        raise LanguageError(f"{what} must be at most {most:,}, found {argument.text()}", argument.place)
    return int(number)


def read_label(argument: Argument, labels: Mapping[str, str], kind: str) -> str:
    """One of ``labels``, or a unique prefix of one."""
    refuse_range(argument)
    return by_prefix(argument.text(), labels, kind, argument.place)


def read_dimension(argument: Argument) -> int:
    """2 or 3."""
    return int(read_label(argument, DIMENSIONS, "dimension")[0])


def read_attribute(argument: Argument) -> Expression:
    """The name of an attribute of the neighbors."""
    refuse_range(argument)
    formula = read_formula(argument)
    if not isinstance(formula.root, Attribute) or formula.root.owner != "own":
        raise LanguageError(f"'{argument.text()}' is not the name of an attribute", argument.place)
    return formula
