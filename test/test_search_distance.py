# SPDX-License-Identifier: GPL-2.0-or-later
"""maxSearchDistance: of a query that sees without end, by the distance the query measures; else said to be ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import lattice, save

from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.job import work_points
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.surfaces import PointGrid


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> tuple[str, Any]:
    """A coarse grid in space, so that many points lie just on the distance, with codes of 0 to 4."""
    rng = np.random.default_rng(4)
    xyz = np.unique(rng.integers(0, 13, (500, 3)), axis=0) * 0.5
    path = save(tmp_path_factory.mktemp("far") / "a.las", xyz, intensity=rng.integers(0, 5, len(xyz)).astype(np.uint16))
    import laspy

    return path, laspy.read(path)


def counts(path: str, output: Path, text: str) -> tuple[list[int], list[str]]:
    import laspy

    options = PointOptions(inputs=(path,), output=str(output), neighborhood=text, max_memory=1500)
    report = work_points(options, PointStatistics("z", "pcount"))
    return laspy.read(output).pcount_z.tolist(), [text for text in report["messages"] if "ignored" in text]


@pytest.mark.parametrize(
    "query",
    ["circle(r=2)", "sphere(r=2)", "box(s=2)", "cylinder(r=1 z=3)", "window(s=3)", "circle(r=2) and knn(k=9 dim=3d)",
     "knn(k=9) and circle(r=2)", "circle(d=3) sampling(cellsize=1 select=all)"],
)  # fmt: skip
def test_a_query_that_ends_by_itself_is_not_cut_and_the_log_says_so(cloud, tmp_path, query) -> None:
    path, _ = cloud
    whole, silent = counts(path, tmp_path / "a.las", query)
    cut, told = counts(path, tmp_path / "b.las", f"{query} maxSearchDistance=0.5")
    assert cut == whole
    assert not silent
    assert len(told) == 1
    assert told[0].startswith("maxSearchDistance=0.5 is ignored: ")


@pytest.mark.parametrize("limit", [0.5, 1.0, 1.3])
@pytest.mark.parametrize(
    ("query", "dim"),
    [("knn(k=40)", 2), ("knn(k=40 dim=3d)", 3), ("circle(r=1.5) or knn(k=4 dim=3d)", 3),
     ("sphere(r=1.5) or knn(k=4)", 2), ("circle(r=Amplitude*0.5)", 2), ("sphere(r=Amplitude*0.5)", 3),
     ("box(s=Amplitude*0.5)", 3), ("cylinder(r=Amplitude*0.25 z=4)", 3), ("window(s=Amplitude*0.5)", 2),
     ("knn(k=30 dim=3d) and circle(r=1)", 3), ("window(s=Amplitude*0.5) and knn(k=4 dim=3d)", 2)],
)  # fmt: skip
def test_a_query_without_end_is_cut_by_the_distance_it_measures(cloud, tmp_path, query, dim, limit) -> None:
    path, las = cloud
    p, code = lattice(las).astype(float) / 1000, np.asarray(las.intensity).astype(float)
    got, told = counts(path, tmp_path / "o.las", f"{query} maxSearchDistance={limit}")
    assert not told
    d = p[None] - p[:, None]
    flat, solid = (d[..., :2] ** 2).sum(axis=2), (d**2).sum(axis=2)
    near = {2: flat, 3: solid}[dim] <= limit**2 + 1e-9
    half, across = np.abs(d[..., :2]).max(axis=2), np.abs(d).max(axis=2)
    sizes = code[:, None] * 0.5
    members = {
        "circle(r=1.5) or knn(k=4 dim=3d)": (flat <= 1.5**2) | nearest(np.where(near, solid, np.inf), p, 4),
        "sphere(r=1.5) or knn(k=4)": (solid <= 1.5**2) | nearest(np.where(near, flat, np.inf), p, 4),
        "circle(r=Amplitude*0.5)": np.where(sizes <= limit, flat <= sizes**2, False),
        "sphere(r=Amplitude*0.5)": np.where(sizes <= limit, solid <= sizes**2, False),
        "box(s=Amplitude*0.5)": np.where(sizes / 2 <= limit, across <= sizes / 2, False),
        "cylinder(r=Amplitude*0.25 z=4)": np.where(
            sizes / 2 <= limit, (flat <= (sizes / 2) ** 2) & (np.abs(d[..., 2]) <= 2), False
        ),
        "window(s=Amplitude*0.5)": np.where(sizes / 2 <= limit, half <= sizes / 2, False),
        "knn(k=30 dim=3d) and circle(r=1)": nearest(np.where(near, solid, np.inf), p, 30) & (flat <= 1),
    }
    if query.startswith("knn(k=40"):
        expected = nearest(np.where(near, {2: flat, 3: solid}[dim], np.inf), p, 40)
    elif query.startswith("window") and "knn" in query:
        inside = members["window(s=Amplitude*0.5)"] & near
        expected = nearest(np.where(inside, solid, np.inf), p, 4)
    else:
        expected = members[query] & near
    assert got == (expected & near).sum(axis=1).tolist()


def nearest(distance: Any, p: Any, k: int) -> Any:
    """bool [n, n]: the k least finite distances of each row, ties by x, y, z."""
    rank, found = np.lexsort((p[:, 2], p[:, 1], p[:, 0])), np.zeros(distance.shape, bool)
    for i, row in enumerate(distance):
        order = rank[np.argsort(row[rank], kind="stable")][:k]
        found[i, order[np.isfinite(row[order])]] = True
    return found


def test_a_raster_is_told_too(cloud, tmp_path) -> None:
    path, _ = cloud
    options = {"inputs": (path,), "output": str(tmp_path / "o.tif"), "resolution": 1.0, "max_memory": 1500}
    report = grid_points(GridOptions(neighborhood="circle(r=2) maxSearchDistance=1", **options), PointGrid("nearest"))
    assert [text for text in report["messages"] if "ignored" in text]
    report = grid_points(GridOptions(neighborhood="knn(k=2) maxSearchDistance=1", **options), PointGrid("nearest"))
    assert not [text for text in report["messages"] if "ignored" in text]
