# SPDX-License-Identifier: GPL-2.0-or-later
"""Formulas: meaning, validity, names, canonical text, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.errors import ScreeError
from scree.core.neighborhood.expression import (
    LanguageError,
    Place,
    Scope,
    parse_expression,
)
from scree.core.neighborhood.expression.nodes import (
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Negative,
    Not,
    Raster,
)

NAN = math.nan
COLUMNS = {
    "x": np.array([0.0, 1.0, 2.0]),
    "y": np.array([5.0, 5.0, 5.0]),
    "z": np.array([-2.5, 0.0, 130.0]),
    "intensity": np.array([0, 200, 65535], np.uint16),
    "classification": np.array([2, 2, 6], np.uint8),
    "Deviation": np.array([0.1, NAN, 0.3], np.float32),
    "Pulse width": np.array([1, 2, 3], np.int32),
}
SCOPE = Scope({name: column.dtype for name, column in COLUMNS.items()}, rasters=2)


def sampler(index, x, y):
    """Raster 0 is 0, valid, 1; raster 1 is 10 + x."""
    return np.array([0.0, NAN, 1.0]) if index == 0 else 10 + x


def values(text, scope=SCOPE):
    formula = parse_expression(text).bind(scope)
    return formula.values(COLUMNS, rasters=sampler).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("7 - 3 - 2", 2),
        ("12 / 3 / 2", 2),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("1 < 2", 1),
        ("1 < 2 == 3 < 4", 1),
        ("1 == 2 or 2 == 2 and 3 == 4", 0),
        ("not 1 == 2", 1),
        ("!1 == 0", 1),
        ("1 ? 2 : 0 ? 3 : 4", 2),
        ("0 ? 2 : 0 ? 3 : 4", 4),
        ("1 && 0 || 1", 1),
        ("round(0.5)", 1),
        ("round(-0.5)", -1),
        ("round(2.5)", 3),
        ("round(0.49999999999999994)", 0),
        ("trunc(-1.7)", -1),
        ("floor(-1.2)", -2),
        ("ceil(-1.2)", -1),
        ("sign(-3)", -1),
        ("sign(0)", 0),
        ("min(3, 1, 2)", 1),
        ("max(3, 1, 2)", 3),
        ("POW(2, 10)", 1024),
        ("atan2(0, -1)", math.pi),
        ("log(exp(1))", 1),
        ("log10(1e3)", 3),
        (".5e1", 5),
        ("sqrt(-1)", NAN),
        ("log(-1)", NAN),
        ("log(0)", NAN),
        ("asin(2)", NAN),
        ("1 / 0", NAN),
        ("0 % 0", NAN),
        ("0 ^ -1", NAN),
        ("(0-8) ^ 0.5", NAN),
        ("exp(1000)", NAN),
        ("isvalid(1 / 0)", 0),
        ("isvalid(0)", 1),
        ("1 / 0 ? 1 : 2", NAN),
        ("1 ? 3 : 1 / 0", 3),
        ("1 == 1 or 1 / 0", 1),
        ("1 == 2 and 1 / 0", 0),
        ("1 == 1 and 1 / 0", NAN),
        ("not (1 / 0)", NAN),
    ],
)
def test_constants(text, expected):
    assert parse_expression(text).constant == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z", [-2.5, 0, 130]),
        ("Z", [-2.5, 0, 130]),
        ("Amplitude * 2", [0, 400, 131070]),
        ("amplitude", [0, 200, 65535]),
        ("intensity", [0, 200, 65535]),
        ("Classification == 2", [1, 1, 0]),
        ("_Deviation", [float(np.float32(0.1)), NAN, float(np.float32(0.3))]),
        ("Deviation + 1 > 0", [1, NAN, 1]),
        ("_Deviation ? 1 : 2", [1, NAN, 1]),
        ("isvalid(Deviation) ? 1 : 2", [1, 2, 1]),
        ("_Pulse_width", [1, 2, 3]),
        ("PulseWidth", [1, 2, 3]),
        ("z > 100 ? 2 : 5", [5, 5, 2]),
        ("z - r[0]", [-2.5, NAN, 129]),
        ("r[1]", [10, 11, 12]),
        ("max(r[0:2])", [10, NAN, 12]),
        ("max(r[0:2], 11)", [11, NAN, 12]),
    ],
)
def test_columns(text, expected):
    if "? 1 : 2" in text and text.startswith("_"):
        expected = [1, 2, 1]  # a lone attribute as a test asks for its presence
    assert values(text) == pytest.approx(expected, nan_ok=True)


def test_lone_raster_tests_validity_so_a_zero_height_counts():
    assert values("r[0] ? r[0] : r[1]") == [0.0, 11.0, 1.0]


def test_a_masked_column_is_invalid_where_masked():
    columns = COLUMNS | {"intensity": np.ma.masked_array([1, 2, 3], [False, True, False])}
    formula = parse_expression("Amplitude + 1").bind(SCOPE)
    assert formula.values(columns).tolist() == pytest.approx([2, NAN, 4], nan_ok=True)


def test_integers_do_not_wrap_and_compare_exactly():
    big = 2**53
    columns = {"a": np.array([big + 1, 250], np.int64), "u": np.array([250, 250], np.uint8)}
    scope = Scope({name: column.dtype for name, column in columns.items()}, base={"a": np.dtype(np.int64)})
    base = {"a": np.array([big, 250])}
    assert parse_expression("u + u").bind(scope).values(columns).tolist() == [500, 500]
    assert parse_expression("a == b.a").bind(scope).values(columns, base=base).tolist() == [0, 1]


def test_pairs_read_the_base_point_and_neighbors():
    scope = Scope({"z": np.dtype(float)}, base={"z": np.dtype(float)}, neighbors={"z": np.dtype(float)})
    near = [{"z": np.ma.masked_array([7.0, 8.0], [False, True])}, {"z": np.array([1.0, 2.0])}]
    own, base = {"z": np.array([1.0, 2.0])}, {"z": np.array([10.0, 20.0])}
    formula = parse_expression("b.z - z + 0 * n[1].z").bind(scope)
    assert (formula.contextual, formula.needs("base"), formula.needs("neighbor")) == (True, {"z"}, {"z"})
    assert formula.values(own, base=base, neighbors=near.__getitem__).tolist() == [9, 18]
    first = parse_expression("n[0].z").bind(scope)
    found = first.values(own, neighbors=near.__getitem__)
    assert found.tolist() == pytest.approx([7, NAN], nan_ok=True)


def test_needs_lists_dimensions_under_their_own_names():
    formula = parse_expression("Amplitude + _Deviation + z").bind(SCOPE)
    assert formula.dimensions == {"intensity", "Deviation", "z"}
    assert parse_expression("r[1]").bind(SCOPE).dimensions == {"x", "y"}
    assert parse_expression("r[1]").rasters == {1}
    with pytest.raises(ValueError, match="bind"):
        _ = parse_expression("Amplitude").dimensions


def test_a_dimension_of_that_name_wins_over_an_alias():
    both = Scope({"intensity": np.dtype(np.uint16), "Amplitude": np.dtype(float)})
    assert parse_expression("Amplitude").bind(both).dimensions == {"Amplitude"}
    assert parse_expression("amplitude").bind(both).dimensions == {"Amplitude"}
    assert parse_expression("_Amplitude").bind(both).dimensions == {"Amplitude"}


def test_case_decides_between_names_that_differ_by_case_only():
    scope = Scope({"Foo": np.dtype(float), "foo": np.dtype(float)})
    assert parse_expression("_foo").bind(scope).dimensions == {"foo"}
    with pytest.raises(LanguageError, match="may mean Foo or foo"):
        parse_expression("_FOO").bind(scope)


def test_presence_of_a_known_attribute_may_be_asked_where_no_cloud_has_it():
    assert values("_myHeight ? _myHeight : 3") == [3, 3, 3]
    assert values("isvalid(SigmaZ)") == [0, 0, 0]
    with pytest.raises(LanguageError, match="no attribute 'Sigmaz2'"):
        values("isvalid(Sigmaz2)")
    with pytest.raises(LanguageError, match="no attribute '_myHeight'"):
        values("_myHeight + 1")


def test_a_column_one_file_lacks_is_invalid():
    formula = parse_expression("_Deviation").bind(SCOPE)
    assert np.isnan(formula.values({"z": np.zeros(2)})).all()


def test_an_attribute_must_hold_one_number_a_point():
    scope = Scope({"name": np.dtype("S4"), "triple": np.dtype((float, (3,)))})
    for name in ("_name", "_triple"):
        with pytest.raises(LanguageError, match="one number a point"):
            parse_expression(name).bind(scope)


#: text, 0-based position, part of the message
MISTAKES = [
    ("", 0, "a value is missing"),
    ("z >", 3, "a value is missing"),
    ("z = 3", 2, "write =="),
    ("z <> 3", 2, "write !="),
    ("z ** 2", 2, r"write \^"),
    ("z > 3 & x > 2", 6, "write and"),
    ("0 < z < 5", 6, "two at a time"),
    ("(z + 1", 6, "not closed"),
    ("z + 1)", 5, "should end here"),
    ("z 3", 2, "should end here"),
    ("sqr(z)", 0, "nearest: sqrt"),
    ("sqrt(1, 2)", 0, "takes 1 argument, found 2"),
    ("atan2(1)", 0, "takes 2 arguments, found 1"),
    ("z > 1 ? 2", 9, "test . yes : no"),
    ("n[0]", 4, "attributes"),
    ("r[-1]", 2, "index is missing"),
    ("r[1.5]", 2, "no index"),
    ("r[0:2]", 0, "slice"),
    ("max(r[2:2])", 8, "empty"),
    ("q[0]", 0, "means nothing here"),
    ("p.z", 0, "means nothing here"),
    ("2x", 0, "neither a number nor a name"),
    ("1e999", 0, "too large"),
    ("z + and", 4, "a value is missing"),
    ("__import__('os').system('ls')", 0, "no function"),
]


@pytest.mark.parametrize(("text", "position", "message"), MISTAKES)
def test_mistakes(text, position, message):
    with pytest.raises(LanguageError, match=message) as caught:
        parse_expression(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("z + Amplitud", 4, "no attribute 'Amplitud'"),
        ("1 + b.z", 4, "filter of neighbors"),
        ("n[0].z", 0, "already found"),
        ("z - r[2]", 4, "no r.2.: 2 rasters are given"),
    ],
)
def test_names_are_refused_before_any_point(text, position, message):
    with pytest.raises(LanguageError, match=message) as caught:
        parse_expression(text).bind(SCOPE)
    assert caught.value.position == position


def test_the_message_draws_a_caret_under_the_spot():
    with pytest.raises(LanguageError) as caught:
        parse_expression("z +\n  Deviatoin").bind(SCOPE)
    error = caught.value
    assert isinstance(error, ScreeError)
    assert isinstance(error, ValueError)
    assert error.nearest == ("Deviation",)
    assert error.expected == (*COLUMNS, "Amplitude")  # as the language names the intensity
    assert str(error).endswith("nearest: Deviation.\n    Deviatoin\n    ^")
    assert str(error).startswith("At line 2, character 3: ")


def test_a_long_line_is_drawn_around_the_spot():
    drawing = Place("a" * 500 + "!" + "b" * 500, 500).drawing().split("\n")
    assert len(drawing[0]) < 120
    assert drawing[0][drawing[1].index("^")] == "!"


def test_texts_that_would_exhaust_the_stack_are_refused():
    for text in ("(" * 5000, "-" * 5000 + "1", "1" + "+1" * 5000, "2" + "^2" * 5000, "1?" * 5000, "abs(" * 5000):
        with pytest.raises(LanguageError):
            parse_expression(text)
    assert parse_expression("1" + "+1" * 250).constant == 251


PLACE = Place("", 0)
names = st.sampled_from(["x", "z", "_a", "Amplitude", "Or_", "notes"])
leaves = st.one_of(
    st.builds(Constant, st.floats(0, allow_nan=False, allow_infinity=False).map(abs)),
    st.builds(Attribute, names, st.just(PLACE), st.just(PLACE)),
    st.builds(Attribute, names, st.just(PLACE), st.just(PLACE), st.just("base")),
    st.builds(Attribute, names, st.just(PLACE), st.just(PLACE), st.just("neighbor"), st.integers(0, 9)),
    st.builds(Raster, st.integers(0, 9), st.just(PLACE)),
)


def grown(node):
    operators = st.sampled_from("== != < <= > >= + - * / % ^ and or".split())
    return st.one_of(
        st.builds(Binary, operators, node, node),
        st.builds(Conditional, node, node, node),
        st.builds(Not, node),
        st.builds(Negative, node),
        st.builds(Call, st.sampled_from(["sqrt", "isvalid"]), st.tuples(node)),
        st.builds(Call, st.just("max"), st.lists(node, min_size=2, max_size=3).map(tuple)),
    )


trees = st.recursive(leaves, grown, max_leaves=20)


@given(trees)
def test_the_canonical_text_reads_back_to_the_same_tree(tree):
    assert parse_expression(str(tree)).root == tree


@given(st.text("xz_ab0123456789.+-*/%^<>=!&|?:()[],' \"\n", max_size=30))
def test_any_text_is_a_formula_or_a_language_error(text):
    try:
        formula = parse_expression(text)
    except LanguageError as error:
        assert 0 <= error.position <= len(text)
    else:
        assert parse_expression(str(formula)) == formula
