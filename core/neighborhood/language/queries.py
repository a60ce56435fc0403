# SPDX-License-Identifier: GPL-2.0-or-later
"""Text of a query to its value: knn and the regions, one or two of them, or a growing region."""

from __future__ import annotations

from collections.abc import Callable
from math import trunc
from typing import cast

from ..expression.errors import LanguageError, Place
from ..expression.scanner import NAME, Scanner, by_prefix
from .arguments import Arguments, read_arguments, read_value
from .definition import And, Box, Circle, Cylinder, Incremental, Knn, Mode, Or, Query, Region, Sphere, Window
from .numbers import read_dimension, read_label, read_size, single_value
from .sizes import MOST_NEIGHBORS
from .usage import Usage
from .values import Size, halved

QUERIES = ("knn", "circle", "window", "square", "box", "sphere", "cylinder", "incremental")
QUERY_WORDS = {name: name for name in QUERIES} | {"nn": "knn"}
PROPERTIES = ("sampling", "sort", "minPtCount", "maxSearchDistance")
MODES = {mode: mode for mode in ("omnidirectional", "quadrant", "octant")}

#: Legal keys of each query, and the key of a value without one.
KEYS = {
    "knn": ("k", "dim", "mode"),
    "circle": ("radius", "diameter"),
    "sphere": ("radius", "diameter"),
    "window": ("side", "xExtent", "yExtent"),
    "square": ("side",),
    "box": ("side", "xExtent", "yExtent", "zExtent"),
    "cylinder": ("radius", "diameter", "zExtent"),
}
POSITIONAL = {"knn": "k", "circle": "diameter", "sphere": "diameter", "cylinder": ""}
PLANE = ("circle", "window", "square")

EXTENT_INCREMENT = 2.0


class QueryParser:
    """Reads a query from where ``scanner`` stands; ``usage`` decides what is legal."""

    def __init__(self, scanner: Scanner, usage: Usage) -> None:
        self.scanner = scanner
        self.usage = usage

    def parse(self) -> Query:
        """Raises LanguageError."""
        place = self.scanner.skip().place()
        kind = self._kind(place)
        if kind == "incremental":
            found = self._incremental()
            if self._join():
                raise LanguageError("incremental cannot be combined with another query", place)
            return found
        first = self._simple(kind, place)
        joined = self._join()
        return self._combined(joined, first) if joined else first

    def _kind(self, place: Place) -> str:
        """Take the name of a query."""
        scanner = self.scanner
        word = scanner.match(NAME)
        if not word:
            raise scanner.unexpected("a query is missing", QUERIES)
        if any(name.lower() == word.lower() for name in PROPERTIES):
            raise LanguageError(f"'{word}' is a property: it follows the query", place, QUERIES)
        return by_prefix(word, QUERY_WORDS, "query", place)

    def _join(self) -> str:
        """Take ``and`` or ``or``, '' if neither stands here."""
        word = self.scanner.skip().see_word()
        if word.lower() not in ("and", "or"):
            return ""
        self.scanner.match(NAME)
        return word.lower()

    def _combined(self, operator: str, first: Knn | Region) -> Query:
        place = self.scanner.skip().place()
        kind = self._kind(place)
        if kind == "incremental":
            raise LanguageError("incremental cannot be combined with another query", place)
        second = self._simple(kind, place)
        if isinstance(first, Knn) == isinstance(second, Knn):
            both = "knn" if isinstance(first, Knn) else "regions"
            raise LanguageError(f"both queries are {both}: combine one knn and one region", place)
        follower = self.scanner.skip().place()
        if self._join():
            raise LanguageError("no more than two queries can be combined", follower)
        return And(first, second) if operator == "and" else Or(first, second)

    def _simple(self, kind: str, place: Place, ranges: bool = False) -> Knn | Region:
        keys = {key: key for key in KEYS[kind]}
        arguments = read_arguments(self.scanner, kind, keys, POSITIONAL.get(kind, "side"))
        found = self._knn(arguments) if kind == "knn" else self._region(kind, arguments, ranges)
        if self.usage.raster and (kind in ("sphere", "box", "cylinder") or (isinstance(found, Knn) and found.dim == 3)):
            raise LanguageError(
                f"{found} measures heights, and a raster cell has none: use a query in 2-d",
                place,
                ("knn (dim=2d)", *PLANE),
            )
        return found

    def _knn(self, arguments: Arguments) -> Knn:
        count = arguments.get("k")
        if count is None:
            raise arguments.missing("k, the number of neighbors")
        k = single_value(count, self.usage, least=1)
        if isinstance(k, float) and k > MOST_NEIGHBORS:
            raise LanguageError(f"k is at most {MOST_NEIGHBORS:,}, found {count.text()}", count.place)
        dim, mode = arguments.get("dim"), arguments.get("mode")
        return Knn(
            float(trunc(k)) if isinstance(k, float) else k,
            read_dimension(dim) if dim else self.usage.knn_dim,
            cast(Mode, read_label(mode, MODES, "mode")) if mode else "omnidirectional",
        )

    def _region(self, kind: str, arguments: Arguments, ranges: bool) -> Region:
        make = _REGIONS[kind]
        return make(_Sizes(arguments, self.usage, ranges))

    def _incremental(self) -> Incremental:
        """``incremental(region targetPtCount=n)``, in either order."""
        scanner = self.scanner
        scanner.expect("(", "incremental needs its arguments in parentheses")
        region: Region | None = None
        target = None
        while scanner.skip().peek and scanner.peek != ")":
            place = scanner.place()
            word = scanner.match(NAME)
            if scanner.take("="):
                by_prefix(word, {"targetPtCount": "targetPtCount"}, "key of incremental", place)
                if target is not None:
                    raise LanguageError("incremental has targetPtCount twice", place)
                target = single_value(read_value(scanner, place), self.usage, least=1)
            elif region is not None:
                raise LanguageError("incremental takes one region", place, ("targetPtCount=",))
            else:
                region = self._growing(word, place)
        close = scanner.place()
        scanner.expect(")", "the arguments of incremental are not closed")
        if not isinstance(region, (Circle, Window)):
            raise LanguageError("incremental needs a region", close, PLANE)
        if target is None:
            raise LanguageError("incremental needs targetPtCount", close, ("targetPtCount=",))
        return Incremental(region, target)

    def _growing(self, word: str, place: Place) -> Region:
        if not word:
            raise LanguageError("incremental takes a region in 2-d and targetPtCount", place, PLANE)
        kind = by_prefix(word, QUERY_WORDS, "region", place)
        if kind not in PLANE:
            raise LanguageError(f"{kind} is no region in 2-d, which incremental needs", place, PLANE)
        return cast(Region, self._simple(kind, place, ranges=True))


class _Sizes:
    """The sizes among the arguments of a region."""

    def __init__(self, arguments: Arguments, usage: Usage, ranges: bool) -> None:
        self.arguments = arguments
        self.usage = usage
        self.ranges = ranges

    def radius(self) -> Size:
        self.arguments.refuse_both("radius", "diameter")
        diameter = self.arguments.get("diameter")
        if diameter is not None:
            return halved(read_size(diameter, self.usage, self.ranges, EXTENT_INCREMENT))
        radius = self.arguments.get("radius")
        if radius is None:
            raise self.arguments.missing("radius or diameter")
        return read_size(radius, self.usage, self.ranges, EXTENT_INCREMENT / 2)

    def extents(self, *keys: str) -> list[Size]:
        """One size a key: all given, or all the side."""
        side = self.arguments.get("side")
        if side is not None:
            for key in keys:
                self.arguments.refuse_both("side", key)
            return [read_size(side, self.usage, self.ranges, EXTENT_INCREMENT)] * len(keys)
        if not any(self.arguments.get(key) for key in keys):
            raise self.arguments.missing(f"side, or {' and '.join(keys)}")
        return [self.extent(key) for key in keys]

    def extent(self, key: str) -> Size:
        return read_size(self.arguments.required(key), self.usage, self.ranges, EXTENT_INCREMENT)


_REGIONS: dict[str, Callable[[_Sizes], Region]] = {
    "circle": lambda sizes: Circle(sizes.radius()),
    "sphere": lambda sizes: Sphere(sizes.radius()),
    "cylinder": lambda sizes: Cylinder(sizes.radius(), sizes.extent("zExtent")),
    "window": lambda sizes: Window(*sizes.extents("xExtent", "yExtent")),
    "square": lambda sizes: Window(*[sizes.extent("side")] * 2),
    "box": lambda sizes: Box(*sizes.extents("xExtent", "yExtent", "zExtent")),
}
