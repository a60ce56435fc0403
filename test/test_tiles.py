# SPDX-License-Identifier: GPL-2.0-or-later
"""The store on disk holds what a small in-memory tree built point by point holds."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.errors import InputError
from scree.core.tiles import pieces
from scree.core.tiles import store as store_module
from scree.core.tiles.blocks import TILE_LEVEL, Blocks
from scree.core.tiles.bucketing import node_indices, pack_run
from scree.core.tiles.lattice import Box, Node, common_step, make_lattice
from scree.core.tiles.ordering import cell_codes
from scree.core.tiles.spool import Spool, morton_key
from scree.core.tiles.thinning import REFINEMENT, Thinning, thin
from scree.core.tiles.walk import walk

PER_CELL = 1000
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def cloud(seed: int, n: int, spread: int, clusters: bool = False):
    rng = np.random.default_rng(seed)
    x = rng.integers(-spread, spread, n)
    y = rng.integers(-spread, spread, n)
    if clusters:
        half = n // 2
        x[:half], y[:half] = rng.integers(0, PER_CELL, half), rng.integers(0, PER_CELL, half)
    v = rng.integers(0, 100_000, n)
    return x, y, v


def canonical(x, y, v):
    """Order by the definition, in plain Python."""
    keys = [(morton_key(Node(0, a // PER_CELL, b // PER_CELL)), b, a, c) for a, b, c in zip(x, y, v, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)


@QUICK
@given(st.integers(0, 10**6), st.integers(0, 400), st.sampled_from([2_000, 300_000, 40_000_000]), st.booleans())
def test_store_reads_back_every_point_in_canonical_order(make_store, seed, n, spread, clusters):
    x, y, v = cloud(seed, n, spread, clusters)
    store = make_store(x, y, v, run_points=37)
    assert store.count == n
    big = 1 << 30
    points = store.read(Box(-big, -big, big, big))
    order = canonical(x.tolist(), y.tolist(), v.tolist())
    assert points.x.tolist() == x[order].tolist()
    assert points.y.tolist() == y[order].tolist()
    assert points.v.tolist() == (v[order] / 1000).tolist()
    assert store.occupied_cells == len(
        {(a // PER_CELL, b // PER_CELL) for a, b in zip(x.tolist(), y.tolist(), strict=True)}
    )


@QUICK
@given(st.integers(0, 10**6), st.integers(-60, 60), st.integers(-60, 60), st.integers(0, 80), st.integers(0, 80))
def test_boxes_hold_their_cells_only(make_store, seed, x0, y0, width, height):
    x, y, v = cloud(seed, 300, 60_000)
    box = Box(x0, y0, x0 + width, y0 + height)
    points = make_store(x, y, v).read(box)
    inside = (x // PER_CELL >= box.x0) & (x // PER_CELL < box.x1) & (y // PER_CELL >= box.y0) & (y // PER_CELL < box.y1)
    assert sorted(zip(points.x.tolist(), points.y.tolist(), strict=True)) == sorted(
        zip(x[inside].tolist(), y[inside].tolist(), strict=True)
    )


@pytest.mark.parametrize("rule", [Thinning(), Thinning("center", 2), Thinning("mean", 1), Thinning("mean", 1, 2)])
def test_same_bytes_for_any_order_memory_threads_and_run(make_store, rule):
    x, y, v = cloud(5, 3000, 700_000, clusters=True)
    first = make_store(x, y, v, thinning=rule)
    shuffled = np.random.default_rng(1).permutation(len(x))
    second = make_store(
        x[shuffled], y[shuffled], v[shuffled], thinning=rule, run_points=11, threads=1, memory=128 << 20
    )
    a, b = first.read(first.box), second.read(second.box)
    for name in ("x", "y", "v", "w"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()
    assert first.units == second.units


def test_overfull_lists_split_again(make_store, monkeypatch):
    x, y, v = cloud(9, 4000, 30_000)
    whole = make_store(x, y, v)
    monkeypatch.setattr(pieces, "UNIT_POINTS", 50)  # the least piece a list is sorted in
    monkeypatch.setattr(pieces, "LARGEST_PIECE", 50)
    split = make_store(x, y, v, run_points=100)
    a, b = whole.read(whole.box), split.read(split.box)
    assert a.x.tobytes() == b.x.tobytes()
    assert a.v.tobytes() == b.v.tobytes()


def test_units_follow_the_points_and_partition_their_tile(make_store, monkeypatch):
    monkeypatch.setattr(store_module, "UNIT_POINTS", 100)
    x, y, v = cloud(3, 3000, 600_000, clusters=True)
    store = make_store(x, y, v)
    assert sum(unit.count for unit in store.units) == store.count
    for unit in store.units:
        assert unit.count == len(store.read(unit.box))
        assert unit.count <= 100 or unit.node.level == 0
    tile = Node(9, *map(int, store.tiles[0]))
    parts = store.units_of(tile)
    assert sum(part.box.cells for part in parts) == tile.box.cells


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_means_are_exact_sums(make_store, parts):
    x, y, v = cloud(11, 2000, 20_000)
    store = make_store(x, y, v, thinning=Thinning("mean", parts))
    got = store.read(store.box)
    groups: dict[tuple[int, int], list[int]] = {}
    for i, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True)):
        groups.setdefault((a * parts // PER_CELL, b * parts // PER_CELL), []).append(i)
    want = sorted(
        (
            (2 * REFINEMENT * sum(x[g].tolist()) + len(g)) // (2 * len(g)),
            (2 * REFINEMENT * sum(y[g].tolist()) + len(g)) // (2 * len(g)),
            sum(v[g].tolist()) / len(g) / 1000,
            float(len(g)),
        )
        for g in groups.values()
    )
    assert sorted(zip(got.x.tolist(), got.y.tolist(), got.v.tolist(), got.w.tolist(), strict=True)) == want


def test_nearest_keeps_the_point_closest_to_the_lattice_center(make_store):
    x, y, v = cloud(12, 2000, 20_000)
    got = make_store(x, y, v, thinning=Thinning("center", 2)).read(Box(-100, -100, 100, 100))
    best: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    for a, b, c in zip(x.tolist(), y.tolist(), v.tolist(), strict=True):
        i, j = a * 2 // PER_CELL, b * 2 // PER_CELL
        d2 = (2 * a - (2 * i + 1) * PER_CELL // 2) ** 2 + (2 * b - (2 * j + 1) * PER_CELL // 2) ** 2
        best[i, j] = min(best.get((i, j), (1 << 60, 0, 0, 0)), (d2, a, b, c))
    assert sorted(zip(got.x.tolist(), got.y.tolist(), strict=True)) == sorted((p[1], p[2]) for p in best.values())
    assert got.w.sum() == len(x)


def test_half_of_all_points_in_one_cell(make_store, monkeypatch):
    monkeypatch.setattr(pieces, "UNIT_POINTS", 200)
    monkeypatch.setattr(store_module, "UNIT_POINTS", 200)
    x, y, v = cloud(2, 3000, 5_000_000, clusters=True)
    store = make_store(x, y, v, run_points=100)
    assert store.overfull_cells == 1
    assert store.read(store.box).w.sum() == len(x)
    mean = make_store(x, y, v, run_points=100, thinning=Thinning("mean"))
    assert mean.overfull_cells == 0
    assert mean.read(Box(0, 0, 1, 1)).w.tolist() == [
        float(np.count_nonzero((x // PER_CELL == 0) & (y // PER_CELL == 0)))
    ]


def test_coincident_points_stay_apart_until_merged(make_store):
    store = make_store([5] * 7, [5] * 7, [3, 1, 2, 7, 5, 4, 6])
    assert store.read(store.box).v.tolist() == [k / 1000 for k in range(1, 8)]


def test_a_cloud_a_million_times_longer_than_wide(make_store):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 10**9, 3000)
    store = make_store(x, rng.integers(0, 1000, 3000), np.zeros(3000, int), run_points=500)
    assert store.count == 3000
    middle = Box(400_000, -5, 400_900, 5)
    assert len(store.read(middle)) == np.count_nonzero((x // 1000 >= 400_000) & (x // 1000 < 400_900))


@QUICK
@given(st.integers(0, 10**6), st.integers(-900, 900), st.integers(-900, 900))
def test_walk_yields_everything_nearest_first(make_store, seed, x0, y0):
    x, y, v = cloud(seed, 400, 1_500_000)
    store = make_store(x, y, v)
    box = Box(x0, y0, x0 + 3, y0 + 2)
    low_x, low_y, high_x, high_y = (b * PER_CELL for b in box)
    dx = np.maximum(0, np.maximum(low_x - x, x - high_x))
    dy = np.maximum(0, np.maximum(low_y - y, y - high_y))
    d2 = np.sort(dx * dx + dy * dy)
    seen: list[int] = []
    for bound, blocks in store.walk(box):
        p = store.read_blocks(blocks)
        ax = np.maximum(0, np.maximum(low_x - p.x, p.x - high_x))
        ay = np.maximum(0, np.maximum(low_y - p.y, p.y - high_y))
        seen += (ax * ax + ay * ay).tolist()
        assert sorted(seen)[: np.count_nonzero(d2 < bound)] == d2[d2 < bound].tolist()
    assert len(seen) == len(x)


def test_walk_reaches_what_lies_billions_of_cells_away():
    """As points of a file with a spoiled offset; the squares of such distances fit no int64."""
    tiles = np.array([[0, 0], [10**9, 0], [3 * 10**9, -(10**10)], *([10**8 + i, 5] for i in range(40))])

    def blocks(row):
        x, y = tiles[row] << TILE_LEVEL
        return Blocks(*(np.array([n]) for n in (x, y, 1, row, row)))

    found = list(walk(tiles, blocks, PER_CELL, Box(0, 0, 3, 2)))
    bounds = [bound for bound, _ in found]
    assert min(bounds) > 0 and bounds[:-1] == sorted(bounds[:-1])
    assert np.concatenate([group.tile for _, group in found]).tolist()[0] == 0
    assert sorted(np.concatenate([group.tile for _, group in found]).tolist()) == list(range(len(tiles)))


def test_columns_travel_with_their_points_and_break_ties(make_store):
    x, y, v = cloud(8, 1000, 100_000)
    x[:20], y[:20], v[:20] = 7, 7, 7
    time = np.random.default_rng(1).random(1000)
    time[500] = np.nan
    given = {"gps_time": time, "classification": (np.arange(1000) % 200).astype("u1"), "index": np.arange(1000)}
    store = make_store(x, y, v, run_points=90, columns=given)
    points, columns = store.read_columns(store.box)
    index = columns["index"]
    assert points.x.tolist() == x[index].tolist()
    assert columns["gps_time"].tobytes() == time[index].tobytes()
    assert columns["classification"].tolist() == given["classification"][index].tolist()
    assert sorted(index.tolist()) == list(range(1000))
    tied = columns["gps_time"][(points.x == 7) & (points.y == 7)]
    assert tied.tolist() == sorted(time[:20].tolist())


def test_lattice_divides_cells_and_scales():
    assert make_lattice(0.125, [0.01, 0.01], [0.01]).per_cell == 25
    assert make_lattice(1.0, [0.001, 0.01], [0.01]).per_cell == 1000
    assert make_lattice(1 / 3, [0.001], [0.01]).per_cell <= 2**17
    assert make_lattice(1.0, [1e-6], [0.01]).per_cell <= 2**17
    assert make_lattice(1.0, [0.0010000000474974513], [0.01]).per_cell == 1000
    assert common_step([make_lattice(3.0, [0.01], [0.01]).cell]) == 3


@QUICK
@given(st.integers(0, 10**6), st.integers(1, 600), st.sampled_from([1, 350, Fraction(999, 2), 1700, Fraction(5, 4)]))
def test_the_papers_thinning_is_a_maximal_set_and_free_of_order(seed, n, epsilon):
    from scree.core.tiles.apart import apart

    x, y, v = cloud(seed, n, 8_000, clusters=True)
    order = np.array(canonical(x.tolist(), y.tolist(), v.tolist()))
    x, y = x[order], y[order]
    kept = apart(x, y, epsilon)
    d2 = (x[:, None] - x[kept]) ** 2 + (y[:, None] - y[kept]) ** 2
    close = (d2 < ceil(epsilon**2)).sum(axis=1)
    assert (close[kept] == 1).all(), "a kept point is near no kept point but itself"
    assert (close[~kept] >= 1).all(), "a dropped point is near a kept one"
    inside = (np.abs(x) < 8_000 - 6 * epsilon) & (np.abs(y) < 8_000 - 6 * epsilon)
    window = (np.abs(x) < 8_000 - 2 * epsilon) & (np.abs(y) < 8_000 - 2 * epsilon)
    assert (apart(x[window], y[window], epsilon) == kept[window])[inside[window]].all(), "a window decides alike"


@QUICK
@given(st.integers(0, 10**6), st.integers(-3, 16), st.integers(-3, 16), st.integers(0, 20), st.integers(0, 20))
def test_heavy_blocks_are_read_in_part(make_store, monkeypatch, seed, x0, y0, width, height):
    monkeypatch.setattr(store_module, "HEAVY_BLOCK", 40)
    x, y, v = cloud(seed, 500, 17_000, clusters=True)
    store = make_store(x, y, v)
    box = Box(x0, y0, x0 + width, y0 + height)
    points = store.read(box)
    inside = (x // PER_CELL >= box.x0) & (x // PER_CELL < box.x1) & (y // PER_CELL >= box.y0) & (y // PER_CELL < box.y1)
    order = canonical(x[inside].tolist(), y[inside].tolist(), v[inside].tolist())
    assert points.x.tolist() == x[inside][order].tolist()
    assert points.v.tolist() == (v[inside][order] / 1000).tolist()


def test_nodes_of_a_spool_hold_all_their_points_however_often_they_were_joined(tmp_path, monkeypatch):
    monkeypatch.setattr("scree.core.tiles.spool.MOST_NODES", 6)
    rng = np.random.default_rng(8)
    x, y, v = rng.integers(-300, 300, (3, 5000))
    spool = Spool(tmp_path / "spool", per_cell=4, level=0, run_points=700)
    for some in np.array_split(np.arange(5000), 9):
        spool.add(x[some], y[some], v[some])
    spool.close()
    assert spool.level > 2
    assert len(spool.nodes) <= 6
    side = 4 << spool.level
    for node, count in spool.nodes:
        inside = (x // side == node.ix) & (y // side == node.iy)
        assert count == inside.sum()
        assert sorted(spool.read(node).T.tolist()) == sorted(np.stack([x, y, v])[:, inside].T.tolist())
    assert sum(count for _, count in spool.nodes) == 5000
    spool.remove()


def test_a_sum_beyond_64_bits_is_refused_not_wrapped():
    rule = Thinning("mean")
    some = np.zeros(5000, np.int64)
    large = np.full(5000, 1_300_000_000_000_000)
    with pytest.raises(InputError, match="5,000 points add up to 6.5e"):
        thin(some, some, large, (0, 0), 1000, rule)
    assert thin(some[:3000], some[:3000], large[:3000], (0, 0), 1000, rule).v[0] == 3000 * large[0]


@pytest.mark.parametrize("per_node", [1, 512, 1000, 1 << 40])
def test_nodes_of_points_are_those_of_floor_division(per_node):
    x = np.random.default_rng(5).integers(-(1 << 45), 1 << 45, 1000)
    nx, ny = np.empty_like(x), np.empty_like(x)
    node_indices(x, -x, per_node, nx, ny)
    assert np.array_equal(nx, x // per_node) and np.array_equal(ny, -x // per_node)


@pytest.mark.parametrize("kind", ["<u4", "<i8"])
def test_a_run_is_packed_in_order_from_its_base(kind):
    rng = np.random.default_rng(6)
    columns, order = rng.integers(10, 1 << 31, (3, 500)), rng.permutation(400)
    base, records = columns.min(axis=1), np.empty((400, 3), kind)
    pack_run(columns, base, order, records)
    assert np.array_equal(records, (columns[:, order] - base[:, None]).T)


@pytest.mark.parametrize("per_cell", [1, 7, 256, 1000])
@pytest.mark.parametrize("parts", [1, 2, 3, 8, 0])
def test_codes_of_points_are_those_of_their_cells_and_parts(per_cell, parts):
    parts = parts or per_cell
    x, y = np.random.default_rng(7).integers(0, 300 * per_cell, (2, 400))
    codes = np.empty(400, np.uint64)
    cell_codes(x - 9, y + 5, -9, 5, per_cell, parts, codes)
    column, row = x % per_cell * parts // per_cell, y % per_cell * parts // per_cell
    bits = [((x // per_cell >> b & 1) << 2 * b) | ((y // per_cell >> b & 1) << 2 * b + 1) for b in range(9)]
    assert np.array_equal(codes, sum(bits) * parts**2 + row * parts + column)
