# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts that no one means: thousands of digits or parentheses, numbers beyond all places.  One sentence each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scree.core.clouds.inputs import expand
from scree.core.errors import (
    InputError,
    MemoryLimitError,
    MissingPackage,
    OptionError,
    OutputError,
    ScreeError,
    StoreError,
)
from scree.core.json_text import parsed
from scree.core.neighborhood.expression import LanguageError, Place, Scope, parse_expression, parse_filter
from scree.core.neighborhood.expression.polygon_files import read_polygons
from scree.core.neighborhood.language import Usage, bound, parse_definition, reach
from scree.core.points.formulas import parse_assignments
from scree.core.points.statistics import parse_features
from scree.core.voxels.metadata import read_metadata

OWN = {"a": np.dtype("f8"), "classification": np.dtype("u1"), "return_number": np.dtype("u1")}
COLUMNS = {"a": np.ones(3), "x": np.zeros(3), "y": np.zeros(3), "z": np.zeros(3)} | {
    "classification": np.ones(3, np.uint8), "return_number": np.ones(3, np.uint8)
}  # fmt: skip
DIGITS = "1" * 5000
DEEP = 250
"""Calls around ours: a dialog of QGIS, a test."""


def deep(call: Callable[[], Any], calls: int = DEEP) -> Any:
    return call() if calls == 0 else deep(call, calls - 1)


def level(index: int, x: Any, y: Any) -> Any:
    return np.ones(len(x))


def filtered(text: str) -> None:
    found = parse_filter(text).bind(OWN, base=OWN, rasters=1)
    assert found.mask(COLUMNS, base=COLUMNS, rasters=level).shape == (3,)
    assert parse_filter(str(found)) is not None


def calculated(text: str) -> None:
    found = parse_expression(text).bind(Scope(OWN, neighbors=OWN, rasters=1))
    assert len(found.values(COLUMNS, neighbors=lambda i: COLUMNS, rasters=level)) == 3
    assert str(parse_expression(str(found))) == str(found)


def defined(text: str) -> None:
    found = bound(parse_definition(text), OWN, 1)
    assert str(parse_definition(str(found))) == str(found)
    reach(found)


HOSTILE: list[tuple[Callable[[str], None], str, str]] = [
    (filtered, f"Class[{DIGITS}]", "not a whole number from 0 to 255"),
    (filtered, f"Class[2:{DIGITS}]", "not a whole number from 0 to 255"),
    (filtered, f"Echo[{DIGITS}]", "not a whole number from 1 to 255"),
    (filtered, "(" * 5000, "nested"),
    (filtered, "not " * 5000 + "Synthetic", "nested"),
    (filtered, "(" * 45 + "Generic[" + "abs(" * 99 + "a" + ")" * 99 + "]" + ")" * 45, "nested"),
    (filtered, "Region[0 0 1e308 0 1e308 1e308]", "1e308 is too large for a coordinate, which may be 1e.12 at most"),
    (filtered, f"Region[{DIGITS} 2 3 4 5 6]", "too large for a coordinate"),
    (filtered, "Region[nan nan 1 1 2 2]", "'nan' is not a coordinate"),
    (filtered, "Region[0 0 nan 1 2 2]", "'nan' is not a coordinate"),
    (filtered, "Region[inf 0 1 1 2 2]", "'inf' is not a coordinate"),
    (filtered, "Region[0 0 1 1]", "2 different corners"),
    (filtered, "Region[" + "a" * 5000 + ".gpkg]", "a.... does not exist"),
    (calculated, f"r[{DIGITS}]", "no index"),
    (calculated, f"min(n[0:{DIGITS}].a)", "no index"),
    (calculated, DIGITS, "too large for a number"),
    (calculated, "abs(" * 5000, "nested"),
    (calculated, "-" * 5000 + "a", "nested|operators"),
    (calculated, "+".join(["a"] * 5000), "operators"),
    (defined, f"knn(k={DIGITS})", "too large for a number"),
    (defined, "circle(r=" + "(" * 5000 + ")", "not closed"),
    (defined, "incremental(circle(d=0:1e308:1e-308) t=1) sampling(cell=1 sel=all)", "more than 10000 sizes"),
    (lambda text: parse_definition(text, Usage(10.0)), "circle(3) sampling(cell=1e-9 sel=all)", "does not divide"),
    (defined, "knn(k=1e300)", "k is at most 1,000,000"),
    (defined, "circle(3) sampling(cell=1e-320 sel=all)", "cellsize must be at least 1e-09"),
    (defined, "circle(3) sampling(cell=1 sel=nmin(1e300)[z])", "rank of nmin must be at most"),
    (
        lambda text: parse_definition(text, Usage(1.0)),
        "circle(3) sampling(sub=1e300 sel=all)",
        "subdivision .* at most",
    ),
    (parse_assignments, "_a=" + "(" * 5000, "nested"),
    (parse_features, "nmin(1e309)", "a rank is a whole number from 1 to 1,000,000,000"),
    (parse_features, "nmax(nan)", "a rank is a whole number"),
    (parse_features, "std" * 5000, "no feature"),
    (parse_features, "std\0", "no feature"),
    (defined, "cylinder\0(r=2 z=4)", "found '\N{REPLACEMENT CHARACTER}'"),
    (parse_assignments, "_u(uint8\0) 300", "a formula is written"),
    (parse_assignments, f"_a({'int8' * 1000}) = 1", "is no type"),
]


@pytest.mark.parametrize(("read", "text", "sentence"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_end_in_one_sentence(read: Callable[[str], None], text: str, sentence: str) -> None:
    with pytest.raises((LanguageError, InputError, OptionError), match=sentence) as caught:
        deep(lambda: read(text))
    assert len(str(caught.value)) < 1000 and "\0" not in str(caught.value)


@pytest.mark.parametrize("kind", [InputError, LanguageError, OutputError, StoreError, MissingPackage, MemoryLimitError])
def test_a_message_repeats_anything_as_text_to_be_read(kind: type[ScreeError]) -> None:
    path = "/a/" + "folder/" * 100 + "b.las"
    words = f"{path} has \0 and \udcff and {'x' * 300} and {10**300:,} and {1e300:f}."
    error = LanguageError(words, Place("", 0)) if kind is LanguageError else kind(words)
    text = str(error)
    assert path in text and len(text) < 1100 and text.isprintable() == (kind is not LanguageError)
    text.encode()


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (filtered, "(" * 49 + "Class[1]" + ")" * 49),
        (filtered, "not " * 48 + "Class[1]"),
        (filtered, "(" * 45 + "Generic[" + "abs(" * 50 + "a" + ")" * 50 + "]" + ")" * 45),
        (filtered, " or ".join(["Class[1]"] * 5000)),
        (calculated, "+".join(["a"] * 251)),
        (calculated, "abs(" * 98 + "a" + ")" * 98),
        (calculated, "a ? " * 45 + "a" + " : a" * 45),
        (calculated, " and ".join(["a"] * 251)),
        (calculated, "^".join(["a"] * 90)),
        (defined, "circle(r=" + "+".join(["a"] * 251) + ")"),
    ],
)
def test_what_is_allowed_works_deep_inside_other_calls(read: Callable[[str], None], text: str) -> None:
    deep(lambda: read(text))


def test_json_that_is_nested_too_deep_is_no_valid_json(tmp_path: Path) -> None:
    for text in ("[" * 100_000, '{"a":' * 100_000):
        with pytest.raises(ValueError, match="nested too deep"):
            parsed(text)
        (tmp_path / "a.vpc").write_text(text)
        with pytest.raises(InputError, match=r"virtual point cloud .*nested too deep"):
            expand([str(tmp_path / "a.vpc")], with_text=True)
        (tmp_path / "metadata.json").write_text(text)
        with pytest.raises(InputError, match="no valid JSON"):
            read_metadata(tmp_path)
    (tmp_path / "metadata.json").write_text('{"version": "1.0", "resolution": 1, "tile_size": 10, "bounds": '
                                            '{"min": [Infinity, 0, 0], "max": [0, 0, 0]}}')  # fmt: skip
    with pytest.raises(InputError):
        read_metadata(tmp_path)


@pytest.mark.parametrize("href", ["a" * 5000 + ".laz", "a\0.laz", "http://[", "%00", "file:///" + "b/" * 3000])
def test_names_no_file_can_have_are_skipped_with_a_reason(tmp_path: Path, href: str) -> None:
    item = {"assets": {"data": {"href": href}}, "properties": {}}
    path = tmp_path / "a.vpc"
    path.write_text(json.dumps({"features": [item]}))
    (entry,) = expand([str(path)], with_text=True)
    assert entry.reason


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "a" * 300 + ".laz"])
def test_an_input_no_file_can_be_does_not_exist(name: str) -> None:
    with pytest.raises(InputError, match="does not exist"):
        expand([name], with_text=True)


@pytest.mark.parametrize("corner", ["NaN", "1e308", "-2e12"])
def test_a_file_with_an_impossible_corner_is_refused(tmp_path: Path, corner: str) -> None:
    pytest.importorskip("osgeo.ogr")
    good, wrong = "[[0,0],[1,0],[1,1],[0,0]]", f"[[0,0],[{corner},0],[1,1],[0,0]]"
    shape = f'{{"type":"MultiPolygon","coordinates":[[{wrong}],[{good}]]}}'
    path = tmp_path / "a.geojson"
    path.write_text(
        f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{shape}}}]}}'
    )
    with pytest.raises(InputError, match=r"has a polygon with the corner .*; coordinates are numbers up to 1e.12"):
        read_polygons(str(path))


SEEDS = {
    filtered: ("Class[1, 2:9 high_noise] and not Echo[first 2:3]", "Region[0 0 9 0 9 9] or Generic[z > 1 ? a : r[0]]"),
    calculated: ("abs(z - a) < 0.5 and min(n[0:2].a, 3)^2 > 1 ? r[0] : -x", "not a >= 2.5e-3 % 7"),
    defined: (
        "incremental(window(x=1:3 y=2:4) targetPtCount=15) sampling(cell=1 sel=nmin(3)[z] border=btlr)",
        "circle(r='z > 100 ? 2 : 5') or knn(k=round(a) mode=octant) sort(dist=3d) minPtCount=6 maxSearchDistance=50",
    ),
}
SPLINTERS = (
    DIGITS, "1e308", "1e-320", "1e309", "nan", "(" * 60, "[" * 60, "not " * 60, "-" * 60, "\0", "\u0663", "\u00b2",
    "\ud800", "'", '"', ":", ",", "=", "n[9999].z", "b.z", "min(n[0:9999].a)", "e", ".", "1_0", "\n", "?", "^^", "0",
)  # fmt: skip


@pytest.mark.parametrize("read", list(SEEDS), ids=["filter", "formula", "definition"])
def test_no_mutant_ends_in_anything_but_an_error_of_ours(read: Callable[[str], None]) -> None:
    choose = random.Random(12)
    for _ in range(1500):
        text = choose.choice(SEEDS[read])
        for _ in range(choose.randint(1, 4)):
            at = choose.randrange(len(text) + 1)
            text = text[:at] + choose.choice((*SPLINTERS, "")) + text[at + choose.choice((0, 0, 1, 4)) :]
        try:
            with np.errstate(all="ignore"):
                read(text)
        except ScreeError:
            pass


@pytest.mark.parametrize("number", [1e-300, 5e-324, 1e300, 1e-12, 1e12])
def test_cells_of_impossible_size_are_refused_before_any_cloud_is_opened(number: float) -> None:
    from scree.core.points.gridoptions import GridOptions
    from scree.core.surface.options import DemOptions

    for options in (
        DemOptions(inputs=("none.las",), output="a.tif", resolution=number),
        GridOptions(inputs=("none.las",), output="a.tif", resolution=number),
    ):
        with pytest.raises(OptionError, match="RESOLUTION is .* at least 1e-09 and at most 1e.09"):
            options.check()


def test_lengths_no_float_can_hold_are_refused() -> None:
    from scree.core.surface.options import DemOptions
    from scree.core.tiles.lattice import as_decimal

    for number in (1e300, 2e15, float("inf"), float("nan"), -1.0):
        with pytest.raises(OptionError, match="SPACING is"):
            as_decimal(number, "SPACING")
    with pytest.raises(OptionError, match="LONGEST_EDGE"):
        DemOptions(inputs=("a.las",), output="a.tif", method="tin", longest_edge=1e300).check()
    with pytest.raises(OptionError, match="EXTENT") as caught:
        DemOptions(inputs=("a.las",), output="a.tif", extent=(0.0, 0.0, 1e300, 1e300)).check()
    assert len(str(caught.value)) < 200
