# SPDX-License-Identifier: GPL-2.0-or-later
"""What a DEM run makes beside the values: derived bands, answers by point, the map onto the lattice."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from scree.core.surface.derived import DERIVED
from scree.core.tiles.buckets import BUCKET_POINTS, IndexBuckets
from scree.core.tiles.ingest import AxisMap, Intake, nothing_passed


def derivatives(fx=0.0, fy=0.0, fxx=0.0, fxy=0.0, fyy=0.0):
    return np.array([[fx, fy, fxx, fxy, fyy]])


@pytest.mark.parametrize(("fx", "fy", "wanted"), [(-1, 0, 90), (1, 0, 270), (0, -1, 0), (0, 1, 180), (1, 1, 225)])
def test_aspect_is_the_compass_direction_downhill(fx, fy, wanted):
    assert DERIVED["aspect"](derivatives(fx, fy))[0] == pytest.approx(wanted)


def test_slope_is_in_degrees_and_flat_ground_has_no_aspect():
    assert DERIVED["slope"](derivatives(1.0))[0] == pytest.approx(45)
    assert np.isnan(DERIVED["aspect"](derivatives(1e-4))[0])
    assert DERIVED["profile_curvature"](derivatives(1e-4, fxx=1.0))[0] == 0


def test_curvatures_of_a_sphere_are_those_of_its_radius():
    """On the upper half of a sphere every normal curvature is 1 / radius, and convex is positive."""
    radius, x, y = 50.0, 10.0, -7.0
    z = np.sqrt(radius**2 - x**2 - y**2)
    d = derivatives(-x / z, -y / z, -1 / z - x * x / z**3, -x * y / z**3, -1 / z - y * y / z**3)
    for name in ("profile_curvature", "tangential_curvature", "mean_curvature"):
        assert DERIVED[name](d)[0] == pytest.approx(1 / radius, rel=1e-12)


def test_answers_come_back_in_the_order_of_the_input(tmp_path):
    rng = np.random.default_rng(1)
    total = 3 * BUCKET_POINTS // 2
    ids = rng.permutation(total)[: total // 2]
    buckets = IndexBuckets(tmp_path / "answers")
    for part in np.array_split(ids, 40):
        buckets.add(part, part * 0.5)
    buckets.close()
    for bucket in range(3):
        has, values = buckets.read(bucket)
        mine = ids[ids // BUCKET_POINTS == bucket] - bucket * BUCKET_POINTS
        assert set(np.flatnonzero(has)) == set(mine.tolist())
        assert (values[mine] == (mine + bucket * BUCKET_POINTS) * 0.5).all()
    buckets.remove()
    assert not (tmp_path / "answers").exists()


def test_files_of_other_offsets_meet_on_the_lattice():
    raw = np.array([5, -7, 2_000_000_000], np.int32)
    step = Fraction(1, 1000)
    a = AxisMap(0.001, 650_000.0, step)
    b = AxisMap(0.01, 650_000.05, step)
    assert a.exact
    assert b.exact
    assert a(raw).tolist() == [650_000_005, 649_999_993, 2_650_000_000]
    assert b(raw).tolist() == [650_000_100, 649_999_980, 20_650_000_050]
    assert not AxisMap(0.001, 0.00005, step).exact
    odd = AxisMap(0.003048006096, 0.0, step)
    assert not odd.exact
    assert odd(np.array([2_000_000_000]))[0] == 6_096_012_192


def test_an_empty_result_tells_the_classes():
    intake = Intake(read=12, classes_seen=True)
    intake.classes[0] = 12
    assert "set FILTER to Class[0]" in str(nothing_passed(intake, "Class[Ground]"))
    assert "loosen" in str(nothing_passed(Intake(read=3), "Generic[z > 5]"))
