# SPDX-License-Identifier: GPL-2.0-or-later
"""Any number of cloud files as one input."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

from ..errors import InputError, MissingPackage, OptionError
from . import crs as systems
from .inputs import LAS_SUFFIXES, Input, expand
from .las import LasSource
from .source import Source
from .text import TextSource

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Collection:
    """The files that can be read, in one CRS."""

    sources: tuple[Source, ...]
    skipped: tuple[tuple[str, str], ...]
    """(path, one sentence why) of the files that cannot be read or hold no points."""
    warnings: tuple[str, ...]
    """Sentences, known at opening."""
    crs_wkt: str
    """WKT2, '' if no file has any."""

    @property
    def points(self) -> int:
        """Points of all files; see ``Source.points``."""
        return sum(source.points for source in self.sources)

    def bounds(self) -> Rectangle:
        """West, south, east and north of all files by their headers, which may lie."""
        bounds = [source.bounds for source in self.sources]
        return (
            min(b[0] for b in bounds),
            min(b[1] for b in bounds),
            max(b[3] for b in bounds),
            max(b[4] for b in bounds),
        )

    def true_bounds(self, check: Callable[[], None]) -> Rectangle:
        """The same of the points, all of which are read; ``check`` is called for each chunk and may raise."""
        west, south, east, north = inf, inf, -inf, -inf
        for source in self.sources:
            for chunk in source.chunks(()):
                check()
                (left, right), (low, high) = chunk.span(0), chunk.span(1)
                west, south, east, north = min(west, left), min(south, low), max(east, right), max(north, high)
        return west, south, east, north

    def notes(self) -> tuple[str, ...]:
        """Sentences about what was odd among the points, once all of them were read."""
        return tuple(f"{source.path} {note}." for source in self.sources for note in source.notes)


def open_collection(inputs: Sequence[str], *, columns: str = "", labels: str = "", crs: str = "") -> Collection:
    """Open LAS, LAZ, COPC, VPC and text files and folders of them.

    ``columns`` names those of text files ('x y z label'), ``labels`` maps their labels to classes
    ('0=2,1=1'), ``crs`` replaces the CRS of all files.
    Raises InputError if nothing can be read or the files differ in CRS, OptionError, MissingPackage.
    """
    override = systems.from_user(crs)
    sources: list[Source] = []
    skipped: list[tuple[str, str]] = []
    warnings: list[str] = []
    for entry in expand(inputs, bool(columns.strip())):
        if entry.reason:
            skipped.append((entry.path, f"{entry.path} {entry.reason}"))
            continue
        try:
            source = _open(entry, columns, labels, warnings)
        except MissingPackage:
            raise
        except InputError as error:
            skipped.append((entry.path, str(error)))
            continue
        if source.points:
            sources.append(source)
        else:
            notes = source.header.notes if source.header else ()
            skipped.append((entry.path, " ".join([f"{entry.path} holds no points.", *(f"It {n}." for n in notes)])))
    if not sources:
        raise InputError(_nothing(skipped))
    warnings += [reason for _, reason in skipped]
    warnings += [f"{source.path} {note}." for source in sources for note in source.odd]
    wkt = override or _common_crs(sources, warnings)
    _warn_of_crs(wkt, warnings)
    return Collection(tuple(sources), tuple(skipped), tuple(warnings), wkt)


def _open(entry: Input, columns: str, labels: str, warnings: list[str]) -> Source:
    if os.path.splitext(entry.path)[1].lower() not in LAS_SUFFIXES:
        return TextSource(entry.path, columns, labels)
    source = LasSource(entry.path)
    if not source.crs_wkt and entry.crs:
        try:
            source.crs_wkt = systems.from_user(entry.crs)
        except OptionError as error:
            warnings.append(f"{entry.path} has no CRS, and that of its virtual point cloud is of no use: {error}")
    return source


def _nothing(skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return "No input is given: choose a point cloud."
    reasons = " ".join(reason for _, reason in skipped[:3])
    more = f" So for {len(skipped) - 3:,} more." if len(skipped) > 3 else ""
    return f"None of {len(skipped):,} inputs can be read: {reasons}{more}"


def _common_crs(sources: list[Source], warnings: list[str]) -> str:
    """The CRS all files share: one with heights before one without, whatever the order of the files."""
    known = [source for source in sources if source.crs_wkt]
    if not known:
        warnings.append("No input has a CRS: the output has none either, and lengths are taken in its units.")
        return ""
    texts = {source.crs_wkt: source for source in known}
    common = min(texts, key=lambda wkt: (not wkt.startswith("COMPOUNDCRS"), wkt))
    for wkt, source in texts.items():
        if not systems.same_crs(common, wkt):
            raise InputError(
                f"{texts[common].path} has {systems.describe(common)} in {_units(common)} and {source.path} has "
                f"{systems.describe(wkt)} in {_units(wkt)}; all inputs must have one CRS: reproject, or give CRS."
            )
    if len(known) < len(sources):
        without = next(source.path for source in sources if not source.crs_wkt)
        warnings.append(
            f"{len(sources) - len(known):,} of {len(sources):,} inputs have no CRS ({without}): "
            f"theirs is taken to be {systems.describe(common)}."
        )
    return common


def _units(wkt: str) -> str:
    return f"{systems.horizontal_unit(wkt).name} (heights: {systems.vertical_unit(wkt).name})"


def _warn_of_crs(wkt: str, warnings: list[str]) -> None:
    if wkt and systems.is_geocentric(wkt):
        warnings.append(
            f"The CRS is {systems.describe(wkt)}, which is geocentric: z is no height; check it, or give CRS."
        )
    elif wkt and systems.is_geographic(wkt):
        warnings.append(f"The CRS is {systems.describe(wkt)}: distances are degrees; reproject to a projected CRS.")
