# SPDX-License-Identifier: GPL-2.0-or-later
"""Random definitions over small clouds, real and made: the engine finds what the language says, word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import laspy
import neighborhood_oracle as oracle
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neighborhood_texts import Writer

from scree.core.neighborhood.expression import Scope
from scree.core.neighborhood.language import POINTS
from scree.core.points.engine import PAIRS, Needs
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.job import work_points
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "airborne"
REAL = {
    "ahn-delft-small.laz": "0.5", "autzen_trim.laz": "2", "lidR-Topography.laz": "1", "simple1_3_pf4.las": "8",
    "bcts/bcts_1.laz": "0.5", "ign/recipient_test.laz": "0.5",
}  # fmt: skip
"""Real clouds, and about how far apart their points are."""
MADE = ("grid", "uniform", "duplicates", "bird", "line")
POINTS_OF_EACH = 36
IDENTITY = ("gps_time", "return_number", "point_source_id")


@dataclass(frozen=True)
class Cloud:
    las: Any
    points: tuple[oracle.Point, ...]
    spacing: Fraction
    height: Fraction


@lru_cache
def cloud(name: str) -> Cloud:
    rng = np.random.default_rng(len(name))
    if name in REAL:
        with laspy.open(str(DATA / name)) as reader:
            found, header = reader.read_points(40_000), reader.header
        steps, spacing = np.column_stack([found.X, found.Y, found.Z]), Fraction(REAL[name])
        away = np.abs(steps[:, :2] - steps[len(steps) // 3, :2]).max(axis=1)
        some = np.argsort(away, kind="stable")[: 3 * POINTS_OF_EACH][:: rng.integers(1, 4)][:POINTS_OF_EACH]
        steps, scales, offsets = steps[some], header.scales, header.offsets
        time = (
            np.abs(np.asarray(found.gps_time)[some]) if "gps_time" in found.array.dtype.names else np.zeros(len(some))
        )
        echo, code = np.asarray(found.return_number)[some] % 8, np.asarray(found.classification)[some] % 32
        amplitude = np.asarray(found.intensity)[some] % 7
    else:
        spacing, n, scales, offsets = Fraction(1, 2), POINTS_OF_EACH, [0.001] * 3, [300_000.5, 0.0, -7.25]
        steps = rng.integers(-1500, 1500, (n, 3))
        if name == "grid":
            steps = rng.integers(-4, 5, (n, 3)) * 250
        elif name == "duplicates":
            steps = (rng.integers(-4, 5, (n // 4, 3)) * 250)[rng.integers(0, n // 4, n)]
        elif name == "bird":
            steps[0] = [400_000, -300_000, 90_000]
        elif name == "line":
            steps[:, 1] = 250
        time, echo, code = rng.integers(0, 3, n).astype(float), rng.integers(1, 4, n), rng.integers(1, 4, n)
        amplitude = rng.integers(0, 7, n)
    las = laspy.LasData(laspy.LasHeader(point_format=1, version="1.2"))
    las.header.scales, las.header.offsets = scales, offsets
    las.points = laspy.ScaleAwarePointRecord.zeros(len(steps), header=las.header)
    las.X, las.Y, las.Z = steps.astype(np.int32).T
    las.gps_time, las.return_number, las.classification, las.intensity = time, echo, code, amplitude
    las.point_source_id = rng.permutation(len(steps)).astype(np.uint16)
    exact = [
        [Fraction(repr(float(s))) * int(n) + Fraction(repr(float(o))) for n in row]
        for row, s, o in zip(steps.T, scales, offsets, strict=True)
    ]
    columns = (time.tolist(), echo.tolist(), las.point_source_id.tolist(), amplitude.tolist(), code.tolist())
    points = tuple(oracle.Point(*row) for row in zip(*exact, *columns, strict=True))
    return Cloud(las, points, spacing, spacing)


class Recorder:
    """An engine, of points or of cells, that notes who the neighbors are."""

    name = "recorder"
    usage = POINTS
    ordered = True
    own = False
    pairs = PAIRS

    def __init__(self, made: str | None) -> None:
        self.made = {"Amplitude": "intensity"}.get(made or "", made)
        self.lists: dict[Any, list[Any]] = {}
        self.lock = Lock()

    choices: Mapping[str, Any] = {}
    dimensions: Mapping[str, Any] = {}
    bands = ("count",)

    def bind(self, scope: Scope) -> Needs:
        near = IDENTITY if self.made is None else (self.made,)
        return Needs(frozenset({"point_source_id"} & set(scope.own)), frozenset(near))

    def answer(self, found: Any) -> Any:
        names = ("point_source_id",) if self.made is None else ("x", "y", self.made)
        columns = [np.asarray(found.pool[name]).tolist() for name in names]
        places = found.base["x"].tolist(), found.base["y"].tolist()
        own = found.base.columns.get("point_source_id")
        with self.lock:
            for i, (first, count) in enumerate(zip(found.first.tolist(), found.count.tolist(), strict=True)):
                who = (places[0][i], places[1][i]) if own is None else int(own[i])
                assert who not in self.lists
                index = found.index[first : first + count].tolist()
                self.lists[who] = [tuple(column[j] for column in columns) for j in index]
        return {"count": found.count.astype(float)} if own is None else {}


@st.composite
def cases(draw: Any) -> Any:
    names = [*MADE, *(name for name in REAL if (DATA / name).exists())]
    random = draw(st.randoms(use_true_random=True))  # of a seed that is drawn: all definitions differ
    name = random.choice(names)
    given_cloud = cloud(name)
    cell = random.choice([None, None, None, given_cloud.spacing * 2])
    if name == "bird":
        cell = None  # a raster of 200,000 cells
    writer = Writer(random, given_cloud.spacing, given_cloud.height, cell)
    text, meaning = writer.definition()
    filters, meant = writer.filters()
    return name, text, filters, replace(meaning, **meant), cell, writer.name


@settings(max_examples=200, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(cases())
def test_random_definitions_find_what_the_language_says(case: Any) -> None:
    name, text, filters, meaning, cell, made = case
    of = cloud(name)
    with TemporaryDirectory() as folder:
        source = str(Path(folder) / "a.las")
        of.las.write(source)
        if cell is None:
            expected = {p.id: oracle.neighborhood(meaning, p, of.points) for p in of.points if meaning.worked(p)}
        else:
            expected = cells_of(of, meaning, cell)
        expected = {who: found for who, found in expected.items() if found is not None}
        recorder = Recorder(made)
        work(recorder, source, Path(folder), text, filters, cell)
        assert sorted(recorder.lists) == sorted(expected), text
        for who, found in expected.items():
            compare(recorder.lists[who], found, of, made, meaning)
        if cell is None and len(text) % 2:
            compare_sums(source, Path(folder), text, filters, expected, of, made)


def work(engine: Any, source: str, folder: Path, text: str, filters: Any, cell: Fraction | None) -> None:
    options = {"inputs": (source,), "neighborhood": text, "max_memory": 1500, "threads": 1, **filters}
    if cell is None:
        work_points(PointOptions(output=str(folder / "o.las"), **options), engine)
    else:
        grid_points(GridOptions(output=str(folder / "o.tif"), resolution=float(cell), **options), engine)


def cells_of(of: Cloud, meaning: oracle.Meaning, cell: Fraction) -> dict[Any, Any]:
    """The neighborhoods of the cells between the outermost points that count."""
    some = [p for p in of.points if meaning.accepted(p)]
    columns, rows = ([p.x // cell for p in some], [p.y // cell for p in some])
    found = {}
    for column in range(min(columns), max(columns) + 1):
        for row in range(min(rows), max(rows) + 1):
            center = oracle.Center((column + Fraction(1, 2)) * cell, (row + Fraction(1, 2)) * cell, None)
            found[float(center.x), float(center.y)] = oracle.neighborhood(meaning, center, of.points)
    return found


def compare(got: list[Any], expected: list[Any], of: Cloud, made: str | None, meaning: oracle.Meaning) -> None:
    if made is None:
        assert [row[0] for row in got] == [point.id for point in expected]
        return
    step = 1.001 * max(of.las.header.scales)
    assert len(got) == len(expected)
    left = list(got)
    for entry in expected:
        near = [row for row in left if abs(row[0] - entry.x) <= step and abs(row[1] - entry.y) <= step]
        same = [row for row in near if isclose(row[2], entry.number, rel_tol=1e-9, abs_tol=1e-9)]
        assert same, (entry, near)
        left.remove(same[0])
    if meaning.sort is not None and isinstance(meaning.sort[0], str) and meaning.sort[0] == made:
        values = [row[2] for row in got]
        assert values == sorted(values, reverse=meaning.sort[1])


def compare_sums(
    source: str, folder: Path, text: str, filters: Any, expected: dict[Any, Any], of: Cloud, made: str | None
) -> None:
    """What is added up without lists is what the lists hold."""
    attribute = made or "Amplitude"
    work(PointStatistics(attribute, "pcount,min,max,sum,median", "zeroPlane"), source, folder, text, filters, None)
    found, tail = laspy.read(folder / "o.las"), attribute
    columns = {name: np.asarray(found[f"{name}_{tail}"]).tolist() for name in ("pcount", "min", "max", "sum", "median")}
    for i, who in enumerate(np.asarray(found.point_source_id).tolist()):
        if who not in expected:
            assert columns["pcount"][i] == 0
            continue
        values = [float(entry.value(attribute)) for entry in expected[who]]
        assert columns["pcount"][i] == len(values)
        wanted = {"min": min(values), "max": max(values), "sum": sum(values), "median": float(np.median(values))}
        for feature, value in wanted.items():
            assert isclose(columns[feature][i], value, rel_tol=1e-5, abs_tol=1e-4), feature


def test_real_clouds_are_among_those_compared() -> None:
    if not DATA.is_dir():
        pytest.skip("no real clouds beside this checkout (../shared/data)")
    assert all((DATA / name).exists() for name in REAL)
