# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of a filter to its tree."""

from __future__ import annotations

import re

from .classes import CLASS_CODES, CLASS_WORDS
from .errors import LanguageError, Place, closest
from .filters import Combined, Complement, Everything, Filter, Generic
from .formula import Expression
from .parser import OPERATORS, ExpressionParser
from .polygons import FARTHEST
from .scanner import NAME, QUOTES, Scanner, by_prefix, whole
from .selectors import ECHO_WORDS, Class, Echo, Ranges, Region, Synthetic

KINDS = ("Generic", "Class", "Echo", "Region", "Synthetic")
FORMS = ("Generic[formula]", "Class[ground ...]", "Echo[first ...]", "Region[x y x y ...]", "Region[file]", "Synthetic")
JOINS = {"and": "and", "&&": "and", "or": "or", "||": "or"}
WORD = re.compile(r"[^\s,:\[\]]+")
SEPARATOR = re.compile(r"[\s,]+")
COORDINATE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")
NO_COORDINATE = re.compile(r"[+-]?(?:nan|inf|infinity)$", re.IGNORECASE)
CODES, ECHOES = 255, 255
DEEPEST = 50
"""A level takes more of Python's own depth than one of a formula; the two together stay far below its limit."""


def parse_filter(text: str) -> Filter:
    """The filter ``text`` is; blank text lets every point pass.

    Raises
    ------
    LanguageError
        The text is no filter.
    """
    scanner = Scanner(text)
    if not scanner.skip().peek:
        return Everything()
    parser = FilterParser(scanner)
    found = parser.parse()
    if scanner.skip().peek:
        raise scanner.unexpected("the filter should end here or go on", ("and", "or"))
    return found


class FilterParser:
    """Reads filters joined by ``or``, ``and``, ``not``, each binding tighter than the one before."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.depth = 0

    def parse(self) -> Filter:
        self.depth += 1
        if self.depth > DEEPEST:
            raise LanguageError(f"the filter is nested more than {DEEPEST} deep", self.scanner.place())
        found = self._joined("or")
        self.depth -= 1
        return found

    def _joined(self, operator: str) -> Filter:
        parts = [self._operand(operator)]
        while self._take_join(operator):
            parts.append(self._operand(operator))
        return parts[0] if len(parts) == 1 else Combined(operator, tuple(parts))

    def _operand(self, operator: str) -> Filter:
        return self._joined("and") if operator == "or" else self._negated()

    def _take_join(self, operator: str) -> bool:
        scanner = self.scanner.skip()
        written = scanner.see_word().lower() or scanner.see(("&&", "||"))
        if JOINS.get(written) != operator:
            return False
        scanner.position += len(written)
        return True

    def _negated(self) -> Filter:
        scanner = self.scanner.skip()
        if scanner.see_word().lower() == "not":
            scanner.match(NAME)
        elif not scanner.take("!"):
            return self._primary()
        self.depth += 1
        if self.depth > DEEPEST:
            raise LanguageError(f"the filter is nested more than {DEEPEST} deep", scanner.place())
        part = Complement(self._negated())
        self.depth -= 1
        return part

    def _primary(self) -> Filter:
        scanner = self.scanner.skip()
        if scanner.take("("):
            found = self.parse()
            scanner.expect(")", "a parenthesis is not closed")
            return found
        place = scanner.place()
        kind = self._kind(place)
        if kind == "Synthetic":
            if scanner.take("["):
                scanner.expect("]", "Synthetic takes no parameter")
            return Synthetic(place)
        scanner.expect("[", f"{kind} needs its parameters in brackets")
        if kind == "Region":
            return self._region(place)
        if kind == "Generic":
            return self._generic()
        found = self._class(place) if kind == "Class" else self._echo(place)
        scanner.expect("]", f"the brackets of {kind} are not closed")
        return found

    def _kind(self, place: Place) -> str:
        """Take the name of a filter; a bare formula or class name is a usual mistake, so say how to write it."""
        scanner = self.scanner
        word = scanner.match(NAME)
        if not word or word.lower() in ("and", "or"):
            scanner.position = place.position
            raise scanner.unexpected("a filter is missing", FORMS)
        if any(kind.lower().startswith(word.lower()) for kind in KINDS):
            return by_prefix(word, {kind: kind for kind in KINDS}, "filter", place)
        for words, form in ((CLASS_WORDS, "Class"), (ECHO_WORDS, "Echo")):
            if word.lower() in map(str.lower, words):
                raise LanguageError(f"'{word}' alone is no filter: write {form}[{word}]", place, FORMS)
        if scanner.skip().see(OPERATORS) or scanner.see("=.("):
            raise LanguageError("a formula stands in the brackets of Generic, as in Generic[z > 100]", place, FORMS)
        raise LanguageError(f"'{word}' is not a filter", place, FORMS, closest(word, KINDS, abbreviated=True))

    def _generic(self) -> Filter:
        scanner = self.scanner
        if scanner.skip().peek == "]":
            raise scanner.unexpected("Generic needs a formula", ("Generic[z > 100]",))
        formula = Expression(ExpressionParser(scanner, self.depth).parse(), logical=True)
        if not scanner.take("]"):
            raise scanner.unexpected("the formula should end here with ']' or go on with an operator", OPERATORS)
        return Generic(formula)

    def _words(self, kind: str) -> list[tuple[str, str, Place]]:
        """The words up to the closing bracket: (from, to, place), to is '' where it is no range."""
        scanner = self.scanner
        words = []
        scanner.match(SEPARATOR)
        while scanner.peek not in ("", "]"):
            place = scanner.place()
            low = scanner.match(WORD)
            high = ""
            if low and scanner.take(":"):
                scanner.skip()
                high = scanner.match(WORD)
            if not low or (scanner.text[scanner.position - 1] == ":" and not high):
                raise scanner.unexpected(f"a name or a number of {kind} is missing")
            words.append((low, high, place))
            scanner.match(SEPARATOR)
        if not words:
            raise scanner.unexpected(f"{kind} needs at least one name or number")
        return words

    def _class(self, place: Place) -> Filter:
        ranges = []
        for low, high, where in self._words("Class"):
            first = _class_code(low, where)
            ranges.append((first, _class_code(high, where) if high else first, where))
        return Class(place, _merged(ranges))

    def _echo(self, place: Place) -> Filter:
        kinds: set[str] = set()
        numbers = []
        for low, high, where in self._words("Echo"):
            if low[0].isdigit() or high:
                numbers.append((_integer(low, 1, ECHOES, where), _integer(high or low, 1, ECHOES, where), where))
            else:
                kinds.add(by_prefix(low.replace("_", ""), ECHO_WORDS, "kind of echo", where))
        order = list(ECHO_WORDS)
        return Echo(place, tuple(sorted(kinds, key=order.index)), _merged(numbers))

    def _region(self, place: Place) -> Filter:
        scanner = self.scanner.skip()
        if scanner.peek and scanner.peek in QUOTES:
            start, stop = scanner.quoted()
            scanner.expect("]", "the brackets of Region are not closed")
            return self._region_file(scanner.text[start:stop], start, place)
        start = scanner.position
        stop = scanner.text.find("]", start, scanner.stop)
        if stop < 0:
            raise LanguageError("the brackets of Region are not closed", place, ("']'",))
        scanner.position = stop + 1
        raw = scanner.text[start:stop]
        words = list(re.finditer(r"[^\s,]+", raw))
        written = len(words) > 1 and any(COORDINATE.match(word.group()) for word in words[1:])
        first = words[0].group() if words else ""
        if not COORDINATE.match(first) and not (written and NO_COORDINATE.match(first)):
            return self._region_file(raw.strip(), start, place)
        for word in words:
            if not COORDINATE.match(word.group()):
                problem = f"'{word.group()}' is not a coordinate (a path that begins with a number needs quotes)"
                raise LanguageError(problem, scanner.place(start + word.start()))
            if not abs(float(word.group())) <= FARTHEST:
                problem = f"{word.group()} is too large for a coordinate, which may be {FARTHEST:g} at most"
                raise LanguageError(problem, scanner.place(start + word.start()))
        return _polygon([float(word.group()) for word in words], scanner.place(start), place)

    def _region_file(self, path: str, start: int, place: Place) -> Filter:
        if not path:
            raise LanguageError("Region is empty", self.scanner.place(start), FORMS[3:5])
        return Region(place, path=path)


def _polygon(numbers: list[float], where: Place, place: Place) -> Filter:
    if len(numbers) % 2:
        raise LanguageError(f"Region has {len(numbers)} numbers, but corners are pairs x y", where)
    corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    if len(set(corners)) < 3:
        raise LanguageError(f"Region has {len(set(corners))} different corners, a polygon needs 3 or more", where)
    return Region(place, corners=corners)


def _integer(word: str, least: int, most: int, place: Place) -> int:
    number = whole(word, most)
    if number is None or number < least:
        raise LanguageError(f"'{word}' is not a whole number from {least} to {most}", place)
    return number


def _class_code(word: str, place: Place) -> int:
    if word[0].isdigit() or word[0] in "+-":
        return _integer(word, 0, CODES, place)
    name = by_prefix(word.replace("_", "").replace("-", ""), CLASS_WORDS, "class", place)
    return CLASS_CODES[name]


def _merged(ranges: list[tuple[int, int, Place]]) -> Ranges:
    """Ascending ranges, those that touch joined where one of them already is a range."""
    codes: set[int] = set()
    for low, high, place in ranges:
        if high < low:
            raise LanguageError(f"the range {low}:{high} is empty", place)
        codes.update(range(low, high + 1))
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return tuple((low, high) for low, high in runs)
