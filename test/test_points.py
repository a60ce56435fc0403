# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs over points: every neighborhood against plain NumPy, and the promises of memory, order and resume."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, lattice, load, run, save

from scree.core.errors import Cancelled, InputError, OptionError
from scree.core.neighborhood.expression import LanguageError
from scree.core.points import units
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.normals import Normals
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.statistics import parse_features
from scree.core.points.stream import stream_points

FEATURES = (
    "min,max,range,mean,median,sum,variance,std,rms,pcount,quantile(0.9),nmin(2),nmax(3),majority,minority,entropy"
)


def members(p: Any, definition: str) -> Any:
    """bool [n, n]: who is a neighbor of whom, in millimeters."""
    d = p[None, :, :] - p[:, None, :]
    flat, solid = (d[..., :2] ** 2).sum(axis=2), (d**2).sum(axis=2)
    return {
        "sphere(r=1.5)": lambda: solid <= 1500**2,
        "circle(d=4)": lambda: flat <= 2000**2,
        "window(x=2 y=5)": lambda: (abs(d[..., 0]) <= 1000) & (abs(d[..., 1]) <= 2500),
        "box(s=3)": lambda: (abs(d) <= 1500).all(axis=2),
        "cylinder(r=2 z=1)": lambda: (flat <= 2000**2) & (abs(d[..., 2]) <= 500),
        "circle(r=z-199)": lambda: flat <= np.maximum((p[:, 2] - 199_000) ** 2, 0)[:, None],
    }[definition]()


def numbers(values: Any) -> dict[str, float]:
    found, times = np.unique(values, return_counts=True)
    share, several, n = times / len(values), len(values) > 1, len(values)
    return {
        "min": values.min(), "max": values.max(), "range": np.ptp(values), "mean": values.mean(),
        "median": np.median(values), "sum": values.sum(), "variance": values.var(ddof=1) if several else np.nan,
        "std": values.std(ddof=1) if several else np.nan, "rms": np.sqrt((values**2).mean()), "pcount": n,
        "q90": np.quantile(values, 0.9), "nmin2": np.sort(values)[min(2, n) - 1],
        "nmax3": np.sort(values)[n - min(3, n)], "majority": found[times.argmax()],
        "minority": found[times.argmin()], "entropy": -(share * np.log2(share)).sum(),
    }  # fmt: skip


@pytest.mark.parametrize(
    "definition",
    ["sphere(r=1.5)", "circle(d=4)", "window(x=2 y=5)", "box(s=3)", "cylinder(r=2 z=1)", "circle(r=z-199)"],
)
def test_statistics_are_those_of_numpy(tmp_path: Path, definition: str) -> None:
    rng = np.random.default_rng(7)
    xyz = landscape(rng, 900, 30.0)
    level = rng.integers(0, 6, 900).astype(np.uint16)
    cloud = save(tmp_path / "a.las", xyz, intensity=level)
    heights = run(PointStatistics("z", FEATURES), cloud, tmp_path / "z.las", definition)
    levels = run(PointStatistics("intensity", FEATURES, "zeroPlane"), cloud, tmp_path / "i.las", definition)
    p = lattice(heights)
    inside = members(p, definition)
    if "z-199" in definition:
        inside[p[:, 2] < 199_000] = False
    for i in range(0, 900, 9):
        if not inside[i].any():
            assert np.isnan(heights["mean_z"][i])
            continue
        for values, found, name in (
            ((p[inside[i], 2] - p[i, 2]) / 1000, heights, "z"),
            (level[inside[i]].astype(float), levels, "intensity"),
        ):
            for feature, expected in numbers(values).items():
                assert np.isclose(found[f"{feature}_{name}"][i], expected, rtol=1e-5, atol=2e-5, equal_nan=True), (
                    feature,
                    i,
                )


def test_density_is_points_over_the_area_of_the_region(tmp_path: Path) -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(40.0), np.arange(40.0)))
    cloud = save(tmp_path / "a.las", np.column_stack([x, y, 0 * x]))
    found = run(PointStatistics("z", "pdens"), cloud, tmp_path / "o.las", "window(s=9)")
    middle = (x > 5) & (x < 34) & (y > 5) & (y < 34)
    assert np.allclose(np.asarray(found.pdens_z)[middle], 1.0)
    assert np.isclose(found.pdens_z[0], 25 / 81)


def test_statistics_over_a_tilted_plane_need_and_use_normals(tmp_path: Path) -> None:
    x, y = (a.ravel() for a in np.meshgrid(np.arange(10.0), np.arange(10.0)))
    cloud = save(tmp_path / "a.las", np.column_stack([x, y, 0.5 * x]))
    with pytest.raises(LanguageError, match="no attribute 'NormalX'"):
        run(PointStatistics("z", "max", "tiltedPlane"), cloud, tmp_path / "no.las", "circle(r=3)")
    run(Normals(), cloud, tmp_path / "n.las", "knn(k=9)")
    found = run(PointStatistics("z", "max", "tiltedPlane"), str(tmp_path / "n.las"), tmp_path / "o.las", "circle(r=3)")
    assert np.abs(found.max_z).max() < 1e-6


def digest(cloud: Any) -> str:
    order = np.lexsort([np.asarray(cloud[name]) for name in ("intensity", "Z", "Y", "X")])
    return hashlib.sha256(cloud.points.array[order].tobytes()).hexdigest()


@pytest.mark.parametrize(
    "definition", ["knn(k=7)", "sphere(r=2)", "circle(r=2) and knn(k=5 dim=3d)", "knn(k=9 mode=octant)"]
)
def test_same_answers_for_any_memory_threads_order_and_split(tmp_path: Path, definition: str) -> None:
    rng = np.random.default_rng(11)
    xyz = landscape(rng, 4000, 50.0)
    tag = np.arange(4000).astype(np.uint16)
    engine = lambda: PointStatistics("intensity", "mean,std,median,pcount", "zeroPlane")  # noqa: E731
    whole = run(engine(), save(tmp_path / "a.las", xyz, intensity=tag), tmp_path / "o.las", definition)
    order = rng.permutation(4000)
    mixed = save(tmp_path / "b.las", xyz[order], intensity=tag[order])
    again = run(engine(), mixed, tmp_path / "p.las", definition, threads=1, max_memory=700)
    assert digest(again) == digest(whole)
    corners = [
        save(tmp_path / f"{i}.las", xyz[part], intensity=tag[part]) for i, part in enumerate(np.array_split(order, 3))
    ]
    joined = run(engine(), corners, tmp_path / "q.las", definition)
    for name in ("mean_intensity", "std_intensity", "median_intensity", "pcount_intensity"):
        one, other = (np.asarray(cloud[name])[np.argsort(cloud.intensity)] for cloud in (joined, whole))
        assert np.array_equal(one, other, equal_nan=True)


def test_a_bird_and_an_island_find_their_neighbors_far_away(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    xyz = np.vstack([landscape(rng, 1500, 20.0), [[600_010, 5_000_010, 900]], [[640_000, 5_030_000, 0]]])
    found = run(PointStatistics("z", "pcount,max", "zeroPlane"), save(tmp_path / "a.las", xyz), tmp_path / "o.las",
                "knn(k=3 dim=3d)")  # fmt: skip
    p = lattice(found)
    for i in (1500, 1501):
        near = np.argsort(((p - p[i]) ** 2).sum(axis=1))[:3]
        assert found.pcount_z[i] == 3
        assert np.isclose(found.max_z[i], p[near, 2].max() / 1000)


def test_filters_choose_who_is_worked_and_who_counts(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    xyz, kind = landscape(rng, 800, 25.0), rng.integers(1, 4, 800).astype(np.uint8)
    strip = rng.integers(1, 3, 800).astype(np.uint16)
    cloud = save(tmp_path / "a.las", xyz, classification=kind, point_source_id=strip)
    found = run(PointStatistics("z", "pcount"), cloud, tmp_path / "o.las", "circle(r=2)",
                process_filter="Class[2]", neighbor_filter="Class[3]")  # fmt: skip
    p = lattice(found)
    near = ((p[None, :, :2] - p[:, None, :2]) ** 2).sum(axis=2) <= 2000**2
    assert np.array_equal(found.pcount_z, np.where(kind == 2, (near & (kind == 3)).sum(axis=1), 0))
    paired = run(PointStatistics("z", "pcount"), cloud, tmp_path / "c.las", "circle(r=2) minPtCount=3",
                 neighbor_filter="Generic[b.PointSourceId == PointSourceId]")  # fmt: skip
    same = (near & (strip[:, None] == strip)).sum(axis=1)
    assert np.array_equal(paired.pcount_z, np.where(same >= 3, same, 0))
    kept = run(Selection(), cloud, tmp_path / "k.las", "circle(r=2) minPtCount=9", kept="with")
    dropped = run(Selection(), cloud, tmp_path / "d.las", "circle(r=2) minPtCount=9", kept="without")
    assert np.array_equal(lattice(kept), p[near.sum(axis=1) >= 9])
    assert np.array_equal(lattice(dropped), p[near.sum(axis=1) < 9])


def test_order_decides_which_neighbor_is_first(tmp_path: Path) -> None:
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(4), 600, 20.0))
    formulas = parse_assignments("_low(double) = n[0].z\n_two(double) = n[1].z - _low")
    found = run(Calculator(formulas), cloud, tmp_path / "o.las", "circle(r=2) sort(attr=z)")
    p = lattice(found)
    near = ((p[None, :, :2] - p[:, None, :2]) ** 2).sum(axis=2) <= 2000**2
    for i in range(0, 600, 7):
        heights = np.sort(p[near[i], 2]) / 1000
        assert np.isclose(found._low[i], heights[0])
        assert np.isclose(found._two[i], heights[1] - heights[0]) if len(heights) > 1 else np.isnan(found._two[i])


def test_attributes_move_from_one_cloud_to_another(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    xyz, level = landscape(rng, 500, 20.0), rng.integers(0, 60_000, 500).astype(np.uint16)
    theirs = save(tmp_path / "b.las", xyz, Quality=level)
    mine = save(tmp_path / "a.las", xyz[::3] + [0.001, 0, 0])
    formulas = parse_assignments("_quality(uint16) = n[0].Quality")
    found = run(
        Calculator(formulas), mine, tmp_path / "o.las", "knn(k=1) maxSearchDistance=0.002", other_cloud=(theirs,)
    )
    p, q = lattice(found), lattice(load(theirs))
    for i, value in enumerate(found._quality):
        d2 = ((q[:, :2] - p[i, :2]) ** 2).sum(axis=1)
        assert value in level[d2 == d2.min()]


def test_rasters_give_heights_and_invalid_ones_stay_unset(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    from rasterio.transform import from_origin

    grid = np.add.outer(-np.arange(10.0), 2 * np.arange(12.0)).astype(np.float32)
    grid[0, 0] = -9999
    with rasterio.open(tmp_path / "r.tif", "w", driver="GTiff", width=12, height=10, count=1, dtype="float32",
                       transform=from_origin(100, 210, 1, 1), nodata=-9999) as out:  # fmt: skip
        out.write(grid, 1)
    x, y = np.array([101.75, 105.5, 100.6, 100.2, 300]), np.array([205.25, 209.5, 209.4, 205, 205.0])
    cloud = save(tmp_path / "a.las", np.column_stack([x, y, 0 * x + 7]))
    options = PointOptions(inputs=(cloud,), output=str(tmp_path / "o.las"), rasters=(str(tmp_path / "r.tif"),))
    stream_points(options, Calculator(parse_assignments("_h(double) = z - r[0]")))
    found = np.asarray(load(tmp_path / "o.las")._h)
    expected = 7 - (2 * (x - 100.5) - (209.5 - y))
    assert np.allclose(found[:2], expected[:2])
    assert np.isnan(found[2:]).all()
    far = save(tmp_path / "far.las", np.array([[900.0, 900, 1]]))
    with pytest.raises(InputError, match="does not overlap"):
        stream_points(PointOptions(inputs=(far,), output=str(tmp_path / "x.las"), rasters=options.rasters),
                      Calculator(parse_assignments("_h = r[0]")))  # fmt: skip


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scree.core.tiles.store.UNIT_POINTS", 400)
    cloud = save(tmp_path / "a.las", landscape(np.random.default_rng(8), 3000, 40.0))
    whole = run(Normals(), cloud, tmp_path / "whole.las", "knn(k=8)")
    work, done = units.UnitWork.__call__, []

    def failing(self: Any, unit: Any) -> None:
        if len(done) == 3:
            raise Cancelled("stop")
        done.append(unit)
        work(self, unit)

    monkeypatch.setattr(units.UnitWork, "__call__", failing)
    with pytest.raises(Cancelled):
        run(Normals(), cloud, tmp_path / "o.las", "knn(k=8)", threads=1)
    assert not (tmp_path / "o.las").exists()
    again: list[Any] = []

    def counting(self: Any, unit: Any) -> None:
        again.append(unit)
        work(self, unit)

    monkeypatch.setattr(units.UnitWork, "__call__", counting)
    found = run(Normals(), cloud, tmp_path / "o.las", "knn(k=8)")
    assert again and not set(again) & set(done)
    assert (tmp_path / "o.las").read_bytes() == (tmp_path / "whole.las").read_bytes()
    assert len(found) == len(whole)


def test_one_file_for_each_input(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    clouds = [save(tmp_path / name, landscape(rng, 300, 15.0)) for name in ("one.las", "two.laz")]
    from scree.core.points.job import work_points

    folder = tmp_path / "out"
    report = work_points(
        PointOptions(inputs=tuple(clouds), output_folder=str(folder), neighborhood="knn(k=5)"), Normals()
    )
    joined = run(Normals(), clouds, tmp_path / "all.las", "knn(k=5)")
    assert sorted(path.name for path in folder.iterdir()) == ["one.las", "two.laz"]
    both = np.concatenate([np.asarray(load(folder / name).NormalZ) for name in ("one.las", "two.laz")])
    assert np.array_equal(both, np.asarray(joined.NormalZ))
    assert report["points_written"] == 600


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "neither is given"),
        ({"output": "a.las", "output_folder": "b"}, "both are given"),
        ({"output": "a.tif"}, "must end in .las or .laz"),
        ({"output": "a.las", "threads": -1}, "THREADS is -1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(OptionError, match=match):
        PointOptions(inputs=("x.las",), **options).check()


@pytest.mark.parametrize(
    ("text", "match"),
    [("", "FEATURES is empty"), ("meen", "nearest: mean"), ("quantile", r"written quantile\(number\)"),
     ("quantile(2)", "0 to 1"), ("nmin(0)", "whole number"), ("mean,mean", "twice")],
)  # fmt: skip
def test_wrong_features_are_refused(text: str, match: str) -> None:
    with pytest.raises(OptionError, match=match):
        parse_features(text)


@pytest.mark.parametrize(
    ("text", "match"),
    [("_a(word) = z", "'word' is no type"), ("z + 1", "name\\(type\\) = formula"), ("_a(string) = z", "hold no text"),
     ("_a = z +", "character 9"), ("_a = 1\n_a = 2", "twice")],
)  # fmt: skip
def test_wrong_formulas_are_refused(text: str, match: str) -> None:
    with pytest.raises((LanguageError, OptionError), match=match):
        parse_assignments(text)
