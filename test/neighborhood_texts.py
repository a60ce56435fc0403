# SPDX-License-Identifier: GPL-2.0-or-later
"""Random definitions and filters: a walk over the grammar that makes a text together with what it means."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import neighborhood_oracle as oracle

#: What may be written for a word: itself, another case, prefixes that are clear at the place where it stands.
SPELLINGS = {
    "knn": ("knn", "k", "nn", "KNN"), "circle": ("circle", "ci", "Circle"), "sphere": ("sphere", "sp"),
    "window": ("window", "w", "win"), "square": ("square", "sq"), "box": ("box", "b"), "cylinder": ("cylinder", "cy"),
    "incremental": ("incremental", "i", "Incr"), "radius": ("radius", "r", "R"), "diameter": ("diameter", "d", "diam"),
    "side": ("side", "s"), "xExtent": ("xExtent", "x"), "yExtent": ("yExtent", "y"), "zExtent": ("zExtent", "z"),
    "dim": ("dim", "d"), "mode": ("mode", "m"), "quadrant": ("quadrant", "q"), "octant": ("octant", "oct"),
    "omnidirectional": ("omnidirectional", "om"), "target": ("targetPtCount", "target", "t"),
    "sampling": ("sampling", "sa", "SAMPLING"), "sort": ("sort", "so"), "minPtCount": ("minPtCount", "mi"),
    "maxSearchDistance": ("maxSearchDistance", "ma"), "cellsize": ("cellsize", "cell", "c"),
    "subdivision": ("subdivision", "subdiv", "su"), "select": ("select", "se"), "border": ("border", "b"),
    "dist": ("dist", "d"), "attr": ("attribute", "attr", "a"), "order": ("order", "o"), "desc": ("descending", "desc"),
    "asc": ("ascending", "a"),
}  # fmt: skip
SELECTIONS = (
    "all", "min", "max", "nmin(2)", "nmin(3)", "nmax(2)", "mean", "median", "sum", "rms", "variance", "std", "range",
    "minority", "majority", "entropy", "quantile(0.25)",
)  # fmt: skip


def decimal(number: Fraction) -> str:
    """A number that has an end, as decimals."""
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")


class Writer:
    """Writes definitions for a cloud whose points are about ``spacing`` apart; of a raster with cells of ``cell``."""

    def __init__(self, random: Random, spacing: Fraction, height: Fraction, cell: Fraction | None) -> None:
        self.random, self.spacing, self.height, self.cell = random, spacing, height, cell
        self.name: str | None = None
        """The attribute of made points."""

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def shuffled(self, parts: Any) -> list[Any]:
        return self.random.sample(list(parts), len(parts))

    def word(self, word: str) -> str:
        return self.one(*SPELLINGS[word])

    def key(self, word: str, value: str) -> str:
        return f"{self.word(word)}{self.one('=', '=', ' = ')}{value}"

    def definition(self) -> tuple[str, oracle.Meaning]:
        sampled = self.one(True, False, False)
        query_text, query = self.sampled_query() if sampled else self.query()
        facts: dict[str, Any] = {"query": query, "raster": self.cell is not None}
        parts = []
        if sampled:
            text, facts["sampling"] = self.sampling()
            parts.append(text)
        if self.one(True, False):
            text, facts["sort"] = self.sort()
            parts.append(text)
        if self.one(True, False, False):
            text, facts["least"], _ = self.count(4)
            parts.append(f"{self.word('minPtCount')}={text}")
        if self.one(True, False):
            facts["limit"] = self.one(1, 2, 3, 5) * self.spacing / 2
            parts.append(f"{self.word('maxSearchDistance')}={decimal(facts['limit'])}")
        text = " ".join([query_text, *self.shuffled(parts)])
        return text, oracle.Meaning(**facts)

    def query(self) -> tuple[str, Any]:
        shape = self.one("knn", "region", "region", "pair", "pair")
        if shape == "knn":
            return self.knn()
        if shape == "region":
            return self.region()
        parts = [self.knn(), self.region()]
        if self.one(True, False):
            parts.reverse()
        word = self.one("and", "or")
        return f"{parts[0][0]} {word} {parts[1][0]}", oracle.Pair(word, parts[0][1], parts[1][1])

    def knn(self) -> tuple[str, oracle.Knn]:
        text, number, _ = self.count(12)
        dim, mode = 2 if self.cell else self.one(2, 3), self.one("omnidirectional", "quadrant", "octant")
        parts = [self.key("dim", self.one(f"{dim}d", f"{dim}"))] if dim == 3 or self.one(True, False) else []
        if mode != "omnidirectional" or self.one(True, False, False):
            parts.append(self.key("mode", self.word(mode)))
        text = " ".join(self.shuffled([f"k={text}", *parts]))
        return f"{self.word('knn')}({text})", oracle.Knn(number, dim, mode)

    def region(self) -> tuple[str, oracle.Region]:
        kinds = (
            ("circle", "window", "square") if self.cell else ("circle", "window", "square", "sphere", "box", "cylinder")
        )
        kind = self.one(*kinds)
        if kind in ("circle", "sphere", "cylinder"):
            parts, sizes = self.radius(self.spacing)
            if kind == "cylinder":
                text, number, calculated = self.size(self.height)
                parts, sizes = [*parts, self.key("zExtent", text)], [*sizes, (number, calculated)]
        elif kind == "square" or self.one(True, False):
            text, number, calculated = self.size(self.spacing)
            parts, sizes = [self.key("side", text)], [(number, calculated)] * (3 if kind == "box" else 2)
        else:
            units = (self.spacing, self.spacing, self.height)[: 3 if kind == "box" else 2]
            drawn = [self.size(unit) for unit in units]
            parts = [self.key(f"{axis}Extent", text) for axis, (text, *_) in zip("xyz", drawn, strict=False)]
            sizes = [(number, calculated) for _, number, calculated in drawn]
        numbers, flags = zip(*sizes, strict=True)
        text = f"{self.word(kind)}({' '.join(self.shuffled(parts))})"
        return text, oracle.Region("window" if kind == "square" else kind, numbers, flags)

    def radius(self, unit: Fraction) -> tuple[list[str], list[Any]]:
        text, number, calculated = self.size(unit)
        if self.one(True, False):
            return [self.key("radius", text)], [(number, calculated)]
        return [self.key("diameter", text)], [(_halved(number), calculated)]

    def size(self, unit: Fraction) -> tuple[str, oracle.Number, bool]:
        """A length in CRS units (cells where ``unit`` is 1)."""
        if self.cell is None and self.one(True, False, False, False):
            return self.formula(unit)
        size = self.one(0, 1, 2, 3, 4, 5, 6, 8) * unit / 2
        return decimal(size), lambda base: size, False

    def formula(self, unit: Fraction) -> tuple[str, oracle.Number, bool]:
        a, b = self.one(1, 2, 3) * unit / 4, self.one(-2, 0, 1) * unit / 2
        kind = self.one("line", "choice", "division")
        if kind == "line":
            return f"Amplitude*{decimal(a)}+{decimal(b)}", lambda base: base.amplitude * a + b, True
        if kind == "choice":
            text = f"'Amplitude > 3 ? {decimal(a)} : {decimal(abs(b))}'"
            return text, lambda base: a if base.amplitude > 3 else abs(b), True
        return (
            f"{decimal(a)}/(Amplitude-4)",
            lambda base: None if base.amplitude == 4 else a / (base.amplitude - 4),
            True,
        )

    def count(self, most: int) -> tuple[str, oracle.Number, bool]:
        if self.cell is None and self.one(True, False, False, False):
            return "Amplitude-1", lambda base: Fraction(base.amplitude - 1), True
        number = Fraction(self.random.randint(1, most)) + self.one(0, 0, Fraction(1, 2))
        return decimal(number), lambda base: number, False

    def sampled_query(self) -> tuple[str, Any]:
        kind, unit = self.one("circle", "window", "square"), Fraction(1)
        if self.one(True, False):
            parts, sizes = [], []
            if kind == "circle":
                parts, sizes = self.radius(unit)
            else:
                text, number, calculated = self.size(unit)
                parts, sizes = [self.key("side", text)], [(number, calculated)] * 2
            numbers, flags = zip(*sizes, strict=True)
            region = oracle.Region("circle" if kind == "circle" else "window", numbers, flags)
            return f"{self.word(kind)}({' '.join(parts)})", region
        return self.growing(kind)

    def growing(self, kind: str) -> tuple[str, oracle.Grow]:
        target, least, _ = self.count(9)
        steps: list[Any]
        if kind == "circle":
            text, *step = self.range(radius=self.one(True, False))
            parts, steps = [self.key("radius" if step[1] else "diameter", text)], [step[0]]
        elif kind == "square" or self.one(True, False):
            text, *step = self.range()
            parts, steps = [self.key("side", text)], [step[0], step[0]]
        else:
            drawn = [self.range(), self.range()]
            parts = [self.key(f"{axis}Extent", text) for axis, (text, *_) in zip("xy", drawn, strict=True)]
            steps = [step for _, step, _ in drawn]
        region = oracle.Region("circle" if kind == "circle" else "window", tuple(s[1] for s in steps),
                               tuple(s[3] for s in steps))  # fmt: skip
        inner = self.shuffled([f"{self.word(kind)}({' '.join(parts)})", self.key("target", target)])
        return f"{self.word('incremental')}({' '.join(inner)})", oracle.Grow(region, tuple(s[:3] for s in steps), least)

    def range(self, radius: bool | None = None) -> tuple[str, Any, bool | None]:
        """``start:end[:increment]`` of an extent; of a circle a radius or a diameter, meant as radii."""
        start, length = Fraction(self.one(0, 1, 2)) / 2, Fraction(self.one(0, 1, 2, 3, 5))
        step = self.one(None, Fraction(1), Fraction(3, 2), Fraction(3))
        stop = start + length
        text, calculated = f"{decimal(start)}:{decimal(stop)}", False
        end = _constant(stop)
        if self.cell is None and self.one(True, False, False):
            text, calculated, end = f"{decimal(start)}:Amplitude", True, lambda base: Fraction(base.amplitude)
        text += "" if step is None else f":{decimal(step)}"
        by = step or Fraction(1 if radius else 2)
        bounds: list[oracle.Number] = [lambda base: start, end, lambda base: by]
        if radius is False:
            bounds = [_halved(bound) for bound in bounds]
        return text, (*bounds, calculated), radius

    def sampling(self) -> tuple[str, oracle.Sampling]:
        feature, name = self.one(*SELECTIONS), self.one("z", "Amplitude")
        number = float(feature.partition("(")[2].rstrip(")") or 0)
        text = feature if feature == "all" else f"{feature}[{name}]"
        plain = feature.partition("(")[0]
        if plain not in ("all", "min", "max", "nmin", "nmax"):
            self.name = name
        parts = [f"{self.word('select')}={text}"]
        if self.cell is not None:
            n = self.one(1, 2, 3) if self.one(True, False) else self.one(1, 2, 4)
            cell = self.cell / n
            parts.append(self.key("subdivision", f"{n}") if n == 3 or self.one(True, False) else
                         self.key("cellsize", decimal(cell)))  # fmt: skip
        else:
            cell = self.one(1, 2, 4) * self.spacing / 2
            parts.append(self.key("cellsize", decimal(cell)))
        border = "bl"
        if self.one(True, True, False):
            border = "".join(self.shuffled(self.one("bl", "", "tr", "btlr", "b", "rb", "tlb", "r")))
            parts.append(f"{self.word('border')}={border}")
        text = f"{self.word('sampling')}({' '.join(self.shuffled(parts))})"
        return text, oracle.Sampling(cell, plain, number, name, border)

    def sort(self) -> tuple[str, tuple[int | str, bool]]:
        by: int | str = self.one(
            2, 2 if self.cell else 3, *(("z", "Amplitude") if self.name is None else (self.name, "z"))
        )
        descending = self.one(True, False)
        parts = [self.key("dist", f"{by}d") if isinstance(by, int) else self.key("attr", by)]
        if descending or self.one(True, False):
            parts.append(self.key("order", self.word("desc" if descending else "asc")))
        return f"{self.word('sort')}({' '.join(self.shuffled(parts))})", (by, descending)

    def filters(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Texts of PROCESS_FILTER and NEIGHBOR_FILTER, and what they mean."""
        texts, meant = {}, {}
        if self.cell is None and self.one(True, False, False):
            texts["process_filter"], meant["worked"] = "Generic[Amplitude >= 3]", lambda p: p.amplitude >= 3
        kind = self.one("", "", "", "single", "pair")
        if kind == "single":
            texts["neighbor_filter"], meant["accepted"] = self.one(
                ("Generic[Amplitude != 2]", lambda p: p.amplitude != 2),
                ("Class[2] or Generic[Amplitude > 4]", lambda p: p.code == 2 or p.amplitude > 4),
            )
        elif kind == "pair" and self.cell is None:
            above = Fraction("0.00012345")  # no two points are that far apart
            rules: dict[str, Any] = {
                "Amplitude": ("Generic[Amplitude >= b.Amplitude]", lambda b, p: p.value("Amplitude") >= b.amplitude),
                "z": ("Generic[z > b.z - 0.00012345]", lambda b, p: p.value("z") > b.z - above),
            }
            texts["neighbor_filter"], meant["paired"] = rules[self.name or self.one(*rules)]
        return texts, meant


def _constant(number: Fraction) -> oracle.Number:
    return lambda base: number


def _halved(number: oracle.Number) -> oracle.Number:
    def half(base: Any) -> Fraction | None:
        value = number(base)
        return None if value is None else value / 2

    return half
