# SPDX-License-Identifier: GPL-2.0-or-later
"""Normals: of shapes that are known, and equal to plain NumPy on clouds that are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, run, save

from scree.core.errors import OptionError
from scree.core.points.normals import Normals
from scree.core.points.orientation import TowardPoint, TowardTrajectory


def normals_of(cloud: Any) -> Any:
    return np.column_stack([cloud.NormalX, cloud.NormalY, cloud.NormalZ]).astype(np.float64)


@pytest.mark.parametrize("method", ["simplePlane", "robustPlane", "fmcd"])
def test_a_tilted_plane_has_its_normal_and_no_roughness(tmp_path: Path, method: str) -> None:
    x, y = np.meshgrid(np.arange(12.0), np.arange(12.0))
    cloud = save(tmp_path / "plane.las", np.column_stack([x.ravel(), y.ravel(), (0.5 * x - 0.25 * y).ravel()]))
    found = run(Normals(method, True), cloud, tmp_path / "out.las", "knn(k=12)")
    expected = np.array([-0.5, 0.25, 1.0]) / np.sqrt(1.3125)
    assert np.abs(normals_of(found) - expected).max() < 1e-6
    assert np.asarray(found.NormalSigma0).max() < 1e-6
    assert np.abs(found.NormalPlaneOffset).max() < 1e-6
    assert np.abs(np.asarray(found.Sphericity)).max() < 1e-6


def test_normals_of_a_sphere_point_at_its_center_or_away_from_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    away = rng.normal(size=(3000, 3))
    away /= np.linalg.norm(away, axis=1)[:, None]
    cloud = save(tmp_path / "ball.las", 10 * away + [50, 50, 50])
    inward = run(Normals("simplePlane", False, TowardPoint(50, 50, 50)), cloud, tmp_path / "in.las", "knn(k=9)")
    assert (-(normals_of(inward) * away).sum(axis=1)).min() > 0.98
    upward = run(Normals(), cloud, tmp_path / "up.las", "knn(k=9)")
    assert np.asarray(upward.NormalZ).min() >= 0


@pytest.mark.parametrize(("definition", "k"), [("knn(k=9 dim=3d)", 9), ("knn(k=40)", 40)])
def test_normals_are_those_of_numpy(tmp_path: Path, definition: str, k: int) -> None:
    found = run(Normals(features=True), save(tmp_path / "a.las", landscape(np.random.default_rng(1), 3000)),
                tmp_path / "o.las", definition)  # fmt: skip
    p = lattice(found)
    d2 = ((p[:, None, :] - p[None, :, :]) ** 2).sum(axis=2)
    near = np.argsort(d2, axis=1, kind="stable")[:, : k + 1]
    clear = np.take_along_axis(d2, near, 1)
    untied = clear[:, k - 1] < clear[:, k]
    assert untied.mean() > 0.9
    q = p[near[:, :k]] / 1000.0
    centered = q - q.mean(axis=1, keepdims=True)
    values, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", centered, centered) / k)
    plain = untied & (values[:, 1] > 1.01 * values[:, 0] + 1e-6)
    assert np.abs(np.abs((normals_of(found) * vectors[:, :, 0]).sum(axis=1)) - 1)[plain].max() < 1e-6
    assert np.allclose(np.asarray(found.NormalEigenvalue3)[untied], values[untied, 0], atol=1e-6)
    assert np.allclose(np.asarray(found.NormalEigenvalue1)[untied], values[untied, 2], rtol=1e-5)
    sigma = np.sqrt(np.maximum(values[:, 0], 0) * k / (k - 3))
    assert np.allclose(np.asarray(found.NormalSigma0)[untied], sigma[untied], atol=1e-5)
    parts = values / values.sum(axis=1, keepdims=True)
    entropy = -(parts * np.log(np.maximum(parts, 1e-300))).sum(axis=1)
    assert np.allclose(np.asarray(found.Eigenentropy)[untied], entropy[untied], atol=1e-5)
    assert np.allclose(
        np.asarray(found.Omnivariance)[untied], np.cbrt(np.prod(np.maximum(parts, 0), 1))[untied], atol=1e-5
    )
    assert np.allclose(np.asarray(found.Linearity)[untied], (1 - values[:, 1] / values[:, 2])[untied], atol=1e-5)


def test_robust_planes_ignore_blunders(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    xyz = np.column_stack([rng.uniform(0, 20, (2000, 2)), rng.normal(0, 0.01, 2000)])
    xyz[::7, 2] += rng.uniform(0.5, 1.0, len(xyz[::7]))
    cloud = save(tmp_path / "a.las", xyz)
    good = np.ones(2000, bool)
    good[::7] = False
    tilt = {}
    for method in ("simplePlane", "robustPlane", "fmcd"):
        found = run(Normals(method), cloud, tmp_path / f"{method}.las", "knn(k=20 dim=2d)")
        tilt[method] = np.median(1 - np.asarray(found.NormalZ)[good])
        if method != "simplePlane":
            assert np.asarray(found.NormalPtsUsed)[good].mean() < 18.5
    assert tilt["robustPlane"] < tilt["simplePlane"] / 20
    assert tilt["fmcd"] < tilt["simplePlane"] / 20


@pytest.mark.parametrize("points", [1, 2, 3])
def test_few_points_have_no_normal_or_no_sigma(tmp_path: Path, points: int) -> None:
    xyz = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)[:points]
    found = run(Normals(), save(tmp_path / "a.las", xyz), tmp_path / "o.las", "knn(k=10)")
    assert np.isnan(found.NormalSigma0).all()
    assert list(found.NormalPtsGiven) == [points] * points
    assert np.isnan(found.NormalZ).all() == (points < 3)
    assert list(found.NormalPtsUsed) == [3 if points == 3 else 0] * points


def test_points_on_a_line_have_no_normal(tmp_path: Path) -> None:
    t = np.arange(30.0)
    found = run(Normals(), save(tmp_path / "a.las", np.column_stack([t, 2 * t, t])), tmp_path / "o.las", "knn(k=5)")
    assert np.isnan(found.NormalX).all()
    assert (np.asarray(found.NormalEigenvalue1) > 0).all()


def test_a_trajectory_turns_normals_by_the_time_of_each_point(tmp_path: Path) -> None:
    (tmp_path / "track.txt").write_text("gps_time x y z\n0 -100 5 5\n1 100 5 5\n")
    y, z = (axis.ravel() for axis in np.meshgrid(np.arange(10.0), np.arange(10.0)))
    time = (z > 4).astype(np.float64)
    cloud = save(tmp_path / "wall.las", np.column_stack([0 * y, y, z]), gps_time=time)
    track = TowardTrajectory.read(str(tmp_path / "track.txt"))
    found = run(Normals("simplePlane", False, track), cloud, tmp_path / "o.las", "knn(k=9)")
    assert np.allclose(found.NormalX, np.where(time > 0, 1, -1))


def test_wrong_options_are_refused() -> None:
    with pytest.raises(OptionError, match="METHOD is 'plane'"):
        Normals("plane")
    with pytest.raises(OptionError, match="VIEWPOINT is '1 2'"):
        TowardPoint.of("1 2")


def test_a_second_run_replaces_the_normals_of_the_first(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(2), 500))
    once = run(Normals(), cloud, tmp_path / "once.las", "knn(k=8)")
    twice = run(Normals(), str(tmp_path / "once.las"), tmp_path / "twice.las", "knn(k=30)")
    assert list(twice.point_format.extra_dimension_names) == list(once.point_format.extra_dimension_names)
    assert (np.asarray(twice.NormalPtsGiven) == 30).all()
    assert np.asarray(load(cloud).X).tolist() == np.asarray(twice.X).tolist()
