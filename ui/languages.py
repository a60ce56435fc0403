# SPDX-License-Identifier: GPL-2.0-or-later
"""What the editor knows of the small languages: errors with their place, and the words legal at the cursor.

The words come from the parsers themselves: a word that means nothing is put at the cursor in a few
forms, and each complaint names what would have been legal there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

ATTRIBUTES = (
    "x y z intensity return_number number_of_returns classification user_data scan_angle point_source_id gps_time "
    "red green blue nir synthetic key_point withheld overlap"
).split()
FUNCTIONS = "abs sqrt exp log log10 sin cos tan asin acos atan atan2 floor ceil round trunc min max pow sign isvalid"

NONSENSE = "qzqzq"
PROBES = ("", "\x01", NONSENSE, NONSENSE + "=1)", NONSENSE + ")", NONSENSE + "]")
WORD = re.compile(r"[A-Za-z_]\w*$")
STARTS_WITH_WORD = re.compile(r"(?:\d[dD]\b|[A-Za-z_]\w*)")
OPENS = {"sampling": "(", "sort": "(", "minPtCount": "=", "maxSearchDistance": "="}


@dataclass(frozen=True)
class Language:
    """``parse`` raises LanguageError; ``presets`` are (what it is for, text)."""

    name: str
    parse: Callable[[str], object]
    presets: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    """Words to highlight."""


@dataclass(frozen=True)
class Problem:
    """``sentence`` is what is wrong; ``drawing`` the line with a caret below the spot."""

    position: int
    sentence: str
    drawing: str


def _parse_filter(text: str) -> object:
    from ..core.neighborhood.expression import parse_filter

    return parse_filter(text)


def _parse_definition(text: str) -> object:
    from ..core.neighborhood.language import parse_definition

    return parse_definition(text)


FILTER = Language(
    "filter",
    _parse_filter,
    (
        ("All points", ""),
        ("Ground", "Class[Ground]"),
        ("Ground and water", "Class[Ground Water]"),
        ("Everything but noise", "not Class[LowPoint HighNoise]"),
        ("Last echoes", "Echo[Last]"),
        ("First echoes, for a surface model", "Echo[First] and not Class[LowPoint HighNoise]"),
        ("By a formula", "Generic[z > 100 and intensity < 500]"),
        ("In the polygons of a file", "Region['area.gpkg']"),
    ),
    ("Generic", "Class", "Echo", "Region", "Synthetic", "and", "or", "not"),
)

NEIGHBORHOOD = Language(
    "neighborhood",
    _parse_definition,
    (
        ("Nearest points in space", "knn(k=20 dim=3d)"),
        ("Nearest points in plan", "knn(k=20)"),
        ("The same number in every quadrant", "knn(k=8 mode=quadrant)"),
        ("Nearest points, none farther than 50", "knn(k=30) maxSearchDistance=50"),
        ("All within 2 in plan", "circle(radius=2)"),
        ("All within 2 in space", "sphere(radius=2)"),
        ("A column 1 wide and 3 high", "cylinder(radius=1 zExtent=3)"),
        ("A square of 10", "window(side=10)"),
        ("At most 20, none farther than 1.5", "circle(diameter=3) and knn(k=20)"),
        ("Growing with the height above ground", "circle(diameter=NormalizedZ*0.5+3)"),
        ("The lowest point of every cell", "circle(diameter=5) sampling(cellsize=0.4 select=min[z])"),
        (
            "Growing until there are 20 cells",
            "incremental(circle(diameter=2:6) targetPtCount=20) sampling(cellsize=0.4 select=max[z])",
        ),
    ),
    tuple("knn circle window square box sphere cylinder incremental sampling sort and or".split())
    + ("minPtCount", "maxSearchDistance"),
)


def problem_in(language: Language, text: str) -> Problem | None:
    """What is wrong with the text, None if nothing is, or if the parser's own packages are missing.

    No text is no error: whether one is needed is for the algorithm to say.
    """
    if not text.strip():
        return None
    error = _complaint(language, text)
    if error is None:
        return None
    sentence, _, drawing = str(error).partition("\n")
    return Problem(error.position, sentence, drawing)


def completions(
    language: Language, text: str, cursor: int, attributes: Iterable[str] = ATTRIBUTES
) -> tuple[int, list[str]]:
    """Where the word at the cursor starts, and what may stand there, as it would be typed."""
    before = text[:cursor]
    found = WORD.search(before)
    start = found.start() if found else cursor
    head, typed = before[:start], before[start:]
    legal: dict[str, None] = {}
    for probe in PROBES:
        if probe.endswith("=1)") and head.rstrip().endswith("="):
            continue  # after "key=" another key would be understood, but nobody means one
        error = _complaint(language, head + probe)
        if error is not None and error.position == start:
            legal.update(dict.fromkeys(_typed_words(error.expected, error.problem, attributes)))
    return start, [word for word in legal if word.lower().startswith(typed.lower()) and word != typed]


def _complaint(language: Language, text: str) -> Any:
    try:
        from ..core.neighborhood.expression.errors import LanguageError
    except ImportError:
        return None
    try:
        language.parse(text)
    except LanguageError as error:
        return error
    except ImportError:
        return None
    return None


def _typed_words(expected: Iterable[str], problem: str, attributes: Iterable[str]) -> list[str]:
    """The words of a complaint as they are typed: a key with its sign, a filter with its bracket."""
    words = []
    for entry in expected:
        if entry == "an attribute":
            words += [*attributes, *(name + "(" for name in FUNCTIONS.split())]
            continue
        match = STARTS_WITH_WORD.match(entry)
        if match is None or entry.startswith(("a ", "an ", "b.", "n[", "r[")):
            continue
        word = match.group()
        rest = entry[match.end() : match.end() + 1]
        if "is not a key of" in problem:
            word += "="
        elif word in OPENS:
            word += OPENS[word]
        elif rest in ("[", "(", "="):
            word += rest
        elif "query" in problem and word.lower() not in ("and", "or"):
            word += "("
        words.append(word)
    return words
