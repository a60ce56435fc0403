# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of a map, byte by byte, and what happens when bytes are not what they should be."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from scree.core.errors import Cancelled, InputError, ScreeError, StoreError
from scree.core.voxels.grid import TileIndex, VoxelGrid
from scree.core.voxels.meta_file import decode_meta, encode_meta
from scree.core.voxels.metadata import Metadata, read_metadata
from scree.core.voxels.model import Model
from scree.core.voxels.octree import Leaves, build, leaves_of, node_count
from scree.core.voxels.octree_files import encode_octree, read_octree
from scree.core.voxels.tile import VoxelTile
from scree.core.voxels.tile_files import TileFiles, encode_tree

EXAMPLE = bytes.fromhex("4f4c57490100000001000000000000000080ff7f409c000000000000fc3f01000000")


def test_the_published_example_of_34_bytes() -> None:
    first = (32700, 32700, 40000)
    tile = decode_meta(EXAMPLE, first, 200, "example")
    assert tile.log_odds.tolist() == [1.75] and tile.counts.tolist() == [1]
    assert (tile.positions(200) + np.array(first)).tolist() == [[32768, 32767, 40000]]
    assert bytes(encode_meta(tile, first, 200)) == EXAMPLE


@pytest.mark.parametrize(
    ("at", "data", "words"),
    [
        (0, b"\0", "OLWI"),
        (4, b"\2", "version 2"),
        (8, b"\5", "counts 5 voxels"),
        (15, b"\xff", "counts"),
        (16, b"\0\0", "outside its tile"),
        (29, b"\xff\xff", "cannot be"),
        (33, b"\xff", "cannot be"),
    ],
)
def test_every_region_of_the_meta_file_is_checked(at, data, words) -> None:
    spoiled = bytearray(EXAMPLE)
    spoiled[at : at + len(data)] = data
    with pytest.raises(StoreError, match=words):
        decode_meta(bytes(spoiled), (32700, 32700, 40000), 200, "tile")


@pytest.mark.parametrize("length", range(0, 34, 3))
def test_a_cut_meta_file_is_refused(length) -> None:
    with pytest.raises(StoreError):
        decode_meta(EXAMPLE[:length], (32700, 32700, 40000), 200, "tile")


def test_records_in_any_order_are_read_and_twice_the_same_is_refused() -> None:
    tile = VoxelTile(np.array([3, 9]), np.array([1.0, -2.0]), np.array([1, 2], np.int32))
    data = bytes(encode_meta(tile, (32768, 32768, 32768), 10))
    swapped = data[:16] + data[34:] + data[16:34]
    again = decode_meta(swapped, (32768, 32768, 32768), 10, "tile")
    assert bytes(encode_meta(again, (32768, 32768, 32768), 10)) == data
    with pytest.raises(StoreError, match="twice"):
        decode_meta(data[:34] + data[16:34], (32768, 32768, 32768), 10, "tile")


# -- OctoMap's files -----------------------------------------------------------------------------


def random_leaves(seed: int, n: int = 3000, span: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(-span, span, (n, 3)), axis=0) + 32768
    return keys, np.where(rng.random(len(keys)) < 0.9, 1, -1).astype(np.float32)


def expanded(leaves: Leaves) -> dict:
    out = {}
    for key, depth, value in zip(leaves.keys.tolist(), leaves.depths.tolist(), leaves.values.tolist()):
        size = 1 << (16 - depth)
        for dx in range(size):
            for dy in range(size):
                for dz in range(size):
                    out[key[0] + dx, key[1] + dy, key[2] + dz] = value
    return out


@pytest.mark.parametrize("kind", ["bt", "ot"])
def test_what_is_written_is_read_again(tmp_path, kind) -> None:
    keys, values = random_leaves(2)
    path = tmp_path / f"tree.{kind}"
    path.write_bytes(encode_octree(kind, build(leaves_of(keys, values)), 0.05))
    found = read_octree(path)
    assert found.kind == kind and found.resolution == 0.05
    assert expanded(found.leaves) == {tuple(k): v for k, v in zip(keys.tolist(), values.tolist())}
    assert encode_octree(kind, build(found.leaves), 0.05) == path.read_bytes()


def test_equal_cubes_are_pruned_as_far_as_they_go() -> None:
    keys = np.stack(np.meshgrid(*[np.arange(32768, 32784)] * 3, indexing="ij"), -1).reshape(-1, 3)
    levels = build(leaves_of(keys, np.ones(len(keys), np.float32)))
    assert node_count(levels) == 13
    assert encode_octree("bt", levels, 0.5).startswith(b"# Octomap OcTree binary file\n")


@pytest.mark.parametrize(("frame", "index"), [("tile", (3, -4, 5)), ("map", (0, -1, 2)), ("map", (-3, 2, 0))])
@pytest.mark.parametrize("side", [1, 10, 16, 200])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_the_tree_of_a_tile_is_the_tree_of_its_voxels(frame, index, side, share) -> None:
    rng, grid = np.random.default_rng(side), VoxelGrid(0.5, side * 0.5, frame)
    n = min(side**3, 4096)
    cells = np.arange(n) if share == 1.0 else np.sort(rng.choice(side**3, max(1, int(n * share)), replace=False))
    log_odds = np.where(rng.random(len(cells)) < (0.0 if share == 1.0 else 0.3), -1.0, 0.0)
    tile = VoxelTile(cells, log_odds, np.ones(len(cells), np.int32))
    keys = tile.positions(side) + np.array(grid.first_key(TileIndex(*index)))
    leaves = leaves_of(keys, np.where(log_odds >= 0, 1, -1).astype(np.float32))
    assert encode_tree(tile, TileIndex(*index), grid) == encode_octree("bt", build(leaves), 0.5)


def test_an_empty_tree_has_a_header_only() -> None:
    data = encode_octree("bt", build(leaves_of(np.empty((0, 3), np.int64), np.empty(0, np.float32))), 0.1)
    assert data.endswith(b"size 0\nres 0.1\ndata\n")


def test_a_real_octomap_file_comes_back_byte_by_byte(scree_data: Path) -> None:
    path = scree_data / "occupancy" / "geb079.bt"
    found = read_octree(path)
    assert found.nodes == 532_566 and found.resolution == 0.08
    depths = np.bincount(found.leaves.depths[found.leaves.values > 0], minlength=17)
    assert depths[14:].tolist() == [1, 5983, 137_745]
    free = np.bincount(found.leaves.depths[found.leaves.values < 0], minlength=17)
    assert free[13:].tolist() == [232, 4678, 36_154, 243_351]
    assert encode_octree("bt", build(found.leaves), found.resolution) == path.read_bytes()


@pytest.mark.parametrize("kind", ["bt", "ot"])
def test_cut_and_altered_trees_are_refused(tmp_path, kind) -> None:
    keys, values = random_leaves(5, 200)
    good = encode_octree(kind, build(leaves_of(keys, values)), 0.05)
    start = good.index(b"data\n") + 5
    path = tmp_path / "tree"
    spoiled = [good[:n] for n in (0, 10, start - 3, start, start + 1, len(good) - 1)] + [good + b"\0"]
    for old, new in ((b"size ", b"size 9"), (b"res 0.05", b"res -1"), (b"id OcTree", b"id X"), (b"# Oct", b"# oct")):
        spoiled.append(good.replace(old, new))
    for data in spoiled:
        path.write_bytes(data)
        with pytest.raises(InputError):
            read_octree(path)


def test_any_altered_byte_is_an_error_or_another_tree_never_a_crash(tmp_path) -> None:
    keys, values = random_leaves(6, 60)
    path, rng = tmp_path / "tree", np.random.default_rng(0)
    for kind in ("bt", "ot"):
        good = encode_octree(kind, build(leaves_of(keys, values)), 0.05)
        for _ in range(300):
            spoiled = bytearray(good)
            spoiled[rng.integers(len(good))] = rng.integers(256)
            path.write_bytes(bytes(spoiled))
            try:
                read_octree(path)
            except ScreeError:
                continue


def test_colors_are_read_from_a_color_tree(tmp_path) -> None:
    node = struct.pack("<f3BB", 0.5, 1, 2, 3, 0)
    root = struct.pack("<f3BB", 0.5, 9, 9, 9, 1)
    path = tmp_path / "c.ot"
    path.write_bytes(b"# Octomap OcTree file\nid ColorOcTree\nsize 2\nres 0.1\ndata\n" + root + node)
    assert read_octree(path).colors.tolist() == [[1, 2, 3]]


READER = """
import sys
import numpy as np
import octomap
path, resolution, points, out = sys.argv[1], float(sys.argv[2]), np.load(sys.argv[3]), sys.argv[4]
tree = octomap.OcTree(resolution)
if path.endswith("bt"):
    assert tree.readBinary(path.encode())
else:
    tree = octomap.OcTree.read(path.encode())
np.save(out, [tree.isNodeOccupied(tree.search(point)) for point in points])
"""
PEERS = Path(__file__).resolve().parent.parent / "build" / "peers-venv" / "bin" / "python"


@pytest.mark.parametrize("kind", ["bt", "ot"])
def test_octomap_itself_reads_our_trees(tmp_path, kind) -> None:
    """By octomap-python, here or among the peers of the benchmark."""
    python = sys.executable if find_spec("octomap") else str(PEERS)
    if not Path(python).exists() or subprocess.run([python, "-c", "import octomap"], capture_output=True).returncode:
        pytest.skip("no octomap-python")
    keys, values = random_leaves(7)
    path = tmp_path / f"tree.{kind}"
    path.write_bytes(encode_octree(kind, build(leaves_of(keys, values)), 0.05))
    np.save(tmp_path / "points.npy", (keys - 32768 + 0.5) * 0.05)
    out = tmp_path / "found.npy"
    subprocess.run([python, "-c", READER, str(path), "0.05", str(tmp_path / "points.npy"), str(out)], check=True)
    assert (np.load(out) == (values > 0)).all()


# -- metadata ------------------------------------------------------------------------------------


def test_metadata_keeps_all_and_what_others_wrote(tmp_path) -> None:
    metadata = Metadata(VoxelGrid(0.1, 20.0), Model(gamma=2.0), "WKT", ({"id": 1},), ((-1, 0, 0), (2, 3, 4)), {"x": 1})
    metadata.write(tmp_path)
    assert read_metadata(tmp_path) == metadata
    values = json.loads((tmp_path / "metadata.json").read_text())
    assert values["version"] == "1.0" and values["bounds"] == {"min": [-1, 0, 0], "max": [2, 3, 4]}
    assert values["key_frame"] == "tile" and values["origin"] == [0, 0, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"version": "7"},
        {"resolution": -1},
        {"tile_size": 0.33},
        {"tile_size": None},
        {"origin": [0, 0]},
        {"key_frame": "mine"},
        {"parameters": {"l_occ": "high"}},
        {"parameters": {"l_occ": -3}},
        {"bounds": {"min": 3}},
    ],
)
def test_damaged_metadata_is_one_sentence(tmp_path, change) -> None:
    values = Metadata(VoxelGrid(0.1, 20.0), Model()).to_json() | change
    (tmp_path / "metadata.json").write_text(json.dumps(values))
    with pytest.raises(ScreeError) as caught:
        read_metadata(tmp_path)
    assert "\n" not in str(caught.value)
    (tmp_path / "metadata.json").write_text("{")
    with pytest.raises(InputError, match="JSON"):
        read_metadata(tmp_path)


def test_a_cancel_is_heard_between_the_files_of_a_tile(tmp_path) -> None:
    heard: list[int] = []

    def check() -> None:
        heard.append(1)
        if len(heard) == 2:
            raise Cancelled("The run was cancelled.")

    files = TileFiles(tmp_path, VoxelGrid(0.5, 5.0))
    tile = VoxelTile(np.arange(3), np.ones(3), np.ones(3, np.int32))
    with pytest.raises(Cancelled):
        files.write_unfinished(TileIndex(0, 0, 0), tile, check)
    assert not files.has(TileIndex(0, 0, 0))
