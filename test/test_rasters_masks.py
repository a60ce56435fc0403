# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks: which cells of a raster are computed, told by another raster, in any grid, CRS and layout."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from rasters_made import COMPOUND, UTM, face, gdal, grid_of, job, names, wkt

from scree.core.errors import InputError, MemoryLimitError
from scree.core.jobs.budget import Budget
from scree.core.jobs.memory import MB
from scree.core.rasters import Mask, RasterGrid, write_raster
from scree.core.rasters.cells import NODE, CellMap
from scree.core.rasters.write import TILE

__all__ = ["face", "job"]


def write_mask(path, array, geotransform, *, crs=UTM, nodata=None, options=("TILED=YES",), kind=None):
    kinds = {"u1": gdal.GDT_Byte, "f4": gdal.GDT_Float32, "i2": gdal.GDT_Int16, "u4": gdal.GDT_UInt32}
    height, width = array.shape
    kind = kinds[array.dtype.str[1:]]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 1, kind, list(options))
    dataset.SetGeoTransform(geotransform)
    if crs:
        dataset.SetProjection(crs)
    band = dataset.GetRasterBand(1)
    if nodata is not None:
        band.SetNoDataValue(nodata)
    band.WriteArray(array)
    return path


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "f4"])
def test_zero_and_nodata_skip_anything_else_computes(face, job, tmp_path, dtype):
    array = np.array([[0, 1, 2], [3, 9, 0]], dtype)
    if dtype == "f4":
        array[1, 0] = np.nan
    grid = grid_of(3, 2)
    path = write_mask(tmp_path / "mask.tif", array, grid.geotransform, nodata=9)
    with Mask(path, grid, job) as mask:
        assert mask.window(0, 0, 3, 2).tolist() == [[False, True, True], [dtype != "f4", False, False]]
        assert mask.window(2, 0, 1, 2).tolist() == [[True], [False]]
    assert job.warnings == []


def test_outside_the_mask_is_skipped(face, job, tmp_path):
    grid = grid_of(20, 10)
    inner = RasterGrid(grid.cell, grid.x0 + 4, grid.y1 - 3, 5, 4, COMPOUND)
    path = write_mask(tmp_path / "m.tif", np.ones((4, 5), np.uint8), inner.geotransform, crs=COMPOUND)
    expected = np.zeros((10, 20), bool)
    expected[3:7, 4:9] = True
    with Mask(path, grid, job) as mask:
        assert (mask.window(0, 0, 20, 10) == expected).all()
        assert (mask.window(6, 5, 9, 5) == expected[5:10, 6:15]).all()
        assert not mask.window(10, 0, 10, 10).any()
    assert job.warnings == []


def test_another_grid_is_read_by_nearest_cell(face, job, tmp_path):
    rng = np.random.default_rng(3)
    grid = grid_of(60, 50)
    west, side, _, north, _, _ = grid.geotransform
    array = rng.integers(0, 2, (40, 30)).astype(np.uint8)
    gt = (west + 2.3, 0.71, 0.0, north - 1.9, 0.0, -0.83)
    path = write_mask(tmp_path / "m.tif", array, gt)
    x, y = west + (np.arange(60) + 0.5) * side, north - (np.arange(50) + 0.5) * side
    c, r = np.floor((x - gt[0]) / gt[1]).astype(int), np.floor((gt[3] - y) / 0.83).astype(int)
    inside = ((r >= 0) & (r < 40))[:, None] & (c >= 0) & (c < 30)
    expected = inside & (array[np.clip(r, 0, 39)][:, np.clip(c, 0, 29)] != 0)
    with Mask(path, grid, job) as mask:
        assert (mask.window(0, 0, 60, 50) == expected).all()
        assert (mask.window(7, 11, 20, 30) == expected[11:41, 7:27]).all()
    assert job.warnings == ["MASK m.tif is on another grid or in another CRS; it is read by nearest cell."]


def test_another_crs_is_read_by_nearest_cell_the_same_in_every_window(face, job, tmp_path):
    rng = np.random.default_rng(4)
    grid = grid_of(150, 130, cell="10", x0=50_000, y1=570_000, crs=COMPOUND)
    to_degrees = face.transform(UTM, wkt("EPSG:4326"))
    east, north = np.meshgrid((grid.x0 + np.arange(150) + 0.5) * 10, (grid.y1 - np.arange(130) - 0.5) * 10)
    lon, lat = to_degrees(east, north)
    assert 9.0 < lon.mean() < 9.02
    assert 51.4 < lat.mean() < 51.5
    array = rng.integers(0, 2, (90, 120)).astype(np.uint8)
    gt = (lon.min() - 1e-4, np.ptp(lon) / 119, 0.0, lat.max() + 1e-4, 0.0, -np.ptp(lat) / 89)
    path = write_mask(tmp_path / "m.tif", array, gt, crs=wkt("EPSG:4326"))
    column, row = (lon - gt[0]) / gt[1], (lat - gt[3]) / gt[5]
    sure = (np.abs(column - np.round(column)) > 0.01) & (np.abs(row - np.round(row)) > 0.01)
    expected = array[np.clip(row.astype(int), 0, 89), np.clip(column.astype(int), 0, 119)] != 0
    with Mask(path, grid, job) as mask:
        whole = mask.window(0, 0, 150, 130)
        assert sure.mean() > 0.9
        assert (whole == expected)[sure].all()
        for x, y, w, h in ((3, 7, 100, 40), (149, 129, 1, 1), (NODE, 2 * NODE, NODE, NODE), (15, 17, 33, 31)):
            assert (mask.window(x, y, w, h) == whole[y : y + h, x : x + w]).all()
    assert len(job.warnings) == 1


def test_a_much_finer_mask_is_read_in_small_pieces(face, job, tmp_path, monkeypatch):
    grid = grid_of(64, 64, cell="100", x0=5000, y1=57_000)
    fine = write_raster_of_ones(tmp_path / "fine.tif", 64 * 200, grid, job)
    asked = []
    with Mask(fine, grid, job) as mask:
        inner = mask._pixels.read
        monkeypatch.setattr(mask._pixels, "read", lambda x, y, w, h: (asked.append(w * h), inner(x, y, w, h))[1])
        assert mask.window(0, 0, 64, 64).all()
    assert max(asked) <= 1 << 20


def write_raster_of_ones(path, cells, grid, job):
    west, _, _, north, _, _ = grid.geotransform
    fine = RasterGrid(Fraction("1/2"), int(west * 2), int(north * 2), cells, cells, UTM)
    write_raster(path, fine, lambda x, y, w, h: np.ones((h, w), np.uint8), job=job, dtype="uint8", nodata=0)
    return path


@pytest.mark.parametrize("options", [("COMPRESS=DEFLATE",), ("BLOCKYSIZE=5",), ("BLOCKYSIZE=2100", "COMPRESS=LZW")])
def test_a_mask_in_strips_is_tiled_once(face, job, tmp_path, monkeypatch, options):
    from scree.core.rasters import mask as masks

    monkeypatch.setattr(masks, "READ_CELLS", 10_000)
    rng = np.random.default_rng(5)
    array = (rng.random((2100, 2051)) < 0.3).astype(np.uint8)
    array[:600, :1030] = 0
    grid = grid_of(2051, 2100)
    path = write_mask(tmp_path / "m.tif", array, grid.geotransform, options=options)
    with Mask(path, grid, job) as mask:
        for x, y, w, h in ((0, 0, 2051, 2100), (1000, 500, 600, 600)):
            assert (mask.window(x, y, w, h) == (array[y : y + h, x : x + w] != 0)).all()
        assert mask._pixels.block == (TILE, TILE)
    assert names(tmp_path) == ["m.tif"]


def test_a_mask_in_one_piece_too_large_is_refused(face, job, tmp_path):
    grid = grid_of(9000, 9000)
    array = np.ones((9000, 9000), np.uint8)
    path = write_mask(
        tmp_path / "m.tif", array, grid.geotransform, options=("TILED=YES", "BLOCKXSIZE=9008", "BLOCKYSIZE=9008")
    )
    job.budget = Budget(512 * MB, 330 * MB)
    with pytest.raises(MemoryLimitError, match="MASK m.tif, stored in large pieces, needs 155 MB"):
        Mask(path, grid, job)


def test_masks_that_cannot_be_used_are_input_errors(face, job, tmp_path):
    grid = grid_of(10, 10)
    elsewhere = RasterGrid(grid.cell, grid.x0 + 10, grid.y1, 10, 10).geotransform
    far = write_mask(tmp_path / "far.tif", np.ones((10, 10), np.uint8), elsewhere)
    with pytest.raises(InputError, match="far.tif does not overlap"):
        Mask(far, grid, job)
    degrees = write_mask(tmp_path / "deg.tif", np.ones((10, 10), np.uint8), (0, 1, 0, 10, 0, -1), crs=wkt("EPSG:4326"))
    with pytest.raises(InputError, match="deg.tif does not overlap"):
        Mask(degrees, grid, job)
    (tmp_path / "text.tif").write_text("no raster")
    for name in ("text.tif", "absent.tif"):
        with pytest.raises(InputError, match=f"{name} cannot be read as a raster"):
            Mask(tmp_path / name, grid, job)


def test_a_mask_without_crs_is_taken_as_ours_with_a_warning(face, job, tmp_path):
    grid = grid_of(3, 2)
    path = write_mask(tmp_path / "m.tif", np.ones((2, 3), np.uint8), grid.geotransform, crs="")
    with Mask(path, grid, job) as mask:
        assert mask.window(0, 0, 3, 2).all()
    assert job.warnings == ["MASK m.tif has no CRS; MASK is taken to be in the CRS of the clouds."]


def test_windows_of_a_mask_may_be_asked_from_any_thread(face, job, tmp_path):
    from scree.core.jobs.workers import run_units

    rng = np.random.default_rng(6)
    array = rng.integers(0, 2, (600, 600)).astype(np.uint8)
    grid = grid_of(600, 600)
    path = write_mask(tmp_path / "m.tif", array, grid.geotransform)
    windows = [(int(x), int(y), 90, 70) for x, y in rng.integers(0, 500, (60, 2))]
    with Mask(path, grid, job) as mask:
        found = run_units(windows, lambda window: mask.window(*window), job, lambda window: 1)
    for (x, y, w, h), got in zip(windows, found, strict=True):
        assert (got == (array[y : y + h, x : x + w] != 0)).all()


def test_a_shift_is_found_only_where_the_grids_match():
    grid = grid_of(10, 10, cell="0.3", x0=7, y1=90)
    gt = RasterGrid(Fraction("0.3"), 2, 95, 30, 30).geotransform
    assert CellMap(grid, gt, 30, 30, None).shift == (5, 5)
    assert CellMap(grid, (gt[0] + 0.1, *gt[1:]), 30, 30, None).shift is None
    assert CellMap(grid, (gt[0], 0.3001, *gt[2:]), 30, 30, None).shift is None
    assert CellMap(grid, (*gt[:2], 0.01, *gt[3:]), 30, 30, None).shift is None
    assert CellMap(grid, gt, 30, 30, lambda x, y: (x, y)).shift is None
