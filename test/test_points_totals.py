# SPDX-License-Identifier: GPL-2.0-or-later
"""Totals by cell: exact whatever the order and the memory, and the same features as those of the stored points."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from points_made import landscape, save

from scree.core.jobs.folder import JobFolder
from scree.core.points import totals as module
from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.statistics import MOMENTS
from scree.core.points.totals import TILE_CELLS, Totals
from scree.core.points.totals_kernel import COLUMNS, add, summarise

rasterio = pytest.importorskip("rasterio")
ADDING = "min,max,range,mean,sum,variance,std,rms,pcount,pdens"


def cells(cloud: Any, output: Path, features: str = ADDING, attribute: str = "z", **options: Any) -> Any:
    inputs = (cloud,) if isinstance(cloud, str) else tuple(cloud)
    chosen = {"resolution": 1.0, "max_memory": 1500, **options}
    report = grid_points(
        GridOptions(inputs=inputs, output=str(output), **chosen), CellStatistics(attribute, features, True)
    )
    with rasterio.open(output) as raster:
        return raster.read(masked=True).filled(np.nan), report


@pytest.mark.parametrize("attribute", ["z", "intensity"])
def test_totals_agree_with_stored_points(tmp_path: Path, attribute: str) -> None:
    rng = np.random.default_rng(3)
    xyz = landscape(rng, 6000, 40.0)
    cloud = save(tmp_path / "a.las", xyz, intensity=rng.integers(0, 65_535, 6000).astype(np.uint16))
    added, report = cells(cloud, tmp_path / "a.tif", attribute=attribute)
    stored, _ = cells(cloud, tmp_path / "b.tif", ADDING + ",median", attribute)
    assert np.array_equal(np.isnan(added), np.isnan(stored[:-1]))
    assert np.allclose(added, stored[:-1], rtol=1e-6, atol=1e-6, equal_nan=True)
    assert report["cells_worked"] == report["cells_written"] == np.count_nonzero(~np.isnan(added[0]))
    assert np.nansum(added[8]) == report["points_read"] == 6000


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1, max_size=30),
    st.integers(-(2**30), 2**30),
    st.integers(1, 40),
)
def test_features_are_those_of_exact_arithmetic(values: list[int], shift: int, spread: int) -> None:
    limit = 2**31 - 1
    values = [max(-limit, min(limit, shift + value // 2**spread)) for value in values]
    totals = np.zeros((TILE_CELLS, COLUMNS), np.int64)
    order = np.arange(len(values))
    add(totals, np.full(len(values), 7, np.int32), np.array(values, np.int64), order)
    out = np.empty((len(MOMENTS), 1), np.float32)
    summarise(totals, np.array([7]), np.arange(len(MOMENTS)), 1.0, 1000.0, 4.0, out)
    n, unit = len(values), Fraction(1, 1000)
    mean = Fraction(sum(values), n)
    variance = sum((value - mean) ** 2 for value in values) / (n - 1) if n > 1 else None
    expected = [
        min(values) * unit, max(values) * unit, (max(values) - min(values)) * unit, mean * unit, sum(values) * unit,
        None if variance is None else variance * unit**2, None if variance is None else float(variance) ** 0.5 / 1000,
        float(Fraction(sum(value**2 for value in values), n)) ** 0.5 / 1000, n, n / 4,
    ]  # fmt: skip
    span = max(values) - min(values)
    for name, want, got in zip(MOMENTS, expected, out[:, 0], strict=True):
        if want is None:
            assert np.isnan(got)
        else:
            slack = 1e-6 * span / 1000 if name in ("variance", "std") else 1e-9
            assert np.isclose(got, np.float32(want), rtol=3e-7, atol=slack * (span / 1000 if name == "variance" else 1))


@pytest.mark.parametrize(("held", "nodes"), [(100, 4096), (2, 4096), (1, 4), (3, 5)])
def test_sums_do_not_depend_on_what_was_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, nodes: int
) -> None:
    monkeypatch.setattr(module, "QUIET_CHUNKS", 2)
    monkeypatch.setattr(module, "RUN_POINTS", 700)
    monkeypatch.setattr("scree.core.tiles.spool.MOST_NODES", nodes)
    rng = np.random.default_rng(held)
    x, y = rng.integers(-2000, 2000, (2, 9000)) * 10
    x[:4000].sort()
    value = rng.integers(-(2**31) + 1, 2**31 - 1, 9000)
    job = SimpleNamespace(
        budget=SimpleNamespace(working=2 * held * module.TILE_BYTES),
        folder=JobFolder(tmp_path, "0" * 16),
        progress=SimpleNamespace(check=lambda: None),
    )
    with job.folder:
        totals = Totals(10, job)  # type: ignore[arg-type]
        for first in range(0, 9000, 500):
            part = slice(first, first + 500)
            totals.add(x[part], y[part], value[part])
        totals.seal()
        found = {tile: kept.copy() for group in totals.tiles() for tile, kept in totals.read(group)}
        totals.close()
    assert len(found) == len({(int(i), int(j)) for i, j in zip(x // 5120, y // 5120, strict=True)})
    for tile, kept in found.items():
        here = (x // 5120 == tile.ix) & (y // 5120 == tile.iy)
        cell = (y[here] // 10 % 512) * 512 + x[here] // 10 % 512
        assert np.array_equal(kept[:, 0], np.bincount(cell, minlength=TILE_CELLS))
        sums = np.zeros(TILE_CELLS, np.int64)
        np.add.at(sums, cell, value[here])
        assert np.array_equal(kept[:, 3], sums)


def test_same_bytes_for_any_memory_order_and_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    xyz = landscape(rng, 5000, 600.0)
    cells(save(tmp_path / "a.las", xyz), tmp_path / "one.tif", "mean,std", resolution=0.5)
    order = rng.permutation(5000)
    parts = [save(tmp_path / f"{i}.laz", xyz[part]) for i, part in enumerate(np.array_split(order, 4))]
    monkeypatch.setattr(module, "TILE_BYTES", 1 << 29)
    monkeypatch.setattr(module, "QUIET_CHUNKS", 1)
    cells(parts[::-1], tmp_path / "two.tif", "mean,std", resolution=0.5, threads=1, max_memory=900)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


def test_numbers_beyond_sums_take_the_long_way(tmp_path: Path) -> None:
    xyz = np.array([[0.5, 0.5, 1.0], [0.6, 0.5, 2], [3.5, 0.5, 7]])
    cloud = save(tmp_path / "a.las", xyz, Id=np.array([2**40, 2**40 + 4, 5]))
    bands, _ = cells(cloud, tmp_path / "o.tif", "mean,pcount", "Id")
    assert np.array_equal(bands[:, 0, [0, 3]], np.float32([[2**40 + 2, 5], [2, 1]]))
