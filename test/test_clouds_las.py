# SPDX-License-Identifier: GPL-2.0-or-later
"""LAS, LAZ and COPC files read: all points and dimensions of good ones, a sentence for bad ones."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import laspy
import numpy as np
import pytest
from clouds_random import random_cloud, run_limited
from hypothesis import given
from hypothesis import strategies as st

from scree.core.clouds import laszip
from scree.core.clouds.collection import open_collection
from scree.core.clouds.las import LasSource
from scree.core.errors import Cancelled, InputError

FORMATS = range(11)
READ_ALL = """
import json, sys
from scree.core.clouds.las import LasSource
from scree.core.errors import InputError
found = {}
for path in sys.argv[1:]:
    try:
        source = LasSource(path)
        points = sum(len(chunk) for chunk in source.chunks(source.dimensions, 30_000))
        found[path] = [source.points, points, " ".join(source.odd + source.notes)]
    except InputError as error:
        found[path] = str(error)
print(json.dumps(found))
"""
ODD = {
    "garbage_nVariableLength.las": (718, "1,069,128,089 variable length records"),
    "bad_vlr_count.las": (10, "3 variable length records, 2 are present"),
    "1.2-with-color-clipped.las": (1064, "1,065 points, 1,064 are present"),
    "1.2-no-points.las": (0, "1,065 points, 0 are present"),
    "laz-no-chunk-table.laz": (1065, ""),
    "malformed_extrabytes.las": (10, "no room"),
    "unregistered_extra_bytes.las": (4, ""),
    "bad-geotiff-keys.las": (10, "GeoTIFF keys that name no CRS"),
    "warsaw_small.las": (3000, "WKT record that names no CRS"),
    "spurious.las": (1065, "1 of 1,065 points outside the bounds"),
    "lots_of_vlr.las": (1, ""), "rand1_6.las": (50_000, ""), "gps-time-nan.las": (1, ""),
    "single_point.laz": (1, ""), "no-points.las": (0, ""), "no-points-1.3.laz": (0, ""),
    "all-virtual-class65.laz": (89, ""), "zero-points-ign.las": (0, ""), "nocrs.las": (30, ""),
    "broken_coder.laz": "coder 15", "broken_type.laz": "items [6, 22]", "broken_version.laz": "version 6",
    "pdrf7-laz-v4.laz": "version 4", "empty_0_bytes.las": "0 bytes",
}  # fmt: skip


def columns(source, names, size=100_000):
    chunks = list(source.chunks(names, size))
    return {n: np.concatenate([c[n] for c in chunks]) for n in names} | {
        axis: np.concatenate([getattr(c, axis) for c in chunks]) for axis in "XYZ"
    }


def scan_angles(cloud):
    if "scan_angle" in cloud.point_format.dimension_names:
        return np.float32(0.006) * np.asarray(cloud.scan_angle)
    return np.asarray(cloud.scan_angle_rank)


def assert_same(source, cloud, size):
    """All dimensions of a source are those laspy reads, whose coordinates are not always the nearest floats."""
    found = columns(source, sorted(source.dimensions), size)
    for name, values in found.items():
        expected = scan_angles(cloud) if name == "scan_angle" else np.asarray(cloud[name])
        if name in ("x", "y", "z"):
            np.testing.assert_allclose(values, expected, rtol=1e-15, atol=1e-9, err_msg=name)
        else:
            np.testing.assert_array_equal(values, expected.astype(values.dtype), err_msg=name)


@pytest.mark.parametrize("suffix", [".las", ".laz"])
@pytest.mark.parametrize("point_format", FORMATS)
def test_every_point_format_is_read_as_laspy_reads_it(tmp_path, point_format, suffix):
    path = tmp_path / f"cloud{suffix}"
    cloud = random_cloud(path, point_format, 60_000, extra=(("Reach", "f4"), ("Code", "u2")))
    source = LasSource(str(path))
    assert source.points == 60_000
    assert {"Reach", "Code"} < set(source.dimensions)
    assert_same(source, cloud, 20_000)


def test_small_real_clouds_are_read_as_laspy_reads_them(scree_data):
    paths = [*(scree_data / "formats").iterdir(), *(scree_data / "airborne").rglob("*.la[sz]")]
    paths = [path for path in paths if path.stat().st_size < 700_000]
    assert len(paths) > 30
    for path in paths:
        assert_same(LasSource(str(path)), laspy.read(path), 7_777)


def test_odd_files_give_points_or_one_sentence_and_never_hang_or_panic(scree_data):
    paths = sorted((scree_data / "odd").iterdir())
    output = run_limited(READ_ALL, *map(str, paths))
    assert "panicked" not in output
    found = {Path(path).name: result for path, result in json.loads(output.splitlines()[0]).items()}
    assert len(found) == len(paths)
    for name, expected in ODD.items():
        if isinstance(expected, str):
            assert expected in found[name], (name, found[name])
            assert found[name].count(". ") == 0
        else:
            assert found[name][0] == found[name][1] == expected[0], (name, found[name])
            assert expected[1] in found[name][2], (name, found[name])


def test_unchunked_laz_holds_the_points_of_the_same_las(scree_data):
    laz = columns(LasSource(str(scree_data / "odd" / "laz-no-chunk-table.laz")), ["red", "gps_time"])
    las = columns(LasSource(str(scree_data / "odd" / "1.2-with-color-clipped.las")), ["red", "gps_time"])
    for name in las:
        np.testing.assert_array_equal(laz[name][:1064], las[name])


@pytest.mark.parametrize(("suffix", "point_format"), [(".las", 3), (".laz", 1), (".laz", 7)])
def test_truncated_files_give_points_or_one_sentence(tmp_path, suffix, point_format):
    whole = tmp_path / f"whole{suffix}"
    random_cloud(whole, point_format, 2_000)
    data = whole.read_bytes()
    cuts = sorted({*range(0, 800, 37), *range(800, len(data), len(data) // 40), *range(len(data) - 60, len(data), 7)})
    paths = []
    for cut in cuts:
        paths.append(tmp_path / f"{cut}{suffix}")
        paths[-1].write_bytes(data[:cut])
    output = run_limited(READ_ALL, *map(str, paths))
    assert "panicked" not in output
    for path, result in json.loads(output.splitlines()[0]).items():
        if suffix == ".laz":
            assert isinstance(result, str), path
            assert "LAS header" in result or "truncated" in result or "its header has" in result or "0 bytes" in result
        elif not isinstance(result, str):
            assert result[0] == result[1] < 2_000
            assert f"{result[0]:,} are present" in result[2]


@pytest.mark.parametrize("point_format", [1, 7])
def test_damaged_laz_is_a_sentence_or_points_never_a_crash(tmp_path, point_format):
    path = tmp_path / "whole.laz"
    random_cloud(path, point_format, 3_000)
    data, offset = path.read_bytes(), LasSource(str(path)).header.points_offset
    rng = np.random.default_rng(5)
    paths = []
    for number in range(120):
        damaged = bytearray(data)
        first = (offset if number % 2 else len(data) - 30) if number % 3 else 104
        for place in rng.integers(first, len(data) if number % 3 else offset, 4):
            damaged[place] = rng.integers(256)
        paths.append(tmp_path / f"{number}.laz")
        paths[-1].write_bytes(damaged)
    found = json.loads(run_limited(READ_ALL, *map(str, paths)).splitlines()[0])
    assert len(found) == 120
    assert any(isinstance(result, str) for result in found.values())


def test_chunks_are_in_order_bounded_and_hold_only_their_own(tmp_path):
    path = tmp_path / "cloud.laz"
    random_cloud(path, 6, 130_000)
    for size in (1_000, 50_000, 70_001, 200_000):
        start = 0
        for chunk in LasSource(str(path)).chunks(["classification"], size):
            assert chunk.start == start
            assert 0 < len(chunk) <= size
            start += len(chunk)
            assert chunk.X.flags.c_contiguous
            assert chunk.X.base is None
            assert chunk["classification"].base is None
        assert start == 130_000


def test_a_table_of_chunks_that_cannot_be_read_is_a_sentence(tmp_path, monkeypatch):
    path = tmp_path / "a.laz"
    random_cloud(path, 1, 1000)

    def refused(path):
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(laszip, "open_regular", refused)
    with pytest.raises(InputError, match=r"a.laz cannot be read \(Operation not permitted\)"):
        LasSource(str(path))


def test_only_what_is_asked_is_decoded_and_it_is_right(tmp_path):
    path = tmp_path / "cloud.laz"
    cloud = random_cloud(path, 8, 5_000, extra=(("Reach", "f4"),))
    source = LasSource(str(path))
    for name in sorted(set(source.dimensions) - {"x", "y", "z"}):
        found = columns(source, [name])
        expected = scan_angles(cloud) if name == "scan_angle" else np.asarray(cloud[name])
        np.testing.assert_array_equal(found[name], expected, err_msg=name)
        np.testing.assert_array_equal(found["Z"], cloud.Z)


def test_chunks_too_large_to_hold_are_decoded_in_sequence(tmp_path, monkeypatch):
    for point_format in (3, 7):
        path = tmp_path / f"{point_format}.laz"
        cloud = random_cloud(path, point_format, 60_000)
        monkeypatch.setattr(laszip, "LARGEST_CHUNK", 1_000)
        source = LasSource(str(path))
        assert source.layout.in_sequence
        assert_same(source, cloud, 7_000)


def test_copc_gives_every_node(scree_data):
    for path in (scree_data / "airborne" / "copc").iterdir():
        source = LasSource(str(path))
        assert sum(len(chunk) for chunk in source.chunks([])) == laspy.open(path).header.point_count


def test_coordinates_are_integer_times_scale_plus_offset(tmp_path):
    path = tmp_path / "cloud.las"
    cloud = random_cloud(path, 0, 100)
    (chunk,) = LasSource(str(path)).chunks([])
    for axis in "xyz":
        np.testing.assert_array_equal(chunk[axis], np.asarray(cloud[axis]))


def test_scaled_extra_bytes_come_scaled_and_several_records_are_joined(scree_data):
    source = LasSource(str(scree_data / "airborne" / "ahn-delft-small.laz"))
    cloud = laspy.read(source.path)
    np.testing.assert_allclose(columns(source, ["Reflectance"])["Reflectance"], np.asarray(cloud["Reflectance"]))
    joined = LasSource(str(scree_data / "airborne" / "ign" / "las_with_several_extra_byte_bloc.laz"))
    assert {"Deviation", "confidence"} < set(joined.dimensions)


def test_unknown_dimension_is_refused_with_those_there_are(tmp_path):
    path = tmp_path / "cloud.las"
    random_cloud(path, 0, 10)
    with pytest.raises(InputError, match=r"no dimension gps_time: it has classification.*"):
        list(LasSource(str(path)).chunks(["gps_time"]))


def test_points_outside_the_header_bounds_are_counted_after_reading(tmp_path):
    path = tmp_path / "cloud.las"
    random_cloud(path, 0, 1_000)
    data = bytearray(path.read_bytes())
    struct.pack_into("<d", data, 179, struct.unpack_from("<d", data, 179)[0] - 1.0)  # maximum x
    path.write_bytes(data)
    source = LasSource(str(path))
    assert source.notes == ()
    x = columns(source, ["x"])["x"]
    assert source.notes == (
        f"has {np.count_nonzero(x > x.max() - 1.0 + 0.01):,} of 1,000 points outside the bounds in its header",
    )


def test_identity_changes_with_the_file(tmp_path):
    path = tmp_path / "cloud.las"
    random_cloud(path, 0, 10)
    before = LasSource(str(path)).identity()
    assert before == LasSource(str(path)).identity()
    assert before["path"] == str(path)
    random_cloud(path, 0, 11)
    assert before["header"] != LasSource(str(path)).identity()["header"]


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(1, 400))
def test_batches_keep_every_chunk_in_order(counts, size):
    chunks = tuple((points, 10 * points) for points in counts)
    batches = list(laszip.batches(chunks, size))
    assert tuple(entry for batch in batches for entry in batch) == chunks
    assert all(len(batch) == 1 or sum(points for points, _ in batch) <= size for batch in batches)


def test_panics_become_input_errors_and_other_interrupts_pass():
    class PanicException(BaseException):
        pass

    with pytest.raises(InputError, match="damaged"), laszip.decoding("a.laz", "point 0"):
        raise PanicException("no chunk table")
    for interrupt in (KeyboardInterrupt, SystemExit, Cancelled):
        with pytest.raises(interrupt), laszip.decoding("a.laz", "point 0"):
            raise interrupt


def test_a_missing_package_is_one_sentence_with_the_command(monkeypatch, tmp_path):
    import sys

    from scree.core.clouds.packages import package
    from scree.core.errors import MissingPackage

    path = tmp_path / "cloud.laz"
    random_cloud(path, 6, 10)
    package.cache_clear()
    monkeypatch.setitem(sys.modules, "lazrs", None)
    monkeypatch.syspath_prepend(str(tmp_path / "profiles" / "default" / "python"))
    try:
        with pytest.raises(MissingPackage) as caught:
            LasSource(str(path))
    finally:
        package.cache_clear()
    assert f"-m pip install --no-deps --target {tmp_path}/profiles/default/python 'lazrs>=" in str(caught.value)


@pytest.mark.parametrize(("suffix", "version", "kind"), [("las", "1.2", 1), ("las", "1.3", 1), ("las", "1.4", 6),
                                                         ("laz", "1.2", 1), ("laz", "1.4", 6)])  # fmt: skip
@pytest.mark.parametrize("declared", [0, 40_000])
def test_a_header_that_counts_fewer_points_than_there_are_is_told(tmp_path, suffix, version, kind, declared):
    """Both numbers are said: those of the header, and what the file has room for or its chunks hold."""
    las = laspy.LasData(laspy.LasHeader(version=version, point_format=kind))
    las.x = las.y = las.z = np.arange(120_000) * 0.01
    path = tmp_path / f"few.{suffix}"
    las.write(str(path))
    assert not LasSource(str(path)).odd
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 107, declared)
    if version == "1.4":
        struct.pack_into("<Q", data, 247, declared)
    path.write_bytes(data)
    source = LasSource(str(path))
    assert source.points == declared
    present = "room for 120,000 points" if suffix == "las" else "100,001 points or more"
    assert any(present in note and f"says {declared:,}," in note for note in source.odd)
    if not declared:
        with pytest.raises(InputError, match="holds no points. It (has room for 120,000|holds 100,001) points"):
            open_collection((str(path),))
