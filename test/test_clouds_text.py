# SPDX-License-Identifier: GPL-2.0-or-later
"""Text clouds: delimiters, names, labels, bad lines, decimals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.clouds import text
from scree.core.clouds.collection import open_collection
from scree.core.clouds.columns import parse_columns, parse_labels
from scree.core.clouds.text import TextSource
from scree.core.errors import InputError, OptionError

LABELS = {"samp11": (38_010, 21_786), "samp31": (28_862, 15_556), "samp61": (35_060, 33_854)}


def read(source, names=(), size=100_000):
    chunks = list(source.chunks(names, size))
    found = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in (*names, "x", "y", "z")}
    assert [chunk.start for chunk in chunks] == [0, *np.cumsum([len(chunk) for chunk in chunks])[:-1]]
    return found


def made(tmp_path, content, name="cloud.txt", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return TextSource(str(path), **options)


def test_isprs_samples_give_their_published_counts(scree_data):
    for name, (points, ground) in LABELS.items():
        found = open_collection(
            [str(scree_data / "isprs" / f"{name}.txt")], columns="x y z label", labels="0=2,1=1"
        ).sources[0]
        classes = read(found, ["classification", "label"])
        assert found.points == points == len(classes["x"])
        assert np.count_nonzero(classes["classification"] == 2) == ground
        assert np.count_nonzero(classes["classification"] == 1) == points - ground
        assert found.scales == (0.01, 0.01, 0.01)
        np.testing.assert_array_equal(classes["classification"] == 2, classes["label"] == 0)


@pytest.mark.parametrize(
    "lines",
    [
        "X Y Z Classification\n1.5 2.25 3 2\n4.5 5.25 6 5\n",
        "//X Y Z Classification\n1.5 2.25 3 2\n4.5 5.25 6 5\n",
        "# a comment\n# x y z class\n1.5 2.25 3 2\n\n4.5 5.25 6 5",
        "x,y,z,classification\r\n1.5,2.25,3,2\r\n4.5,5.25,6,5\r\n",
        '"Easting"; "Northing"; "Elevation"; "Class"\n1,5; 2,25; 3; 2\n4,5; 5,25; 6; 5\n',
        "Classification\tZ\tY\tX\n2\t3\t2.25\t1.5\n5\t6\t5.25\t4.5\n",
        "\ufeffx y z classification\n1.5 2.25 3 2\n4.5 5.25 6 5\n",
        "2\nx y z class\n+1.5 2.25e0 3 2\n  4.5   5.25 6.0 5 \n",
    ],
)
def test_delimiters_and_names_are_seen(tmp_path, lines):
    source = made(tmp_path, lines)
    found = read(source, ["classification"])
    np.testing.assert_array_equal(found["x"], [1.5, 4.5])
    np.testing.assert_array_equal(found["y"], [2.25, 5.25])
    np.testing.assert_array_equal(found["z"], [3, 6])
    np.testing.assert_array_equal(found["classification"], [2, 5])
    assert source.scales == (0.01, 0.01, 1.0)
    assert source.notes == source.odd == ()


def test_columns_go_before_a_line_of_names(tmp_path):
    source = made(tmp_path, "x y z\n1 2 3\n4 5 6\n", columns="z,-,x,y".replace("-,", ""))
    np.testing.assert_array_equal(read(source)["z"], [1, 4])


def test_columns_without_names_are_told(tmp_path):
    source = made(tmp_path, "1 2 3 4\n5 6 7 8\n")
    assert set(source.dimensions) == {"x", "y", "z"}
    assert "4 columns without names" in source.odd[0]
    assert made(tmp_path, "1 2 3\n4 5 6\n").odd == ()


def test_a_column_can_be_left_out_and_names_are_those_of_las(tmp_path):
    source = made(tmp_path, "1 2 3 4 word 6\n5 6 7 8 word 9\n", columns="x y z Intensity - Return_Number")
    assert set(source.dimensions) == {"x", "y", "z", "intensity", "return_number"}
    np.testing.assert_array_equal(read(source, ["return_number"])["return_number"], [6, 9])


def test_bad_lines_are_left_out_counted_and_the_first_is_named(tmp_path):
    lines = [f"{i} {i} {i} 2" for i in range(50)]
    lines[10:10] = ["1 2", "one two three 2", "nan 1 2 2", "1 2 3 256", "1 2 3 1.5", "1e300 2 3 2"]
    source = made(tmp_path, "x y z classification\n" + "\n".join(lines), name="a.xyz")
    np.testing.assert_array_equal(read(source, ["classification"])["x"], np.arange(50))
    assert source.notes == ("has 6 lines that are no points and were left out, the first is 12",)
    assert source.points == 50


def test_blocks_make_no_difference(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    rows = [f"{a:.2f} {b:.2f} {c:.1f}" for a, b, c in rng.random((3_000, 3)) * 1_000]
    rows[1_700] = "spoiled"
    whole = made(tmp_path, "\n".join(rows))
    expected = read(whole)
    monkeypatch.setattr(text, "BLOCK", 1_000)
    parts = made(tmp_path, "\n".join(rows))
    assert abs(parts.points - 2_999) < 60  # an estimate
    found = read(parts, size=17)
    for axis in "xyz":
        np.testing.assert_array_equal(np.rint(found[axis] * 100), np.rint(expected[axis] * 100))
    assert parts.notes == whole.notes == ("has 1 lines that are no points and were left out, the first is 1,701",)


def test_more_decimals_than_the_sample_has_are_rounded_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", 4_096)
    rows = [f"{i}.25 1.5 2" for i in range(20_000)]
    rows[-600] = "1.2512345 1.5 2"
    source = made(tmp_path, "\n".join(rows))
    assert source.scales == (0.01, 0.01, 1.0)
    assert read(source)["x"][-600] == 1.25
    assert source.notes == ("has 1 points with more than (2, 2, 0) decimals in x, y, z, rounded to these",)


def test_labels_without_a_class_are_counted(tmp_path):
    source = made(tmp_path, "1 2 3 0\n1 2 3 1\n1 2 3 7\n", columns="x y z label", labels="0=2,1=1")
    np.testing.assert_array_equal(read(source, ["classification"])["classification"], [2, 1, 0])
    assert "1 points with a label" in source.notes[0]


def test_full_precision_numbers_keep_what_32_bits_hold(tmp_path):
    rng = np.random.default_rng(1)
    values = 500_000 + rng.random((500, 3)) * 1_000
    source = made(tmp_path, "\n".join(" ".join(map(repr, row)) for row in values.tolist()))
    assert source.scales == (1e-6, 1e-6, 1e-6)
    np.testing.assert_allclose(read(source)["x"], values[:, 0], atol=5.1e-7, rtol=0)
    assert "500 points with more than (6, 6, 6)" in source.notes[0]


@given(st.lists(st.tuples(*[st.integers(-(10**9), 10**9)] * 3), min_size=1, max_size=30), st.integers(0, 5))
def test_decimal_numbers_become_exactly_their_integers(tmp_path_factory, rows, places):
    path = tmp_path_factory.mktemp("text") / "cloud.txt"
    path.write_text("\n".join(" ".join(f"{v / 10**places:.{places}f}" for v in row) for row in rows))
    source = TextSource(str(path))
    chunks = list(source.chunks([]))
    for axis, scale, offset in zip("XYZ", source.scales, source.offsets):
        places_found = round(-np.log10(scale))
        assert places_found <= places
        steps = np.concatenate([getattr(chunk, axis) for chunk in chunks]) + round(offset) * 10**places_found
        np.testing.assert_array_equal(steps * 10 ** (places - places_found), [row["XYZ".index(axis)] for row in rows])
    assert source.notes == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no line with three numbers"),
        ("words only\n" * 200, "no line with three numbers"),
        ("ncols 3\nnrows 3\nxllcorner 0\n1 2 3\n", "raster in ESRI ASCII"),
        (bytes(range(256)) * 40, "no line with three numbers"),
    ],
)
def test_what_is_no_text_cloud_is_refused(tmp_path, content, reason):
    with pytest.raises(InputError, match=reason):
        made(tmp_path, content)


def test_wrong_columns_and_labels_are_refused(tmp_path):
    for wrong in ("x y", "x y z z", "x y z a a", "a b c"):
        with pytest.raises(OptionError, match="COLUMNS is"):
            parse_columns(wrong)
    for wrong in ("0", "0=", "0=2 0=3", "0=256", "a=1"):
        with pytest.raises(OptionError, match="LABELS is"):
            parse_labels(wrong)
    with pytest.raises(InputError, match="has 3 columns and COLUMNS names 4"):
        made(tmp_path, "1 2 3\n", columns="x y z label")
    with pytest.raises(InputError, match="LABELS needs a column label"):
        made(tmp_path, "1 2 3\n", labels="0=2")
