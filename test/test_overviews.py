# SPDX-License-Identifier: GPL-2.0-or-later
"""Overviews: every raster beyond a tile has them, made as fits its values, and an interrupted one leaves nothing."""

from __future__ import annotations

import numpy as np
import pytest
from rasters_made import NODATA, face, gdal, grid_of, job, names, of_array

from scree.core.errors import Cancelled
from scree.core.rasters import write_raster
from scree.core.rasters.overviews import factors
from scree.core.rasters.write import TILE

__all__ = ["face", "job"]


def levels(path, band=1):
    raster = gdal.Open(str(path))
    found = raster.GetRasterBand(band)
    return [found.GetOverview(i).ReadAsArray() for i in range(found.GetOverviewCount())]


def rough(height, width, kind="float32"):
    """Heights with holes: single cells, squares and whole tiles."""
    rng = np.random.default_rng(3)
    values = (50 + 100 * rng.random((height, width))).astype(kind)
    empty = NODATA if kind == "float32" else 0
    values[rng.random((height, width)) < 0.1] = empty
    values[100:300, 200:777] = empty
    values[TILE : 2 * TILE, :TILE] = empty
    return values


def test_levels_end_where_a_tile_holds_all():
    assert factors(512, 512, 512) == []
    assert factors(513, 3, 512) == [2]
    assert factors(1024, 1024, 512) == [2]
    assert factors(20_000, 9, 512) == [2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize("kind", ["float32", "uint8"])
@pytest.mark.parametrize("cog", [False, True])
def test_means_are_those_of_gdals_own_builder(face, job, tmp_path, kind, cog):
    """On sides that halve evenly; elsewhere GDAL shares a cell between two."""
    values = rough(3 * TILE, 4 * TILE, kind)
    nodata = NODATA if kind == "float32" else 0
    path = tmp_path / "a.tif"
    write_raster(path, grid_of(4 * TILE, 3 * TILE), of_array(values), job=job, dtype=kind, nodata=nodata, cog=cog)
    theirs = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "b.tif"), 4 * TILE, 3 * TILE, 1, gdal.GDT_Float32 if kind == "float32" else gdal.GDT_Byte
    )
    theirs.GetRasterBand(1).SetNoDataValue(nodata)
    theirs.GetRasterBand(1).WriteArray(values)
    theirs.BuildOverviews("AVERAGE", [2, 4])
    del theirs
    found, expected = levels(path), levels(tmp_path / "b.tif")
    assert [level.shape for level in found] == [(768, 1024), (384, 512)]
    for ours, other in zip(found, expected, strict=True):
        assert (np.asarray(ours == nodata) == (other == nodata)).all()
        np.testing.assert_allclose(ours.astype(float), other.astype(float), rtol=1e-6, atol=0 if kind[0] == "f" else 1)


def test_odd_sides_keep_their_last_cells(face, job, tmp_path):
    values = np.arange(3 * 1301, dtype=np.float32).reshape(3, 1301)
    values[:, 1300] = NODATA
    values[2, 1300] = 7
    write_raster(tmp_path / "a.tif", grid_of(1301, 3), of_array(values), job=job, nodata=NODATA)
    half, quarter = levels(tmp_path / "a.tif")
    assert (half.shape, quarter.shape) == ((2, 651), (1, 326))
    assert half[0, 0] == np.float32(values[:2, :2].mean())
    assert half[1, 0] == values[2, :2].mean()
    assert half[:, 650].tolist() == [NODATA, 7]
    assert quarter[0, 325] == 7


def test_each_band_is_made_as_its_values_ask(face, job, tmp_path):
    bands = np.stack([rough(700, 1100), np.floor(rough(700, 1100) / 60)])
    write_raster(tmp_path / "a.tif", grid_of(1100, 700), lambda x, y, w, h: bands[:, y : y + h, x : x + w],
                 job=job, nodata=NODATA, bands=("mean", "class"), overviews=("average", "nearest"))  # fmt: skip
    assert (levels(tmp_path / "a.tif", 2)[0] == bands[1, ::2, ::2]).all()
    assert (levels(tmp_path / "a.tif", 2)[1] == bands[1, ::4, ::4]).all()
    assert not (levels(tmp_path / "a.tif", 1)[0] == bands[0, ::2, ::2]).all()


def test_counts_without_nodata_are_averaged_with_their_zeros(face, job, tmp_path):
    values = np.zeros((4, 600), np.uint32)
    values[0, 0] = 6
    write_raster(tmp_path / "a.tif", grid_of(600, 4), of_array(values), job=job, dtype="uint32")
    assert levels(tmp_path / "a.tif")[0][0, :2].tolist() == [2, 0]


def test_only_rasters_beyond_a_tile_have_them(face, job, tmp_path):
    small, large = np.ones((TILE, TILE), np.float32), np.ones((9, TILE + 1), np.float32)
    write_raster(tmp_path / "small.tif", grid_of(TILE, TILE), of_array(small), job=job, nodata=NODATA)
    write_raster(tmp_path / "large.tif", grid_of(TILE + 1, 9), of_array(large), job=job, nodata=NODATA)
    write_raster(tmp_path / "own.tif", grid_of(TILE + 1, 9), of_array(large), job=job, nodata=NODATA, overviews=None)
    assert [len(levels(tmp_path / f"{name}.tif")) for name in ("small", "large", "own")] == [0, 1, 0]


def test_tiles_of_nothing_are_left_out_of_every_level(face, job, tmp_path):
    def source(x, y, width, height):
        return np.full((height, width), 5, np.float32) if (x, y) == (9 * TILE, 6 * TILE) else None

    write_raster(tmp_path / "a.tif", grid_of(16 * TILE, 16 * TILE), source, job=job, nodata=NODATA)
    raster = gdal.Open(str(tmp_path / "a.tif"))
    band = raster.GetRasterBand(1)
    for i, side in enumerate((8, 4, 2, 1)):
        places = [(x, y) for y in range(side) for x in range(side)]
        items = [band.GetOverview(i).GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF") for x, y in places]
        assert [place for place, item in zip(places, items, strict=True) if item] == [(9 >> i + 1, 6 >> i + 1)]
    assert (tmp_path / "a.tif").stat().st_size < 64_000


def test_a_cancel_while_they_are_made_is_heard_at_the_next_tile(face, job, tmp_path, monkeypatch):
    from scree.core.rasters import overviews

    path, made = tmp_path / "a.tif", []
    path.write_text("earlier")
    fill_tile = overviews._fill_tile

    def then_cancel(*tile):
        made.append(tile)
        job._entry.cancel.set()
        return fill_tile(*tile)

    monkeypatch.setattr(overviews, "_fill_tile", then_cancel)
    values = np.ones((6 * TILE, 6 * TILE), np.float32)
    with pytest.raises(Cancelled):
        write_raster(path, grid_of(6 * TILE, 6 * TILE), of_array(values), job=job, nodata=NODATA)
    assert len(made) == 1
    assert path.read_text() == "earlier"
    assert names(tmp_path) == ["a.tif"]


def test_a_tile_of_an_overview_that_is_missing_is_found(face, job, tmp_path, monkeypatch):
    """As on a disk that got full where GDAL's Python faces stay silent."""
    from scree.core.errors import OutputError
    from scree.core.rasters.with_osgeo import _Pyramid

    monkeypatch.setattr(_Pyramid, "write", lambda *ignored: None)
    values = np.ones((9, TILE + 1), np.float32)
    with pytest.raises(OutputError, match="a tile is missing after writing"):
        write_raster(tmp_path / "a.tif", grid_of(TILE + 1, 9), of_array(values), job=job, nodata=NODATA)
    assert names(tmp_path) == []


def test_a_raster_narrower_than_a_tile_has_them(face, job, tmp_path):
    """Its tiles are no squares, but those of its overviews are."""
    values = rough(3000, 90)
    write_raster(tmp_path / "a.tif", grid_of(90, 3000), of_array(values), job=job, nodata=NODATA, overviews="nearest")
    for number, level in enumerate(levels(tmp_path / "a.tif"), 1):
        assert (level == values[:: 2**number, :: 2**number]).all()
    assert number == 3


def test_classes_and_counts_of_points_are_not_averaged():
    from scree.core.points.cellstatistics import CellStatistics
    from scree.core.points.gridding import _overviews
    from scree.core.points.surfaces import PointGrid

    assert _overviews(CellStatistics("z", "mean, majority, count", True)) == ["average", "nearest", "nearest"]
    assert _overviews(PointGrid("snap", "classification")) == ["nearest"]
    assert _overviews(PointGrid("movingplanes", "z", "sigma, count")) == ["average", "average", "nearest"]


def test_a_raster_of_millions_of_tiles_has_none():
    assert factors(512 * (1 << 20), 512, 512)
    assert factors(512 * (1 << 20) + 1, 512, 512) == []
