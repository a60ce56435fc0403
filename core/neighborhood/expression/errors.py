# SPDX-License-Identifier: GPL-2.0-or-later
"""The one error of the small languages: what is wrong, where, what would be legal, what was meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ...errors import ScreeError, legible

SHOWN_NAMES = 40
SHOWN_WIDTH = 100
SHORTEST_MISSPELLED = 3
"""Letters of a word that can be told from a misspelled abbreviation."""


@dataclass(frozen=True)
class Place:
    """A spot in a text: ``position`` is the 0-based offset of the character meant."""

    text: str
    position: int

    @property
    def line(self) -> int:
        """Number of the line, from 1."""
        return self.text.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """Number of the character in its line, from 1."""
        return self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1

    def __str__(self) -> str:
        character = f"character {self.column}"
        return f"line {self.line}, {character}" if "\n" in self.text else character

    def drawing(self) -> str:
        """The line, and a caret under the spot; only the neighborhood of the spot in a long line."""
        line = self.text.split("\n")[self.line - 1].replace("\t", " ").replace("\r", " ")
        start = max(0, self.column - 1 - SHOWN_WIDTH // 2)
        shown = line[start : start + SHOWN_WIDTH]
        before, after = "..." if start else "", "..." if start + SHOWN_WIDTH < len(line) else ""
        return f"  {before}{shown}{after}\n  {' ' * (len(before) + self.column - 1 - start)}^"


def closest(word: str, names: Iterable[str], abbreviated: bool = False) -> tuple[str, ...]:
    """Up to three of ``names`` most like ``word``, case aside, best first.

    ``abbreviated``: a name may be cut short, so that ``word`` may be a misspelled beginning of one.
    """
    wanted = word.lower().lstrip("_")
    spelled = {name.lower().lstrip("_"): name for name in names}
    if abbreviated and len(wanted) >= SHORTEST_MISSPELLED:
        cuts = range(len(wanted) - 1, len(wanted) + 2)
        spelled = {name[:cut]: spelled[name] for name in spelled for cut in cuts} | spelled
    near = get_close_matches(wanted, spelled, n=len(spelled) or 1, cutoff=0.6)
    return tuple(dict.fromkeys(spelled[match] for match in near))[:3]


class LanguageError(ScreeError, ValueError):
    """A filter, formula or neighborhood definition cannot be understood.

    The message is one sentence, then the line with a caret under the spot.  ``position`` is the
    0-based offset in ``text``; ``expected`` are the words legal there; ``nearest`` those most like
    the word found.
    """

    def __init__(self, problem: str, place: Place, expected: Iterable[str] = (), nearest: Iterable[str] = ()) -> None:
        self.problem = legible(problem)
        self.text = place.text
        self.position = place.position
        self.expected = tuple(expected)
        self.nearest = tuple(nearest)
        super().__init__(f"At {place}: {self.problem}{self._advice()}.\n{place.drawing()}")

    def _advice(self) -> str:
        advice = ""
        if self.expected:
            more = len(self.expected) - SHOWN_NAMES
            advice = f"; legal here: {', '.join(self.expected[:SHOWN_NAMES])}"
            advice += f" and {more} more" if more > 0 else ""
        if self.nearest:
            advice += f"; nearest: {', '.join(self.nearest)}"
        return advice
