# SPDX-License-Identifier: GPL-2.0-or-later
"""Filters: which points pass, canonical text, names, errors; polygons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scree.core.errors import InputError
from scree.core.neighborhood.expression import LanguageError, parse_filter
from scree.core.neighborhood.expression.polygons import Polygons

COLUMNS = {
    "x": np.array([0.0, 5.0, 10.0, 11.0, 5.0]),
    "y": np.array([0.0, 5.0, 10.0, 5.0, 2.0]),
    "z": np.array([100.0, 101.0, 102.0, np.nan, 104.0]),
    "classification": np.array([2, 6, 1, 2, 64], np.uint8),
    "return_number": np.array([1, 1, 2, 3, 0], np.uint8),
    "number_of_returns": np.array([1, 3, 3, 3, 0], np.uint8),
    "synthetic": np.array([0, 0, 1, 0, 0], np.uint8),
    "point_source_id": np.array([7, 7, 8, 8, 8], np.uint16),
}
AVAILABLE = {name: column.dtype for name, column in COLUMNS.items()}


def passing(text):
    return np.flatnonzero(parse_filter(text).bind(AVAILABLE).mask(COLUMNS)).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("  \n ", [0, 1, 2, 3, 4]),
        ("Class[Ground]", [0, 3]),
        ("class[ ground, 6 ]", [0, 1, 3]),
        ("CLASS[gr build]", [0, 1, 3]),
        ("Class[2:6]", [0, 1, 3]),
        ("Class[0]", []),
        ("Class[64]", [4]),
        ("Class[un]", [2]),
        ("Echo[first]", [0, 1]),
        ("Echo[last]", [0, 3]),
        ("Echo[only]", [0]),
        ("Echo[Single]", [0]),
        ("Echo[inter]", [2]),
        ("Echo[firstOfMany]", [1]),
        ("Echo[last_of_many]", [3]),
        ("Echo[2 3]", [2, 3]),
        ("Echo[2:15, first]", [0, 1, 2, 3]),
        ("Synthetic", [2]),
        ("synthetic[]", [2]),
        ("Generic[z > 100]", [1, 2, 4]),
        ("generic[Z]", [0, 1, 2, 4]),
        ("Generic[not z]", [3]),
        ("not Generic[z > 100]", [0, 3]),
        ("Generic[not z > 100]", [0]),
        ("Generic[Classification == 1 OR Classification == 2]", [0, 2, 3]),
        ("Class[2] and Generic[z > 99] or Synthetic", [0, 2]),
        ("Class[2] AND (Generic[z>99] || Synthetic)", [0]),
        ("!Class[2] && Echo[1]", [1]),
        ("not not Class[2]", [0, 3]),
        ("Region[0 0 10 0 10 10 0 10]", [0, 1, 2, 4]),
        ("Region[0,0, 10,0, 10,10]", [0, 1, 2, 4]),
        ("Region[-1 -1 1 -1 1e0 1] and Class[Ground]", [0]),
    ],
)
def test_meaning(text, expected):
    assert passing(text) == expected


def test_dimensions_are_those_read():
    def needed(text):
        return parse_filter(text).bind(AVAILABLE).dimensions

    assert needed("") == set()
    assert needed("Class[2] or Region[0 0 1 0 1 1]") == {"classification", "x", "y"}
    assert needed("not Generic[PointSourceId == 7 and z > 1]") == {"point_source_id", "z"}
    assert needed("Echo[first]") == {"return_number"}
    assert needed("Echo[last]") == {"return_number", "number_of_returns"}


def test_files_without_a_number_of_returns_still_have_first_echoes():
    columns = {"return_number": np.array([1, 2]), "number_of_returns": np.array([0, 0])}
    assert parse_filter("Echo[first]").mask(columns).tolist() == [True, False]
    assert parse_filter("Echo[last]").mask(columns).tolist() == [False, False]


def test_a_contextual_filter_is_evaluated_by_pair():
    contextual = parse_filter("Class[2] and Generic[b.PointSourceId == PointSourceId]")
    assert contextual.contextual
    assert not contextual.stand_alone
    assert parse_filter("Class[2]").stand_alone
    bound = contextual.bind(AVAILABLE, base=AVAILABLE)
    assert bound.base_dimensions == {"point_source_id"}
    base = {"point_source_id": np.full(5, 8, np.uint16)}
    assert np.flatnonzero(bound.mask(COLUMNS, base=base)).tolist() == [3]
    with pytest.raises(LanguageError, match="filter of neighbors"):
        contextual.bind(AVAILABLE)


def test_columns_may_be_a_chunk_that_counts_its_points():
    class Chunk:
        def __len__(self):
            return 5

        def __getitem__(self, name):
            return COLUMNS[name]

    assert parse_filter("").mask(Chunk()).sum() == 5
    assert parse_filter("Class[2]").mask(Chunk()).tolist() == [True, False, False, True, False]


def test_a_dimension_one_file_lacks_passes_nothing():
    assert not parse_filter("Class[2]").mask({"x": np.zeros(3)}).any()


#: text, 0-based position, part of the message
MISTAKES = [
    ("ground", 0, r"write Class\[ground\]"),
    ("first", 0, r"write Echo\[first\]"),
    ("Classification == 2", 0, r"Generic\[z > 100\]"),
    ("z > 100", 0, r"Generic\[z > 100\]"),
    ("Clas[2", 6, "not closed"),
    ("Class", 5, "in brackets"),
    ("Class(2)", 5, "in brackets"),
    ("Class[]", 6, "at least one"),
    ("Class[grund]", 6, "nearest: Ground"),
    ("Class[low]", 6, "LowVegetation or LowPoint"),
    ("Class[256]", 6, "0 to 255"),
    ("Class[2.5]", 6, "whole number"),
    ("Class[5:2]", 6, "empty"),
    ("Class[2:]", 8, "missing"),
    ("Echo[0]", 5, "1 to 255"),
    ("Echo[frist]", 5, "nearest: First"),
    ("Generic[]", 8, "needs a formula"),
    ("Generic[z > ]", 12, "a value is missing"),
    ("Generic[z = 3]", 10, "write =="),
    ("Generic[z > 3", 13, "should end here"),
    ("Region[]", 7, "empty"),
    ("Region[0 0 1 0 1]", 7, "5 numbers"),
    ("Region[0 0 1 0 1 0]", 7, "2 different corners"),
    ("Region[0 0 1 0 1 north]", 17, "not a coordinate"),
    ("Region[0 0 1 0 1 1e999]", 17, "too large"),
    ("Region[0 0 1 0", 0, "not closed"),
    ("Class[2] Class[3]", 9, "legal here: and, or"),
    ("Class[2] and", 12, "a filter is missing"),
    ("(Class[2]", 9, "not closed"),
    ("Class[2])", 8, "should end here"),
    ("Klass[2]", 0, "nearest: Class"),
    ("Synthetic[1]", 10, "no parameter"),
]


@pytest.mark.parametrize(("text", "position", "message"), MISTAKES)
def test_mistakes(text, position, message):
    with pytest.raises(LanguageError, match=message) as caught:
        parse_filter(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("Class[2] and Generic[Amplitud > 3]", 21, "no attribute 'Amplitud'"),
        ("Generic[r[0] > 3]", 8, "0 rasters are given"),
        ("Generic[n[0].z > 3]", 8, "already found"),
        ("Generic[z > 1] or Synthetic", 18, "no synthetic"),
    ],
)
def test_names_are_refused_before_any_point(text, position, message):
    available = {name: dtype for name, dtype in AVAILABLE.items() if name != "synthetic"}
    with pytest.raises(LanguageError, match=message) as caught:
        parse_filter(text).bind(available)
    assert caught.value.position == position


def test_deep_nesting_is_refused():
    for text in ("(" * 5000, "not " * 5000 + "Synthetic"):
        with pytest.raises(LanguageError, match="nested"):
            parse_filter(text)


numbers = st.integers(-(10**9), 10**9).map(lambda value: value / 1000)
simple = st.one_of(
    st.lists(st.integers(0, 255).map(str), min_size=1, max_size=5).map(lambda codes: f"Class[{' '.join(codes)}]"),
    st.lists(st.sampled_from(["First", "last", "only", "inter", "3", "2:5"]), min_size=1).map(
        lambda kinds: f"Echo[{','.join(kinds)}]"
    ),
    st.sampled_from(["Synthetic", "Generic[z > 1 ? x : not _a]", "Region[a b.shp]", "Region['it\"s].shp']"]),
    st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6, unique=True).map(
        lambda corners: f"Region[{' '.join(f'{x} {y}' for x, y in corners)}]"
    ),
)
texts = st.recursive(
    simple,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(" ".join),
        part.map("({})".format),
        part.map("not {}".format),
    ),
    max_leaves=8,
)


@given(texts)
def test_the_canonical_text_reads_back_to_the_same_filter(text):
    filter = parse_filter(text)
    assert parse_filter(str(filter)) == filter
    assert str(parse_filter(str(filter))) == str(filter)


@given(st.text("Clas[]region2() ,:.-'!&|and or", max_size=25))
def test_any_text_is_a_filter_or_a_language_error(text):
    try:
        filter = parse_filter(text)
    except LanguageError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse_filter(str(filter)) == filter


def test_canonical_text():
    assert str(parse_filter("class[6 , gr 64:70] && !(echo[LAST] || generic[z>1])")) == (
        "Class[Ground Building 64:70] and not (Echo[Last] or Generic[z > 1])"
    )


# Polygons


def contains(rings, points):
    x, y = np.array(points, float).T
    return Polygons.of([[np.array(ring, float) for ring in rings]]).contain(x, y).tolist()


SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]


def test_the_boundary_is_inside():
    corners_and_sides = [(0, 0), (4, 4), (2, 0), (4, 1), (2, 4), (0, 3)]
    assert all(contains([SQUARE], corners_and_sides))
    assert not any(contains([SQUARE], [(4.001, 2), (-1, 0), (5, 4), (2, -0.001), (9, 9)]))


def test_a_hole_is_outside_but_its_boundary_is_not():
    hole = [(1, 1), (3, 1), (3, 3), (1, 3)]
    assert contains([SQUARE, hole], [(2, 2), (1, 2), (0.5, 2), (3, 3)]) == [False, True, True, True]


def test_a_closed_ring_is_the_same():
    assert contains([[*SQUARE, SQUARE[0]]], [(2, 2), (0, 0), (5, 5)]) == [True, True, False]


def test_decimal_coordinates_on_a_slanted_side_are_inside():
    start, end = np.array([627755.37, 6277550.11]), np.array([627759.87, 6277553.71])
    on_side = [np.round(start + (end - start) * part, 2) for part in (0.2, 0.4, 0.6, 0.8)]
    assert all(contains([[start, end, (627800.0, 6277500.0)]], on_side))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), min_size=3, max_size=12),
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=12),
)
def test_any_ring_matches_an_exact_test(ring, points):
    def exact(px, py):
        odd = False
        for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
            cross = (x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)
            if cross == 0 and min(x0, x1) <= px <= max(x0, x1) and min(y0, y1) <= py <= max(y0, y1):
                return True
            if (y0 <= py) != (y1 <= py) and (cross > 0) == (y1 > y0):
                odd = not odd
        return odd

    assert contains([ring], points) == [exact(*point) for point in points]


def test_a_big_polygon_is_tested_in_parts(monkeypatch):
    monkeypatch.setattr("scree.core.neighborhood.expression.polygons.PAIRS", 1000)
    angle = np.linspace(0, 2 * np.pi, 20001)[:-1]
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.random.default_rng(1).uniform(-1.2, 1.2, (5000, 2))
    distance = np.hypot(*points.T)
    sure = np.abs(distance - 1) > 1e-6
    assert (np.array(contains([ring], points)) == (distance < 1))[sure].all()


# Polygons from files


def written(path, layers, driver="GPKG"):
    ogr = pytest.importorskip("osgeo.ogr")
    dataset = ogr.GetDriverByName(driver).CreateDataSource(str(path))
    for name, shapes in layers.items():
        layer = dataset.CreateLayer(name)
        for wkt in shapes:
            feature = ogr.Feature(layer.GetLayerDefn())
            feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt) if wkt else None)
            layer.CreateFeature(feature)
    return str(path)


def test_region_of_a_file_with_holes_and_multipolygons_that_overlap(tmp_path):
    path = written(
        tmp_path / "areas of interest.gpkg",
        {
            "aoi": [
                "POLYGON ((0 0, 6 0, 6 6, 0 6, 0 0), (4 4, 5.5 4, 5.5 5.5, 4 5.5, 4 4))",
                "MULTIPOLYGON Z (((4.5 1 0, 7 1 0, 7 3 0, 4.5 3 0, 4.5 1 0)), ((10 10 0, 12 10 0, 12 12 0, 10 10 0)))",
                None,
            ],
            "other": ["POLYGON ((10.5 4, 12 4, 12 6, 10.5 6, 10.5 4))"],
        },
    )
    assert passing(f"Region[{path}]") == [0, 2, 4]
    assert passing(f"Region['{path}'] and Class[Ground]") == [0]
    assert passing(f"Region[{path}|layername=other]") == [3]
    with pytest.raises(InputError, match="no layer roads"):
        passing(f"Region[{path}|layername=roads]")


def test_the_files_a_filter_depends_on_are_known():
    text = "not Region[a.shp] and (Region['b.gpkg|layername=aoi'] or Region[0 0 1 0 1 1]) and Synthetic"
    assert parse_filter(text).files == {"a.shp", "b.gpkg"}


def test_region_of_a_shapefile(tmp_path):
    path = written(tmp_path / "aoi.shp", {"aoi": ["POLYGON ((4 4, 6 4, 6 6, 4 6, 4 4))"]}, "ESRI Shapefile")
    assert passing(f"not Region[{path}]") == [0, 2, 3, 4]


def test_a_file_that_is_no_region_is_refused_when_bound(tmp_path):
    lines = written(tmp_path / "lines.gpkg", {"lines": ["LINESTRING (0 0, 1 1)"]})
    with pytest.raises(InputError, match="no polygon"):
        parse_filter(f"Region[{lines}]").bind(AVAILABLE)
    with pytest.raises(InputError, match="nowhere.shp does not exist"):
        parse_filter("Region[nowhere.shp]").bind(AVAILABLE)
    (tmp_path / "text.shp").write_text("no shapes")
    with pytest.raises(InputError, match="cannot be read"):
        parse_filter(f"Region[{tmp_path / 'text.shp'}]").bind(AVAILABLE)


# Real clouds


def test_a_real_cloud(scree_data):
    laspy = pytest.importorskip("laspy")
    cloud = laspy.read(scree_data / "airborne" / "ahn-delft-small.laz")
    columns = {name: np.asarray(cloud[name]) for name in cloud.point_format.dimension_names if name not in "XYZ"}
    columns |= {"x": np.asarray(cloud.x), "y": np.asarray(cloud.y), "z": np.asarray(cloud.z)}
    available = {name: column.dtype for name, column in columns.items()}

    def count(text):
        return int(parse_filter(text).bind(available).mask(columns).sum())

    assert count("Class[Ground]") == 18392
    assert count("Generic[Classification == 2] or Class[Building]") == 18392 + 9532
    assert count("Generic[_Reflectance]") == len(cloud.points)
    assert parse_filter("Generic[Amplitude > 1]").bind(available).dimensions == {"Amplitude"}
