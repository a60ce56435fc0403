# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading ``keyword(key=value value …)``: which value belongs to which key, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..expression.errors import LanguageError, Place
from ..expression.scanner import NAME, QUOTES, Scanner, by_prefix

#: A name and the sign that makes it a key.
KEY = re.compile(r"[^\W\d]\w*\s*=(?!=)")
CLOSING = {"(": ")", "[": "]"}
NEEDS_QUOTES = "a formula with blanks stands in quotes, as in circle(r='z > 100 ? 2 : 5')"


@dataclass(frozen=True)
class Argument:
    """A value: its parts between colons as (start, stop) in the text, and where it and its key stand."""

    parts: tuple[tuple[int, int], ...]
    place: Place
    key_place: Place

    def text(self) -> str:
        return ":".join(self.place.text[start:stop] for start, stop in self.parts)


@dataclass(frozen=True)
class Arguments:
    """The arguments of ``item`` by full key; ``close`` is the place of the closing parenthesis."""

    item: str
    values: Mapping[str, Argument]
    close: Place

    def get(self, key: str) -> Argument | None:
        return self.values.get(key)

    def required(self, key: str) -> Argument:
        """Raises LanguageError if ``key`` is not given."""
        if key not in self.values:
            raise self.missing(key)
        return self.values[key]

    def missing(self, what: str) -> LanguageError:
        return LanguageError(f"{self.item} needs {what}", self.close)

    def refuse_both(self, one: str, other: str) -> None:
        """Raises LanguageError, at the later of the two, if both are given."""
        if one in self.values and other in self.values:
            later = max(self.values[one], self.values[other], key=lambda value: value.key_place.position)
            raise LanguageError(f"{self.item} takes {one} or {other}, not both", later.key_place)


def read_arguments(scanner: Scanner, item: str, keys: Mapping[str, str], positional: str) -> Arguments:
    """Read ``( … )``; ``keys``: legal name to full key; ``positional``: the key of a bare value, '' for none.

    Raises
    ------
    LanguageError
        A key is unknown or given twice, or a parenthesis or quote is not closed.
    """
    scanner.expect("(", f"{item} needs its arguments in parentheses")
    values: dict[str, Argument] = {}
    while scanner.skip().peek and scanner.peek != ")":
        key, argument = _read_argument(scanner, item, keys, positional)
        if key in values:
            raise _twice(item, key, keys, values[key], argument)
        values[key] = argument
    close = scanner.place()
    scanner.expect(")", f"the arguments of {item} are not closed")
    return Arguments(item, values, close)


def _twice(item: str, key: str, keys: Mapping[str, str], first: Argument, second: Argument) -> LanguageError:
    """Two values of one key; where neither has its key, the first may be a key whose '=' was forgotten."""
    word, value = first.text(), second.text()
    bare = [argument for argument in (first, second) if argument.place == argument.key_place]
    meant = [name for name in keys if name.lower().startswith(word.lower())] if word else []
    if len(bare) == 2 and meant:
        return LanguageError(f"'{word}' is a key of {item}: write {word}={value}", first.place)
    if bare:
        legal = tuple(f"{name}=" for name in dict.fromkeys(keys.values()))
        problem = f"'{bare[-1].text()}' has no key, so it is the {key} of {item}, which is given twice"
        return LanguageError(problem, bare[-1].place, legal)
    return LanguageError(f"{item} has {key} twice", second.key_place)


def _read_argument(scanner: Scanner, item: str, keys: Mapping[str, str], positional: str) -> tuple[str, Argument]:
    place = scanner.place()
    if KEY.match(scanner.text, scanner.position, scanner.stop):
        key = by_prefix(scanner.match(NAME), keys, f"key of {item}", place)
        scanner.take("=")
        return key, read_value(scanner, place)
    if scanner.peek in "<>=!+*/%^?:&|,;]" or scanner.see_word().lower() in ("and", "or", "not"):
        raise LanguageError(f"'{scanner.see_word() or scanner.peek}' is no argument: {NEEDS_QUOTES}", place)
    if not positional:
        legal = tuple(f"{key}=" for key in dict.fromkeys(keys.values()))
        raise LanguageError(f"{item} takes only values with a key", place, legal)
    return positional, read_value(scanner, place)


def read_value(scanner: Scanner, key_place: Place) -> Argument:
    """Read what follows ``=``: parts between colons, each quoted or without blanks; possibly nothing."""
    after = scanner.position
    place = scanner.skip().place()
    if not scanner.peek or scanner.peek == ")" or KEY.match(scanner.text, scanner.position, scanner.stop):
        return Argument(((after, after),), scanner.place(after), key_place)
    parts = [_read_part(scanner)]
    while scanner.peek == ":":
        scanner.position += 1
        parts.append(_read_part(scanner))
    if scanner.peek and not scanner.peek.isspace() and scanner.peek != ")":
        raise scanner.unexpected("a value ends with a blank or a parenthesis")
    return Argument(tuple(parts), place, key_place)


def _read_part(scanner: Scanner) -> tuple[int, int]:
    """Take a quoted text, or balanced text up to a blank, a colon or an unopened parenthesis."""
    if scanner.peek and scanner.peek in QUOTES:
        return scanner.quoted()
    start = scanner.position
    open_brackets: list[int] = []
    while scanner.peek and not scanner.peek.isspace():
        character = scanner.peek
        if character in CLOSING:
            open_brackets.append(scanner.position)
        elif character in CLOSING.values():
            if not open_brackets:
                break
            if character != CLOSING[scanner.text[open_brackets.pop()]]:
                raise LanguageError(f"'{character}' closes nothing", scanner.place())
        elif character == ":" and not open_brackets:
            break
        scanner.position += 1
    if open_brackets:
        problem = f"'{scanner.text[open_brackets[-1]]}' is not closed before a blank or the end: {NEEDS_QUOTES}"
        raise LanguageError(problem, scanner.place(open_brackets[-1]))
    return start, scanner.position
