# SPDX-License-Identifier: GPL-2.0-or-later
"""Round numbers of axes and legends."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.coordinates import coordinate
from scree.core.round_numbers import stops, ticks

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


def test_legends_of_usual_ranges() -> None:
    assert stops(87.2391, 131.9983, 10) == [85, 90, 95, 100, 105, 110, 115, 120, 125, 130, 135]
    assert stops(-0.0713, 0.0713, 10) == [-0.08, -0.06, -0.04, -0.02, 0, 0.02, 0.04, 0.06, 0.08]
    assert stops(1, 4, 10, 1.0) == [1, 2, 3, 4]
    assert stops(0.0, 14.9, 10) == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert stops(1234.5678901, 1234.5678922, 4) == [1234.56789, 1234.567891, 1234.567892, 1234.567893]
    assert ticks(87.2391, 131.9983, 5) == [90, 100, 110, 120, 130]


def test_ranges_of_nothing() -> None:
    assert stops(5.0, 5.0, 10) == [5, 6]
    assert stops(math.nan, 3.0, 10) == stops(0, 1, 10)
    assert stops(0.0, math.inf, 10)[-1] == 1
    assert stops(1e15, 1e15 + 0.25, 10)[0] < stops(1e15, 1e15 + 0.25, 10)[-1]
    assert stops(0.0, 5e-324, 10)[0] < stops(0.0, 5e-324, 10)[-1]


@given(NUMBERS, NUMBERS)
def test_they_enclose_the_range_evenly_and_are_short(a: float, b: float) -> None:
    low, high = sorted((a, b))
    found = stops(low, high, 10)
    step = found[1] - found[0]
    assert 2 <= len(found) <= 13
    assert found == sorted(set(found))
    assert found[0] <= low + 1e-6 * step
    assert found[-1] >= high - 1e-6 * step
    if high - low > 1e-6 * max(abs(low), abs(high)):
        assert f"{step:.3e}"[:5] in ("1.000", "2.000", "5.000")
        assert all(float(coordinate(value)) == pytest.approx(value, rel=1e-14) for value in found)
