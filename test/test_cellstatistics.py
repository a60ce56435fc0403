# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters of points: features and local surfaces by cell, against plain NumPy and known surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, save

from scree.core.errors import OptionError
from scree.core.neighborhood.expression import LanguageError
from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.surfaces import LOCAL, PointGrid, parse_measures

rasterio = pytest.importorskip("rasterio")


def grid(engine: Any, cloud: Any, output: Path, neighborhood: str = "", **options: Any) -> tuple[Any, Any, Any]:
    """Bands [n, rows, columns] with NaN for nodata, and centers in millimeters."""
    inputs = (cloud,) if isinstance(cloud, str) else tuple(cloud)
    settings = {"resolution": 1.0, "max_memory": 1500, **options}
    grid_points(GridOptions(inputs=inputs, output=str(output), neighborhood=neighborhood, **settings), engine)
    with rasterio.open(output) as raster:
        assert raster.descriptions == engine.bands
        rows, columns = np.mgrid[0 : raster.height, 0 : raster.width]
        x, y = raster.transform * (columns + 0.5, rows + 0.5)
        return raster.read(masked=True).filled(np.nan), np.rint(x * 1000), np.rint(y * 1000)


@pytest.mark.parametrize("neighborhood", ["", "circle(r=1.7)", "window(x=3 y=1)"])
def test_features_of_cells_are_those_of_numpy(tmp_path: Path, neighborhood: str) -> None:
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(3), 1200, 22.0))
    engine = CellStatistics("z", "min,max,mean,pcount,std,median,quantile(0.1)", not neighborhood)
    bands, x, y = grid(engine, cloud, tmp_path / "o.tif", neighborhood)
    p = lattice(load(cloud))
    seen = 0
    for r, c in np.ndindex(x.shape):
        dx, dy = p[:, 0] - x[r, c], p[:, 1] - y[r, c]
        inside = {
            "": (dx >= -500) & (dx < 500) & (dy >= -500) & (dy < 500),
            "circle(r=1.7)": dx**2 + dy**2 <= 1700**2,
            "window(x=3 y=1)": (abs(dx) <= 1500) & (abs(dy) <= 500),
        }[neighborhood]
        z = p[inside, 2] / 1000
        if not len(z):
            assert np.isnan(bands[:, r, c]).all()
            continue
        seen += 1
        std = z.std(ddof=1) if len(z) > 1 else np.nan
        expected = [z.min(), z.max(), z.mean(), len(z), std, np.median(z), np.quantile(z, 0.1)]
        assert np.allclose(bands[:, r, c], expected, rtol=1e-6, atol=2e-5, equal_nan=True)
    assert seen > 200


def test_same_raster_for_any_memory_threads_and_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    xyz = landscape(rng, 3000, 40.0)
    whole = save(tmp_path / "a.las", xyz)
    order = rng.permutation(len(xyz))
    parts = [save(tmp_path / f"{i}.las", xyz[part]) for i, part in enumerate(np.array_split(order, 3))]
    for engine in (CellStatistics("z", "mean,std", True), PointGrid("movingplanes", "z", "sigma", 2)):
        around = "" if isinstance(engine, CellStatistics) else "knn(k=8)"
        grid(engine, whole, tmp_path / "one.tif", around)
        grid(engine, parts[::-1], tmp_path / "two.tif", around, threads=1, max_memory=700)
        assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


@pytest.mark.parametrize(
    ("method", "shape"),
    [("movingplanes", "plane"), ("robustmovingplanes", "plane"), ("movingparaboloid", "paraboloid")],
)
@pytest.mark.parametrize("power", [0, 2])
def test_moving_surfaces_return_the_surface_they_are_made_of(
    tmp_path: Path, method: str, shape: str, power: int
) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 15, (2, 900))
    height = {"plane": lambda x, y: 3 + x - 2 * y, "paraboloid": lambda x, y: 0.1 * x * x - 0.2 * x * y + y}[shape]
    cloud = save(tmp_path / "a.las", np.column_stack([x, y, height(x, y)]))
    engine = PointGrid(method, "z", "sigma,count,excentricity", power)
    bands, cx, cy = grid(engine, cloud, tmp_path / "o.tif", "knn(k=12)")
    assert np.abs(bands[0] - height(cx / 1000, cy / 1000)).max() < 1e-2
    assert np.nanmax(bands[1]) < 5e-3
    assert (bands[2] == 12).all()
    assert 0 < np.median(bands[3]) < 0.5


def test_robust_planes_ignore_blunders_and_plain_ones_do_not(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    xyz = np.column_stack([rng.uniform(0, 20, (2000, 2)), rng.normal(0, 0.01, 2000)])
    xyz[::8, 2] += 3
    cloud = save(tmp_path / "a.las", xyz)
    plain, *_ = grid(PointGrid("movingplanes"), cloud, tmp_path / "p.tif", "knn(k=16)")
    robust, *_ = grid(PointGrid("robustmovingplanes"), cloud, tmp_path / "r.tif", "knn(k=16)")
    assert np.median(np.abs(robust)) < 0.01 < 0.2 < np.median(np.abs(plain))


def test_average_snap_and_nearest(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(8), 300, 18.0))
    p = lattice(load(cloud))
    average, x, y = grid(PointGrid("movingaverage", power=1), cloud, tmp_path / "a.tif", "circle(r=2)")
    nearest, *_ = grid(PointGrid("nearest"), cloud, tmp_path / "n.tif", "knn(k=1)")
    snap, *_ = grid(PointGrid("snap"), cloud, tmp_path / "s.tif")
    for r, c in np.ndindex(x.shape):
        d = np.hypot(p[:, 0] - x[r, c], p[:, 1] - y[r, c])
        near = d <= 2000
        if near.any():
            w = 1 / np.maximum(d[near], 1e-3 * d[near].max())
            assert np.isclose(average[0, r, c], (w * p[near, 2]).sum() / w.sum() / 1000, rtol=1e-6)
        else:
            assert np.isnan(average[0, r, c])
        assert np.isclose(nearest[0, r, c], p[d == d.min(), 2] / 1000).any()
        own = (abs(p[:, 0] - x[r, c] + 0.5) <= 500) & (abs(p[:, 1] - y[r, c] + 0.5) <= 500)
        assert np.isnan(snap[0, r, c]) == (not own.any())
        if own.any():
            assert np.isclose(snap[0, r, c], p[own & (d == d[own].min()), 2] / 1000).any()


def test_cells_have_neither_height_nor_attributes(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", np.array([[0, 0, 1.0], [3, 3, 2]]))
    for wrong in ("sphere(r=1)", "knn(k=3 dim=3d)", "circle(r=z)", "circle(r=Amplitude)"):
        with pytest.raises(LanguageError):
            grid(CellStatistics("z", "mean", False), cloud, tmp_path / "o.tif", wrong)
    with pytest.raises(LanguageError):
        grid(CellStatistics("z", "mean", True), cloud, tmp_path / "o.tif", process_filter="Generic[z > 1]")


def test_filters_of_cells_and_of_points(tmp_path: Path) -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(0.5, 8), np.arange(0.5, 6)))
    kind = (x < 4).astype(np.uint8) + 1
    cloud = save(tmp_path / "a.las", np.column_stack([x, y, x]), classification=kind)
    bands, cx, _ = grid(CellStatistics("z", "pcount", True), cloud, tmp_path / "o.tif",
                        process_filter="Generic[x < 6]", neighbor_filter="Class[1]")  # fmt: skip
    assert np.array_equal(~np.isnan(bands[0]), (cx > 4000) & (cx < 6000))


@pytest.mark.parametrize("text", ["sigmas", "count,count"])
def test_wrong_bands_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="FEATURES has"):
        parse_measures(text)


def test_wrong_methods_are_refused() -> None:
    assert "snap" in LOCAL
    with pytest.raises(OptionError, match="METHOD is 'kriging'"):
        PointGrid("kriging")
    with pytest.raises(OptionError, match="names sigma"):
        PointGrid("snap", "z", "sigma")
    with pytest.raises(OptionError, match="POWER is 9"):
        PointGrid("movingaverage", power=9)
