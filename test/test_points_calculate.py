# SPDX-License-Identifier: GPL-2.0-or-later
"""Calculated attributes: what is overwritten and what is new, their types and ranges, transfer between clouds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, run, save

from scree.core.errors import OptionError
from scree.core.neighborhood.expression import LanguageError
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.options import PointOptions
from scree.core.points.stream import stream_points


def calculate(cloud: str, output: Path, formulas: str, **options: Any) -> tuple[Any, dict[str, Any]]:
    report = stream_points(
        PointOptions(inputs=(cloud,), output=str(output), **options), Calculator(parse_assignments(formulas))
    )
    return load(output), report


def odd_formats(path: Path, version: str, point_format: int) -> str:
    """Five points of a point format, z 1 to 5, class 2, angle 10 degrees."""
    import laspy

    header = laspy.LasHeader(version=version, point_format=point_format)
    header.scales, header.offsets = [0.01, 0.01, 0.01], [100, 200, 0]
    las = laspy.LasData(header)
    las.x, las.y, las.z = 100 + np.arange(5.0), 200 + np.arange(5.0), np.arange(1.0, 6)
    las.classification = np.full(5, 2, np.uint8)
    las.return_number = np.ones(5, np.uint8)
    las.write(path)
    return str(path)


def test_integers_are_rounded_and_cut_to_their_range(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", np.array([[0, 0, -3.0], [1, 0, 0.5], [2, 0, 1.4], [3, 0, 900]]))
    found, report = calculate(cloud, tmp_path / "o.las", "_a(uint8) = z; _b(int16) = z / (z > 800 ? 0 : 1)")
    assert list(found._a) == [0, 1, 1, 255]
    assert list(found._b) == [-3, 1, 1, 0]
    assert any("2 values of _a are outside 0 to 255: these points were cut" in text for text in report["messages"])
    assert report["counts"] == {"_b invalid": 1}


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("int8", "i1"), ("int16", "i2"), ("int32", "i4"), ("int64", "i8"), ("uint8", "u1"), ("uint16", "u2"),
     ("uint32", "u4"), ("uint64", "u8"), ("float", "f4"), ("double", "f8"), ("bool", "u1"), ("unsignedShort", "u2")],
)  # fmt: skip
def test_every_type_holds_its_extremes(tmp_path: Path, kind: str, dtype: str) -> None:
    cloud = save(tmp_path / "a.las", np.array([[0, 0, 0.0], [1, 0, 1], [2, 0, 2]]))
    found, _ = calculate(cloud, tmp_path / "o.las", f"_v({kind}) = z == 0 ? -1e300 : z == 1 ? 1e300 : 3")
    values = np.asarray(found["_v"])
    assert values.dtype == np.dtype(dtype)
    if kind == "bool":
        assert values.tolist() == [1, 1, 1]
    elif dtype == "f4":
        assert np.array_equal(values, np.float32([np.nan, np.nan, 3]), equal_nan=True)
    elif dtype == "f8":
        assert values.tolist() == [-1e300, 1e300, 3]
    else:
        limits = np.iinfo(dtype)
        assert values.tolist() == [limits.min, limits.max, 3]


def test_dimensions_of_the_points_are_overwritten_where_a_value_fits(tmp_path: Path) -> None:
    cloud = odd_formats(tmp_path / "a.las", "1.4", 6)
    found, report = calculate(
        cloud,
        tmp_path / "o.las",
        "Classification(uint8) = z < 3 ? 6 : z < 5 ? 300 : 1 / 0; EchoNumber = z * 4; Amplitude = z * 10; z = z + 0.26"
        "; _above = z",
        process_filter="Generic[z != 2]",
    )
    assert found.classification.tolist() == [6, 2, 2, 2, 2]
    assert np.asarray(found.return_number).tolist() == [4, 1, 12, 1, 1]
    assert found.intensity.tolist() == [10, 0, 30, 40, 50]
    assert np.allclose(found.z, [1.26, 2, 3.26, 4.26, 5.26])
    assert np.allclose(found["_above"], [1.26, np.nan, 3.26, 4.26, 5.26], equal_nan=True)
    assert found.header.point_format.size == load(cloud).header.point_format.size + 4
    messages = " ".join(report["messages"])
    assert "2 values of classification are outside 0 to 255: these points keep what they had" in messages
    assert "2 values of return_number are outside 0 to 15" in messages
    assert "formula of classification is invalid for 1 points" in messages


def test_small_fields_of_old_formats_have_their_own_range(tmp_path: Path) -> None:
    cloud = odd_formats(tmp_path / "a.las", "1.2", 0)
    found, report = calculate(
        cloud, tmp_path / "o.las", "Classification = 29 + z; NrOfEchos = z + 4; ScanAngle = -z * 22.4; withheld = z > 4"
    )
    assert np.asarray(found.classification).tolist() == [30, 31, 2, 2, 2]
    assert np.asarray(found.number_of_returns).tolist() == [5, 6, 7, 0, 0]
    assert np.asarray(found.scan_angle_rank).tolist() == [-22, -45, -67, -90, 0]
    assert np.asarray(found.withheld).tolist() == [0, 0, 0, 0, 1]
    assert np.asarray(found.synthetic).sum() == 0
    assert "outside 0 to 31" in " ".join(report["messages"])
    with pytest.raises(LanguageError, match="no red, their point format has no place"):
        calculate(cloud, tmp_path / "no.las", "Red = 5")
    with pytest.raises(LanguageError, match="have classification as uint8"):
        calculate(cloud, tmp_path / "no.las", "Classification(float) = 5")
    with pytest.raises(OptionError, match="twice"):
        calculate(cloud, tmp_path / "no.las", "Amplitude = 1; intensity = 2")


def test_extra_dimensions_are_overwritten_by_their_own_type(tmp_path: Path) -> None:
    import laspy

    path = odd_formats(tmp_path / "a.las", "1.4", 7)
    las = laspy.read(path)
    las.add_extra_dim(laspy.ExtraBytesParams("Deviation", "i2", scales=np.array([0.01]), offsets=np.array([1.0])))
    las.add_extra_dim(laspy.ExtraBytesParams("odd name 2", "u1"))
    las["odd name 2"] = np.full(5, 7, np.uint8)
    las.write(path)
    found, report = calculate(path, tmp_path / "o.las", "Deviation = z < 4 ? z * 2.5 : 1e6; _n = oddname2")
    assert np.allclose(found["Deviation"], [2.5, 5, 7.5, 1, 1])
    assert found["_n"].tolist() == [7] * 5
    assert "2 values of Deviation are outside -326.68 to 328.67" in " ".join(report["messages"])
    assert [d.name for d in found.point_format.extra_dimensions] == ["Deviation", "odd name 2", "_n"]


def test_attributes_move_from_one_strip_to_another(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    xyz, level = landscape(rng, 900, 20.0), rng.integers(0, 60_000, 900).astype(np.uint16)
    strip = rng.integers(1, 3, 900).astype(np.uint16)
    cloud = save(tmp_path / "a.las", xyz, intensity=level, point_source_id=strip)
    found = run(Calculator(parse_assignments("Amplitude = n[0].Amplitude; _far = n[0].x - x")), cloud,
                tmp_path / "o.las", "knn(k=1) maxSearchDistance=0.7", process_filter="Generic[PointSourceId == 1]",
                neighbor_filter="Generic[PointSourceId == 2]", other_cloud=(cloud,))  # fmt: skip
    p, kept = lattice(found), 0
    for i in range(900):
        d2 = np.where(strip == 2, ((p[:, :2] - p[i, :2]) ** 2).sum(axis=1), 1 << 40)
        if strip[i] == 2 or d2.min() > 700**2:
            assert found.intensity[i] == level[i] and np.isnan(found["_far"][i])
            kept += strip[i] == 1
        else:
            assert found.intensity[i] in level[d2 == d2.min()]
    assert 0 < kept < 400


def test_strips_of_a_real_survey_are_compared(scree_data: Path, tmp_path: Path) -> None:
    cloud = str(scree_data / "airborne" / "ign" / "donor_test.las")
    both = str(scree_data / "airborne" / "ign" / "recipient_test.laz")
    found = run(Calculator(parse_assignments("_dz(double) = n[0].z - z; _class(uint8) = n[0].Classification")), cloud,
                tmp_path / "o.las", "knn(k=1) maxSearchDistance=2", neighbor_filter="Class[2, 3, 4]",
                other_cloud=(both,))  # fmt: skip
    mine, theirs = load(cloud), load(both)
    their = np.isin(theirs.classification, (2, 3, 4))
    p, q = lattice(mine), lattice(theirs)[their]
    for i in range(0, len(p), 16):
        d2 = ((q[:, :2] - p[i, :2]) ** 2).sum(axis=1)
        if d2.min() > 2000**2:
            assert np.isnan(found["_dz"][i]) and found["_class"][i] == 0
        else:
            nearest = d2 == d2.min()
            assert np.isclose(found["_dz"][i], (q[nearest, 2] - p[i, 2]) / 1000, atol=1e-9).any()
            assert found["_class"][i] in np.asarray(theirs.classification)[their][nearest]
