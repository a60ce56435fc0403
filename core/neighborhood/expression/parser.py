# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of a formula to its tree, by precedence climbing."""

from __future__ import annotations

import re

from .errors import LanguageError, closest
from .functions import FUNCTIONS, ISVALID, Function
from .nodes import PRECEDENCE, Attribute, Binary, Call, Conditional, Constant, Negative, Node, Not, Owner, Raster
from .scanner import NAME, NUMBER, Scanner, whole

#: What is written in other languages, and how it is written here.
MISTAKES = {"=": "==", "<>": "!=", "**": "^", "&": "and", "|": "or"}
SYNONYMS = {"&&": "and", "||": "or"}
SYMBOLS = tuple(s for s in PRECEDENCE if not s.isalpha()) + tuple(SYNONYMS) + tuple(MISTAKES)
WORDS = ("and", "or", "not")
OPERATORS = ("?", "or", "and", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^")
OPERAND = ("a number", "an attribute", "a function", "'('", "'-'", "not")

SLICE = re.compile(r"[rn]\[\s*\d+\s*:", re.IGNORECASE)

#: The tree is walked by recursion: these bound its depth far below Python's own limit.
DEEPEST = 100
LONGEST = 250
LARGEST_INDEX = 9999


class ExpressionParser:
    """Reads one formula from where ``scanner`` stands, up to what cannot belong to it."""

    def __init__(self, scanner: Scanner, depth: int = 0) -> None:
        """``depth``: of the parentheses around the formula, in the filter it is in."""
        self.scanner = scanner
        self.depth = depth
        self.operations = 0

    def parse(self, least: int = 0) -> Node:
        """A formula whose outermost operators bind at least as tightly as ``least``.

        Raises
        ------
        LanguageError
            The text is no formula.
        """
        self._descend()
        node = self._operand()
        while True:
            start = self.scanner.skip().position
            operator = self._operator()
            if not operator or PRECEDENCE[operator] < least:
                self.scanner.position = start
                break
            self._count()
            node = self._joined(node, operator)
        self.depth -= 1
        return node

    def _descend(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise LanguageError(f"the formula is nested more than {DEEPEST} deep", self.scanner.place())

    def _count(self) -> None:
        self.operations += 1
        if self.operations > LONGEST:
            raise LanguageError(f"the formula has more than {LONGEST} operators", self.scanner.place())

    def _operator(self) -> str:
        """Take an operator that stands between two operands, '' if none does."""
        scanner = self.scanner
        place = scanner.place()
        word = scanner.see_word().lower()
        if word in ("and", "or"):
            scanner.match(NAME)
            return word
        symbol = scanner.take(*SYMBOLS)
        if symbol in MISTAKES:
            raise LanguageError(f"'{symbol}' is not an operator of a formula: write {MISTAKES[symbol]}", place)
        return SYNONYMS.get(symbol, symbol)

    def _joined(self, left: Node, operator: str) -> Node:
        own = PRECEDENCE[operator]
        if operator == "?":
            yes = self.parse(own)
            self.scanner.expect(":", "a choice is written test ? yes : no")
            return Conditional(left, yes, self.parse(own))
        right = self.parse(own if operator == "^" else own + 1)
        if own in (PRECEDENCE["=="], PRECEDENCE["<"]):
            self._refuse_chain(own)
        return Binary(operator, left, right)

    def _refuse_chain(self, own: int) -> None:
        start = self.scanner.skip().position
        follower = self._operator()
        if follower and PRECEDENCE[follower] == own:
            problem = f"'{follower}' follows another comparison: compare two at a time, a < b and b < c"
            raise LanguageError(problem, self.scanner.place(start))
        self.scanner.position = start

    def _operand(self) -> Node:
        scanner = self.scanner.skip()
        if scanner.see_word().lower() == "not":
            scanner.match(NAME)
            return self._signed(Not, PRECEDENCE["not"])
        if scanner.see(("!", "!=")) == "!":
            scanner.take("!")
            return self._signed(Not, PRECEDENCE["sign"])
        if scanner.take("-"):
            return self._signed(Negative, PRECEDENCE["sign"])
        if scanner.take("("):
            node = self.parse()
            scanner.expect(")", "a parenthesis is not closed")
            return node
        number = scanner.match(NUMBER)
        if number:
            return self._constant(number)
        if not scanner.see_word() or scanner.see_word().lower() in WORDS:
            raise scanner.unexpected("a value is missing", OPERAND)
        return self._named()

    def _signed(self, kind: type[Not] | type[Negative], least: int) -> Node:
        self._count()
        return kind(self.parse(least))

    def _constant(self, number: str) -> Node:
        start = self.scanner.position - len(number)
        if self.scanner.see_word():
            found = number + self.scanner.see_word()
            raise LanguageError(f"'{found}' is neither a number nor a name", self.scanner.place(start))
        value = float(number)
        if value == float("inf"):
            raise LanguageError(f"{number} is too large for a number", self.scanner.place(start))
        return Constant(value)

    def _named(self) -> Node:
        """A name: of a function, raster, neighbor, the base point, or an attribute."""
        scanner = self.scanner
        place = scanner.place()
        name = scanner.match(NAME)
        mark = scanner.see("([.")
        if mark == "(":
            return self._call(name, place.position)
        if mark == "[" and name.lower() in ("r", "n"):
            start, stop = self._indices()
            if stop != start + 1:
                raise LanguageError("a slice stands only among the arguments of min and max", place)
            return self._indexed(name, start, place.position)
        if mark == "." and name.lower() == "b":
            scanner.take(".")
            return self._attribute(place.position, "base")
        if mark:
            raise LanguageError(
                f"'{name}{mark}' means nothing here",
                place,
                ("b.attribute (base point)", "n[i].attribute (neighbor)", "r[i] (raster)", "function(...)"),
            )
        scanner.position = place.position
        return self._attribute(place.position)

    def _attribute(self, start: int, owner: Owner = "own", index: int = 0) -> Attribute:
        place = self.scanner.place()
        name = self.scanner.match(NAME)
        if not name:
            raise self.scanner.unexpected("the name of an attribute is missing")
        if name.lower() in ("x", "y", "z"):
            name = name.lower()
        return Attribute(name, self.scanner.place(start), place, owner, index)

    def _indices(self) -> tuple[int, int]:
        """``[i]`` or ``[i:j]`` (j excluded) as a half-open range."""
        scanner = self.scanner
        scanner.take("[")
        start = stop = self._index()
        if scanner.take(":"):
            place = scanner.skip().place()
            stop = self._index() - 1
            if stop < start:
                raise LanguageError(f"the slice [{start}:{stop + 1}] is empty: its end is excluded", place)
        scanner.expect("]", "an index is not closed")
        return start, stop + 1

    def _index(self) -> int:
        scanner = self.scanner.skip()
        digits = scanner.match(NUMBER)
        index = whole(digits, LARGEST_INDEX)
        if index is None:
            problem = f"{digits} is no index" if digits else f"an index is missing, found {scanner.found()}"
            raise LanguageError(problem, scanner.place(scanner.position - len(digits)), (f"0 to {LARGEST_INDEX}",))
        return index

    def _indexed(self, name: str, index: int, start: int) -> Node:
        if name.lower() == "r":
            return Raster(index, self.scanner.place(start))
        self.scanner.expect(".", "a neighbor is asked for one of its attributes, as in n[0].z")
        return self._attribute(start, "neighbor", index)

    def _call(self, name: str, start: int) -> Node:
        known = (*FUNCTIONS, ISVALID)
        function = name.lower()
        if function not in known:
            place = self.scanner.place(start)
            raise LanguageError(f"there is no function '{name}'", place, known, closest(name, known))
        self._count()
        self.scanner.take("(")
        arguments: list[Node] = []
        while not arguments or self.scanner.take(","):
            arguments += self._argument(function in ("min", "max"))
        self.scanner.expect(")", f"the arguments of {function} are not closed")
        rule = FUNCTIONS.get(function, Function(abs))
        if not rule.least <= len(arguments) <= rule.most:
            wanted = f"{rule.least}" if rule.least == rule.most else f"{rule.least} to {rule.most}"
            problem = f"{function} takes {wanted} argument{'s' if wanted != '1' else ''}, found {len(arguments)}"
            raise LanguageError(problem, self.scanner.place(start))
        return Call(function, tuple(arguments))

    def _argument(self, many: bool) -> list[Node]:
        """One argument; where ``many`` may stand, a slice such as ``r[0:2]`` is each of its members."""
        scanner = self.scanner.skip()
        if not many or not SLICE.match(scanner.text, scanner.position, scanner.stop):
            return [self.parse()]
        place = scanner.place().position
        name = scanner.match(NAME)
        start, stop = self._indices()
        after = scanner.position
        members = []
        for index in range(start, stop):
            scanner.position = after
            members.append(self._indexed(name, index, place))
        return members
