# SPDX-License-Identifier: GPL-2.0-or-later
"""Planes of many lists at once are those of NumPy's eigenvalues, one list after the other."""

from __future__ import annotations

import numpy as np
import pytest

from scree.core.points.plane_kernel import LANES, fit_planes


def planes_of(points: np.ndarray, lists: list[np.ndarray]) -> np.ndarray:
    """Rows of fit_planes for lists of neighbors of the point 0, 0, 0."""
    count = np.array([len(some) for some in lists])
    out, zero = np.empty((9, len(lists))), np.zeros(len(lists), np.int64)
    x, y, z = np.ascontiguousarray(points.T)
    index = np.concatenate(lists).astype(np.int64)
    fit_planes(x, y, z, index, np.cumsum(count) - count, count, zero, zero, zero, out)
    return out


@pytest.mark.parametrize("lists", [1, LANES - 1, LANES, 3 * LANES + 5])
@pytest.mark.parametrize("shape", ["scattered", "flat", "long", "far"])
def test_planes_are_those_of_numpy(lists: int, shape: str) -> None:
    rng = np.random.default_rng(lists)
    points = rng.integers(-5000, 5000, (2000, 3))
    if shape == "flat":
        points[:, 2] = points[:, 0] // 3 + rng.integers(-9, 9, 2000)
    elif shape == "long":
        points[:, 1:] //= 200
    elif shape == "far":
        points *= 400_000
    chosen = [rng.choice(2000, rng.integers(4, 30), replace=False) for _ in range(lists)]
    found = planes_of(points, chosen)
    for i, index in enumerate(chosen):
        near = points[index].astype(np.float64)
        values, vectors = np.linalg.eigh(np.cov(near.T, bias=True))
        assert np.allclose(found[:3, i], values[::-1], rtol=1e-9, atol=1e-12 * values[2])
        assert abs(found[3:6, i] @ vectors[:, 0]) == pytest.approx(1, abs=1e-6)
        assert np.allclose(found[6:, i], near.mean(axis=0), rtol=1e-12)


def test_lists_without_a_plane_have_none() -> None:
    line = np.column_stack([np.arange(9), 2 * np.arange(9), -np.arange(9)])
    found = planes_of(line, [np.array([0, 4]), np.arange(9), np.zeros(5, int)])
    assert np.isnan(found[:, 0]).all()
    assert np.isnan(found[3:6, 1:]).all() and found[1:3, 1] == pytest.approx([0, 0], abs=1e-9)
    assert (found[:3, 2] == 0).all()


def test_a_list_has_the_same_bytes_in_any_lane() -> None:
    rng = np.random.default_rng(2)
    points = rng.integers(-5000, 5000, (300, 3))
    chosen = [rng.choice(300, 12, replace=False) for _ in range(2 * LANES)]
    found = planes_of(points, chosen)
    for i in (0, 1, LANES - 1, LANES, 2 * LANES - 1):
        assert planes_of(points, [chosen[i]]).tobytes() == found[:, i].copy().tobytes()
