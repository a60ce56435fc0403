# SPDX-License-Identifier: GPL-2.0-or-later
"""How the lines of a text cloud are made: delimiter, decimal sign, and what each column is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import InputError, OptionError

DELIMITERS = ((";", False), (";", True), ("\t", False), ("\t", True), (",", False), (None, False), (None, True))
"""Delimiter (None: blanks) and whether the comma is the decimal sign, in the order they are tried."""
LEADING_LINES = 100
IGNORED = ""
ALIASES = {
    "x": "x", "easting": "x", "east": "x", "longitude": "x", "lon": "x",
    "y": "y", "northing": "y", "north": "y", "latitude": "y", "lat": "y",
    "z": "z", "elevation": "z", "elev": "z", "height": "z", "altitude": "z",
    "intensity": "intensity", "i": "intensity", "classification": "classification", "class": "classification",
    "returnnumber": "return_number", "return": "return_number",
    "numberofreturns": "number_of_returns", "numreturns": "number_of_returns",
    "gpstime": "gps_time", "time": "gps_time", "t": "gps_time", "scanangle": "scan_angle",
    "scananglerank": "scan_angle", "pointsourceid": "point_source_id", "userdata": "user_data",
    "red": "red", "r": "red", "green": "green", "g": "green", "blue": "blue", "b": "blue",
    "nir": "nir", "label": "label",
}  # fmt: skip
"""Names programs write, without case, blanks and underscores."""


@dataclass(frozen=True)
class TextLayout:
    """The form of the lines of one file."""

    delimiter: str | None
    """None: blanks."""
    decimal_comma: bool
    names: tuple[str, ...]
    """Dimension of each column, '' to leave it out."""
    leading: int
    """Lines before the first point."""
    labels: Mapping[int, int] = field(default_factory=dict)
    """Class of each label."""

    @property
    def used(self) -> tuple[int, ...]:
        """Columns that are read."""
        return tuple(i for i, name in enumerate(self.names) if name != IGNORED)

    def split(self, line: str) -> list[str]:
        """Cells of a line, with decimal points."""
        return _cells(line, self.delimiter, self.decimal_comma)


def parse_columns(text: str) -> tuple[str, ...]:
    """Dimensions of COLUMNS such as 'x y z label' or 'x,y,-,z': '-' leaves a column out.  Raises OptionError."""
    names = tuple(IGNORED if word in ("-", "_") else _dimension(word) for word in re.split(r"[\s,;]+", text.strip()))
    named = [name for name in names if name]
    for axis in "xyz":
        if named.count(axis) != 1:
            raise OptionError(f"COLUMNS is '{text}'; it must name {axis} once, as in 'x y z intensity'.")
    if len(set(named)) < len(named):
        raise OptionError(f"COLUMNS is '{text}'; each name may stand once, '-' leaves a column out.")
    return names


def parse_labels(text: str) -> dict[int, int]:
    """Class by label, of LABELS such as '0=2,1=1'.  Raises OptionError."""
    labels: dict[int, int] = {}
    for pair in filter(None, re.split(r"[\s,;]+", text.strip())):
        match = re.fullmatch(r"(-?\d+)=(\d+)", pair)
        if not match or int(match[2]) > 255 or int(match[1]) in labels:
            raise OptionError(f"LABELS is '{text}'; write label=class once for each label, as in '0=2,1=1'.")
        labels[int(match[1])] = int(match[2])
    return labels


def find_layout(path: str, head: str, columns: str, labels: str) -> tuple[TextLayout, tuple[str, ...]]:
    """The layout of a file that begins with ``head``, and notes.

    COLUMNS goes before a line of names; without both the first three columns are x y z.
    Raises InputError, OptionError.
    """
    lines = head.splitlines()[:LEADING_LINES]
    if lines and lines[0].lower().startswith(("ncols", "nrows")):
        raise InputError(f"{path} is a raster in ESRI ASCII format: give it where a raster is asked for.")
    leading = next((i for i, line in enumerate(lines) if not is_comment(line) and _delimiter(line)[2] >= 3), None)
    if leading is None:
        raise InputError(f"{path} has no line with three numbers among its first {LEADING_LINES}: it is no text cloud.")
    delimiter, decimal_comma, _ = _delimiter(lines[leading])
    cells = _cells(lines[leading], delimiter, decimal_comma)
    names, notes = _names(path, cells, lines[:leading], delimiter, columns)
    mapping = parse_labels(labels)
    if mapping and ("label" not in names or "classification" in names):
        raise InputError(
            f"{path} has the columns {', '.join(filter(None, names))} and LABELS is '{labels}'; LABELS needs a column "
            "label and no classification: name the columns by COLUMNS."
        )
    return TextLayout(delimiter, decimal_comma, names, leading, mapping), notes


def is_comment(line: str) -> bool:
    """Whether a line is to be passed over."""
    return line.lstrip()[:1] == "#" or line.lstrip()[:2] == "//"


def _names(
    path: str, cells: list[str], before: list[str], delimiter: str | None, columns: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if columns.strip():
        names = parse_columns(columns)
        if len(names) > len(cells):
            raise InputError(
                f"{path} has {len(cells)} columns and COLUMNS names {len(names)} ('{columns}'): name those it has."
            )
        return names, ()
    for line in reversed(before):
        words = [word.strip(' "') for word in _cells(line.lstrip("#/ "), delimiter, False)]
        names = tuple(map(_dimension, words))
        if len(names) == len(cells) and all(names.count(axis) == 1 for axis in "xyz"):
            return tuple(n if names.index(n) == i else IGNORED for i, n in enumerate(names)), ()
    if len(cells) == 3:
        return ("x", "y", "z"), ()
    note = f"has {len(cells)} columns without names: the first three are taken for x y z, name the others by COLUMNS"
    return ("x", "y", "z"), (note,)


def _dimension(word: str) -> str:
    return ALIASES.get(re.sub(r"[\s_]", "", word.lower()), re.sub(r"\s+", "_", word.strip()))


def _delimiter(line: str) -> tuple[str | None, bool, int]:
    """The delimiter that makes most numbers of a line, and how many."""
    counts = [sum(map(_is_number, _cells(line, *choice))) for choice in DELIMITERS]
    best = counts.index(max(counts))
    return (*DELIMITERS[best], counts[best])


def _cells(line: str, delimiter: str | None, decimal_comma: bool) -> list[str]:
    return (line.replace(",", ".") if decimal_comma else line).strip().split(delimiter)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
