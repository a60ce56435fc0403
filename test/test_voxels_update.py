# SPDX-License-Identifier: GPL-2.0-or-later
"""The update of a voxel: the published vectors, a plain reference, and the map around it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scree.core.errors import InputError, OptionError, OutputError, StoreError
from scree.core.voxels.grid import TileIndex, VoxelGrid
from scree.core.voxels.model import Model, log_odds, octomap_model
from scree.core.voxels.packed import sort_packed
from scree.core.voxels.voxel_map import VoxelMap

VECTORS = [
    ([145], 1.75),
    ([255], 1.793740887694736),
    ([35], -3.0),
    ([0], -3.0),
    ([0, 145], -2.9547298483305044),
    ([145] * 3, 4.799242424242424),
    ([145] * 3 + [0], 4.080543525577554),
    ([0] * 3, -8.227272727272727),
    ([0] * 3 + [255], -8.227051523564331),
    ([255] * 10, 10.0),
    ([145] * 8, 10.0),
    ([0] * 4, -10.0),
]


def reference(observations, model: Model) -> tuple[float, int]:
    """The rules of the specification, one after the other; an observation is (is hit, intensity)."""
    value, count = 0.0, 0
    for hit, intensity in observations:
        p = 1.0 / (1.0 + math.exp(-value))
        alpha = max(model.alpha_min, 1.0 / (1.0 + model.decay * count))
        if hit:
            u = min(max((intensity - model.i_th) / (model.i_max - model.i_th), 0.0), 1.0)
            w = 0.0 if intensity <= model.i_th else 1.0 / (1.0 + math.exp(-model.gamma * (u - 0.5)))
            s = p / model.p_th * model.r_max if model.protection and p < model.p_th else 1.0
            value += model.l_occ * w * alpha * s
        else:
            s = 1.0
            if model.protection and p > 1 - model.p_th:
                f = (p - (1 - model.p_th)) / model.p_th
                s = model.r_max + (1 - model.r_max) * (1 - f)
            value += model.l_free * alpha * s
        value = min(max(value, model.l_min), model.l_max)
        count += 1
    return value, count


def one_voxel(intensities, **options) -> tuple[float, int]:
    voxel_map = VoxelMap.create(None, VoxelGrid(0.05, 10.0), cache_tiles=0)
    at = np.full(len(intensities), 0.01)
    voxel_map.update(at, at, at, np.array(intensities, float), **options)
    (found,) = voxel_map.voxels()
    return float(found.log_odds[0]), int(found.counts[0])


@pytest.mark.parametrize(("intensities", "expected"), VECTORS)
def test_the_published_vectors(intensities, expected) -> None:
    value, count = one_voxel(intensities, misses="intensity")
    assert abs(value - expected) <= 1e-12
    assert count == len(intensities)


def test_a_dark_return_is_no_miss_unless_asked() -> None:
    assert one_voxel([0, 10, 35]) == (0.0, 3)
    assert one_voxel([0, 200], misses="intensity")[0] < 0


def test_flags_decide_what_is_free() -> None:
    value, _ = one_voxel([200, 200], occupied=np.array([True, False]))
    assert abs(value - reference([(True, 200), (False, 200)], Model())[0]) <= 1e-12


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 300)), min_size=1, max_size=30),
    st.sampled_from([0.3, 0.5, 0.8]),
    st.sampled_from([0.1, 3.0]),
    st.booleans(),
)
def test_any_sequence_is_as_the_rules_say(sequence, p_th, gamma, protection) -> None:
    model = Model(p_th=p_th, gamma=gamma, protection=protection)
    voxel_map = VoxelMap.create(None, VoxelGrid(0.5, 10.0), model, cache_tiles=0)
    at = np.zeros(len(sequence))
    voxel_map.update(
        at, at, at, np.array([i for _, i in sequence], float), occupied=np.array([hit for hit, _ in sequence])
    )
    (found,) = voxel_map.voxels()
    expected = reference(sequence, model)
    assert abs(found.log_odds[0] - expected[0]) <= 1e-11
    assert found.counts[0] == expected[1]


def test_octomap_adds_and_clamps() -> None:
    voxel_map = VoxelMap.create(None, VoxelGrid(0.5, 10.0), octomap_model(), cache_tiles=0)
    zeros = np.zeros(9)
    hits = np.array([True, False, False, True, True, True, True, True, True])
    voxel_map.update(zeros, zeros, zeros, occupied=hits)
    (found,) = voxel_map.voxels()
    value = 0.0
    for hit in hits:
        value = min(max(value + log_odds(0.7 if hit else 0.4), log_odds(0.1192)), log_odds(0.971))
    assert found.log_odds[0] == value


def test_weights_follow_the_curve() -> None:
    curve = Model(gamma=3.0).curve()
    assert len(curve) == 11 and abs(curve[0][1] - 0.1824) < 1e-4 and abs(curve[-1][1] - 0.8176) < 1e-4
    assert Model().weights(np.array([35.0, np.nan, 36.0]))[:2].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "values", [{"l_occ": 0.0}, {"l_free": 1.0}, {"i_th": 9.0, "i_max": 9.0}, {"p_th": 1.0}, {"gamma": float("nan")}]
)
def test_parameters_that_cannot_work_are_refused(values) -> None:
    with pytest.raises(OptionError):
        Model(**values).check()


# -- where things fall ---------------------------------------------------------------------------


def test_tiles_of_points_on_faces_and_below_zero() -> None:
    grid = VoxelGrid(0.05, 10.0)
    cells = grid.cells_of(np.array([5.0, -5, 10, -1e-9]), np.array([15.0, 0, 0, 0]), np.array([-3.0, 25, 0, 0]))
    assert [grid.tile_of(c) for c in cells.tolist()] == [(0, 1, -1), (-1, 0, 2), (1, 0, 0), (-1, 0, 0)]


def test_multiples_of_a_tenth_fall_where_octomap_puts_them() -> None:
    grid = VoxelGrid(0.1, 10.0)
    x = np.arange(-500, 500) * 0.1
    assert (grid.cells_of(x, x, x)[:, 0] == np.floor(x * (1.0 / 0.1))).all()


def test_a_tile_must_be_a_whole_number_of_voxels() -> None:
    with pytest.raises(OptionError, match="33.3333"):
        VoxelGrid(0.3, 10.0)
    assert VoxelGrid(0.1, 10.0).side == 100
    with pytest.raises(OptionError):
        VoxelGrid(0.001, 100.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_coordinates_that_cannot_be_are_refused(value) -> None:
    with pytest.raises(InputError):
        VoxelGrid(0.1, 10.0).cells_of(np.array([value]), np.zeros(1), np.zeros(1))


# -- the map -------------------------------------------------------------------------------------


def observations(seed: int, n: int = 4000, spread: float = 40.0):
    rng = np.random.default_rng(seed)
    x, y, z = rng.uniform(-spread, spread, (3, n)).round(1)
    return x, y, z / 8, rng.integers(0, 256, n).astype(float)


def content(voxel_map: VoxelMap) -> dict:
    return {
        tuple(cell): (value, count)
        for part in voxel_map.voxels()
        for cell, value, count in zip(part.cells.tolist(), part.log_odds.tolist(), part.counts.tolist())
    }


def test_a_batch_over_many_tiles_equals_voxel_by_voxel() -> None:
    x, y, z, intensity = observations(1, 6000, 9.0)
    voxel_map = VoxelMap.create(None, VoxelGrid(1.0, 5.0), cache_tiles=0)
    for part in np.array_split(np.arange(len(x)), 3):
        voxel_map.update(x[part], y[part], z[part], intensity[part], misses="intensity")
    expected: dict = {}
    for cell, i in zip(np.floor(np.stack([x, y, z], 1)).astype(int).tolist(), intensity):
        expected.setdefault(tuple(cell), []).append((i > 35, i))
    found = content(voxel_map)
    assert found.keys() == expected.keys()
    for cell, sequence in expected.items():
        value, count = reference(sequence, Model())
        assert abs(found[cell][0] - value) < 1e-11 and found[cell][1] == count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1, 30, 3000, 50_000]), st.integers(0, 40), st.integers(0, 24))
def test_packed_numbers_are_sorted_by_their_code_alone(seed, n, high, low) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 1 << high, n, dtype=np.uint64)
    numbers = (codes << np.uint64(low)) | rng.integers(0, 1 << low, n, dtype=np.uint64)
    expected = numbers[np.argsort(codes, kind="stable")]
    assert (sort_packed(numbers.copy(), low, low + high) == expected).all()


def test_observations_that_are_alike_need_no_order() -> None:
    x, y, z, _ = observations(8, 9000, 9.0)
    together, apart = (VoxelMap.create(None, VoxelGrid(0.5, 5.0), cache_tiles=0) for _ in range(2))
    together.update(x, y, z, np.full(9000, 200.0))
    apart.update(np.r_[x, 99.0], np.r_[y, 0.0], np.r_[z, 0.0], np.r_[np.full(9000, 200.0), 100.0])
    found = content(apart)
    assert found.pop((198, 0, 0)) and found == content(together)


def test_a_far_outlier_changes_nothing_for_the_others() -> None:
    x, y, z, intensity = observations(5)
    near, far = (VoxelMap.create(None, VoxelGrid(0.5, 10.0), cache_tiles=0) for _ in range(2))
    near.update(x, y, z, intensity)
    far.update(*(np.r_[a, 4e9, -4e9] for a in (x, y, z)), np.r_[intensity, 200.0, 200.0])
    found = content(far)
    assert found.pop((8_000_000_000,) * 3) and found.pop((-8_000_000_000,) * 3)
    assert found == content(near)


@pytest.mark.parametrize("cache", [1, 2, 16, 0])
def test_every_cache_size_leaves_the_same_bytes(tmp_path, cache) -> None:
    def run(folder, cache_tiles):
        with VoxelMap.create(folder, VoxelGrid(0.5, 10.0), cache_tiles=cache_tiles) as voxel_map:
            for seed in range(3):
                voxel_map.update(*observations(seed))
        return {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    assert run(tmp_path / "a", cache) == run(tmp_path / "b", 5)


def test_a_batch_loads_each_of_its_tiles_once(tmp_path) -> None:
    voxel_map = VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 10.0), cache_tiles=1)
    voxel_map.update(*observations(3))
    assert voxel_map.loads_per_tile == 1.0
    assert len(voxel_map.saved()) == len(voxel_map.tiles()) - 1
    assert voxel_map.saved() == []


def test_memory_and_disk_agree_and_unsaved_tiles_are_seen(tmp_path) -> None:
    on_disk = VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 10.0), cache_tiles=3)
    in_memory = VoxelMap.create(None, VoxelGrid(0.5, 10.0), cache_tiles=0)
    for voxel_map in (on_disk, in_memory):
        voxel_map.update(*observations(4))
    assert content(on_disk) == content(in_memory)
    assert len(on_disk.tiles(cached_only=True)) == 3
    order = [tuple(part.tile) for part in on_disk.voxels()]
    assert order == sorted(order)
    assert on_disk.statistics.resident == 3


def test_probability_and_occupied() -> None:
    voxel_map = VoxelMap.create(None, VoxelGrid(0.5, 10.0), cache_tiles=0)
    voxel_map.update(np.array([0.1, 0.1]), np.zeros(2), np.zeros(2), np.array([145.0, 145.0]))
    p, n = voxel_map.probability_at(np.array([0.2, 3.0, 99.0]), np.zeros(3), np.zeros(3))
    value = reference([(True, 145)] * 2, Model())[0]
    assert abs(p[0] - 1 / (1 + math.exp(-value))) < 1e-15 and np.isnan(p[1:]).all() and n.tolist() == [2, 0, 0]
    assert sum(map(len, voxel_map.occupied(0.9))) == 1
    assert sum(map(len, voxel_map.occupied(1.0))) == 0
    box = voxel_map.grid.box_of((5, 5, 5, 9, 9, 9))
    assert sum(map(len, voxel_map.occupied(0.5, box))) == 0
    with pytest.raises(OptionError):
        list(voxel_map.occupied(1.5))


def test_a_damaged_tile_is_an_error_and_never_overwritten(tmp_path) -> None:
    with VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 10.0)) as voxel_map:
        voxel_map.update(np.zeros(1), np.zeros(1), np.zeros(1), np.array([200.0]))
    path = tmp_path / "map" / "tile_0_0_0" / "iwlo_meta.bin"
    path.write_bytes(path.read_bytes()[:-3])
    spoiled = path.read_bytes()
    again = VoxelMap.open(tmp_path / "map")
    with pytest.raises(StoreError, match="counts 1 voxels"):
        again.update(np.zeros(1), np.zeros(1), np.zeros(1), np.array([200.0]))
    again.flush()
    assert path.read_bytes() == spoiled


def test_a_map_of_the_origin_system_opens(tmp_path) -> None:
    folder = tmp_path / "map"
    (folder / "tile_0_0_0").mkdir(parents=True)
    (folder / "metadata.json").write_text(
        '{"version": "1.0", "resolution": 0.05, "tile_size": 10.0, "bounds": {"min": [0, 0, 0], "max": [0, 0, 0]}}'
    )
    example = "4f4c5749010000000100000000000000008001804980000000000000fc3f01000000"
    (folder / "tile_0_0_0" / "iwlo_meta.bin").write_bytes(bytes.fromhex(example))
    voxel_map = VoxelMap.open(folder)
    assert content(voxel_map) == {(0, 1, 73): (1.75, 1)}
    with pytest.raises(InputError, match="beyond the 65,536 keys"):
        voxel_map.update(np.array([2000.0]), np.zeros(1), np.zeros(1), np.array([200.0]))


def test_a_folder_with_other_things_is_refused(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        VoxelMap.create(tmp_path, VoxelGrid(0.5, 10.0))
    with pytest.raises(InputError, match=r"no metadata\.json"):
        VoxelMap.open(tmp_path)


def test_tiles_are_named_with_their_signs() -> None:
    assert TileIndex.parse("tile_-1_20_-3") == (-1, 20, -3)
    assert TileIndex(-1, 20, -3).name == "tile_-1_20_-3"
    assert TileIndex.parse("tile_1_2") is None
