# SPDX-License-Identifier: GPL-2.0-or-later
"""Many polygons: packed, asked by the kernel as one by one, and refused where they cannot be."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from scree.core.augmentation.polygons import open_polygons
from scree.core.errors import InputError, MemoryLimitError
from scree.core.jobs.budget import Budget
from scree.core.neighborhood.expression import polygons as module
from scree.core.neighborhood.expression.polygon_files import read_polygons
from scree.core.neighborhood.expression.polygons import Polygons
from scree.core.rasters.choice import choose


def blob(rng: Any, corners: int, whole: bool) -> list[Any]:
    """A star round some place, at whole coordinates or not, with a hole, closed or not."""
    center, angle = rng.uniform(0, 100, 2), np.sort(rng.uniform(0, 2 * np.pi, corners))
    star = rng.uniform(4, 9, corners)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    rings = [center + star, center + star[::2] / 3]
    rings = [np.rint(ring) if whole else ring for ring in rings]
    return [np.concatenate([ring, ring[:1]]) if rng.random() < 0.5 else ring for ring in rings]


def test_the_kernel_and_the_bands_say_what_each_polygon_says(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    blobs = [blob(rng, int(rng.integers(3, 40)), i % 2 == 0) for i in range(120)]
    x, y = rng.uniform(-5, 105, (2, 6000))
    x[:2000], y[:2000] = np.rint(x[:2000]), np.rint(y[:2000])
    for i, rings in enumerate(blobs[:40]):  # on corners and on edges
        x[i], y[i] = rings[0][1]
        x[40 + i], y[40 + i] = (rings[0][0] + rings[0][1]) / 2
    x[100], y[101] = np.nan, np.nan
    expected = np.zeros(len(x), np.bool_)
    for rings in blobs:
        expected |= module._Banded(rings).contains(x, y)
    packed = Polygons.of(blobs)
    monkeypatch.setattr(module, "AT_ONCE", 7)
    for few in (0, 20, 1000):
        monkeypatch.setattr(module, "FEW", few)
        assert np.array_equal(Polygons.of(blobs).contain(x, y), expected)
    parts = [packed.contain(x[at : at + 100], y[at : at + 100]) for at in range(0, len(x), 100)]
    assert np.array_equal(np.concatenate(parts), expected) and 0.2 < expected.mean() < 0.9
    assert packed.touch(0, 0, 5, 5) and not packed.touch(200, 200, 300, 300)
    assert not packed.contain(np.empty(0), np.empty(0)).any()


def test_polygons_are_packed() -> None:
    corners = np.random.default_rng(1).uniform(0, 9, (9, 2))
    tracemalloc.start()
    packed = Polygons.of([corners + i] for i in range(30_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packed) == 30_000 and packed.corners.shape == (270_000, 2)
    assert packed.bytes < 30_000 * 210 and peak < 30_000 * 420, "2,400 bytes each before"


def geojson(path: Path, *rings: Any) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


SQUARE = [[2, 46], [3, 46], [3, 47], [2, 46]]


def job(memory: int = 1 << 30) -> Any:
    return SimpleNamespace(warn=lambda text: None, budget=Budget(memory, 0))


@pytest.mark.parametrize("far", [1e300, -1e13])
def test_corners_that_are_no_place(tmp_path: Path, far: float) -> None:
    path = geojson(tmp_path / "a.geojson", SQUARE, [[far, 0], [1, 0], [1, 1], [far, 0]])
    with pytest.raises(InputError, match=r"a\.geojson has a polygon with the corner .*, 0.0; coordinates are numbers"):
        read_polygons(path)
    with pytest.raises(InputError, match=r"BUILDINGS is no file of polygons: .* with the corner"):
        open_polygons(path, "BUILDINGS", "", job())


def test_corners_that_another_crs_cannot_reach(tmp_path: Path) -> None:
    from scree.core.clouds.crs import from_user

    lambert = from_user("EPSG:2154")
    good = open_polygons(geojson(tmp_path / "g.geojson", SQUARE), "BUILDINGS", lambert, job())
    assert good.touch(600_000, 6_500_000, 700_000, 6_700_000)
    path = geojson(tmp_path / "a.geojson", SQUARE, [[1e9, 4e8], [1, 0], [1, 1], [1e9, 4e8]])
    with pytest.raises(InputError, match=r"brought to the CRS of the clouds, has a polygon with the corner inf"):
        open_polygons(path, "BUILDINGS", lambert, job())


def test_one_impossible_place_does_not_spoil_the_others() -> None:
    from scree.core.clouds.crs import from_user

    transform = choose().transform(from_user("EPSG:4326"), from_user("EPSG:2154"))
    assert transform is not None
    x, y = transform(np.array([[3.0, 1e9], [3.0, 1e300]]), np.array([[46.5, 1e9], [46.5, 0.0]]))
    assert x[:, 0].tolist() == [700_000.0, 700_000.0] and not np.isfinite(x[:, 1]).any() and x.shape == y.shape


def test_polygons_count_in_the_memory(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", *[SQUARE] * 3000)
    with pytest.raises(MemoryLimitError, match="Keeping the 3,000 polygons of BUILDINGS needs"):
        open_polygons(path, "BUILDINGS", "", job((64 << 20) + 1000))
