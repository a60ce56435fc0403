# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of a DEM run: same bytes however the work is cut, in any memory, after any death."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clouds_made import ground, write_cloud_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions
from scree.core.tiles import store as store_module

BANDS = ("output", "hillshade", "distance", "count")
METHODS = ("rst", "surrounded", "tin", "naturalneighbor", "idw", "movingplane", "nearest")
"""Of the DEM; ``surrounded`` is the rst with this segmentation."""
SIDE, POINTS = 90.0, 30_000
SMALL_UNITS = 3_000


@pytest.fixture(autouse=True)
def small_units(monkeypatch):
    """Many units from little data."""
    monkeypatch.setattr(store_module, "UNIT_POINTS", SMALL_UNITS)


@pytest.fixture(scope="module")
def columns():
    """Ground with a hole."""
    made = ground(POINTS, SIDE)
    kept = np.hypot(made["x"] - made["x"].mean(), made["y"] - made["y"].mean()) > 12
    return {name: column[kept] for name, column in made.items()}


def options(folder: Path, inputs: list[Path], method: str = "rst", **more) -> DemOptions:
    paths = {band: str(folder / f"{band}.tif") for band in BANDS}
    if method in ("rst", "surrounded"):
        paths["slope"] = str(folder / "slope.tif")
    if method == "surrounded":
        method, more["segmentation"] = "rst", "surrounded"
    return DemOptions(inputs=tuple(map(str, inputs)), method=method, **paths, **more)


def values(made: DemOptions) -> dict[str, bytes]:
    """Every pixel and the place of every raster that was made."""
    from osgeo import gdal

    found = {}
    for band in (*BANDS, "slope"):
        path = getattr(made, band)
        if path:
            raster = gdal.Open(path)
            found[band] = raster.ReadAsArray().tobytes() + repr(raster.GetGeoTransform()).encode()
    return found


@pytest.fixture(scope="module")
def reference(tmp_path_factory, columns):
    """Values by method from one unshuffled file on one thread."""
    made: dict[str, dict[str, bytes]] = {}

    def of(method: str) -> dict[str, bytes]:
        if method not in made:
            folder = tmp_path_factory.mktemp(method)
            run = options(folder, [write_cloud_file(folder / "a.las", columns)], method, threads=1, max_memory=2048)
            build_dem(run)
            made[method] = values(run)
        return made[method]

    return of


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**30),
    files=st.integers(1, 4),
    suffix=st.sampled_from([".las", ".laz"]),
    threads=st.sampled_from([1, 2, 4]),
    memory=st.sampled_from([700, 4096]),
)
def test_same_bytes_for_any_cut(tmp_path_factory, columns, reference, method, seed, files, suffix, threads, memory):
    folder = tmp_path_factory.mktemp("cut ü")
    parts = np.array_split(np.random.default_rng(seed).permutation(len(columns["x"])), files)
    inputs = [write_cloud_file(folder / f"part {i}{suffix}", columns, part) for i, part in enumerate(parts)]
    run = options(folder, inputs, method, threads=threads, max_memory=memory)
    build_dem(run)
    assert values(run) == reference(method)
    assert not list(folder.glob("scree-*")), "a finished run leaves no job folder"


@pytest.mark.parametrize("method", ["rst", "surrounded"])
def test_unit_size_never_shows(tmp_path, columns, reference, monkeypatch, method):
    monkeypatch.setattr(store_module, "UNIT_POINTS", 700)
    run = options(tmp_path, [write_cloud_file(tmp_path / "a.las", columns)], method)
    build_dem(run)
    assert values(run) == reference(method)


def start(folder: Path, run: DemOptions) -> subprocess.Popen:
    from dataclasses import asdict

    text = folder / "options.json"
    text.write_text(json.dumps(asdict(run)), "utf-8")
    script = Path(__file__).parent / "dem_run.py"
    return subprocess.Popen(
        [sys.executable, str(script), str(text), str(SMALL_UNITS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.parametrize("method", ["rst", "surrounded"])
def test_killed_at_ten_moments_and_resumed_with_other_memory(tmp_path, columns, reference, method):
    rng = random.Random(3)
    cloud = write_cloud_file(tmp_path / "a.laz", columns)
    child = start(tmp_path, options(tmp_path, [cloud], method))
    begun = time.monotonic()
    child.communicate()
    whole = time.monotonic() - begun
    assert child.returncode == 0
    for name in BANDS:
        (tmp_path / f"{name}.tif").unlink()
    for _ in range(10):
        run = options(tmp_path, [cloud], method, max_memory=rng.choice([700, 900, 2048]), threads=rng.choice([1, 2]))
        child = start(tmp_path, run)
        try:
            child.communicate(timeout=rng.uniform(0.3, 1.0) * whole)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
        left = {p.name for p in tmp_path.iterdir()} & {f"{name}.tif" for name in BANDS}
        for name in left:
            (tmp_path / name).unlink()
    run = options(tmp_path, [cloud], method, max_memory=1024)
    child = start(tmp_path, run)
    _, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    assert values(run) == reference(method)


@pytest.mark.parametrize("method", ["rst", "surrounded"])
def test_peak_memory_stays_under_the_limit(tmp_path, method):
    cloud = write_cloud_file(tmp_path / "big.las", ground(1_500_000, 500.0))
    run = options(tmp_path, [cloud], method, max_memory=512, report=str(tmp_path / "report.json"))
    child = start(tmp_path, run)
    out, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    assert json.loads(out.splitlines()[-1])["peak_memory"] <= 512


def test_the_same_points_from_copc(scree_data, tmp_path):
    import laspy

    copc = scree_data / "airborne/copc/ign_77050_627755.copc.laz"
    with laspy.open(copc) as reader:
        las = reader.read()
    plain = laspy.LasData(laspy.LasHeader(point_format=6, version="1.4"))
    plain.header.scales, plain.header.offsets = las.header.scales, las.header.offsets
    for name in ("X", "Y", "Z", "classification"):
        setattr(plain, name, getattr(las, name)[::-1])
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    plain.write(str(tmp_path / "a" / "plain.las"))
    first, second = options(tmp_path / "a", [tmp_path / "a" / "plain.las"]), options(tmp_path / "b", [copc])
    build_dem(first)
    build_dem(second)
    assert values(first) == values(second)


@pytest.mark.parametrize("more", [{"method": m} for m in METHODS] + [{"segmentation": "plain"}], ids=str)
def test_a_mask_takes_cells_away_and_changes_no_other(tmp_path, columns, more):
    from osgeo import gdal

    made = {}
    for name in ("whole", "masked"):
        folder = tmp_path / name
        folder.mkdir()
        mask = {"mask": str(tmp_path / "mask.tif")} if made else {}
        run = options(folder, [write_cloud_file(folder / "a.las", columns)], **{"method": "rst"} | more | mask)
        build_dem(run)
        rasters = {band: gdal.Open(getattr(run, band)) for band in ("output", "distance")}
        made[name] = {band: raster.ReadAsArray() for band, raster in rasters.items()}
        if not mask:
            made["kept"] = _blots(rasters["output"], tmp_path / "mask.tif")
    for band, whole in made["whole"].items():
        masked, nodata = made["masked"][band], -9999.0
        assert (masked[made["kept"]] == whole[made["kept"]]).all()
        assert (masked[~made["kept"]] == nodata).all()


def _blots(like, path):
    """Write a mask of a few discs and a line on the grid of a raster; returns where it keeps cells."""
    from osgeo import gdal

    row, column = np.mgrid[: like.RasterYSize, : like.RasterXSize]
    kept = (np.hypot(row - 20, column - 30) < 9) | (np.hypot(row - 70, column - 61) < 4) | (row == 50)
    mask = gdal.GetDriverByName("GTiff").Create(str(path), like.RasterXSize, like.RasterYSize, 1, gdal.GDT_Byte)
    mask.SetGeoTransform(like.GetGeoTransform())
    mask.SetProjection(like.GetProjection())
    mask.GetRasterBand(1).WriteArray(kept.astype(np.uint8))
    mask.FlushCache()
    return kept
