# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of sampling and sort to their values."""

from __future__ import annotations

from ..expression.errors import LanguageError, Place
from ..expression.scanner import NAME, Scanner, by_prefix
from .arguments import Argument, Arguments, read_arguments
from .definition import KEEPING, Sampling, Select, Sort
from .numbers import fixed_number, read_attribute, read_dimension, read_label, whole_number
from .usage import Usage

SAMPLING_KEYS = {key: key for key in ("cellsize", "subdivision", "dim", "select", "border")} | {
    "subdivsion": "subdivision"
}
SORT_KEYS = {key: key for key in ("dist", "attribute", "order")}
ORDERS = {"ascending": "asc", "descending": "desc"}

#: Features that make a point at the mean position of the cell.
MAKING = ("mean", "median", "sum", "rms", "variance", "std", "range", "minority", "majority", "entropy", "quantile")
NUMBERED = ("nmin", "nmax", "quantile")
FEATURES = {name: name for name in ("all", *KEEPING, *MAKING)} | {"diff": "range"}
BORDERS = "btlr"

#: Relative slack by which cellsize divides the cell size of a raster.
DIVISOR_SLACK = 1e-9
MOST_PARTS = 1_000_000_000
"""With more of them along a cell of a raster, whether cellsize divides it cannot be told."""
LARGEST_RANK = 1_000_000_000
SMALLEST_CELL = 1e-9


def read_sampling(scanner: Scanner, usage: Usage) -> Sampling:
    """``sampling( … )`` after its keyword.  Raises LanguageError."""
    arguments = read_arguments(scanner, "sampling", SAMPLING_KEYS, "")
    dimension = arguments.get("dim")
    if dimension is not None and read_dimension(dimension) == 3:
        raise LanguageError("sampling is in 2-d only", dimension.place, ("dim=2d",))
    arguments.refuse_both("cellsize", "subdivision")
    cellsize, subdivision = arguments.get("cellsize"), arguments.get("subdivision")
    if cellsize is None and subdivision is None:
        raise arguments.missing("cellsize or subdivision")
    size = _cellsize(cellsize, usage) if cellsize is not None else None
    parts = _subdivision(subdivision, usage) if subdivision is not None else None
    select = arguments.get("select")
    if select is None:
        raise LanguageError("sampling needs select", arguments.close, dict.fromkeys(FEATURES.values()))
    border = arguments.get("border")
    return Sampling(size, parts, _select(select), "bl" if border is None else _border(border))


def _cellsize(argument: Argument, usage: Usage) -> float:
    size = fixed_number(argument, "cellsize")
    if size < SMALLEST_CELL:
        raise LanguageError(f"cellsize must be at least {SMALLEST_CELL:g}, found {argument.text()}", argument.place)
    if usage.raster_cell is not None:
        parts = usage.raster_cell / size
        if parts > MOST_PARTS or abs(parts - max(1, round(parts))) > DIVISOR_SLACK * parts:
            problem = f"cellsize {argument.text()} does not divide the cell size {usage.raster_cell:g} of the raster"
            raise LanguageError(problem, argument.place)
    return size


def _subdivision(argument: Argument, usage: Usage) -> int:
    if not usage.raster:
        problem = "subdivision divides the cells of a raster, and here points are worked: give cellsize"
        raise LanguageError(problem, argument.key_place)
    return whole_number(argument, "subdivision", MOST_PARTS)


def _select(argument: Argument) -> Select:
    """``all``, or ``feature[attribute]``, or ``feature(number)[attribute]``."""
    text = argument.place.text
    scanner = Scanner(text, argument.place.position, argument.parts[-1][1])
    word = scanner.match(NAME)
    feature = by_prefix(word, FEATURES, "selection", argument.place)
    if feature == "all":
        if scanner.skip().peek:
            raise scanner.unexpected("all takes no attribute")
        return Select("all")
    number = _inside(scanner, "()") if scanner.see("(") else None
    if (number is not None) != (feature in NUMBERED):
        form = f"{feature}{'(number)' if feature in NUMBERED else ''}[attribute]"
        raise LanguageError(f"'{feature}' is written {form}", argument.place)
    if not scanner.see("["):
        raise LanguageError(f"{feature} needs an attribute, as in {feature}[z]", argument.place)
    attribute = read_attribute(_inside(scanner, "[]"))
    if scanner.skip().peek:
        raise scanner.unexpected("a selection ends with the attribute")
    return Select(feature, None if number is None else _rank(feature, number), attribute)


def _inside(scanner: Scanner, brackets: str) -> Argument:
    """Take what is between brackets."""
    scanner.take(brackets[0])
    start = scanner.position
    stop = scanner.text.find(brackets[1], start, scanner.stop)
    if stop < 0:
        raise LanguageError(f"'{brackets[0]}' is not closed", scanner.place(start - 1))
    scanner.position = stop + 1
    return Argument(((start, stop),), scanner.place(start), scanner.place(start))


def _rank(feature: str, argument: Argument) -> float:
    if feature != "quantile":
        return float(whole_number(argument, f"the rank of {feature}", LARGEST_RANK))
    part = fixed_number(argument, "the part of quantile", above=-1)
    if not 0 <= part <= 1:
        raise LanguageError(f"the part of quantile must be from 0 to 1, found {argument.text()}", argument.place)
    return part


def _border(argument: Argument) -> str:
    text = argument.text().lower()
    for offset, letter in enumerate(text):
        if letter not in BORDERS or letter in text[:offset]:
            what = "given twice" if letter in BORDERS else "no border"
            place = Place(argument.place.text, argument.place.position + offset)
            raise LanguageError(f"'{letter}' is {what}", place, ("b", "t", "l", "r"))
    return "".join(letter for letter in BORDERS if letter in text)


def read_sort(scanner: Scanner, usage: Usage) -> Sort:
    """``sort( … )`` after its keyword.  Raises LanguageError."""
    arguments = read_arguments(scanner, "sort", SORT_KEYS, "dist")
    arguments.refuse_both("dist", "attribute")
    dist, attribute, order = (arguments.get(key) for key in ("dist", "attribute", "order"))
    descending = order is not None and read_label(order, ORDERS, "order") == "desc"
    if attribute is not None:
        return Sort(None, read_attribute(attribute), descending)
    return Sort(_dist(arguments, dist, usage), None, descending)


def _dist(arguments: Arguments, argument: Argument | None, usage: Usage) -> int:
    if argument is None:
        raise arguments.missing("dist or attribute")
    dim = read_dimension(argument)
    if usage.raster and dim == 3:
        raise LanguageError("a raster cell has no height, so neighbors have no 3-d distance", argument.place, ("2d",))
    return dim
