# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading a text from left to right: what every parser of the small languages stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .errors import LanguageError, Place, closest

NAME = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
QUOTES = "'\""


class Scanner:
    """A position in ``text[:stop]``; positions are always those of the whole text."""

    def __init__(self, text: str, position: int = 0, stop: int | None = None) -> None:
        self.text = text
        self.position = position
        self.stop = len(text) if stop is None else stop

    def place(self, position: int | None = None) -> Place:
        return Place(self.text, self.position if position is None else position)

    def skip(self) -> Scanner:
        """Step over blanks and line ends; the scanner itself, for chaining."""
        while self.position < self.stop and self.text[self.position].isspace():
            self.position += 1
        return self

    @property
    def peek(self) -> str:
        """The character here, '' at the end."""
        return self.text[self.position] if self.position < self.stop else ""

    def match(self, pattern: re.Pattern[str]) -> str:
        """Take what matches here, '' if nothing does."""
        found = pattern.match(self.text, self.position, self.stop)
        if found is None:
            return ""
        self.position = found.end()
        return found.group()

    def see(self, symbols: Iterable[str]) -> str:
        """The longest of ``symbols`` that stands here, '' if none; nothing is taken."""
        here = [symbol for symbol in symbols if self.text.startswith(symbol, self.position, self.stop)]
        return max(here, key=len, default="")

    def take(self, *symbols: str) -> str:
        """Step over blanks, then take the longest of ``symbols``, '' if none."""
        symbol = self.skip().see(symbols)
        self.position += len(symbol)
        return symbol

    def see_word(self) -> str:
        """The name that starts here, '' if none; nothing is taken."""
        found = NAME.match(self.text, self.position, self.stop)
        return found.group() if found else ""

    def expect(self, symbol: str, problem: str) -> None:
        """Take ``symbol`` or say what was found instead."""
        if not self.take(symbol):
            raise self.unexpected(problem, (f"'{symbol}'",))

    def unexpected(self, problem: str, expected: Iterable[str] = ()) -> LanguageError:
        """The error for what stands here."""
        return LanguageError(f"{problem}, found {self.found()}", self.place(), expected)

    def found(self) -> str:
        """What stands here, in words."""
        if not self.peek:
            return "the end of the text" if self.stop == len(self.text) else f"'{self.text[self.stop]}'"
        return f"'{self.see_word() or self.peek}'"

    def quoted(self) -> tuple[int, int]:
        """Take a quoted text that starts here; start and stop of what is between the quotes."""
        start = self.position
        stop = self.text.find(self.peek, start + 1, self.stop)
        if stop < 0:
            raise LanguageError(f"the quote {self.peek} is never closed", self.place(start))
        self.position = stop + 1
        return start + 1, stop


def whole(word: str, most: int) -> int | None:
    """The whole number that ``word`` writes, None where it writes none from 0 to ``most``."""
    digits = word.lstrip("0") or word[:1]
    if not word.isdecimal() or len(digits) > len(str(most)) or int(digits) > most:
        return None
    return int(digits)


def by_prefix(word: str, names: Mapping[str, str], kind: str, place: Place) -> str:
    """The value in ``names`` of the name ``word`` is, or is the only prefix of.

    Case does not count, an exact name wins over a longer one, and several names of one value
    (aliases) do not make a prefix ambiguous.

    Raises
    ------
    LanguageError
        No name starts with ``word``, or names of different values do.
    """
    wanted = word.lower()
    meant = {name.lower(): value for name, value in names.items()}
    if wanted in meant:
        return meant[wanted]
    values = list(dict.fromkeys(value for name, value in meant.items() if name.startswith(wanted)))
    if len(values) == 1:
        return values[0]
    legal = tuple(dict.fromkeys(names.values()))
    if values:
        raise LanguageError(f"'{word}' is not a unique {kind}: it may be {' or '.join(values)}", place, legal)
    raise LanguageError(f"'{word}' is not a {kind}", place, legal, closest(word, legal, abbreviated=True))
