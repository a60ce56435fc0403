# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds written: copies that keep everything, new ones, and nothing at all after a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import laspy
import numpy as np
import pytest
from clouds_random import random_cloud

from scree.core.clouds import crs as systems
from scree.core.clouds.collection import open_collection
from scree.core.clouds.las import LasSource
from scree.core.clouds.las_writer import CloudWriter
from scree.core.clouds.output_header import ExtraDimension, copied_header, count_records, restored_header
from scree.core.clouds.writer import append_dimensions, write_cloud
from scree.core.errors import Cancelled, InputError, OptionError, OutputError

FULL = """
import os, sys
from scree.core.clouds.las import LasSource
from scree.core.clouds.las_writer import CloudWriter
from scree.core.clouds.output_header import copied_header
from scree.core.errors import OutputError
source, folder = LasSource(sys.argv[1]), sys.argv[2]
for name in ("a.las", "a.laz"):
    try:
        with CloudWriter(os.path.join(folder, name), copied_header([source]), [source]) as out:
            for _ in range(20):
                for _, records in source.records():
                    out.copy(source, records)
        print("written")
    except OutputError as error:
        print("refused", os.listdir(folder), error)
"""


def job():
    warnings = []
    progress = SimpleNamespace(check=lambda: None, advance=lambda points: None)
    return SimpleNamespace(progress=progress, warn=warnings.append, warnings=warnings, figures=[])


def copied(source, path, extra=(), columns=None, keep=None, sources=None):
    with CloudWriter(str(path), copied_header(sources or [source], extra), [source]) as out:
        for start, records in source.records(7_000):
            end = start + len(records)
            out.copy(
                source,
                records,
                {name: values[start:end] for name, values in (columns or {}).items()},
                None if keep is None else keep[start:end],
            )
    return laspy.read(path)


# lazrs spoils the wave packets of point formats 9 and 10: LAZ of these is refused
@pytest.mark.parametrize(("point_format", "suffix"), [(n, ".las") for n in range(11)] + [(n, ".laz") for n in range(9)])
def test_a_copy_keeps_every_dimension_and_adds_one(tmp_path, point_format, suffix):
    cloud = random_cloud(tmp_path / "in.las", point_format, 20_000, extra=(("Reach", "f4"), ("Code", "i2")))
    source = LasSource(str(tmp_path / "in.las"))
    density = np.arange(20_000, dtype=np.float32)
    found = copied(source, tmp_path / f"out{suffix}", [ExtraDimension("density", "f4", "points")], {"density": density})
    for name in cloud.point_format.dimension_names:
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(cloud[name]), err_msg=name)
    np.testing.assert_array_equal(found["density"], density)
    assert list(found.point_format.extra_dimension_names) == ["Reach", "Code", "density"]
    np.testing.assert_array_equal(found.header.scales, cloud.header.scales)
    np.testing.assert_array_equal(found.header.mins, cloud.header.mins)
    np.testing.assert_array_equal(found.header.maxs, cloud.header.maxs)
    np.testing.assert_array_equal(found.header.number_of_points_by_return, cloud.header.number_of_points_by_return)
    assert os.listdir(tmp_path) == sorted(["in.las", f"out{suffix}"]) or len(os.listdir(tmp_path)) == 2


@pytest.mark.parametrize(("point_format", "version"), [(0, "1.2"), (1, "1.2"), (3, "1.3"), (6, "1.4"), (7, "1.4")])
def test_records_are_counted_in_a_header_as_laspy_counts_them(point_format, version):
    rng = np.random.default_rng(point_format)
    counted, known = (laspy.LasHeader(version=version, point_format=point_format) for _ in range(2))
    for header in (counted, known):
        header.scales, header.offsets = np.array([0.01, 0.003, 0.001]), np.array([450_000.0, 6.5e6, 0.0])
        header.partial_reset()
    for points in (1, 700, 5_000):
        raw = rng.integers(0, 256, points * known.point_format.size, dtype=np.uint8).tobytes()
        records = laspy.PackedPointRecord(np.frombuffer(raw, known.point_format.dtype()), known.point_format)
        count_records(counted, records)
        known.grow(records)
    for name in ("mins", "maxs", "number_of_points_by_return", "point_count"):
        np.testing.assert_array_equal(getattr(counted, name), getattr(known, name), err_msg=name)


def test_real_clouds_keep_records_and_crs_in_a_copy(scree_data, tmp_path):
    for name in (
        "airborne/copc/autzen-1065.copc.laz", "airborne/ahn-delft-small.laz", "airborne/autzen_trim.laz",
        "airborne/mvk-thin.las", "formats/1.0_1.las", "odd/all-virtual-class65.laz", "odd/unregistered_extra_bytes.las",
        "airborne/ign/las_with_origin_dsmMarker.laz",
    ):  # fmt: skip
        source = LasSource(str(scree_data / name))
        found = copied(source, tmp_path / "out.laz")
        again = LasSource(str(tmp_path / "out.laz"))
        assert again.crs_wkt == source.crs_wkt, name
        assert [d.name for d in again.point_format.dimensions] == [d.name for d in source.point_format.dimensions]
        for columns in (source.point_format.extra_dimension_names, ("X", "Z", "classification")):
            for column in columns:
                np.testing.assert_array_equal(np.asarray(found[column]), np.concatenate(
                    [np.array(records[column]) for _, records in source.records()]
                ), err_msg=f"{name} {column}")  # fmt: skip
        stored = {(r.user, r.id) for r in again.header.records}
        assert not stored & {("copc", 1), ("copc", 1000)}
        kept = {(r.user, r.id) for r in source.header.records} - {("copc", 1), ("laszip encoded", 22204)}
        assert kept <= stored, name


@pytest.mark.parametrize("suffix", [".las", ".laz"])
def test_texts_that_are_no_ascii_keep_their_bytes(tmp_path, suffix):
    """Users, descriptions, header texts, names of extra dimensions (32 bytes, two alike), in both kinds of records."""
    header = laspy.LasHeader(version="1.4", point_format=6)
    for name, kind in (("a" * 32, "u1"), ("b" * 32, "f4"), ("c", "u2")):
        header.add_extra_dim(laspy.ExtraBytesParams(name, kind, "d" * 32))
    header.vlrs.append(laspy.VLR("user-user-user", 7, "e" * 20, b"one"))
    header.evlrs = laspy.vlrs.vlrlist.VLRList([laspy.VLR("user-user-user", 8, "e" * 20, b"two")])
    header.system_identifier, header.generating_software = "s" * 32, "g" * 32
    las = laspy.LasData(header)
    las.x = las.y = las.z = np.arange(50.0)
    las["c"] = np.arange(50)
    las.write(str(tmp_path / "in.las"))
    raw = (tmp_path / "in.las").read_bytes()
    for old, new in (
        (b"user-user-user\0\0", "Büro-\xff\0ä-übrig".encode("latin-1").ljust(16, b"\0")), (b"e" * 20, b"\xe9" * 20),
        (b"s" * 32, b"\xe4" * 32), (b"g" * 32, b"\xf6" * 32), (b"d" * 32, b"\xfc" * 32), (b"a" * 32, b"\xe9" * 32),
        (b"b" * 32, b"\xe9" * 32), (b"c" + b"\0" * 31, b"H\xf6he" + b"\0" * 28),
    ):  # fmt: skip
        assert len(old) == len(new) and old in raw
        raw = raw.replace(old, new)
    (tmp_path / "in.las").write_bytes(raw)
    source = LasSource(str(tmp_path / "in.las"))
    assert "Höhe" in source.dimensions and "é" * 16 in source.dimensions
    assert [len(name.encode()) for name in source.point_format.extra_dimension_names][:2] == [32, 31]
    added = [ExtraDimension("new", "u1")]
    with CloudWriter(str(tmp_path / f"out{suffix}"), copied_header([source], added), [source]) as out:
        for _, records in source.records():
            out.copy(source, records, {"new": np.zeros(len(records), np.uint8)})
    again = LasSource(str(tmp_path / f"out{suffix}"))
    kept = [r for r in again.header.records if r.user != "laszip encoded"]
    assert [r.field for r in kept] == [r.field for r in source.header.records]
    assert [r for r in kept if r.id == 7] == [r for r in source.header.records if r.id == 7]
    assert again.header.extended == source.header.extended
    assert again.header.block[26:58] == b"\xe4" * 32
    assert again.dimensions.keys() == source.dimensions.keys() | {"new"}
    old, new = (s.header.find("LASF_Spec", 4)[0] for s in (source, again))
    for at in range(0, len(old), 192):
        assert new[at + 4 : at + 36] == old[at + 4 : at + 36] and new[at + 160 : at + 192] == old[at + 160 : at + 192]
    (column,) = (chunk["Höhe"] for chunk in again.chunks(["Höhe"]))
    np.testing.assert_array_equal(column, np.arange(50))
    with CloudWriter(str(tmp_path / f"back{suffix}"), restored_header([source]), [source]) as out:
        for _, records in source.records():
            out.copy(source, records)
    assert LasSource(str(tmp_path / f"back{suffix}")).header.block[26:90] == source.header.block[26:90]


@pytest.mark.parametrize("minor", [0, 1, 2])
def test_a_copy_keeps_its_version_and_every_letter_of_its_records(tmp_path, minor):
    header = laspy.LasHeader(version="1.2", point_format=1)
    header.vlrs = [laspy.VLR("a" * 15, 7, "d" * 31, b"one"), laspy.VLR("b" * 15, 8, "short", b"two")]
    header.extra_vlr_bytes = b"\xdd\xcc" if minor == 0 else b""
    las = laspy.LasData(header)
    las.x = las.y = las.z = np.arange(50.0)
    las.write(str(tmp_path / "in.las"))
    with open(tmp_path / "in.las", "r+b") as file:
        file.seek(6)
        file.write(bytes([0b110]))  # waveforms, which copies have none of within
        file.seek(25)
        file.write(bytes([minor]))
        for at, text in ((227, b"\xbb\xaa" if minor == 0 else b"\0\0"), (227 + 17, b"A"), (227 + 53, b"D")):
            file.seek(at)
            file.write(text)
        file.seek(227 + 57 + 48)
        file.write(b"\xe9\0\xff")  # no ASCII, and more after the end
    source = LasSource(str(tmp_path / "in.las"))
    copied(source, tmp_path / "out.las")
    again = LasSource(str(tmp_path / "out.las"))
    assert again.header.minor == minor and again.header.records == source.header.records
    assert [(r.user, r.description) for r in again.header.records] == [
        ("a" * 15 + "A", b"d" * 31 + b"D"), ("b" * 15, b"short".ljust(26, b"\0") + b"\xe9\0\xff\0\0\0"),
    ]  # fmt: skip
    assert again.header.block[6] == 0b100
    start = again.header.points_offset
    stored = (tmp_path / "out.las").read_bytes()
    signatures = (stored[227:229], stored[start - 2 : start]) if minor == 0 else None
    assert signatures in (None, (b"\xbb\xaa", b"\xdd\xcc"))
    assert stored[start:] == (tmp_path / "in.las").read_bytes()[source.header.points_offset :]


def test_only_the_points_of_the_mask_are_written_in_order(tmp_path):
    cloud = random_cloud(tmp_path / "in.laz", 1, 20_000)
    source = LasSource(str(tmp_path / "in.laz"))
    keep = np.random.default_rng(2).random(20_000) < 0.3
    numbers = np.arange(20_000, dtype=np.uint32)
    found = copied(source, tmp_path / "out.laz", [ExtraDimension("number", "u4")], {"number": numbers}, keep)
    np.testing.assert_array_equal(found["number"], numbers[keep])
    np.testing.assert_array_equal(found.gps_time, np.asarray(cloud.gps_time)[keep])


def test_equal_inputs_give_equal_bytes(tmp_path):
    random_cloud(tmp_path / "in.laz", 6, 5_000)
    source = LasSource(str(tmp_path / "in.laz"))
    copied(source, tmp_path / "a.laz")
    copied(source, tmp_path / "b.laz")
    assert (tmp_path / "a.laz").read_bytes() == (tmp_path / "b.laz").read_bytes()
    x = np.arange(5.0)
    write_cloud(tmp_path / "c.las", x, x, x)
    write_cloud(tmp_path / "d.las", x, x, x)
    assert (tmp_path / "c.las").read_bytes() == (tmp_path / "d.las").read_bytes()


def test_files_of_other_scales_come_to_one_and_rounding_is_counted(tmp_path):
    random_cloud(tmp_path / "a.las", 1, 100)
    cloud = random_cloud(tmp_path / "b.las", 1, 100, seed=2)
    cloud.change_scaling(scales=[0.03, 0.02, 0.001], offsets=[500_010.0, 5_400_000.005, 0.0])
    cloud.write(str(tmp_path / "b.las"))
    a, b = (LasSource(str(tmp_path / name)) for name in ("a.las", "b.las"))
    with CloudWriter(str(tmp_path / "out.las"), copied_header([a, b]), [a, b]) as out:
        for source in (a, b):
            for _, records in source.records():
                out.copy(source, records)
    found = laspy.read(tmp_path / "out.las")
    np.testing.assert_array_equal(found.header.scales, [0.01, 0.01, 0.001])
    np.testing.assert_allclose(np.asarray(found.x)[100:], np.asarray(cloud.x), atol=1e-6)
    np.testing.assert_allclose(np.asarray(found.y)[100:], np.asarray(cloud.y), atol=0.0051)
    assert out.rounded == 100  # y, by its offset
    assert "100 coordinates were rounded" in out.notes()[0]


def test_unlike_point_formats_are_refused_with_both_files(tmp_path):
    random_cloud(tmp_path / "a.las", 1, 10)
    random_cloud(tmp_path / "b.las", 6, 10)
    with pytest.raises(InputError, match=r"a\.las has point format 1 and .*b\.las has point format 6"):
        copied_header([LasSource(str(tmp_path / name)) for name in ("a.las", "b.las")])


def test_an_input_is_never_the_output(tmp_path):
    random_cloud(tmp_path / "a.las", 1, 10)
    before = (tmp_path / "a.las").read_bytes()
    source = LasSource(str(tmp_path / "a.las"))
    with pytest.raises(InputError, match="inputs are never changed"):
        copied(source, tmp_path / "." / "a.las")
    assert (tmp_path / "a.las").read_bytes() == before


def test_nothing_is_left_after_an_interruption_and_the_old_file_stays(tmp_path):
    random_cloud(tmp_path / "a.laz", 1, 10_000)
    (tmp_path / "out.laz").write_bytes(b"old")
    source = LasSource(str(tmp_path / "a.laz"))
    out = CloudWriter(str(tmp_path / "out.laz"), copied_header([source])).__enter__()
    for _, records in source.records():
        out.copy(source, records)
    assert len(os.listdir(tmp_path)) == 3
    out.__exit__(Cancelled, Cancelled(), None)
    assert sorted(os.listdir(tmp_path)) == ["a.laz", "out.laz"]
    assert (tmp_path / "out.laz").read_bytes() == b"old"


def test_unwritable_and_wrong_names_are_output_errors(tmp_path):
    random_cloud(tmp_path / "a.las", 10, 10)
    header = copied_header([LasSource(str(tmp_path / "a.las"))])
    for name, reason in (
        ("gone/out.las", "cannot be written"), ("out.txt", "must end"), ("out.copc.laz", "COPC is not written"),
        ("out.laz", "spoils"),
    ):  # fmt: skip
        with pytest.raises(OutputError, match=reason), CloudWriter(str(tmp_path / name), header):
            pass
    with pytest.raises(OptionError, match="32 bytes"):
        ExtraDimension("x" * 33, "f4")
    with pytest.raises(OptionError, match="another name"):
        copied_header([LasSource(str(tmp_path / "a.las"))], [ExtraDimension("intensity", "f4")])


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path):
    random_cloud(tmp_path / "a.laz", 1, 100_000)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=2m none '{disk}'"
    if (
        not shutil.which("unshare")
        or subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode
    ):
        pytest.skip("a small disk cannot be mounted here (unshare -m)")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f'{mount} && exec "$@"', "sh", sys.executable, "-c", FULL,
         str(tmp_path / "a.laz"), str(disk)],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert [line[:10] for line in lines] == ["refused []"] * 2, done.stdout + done.stderr
    assert all("check the free space" in line for line in lines)
    assert "panicked" not in done.stderr


def test_answers_in_runs_of_any_length_are_joined_to_their_points(tmp_path):
    for number, points in enumerate((3_000, 1, 120_000)):
        random_cloud(tmp_path / f"{number}.laz", 6, points, seed=number)
    collection = open_collection([str(tmp_path / f"{number}.laz") for number in range(3)], crs="EPSG:2154")
    total = 123_001
    keep = np.random.default_rng(8).random(total) < 0.7
    values = np.arange(total, dtype=np.float64)

    def answers():
        for start in range(0, total + 4_096, 4_096):  # the last run goes beyond the points
            mask = np.zeros(4_096, bool)
            part = keep[start : start + 4_096]
            mask[: len(part)] = part
            yield mask, {"Deviation": values[start : start + 4_096][part]}

    written = append_dimensions(tmp_path / "out.laz", collection, {"Deviation": np.dtype("f8")}, answers(), job())
    found = laspy.read(tmp_path / "out.laz")
    assert written == len(found) == np.count_nonzero(keep)
    np.testing.assert_array_equal(found["Deviation"], values[keep])
    z = np.concatenate([np.asarray(laspy.read(tmp_path / f"{number}.laz").Z) for number in range(3)])
    np.testing.assert_array_equal(found.Z, z[keep])
    assert "2154" in systems.describe(LasSource(str(tmp_path / "out.laz")).crs_wkt)


def test_text_points_are_written_as_las(tmp_path):
    (tmp_path / "a.txt").write_text(
        "x y z intensity classification ratio\n500000.25 1 2.5 7 2 0.5\n500001.5 2 3 8 5 -1\n"
    )
    collection = open_collection([str(tmp_path / "a.txt")])
    keep = np.array([True, True])
    append_dimensions(
        tmp_path / "out.las", collection, {"d": np.dtype("f4")}, [(keep, {"d": np.array([1, 2], "f4")})], job()
    )
    found = laspy.read(tmp_path / "out.las")
    np.testing.assert_array_equal(found.x, [500000.25, 500001.5])
    np.testing.assert_array_equal(found.intensity, [7, 8])
    np.testing.assert_array_equal(found.classification, [2, 5])
    np.testing.assert_array_equal(found["ratio"], [0.5, -1])
    np.testing.assert_array_equal(found["d"], [1, 2])
    (tmp_path / "b.txt").write_text("x y z intensity\n1 1 2.5 0.7\n")
    with pytest.raises(InputError, match=r"intensity 0\.7; LAS holds whole numbers from 0 to 65535"):
        append_dimensions(tmp_path / "out.las", open_collection([str(tmp_path / "b.txt")]), {}, [(keep, {})], job())


def test_new_clouds_hold_points_columns_and_crs(tmp_path):
    rng = np.random.default_rng(4)
    x, y, z = 650_000 + 1_000 * rng.random(500), 6_860_000 + 1_000 * rng.random(500), 100 * rng.random(500)
    wkt = systems.from_user("EPSG:2154+5720")
    columns = {"Predicted": z + 1, "classification": np.full(500, 2, np.uint8), "scan_angle": np.full(500, 12.0)}
    write_cloud(tmp_path / "new.laz", x, y, z, columns, crs_wkt=wkt)
    found = LasSource(str(tmp_path / "new.laz"))
    (chunk,) = found.chunks(["Predicted", "classification", "scan_angle"])
    for axis, values in zip("xyz", (x, y, z)):
        np.testing.assert_allclose(chunk[axis], values, atol=0.00051)
    np.testing.assert_array_equal(chunk["Predicted"], columns["Predicted"])
    assert set(chunk["classification"]) == {2}
    np.testing.assert_allclose(chunk["scan_angle"], 12, atol=0.003)
    assert systems.same_crs(found.crs_wkt, wkt)
    write_cloud(tmp_path / "none.las", *np.zeros((3, 0)))
    assert LasSource(str(tmp_path / "none.las")).points == 0
    write_cloud(tmp_path / "wide.las", np.array([0.0, 1e7]), np.zeros(2), np.zeros(2))
    np.testing.assert_array_equal(laspy.read(tmp_path / "wide.las").x, [0.0, 1e7])
