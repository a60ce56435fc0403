# SPDX-License-Identifier: GPL-2.0-or-later
"""Neighborhood definitions: numbered examples by meaning, mistakes by position and wording, what derives."""

from __future__ import annotations

from dataclasses import replace
from math import hypot, inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.neighborhood.expression import Expression, LanguageError, Scope, parse_expression, parse_filter
from scree.core.neighborhood.language import (
    POINTS,
    Usage,
    bound,
    effective,
    formulas,
    is_solid,
    limited_dim,
    neighbor_dimensions,
    order,
    parse_definition,
    point_dimensions,
    rasters,
    reach,
)
from scree.core.neighborhood.language.cells import (
    cells_in_circle,
    cells_in_window,
    cells_of_points,
    central_cell,
)
from scree.core.neighborhood.language.definition import (
    And,
    Box,
    Circle,
    Cylinder,
    Definition,
    Incremental,
    Knn,
    Or,
    Sampling,
    Select,
    Sort,
    Sphere,
    Window,
)
from scree.core.neighborhood.language.sizes import advancing, sizes
from scree.core.neighborhood.language.values import Range

RASTER = Usage(raster_cell=1.0)
NORMALS = Usage(knn_dim=3)


def f(text):
    """A formula among the fields of a definition."""
    return parse_expression(text)


def grown(query, target, sampling):
    return Definition(Incremental(query, target), sampling)


ALL = Select("all")
MAX_Z = Select("max", None, f("z"))
ONE = Sampling(1.0, None, ALL)

#: number of the example, text, meaning
EXAMPLES = [
    (1, "knn(k=20)", Definition(Knn(20.0, 2, "omnidirectional"))),
    (2, "knn(k=10 d=3d)", Definition(Knn(10.0, 3))),
    (3, "knn(k=8 d=2d mode=quadrant)", Definition(Knn(8.0, 2, "quadrant"))),
    (4, "knn(k=8 m=q)", Definition(Knn(8.0, 2, "quadrant"))),
    (5, "knn(k=30) maxSearchDistance=50", Definition(Knn(30.0), max_distance=50.0)),
    (6, "knn(k=30 dim=2) sort(dist=3d)", Definition(Knn(30.0, 2), sort=Sort(3))),
    (7, "circle(r=4) sort(d=3d o=desc)", Definition(Circle(4.0), sort=Sort(3, None, True))),
    (8, "circle(d=3)", Definition(Circle(1.5))),
    (9, "sphere(r=30)", Definition(Sphere(30.0))),
    (9, "sphere(d=60)", Definition(Sphere(30.0))),
    (10, "window(x=10 y=10)", Definition(Window(10.0, 10.0))),
    (10, "window(s=10)", Definition(Window(10.0, 10.0))),
    (11, "box(s=2)", Definition(Box(2.0, 2.0, 2.0))),
    (12, "box(x=3 y=3 z=2.5)", Definition(Box(3.0, 3.0, 2.5))),
    (13, "cylinder(r=1 z=3)", Definition(Cylinder(1.0, 3.0))),
    (14, "circle(d=3) and knn(k=20)", Definition(And(Circle(1.5), Knn(20.0)))),
    (15, "circle(d=3) or knn(k=20)", Definition(Or(Circle(1.5), Knn(20.0)))),
    (16, "circle(d=3) and knn(k=20 dim=2) sort(3d)", Definition(And(Circle(1.5), Knn(20.0)), sort=Sort(3))),
    (17, "cylinder(r=2 z=1) or knn(k=20) sort(2d)", Definition(Or(Cylinder(2.0, 1.0), Knn(20.0)), sort=Sort(2))),
    (18, "knn(k=10 dim=3) and circle(r=5) sort(dist=2d)", Definition(And(Knn(10.0, 3), Circle(5.0)), sort=Sort(2))),
    (19, "circle(d=NormalizedZ*0.5+3)", Definition(Circle(f("(NormalizedZ*0.5+3)/2")))),
    (20, "circle(r=NormalizedZ*0.5+3)", Definition(Circle(f("NormalizedZ*0.5+3")))),
    (21, "cylinder(r=3 zExtent=Amplitude*0.2)", Definition(Cylinder(3.0, f("Amplitude*0.2")))),
    (
        22,
        "knn(k=round(_myAttrib) dim=3d) sort(attr=z order=asc)",
        Definition(Knn(f("round(_myAttrib)"), 3), sort=Sort(None, f("z"))),
    ),
    (23, "circle(r='z > 100 ? 2 : 5')", Definition(Circle(f("z > 100 ? 2 : 5")))),
    (24, 'circle(r="r[0] * 2")', Definition(Circle(f("r[0]*2")))),
    (25, "circle(d=5) sampling(cellsize=0.4 select=max[z])", Definition(Circle(2.5), Sampling(0.4, None, MAX_Z))),
    (
        26,
        "incremental(circle(d=2:4) target=20) sampling(cellsize=0.4 select=max[z])",
        grown(Circle(Range(1.0, 2.0, 1.0)), 20.0, Sampling(0.4, None, MAX_Z)),
    ),
    (
        28,
        "incremental(window(1:3) target=30) sampling(cellsize=1 select=all)",
        grown(Window(Range(1.0, 3.0, 2.0), Range(1.0, 3.0, 2.0)), 30.0, ONE),
    ),
    (
        29,
        "incremental(square(s=1:9:4) targetPtCount=50) sampling(cell=1 select=all)",
        grown(Window(Range(1.0, 9.0, 4.0), Range(1.0, 9.0, 4.0)), 50.0, ONE),
    ),
    (
        30,
        "incremental(window(x=1:3 y=2:4) targetPtCount=15) sampling(cell=1 sel=all)",
        grown(Window(Range(1.0, 3.0, 2.0), Range(2.0, 4.0, 2.0)), 15.0, ONE),
    ),
    (
        31,
        "incremental(circle(r=0.5:2.5) target=5) sampling(cell=1 sel=all)",
        grown(Circle(Range(0.5, 2.5, 1.0)), 5.0, ONE),
    ),
    (
        33,
        "circle(d=3) sampling(cellsize=3.5 select=nmin(3)[z])",
        Definition(Circle(1.5), Sampling(3.5, None, Select("nmin", 3.0, f("z")))),
    ),
    (
        34,
        "window(s=3) sampling(cellsize=1 select=all border=)",
        Definition(Window(3.0, 3.0), Sampling(1.0, None, ALL, "")),
    ),
    (
        35,
        "window(s=3) sampling(cellsize=1 select=all border=btlr)",
        Definition(Window(3.0, 3.0), Sampling(1.0, None, ALL, "btlr")),
    ),
    (36, "window(s=3) sampling(cellsize=1 select=all border=lb)", Definition(Window(3.0, 3.0), ONE)),
    (37, "circle(r=1) minPtCount=6", Definition(Circle(1.0), min_count=6.0)),
    (38, "CIRCLE(R=1)", Definition(Circle(1.0))),
    (39, "circle( r = 1 )", Definition(Circle(1.0))),
    (40, "nn(k=4)", Definition(Knn(4.0))),
    (41, "knn(k=8 dim=3d mode=octant)", Definition(Knn(8.0, 3, "octant"))),
    (42, "knn(k=7.9)", Definition(Knn(7.0))),
    (
        43,
        "circle(d=3) sampling(cellsize=5 select=min[z]) minPtCount=2",
        Definition(Circle(1.5), Sampling(5.0, None, Select("min", None, f("z"))), min_count=2.0),
    ),
    (0, "knn(8)", Definition(Knn(8.0))),
    (0, "circle(3)", Definition(Circle(1.5))),
    (0, "square(3)", Definition(Window(3.0, 3.0))),
    (0, "circle\n(r=\n1)\n  sort\n(\t3d )", Definition(Circle(1.0), sort=Sort(3))),
    (0, "circle(r=2*3/4)", Definition(Circle(1.5))),
    (0, "circle(r=1) minPtCount = 6 maxS = 5", Definition(Circle(1.0), min_count=6.0, max_distance=5.0)),
    (0, "circle(r=1) minPtCount=round(_n)", Definition(Circle(1.0), min_count=f("round(_n)"))),
    (
        0,
        "incremental(target=5 circle(r=1:_most:'z > 1 ? 1 : 2')) samp(cell=1 sel=all border= dim=2)",
        grown(Circle(Range(1.0, f("_most"), f("z > 1 ? 1 : 2"))), 5.0, Sampling(1.0, None, ALL, "")),
    ),
    (
        0,
        "circle(1) sampling(border= select=quantile(0.9)[_a] cellsize=1)",
        Definition(Circle(0.5), Sampling(1.0, None, Select("quantile", 0.9, f("_a")), "")),
    ),
    (
        0,
        "circle(1) sampling(cell=1 select=diff[z])",
        Definition(Circle(0.5), Sampling(1.0, None, Select("range", None, f("z")))),
    ),
]

RASTER_EXAMPLES = [
    (
        27,
        "incremental(circle(d=2:4) targetPtCount=20) sampling(subdivision=2 select=max[z])",
        grown(Circle(Range(1.0, 2.0, 1.0)), 20.0, Sampling(None, 2, MAX_Z)),
    ),
    (
        32,
        "circle(d=3) sampling(subdivsion=2 select=mean[z])",
        Definition(Circle(1.5), Sampling(None, 2, Select("mean", None, f("z")))),
    ),
    (67, "circle(d=3) sampling(cellsize=0.25 select=all)", Definition(Circle(1.5), Sampling(0.25, None, ALL))),
    (0, "circle(r='r[0] > 100 ? x : y')", Definition(Circle(f("r[0] > 100 ? x : y")))),
]


@pytest.mark.parametrize(("number", "text", "meaning"), EXAMPLES)
def test_examples(number, text, meaning):
    assert parse_definition(text) == meaning, number
    assert parse_definition(str(meaning)) == meaning


@pytest.mark.parametrize(("number", "text", "meaning"), RASTER_EXAMPLES)
def test_raster_examples(number, text, meaning):
    assert parse_definition(text, RASTER) == meaning, number
    assert parse_definition(str(meaning), RASTER) == meaning


def test_the_module_decides_the_dimension_of_a_knn_that_names_none():
    assert parse_definition("knn(8)", NORMALS).query == Knn(8.0, 3)
    assert parse_definition(str(parse_definition("knn(8)")), NORMALS).query == Knn(8.0, 2)


S = " sampling(cellsize=1 select=all)"

#: number of the example, text, 0-based position, part of the message, usage
MISTAKES = [
    (44, "", 0, "a query is missing, found the end.*legal here: knn, circle", POINTS),
    (45, "c(r=1)", 0, "may be circle or cylinder", POINTS),
    (46, "circl(e=1)", 6, "'e' is not a key of circle.*legal here: radius, diameter", POINTS),
    (47, "circle(r=1 d=2)", 11, "radius or diameter, not both", POINTS),
    (48, "circle()", 7, "circle needs radius or diameter", POINTS),
    (49, "window(x=3)", 10, "window needs yExtent", POINTS),
    (50, "window(s=3 x=2)", 11, "side or xExtent, not both", POINTS),
    (51, "knn()", 4, "knn needs k", POINTS),
    (52, "knn(k=8 mode=o)", 13, "may be omnidirectional or octant", POINTS),
    (53, "knn(k=8) and knn(k=3)", 13, "both queries are knn", POINTS),
    (54, "circle(r=1) and window(s=2)", 16, "both queries are regions", POINTS),
    (55, "circle(r=1) and knn(k=3) and box(s=1)", 25, "no more than two", POINTS),
    (56, "incremental(circle(d=1:3) target=5)", 0, "needs sampling", POINTS),
    (57, f"incremental(sphere(d=1:3) target=5){S}", 12, "sphere is no region in 2-d.*legal here: circle", POINTS),
    (58, f"incremental(circle(d=3:1) target=5){S}", 21, "3:1 is empty", POINTS),
    (59, f"incremental(circle(d=1:3:0) target=5){S}", 25, "increment of a range must be above 0", POINTS),
    (60, "circle(d=1:3)", 10, "only inside incremental", POINTS),
    (61, f"knn(k=5){S}", 9, "cannot be sampled", POINTS),
    (62, "circle(d=3) sampling(cellsize=1 subdivision=2 select=all)", 32, "not both", RASTER),
    (63, "circle(d=3) sampling(cellsize=1 dim=3d select=all)", 36, "2-d only", POINTS),
    (64, "circle(d=3) sampling(subdivision=1.5 select=all)", 33, "whole number, found 1.5", RASTER),
    (65, "circle(d=3) sampling(cellsize=1)", 31, "needs select; legal here: all, min", POINTS),
    (66, "sphere(r=1)", 0, "measures heights.*use a query in 2-d", RASTER),
    (66, "box(s=1)", 0, "measures heights", RASTER),
    (66, "knn(k=3 dim=3d)", 0, "measures heights", RASTER),
    (66, "circle(r=1) and knn(k=3 dim=3d)", 16, "measures heights", RASTER),
    (67, "circle(d=3) sampling(cellsize=0.3 select=all)", 30, "0.3 does not divide the cell size 1", RASTER),
    (67, "circle(d=3) sampling(cellsize=3 select=all)", 30, "does not divide", RASTER),
    (68, "circle(r=z > 3)", 11, "with blanks stands in quotes", POINTS),
    (68, "circle(r=max(x, y))", 12, "with blanks stands in quotes", POINTS),
    (69, "circle(r=(z+1)", 14, "not closed", POINTS),
    (69, "circle(r=((z+1)", 9, "not closed", POINTS),
    (70, "sort(3d) circle(r=1)", 0, "'sort' is a property: it follows the query", POINTS),
    (71, "circle(r=1) sort(2d) sort(3d)", 21, "sort is given twice", POINTS),
    (72, "circle(r=-1)", 9, "-1 is too small", POINTS),
    (73, "circle(r=1) sort(dist=3d attr=z)", 25, "dist or attribute, not both", POINTS),
    (74, "circle(d=3) sampling(subdivision=2 select=all)", 21, "points are worked: give cellsize", POINTS),
    (76, "circle(r=b.z)", 9, "only in filters, write z", POINTS),
    (0, "circle(r=n[0].z)", 9, "no neighbor is known", POINTS),
    (0, "circle(r=1 r=2)", 11, "radius twice", POINTS),
    (0, "circle(r=1/0)", 9, "invalid", POINTS),
    (0, "circle(r=z>3?1:2)", 14, "in quotes", POINTS),
    (0, "circle(r=)", 9, "value is missing", POINTS),
    (0, "circle(r='z", 9, "quote ' is never closed", POINTS),
    (0, "circle(r='z'z)", 12, "ends with a blank", POINTS),
    (0, "circle(r=z])", 10, "ends with a blank|closes nothing", POINTS),
    (0, "circle(r=(z])", 11, "closes nothing", POINTS),
    (0, "circle r=1", 7, "in parentheses", POINTS),
    (0, "circel(r=1)", 0, "nearest: circle", POINTS),
    (0, "incremental(circle(d=2:4) taget=30) sampling(cell=1 sel=all)", 26, "nearest: targetPtCount", POINTS),
    (0, "circle(3) minPnt=6", 10, "nearest: minPtCount", POINTS),
    (0, "circle(r 1)", 7, "'r' is a key of circle: write r=1", POINTS),
    (0, "knn(k 8)", 4, "'k' is a key of knn: write k=8", POINTS),
    (0, "circle(3) sort(dist 3d)", 15, "'dist' is a key of sort: write dist=3d", POINTS),
    (
        0,
        "window(3 4)",
        9,
        "'4' has no key, so it is the side of window, which is given twice; legal here: side=",
        POINTS,
    ),
    (0, "knn(k=3 4)", 8, "'4' has no key, so it is the k of knn, which is given twice", POINTS),
    (0, "knn(k=3 k=4)", 8, "knn has k twice", POINTS),
    (0, "circle(r=1) smapling(cell=1 select=all)", 12, "nearest: sampling", POINTS),
    (0, "circle(r=1) s(3d)", 12, "may be sampling or sort", POINTS),
    (0, "circle(r=1) m=3", 12, "may be minPtCount or maxSearchDistance", POINTS),
    (0, "circle(r=1) knn(k=3)", 12, "join the two with and", POINTS),
    (0, "circle(r=1) )", 12, "a property is missing", POINTS),
    (0, "circle(r=1) minPtCount(3)", 22, "minPtCount=value", POINTS),
    (0, "circle(r=1) maxSearchDistance=z", 30, "same for all points", POINTS),
    (0, "circle(r=1) maxSearchDistance=0", 30, "above 0", POINTS),
    (0, "cylinder(3 z=1)", 9, "only values with a key", POINTS),
    (0, "cylinder(r=3)", 12, "needs zExtent", POINTS),
    (0, "box()", 4, "needs side, or xExtent and yExtent and zExtent", POINTS),
    (0, "square(x=1)", 7, "not a key of square; legal here: side", POINTS),
    (0, "square()", 7, "square needs side", POINTS),
    (0, "box(x=1 y=1)", 11, "needs zExtent", POINTS),
    (0, "knn(k=0.9)", 6, "at least 1", POINTS),
    (0, "knn(k=5 dim=4d)", 12, "not a dimension.*2d, 3d", POINTS),
    (0, f"incremental(circle(d=1:3) target=5) and knn(3){S}", 0, "cannot be combined", POINTS),
    (0, f"knn(3) and incremental(circle(d=1:3) target=5){S}", 11, "cannot be combined", POINTS),
    (0, f"incremental(circle(d=1:3)){S}", 25, "needs targetPtCount", POINTS),
    (0, f"incremental(target=5){S}", 20, "needs a region", POINTS),
    (0, f"incremental(circle(d=1:3) circle(2)){S}", 26, "takes one region", POINTS),
    (0, f"incremental(circle(d=1:3:1:2) target=5){S}", 21, "start:end:increment", POINTS),
    (0, f"incremental(circle(d=0:1e9:1e-9) target=5){S}", 21, "more than 10000 sizes", POINTS),
    (0, "circle(3) sampling(select=all)", 29, "cellsize or subdivision", POINTS),
    (0, "circle(3) sampling(cellsize=z select=all)", 28, "same for all points", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=max)", 37, r"as in max\[z\]", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=nmin[z])", 37, r"nmin\(number\)\[attribute\]", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=nmin(0)[z])", 42, "above 0", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=nmin(1.5)[z])", 42, "whole number", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=max(1)[z])", 37, r"max\[attribute\]", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=all[z])", 40, "all takes no attribute", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=max[z+1])", 41, "not the name of an attribute", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=mo[z])", 37, "not a selection", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=all border=bx)", 49, "'x' is no border", POINTS),
    (0, "circle(3) sampling(cellsize=1 select=all border=bb)", 49, "twice", POINTS),
    (0, f"circle(3) and knn(3){S}", 21, "cannot be sampled", POINTS),
    (0, "circle(3) sort()", 15, "needs dist or attribute", POINTS),
    (0, "circle(3) sort(attr=z*2)", 20, "not the name of an attribute", POINTS),
    (0, "circle(3) sort(3d)", 15, "no 3-d distance", RASTER),
    (0, "circle(r=z)", 9, "no height", RASTER),
    (0, "circle(r=Amplitude)", 9, "no attribute 'Amplitude'", RASTER),
]


@pytest.mark.parametrize(("number", "text", "position", "message", "usage"), MISTAKES)
def test_mistakes(number, text, position, message, usage):
    with pytest.raises(LanguageError, match=message) as caught:
        parse_definition(text, usage)
    assert caught.value.position == position, number


def test_every_numbered_example_is_here():
    numbers = {row[0] for row in (*EXAMPLES, *RASTER_EXAMPLES, *MISTAKES)} | {75}  # 75 is the next test
    assert numbers == set(range(77))


CLOUD = {name: np.dtype(np.uint16) for name in ("intensity", "myAttrib", "NormalizedZ")}


def test_an_unknown_attribute_is_refused_before_the_run():
    with pytest.raises(LanguageError, match="no attribute 'NoSuchAttr'") as caught:
        bound(parse_definition("circle(r=NoSuchAttr)"), CLOUD)
    assert caught.value.position == 9
    with pytest.raises(LanguageError, match="no attribute 'Ampltiude'.*; nearest") as caught:
        bound(parse_definition("circle(3) sampling(cell=1 select=mean[Ampltiude])"), CLOUD | {"Amplitude": "f8"})
    assert caught.value.position == 38
    las = {"intensity": "u2", "number_of_returns": "u1"}
    for text, position in (
        ("circle(3) sampling(cell=1 select=mean[Ampltiude])", 38),
        ("circle(r=Amplitdue)", 9),
        ("circle(3) sort(attr=Amplitdue)", 20),
    ):
        with pytest.raises(
            LanguageError, match="intensity, number_of_returns, Amplitude, NrOfEchos; nearest: Amp"
        ) as caught:
            bound(parse_definition(text), las)
        assert caught.value.position == position
    with pytest.raises(LanguageError, match="no r.0.: 0 rasters"):
        bound(parse_definition("circle(r=r[0])"), CLOUD)


@pytest.mark.parametrize(
    ("name", "made_by"),
    [
        ("NormalizedZ", r"scree:calculateattributes, FORMULAS='NormalizedZ\(float\)=z-r\[0\]' and .* RASTERS"),
        ("normalizedz", "scree:calculateattributes"),
        ("NormalSigma0", "scree:normals"),
        ("NormalX", "scree:normals"),
    ],
)
def test_an_attribute_that_scree_can_make_comes_with_the_algorithm_that_makes_it(name, made_by):
    with pytest.raises(LanguageError, match=made_by):
        bound(parse_definition(f"circle(d={name}*0.5+3)"), {"intensity": "u2"})
    with pytest.raises(LanguageError, match=made_by):
        parse_filter(f"Generic[{name} > 2]").bind({"intensity": "u2"})
    with pytest.raises(LanguageError, match=made_by):
        parse_expression(f"{name} + 1").bind(Scope({"intensity": "u2"}))


def test_the_caret_is_under_the_name_that_is_wrong():
    scope = Scope(CLOUD, base=CLOUD, neighbors=CLOUD)
    for text, position in (("n[0].Amplitdue", 5), ("1 + b.Amplitdue", 6), ("Amplitdue", 0)):
        with pytest.raises(LanguageError, match="nearest: Amplitude") as caught:
            parse_expression(text).bind(scope)
        assert caught.value.position == position, text
    with pytest.raises(LanguageError, match="asks for a neighbor") as caught:
        parse_expression("1 + n[0].z").bind(Scope(CLOUD))
    assert caught.value.position == 4


def test_what_a_definition_reads():
    text = (
        "circle(r=Amplitude+z+r[1]) sampling(cell=1 select=max[_myAttrib]) sort(attr=NormalizedZ) minPtCount=_myAttrib"
    )
    found = bound(parse_definition(text), CLOUD, rasters=2)
    assert point_dimensions(found) == {"intensity", "z", "x", "y", "myAttrib"}
    assert neighbor_dimensions(found) == {"myAttrib", "NormalizedZ"}
    assert rasters(found) == {1}
    assert len(list(formulas(found))) == 2
    assert point_dimensions(bound(parse_definition("circle(3)"), {})) == set()


def test_a_formula_of_a_definition_is_evaluated_for_many_points():
    definition = bound(parse_definition("circle(d=NormalizedZ*0.5+3)"), CLOUD)
    (formula,) = formulas(definition)
    columns = {"NormalizedZ": np.array([2, 10])}
    assert formula.values(columns).tolist() == [2.0, 4.0]
    assert isinstance(definition.query.radius, Expression)


@pytest.mark.parametrize(
    ("text", "far"),
    [
        ("circle(r=5)", 5),
        ("window(x=6 y=8)", 5),
        ("sphere(r=5)", 5),
        ("box(x=6 y=8 z=100)", 5),
        ("cylinder(r=2 z=100)", 2),
        ("knn(k=5)", inf),
        ("circle(r=2) and knn(k=5 dim=3d)", 2),
        ("circle(r=2) or knn(k=5)", inf),
        ("knn(k=5) and circle(r=2)", 2),
        ("knn(k=5) and sphere(r=2)", 2),
        ("knn(k=5 mode=quadrant) and circle(r=2)", inf),
        ("knn(k=5 dim=3d) and circle(r=2)", inf),
        ("knn(k=5 dim=3d) and window(2)", inf),
        ("knn(k=5 dim=3d) and sphere(r=2)", 2),
        ("knn(k=5 dim=3d) and cylinder(r=4 z=6)", 5),
        ("knn(k=5 dim=3d) and box(x=4 y=6 z=12)", 7),
        ("knn(k=5) maxSearchDistance=3", 3),
        ("circle(r=5) maxSearchDistance=3", 5),
        ("circle(r=5) maxSearchDistance=30", 5),
        ("circle(r=z)", None),
        ("box(x=1 y=z z=1)", None),
        ("circle(r=z) maxSearchDistance=3", 3),
        ("circle(r=2) sampling(cell=0.5 select=all)", (2 + sqrt(2)) * 0.5),
        ("incremental(window(x=1:7 y=2:9:2) target=5) sampling(cell=1 select=all)", hypot(3.5, 4.5) + sqrt(2)),
    ],
)
def test_reach(text, far):
    found = reach(parse_definition(text))
    assert found is None if far is None else found == pytest.approx(far)


@pytest.mark.parametrize(
    ("query", "dim"),
    [
        ("circle(r=4)", None),
        ("sphere(r=3)", None),
        ("cylinder(r=2 z=6)", None),
        ("circle(r=4) and knn(k=3)", None),
        ("knn(k=3) and circle(r=4)", None),
        ("incremental(circle(r=z:3) target=2) sampling(cell=1 select=all)", None),
        ("knn(k=3)", 2),
        ("knn(k=3 dim=3d)", 3),
        ("circle(r=4) or knn(k=3 dim=3d)", 3),
        ("sphere(r=4) or knn(k=3)", 2),
        ("knn(k=3 dim=3d) and circle(r=4)", 3),
        ("knn(k=3 mode=quadrant) and sphere(r=4)", 2),
        ("circle(r=z)", 2),
        ("box(x=1 y=1 z=z)", 3),
        ("cylinder(r=z z=6)", 3),
        ("circle(r=z) and knn(k=3 dim=3d)", 2),
        ("incremental(circle(r=1:z) target=2) sampling(cell=1 select=all)", 2),
    ],
)
def test_a_search_distance_has_a_meaning_only_where_the_query_sees_without_end(query, dim):
    definition = parse_definition(f"{query} maxSearchDistance=2")
    kept, note = effective(definition)
    if dim is None:
        assert kept == replace(definition, max_distance=None)
        assert note.startswith("maxSearchDistance=2 is ignored: ")
        assert reach(definition) == reach(kept)
    else:
        assert (kept, note) == (definition, "")
        assert limited_dim(kept.query) == dim


def test_reach_of_subdivided_cells():
    definition = parse_definition("circle(r=2) sampling(subdivision=4 select=all)", RASTER)
    assert definition.sampling.cell(RASTER.raster_cell) == 0.25
    assert reach(definition, RASTER.raster_cell) == pytest.approx((2 + sqrt(2)) * 0.25)


@pytest.mark.parametrize(
    ("text", "dist", "solid"),
    [
        ("knn(k=5 dim=3d)", 3, True),
        ("circle(3)", 2, False),
        ("sphere(3)", 3, True),
        ("cylinder(r=1 z=1)", 2, True),
        ("circle(3) and knn(3 dim=3d)", 3, True),
        ("sphere(3) or knn(3)", 2, True),
        ("knn(3) sort(3d)", 3, False),
    ],
)
def test_order_and_metric(text, dist, solid):
    definition = parse_definition(text)
    assert order(definition) == Sort(dist=dist)
    assert is_solid(definition.query) == solid


# Sizes and cells


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((2, 4, 2), [2, 4]),
        ((1, 9, 4), [1, 5, 9]),
        ((0.5, 2.5, 1), [0.5, 1.5, 2.5]),
        ((1, 4, 2), [1, 3]),
        ((3, 3, 2), [3]),
        ((0.1, 0.5, 0.1), [0.1, 0.2, 0.3, 0.4, 0.5]),
        ((0.3, 0.9, 0.3), [0.3, 0.6, 0.9]),
    ],
)
def test_sizes_include_the_end(bounds, expected):
    assert sizes(*bounds).tolist() == pytest.approx(expected)


def test_sizes_in_x_and_y_advance_together():
    assert advancing((1, 3, 2), (2, 4, 2)).tolist() == [[1, 2], [3, 4]]
    assert advancing((1, 9, 4), (2, 4, 2)).tolist() == [[1, 2], [5, 4], [9, 4]]
    assert advancing((1, 9, 4), (2, 2, 1)).tolist() == [[1, 2], [5, 2], [9, 2]]


@pytest.mark.parametrize(("diameter", "count"), [(1, 1), (2, 5), (3, 9), (4, 13), (5, 21)])
def test_cells_in_a_circle(diameter, count):
    cells = cells_in_circle(diameter / 2)
    assert len(cells) == len({tuple(cell) for cell in cells.tolist()}) == count
    assert all(hypot(*cell) <= diameter / 2 for cell in cells)


@pytest.mark.parametrize(("side", "count"), [(1, 1), (2, 9), (3, 9), (4, 25)])
def test_cells_in_a_window(side, count):
    assert len(cells_in_window(side, side)) == count


def test_cells_in_a_long_window():
    assert sorted(map(tuple, cells_in_window(3, 1).tolist())) == [(-1, 0), (0, 0), (1, 0)]
    assert len(cells_in_window(1, 5)) == 5


def test_the_center_of_an_evenly_divided_cell_is_right_and_top():
    assert [central_cell(n) for n in (1, 2, 3, 4)] == [0, 1, 1, 2]


@pytest.mark.parametrize(
    ("border", "inner", "left_side", "bottom_side", "corner"),
    [
        ("bl", [(0, 0)], [(0, 0)], [(0, 0)], [(0, 0)]),
        ("tr", [(0, 0)], [(-1, 0)], [(0, -1)], [(-1, -1)]),
        ("", [(0, 0)], [], [], []),
        ("btlr", [(0, 0)], [(-1, 0), (0, 0)], [(0, -1), (0, 0)], [(-1, -1), (-1, 0), (0, -1), (0, 0)]),
        ("b", [(0, 0)], [], [(0, 0)], []),
        ("lrb", [(0, 0)], [(-1, 0), (0, 0)], [(0, 0)], [(-1, 0), (0, 0)]),
    ],
)
def test_points_on_borders(border, inner, left_side, bottom_side, corner):
    x, y = np.array([3, 0, 3, 0]), np.array([3, 3, 0, 0])
    point, column, row = cells_of_points(x, y, 10, border)
    cells = [sorted(zip(column[point == i].tolist(), row[point == i].tolist(), strict=True)) for i in range(4)]
    assert cells == [inner, left_side, bottom_side, corner]
    assert (np.diff(point) >= 0).all()


# Canonical text

lengths = st.floats(0, 1e6, allow_nan=False).map(abs)
texts = st.sampled_from(["z", "_a*2", "z > 1 ? x : y", "max(x,_b)", "r[0] - 1", "not z or x <= 3"])
values = st.one_of(lengths, texts.map(parse_expression))
counts = st.one_of(st.integers(1, 100).map(float), texts.map(parse_expression))
knns = st.builds(Knn, counts, st.sampled_from([2, 3]), st.sampled_from(["omnidirectional", "quadrant", "octant"]))
planes = st.one_of(st.builds(Circle, values), st.builds(Window, values, values))
regions = st.one_of(
    planes, st.builds(Sphere, values), st.builds(Box, values, values, values), st.builds(Cylinder, values, values)
)
ranges = st.one_of(
    values,
    st.tuples(st.floats(0, 10), st.floats(0, 10), st.floats(0.1, 5)).map(lambda r: Range(r[0], r[0] + r[1], r[2])),
    st.builds(Range, values, texts.map(parse_expression), counts),
)
attributes = st.sampled_from(["z", "_a", "Amplitude"]).map(parse_expression)
selects = st.one_of(
    st.just(ALL),
    st.builds(Select, st.sampled_from(["min", "mean", "rms", "range"]), st.none(), attributes),
    st.builds(Select, st.sampled_from(["nmin", "nmax"]), st.integers(1, 9).map(float), attributes),
    st.builds(Select, st.just("quantile"), st.floats(0, 1).map(abs), attributes),
)
borders = st.sampled_from(["", "b", "bl", "tr", "btlr", "bl"])
samplings = st.builds(Sampling, st.floats(0.01, 10), st.none(), selects, borders)
sorts = st.one_of(
    st.none(),
    st.builds(Sort, st.sampled_from([2, 3]), st.none(), st.booleans()),
    st.builds(Sort, st.none(), attributes, st.booleans()),
)
limits = st.one_of(st.none(), st.floats(0.1, 1e5))
plain = st.one_of(
    knns, regions, *(st.builds(join, a, b) for join in (And, Or) for a, b in ((knns, regions), (regions, knns)))
)
growing = st.builds(Incremental, st.one_of(st.builds(Circle, ranges), st.builds(Window, ranges, ranges)), counts)
definitions = st.one_of(
    st.builds(Definition, plain, st.none(), sorts, st.one_of(st.none(), values), limits),
    st.builds(Definition, st.one_of(planes, growing), samplings, sorts, st.one_of(st.none(), values), limits),
)


@given(definitions)
def test_the_canonical_text_reads_back_to_the_same_definition(definition):
    assert parse_definition(str(definition)) == definition


@given(
    st.lists(
        st.sampled_from(
            "circle knn incremental sampling sort ( ) = : , ' \" r k d 2 -1 3d z [ ] and or all > ? \n".split(" ")
        ),
        max_size=20,
    ),
    st.sampled_from(["", " "]),
)
def test_any_text_is_a_definition_or_a_language_error(words, blank):
    text = blank.join(words)
    for usage in (POINTS, RASTER):
        try:
            definition = parse_definition(text, usage)
        except LanguageError as error:
            assert 0 <= error.position <= len(text)
        else:
            assert parse_definition(str(definition), usage) == definition
