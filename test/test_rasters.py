# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters by windows, through both Python faces of GDAL."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from rasters_made import COMPOUND, NODATA, UTM, face, gdal, grid_of, job, names, of_array, osr, read, wkt

from scree.core.errors import Cancelled, MemoryLimitError, MissingPackage, OutputError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.jobs.memory import MB
from scree.core.rasters import Mask, RasterGrid, backend, choice, write_raster
from scree.core.rasters.write import TILE
from scree.core.tiles.lattice import Box

__all__ = ["face", "job"]
ROOT = Path(__file__).resolve().parent.parent


# --- which face of GDAL


def test_rasterio_is_used_only_with_the_same_gdal(monkeypatch):
    rasterio = pytest.importorskip("rasterio")
    choose = choice.choose.__wrapped__
    monkeypatch.setattr(rasterio, "__gdal_version__", gdal.__version__)
    assert choose().name == "rasterio"
    monkeypatch.setattr(rasterio, "__gdal_version__", "9.9.9")
    assert choose().name == "osgeo"
    monkeypatch.setitem(sys.modules, "osgeo", None)
    assert choose().name == "rasterio"
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(MissingPackage, match="rasterio is not installed.*(apt-get|pip) install"):
        choose()


def test_a_cog_without_osgeo(monkeypatch, job, tmp_path):
    pytest.importorskip("rasterio")
    from scree.core.rasters.with_rasterio import RasterioBackend

    monkeypatch.setattr(choice, "choose", RasterioBackend)
    monkeypatch.setitem(sys.modules, "scree.core.rasters.with_osgeo", None)
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_raster(tmp_path / "a.tif", grid_of(3, 2), of_array(array), job=job, cog=True)
    assert (read(tmp_path / "a.tif") == array).all()
    assert names(tmp_path) == ["a.tif"]


# --- grid


def test_geotransform_is_rounded_once_from_exact_fractions():
    west = RasterGrid.covering(Box(3, -2, 3 + 7, 5), Fraction("0.1"))
    assert (west.width, west.height, west.cells) == (7, 7, 49)
    assert west.geotransform == (0.3, 0.1, 0.0, 0.5, 0.0, -0.1)
    east = RasterGrid.covering(Box(10, -2, 20, 5), Fraction("0.1"))
    assert east.geotransform[0] == 1.0  # not 0.3 + 7 * 0.1
    assert west.box(1, 2, 3, 4) == Box(4, -1, 7, 3)


# --- writing


@pytest.mark.parametrize("cog", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "uint32"])
def test_rasters_come_back(face, job, tmp_path, dtype, cog):
    rng = np.random.default_rng(1)
    array = (rng.random((700, 1300)) * 1000).astype(dtype)
    nodata = NODATA if dtype == "float32" else None
    if nodata is not None:
        array[5:9, 600:] = np.nan
    path = tmp_path / "höhe und mehr.tif"
    grid = grid_of(1300, 700, crs=COMPOUND)
    job.progress.phase("Writing", grid.cells, 100, unit="cells")
    told = {"description": "Höhe", "tags": {"TIFFTAG_SOFTWARE": "Scree", "METHOD": "rst"}}
    write_raster(path, grid, of_array(array), job=job, dtype=dtype, nodata=nodata, cog=cog, **told)
    assert job.progress.percent == 100.0
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    expected = np.where(np.isnan(array), NODATA, array) if nodata is not None else array
    assert band.ReadAsArray().tobytes() == expected.astype(dtype).tobytes()
    assert dataset.GetGeoTransform() == grid.geotransform
    assert band.GetNoDataValue() == nodata
    assert band.GetBlockSize() == [TILE, TILE]
    assert dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE") == "DEFLATE"
    assert (dataset.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG") == cog
    assert band.GetDescription() == "Höhe"
    assert dataset.GetMetadataItem("METHOD") == "rst"
    crs = dataset.GetSpatialRef()
    assert crs.IsCompound()
    assert crs.GetAttrValue("VERT_CS|AUTHORITY", 1) == "7837"
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("cog", [False, True])
def test_the_heights_of_a_crs_known_by_one_code_are_kept(face, job, tmp_path, cog):
    """As in the WKT of a LAS file: the code of the whole, none of the parts."""
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(7415)
    grid = grid_of(4, 4, crs=crs.ExportToWkt(["FORMAT=WKT2_2019"]))
    path = tmp_path / "nap.tif"
    write_raster(path, grid, of_array(np.zeros((4, 4), "f4")), job=job, nodata=NODATA, cog=cog)
    found = gdal.Open(str(path)).GetSpatialRef()
    assert found.IsCompound()
    assert found.GetAttrValue("VERT_CS|AUTHORITY", 1) == "5709"


def test_every_tile_is_asked_once_and_empty_ones_are_not_stored(face, job, tmp_path):
    grid, asked = grid_of(5 * TILE + 17, 4 * TILE), []

    def source(x, y, width, height):
        asked.append((x, y, width, height))
        if (x, y) == (2 * TILE, TILE):
            return np.full((height, width), 7, np.float32)
        return np.full((height, width), np.nan, np.float32) if x == 0 else None

    write_raster(tmp_path / "a.tif", grid, source, job=job, nodata=NODATA)
    assert asked[:2] == [(0, 0, TILE, TILE), (TILE, 0, TILE, TILE)]
    assert asked[5] == (5 * TILE, 0, 17, TILE)
    assert len(set(asked)) == len(asked) == 24
    assert max(w * h for _, _, w, h in asked) == TILE * TILE
    array = read(tmp_path / "a.tif")
    assert (array == 7).sum() == TILE * TILE
    assert (array == NODATA).sum() == grid.cells - TILE * TILE
    band = gdal.Open(str(tmp_path / "a.tif"))
    stored = [
        (x, y)
        for y in range(4)
        for x in range(6)
        if band.GetRasterBand(1).GetMetadataItem(f"BLOCK_OFFSET_{x}_{y}", "TIFF")
    ]
    assert stored == [(2, 1)]


def test_missing_tiles_of_a_sparse_mask_are_known_without_reading(face, job, tmp_path, monkeypatch):
    grid = grid_of(6 * TILE, 4 * TILE)
    tile = np.ones((TILE, TILE), np.uint8)
    source = lambda x, y, w, h: tile if (x, y) == (2 * TILE, TILE) else None  # noqa: E731
    write_raster(tmp_path / "m.tif", grid, source, job=job, dtype="uint8", nodata=0)
    asked = []
    with Mask(tmp_path / "m.tif", grid, job) as mask:
        inner = mask._pixels.read
        monkeypatch.setattr(mask._pixels, "read", lambda *window: (asked.append(window), inner(*window))[1])
        assert not mask.window(0, 0, 2 * TILE, 4 * TILE).any()
        assert not mask.window(2 * TILE + 7, 2 * TILE, TILE, TILE).any()
        assert asked == []
        assert mask.window(2 * TILE - 1, TILE, 3, 1).tolist() == [[False, True, True]]


def test_ten_thousand_million_cells_cost_their_tiles(face, job, tmp_path):
    grid = grid_of(200_000, 50_000)

    def source(x, y, width, height):
        return np.ones((height, width), np.float32) if x == y == 20 * TILE else None

    write_raster(tmp_path / "a.tif", grid, source, job=job, nodata=NODATA)
    assert (tmp_path / "a.tif").stat().st_size < 2 * MB
    assert (tmp_path / "a.tif").read_bytes()[:4] == b"II\x2b\x00"  # BigTIFF: it would not fit otherwise if full
    dataset = gdal.Open(str(tmp_path / "a.tif"))
    assert dataset.GetRasterBand(1).ReadAsArray(20 * TILE - 1, 20 * TILE, 2, 1).tolist() == [[NODATA, 1.0]]


def test_sidecars_of_the_file_replaced_go_with_it(face, job, tmp_path):
    for name in ("a.tif", "a.tif.aux.xml", "a.tif.ovr", "b.tif.aux.xml"):
        (tmp_path / name).write_text("old")
    write_raster(tmp_path / "a.tif", grid_of(3, 2), of_array(np.ones((2, 3), np.float32)), job=job, nodata=NODATA)
    assert names(tmp_path) == ["a.tif", "b.tif.aux.xml"]


def test_a_raster_whose_tiles_cannot_be_counted_in_memory_is_refused(face, job, tmp_path):
    """GDAL holds where each tile lies, written or not: points far apart make many of nothing."""
    grid = RasterGrid(Fraction(1), 0, 0, 4_000_000, 3_000_000)
    with pytest.raises(MemoryLimitError, match="raster of 4,000,000 x 3,000,000 cells needs 2446 MB"):
        write_raster(tmp_path / "a.tif", grid, lambda *window: None, job=job)
    assert names(tmp_path) == []


def test_a_sidecar_that_cannot_be_removed_is_told(face, job, tmp_path, monkeypatch):
    unlink = Path.unlink

    def refused(path, **more):
        if path.suffix == ".ovr":
            raise OSError(16, "busy")
        unlink(path, **more)

    (tmp_path / "a.tif.ovr").write_text("of before")
    monkeypatch.setattr(Path, "unlink", refused)
    write_raster(tmp_path / "a.tif", grid_of(3, 2), of_array(np.ones((2, 3), np.float32)), job=job)
    assert job.warnings == [
        f"{tmp_path / 'a.tif.ovr'} belongs to the file replaced and could not be removed (busy): delete it."
    ]
    assert read(tmp_path / "a.tif").tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize("cog", [False, True])
def test_an_error_leaves_the_earlier_output(face, job, tmp_path, cog):
    path = tmp_path / "a.tif"
    path.write_text("earlier")

    def source(x, y, width, height):
        if y:
            raise ZeroDivisionError
        return np.ones((height, width), np.float32)

    with pytest.raises(ZeroDivisionError):
        write_raster(path, grid_of(2 * TILE, 2 * TILE), source, job=job, nodata=NODATA, cog=cog)
    assert path.read_text() == "earlier"
    assert names(tmp_path) == ["a.tif"]


def test_cancel_during_the_copy_to_a_cog(face, job, tmp_path, monkeypatch):
    path = tmp_path / "a.tif"
    path.write_text("earlier")
    grid, tiles = grid_of(6 * TILE, 6 * TILE), []

    def source(x, y, width, height):
        tiles.append((x, y))
        if len(tiles) == 36:
            job._entry.cancel.set()
            monkeypatch.setattr(job.progress, "check", with_delay(job.progress.check))
        return np.random.default_rng(len(tiles)).random((height, width), np.float32)

    def with_delay(check):
        calls = []

        def delayed():
            calls.append(1)
            if len(calls) > 3:
                check()

        return delayed

    with pytest.raises(Cancelled):
        write_raster(path, grid, source, job=job, nodata=NODATA, cog=True)
    assert path.read_text() == "earlier"
    assert names(tmp_path) == ["a.tif"]


def test_places_that_cannot_be_written_are_one_sentence(face, job, tmp_path):
    (tmp_path / "folder.tif").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "absent" / "a.tif", tmp_path / "file" / "a.tif", tmp_path / "folder.tif"):
        with pytest.raises(OutputError, match="cannot be written"):
            write_raster(path, grid_of(3, 2), of_array(np.ones((2, 3))), job=job, nodata=NODATA)
    assert names(tmp_path) == ["file"]


def test_gdals_cache_is_small_and_restored(face, job, tmp_path):
    before, seen = gdal.GetCacheMax(), []

    def source(x, y, width, height):
        seen.append(gdal.GetCacheMax())
        return

    write_raster(tmp_path / "a.tif", grid_of(3, 2), source, job=job, nodata=NODATA)
    assert seen == [MB]
    assert gdal.GetCacheMax() == before


@pytest.mark.parametrize("cog", [False, True])
def test_bands_are_the_same_bytes_for_any_memory_and_threads(face, tmp_path, cog):
    bands = np.random.default_rng(2).random((3, 2 * TILE + 9, TILE + 5), np.float32)
    for number, (limit, threads) in enumerate([(2048, 2), (500, 1)]):
        folder = JobFolder(tmp_path / "scratch", "0" * 16)
        with Job(folder, budget=Budget(limit * MB, 400 * MB), threads=threads) as job:
            write_raster(tmp_path / f"{number}.tif", grid_of(TILE + 5, 2 * TILE + 9),
                         lambda x, y, w, h: bands[:, y : y + h, x : x + w],
                         job=job, nodata=NODATA, bands=("a", "b", "c"), cog=cog)  # fmt: skip
    assert (tmp_path / "0.tif").read_bytes() == (tmp_path / "1.tif").read_bytes()


FULL_DISK = """
import sys
sys.path.insert(0, {plugins!r})
import numpy as np
from fractions import Fraction
from pathlib import Path
from scree.core.errors import OutputError
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.rasters import RasterGrid, choice, write_raster
from scree.core.rasters.with_{face} import {Face}Backend
choice.choose = {Face}Backend
disk = Path({disk!r})
(disk / "a.tif").write_text("earlier")
rng = np.random.default_rng(1)
job = Job(JobFolder(Path({scratch!r}), "0" * 16), budget=Budget(2 << 30, 0), threads={threads})
for tiles in (2, 3, 4, 8, 100):
    grid = RasterGrid(Fraction(1), 0, 0, 512 * tiles, 512)
    try:
        write_raster(disk / "a.tif", grid, lambda x, y, w, h: rng.random((h, w), np.float32), job=job, cog={cog})
        print("written", tiles)
    except OutputError as error:
        print(error)
    print(sorted(p.name for p in disk.iterdir()))
"""


@pytest.mark.parametrize(("threads", "cog"), [(1, False), (2, False), (2, True)])
def test_a_full_disk_is_found_whenever_gdal_meets_it(face, tmp_path, threads, cog):
    """Some tiles are only written when the file is closed, where GDAL's Python faces stay silent."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=3m tmpfs "$0" && exec "$@"', str(disk)]
    try:
        probe = subprocess.run([*mount, "true"], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if probe.returncode:
        pytest.skip(f"a private mount is not permitted: {probe.stderr.decode().strip()}")
    code = FULL_DISK.format(
        plugins=str(ROOT / "build" / "plugins"),
        face=face.name,
        Face=face.name.capitalize(),
        disk=str(disk),
        scratch=str(tmp_path / "scratch"),
        threads=threads,
        cog=cog,
    )
    run = subprocess.run([*mount, sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    told = run.stdout.splitlines()
    assert told[1::2] == ["['a.tif']"] * 5
    fit = 0 if cog else 1
    assert [line for line in told[::2] if line.startswith("written")] == ["written 2"][:fit]
    assert all("is full: free some space" in line for line in told[2 * fit :: 2])


def test_a_tile_that_is_missing_in_any_band_is_found(face, job, tmp_path, monkeypatch):
    """As on a disk that got full between two bands of a tile."""

    def cut(writer):
        write = writer.write
        writer.write = lambda x, y, values: write(x, y, np.stack([values[0], np.full_like(values[1], NODATA)]))
        return writer

    create = type(face).create
    monkeypatch.setattr(type(face), "create", lambda self, path, profile: cut(create(self, path, profile)))
    with pytest.raises(OutputError, match="a tile is missing"):
        write_raster(tmp_path / "a.tif", grid_of(3, 2), of_array(np.ones((2, 2, 3), np.float32)),
                     job=job, nodata=NODATA, bands=("a", "b"))  # fmt: skip
    assert names(tmp_path) == []


# --- CRS


def test_very_many_impossible_places_are_transformed_at_once(face):
    """Rasterio's own way would take a quarter of an hour, one after the other."""
    transform = face.transform(wkt("OGC:CRS84"), UTM)
    x, y = transform(np.linspace(700_000, 800_000, 1_000_000), np.full(1_000_000, 6_277_530.0))
    assert not np.isfinite(x).any() and not np.isfinite(y).any()


def test_places_are_the_same_without_osgeo(monkeypatch):
    pytest.importorskip("rasterio")
    from scree.core.rasters.with_rasterio import RasterioBackend

    x, y = np.array([9.0, 9.5, 700_000.0, 10.0]), np.array([48.0, 48.5, 6_277_530.0, 49.0])
    found = RasterioBackend().transform(wkt("OGC:CRS84"), UTM)(x, y)
    monkeypatch.setitem(sys.modules, "scree.core.rasters.with_osgeo", None)
    alone = RasterioBackend().transform(wkt("OGC:CRS84"), UTM)(x, y)
    assert np.isfinite(found[0]).tolist() == np.isfinite(alone[0]).tolist() == [True, True, False, True]
    assert np.allclose(found[0][[0, 1, 3]], alone[0][[0, 1, 3]], atol=1e-6)
    assert np.allclose(found[1][[0, 1, 3]], alone[1][[0, 1, 3]], atol=1e-6)


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT2_2019"])
def test_the_horizontal_part_of_a_compound_crs(version):
    crs = osr.SpatialReference()
    crs.SetFromUserInput("EPSG:25832+7837")
    crs.SetCompoundCS('with "[odd], name', osr.SpatialReference(UTM), vertical())
    part = backend.horizontal(crs.ExportToWkt([f"FORMAT={version}"]))
    assert osr.SpatialReference(part).IsSame(osr.SpatialReference(UTM))
    assert backend.horizontal(UTM) == UTM


def vertical():
    crs = osr.SpatialReference()
    crs.ImportFromEPSG(7837)
    return crs
