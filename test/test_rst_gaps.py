# SPDX-License-Identifier: GPL-2.0-or-later
"""The surrounded mode: smooth and bounded in gaps, exact where asked, the same from any unit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from points_made import load, save
from test_rst import PER_CELL, at, centers, hills, largest_jumps, scattered, spline

from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.surface.contract import Queries
from scree.core.surface.dem import build_dem
from scree.core.surface.leftout import leave_out_squares
from scree.core.surface.options import DemOptions
from scree.core.surface.rst import parts as sums
from scree.core.surface.rst.choice import POINTS, SIDE, bounds_of, least
from scree.core.surface.rst.leaves import COARSEST, Leaves
from scree.core.surface.rst.nodes import TOP, TOP_COARSEST, find_wide
from scree.core.surface.rst.parts import LEVEL_START, PARTS
from scree.core.surface.rst.rings import look_beyond
from scree.core.surface.rst.segments import BATCH_SECONDS, row_runs
from scree.core.surface.rst.solve import POWER
from scree.core.surface.rst.supports import BINS, Surroundings
from scree.core.tiles import store as store_module
from scree.core.tiles.lattice import Box
from scree.core.tiles.thinning import Thinning

MEANS = Thinning("mean", 2)
FIXED = {"tension": 40.0, "smoothing": 0.1}


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0" * 16), budget=Budget(1 << 30, 0), threads=1)


def surrounded(store, job, **options):
    return spline(store, job, segmentation="surrounded", **FIXED | options)


def with_holes(n, side, holes, seed=1, noise=0.0):
    """Scattered points outside of discs (x, y, radius), in cells."""
    x, y, v = scattered(n, side, seed, noise)
    kept = np.ones(n, bool)
    for cx, cy, radius in holes:
        kept &= np.hypot(x / PER_CELL - cx, y / PER_CELL - cy) > radius
    return x[kept], y[kept], v[kept]


def town(n=100_000, side=160, seed=4):
    """Points of a gentle, noisy slope, with none under the houses; and which cells lie in a house, 2 cells inside."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, side * PER_CELL, (2, n))
    v = 20 * (x / PER_CELL) + 1500 * np.sin(y / PER_CELL / 40) + rng.normal(0, 20, n)
    row, column = np.mgrid[:side, :side] + 0.5
    kept, inside = np.ones(n, bool), np.zeros((side, side), bool)
    for cx in range(20, side, 40):
        for cy in range(20, side, 40):
            turn, half = rng.uniform(0, np.pi), rng.uniform(5, 13, 2)
            for places, grow in (((x / PER_CELL, y / PER_CELL), 0), ((column, row), -2)):
                dx, dy = places[0] - cx, places[1] - cy
                along, across = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
                found = (np.abs(along) < half[0] + grow) & (np.abs(across) < half[1] + grow)
                if grow:
                    inside |= found
                else:
                    kept &= ~found
    return x[kept], y[kept], np.rint(v[kept]).astype(np.int64), inside


def second_difference(raster):
    """Largest second difference along rows or columns, but for the outermost cells."""
    rows = np.abs(raster[1:-1, 2:] - 2 * raster[1:-1, 1:-1] + raster[1:-1, :-2])
    columns = np.abs(raster[2:, 1:-1] - 2 * raster[1:-1, 1:-1] + raster[:-2, 1:-1])
    return np.maximum(rows, columns)


def test_a_made_town_has_no_boxes(make_store, job):
    x, y, v, inside = town()
    store = make_store(x, y, v, thinning=MEANS)
    rough = {}
    for mode in ("blended", "surrounded"):
        made = spline(store, job, segmentation=mode)
        raster = centers(made, store, job, Box(0, 0, 160, 160))[0].value.reshape(160, 160)
        rough[mode] = np.quantile(second_difference(raster)[inside[1:-1, 1:-1]], 0.99)
    assert rough["surrounded"] <= rough["blended"] / 3


def test_no_seam_in_a_gap(make_store, job):
    store = make_store(*with_holes(20_000, 96, [(40, 40, 18), (80, 20, 9)]), thinning=MEANS)
    value, slope = largest_jumps(surrounded(store, job), store, job, Box(16, 34, 64, 46))
    assert value <= 1e-5
    assert slope <= 1e-3


@pytest.mark.parametrize("options", [{}, {"smoothing": 0.0}])
def test_units_do_not_show(make_store, job, monkeypatch, options):
    """Same bytes whether a region is evaluated whole, in parts, alone inside a larger box, or by smaller units."""
    x, y, v = with_holes(7_000, 160, [(60, 70, 35), (130, 130, 12), (20, 20, 6)])
    store = make_store(x, y, v)
    made, whole = surrounded(store, job, **options), Box(-40, -40, 200, 200)
    expected = centers(made, store, job, whole, derivatives=True)[0]
    value, slopes = expected.value.reshape(240, 240), expected.derivatives.reshape(240, 240, 5)
    assert np.isfinite(value).all()
    monkeypatch.setattr(store_module, "UNIT_POINTS", 400)
    shuffled = np.random.default_rng(3).permutation(len(x))
    again = make_store(x[shuffled], y[shuffled], v[shuffled])
    other = surrounded(again, job, **options)
    assert other._sealed == made._sealed
    boxes = [unit.box.clipped(whole) for unit in again.units]
    assert len(boxes) > 8
    for box in [*boxes, Box(50, 60, 51, 61), Box(-40, -40, 3, 5), Box(37, 41, 90, 99)]:
        part = centers(other, again, job, box, derivatives=True)[0]
        rows, columns = slice(box.y0 + 40, box.y1 + 40), slice(box.x0 + 40, box.x1 + 40)
        assert part.value.tobytes() == value[rows, columns].tobytes()
        assert part.derivatives.tobytes() == slopes[rows, columns].tobytes()


def test_how_the_work_is_cut_changes_nothing(make_store, job, monkeypatch):
    """Runs of leaves, runs of rows, and blocks read at once are a matter of time and memory."""
    store = make_store(*with_holes(6_000, 96, [(48, 48, 30)]))
    made, box = surrounded(store, job), Box(0, 0, 96, 96)
    expected = centers(made, store, job, box, derivatives=True)[0]
    monkeypatch.setattr("scree.core.surface.rst.segments.BATCH_SECONDS", 1e-3)
    monkeypatch.setattr(sums, "AT_ONCE", 1)
    again = centers(made, store, job, box, derivatives=True)[0]
    assert again.value.tobytes() == expected.value.tobytes()
    assert again.derivatives.tobytes() == expected.derivatives.tobytes()


def test_rows_are_cut_where_they_take_long():
    assert list(row_runs(BATCH_SECONDS, 512)) == [(0, 512)]
    runs = list(row_runs(10.0, 512))
    assert [a for a, _ in runs[1:]] == [b for _, b in runs[:-1]]
    assert (runs[0][0], runs[-1][1]) == (0, 512)
    assert max(b - a for a, b in runs) == int(512 * BATCH_SECONDS / 10)


def test_smoothing_0_passes_through_every_point(make_store, job):
    """Points alone in a gap too, also where a crowd nearby makes the mean spacing small."""
    x, y, v = with_holes(9_000, 128, [(64, 64, 40)])
    alone = np.array([[64, 64], [50, 71], [90, 50], [61, 77]]) * PER_CELL + 137
    rng = np.random.default_rng(8)
    crowd = rng.integers(0, 6 * PER_CELL, (150, 2)) + 75 * PER_CELL
    more = np.r_[alone, crowd]
    x, y = np.r_[x, more[:, 0]], np.r_[y, more[:, 1]]
    v = np.r_[v, hills(more[:, 0] / PER_CELL, more[:, 1] / PER_CELL) + 300]
    store = make_store(x, y, v)
    made = surrounded(store, job, smoothing=0.0)
    found = at(made, store, job, Box(0, 0, 128, 128), x / PER_CELL, y / PER_CELL)
    assert np.abs(found * 1000 - v).max() < 0.1


def test_smoothing_0_sees_a_point_alone_in_a_leaf_beside_a_crowd(make_store, job):
    """The crowd at its corner makes the leaf's coverage narrow: it is 0 at every place where the leaf is probed."""
    rng = np.random.default_rng(1)
    off = rng.integers(1, 3 * PER_CELL, (2, 180))
    sign = np.repeat([[-1, -1, 1], [-1, 1, -1]], 60, axis=1)
    x, y = (np.r_[64 * PER_CELL + sign[axis] * off[axis], 83 * PER_CELL] for axis in (0, 1))
    v = np.r_[hills(x[:-1] / PER_CELL, y[:-1] / PER_CELL), 9_000]
    inside = (x >= 64 * PER_CELL) & (y >= 64 * PER_CELL)
    assert inside.sum() == 1
    store = make_store(x, y, v)
    made = surrounded(store, job, smoothing=0.0)
    assert abs(at(made, store, job, Box(64, 64, 128, 128), x[inside] / PER_CELL, y[inside] / PER_CELL)[0] - 9) < 1e-6


def test_derivatives_are_those_of_the_values(make_store, job):
    """Exact in a gap.  Elsewhere they leave out how the weights change (see the engine): the slope is off by less than
    12 % of itself at the rim, 5 % beyond (root mean square)."""
    store = make_store(*with_holes(20_000, 96, [(48, 48, 20)]), thinning=MEANS)
    made, box, h = surrounded(store, job), Box(8, 8, 88, 88), 0.01
    found, cx, cy = centers(made, store, job, box, derivatives=True)

    def f(i, j):
        return at(made, store, job, box, cx + i * h, cy + j * h)

    slope = np.stack([f(1, 0) - f(-1, 0), f(0, 1) - f(0, -1)], axis=1) / (2 * h)
    off, size = np.linalg.norm(found.derivatives[:, :2] - slope, axis=1), np.linalg.norm(slope, axis=1)
    away = np.hypot(cx - 48, cy - 48)
    for part, most in ((away < 16, 0.001), ((away >= 16) & (away < 22), 0.12), (away > 26, 0.05)):
        assert np.sqrt(np.mean(off[part] ** 2) / np.mean(size[part] ** 2)) < most


def test_a_turned_and_stretched_fit_alone_has_the_derivatives_of_its_values(make_store, job):
    """Anisotropy: one leaf far from its few points, so that no weight changes."""
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 30 * PER_CELL, (2, 60))
    store = make_store(x, y, hills(x / PER_CELL, y / PER_CELL))
    straight = surrounded(store, job)
    turned = surrounded(store, job, anisotropy_angle=30.0, anisotropy_scale=4.0)
    box = Box(600, 100, 630, 130)
    found, cx, cy = centers(turned, store, job, box, derivatives=True)
    h = 0.01
    slope = (at(turned, store, job, box, cx + h, cy) - at(turned, store, job, box, cx - h, cy)) / (2 * h)
    np.testing.assert_allclose(found.derivatives[:, 0], slope, atol=2e-3)
    inside = Box(0, 0, 30, 30)
    other = centers(straight, store, job, inside)[0].value
    assert np.abs(centers(turned, store, job, inside)[0].value - other).max() > 1e-3


def test_a_lake_stays_within_its_shore(make_store, job):
    """A shore shaped as a bowl: the spline alone dives on below the water."""
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 128 * PER_CELL, (2, 30_000))
    away = np.hypot(x / PER_CELL - 64, y / PER_CELL - 64)
    kept = away > 24
    v = np.rint((away - 24) * 120 + rng.normal(0, 20, len(x))).astype(np.int64)
    store = make_store(x[kept], y[kept], v[kept], thinning=MEANS)
    found, cx, cy = centers(surrounded(store, job), store, job, Box(32, 32, 96, 96))
    water = found.value[np.hypot(cx - 64, cy - 64) < 24]
    shore = v[kept & (away < 31)] / 1000
    few = 0.05 * (shore.max() - shore.min())
    assert shore.min() - few <= water.min()
    assert water.max() <= shore.max() + few


def test_a_plane_is_reproduced_in_a_surrounded_hole(make_store, job):
    x, y, _ = with_holes(20_000, 96, [(48, 48, 15)])
    v = np.rint(0.05 * x + 0.02 * y).astype(np.int64)
    store = make_store(x, y, v, thinning=MEANS)
    found, cx, cy = centers(surrounded(store, job), store, job, Box(28, 28, 68, 68))
    assert np.abs(found.value - 0.05 * cx - 0.02 * cy).max() < 0.02


def test_a_hole_of_ten_thousand_cells_is_filled_from_its_rim(make_store, job):
    """A ring of points around it: every fit has a bounded number of nodes, and the values stay within the rim's."""
    rng = np.random.default_rng(9)
    turn, away = rng.uniform(0, 2 * np.pi, 4_000), rng.uniform(5_000, 5_040, 4_000)
    x, y = (np.rint((5_000 + away * f(turn)) * PER_CELL).astype(np.int64) for f in (np.cos, np.sin))
    v = np.rint(1000 * (20 + 5 * np.cos(turn))).astype(np.int64)
    store = make_store(x, y, v)
    made = surrounded(store, job)
    for box in (Box(4_608, 4_608, 4_650, 4_650), Box(60, 4_990, 100, 5_030), Box(2_048, 5_000, 2_080, 5_032)):
        value = centers(made, store, job, box)[0].value
        assert v.min() / 1000 - 1 <= value.min()
        assert value.max() <= v.max() / 1000 + 1


def test_a_cloud_with_half_of_its_tiles_missing(make_store, job):
    x, y, v = scattered(20_000, 2_048)
    kept = (x // (512 * PER_CELL) + y // (512 * PER_CELL)) % 2 == 0
    store = make_store(x[kept], y[kept], v[kept])
    found = centers(surrounded(store, job), store, job, Box(512, 0, 1_024, 512))[0]
    assert np.isfinite(found.value).all()
    assert v.min() / 1000 - 1 <= found.value.min()
    assert found.value.max() <= v.max() / 1000 + 1


def test_far_from_all_points_the_nearest_ones_give_the_value(make_store, job):
    x, y, v = scattered(200, 16)
    store = make_store(x, y, v)
    box = Box(400_000, 400_000, 400_004, 400_004)
    value = centers(surrounded(store, job), store, job, box)[0].value
    nearest = v[np.argsort(-(x + y))[:32]] / 1000
    few = 0.05 * (nearest.max() - nearest.min())
    assert (nearest.min() - few <= value).all()
    assert (value <= nearest.max() + few).all()


def test_a_second_fit_that_fails_is_counted_and_replaced(make_store, job, monkeypatch):
    store = make_store(*with_holes(9_000, 64, [(32, 32, 15)]), thinning=MEANS)
    made = surrounded(store, job)
    real = made._gap

    def failing(*given):
        gap = real(*given)
        assert gap.spline.radial == POWER
        return replace(gap, spline=gap.spline._replace(smoothing=-1e9))

    monkeypatch.setattr(made, "_gap", failing)
    found = centers(made, store, job, Box(0, 0, 64, 64))[0]
    assert found.counts["rst_gap_failed"] > 0
    assert found.counts["nearest_value"] > 0
    assert np.isfinite(found.value).all()


def test_nodes_are_those_of_the_rule(make_store, job):
    """An oracle: plain recursion over the points, as the docstring of nodes.py has it."""
    x, y, v = with_holes(3_000, 300, [(150, 150, 90), (40, 250, 30)])
    store = make_store(x, y, v)
    around = Surroundings(store)
    around.load(np.array([-64]), np.array([-64]), np.array([400]), np.array([400]))
    x0 = np.array([0, 144, 160, 128, 100, 64, 0])
    y0 = np.array([0, 144, 128, 128, 252, 64, 512])
    leaves = Leaves(x0, y0, np.array([2, 4, 5, 6, 2, 3, COARSEST]))
    wide = find_wide(store, around.index(), leaves, job)
    cells = sorted({(int(a), int(b)) for a, b in zip(x // PER_CELL, y // PER_CELL, strict=True)})
    for i in range(len(leaves)):
        chosen = wide.chosen[wide.start[i] : wide.start[i + 1]]
        found = sorted(node_of(wide, int(number)) for number in chosen)
        assert [node for node in found if node[0] < 4] == expected_nodes(cells, leaves, i, range(4))
        assert len([node for node in found if node[0] >= 4]) == len(expected_nodes(cells, leaves, i, range(4, 16)))
        assert len(chosen) < 400


def node_of(wide, number):
    """Level, column and row of a chosen node; those of a representative block where it is one."""
    parts = wide.parts
    if number >= len(parts.x0) * PARTS:
        block = number - len(parts.x0) * PARTS
        return 4, int(wide.far.x0[block]) >> 4, int(wide.far.y0[block]) >> 4
    block, part = divmod(number, PARTS)
    level = int(np.searchsorted(LEVEL_START, part, side="right")) - 1
    row, column = divmod(part - int(LEVEL_START[level]), 16 >> level)
    return level, (int(parts.x0[block]) >> level) + column, (int(parts.y0[block]) >> level) + row


def expected_nodes(cells, leaves, i, levels):
    """Level, column and row of the occupied nodes that leaf ``i`` takes whole."""
    x0, y0, level = int(leaves.x0[i]), int(leaves.y0[i]), int(leaves.level[i])
    side, out = 1 << level, []

    def visit(node, column, row, inside):
        inside = [(x, y) for x, y in inside if x >> node == column and y >> node == row]
        if not inside:
            return
        width, west, south = 1 << node, column << node, row << node
        across = max(x0 - west - width, west - x0 - side)
        distance = max(0, across, max(y0 - south - width, south - y0 - side))
        if width <= max(1, side // 4) or width <= distance:
            out.append((node, column, row))
            return
        for child in range(4):
            visit(node - 1, 2 * column + child % 2, 2 * row + child // 2, inside)

    top = level + (TOP_COARSEST if level == COARSEST else TOP)
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            visit(top, (x0 >> top) + column, (y0 >> top) + row, cells)
    return sorted(node for node in out if node[0] in levels)


def relief(x, y, seed=5):
    """Heights (steps) of waves 3 to 300 cells long, in all directions, amplitudes as those of rough ground."""
    rng = np.random.default_rng(seed)
    length, turn, shift = np.geomspace(3, 300, 80), *rng.uniform(0, 2 * np.pi, (2, 80))
    z = np.zeros(len(x))
    for wave, angle, phase in zip(length * PER_CELL, turn, shift, strict=True):
        z += (wave / PER_CELL) ** 0.75 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wave + phase)
    return np.rint(30 * z).astype(np.int64)


def test_smooth_ground_is_continued_by_the_spline_and_rough_ground_is_bounded(make_store, job):
    x, y, _ = with_holes(40_000, 160, [(48, 48, 15)])
    noise = np.rint(np.random.default_rng(3).normal(0, 30, len(x))).astype(np.int64)
    smooth = hills(x / PER_CELL / 2, y / PER_CELL / 2) + noise
    for heights, functions in ((smooth, {"spline"}), (relief(x, y), {"loose", "tight"})):
        store = make_store(x, y, heights, thinning=MEANS)
        assert spline(store, job, segmentation="auto")._sealed["gap_function"] in functions
        assert spline(store, job, segmentation="surrounded")._sealed["gap_function"] in {"loose", "tight"}


def test_errors_compared_are_those_of_the_surfaces_themselves(make_store, job):
    """Each is what leaving out the squares gives the engine with those second fits alone."""
    store = make_store(*with_holes(9_000, 96, [(48, 48, 15)], noise=40), thinning=MEANS)
    made = spline(store, job, segmentation="auto", **FIXED)
    sealed = dict(made._sealed)
    for name in ("spline", "loose", "tight"):
        made.restore(store, sealed | {"gap_function": name})
        left = leave_out_squares(store, made, SIDE * store.lattice.per_cell, POINTS, job)
        assert len(left.error) > 100
        assert sealed[f"gap_error_{name}"] == pytest.approx(np.abs(left.error).mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("spline", "loose", "tight", "taken"),
    [(1.0, 1.0, 1.1, "loose"), (0.9, 1.0, 0.99, "loose"), (0.9, 1.0, 0.9, "tight"), (0.7, 1.0, 0.9, "spline")],
)
def test_others_than_loose_bounds_are_taken_where_they_are_clearly_better(spline, loose, tight, taken):
    assert least({"spline": spline, "loose": loose, "tight": tight}) == taken
    assert least({}) == "loose"


def test_bounds_are_lengths_on_the_ground(make_store, job):
    """Cells of 0.5 m, or of feet, see as far as cells of 1 m."""
    assert bounds_of("loose", 0.5) == (4.0, 80.0, 9.0)
    store = make_store(*with_holes(6_000, 64, [(32, 32, 15)], noise=40), thinning=MEANS)
    values = [
        centers(surrounded(store, job, metres=metres), store, job, Box(20, 20, 44, 44))[0].value.tobytes()
        for metres in (1.0, 1.0, 0.01)
    ]
    assert values[0] == values[1] != values[2]


def test_rings_are_those_of_the_rule(make_store, job):
    """An oracle over all points, as the docstring of rings.py has it: the nearest to the center of each square."""
    x, y, v = with_holes(4_000, 200, [(100, 100, 40)])
    store = make_store(x, y, v)
    around = Surroundings(store)
    around.load(np.array([-64]), np.array([-64]), np.array([300]), np.array([300]))
    leaves = Leaves(np.array([96, 64, 140]), np.array([96, 104, 92]), np.array([4, 3, 2]))
    reach = np.array([16, 9, 4])
    found = look_beyond(store, around, leaves, reach, np.full(3, 9), np.ones(3, np.bool_))
    near, start, extra = found
    for i in range(3):
        side = PER_CELL << int(leaves.level[i])
        west, south = int(leaves.x0[i]) * PER_CELL, int(leaves.y0[i]) * PER_CELL
        outside = np.maximum(np.maximum(west - x, x - west - side + 1), np.maximum(south - y, y - south - side + 1))
        away = -(-np.maximum(outside, 0) * BINS // side)
        expected, inner = set(), int(reach[i])
        for ring, pitch in ((1, side // 4), (3, side)):
            best: dict[tuple[int, int], tuple[int, int, int]] = {}
            for k in np.flatnonzero((away > inner) & (away <= reach[i] + BINS * ring)):
                square = int(x[k]) // pitch, int(y[k]) // pitch
                off = sum((2 * int(c) - (2 * n + 1) * pitch) ** 2 for c, n in zip((x[k], y[k]), square, strict=True))
                best[square] = min(best.get(square, (off + 1, 0, 0)), (off, int(x[k]), int(y[k])))
            expected |= {place[1:] for place in best.values()}
            inner = int(reach[i]) + BINS * ring
        some = extra[start[i] : start[i + 1]]
        assert {(int(a), int(b)) for a, b in zip(near.x[some], near.y[some], strict=True)} == expected
        assert len(expected) > 20


def test_masked_cells_change_nothing(make_store, job):
    store = make_store(*with_holes(6_000, 64, [(30, 34, 14)]), thinning=MEANS)
    made, box = surrounded(store, job), Box(0, 0, 64, 64)
    wanted = np.zeros((64, 64), bool)
    wanted[30:40, 20:22] = True
    whole = made.evaluate(store, Queries.centers(box, store.lattice.per_cell), job, False)
    some = made.evaluate(store, Queries.centers(box, store.lattice.per_cell, wanted), job, False)
    assert some.value.tobytes() == whole.value[wanted.ravel()].tobytes()


def test_a_surrounded_surface_is_cross_validated(tmp_path):
    """The points left out are still in the counts of the store."""
    x, y, z, _ = town(20_000)
    step = 1 / PER_CELL  # heights too
    kinds = np.full(len(x), 2, np.uint8)
    cloud = save(tmp_path / "town.las", np.column_stack([x * step, y * step, z * step]), classification=kinds)
    left_out = str(tmp_path / "left-out.las")
    options = DemOptions(
        inputs=(cloud,),
        output=str(tmp_path / "dem.tif"),
        resolution=1.0,
        segmentation="surrounded",
        cross_validation=left_out,
    )
    report = build_dem(options)
    assert report["cross_validation_rmse"] < 0.1
    predicted = np.asarray(load(left_out)["Predicted"])
    assert len(predicted) > 20 and np.isfinite(predicted).all()
