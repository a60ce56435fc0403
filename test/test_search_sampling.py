# SPDX-License-Identifier: GPL-2.0-or-later
"""Sampling and growing regions are those of a brute-force reading of their definitions."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from points_made import lattice, load, run, save

from scree.core.errors import OptionError
from scree.core.points import cellsearch
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.pointstats import PointStatistics

QUICK = settings(max_examples=40, deadline=None)
CELL = 800
"""Millimeters of a sampling cell in the tests."""

SELECTIONS = {
    "all": None,
    "min[Amplitude]": lambda v: np.sort(v)[0],
    "max[Amplitude]": lambda v: np.sort(v)[-1],
    "nmin(2)[Amplitude]": lambda v: np.sort(v)[min(2, len(v)) - 1],
    "nmax(3)[Amplitude]": lambda v: np.sort(v)[-min(3, len(v))],
    "mean[Amplitude]": np.mean,
    "median[Amplitude]": np.median,
    "sum[Amplitude]": np.sum,
    "rms[Amplitude]": lambda v: np.sqrt(np.mean(v * v)),
    "range[Amplitude]": np.ptp,
    "std[Amplitude]": lambda v: v.std(ddof=1) if len(v) > 1 else np.nan,
    "variance[Amplitude]": lambda v: v.var(ddof=1) if len(v) > 1 else np.nan,
    "quantile(0.3)[Amplitude]": lambda v: np.quantile(v, 0.3),
    "majority[Amplitude]": lambda v: min(v, key=lambda x: (-(v == x).sum(), x)),
    "minority[Amplitude]": lambda v: min(v, key=lambda x: ((v == x).sum(), x)),
    "entropy[Amplitude]": lambda v: -sum((v == x).mean() * np.log2((v == x).mean()) for x in np.unique(v)),
}
REGIONS = {
    "circle(d=3)": [(1.5, 1.5)],
    "circle(r=2.5)": [(2.5, 2.5)],
    "window(s=4)": [(2.0, 2.0)],
    "window(x=5 y=1)": [(2.5, 0.5)],
    "incremental(circle(d=1:5) target=6)": [(0.5, 0.5), (1.5, 1.5), (2.5, 2.5)],
    "incremental(square(s=1:9:4) target=12)": [(0.5, 0.5), (2.5, 2.5), (4.5, 4.5)],
    "incremental(window(x=1:3 y=2:6) target=9)": [(0.5, 1.0), (1.5, 2.0), (1.5, 3.0)],
    "incremental(circle(r=0.5:2.5) target=Amplitude)": [(0.5, 0.5), (1.5, 1.5), (2.5, 2.5)],
}


def memberships(p: Any, border: str) -> dict[tuple[int, int], list[int]]:
    """Points of every cell, by the words of the definition."""
    cells = defaultdict(list)
    for i, (x, y, _) in enumerate(p.tolist()):
        columns = [x // CELL] if x % CELL else [x // CELL] * ("l" in border) + [x // CELL - 1] * ("r" in border)
        rows = [y // CELL] if y % CELL else [y // CELL] * ("b" in border) + [y // CELL - 1] * ("t" in border)
        for column in columns:
            for row in rows:
                cells[column, row].append(i)
    return cells


def sampled(cells: Any, value: Any, selection: str) -> dict[tuple[int, int], dict[Any, float]]:
    """What stands for every cell, by who it is: a point of the cloud, or one made for the cell."""
    rule, found = SELECTIONS[selection], {}
    for cell, points in cells.items():
        if rule is None:
            found[cell] = {i: float(value[i]) for i in points}
            continue
        number = float(rule(value[points].astype(float)))
        kept = selection.startswith(("min[", "max[", "nmin", "nmax"))
        who = next(i for i in points if value[i] == number) if kept else cell
        found[cell] = {} if np.isnan(number) else {who: number}
    return found


def owner(at: Any, border: str) -> tuple[int, int]:
    """The cell a point is looked for from: one that holds it, at first the one right of it and above."""
    cell = []
    for place, (low, high) in zip((int(at[0]), int(at[1])), ("lr", "bt"), strict=True):
        before = place % CELL == 0 and high in border and low not in border
        cell.append(place // CELL - before)
    return cell[0], cell[1]


def neighbors(found: Any, at: tuple[int, int], sizes: Any, is_round: bool, target: float) -> list[float]:
    """Values of the neighbors of a cell in the first of the masks that holds enough of them, once for each cell."""
    inside: list[float] = []
    for half_x, half_y in sizes:
        inside = []
        for (c, r), entries in found.items():
            dx, dy = c - at[0], r - at[1]
            if dx * dx + dy * dy <= half_x**2 if is_round else abs(dx) <= half_x and abs(dy) <= half_y:
                inside += entries.values()
        if len(inside) >= target:
            break
    return inside


def cloud(kind: str, n: int, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-6, 6, (n, 3))
    if kind == "borders":
        xyz[:, :2] = np.rint(xyz[:, :2] / 0.4) * 0.4
    elif kind == "duplicates":
        xyz = xyz[rng.integers(0, max(1, n // 4), n)]
    elif kind == "bird":
        xyz[0] = [4000.0, -3000.0, 900.0]
    return xyz, (rng.permutation(n) + 1 if seed % 2 else rng.integers(1, 9, n)).astype(np.uint16)


@QUICK
@given(
    st.sampled_from(["uniform", "borders", "duplicates", "bird"]),
    st.sampled_from([1, 2, 40, 150]),
    st.integers(0, 10**6),
    st.sampled_from(sorted(REGIONS)),
    st.sampled_from(sorted(SELECTIONS)),
    st.sampled_from(["bl", "", "tr", "btl", "b", "btlr", "rb", "t"]),
    st.booleans(),
)
def test_sampling_is_brute_force(kind, n, seed, region, selection, border, narrow) -> None:
    xyz, value = cloud(kind, n, seed)
    if "t" in border and "b" in border:
        value = np.argsort(np.argsort(value, kind="stable")).astype(np.uint16) + 1  # no ties: who is kept matters
    text = f"{region} sampling(cellsize=0.8 select={selection} border={border})"
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if narrow:
            patch.setattr(cellsearch, "WINDOW_POINTS", 20)
            patch.setattr(cellsearch, "PAIRS", 30)
        source = save(Path(folder) / "a.las", xyz, intensity=value)
        found = run(PointStatistics("intensity", "pcount,sum,max", "zeroPlane"), source, Path(folder) / "o.las", text)
        got = np.column_stack([found.pcount_intensity, found.sum_intensity, found.max_intensity]).astype(float)
        p = lattice(found)
    entries = sampled(memberships(p, border), value, selection)
    goal = re.search(r"target=(\w+)", region)
    for i in range(0, n, max(1, n // 30)):
        target = 0.0 if goal is None else float(value[i]) if goal[1] == "Amplitude" else float(goal[1])
        near = neighbors(entries, owner(p[i], border), REGIONS[region], "circle" in region, target)
        assert got[i, 0] == len(near), (text, i)
        if near:
            assert np.allclose(got[i, 1:], [np.sum(near), np.max(near)], rtol=1e-5, atol=1e-5), (text, i)


def test_a_point_on_a_border_counts_for_every_cell_that_owns_it(tmp_path: Path) -> None:
    source = save(tmp_path / "a.las", [[0.8, 0.4, 1], [1.0, 0.4, 2], [0.2, 0.4, 3]])
    found = run(PointStatistics("z", "pcount,sum", "zeroPlane"), source, tmp_path / "o.las",
                "circle(d=3) sampling(cellsize=0.8 select=all border=btlr)")  # fmt: skip
    assert list(found.pcount_z) == [4, 4, 4]
    assert list(found.sum_z) == [7, 7, 7]
    listed = run(Calculator(parse_assignments("\n".join(f"_{i}(double)=n[{i}].z" for i in range(5)))), source,
                 tmp_path / "l.las", "circle(d=3) sampling(cellsize=0.8 select=all border=btlr)")  # fmt: skip
    assert [listed[f"_{i}"][1] for i in range(4)] == [2, 1, 1, 3]
    assert np.isnan(listed["_4"]).all()


@pytest.mark.parametrize("border", ["bl", "tr", "btlr", "", "rb", "tl", "lrt"])
def test_members_of_a_lattice_cloud_are_those_of_brute_force(tmp_path: Path, border: str) -> None:
    """Half of the points of this cloud stand on borders of cells, a quarter on corners."""
    side = 40
    steps = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)
    xyz = np.column_stack([steps * 0.5, np.zeros(len(steps))])
    cells = memberships(np.rint(xyz * 1000).astype(int) * CELL // 1000, border)
    entries = {cell: dict.fromkeys(points, 1.0) for cell, points in cells.items()}
    source = save(tmp_path / "a.las", xyz, point_source_id=np.arange(len(xyz), dtype=np.uint16))
    for text, sizes, is_round in (("window(s=3)", [(1.5, 1.5)], False), ("circle(d=1)", [(0.5, 0.5)], True)):
        found = run(PointStatistics("z", "pcount", "zeroPlane"), source, tmp_path / "o.las",
                    f"{text} sampling(cellsize=1 select=all border={border})")  # fmt: skip
        expected = [
            len(neighbors(entries, owner(at * CELL // 1000, border), sizes, is_round, 0))
            for at in np.rint(xyz * 1000).astype(int)
        ]
        assert found.pcount_z.tolist() == expected
    own = run(PointStatistics("z", "pcount", "zeroPlane"), source, tmp_path / "s.las",
              f"circle(d=1) sampling(cellsize=1 select=all border={border})",
              neighbor_filter="Generic[PointSourceId == b.PointSourceId]")  # fmt: skip
    if {"b", "t"} & set(border) and {"l", "r"} & set(border):
        assert (np.asarray(own.pcount_z) == 1).all()  # in its own neighborhood, once: this circle is one cell


def test_a_made_point_stands_at_the_mean_place_with_one_attribute(tmp_path: Path) -> None:
    source = save(tmp_path / "a.las", [[0.1, 0.1, 4], [0.4, 0.3, 8], [0.7, 0.7, 0]], intensity=[10, 20, 60])
    formulas = parse_assignments("_x(double)=n[0].x\n_y(double)=n[0].y\n_z(double)=n[0].z\n_i(double)=n[0].Amplitude")
    found = run(
        Calculator(formulas), source, tmp_path / "o.las", "circle(d=1) sampling(cellsize=0.8 select=mean[Amplitude])"
    )
    assert np.allclose([found._x[0], found._y[0], found._z[0], found._i[0]], [0.4, 1.1 / 3, 4.0, 30.0], atol=5e-4)


def test_neighbors_of_a_sampled_query_stand_by_distance_from_the_center_of_the_cell(tmp_path: Path) -> None:
    source = save(tmp_path / "a.las", [[0.05, 0.05, 1], [0.45, 0.4, 2], [0.75, 0.05, 3]])
    found = run(Calculator(parse_assignments("_near(double)=n[0].z")), source, tmp_path / "o.las",
                "window(s=1) sampling(cellsize=0.8 select=all)")  # fmt: skip
    assert list(found._near) == [2, 2, 2]
    cut = run(PointStatistics("z", "pcount", "zeroPlane"), source, tmp_path / "c.las",
              "window(s=z*0+0.2) sampling(cellsize=0.8 select=all) maxSearchDistance=0.1")  # fmt: skip
    assert list(cut.pcount_z) == [1, 1, 1]


def test_masks_of_too_many_cells_are_refused_before_the_run(tmp_path: Path) -> None:
    source = save(tmp_path / "a.las", [[0, 0, 1]])
    with pytest.raises(OptionError, match="reaches 5,000 sampling cells"):
        run(
            PointStatistics("z", "pcount"), source, tmp_path / "o.las", "circle(r=5000) sampling(cellsize=1 select=all)"
        )


def test_points_without_a_size_are_counted(tmp_path: Path) -> None:
    source = save(tmp_path / "a.las", [[0, 0, 1], [1, 0, 9]])
    found = run(PointStatistics("z", "pcount"), source, tmp_path / "o.las",
                "incremental(circle(r=z:5) target=1) sampling(cellsize=1 select=all)")  # fmt: skip
    assert list(found.pcount_z) == [2, 0]
    assert load(tmp_path / "o.las").header.point_count == 2


@pytest.mark.parametrize(
    ("sampling", "parts"), [("subdivision=1", 1), ("subdivision=2", 2), ("cellsize=0.33333333333", 3)]
)
@pytest.mark.parametrize("region", ["circle(d=3)", "incremental(window(1:5) target=12)"])
def test_cells_of_a_raster_are_sampled_by_cells_that_divide_them(tmp_path: Path, sampling, parts, region) -> None:
    rasterio = pytest.importorskip("rasterio")
    from scree.core.points.cellstatistics import CellStatistics
    from scree.core.points.gridding import grid_points
    from scree.core.points.gridoptions import GridOptions

    rng = np.random.default_rng(parts)
    p = rng.integers(0, 9000, (150, 3))
    p[:, :2] = p[:, :2] // 50 * 50
    output = tmp_path / "o.tif"
    options = GridOptions(inputs=(save(tmp_path / "a.las", p / 1000),), output=str(output), resolution=1.0,
                          neighborhood=f"{region} sampling({sampling} select=max[z])", max_memory=1500)  # fmt: skip
    grid_points(options, CellStatistics("z", "pcount,sum", False))
    with rasterio.open(output) as raster:
        bands = raster.read(masked=True).filled(np.nan)
        west, north = raster.transform * (0, 0)
    column, row = p[:, 0] * parts // 1000, p[:, 1] * parts // 1000
    highest = {(c, r): p[(column == c) & (row == r), 2].max() / 1000 for c, r in zip(column, row)}
    halves = [1.5] if "circle" in region else [0.5, 1.5, 2.5]
    for i, j in np.ndindex(bands.shape[1:]):
        middle = (round(west + j) * parts + parts // 2, round(north - i - 1) * parts + parts // 2)
        for half in halves:
            near = [z for (c, r), z in highest.items() if _inside(c - middle[0], r - middle[1], half, len(halves) == 1)]
            if len(near) >= 12:
                break
        assert np.nan_to_num(bands[0, i, j]) == len(near)
        if near:
            assert np.isclose(bands[1, i, j], sum(near), rtol=1e-6)


def _inside(dx: int, dy: int, half: float, is_round: bool) -> bool:
    return dx * dx + dy * dy <= half * half if is_round else max(abs(dx), abs(dy)) <= half


@pytest.mark.parametrize("select", ["mean[Amplitude]", "quantile(0.5)[Amplitude]"])
def test_what_made_points_do_not_have_is_refused_before_the_work(tmp_path: Path, select: str) -> None:
    from scree.core.neighborhood.expression import LanguageError
    from scree.core.points.cellstatistics import CellStatistics
    from scree.core.points.gridding import grid_points
    from scree.core.points.gridoptions import GridOptions

    source, output = save(tmp_path / "a.las", [[0, 0, 1], [0.1, 0, 2]], intensity=[1, 2]), tmp_path / "o.las"
    text, told = f"circle(d=3) sampling(cellsize=0.4 select={select})", "x, y, z and intensity, and no user_data"
    with pytest.raises(LanguageError, match=told):
        run(PointStatistics("UserData", "mean"), source, output, text)
    with pytest.raises(LanguageError, match=told):
        run(Calculator(parse_assignments("_a=n[0].UserData")), source, output, text)
    with pytest.raises(LanguageError, match=told):
        run(PointStatistics("z", "mean"), source, output, f"{text} sort(attr=UserData)")
    with pytest.raises(LanguageError, match=told):
        run(PointStatistics("z", "mean"), source, output, text, neighbor_filter="Generic[UserData == b.UserData]")
    raster = GridOptions(inputs=(source,), output=str(tmp_path / "o.tif"), resolution=0.8, neighborhood=text)
    with pytest.raises(LanguageError, match=told):
        grid_points(raster, CellStatistics("UserData", "mean", False))
    assert not output.exists()
    for attribute in ("Amplitude", "z"):
        run(PointStatistics(attribute, "mean"), source, output, text, neighbor_filter="Generic[UserData == 0]")
