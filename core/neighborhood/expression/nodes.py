# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree of a formula: frozen nodes, and the text that reads back to the same tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from .errors import Place
from .functions import ISVALID

Owner = Literal["own", "base", "neighbor"]

#: How tightly an operator binds: C's order; ``^`` above the signs, ``not`` just above ``and``.
PRECEDENCE = {"?": 1, "or": 2, "and": 3, "not": 4, "==": 5, "!=": 5, "<": 6, "<=": 6, ">": 6, ">=": 6}
PRECEDENCE |= {"+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "sign": 9, "^": 10, "leaf": 11}


@dataclass(frozen=True)
class Constant:
    value: float

    def __str__(self) -> str:
        return number_text(self.value)


@dataclass(frozen=True)
class Attribute:
    """A coordinate or an attribute of the point, the base point (``b.``) or the neighbor ``n[index]``.

    ``place`` is where it begins, its owner before its name; ``name_place`` where the name itself stands.
    ``dimension`` is the name of the column it reads, known once bound; ``absent``: bound, and the
    cloud has no such column.
    """

    name: str
    place: Place = field(compare=False, repr=False)
    name_place: Place = field(compare=False, repr=False)
    owner: Owner = "own"
    index: int = 0
    dimension: str | None = field(default=None, compare=False, repr=False)
    absent: bool = field(default=False, compare=False, repr=False)

    def __str__(self) -> str:
        prefix = {"own": "", "base": "b.", "neighbor": f"n[{self.index}]."}[self.owner]
        return prefix + self.name


@dataclass(frozen=True)
class Raster:
    """Raster ``r[index]`` at the position of the point."""

    index: int
    place: Place = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"r[{self.index}]"


@dataclass(frozen=True)
class Not:
    operand: Node

    def __str__(self) -> str:
        return f"not {_wrapped(self.operand, PRECEDENCE['not'])}"


@dataclass(frozen=True)
class Negative:
    operand: Node

    def __str__(self) -> str:
        return f"-{_wrapped(self.operand, PRECEDENCE['sign'])}"


@dataclass(frozen=True)
class Binary:
    """``operator`` is one of the arithmetic, comparison, ``and`` and ``or`` ones."""

    operator: str
    left: Node
    right: Node

    def __str__(self) -> str:
        """A chain such as a + b + c is deep on its left only, and is walked without recursion."""
        parts: list[str] = []
        node: Node = self
        while isinstance(node, Binary):
            own = PRECEDENCE[node.operator]
            comparison = own in (PRECEDENCE["=="], PRECEDENCE["<"])
            blank = " " if own < PRECEDENCE["+"] else ""
            parts.append(f"{blank}{node.operator}{blank}{_wrapped(node.right, own + (node.operator != '^'))}")
            least, node = own + (comparison or node.operator == "^"), node.left
            if precedence(node) < least:
                break
        parts.append(str(node) if precedence(node) >= least else f"({node})")
        return "".join(reversed(parts))


@dataclass(frozen=True)
class Conditional:
    test: Node
    yes: Node
    no: Node

    def __str__(self) -> str:
        own = PRECEDENCE["?"]
        return f"{_wrapped(self.test, own + 1)} ? {_wrapped(self.yes, own + 1)} : {_wrapped(self.no, own)}"


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]

    def __str__(self) -> str:
        return f"{self.function}({','.join(map(str, self.arguments))})"


Node = Constant | Attribute | Raster | Not | Negative | Binary | Conditional | Call


def number_text(value: float) -> str:
    """Shortest text that reads back to the same float."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def precedence(node: Node) -> int:
    """How tightly the outermost operator of ``node`` binds."""
    if isinstance(node, Binary):
        return PRECEDENCE[node.operator]
    kinds = {Not: "not", Negative: "sign", Conditional: "?"}
    return PRECEDENCE[kinds.get(type(node), "leaf")]


def _wrapped(node: Node, least: int) -> str:
    return str(node) if precedence(node) >= least else f"({node})"


def children(node: Node) -> tuple[tuple[Node, bool], ...]:
    """Each child, with True where it stands as a truth: there a lone name asks for presence."""
    match node:
        case Not(operand):
            return ((operand, True),)
        case Negative(operand):
            return ((operand, False),)
        case Binary(operator, left, right):
            logical = operator in ("and", "or")
            return ((left, logical), (right, logical))
        case Conditional(test, yes, no):
            return ((test, True), (yes, False), (no, False))
        case Call(function, arguments):
            return tuple((argument, function == ISVALID) for argument in arguments)
    return ()


def walk(node: Node, logical: bool = False) -> Iterator[tuple[Node, bool]]:
    """Every node of the tree, with True where it stands as a truth."""
    yield node, logical
    for child, asked in children(node):
        yield from walk(child, asked)


def replaced(node: Node, change: Callable[[Attribute], Attribute]) -> Node:
    """The same tree with every attribute changed."""
    match node:
        case Attribute():
            return change(node)
        case Not(operand) | Negative(operand):
            return type(node)(replaced(operand, change))
        case Binary(operator, left, right):
            return Binary(operator, replaced(left, change), replaced(right, change))
        case Conditional(test, yes, no):
            return Conditional(replaced(test, change), replaced(yes, change), replaced(no, change))
        case Call(function, arguments):
            return Call(function, tuple(replaced(argument, change) for argument in arguments))
    return node
