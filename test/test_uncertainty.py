# SPDX-License-Identifier: GPL-2.0-or-later
"""The expected error: its bounds hold on holes in a made ground, and it depends on the points alone."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from clouds_made import SOUTH, WEST, ground, write_cloud_file

from scree.core.errors import Cancelled
from scree.core.jobs.progress import Silent
from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions
from scree.core.surface.predictors import REACH, Predictors, exp2, log2
from scree.core.surface.uncertainty import fit
from scree.core.tiles.lattice import Box

METHODS = ("rst", "surrounded", "plain", "tin", "naturalneighbor", "idw", "movingplane", "nearest")


def run(folder: Path, *inputs: Path, method: str = "tin", feedback=None, **more) -> dict:
    if method in ("surrounded", "plain"):
        method, more["segmentation"] = "rst", method
    names = {"output": "dem", "uncertainty": "error", "distance": "distance"}
    paths = {band: str(folder / f"{name}.tif") for band, name in names.items()}
    return build_dem(DemOptions(inputs=tuple(map(str, inputs)), method=method, **(paths | more)), feedback)


def raster(path: Path) -> tuple[np.ndarray, tuple]:
    from osgeo import gdal

    opened = gdal.Open(str(path))
    values = opened.ReadAsArray().astype(float)
    return np.where(values == -9999, np.nan, values), opened.GetGeoTransform()


def rough_ground(side: float, points: int, seed: int, noise: float):
    """A ground of waves of 4 to 80 m, four times as rough in the east as in the west; points with noise."""
    draw = np.random.default_rng(seed)
    length = np.exp(draw.uniform(np.log(4), np.log(80), 400))
    turn, phase = draw.uniform(0, 2 * np.pi, (2, 400))
    size = 0.004 * length**1.2

    def height(x, y):
        z = np.zeros(len(x))
        for k, a, p, s in zip(2 * np.pi / length, turn, phase, size, strict=True):
            z += s * np.sin(k * ((x - WEST) * np.cos(a) + (y - SOUTH) * np.sin(a)) + p)
        return z * (0.25 + 0.75 * (x - WEST) / side)

    x, y = np.round(WEST + side * draw.random(points), 3), np.round(SOUTH + side * draw.random(points), 3)
    z = height(x, y) + draw.normal(0, noise, points)
    return {"x": x, "y": y, "z": z, "classification": np.full(points, 2)}


def punched(x, y, side: float, seed: int):
    """True in rotated rectangles of 6 to 24 m, until 15 % of the points are gone."""
    draw = np.random.default_rng(seed)
    gone = np.zeros(len(x), bool)
    while gone.mean() < 0.15:
        cx, cy, turn = WEST + side * draw.random(), SOUTH + side * draw.random(), draw.uniform(0, np.pi)
        half = draw.uniform(3, 12, 2)
        u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
        v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
        gone |= (np.abs(u) < half[0]) & (np.abs(v) < half[1])
    return gone


@pytest.mark.parametrize("method", ["rst", "tin", "idw"])
def test_the_bounds_hold_on_holes(tmp_path, method):
    """On the mean of four grounds with some twenty holes each; errors within one hole are alike."""
    side, shares, west_east = 200.0, [], []
    for seed in range(4):
        made = rough_ground(side, 40_000, seed, 0.03)
        gone = punched(made["x"], made["y"], side, seed)
        left = write_cloud_file(tmp_path / f"{seed}.las", {name: c[~gone] for name, c in made.items()})
        found = run(tmp_path, left, method=method, mask_distance=0.0)["uncertainty"]
        (dem, place), (sigma, _) = raster(tmp_path / "dem.tif"), raster(tmp_path / "error.tif")
        x, y, z = (made[axis][gone] for axis in "xyz")
        column, row = (x - place[0]) / place[1], (y - place[3]) / place[5]
        inside = (column >= 0.5) & (column < dem.shape[1] - 0.5) & (row >= 0.5) & (row < dem.shape[0] - 0.5)
        z, column, row = (a[inside] for a in (z, column, row))
        i, j = np.floor(row - 0.5).astype(int), np.floor(column - 0.5).astype(int)
        fx, fy = column - 0.5 - j, row - 0.5 - i
        top, low = (dem[k, j] * (1 - fx) + dem[k, j + 1] * fx for k in (i, i + 1))
        error = np.abs(top * (1 - fy) + low * fy - z)
        bound = sigma[row.astype(int), column.astype(int)]
        fine = np.isfinite(error) & np.isfinite(bound)
        factor = found["model"]["factor_95"]
        shares.append([np.mean((error <= f * bound)[fine]) for f in (1.0, factor)])
        distance, _ = raster(tmp_path / "distance.tif")
        gap, sixth = (distance > 2) & (distance < 4), sigma.shape[1] // 6
        west_east.append(
            [
                np.nanmedian(part[far])
                for part, far in ((sigma[:, :sixth], gap[:, :sixth]), (sigma[:, -sixth:], gap[:, -sixth:]))
            ]
        )
        assert found["scored_on"] > 5000
        assert found["within_68"] == pytest.approx(0.68, abs=0.04)
        assert found["within_95"] == pytest.approx(0.95, abs=0.02)
    assert np.mean(shares, axis=0) == pytest.approx([0.68, 0.95], abs=0.05)
    west, east = np.mean(west_east, axis=0)
    assert east > 1.5 * west, "rougher ground is less sure"
    assert np.nanmedian(sigma[distance > 5]) > 3 * np.nanmedian(sigma[distance < 0.5])
    assert np.nanmin(sigma) > 0.02, "no cell is surer than the noise"


@pytest.fixture(scope="module")
def columns():
    made = ground(9000, 60.0)
    kept = np.hypot(made["x"] - made["x"].mean(), made["y"] - made["y"].mean()) > 8
    return {name: column[kept] for name, column in made.items()}


@pytest.mark.parametrize("method", METHODS)
def test_same_bytes_however_the_work_is_cut(tmp_path, columns, method, monkeypatch):
    from scree.core.tiles import store

    (one := tmp_path / "one").mkdir()
    (two := tmp_path / "two").mkdir()
    first = run(one, write_cloud_file(tmp_path / "a.las", columns), method=method, threads=1, max_memory=900)
    parts = np.array_split(np.random.default_rng(5).permutation(len(columns["x"])), 3)
    inputs = [write_cloud_file(tmp_path / f"part {i}.laz", columns, part) for i, part in enumerate(parts)]
    if method != "plain":  # whose trees are made by unit
        monkeypatch.setattr(store, "UNIT_POINTS", 1500)
    second = run(two, *inputs[::-1], method=method, threads=4, max_memory=4096)
    assert first["uncertainty"] == second["uncertainty"]
    assert raster(one / "error.tif")[0].tobytes() == raster(two / "error.tif")[0].tobytes()
    values, error = raster(one / "dem.tif")[0], raster(one / "error.tif")[0]
    assert (np.isfinite(values) == np.isfinite(error)).all()
    assert np.nanmin(error) > 0


def test_resumed_from_the_sealed_calibration(tmp_path, columns, monkeypatch):
    from scree.core.surface import dem

    cloud = write_cloud_file(tmp_path / "a.las", columns)
    run(tmp_path, cloud, threads=1)
    expected = raster(tmp_path / "error.tif")[0].tobytes()
    (tmp_path / "error.tif").unlink()

    class Impatient(Silent):
        def is_cancelled(self) -> bool:
            return bool(list(tmp_path.glob("scree-*/uncertainty.scree")))

    with pytest.raises(Cancelled):
        run(tmp_path, cloud, feedback=Impatient(), max_memory=700)
    assert not (tmp_path / "error.tif").exists()
    monkeypatch.setattr(dem, "calibrate", lambda *_: pytest.fail("it was sealed"))
    run(tmp_path, cloud, threads=2, max_memory=2048)
    assert raster(tmp_path / "error.tif")[0].tobytes() == expected


def test_it_scales_with_the_units(tmp_path, columns):
    import laspy

    metres = write_cloud_file(tmp_path / "metres.las", columns)
    las = laspy.read(metres)
    quarters = laspy.LasData(laspy.LasHeader(point_format=6, version="1.4"))
    quarters.header.scales, quarters.header.offsets = las.header.scales * 4, las.header.offsets * 4
    quarters.points = laspy.ScaleAwarePointRecord(
        las.points.array, las.point_format, scales=quarters.header.scales, offsets=quarters.header.offsets
    )
    quarters.write(str(tmp_path / "quarters.las"))
    one = run(tmp_path, metres)
    expected = raster(tmp_path / "error.tif")[0]
    two = run(tmp_path, tmp_path / "quarters.las", resolution=4.0)
    assert raster(tmp_path / "error.tif")[0] == pytest.approx(4 * expected, rel=1e-5, nan_ok=True)
    assert two["uncertainty"]["within_68"] == pytest.approx(one["uncertainty"]["within_68"], abs=0.01)


@pytest.mark.parametrize("number", [1, 2, 30])
def test_few_points_are_told(tmp_path, number):
    draw = np.random.default_rng(2)
    few = {"x": WEST + 20 * draw.random(number), "y": SOUTH + 20 * draw.random(number), "z": draw.random(number)}
    cloud = write_cloud_file(tmp_path / "few.las", few | {"classification": np.full(number, 2)})

    class Told(Silent):
        warnings: ClassVar[list[str]] = []

        def warning(self, text: str) -> None:
            self.warnings.append(text)

    told = Told()
    run(tmp_path, cloud, method="idw", feedback=told)
    assert any("UNCERTAINTY was calibrated on" in text for text in told.warnings)
    assert (tmp_path / "error.tif").exists()


def test_predictors_are_the_distances_by_quadrant_and_the_roughness(make_store):
    draw = np.random.default_rng(1)
    per_cell = 100
    x, y = np.unique(draw.integers(-90 * per_cell, 90 * per_cell, (2, 700)), axis=1)
    far = np.hypot(x, y) > 4000
    x, y = x[far], y[far]
    v = np.rint(3.0 * x - 2.0 * y + draw.normal(0, 400, len(x))).astype(np.int64)
    predictors = Predictors(make_store(x, y, v, per_cell=per_cell))
    box = Box(-20, -50, 30, 40)
    found = predictors.of(box)
    cx, cy = x // per_cell, y // per_cell
    for row, column in draw.integers(0, [90, 50], (200, 2)):
        dx, dy = cx - (box.x0 + column), cy - (box.y0 + row)
        wide = np.abs(dx) + np.abs(dy)
        quadrants = [min([REACH, *wide[(sx * dx >= 0) & (sy * dy >= 0)].tolist()]) for sx in (1, -1) for sy in (1, -1)]
        near, second, third, far = log2(np.sort(quadrants) + 0.5)
        assert found[row, column, :3].tolist() == [max(near, 1.0), max(far, 1.0), (second + third) / 2]
    assert np.median(found[..., 3]) == pytest.approx(log2(np.array(0.4)), abs=0.5), "what is left of a plane is noise"
    part = Box(-3, 5, 14, 9)
    assert (predictors.of(part) == found[55:59, 17:34]).all()


def test_logarithms_that_are_linear_between_powers_of_two():
    x = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 96.0])
    assert log2(x).tolist() == [-2, -1, -0.5, 0, 0.5, 1, 6.5]
    assert exp2(log2(x)).tolist() == x.tolist()


def test_a_fit_rises_with_what_makes_it_unsure_and_has_the_quantiles_asked_for():
    draw = np.random.default_rng(7)
    features = draw.uniform(0, 5, (8000, 4))
    size = np.abs(draw.standard_t(3, 8000)) * 2 ** (0.8 * features[:, 0] + 0.5 * features[:, 2] - 0.3 * features[:, 1])
    model = fit(features, size)
    assert model.weights[1] == 0, "none falls as the gap widens"
    assert model.weights[0] == pytest.approx(0.8, abs=0.15)
    assert np.mean(size <= model.of(features)) == pytest.approx(0.6827, abs=0.01)
    assert np.mean(size <= model.factor_95 * model.of(features)) == pytest.approx(0.95, abs=0.001)
    assert (np.diff(model.sigma) >= 0).all()
    beyond = np.array([[9.0, 0.0, 9.0, 0.0], [11.0, 0.0, 9.0, 0.0]])
    assert model.of(beyond)[1] > 2 * model.of(beyond)[0] > 2 * max(model.sigma)
