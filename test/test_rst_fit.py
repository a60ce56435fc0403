# SPDX-License-Identifier: GPL-2.0-or-later
"""One spline: its radial function, its system and its leave-one-out errors against plain NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import exp1

from scree.core.surface.rst.basis import (
    EULER,
    FIRST,
    FRACTION,
    SHIFT,
    UNIT,
    exact_exp,
    exact_log,
    exact_r,
    exact_slopes,
    make_table,
)
from scree.core.surface.rst.fits import Spline
from scree.core.surface.rst.ladder import fit, merged, refit, relieved
from scree.core.surface.rst.smoothing import leave_one_out
from scree.core.surface.rst.supports import Supports

PER_CELL = 1000
REFERENCE = {
    0.001: 0.00099975005555,
    0.1: 0.09755453033,
    0.5: 0.44384207912,
    1: 0.79659959930,
    2: 1.31926335617,
    5: 2.18780187293,
    25: 3.79609148977,
    100: 5.18238585089,
}


def radial(rho):
    """R in NumPy; the series where E1 + ln + C cancels."""
    small = rho < 1e-2
    safe = np.where(small, 1.0, rho)
    series = rho - rho**2 / 4 + rho**3 / 18 - rho**4 / 96 + rho**5 / 600
    return np.where(small, series, exp1(safe) + np.log(safe) + EULER)


def make_spline(tension_scale=1.0, smoothing=0.1, shear=0.0):
    s = float(tension_scale)
    return Spline(s, float(shear), 0.0, s, float(smoothing), smoothing < 1e-4, make_table())


def cloud(n, seed=1, side=8, rough=0.05):
    """A support in lattice steps from the corner of a leaf of 8 cells."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(-2 * PER_CELL, (side + 2) * PER_CELL, (2, n)).astype(float)
    v = 300 + np.sin(x / 3000) + 0.2 * y / 1000 + rng.normal(0, rough, n)
    return Supports(np.array([0, n]), x, y, v, rng.integers(1, 9, n).astype(float))


def dense(points, spline):
    """lambda and a0 of the bordered system of the specification, solved by NumPy."""
    p, q = points.x / PER_CELL, points.y / PER_CELL
    x, y = spline.xx * p + spline.xy * q, spline.yx * p + spline.yy * q
    n = len(x)
    system = np.ones((n + 1, n + 1))
    system[n, n] = 0.0
    system[:n, :n] = radial((x[:, None] - x) ** 2 + (y[:, None] - y) ** 2) - np.diag(spline.smoothing / points.w)
    answer = np.linalg.solve(system, np.r_[points.v - points.v.mean(), 0.0])
    return answer[:n], answer[n] + points.v.mean(), system


@pytest.mark.parametrize("rho", REFERENCE)
def test_radial_function_has_the_values_of_the_specification(rho):
    assert exact_r(rho) == pytest.approx(REFERENCE[rho], abs=1e-10)


def test_exact_functions_agree_with_scipy():
    rho = np.geomspace(1e-12, 1e6, 4001)
    np.testing.assert_allclose([exact_r(r) for r in rho], radial(rho), rtol=3e-12)
    x = np.linspace(-600, 600, 2001)
    np.testing.assert_allclose([exact_exp(v) for v in x], np.exp(x), rtol=1e-15)
    z = np.geomspace(1e-300, 1e300, 2001)
    np.testing.assert_allclose([exact_log(v) for v in z], np.log(z), rtol=1e-15, atol=1e-15)
    assert exact_r(0.0) == 0.0


def test_slopes_are_derivatives_of_the_radial_function():
    rho = np.r_[np.linspace(0.01, 3, 200), np.linspace(3, 50, 100)]
    h = 1e-4 * rho
    slopes = np.array([exact_slopes(r) for r in rho]).T
    up, down = np.array([exact_slopes(r) for r in rho + h]).T, np.array([exact_slopes(r) for r in rho - h]).T
    first = (np.array([exact_r(r) for r in rho + h]) - [exact_r(r) for r in rho - h]) / (2 * h)
    np.testing.assert_allclose(slopes[0], first, rtol=1e-7)
    np.testing.assert_allclose(slopes[1], (up[0] - down[0]) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(slopes[2], (up[1] - down[1]) / (2 * h), rtol=1e-6, atol=1e-9)


def test_table_follows_the_exact_functions():
    rho = np.geomspace(1e-7, 1e8, 20_011)
    bits = (1.0 + rho).view(np.int64)
    index, u = (bits >> SHIFT) - FIRST, (bits & FRACTION) * UNIT
    exact = np.array([(exact_r(r), *exact_slopes(r)[:2]) for r in rho]).T
    for which, table in enumerate(make_table()):
        c = table[:, index]
        np.testing.assert_allclose(c[0] + u * (c[1] + u * (c[2] + u * c[3])), exact[which], atol=1e-8, rtol=1e-7)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 8, 9, 64, 101])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_fit_solves_the_dense_system(n, smoothing):
    points, spline = cloud(n), make_spline(1.3, smoothing, shear=0.2)
    fits = fit(points, spline, PER_CELL)
    weights, constant, _ = dense(points, spline)
    scale = np.abs(weights).max() + 1e-9
    np.testing.assert_allclose(fits.weights / scale, weights / scale, atol=1e-6)
    assert fits.constant[0] == pytest.approx(constant, abs=1e-5)


def test_three_points_by_hand():
    """Equilateral: by symmetry lambda_i = (z_i - mean) / -(R(side) + w) and a0 = mean + 0 (sum lambda = 0)."""
    height = np.sqrt(3) * 1000
    points = Supports(
        np.array([0, 3]),
        np.array([0.0, 2000.0, 1000.0]),
        np.array([0.0, 0.0, height]),
        np.array([1.0, 2.0, 6.0]),
        np.ones(3),
    )
    fits = fit(points, make_spline(1.0, 0.5), PER_CELL)
    expected = (points.v - 3.0) / -(exact_r(4.0) + 0.5)
    np.testing.assert_allclose(fits.weights, expected, rtol=1e-8)
    assert fits.constant[0] == pytest.approx(3.0, abs=1e-8)


def test_a_plane_is_nearly_kept():
    x, y = (a.ravel().astype(float) * 1000 for a in np.meshgrid(np.arange(12), np.arange(12)))
    points = Supports(np.array([0, len(x)]), x, y, 0.3 * x / 1000 - 0.1 * y / 1000, np.ones(len(x)))
    spline = make_spline(0.6, 0.0)
    fits = fit(points, spline, PER_CELL)
    p, q = 0.6 * 6.1, 0.6 * 5.3
    value = fits.constant[0] + fits.weights @ radial((fits.x - p) ** 2 + (fits.y - q) ** 2)
    assert value == pytest.approx(0.3 * 6.1 - 0.1 * 5.3, abs=1e-3)


@pytest.mark.parametrize("smoothing", [0.0, 0.05, 1.0])
def test_deviation_at_a_point_is_its_smoothing_times_lambda(smoothing):
    points, spline = cloud(60), make_spline(1.1, smoothing)
    fits = fit(points, spline, PER_CELL)
    for i in (0, 17, 59):
        surface = fits.constant[0] + fits.weights @ radial((fits.x - fits.x[i]) ** 2 + (fits.y - fits.y[i]) ** 2)
        assert surface - points.v[i] == pytest.approx(smoothing / points.w[i] * fits.weights[i], abs=1e-7)


def test_leave_one_out_is_leaving_one_out():
    points, spline = cloud(70, side=4), make_spline(1.2, 0.2)
    deviation, error = np.empty(70), np.empty(70)
    leave_one_out(points, np.array([2]), spline, PER_CELL, deviation, error)
    own = (points.x >= 0) & (points.x < 4 * PER_CELL) & (points.y >= 0) & (points.y < 4 * PER_CELL)
    assert 3 < own.sum() < 70
    assert np.array_equal(np.isfinite(error), own)
    weights, _, _ = dense(points, spline)
    np.testing.assert_allclose(deviation[own], (spline.smoothing / points.w * weights)[own], atol=1e-8)
    for i in np.flatnonzero(own)[::5]:
        others = np.arange(70) != i
        fewer = Supports(np.array([0, 69]), *(column[others] for column in points[1:]))
        fits = fit(fewer, spline, PER_CELL)
        x, y = spline.xx * points.x[i] / PER_CELL, spline.yy * points.y[i] / PER_CELL
        value = fits.constant[0] + fits.weights @ radial((fits.x - x) ** 2 + (fits.y - y) ** 2)
        assert error[i] == pytest.approx(value - points.v[i], abs=1e-6)


def test_coincident_points_are_merged_where_nothing_is_smoothed():
    points = cloud(30)
    twice = Supports(np.array([0, 60]), *(np.r_[column, column] for column in points[1:]))
    twice.v[30:] += 0.01
    spline = make_spline(1.0, 0.0)
    assert np.isnan(fit(twice, spline, PER_CELL).constant[0])
    fewer, fits, how = refit(twice, 8 * PER_CELL, spline, PER_CELL)
    assert how == "rst_rethinned"
    assert len(fewer.x) <= 30
    assert np.isfinite(fits.constant[0])
    assert fewer.w.sum() == twice.w.sum()


def test_flat_kernels_fall_back_to_smoothing():
    """So little tension that the exact system is singular even for points far apart."""
    points, spline = cloud(100), make_spline(1e-4, 0.0)
    _, fits, how = refit(points, 8 * PER_CELL, spline, PER_CELL)
    assert how == "rst_raised_smoothing"
    assert np.isfinite(fits.constant[0])


def test_crowded_supports_are_thinned_to_weighted_means():
    points = cloud(900)
    both = Supports(np.array([0, 5, 905]), *(np.r_[column[:5], column] for column in points[1:]))
    out = relieved(both, 400, PER_CELL)
    assert out.start[1] == 5
    assert len(out.x) <= 405
    assert out.w[5:].sum() == points.w.sum()
    assert np.average(out.v[5:], weights=out.w[5:]) == pytest.approx(np.average(points.v, weights=points.w))
    assert relieved(both, 900, PER_CELL) is both
    assert len(merged(points, 100 * PER_CELL).x) <= 4
