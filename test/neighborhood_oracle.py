# SPDX-License-Identifier: GPL-2.0-or-later
"""The neighborhood language read word by word, in exact numbers and by brute force: no code of the engine is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, log2, sqrt
from typing import Any

Exact = Fraction
Cell = tuple[int, int]


@dataclass(frozen=True)
class Point:
    """Coordinates in CRS units, and the attributes the definitions use; ``id`` is the point source id."""

    x: Exact
    y: Exact
    z: Exact
    time: float
    echo: int
    id: int
    amplitude: int
    code: int

    @property
    def identity(self) -> Any:
        return (self.x, self.y, self.z, self.time, self.echo, self.id)

    def value(self, name: str) -> Exact:
        return {"z": self.z, "Amplitude": Exact(self.amplitude), "Classification": Exact(self.code)}[name]


@dataclass(frozen=True)
class Made:
    """A point made of those of a cell: a mean place, and what was accumulated of ``name``."""

    x: Exact
    y: Exact
    z: Exact
    name: str
    number: float

    @property
    def identity(self) -> Any:
        return (self.x, self.y, self.z)

    def value(self, name: str) -> Any:
        return self.number if name == self.name else self.z


Number = Callable[[Any], Exact | None]
"""A constant or formula at a base point; None where it is invalid."""


@dataclass(frozen=True)
class Knn:
    k: Number
    dim: int
    mode: str


@dataclass(frozen=True)
class Region:
    """``sizes``: a radius, or full extents in x, y, z; ``calculated``: whether a formula gives one of them."""

    kind: str
    sizes: tuple[Number, ...]
    calculated: tuple[bool, ...]


@dataclass(frozen=True)
class Grow:
    """``steps``: for each size of the region its start, end and increment."""

    region: Region
    steps: tuple[tuple[Number, Number, Number], ...]
    target: Number


@dataclass(frozen=True)
class Pair:
    word: str
    first: Knn | Region
    second: Knn | Region


@dataclass(frozen=True)
class Sampling:
    cell: Exact
    feature: str
    number: float
    attribute: str
    border: str


@dataclass(frozen=True)
class Meaning:
    """A definition and the filters of a run; ``sort`` is a dimension or an attribute and the direction."""

    query: Knn | Region | Grow | Pair
    sampling: Sampling | None = None
    sort: tuple[int | str, bool] | None = None
    least: Number | None = None
    limit: Exact | None = None
    accepted: Callable[[Any], bool] = field(default=lambda point: True)
    paired: Callable[[Any, Any], bool] = field(default=lambda base, point: True)
    worked: Callable[[Any], bool] = field(default=lambda point: True)
    raster: bool = False


class Invalid(Exception):
    """A formula is invalid at a base point."""


def neighborhood(meaning: Meaning, base: Any, points: Sequence[Point]) -> list[Any] | None:
    """The neighbors of ``base`` in order; None where it has no answer."""
    try:
        found, center = _found(meaning, base, points)
        least = 1 if meaning.least is None else max(1, _number(meaning.least, base))
    except Invalid:
        return None
    found = [entry for entry in found if meaning.paired(base, entry)]
    return _sorted(meaning, found, center) if len(found) >= least else None


def _number(number: Number, base: Any) -> Exact:
    value = number(base)
    if value is None or value < 0:
        raise Invalid
    return value


def _found(meaning: Meaning, base: Any, points: Sequence[Point]) -> tuple[list[Any], Any]:
    some = [point for point in points if meaning.accepted(point)]
    if meaning.sampling is not None:
        return _sampled(meaning, meaning.sampling, base, some)
    query, limit = meaning.query, meaning.limit if sees_without_end(meaning.query) else None
    if limit is None:
        return _queried(query, base, some, limit), base
    dim, most2 = limited_dim(query), limit**2
    if isinstance(query, Pair) and query.word == "and" and isinstance(query.first, Knn) and not _knn_decides(query):
        found = _queried(query, base, some, limit)  # the region is what has an end: the knn sees all points
        return [point for point in found if squared(base, point, dim) <= most2], base
    return _queried(query, base, [point for point in some if squared(base, point, dim) <= most2], limit), base


def sees_without_end(query: Any) -> bool:
    """maxSearchDistance has a meaning for a knn, or, calculated sizes, and a knn first in another metric."""
    if isinstance(query, Region):
        return any(query.calculated)
    if isinstance(query, Grow):
        return any(query.region.calculated)
    return isinstance(query, Knn) or query.word == "or" or _knn_decides(query) or sees_without_end(_region(query))


def _knn_decides(query: Pair) -> bool:
    """A knn first whose distances the region does not bound, or whose sectors may be empty."""
    knn = query.first
    if not isinstance(knn, Knn):
        return False
    return knn.mode != "omnidirectional" or (knn.dim == 3 and _region(query).kind in ("circle", "window"))


def _region(query: Pair) -> Region:
    return query.second if isinstance(query.first, Knn) else query.first  # type: ignore[return-value]


def limited_dim(query: Any) -> int:
    if isinstance(query, Pair):
        knn = query.first if isinstance(query.first, Knn) else query.second
        return knn.dim if query.word == "or" or _knn_decides(query) else limited_dim(_region(query))
    if isinstance(query, Knn):
        return query.dim
    return 3 if isinstance(query, Region) and query.kind in ("sphere", "box", "cylinder") else 2


def squared(a: Any, b: Any, dim: int) -> Exact:
    flat = (a.x - b.x) ** 2 + (a.y - b.y) ** 2
    return flat if dim == 2 else flat + (a.z - b.z) ** 2


def _queried(query: Any, base: Any, points: list[Any], limit: Exact | None) -> list[Any]:
    if isinstance(query, Knn):
        return _nearest(query, base, points)
    if isinstance(query, Region):
        return _inside(query, base, points, limit)
    if query.word == "and":
        return _queried(query.second, base, _queried(query.first, base, points, limit), limit)
    both = [*_queried(query.first, base, points, limit), *_queried(query.second, base, points, limit)]
    return list(dict.fromkeys(both))


def _inside(region: Region, base: Any, points: list[Any], limit: Exact | None) -> list[Any]:
    sizes = [_number(size, base) for size in region.sizes]
    for i, size in enumerate(sizes):
        half = size if i == 0 and region.kind in ("circle", "sphere", "cylinder") else size / 2
        if limit is not None and region.calculated[i] and half > limit:
            raise Invalid
    tests = {
        "circle": lambda p: squared(base, p, 2) <= sizes[0] ** 2,
        "sphere": lambda p: squared(base, p, 3) <= sizes[0] ** 2,
        "cylinder": lambda p: squared(base, p, 2) <= sizes[0] ** 2 and abs(p.z - base.z) <= sizes[1] / 2,
        "window": lambda p: abs(p.x - base.x) <= sizes[0] / 2 and abs(p.y - base.y) <= sizes[1] / 2,
        "box": lambda p: all(abs(getattr(p, a) - getattr(base, a)) <= s / 2 for a, s in zip("xyz", sizes, strict=True)),
    }
    return [point for point in points if tests[region.kind](point)]


def _nearest(knn: Knn, base: Any, points: list[Any]) -> list[Any]:
    value = knn.k(base)
    if value is None or value < 1:
        raise Invalid
    k = floor(value)
    ordered = sorted(points, key=lambda p: (squared(base, p, knn.dim), p.identity))
    if knn.mode == "omnidirectional":
        return ordered[:k]
    number = 4 if knn.mode == "quadrant" else 8
    sectors: list[list[Any]] = [[] for _ in range(number)]
    for point in ordered:
        sectors[_sector(point.x - base.x, point.y - base.y, knn, 0 if knn.dim == 2 else point.z - base.z)].append(point)
    whole = min(k // number, min(map(len, sectors)))
    found = [point for sector in sectors for point in sector[:whole]]
    following = [sector[whole] for sector in sectors if len(sector) > whole]
    following.sort(key=lambda p: (squared(base, p, knn.dim), p.identity))
    return found + (following[: k % number] if whole == k // number else following)


def _sector(dx: Exact, dy: Exact, knn: Knn, dz: Any) -> int:
    if (dx, dy) == (0, 0) or (dx > 0 and dy >= 0):
        quadrant, along, across = 0, dx, dy
    elif dx <= 0 and dy > 0:
        quadrant, along, across = 1, dy, -dx
    elif dx < 0:
        quadrant, along, across = 2, -dx, -dy
    else:
        quadrant, along, across = 3, -dy, dx
    if knn.mode == "quadrant":
        return quadrant
    if knn.dim == 3:
        return quadrant + (4 if dz < 0 else 0)
    return 2 * quadrant + (1 if across >= along and across > 0 else 0)


@dataclass(frozen=True)
class Center:
    x: Exact
    y: Exact
    z: Any


def _sampled(meaning: Meaning, sampling: Sampling, base: Any, points: list[Point]) -> tuple[list[Any], Center]:
    own = _owner(base, sampling, meaning.raster)
    cells = contents(sampling, points)
    query, limit = meaning.query, meaning.limit if sees_without_end(meaning.query) else None
    region = query.region if isinstance(query, Grow) else query
    assert isinstance(region, Region)
    found: list[Any] = []
    for sizes in _sizes(query, base, sampling, limit):
        found = []
        for (column, row), entries in cells.items():
            dx, dy = abs(column - own[0]), abs(row - own[1])
            round_ = dx * dx + dy * dy <= sizes[0] ** 2
            if round_ if region.kind == "circle" else dx <= sizes[0] / 2 and dy <= sizes[1] / 2:
                found += entries
        if isinstance(query, Grow) and len(found) >= _number(query.target, base):
            break
    half = Exact(1, 2)
    center = Center((own[0] + half) * sampling.cell, (own[1] + half) * sampling.cell, getattr(base, "z", None))
    if limit is not None:
        found = [entry for entry in found if squared(center, entry, 2) <= limit**2]
    return found, center


def _sizes(query: Any, base: Any, sampling: Sampling, limit: Exact | None) -> list[tuple[Exact, ...]]:
    """All sizes in turn; the shorter of two ranges stays at its end."""
    region = query.region if isinstance(query, Grow) else query
    steps = (
        query.steps if isinstance(query, Grow) else tuple((size, size, lambda base: Exact(1)) for size in region.sizes)
    )
    rows = []
    for i, bounds in enumerate(steps):
        start, stop, step = (_number(bound, base) for bound in bounds)
        half = stop if region.kind == "circle" else stop / 2
        if stop < start or step <= 0 or (limit is not None and region.calculated[i] and half * sampling.cell > limit):
            raise Invalid
        rows.append([start + j * step for j in range(floor((stop - start) / step) + 1)])
    longest = max(map(len, rows))
    return [tuple(row[min(j, len(row) - 1)] for row in rows) for j in range(longest)]


def _owner(base: Any, sampling: Sampling, raster: bool) -> Cell:
    cell = []
    for at, low, high in ((base.x, "l", "r"), (base.y, "b", "t")):
        index = floor(at / sampling.cell)
        on_border = at == index * sampling.cell
        before = on_border and not raster and high in sampling.border and low not in sampling.border
        cell.append(index - before)
    return cell[0], cell[1]


def contents(sampling: Sampling, points: list[Point]) -> dict[Cell, list[Any]]:
    """What stands for every cell."""
    members = defaultdict(list)
    for point in points:
        for column in _places(point.x, sampling, "l", "r"):
            for row in _places(point.y, sampling, "b", "t"):
                members[column, row].append(point)
    return {cell: _chosen(sampling, inside) for cell, inside in members.items()}


def _places(at: Exact, sampling: Sampling, low: str, high: str) -> list[int]:
    index = floor(at / sampling.cell)
    if at != index * sampling.cell:
        return [index]
    return [index] * (low in sampling.border) + [index - 1] * (high in sampling.border)


def _chosen(sampling: Sampling, points: list[Point]) -> list[Any]:
    name, feature = sampling.attribute, sampling.feature
    if feature == "all":
        return list(points)
    if feature in ("min", "nmin", "max", "nmax"):
        sign = -1 if feature.endswith("max") else 1
        ranked = sorted(points, key=lambda p: (sign * p.value(name), p.identity))
        rank = int(sampling.number) if feature.startswith("n") else 1
        return [ranked[min(rank, len(ranked)) - 1]]
    number = accumulated(feature, sampling.number, [p.value(name) for p in points])
    if number is None:
        return []
    n = len(points)
    place = (sum((getattr(p, axis) for p in points), Exact(0)) / n for axis in "xyz")
    return [Made(*place, name, number)]


def accumulated(feature: str, part: float, values: list[Exact]) -> float | None:
    """Features by their definitions; None where there are too few values."""
    n, ordered = len(values), sorted(values)
    mean = sum(values, Exact(0)) / n
    counts = {value: values.count(value) for value in values}
    if feature in ("variance", "std"):
        if n < 2:
            return None
        variance = float(sum((value - mean) ** 2 for value in values) / (n - 1))
        return variance if feature == "variance" else sqrt(variance)
    if feature in ("median", "quantile"):
        at = Exact(part if feature == "quantile" else 0.5) * (n - 1)
        low = ordered[floor(at)]
        return float(low + (ordered[min(floor(at) + 1, n - 1)] - low) * (at - floor(at)))
    return {
        "mean": lambda: float(mean),
        "sum": lambda: float(sum(values)),
        "rms": lambda: sqrt(float(sum(value * value for value in values) / n)),
        "range": lambda: float(ordered[-1] - ordered[0]),
        "minority": lambda: float(min(ordered, key=lambda value: (counts[value], value))),
        "majority": lambda: float(min(ordered, key=lambda value: (-counts[value], value))),
        "entropy": lambda: -sum(c / n * log2(c / n) for c in counts.values()),
    }[feature]()


def _sorted(meaning: Meaning, found: list[Any], center: Any) -> list[Any]:
    by, descending = meaning.sort or (_own_order(meaning), False)
    sign = -1 if descending else 1
    if isinstance(by, str):
        return sorted(found, key=lambda entry: (sign * entry.value(by), entry.identity))
    return sorted(found, key=lambda entry: (sign * squared(center, entry, by), entry.identity))


def _own_order(meaning: Meaning) -> int:
    """Nearest first, by the distance the query measures."""
    query = meaning.query
    if isinstance(query, Pair) and query.word == "and":
        query = query.first if isinstance(query.first, Knn) else query.second
    if isinstance(query, Knn):
        return query.dim
    return 3 if isinstance(query, Region) and query.kind in ("sphere", "box") else 2
