# SPDX-License-Identifier: GPL-2.0-or-later
"""An even sample of clouds as a GeoPackage, for programs that open no LAS or LAZ.

A point is in the sample or not by a hash of itself, so the sample is the same for any order or splitting of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..jobs.progress import Feedback, Progress
from .chunk import Chunk, Column
from .collection import open_collection
from .geopackage import write_points
from .read_ahead import read_ahead
from .source import Source

MOST = 200_000
LAYER = "points"
ALWAYS = ("classification", "intensity")
"""Told of every point beside the attributes that are asked for."""

Rows = dict[str, Column]


def write_preview(
    clouds: Sequence[str], path: Path, attributes: Sequence[str], feedback: Feedback | None = None, most: int = MOST
) -> int:
    """Write at most ``most`` points of ``clouds`` with ``attributes``; returns how many.

    Raises InputError, OutputError, Cancelled.
    """
    collection = open_collection(clouds)
    names = _fields(collection.sources, attributes)
    progress = Progress(feedback)
    progress.phase("Preview", collection.points, 100)
    sample = Sample(most)
    for source in collection.sources:
        hashed = [name for name in ("gps_time", "return_number") if name in source.dimensions]
        with closing(read_ahead(source.chunks({*names, *hashed}))) as chunks:
            for chunk in chunks:
                progress.check()
                sample.add(_hash(source, chunk, hashed), {name: chunk[name] for name in ("x", "y", "z", *names)})
                progress.advance(len(chunk))
    rows = sample.rows()
    fields = {name: rows[name].dtype for name in ("z", *names)}
    places = np.stack([rows[axis] for axis in "xyz"], axis=1)
    count = write_points(path, LAYER, collection.crs_wkt, fields, [(places, rows)])
    progress.finish()
    return count


def added(before: Sequence[Source], after: Sequence[Source]) -> list[str]:
    """Dimensions that copies have and none of the clouds they were made of."""
    known = {name for source in before for name in source.dimensions}
    return [name for name in after[0].dimensions if name not in known]


def _fields(sources: Sequence[Source], attributes: Sequence[str]) -> list[str]:
    """Those that all files have; a GeoPackage tells no capitals apart."""
    asked = {name.lower(): name for name in (*ALWAYS, *attributes)}
    usable = [name for low, name in asked.items() if low not in ("x", "y", "z", "fid", "geom")]
    return [name for name in usable if all(name in source.dimensions for source in sources)]


class Sample:
    """The rows with the ``most`` lowest hashes of all that are added; more than that are never held for long."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = np.uint64(2**64 - 1)
        self._hashes: list[NDArray[np.uint64]] = []
        self._rows: list[Rows] = []
        self._held = 0

    def add(self, hashes: NDArray[np.uint64], rows: Rows) -> None:
        low = np.flatnonzero(hashes <= self._limit)
        self._hashes.append(hashes[low])
        self._rows.append({name: column[low] for name, column in rows.items()})
        self._held += len(low)
        if self._held > 2 * self._most:
            self._cut()

    def rows(self) -> Rows:
        """In the order of their hashes; among those of one hash in that of their values."""
        self._cut()
        rows = self._rows[0]
        order = np.lexsort((*(rows[name] for name in reversed(list(rows))), self._hashes[0]))
        return {name: column[order] for name, column in rows.items()}

    def _cut(self) -> None:
        """Keep the lowest; where several share the last place, none of them, so that no order decides."""
        hashes = np.concatenate(self._hashes)
        keep = np.arange(len(hashes))
        if len(hashes) > self._most:
            self._limit = np.partition(hashes, self._most)[self._most]
            keep = np.flatnonzero(hashes < self._limit)
        self._hashes = [hashes[keep]]
        self._rows = [{name: np.concatenate([r[name] for r in self._rows])[keep] for name in self._rows[0]}]
        self._held = len(keep)


def _hash(source: Source, chunk: Chunk, names: Sequence[str]) -> NDArray[np.uint64]:
    """A well mixed number of a point's place and time (the finaliser of SplitMix64)."""
    mixed = np.zeros(len(chunk), np.uint64)
    steps = [np.rint(chunk[axis] / source.scales[i]).astype(np.int64).view(np.uint64) for i, axis in enumerate("xyz")]
    rest = [chunk[name].astype(np.float64).view(np.uint64) for name in names]
    for column in (*steps, *rest):
        mixed = (mixed ^ column) + np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed
