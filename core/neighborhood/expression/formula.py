# SPDX-License-Identifier: GPL-2.0-or-later
"""A formula: parsed once, bound to what its names may stand for, evaluated for many points at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attributes import Scope, resolve
from .errors import LanguageError
from .evaluation import Columns, Environment, Mask, Sampler, evaluate, truth
from .nodes import Attribute, Node, Owner, Raster, replaced, walk
from .parser import OPERATORS, ExpressionParser
from .scanner import Scanner


@dataclass(frozen=True)
class Expression:
    """A formula; ``str`` gives its canonical text.

    ``logical``: it stands as a truth, so a lone name asks for presence and a lone coordinate for
    validity; otherwise it is a calculator and a lone name is its value.
    """

    root: Node
    logical: bool = False

    def __str__(self) -> str:
        return str(self.root)

    def bind(self, scope: Scope) -> Expression:
        """The same formula with every name resolved.

        A name whose presence is asked anywhere in the formula may be missing from the cloud, if it
        is one the language knows or a user attribute ``_name``: it is then invalid everywhere.

        Raises
        ------
        LanguageError
            A name, a raster, the base point or a neighbor is not to be had in ``scope``.
        """
        nodes = walk(self.root, self.logical)
        asked = {str(node) for node, logical in nodes if logical and isinstance(node, Attribute)}
        for node in self._leaves(Raster):
            if node.index >= scope.rasters:
                given = f"{scope.rasters} raster{'s are' if scope.rasters != 1 else ' is'} given"
                raise LanguageError(f"there is no {node}: {given}, counted from r[0]", node.place)

        def bound(attribute: Attribute) -> Attribute:
            available = {"own": scope.own, "base": scope.base, "neighbor": scope.neighbors}[attribute.owner]
            if available is None:
                raise LanguageError(REFUSED[attribute.owner].format(attribute), attribute.place)
            dimension = resolve(attribute.name, available, attribute.name_place, str(attribute) in asked)
            return replace(attribute, dimension=dimension, absent=dimension is None)

        return replace(self, root=replaced(self.root, bound))

    def _leaves(self, kind: type[Any]) -> Iterator[Any]:
        return (node for node, _ in walk(self.root) if isinstance(node, kind))

    def needs(self, owner: Owner = "own") -> frozenset[str]:
        """Dimensions read from the point itself, the base point or the neighbors; for bound formulas."""
        attributes = [node for node in self._leaves(Attribute) if node.owner == owner]
        for node in attributes:
            if node.dimension is None and not node.absent:
                raise ValueError(f"'{node}' is not resolved yet: bind the formula to what it is given")
        names = {node.dimension for node in attributes if node.dimension is not None}
        return frozenset(names | ({"x", "y"} if owner == "own" and self.rasters else set()))

    @property
    def dimensions(self) -> frozenset[str]:
        return self.needs()

    @property
    def rasters(self) -> frozenset[int]:
        """Indices of the rasters used."""
        return frozenset(node.index for node in self._leaves(Raster))

    @property
    def contextual(self) -> bool:
        """True if the base point is used."""
        return any(node.owner == "base" for node in self._leaves(Attribute))

    def first(self, owner: Owner) -> Attribute | None:
        """The first name of ``owner`` in the text, None if there is none."""
        return next((node for node in self._leaves(Attribute) if node.owner == owner), None)

    @property
    def constant(self) -> float | None:
        """The value, NaN where invalid, of a formula without names; None if it has names."""
        if any(isinstance(node, (Attribute, Raster)) for node, _ in walk(self.root)):
            return None
        return float(self.evaluated(Environment(1, {}))[0])

    def values(
        self,
        columns: Columns,
        *,
        base: Columns | None = None,
        neighbors: Callable[[int], Columns] | None = None,
        rasters: Sampler | None = None,
    ) -> NDArray[np.float64]:
        """Values for the points (or pairs) of ``columns``: float64 [n], NaN where invalid."""
        return self.evaluated(Environment.of(columns, base, neighbors, rasters))

    def evaluated(self, environment: Environment) -> NDArray[np.float64]:
        """Values in any environment: float64 [count], NaN where invalid."""
        result = evaluate(self.root, environment)
        numbers = np.broadcast_to(result.numbers(), (environment.count,)).copy()
        if result.valid is not None:
            numbers[~np.broadcast_to(result.valid, (environment.count,))] = np.nan
        return numbers

    def passed(self, environment: Environment) -> Mask:
        """True [count] where the formula, as a truth, is valid and true."""
        result = truth(self.root, environment)
        passed = result.data if result.valid is None else result.data & result.valid
        return np.broadcast_to(passed, (environment.count,)).copy()


REFUSED = {
    "base": "'{}' asks for the base point, which only the filter of neighbors knows",
    "neighbor": "'{}' asks for a neighbor, which is known only where neighbors are already found",
}


def parse_expression(text: str, *, logical: bool = False) -> Expression:
    """The formula ``text`` is.

    Raises
    ------
    LanguageError
        The text is no formula.
    """
    scanner = Scanner(text)
    expression = Expression(ExpressionParser(scanner).parse(), logical)
    if scanner.skip().peek:
        raise scanner.unexpected("the formula should end here or go on with an operator", OPERATORS)
    return expression
