# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of a neighborhood definition to its value."""

from __future__ import annotations

from dataclasses import replace

from ..expression.errors import LanguageError, Place
from ..expression.scanner import NAME, Scanner, by_prefix
from .arguments import read_value
from .definition import Circle, Definition, Incremental, Window
from .numbers import fixed_number, single_value
from .properties import read_sampling, read_sort
from .queries import PROPERTIES, QUERY_WORDS, QueryParser
from .usage import POINTS, Usage

PROPERTY_WORDS = {name: name for name in PROPERTIES}


def parse_definition(text: str, usage: Usage = POINTS) -> Definition:
    """The definition ``text`` is.

    Everything the text and ``usage`` decide is checked; names of attributes are by `bound`.

    Raises
    ------
    LanguageError
        The text is no definition, or not one for ``usage``.
    """
    scanner = Scanner(text)
    start = scanner.skip().place()
    found = Definition(QueryParser(scanner, usage).parse())
    places: dict[str, Place] = {}
    while scanner.skip().peek:
        place = scanner.place()
        name = _property_name(scanner, place)
        if name in places:
            raise LanguageError(f"{name} is given twice", place)
        places[name] = place
        found = _with_property(found, name, scanner, usage, place)
    _check_sampling(found, start, places.get("sampling"))
    return found


def _property_name(scanner: Scanner, place: Place) -> str:
    word = scanner.match(NAME)
    if word.lower() in QUERY_WORDS and word.lower() not in PROPERTY_WORDS:
        raise LanguageError(f"'{word}' is a second query: join the two with and, or with or", place, PROPERTIES)
    if not word:
        raise scanner.unexpected("a property is missing", ("and", "or", *PROPERTIES))
    return by_prefix(word, PROPERTY_WORDS, "property", place)


def _with_property(found: Definition, name: str, scanner: Scanner, usage: Usage, place: Place) -> Definition:
    if name == "sampling":
        return replace(found, sampling=read_sampling(scanner, usage))
    if name == "sort":
        return replace(found, sort=read_sort(scanner, usage))
    scanner.expect("=", f"{name} is written {name}=value")
    argument = read_value(scanner, place)
    if name == "minPtCount":
        return replace(found, min_count=single_value(argument, usage))
    return replace(found, max_distance=fixed_number(argument, name))


def _check_sampling(found: Definition, query: Place, sampling: Place | None) -> None:
    if sampling is None:
        if isinstance(found.query, Incremental):
            raise LanguageError("incremental counts sampled cells: it needs sampling", query, ("sampling(...)",))
        return
    if not isinstance(found.query, (Circle, Window, Incremental)):
        raise LanguageError(f"{found.query} cannot be sampled", sampling, ("circle", "window", "square", "incremental"))
