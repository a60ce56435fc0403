# SPDX-License-Identifier: GPL-2.0-or-later
"""What a map does where it cannot go on: damaged files, lost files, no right to write, no room.

Always one sentence, and nothing of what was there is changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest

from scree.core.clouds.writer import write_cloud
from scree.core.errors import InputError, OutputError, ScreeError
from scree.core.voxels.check import CheckOptions, check_map
from scree.core.voxels.export import ExportOptions, export_map
from scree.core.voxels.journal import JOURNAL
from scree.core.voxels.merge import MergeOptions, merge_maps
from scree.core.voxels.model import Model
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.query import QueryOptions, query_map
from scree.core.voxels.rasters import RasterOptions, make_rasters
from scree.core.voxels.update import update_map
from scree.core.voxels.voxel_map import VoxelMap

ROOT = Path(__file__).resolve().parent.parent


def cloud(path: Path, seed: int = 1, n: int = 3000, spread: float = 12.0) -> Path:
    rng = np.random.default_rng(seed)
    columns = {"intensity": rng.integers(0, 256, n).astype(np.uint16)}
    write_cloud(path, *rng.uniform(-spread, spread, (3, n)).round(3), columns)
    return path


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two maps, made once and copied by each test."""
    made = tmp_path_factory.mktemp("maps")
    for seed, name in ((1, "map"), (3, "other")):
        source = cloud(made / f"{seed}.las", seed)
        update_map(UpdateOptions(inputs=(str(source),), map=str(made / name), resolution=1.0, tile_size=20.0))
    return made


@pytest.fixture
def folder(tmp_path: Path, maps: Path) -> Path:
    for name in ("map", "other"):
        shutil.copytree(maps / name, tmp_path / name)
    return tmp_path / "map"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def update_again(folder: Path) -> None:
    update_map(UpdateOptions(inputs=(str(cloud(folder.parent / "2.las", 2)),), map=str(folder)))


def export(folder: Path) -> None:
    export_map(ExportOptions(map=str(folder), output=str(folder.parent / "o.bt"), format="bt"))


def merge(folder: Path) -> None:
    merge_maps(MergeOptions(map=str(folder), other=str(folder.parent / "other")))


def merge_into_another(folder: Path) -> None:
    merge_maps(MergeOptions(map=str(folder.parent / "other"), other=str(folder)))


WORKS: list[Callable[[Path], None]] = [
    update_again,
    export,
    merge,
    merge_into_another,
    lambda folder: query_map(QueryOptions(map=str(folder), output=str(folder.parent / "o.csv"))),
    lambda folder: make_rasters(RasterOptions(map=str(folder), top=str(folder.parent / "o.tif"))),
]


def refused(work: Callable[[Path], None], folder: Path) -> str:
    """The sentence of the error; raises where there is none, or where anything was changed."""
    other = folder.parent / "other"
    before, before_other = files_of(folder), files_of(other)
    with pytest.raises(ScreeError) as caught:
        work(folder)
    assert files_of(folder) == before and files_of(other) == before_other
    assert not list(folder.parent.glob("o.*"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("damage", ["cut", "count", "value"])
def test_no_work_goes_over_a_damaged_tile(folder, work, damage) -> None:
    for path in folder.glob("tile_*/iwlo_meta.bin"):
        data = bytearray(path.read_bytes())
        at = {"magic": 0, "version": 4, "count": 8, "key": 17, "value": 28}.get(damage)
        if at is None:
            del data[-5:]
        else:
            data[at : at + 2] = b"\xff\xff" if damage != "key" else b"\x00"
        path.write_bytes(bytes(data))
    assert "iwlo_meta.bin" in refused(work, folder)


@pytest.mark.parametrize("work", WORKS)
def test_no_work_goes_without_the_metadata(folder, work) -> None:
    (folder / "metadata.json").unlink()
    text = refused(work, folder)
    assert "no metadata.json" in text or "holds no voxel map" in text


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("length", [0, -3])
def test_no_work_goes_with_cut_metadata(folder, work, length) -> None:
    path = folder / "metadata.json"
    path.write_bytes(path.read_bytes()[:length])
    assert "metadata.json" in refused(work, folder)


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("key", ["crs", "note"])
def test_half_a_character_in_the_metadata_stays_or_is_refused(folder, work, key) -> None:
    path = folder / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: "\udcff"}))
    with nullcontext() if key == "note" else suppress(ScreeError):
        work(folder)
    assert json.loads(path.read_text())[key] == "\udcff"


@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("inputs", [0.5, [[]], "text", None])
def test_no_work_goes_where_the_runs_name_no_inputs(folder, work, inputs) -> None:
    path = folder / "metadata.json"
    metadata = json.loads(path.read_text())
    metadata["runs"][0]["inputs"] = inputs
    path.write_text(json.dumps(metadata))
    assert "the inputs of a run are" in refused(work, folder)


def test_a_lost_tile_file_is_told_and_a_lost_or_altered_tree_is_not_needed(folder) -> None:
    tiles = sorted(folder.glob("tile_*"))
    (tiles[0] / "octree.bt").write_bytes(b"altered")
    (tiles[1] / "octree.bt").unlink()
    report = check_map(CheckOptions(map=str(folder)))
    assert (report["damaged"], report["trees_wrong"]) == (0, 2)
    (tiles[2] / "iwlo_meta.bin").unlink()
    assert "no iwlo_meta.bin" in refused(export, folder)
    assert check_map(CheckOptions(map=str(folder)))["damaged"] == 1


@pytest.mark.parametrize("value", [1e6, -10.5, np.nextafter(10.0, 11.0)])
def test_log_odds_that_no_update_leaves_are_damage_to_every_work(folder, value) -> None:
    for path in folder.glob("tile_*/iwlo_meta.bin"):
        data = bytearray(path.read_bytes())
        data[22:30] = np.array([value]).astype("<f8").tobytes()
        path.write_bytes(bytes(data))
    report = check_map(CheckOptions(map=str(folder)))
    assert report["damaged"] == report["tiles"] and "outside -10 to 10" in report["messages"][0]
    for work in WORKS:
        assert "outside -10 to 10" in refused(work, folder)


def test_the_bounds_of_a_tile_are_those_of_its_own_model(tmp_path) -> None:
    folder, source = tmp_path / "map", cloud(tmp_path / "1.las", 1, 500, 0.4)
    wide = Model(i_th=None, i_max=None, l_max=25.0)
    update_map(UpdateOptions(inputs=(str(source),), map=str(folder), resolution=1.0, model=wide))
    again = UpdateOptions(inputs=(str(source),), map=str(folder), reapply=True)
    update_map(again)
    assert max(float(v.log_odds.max()) for v in VoxelMap.open(folder).voxels()) == 25.0
    assert check_map(CheckOptions(map=str(folder)))["damaged"] == 0


def test_any_altered_byte_of_a_tile_is_an_error_or_other_values_never_a_crash(folder) -> None:
    path = sorted(folder.glob("tile_*/iwlo_meta.bin"))[0]
    good, rng = path.read_bytes(), np.random.default_rng(5)
    for at in [*range(40), *rng.integers(40, len(good), 60).tolist()]:
        spoiled = bytearray(good)
        spoiled[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(bytes(spoiled))
        report = check_map(CheckOptions(map=str(folder)))
        assert report["damaged"] + report["trees_wrong"] >= (at < 22)
    path.write_bytes(good)


def test_a_damaged_journal_stops_everything(folder) -> None:
    (folder / JOURNAL).write_text("{")
    for work in WORKS[:2]:
        assert JOURNAL in refused(work, folder)


def test_coordinates_out_of_range_are_refused_before_anything_is_made(tmp_path) -> None:
    far = cloud(tmp_path / "far.las", spread=1e9)
    with pytest.raises(InputError, match="can be told apart"):
        update_map(UpdateOptions(inputs=(str(far),), map=str(tmp_path / "map"), resolution=0.001, tile_size=0.01))
    assert {p.name for p in tmp_path.iterdir()} == {"far.las"}


def test_beyond_the_keys_of_one_origin_is_refused(folder) -> None:
    path = folder / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"key_frame": "map"}))
    for tile in folder.glob("tile_*"):
        for file in tile.iterdir():
            file.unlink()
        tile.rmdir()
    source = cloud(folder.parent / "4.las", 4, 100, 90_000.0)
    before = files_of(folder)
    with pytest.raises(InputError, match="beyond the 65,536 keys"):
        update_map(UpdateOptions(inputs=(str(source),), map=str(folder)))
    assert files_of(folder) == before


# -- where nothing can be written ----------------------------------------------------------------

CHILD = """
import os, sys
sys.path.insert(0, {path!r})
from scree.core.errors import OutputError
from scree.core.jobs import disk
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.update import update_map
disk.SPARE = -(1 << 50)  # the room is asked for before the work; here it runs out in the midst of it
{before}
try:
    update_map(UpdateOptions(inputs=({cloud!r},), map={map!r}, scratch={scratch!r}))
except OutputError as error:
    print(error)
    raise SystemExit(42)
"""


def child(tmp_path: Path, folder: Path, before: str = "", launcher: tuple[str, ...] = ()) -> str:
    """The sentence a process of its own ends with."""
    source = cloud(tmp_path / "2.las", 2, 60_000)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    os.chmod(tmp_path / "scratch", 0o777)
    code = CHILD.format(
        path=str(ROOT / "build" / "plugins"), before=before, cloud=str(source), map=str(folder),
        scratch=str(tmp_path / "scratch"),
    )  # fmt: skip
    done = subprocess.run([*launcher, sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 42, done.stderr
    return done.stdout.strip()


def test_a_folder_that_cannot_be_written_is_told_and_left(tmp_path, folder) -> None:
    if os.name != "posix":
        pytest.skip("rights are those of POSIX")
    before = "os.setgid(65534); os.setuid(65534)" if os.geteuid() == 0 else ""
    for place in (tmp_path, *tmp_path.parents):
        if place.stat().st_uid == os.geteuid() and not place.stat().st_mode & 0o005:
            os.chmod(place, place.stat().st_mode | 0o005)
    kept = files_of(folder)
    os.chmod(folder, 0o555)
    try:
        text = child(tmp_path, folder, before)
    finally:
        os.chmod(folder, 0o755)
    assert "cannot be written" in text and str(folder) in text
    assert files_of(folder) == kept


def test_a_full_disk_is_told_and_the_map_is_as_it_was(tmp_path, folder) -> None:
    small = tmp_path / "small"
    small.mkdir()
    # A disk that has room for the map and little more, in a mount namespace of the child's own; what is on it
    # afterwards must be compared there too.
    room = sum(-(-p.stat().st_size // 4096) * 4096 for p in folder.rglob("*") if p.is_file()) + (1 << 16)
    script = (
        f"mount -t tmpfs -o size={room} none {small} && cp -r {folder} {small}/map && "
        f'{{ "$@"; code=$?; diff -r {folder} {small}/map && exit $code; }}'
    )
    launcher = ("unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh")
    try:
        allowed = subprocess.run([*launcher, "true"], capture_output=True, timeout=20).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        pytest.skip("no mount namespace here")
    text = child(tmp_path, small / "map", launcher=launcher)
    assert "is full" in text


def test_too_little_room_is_told_before_the_work(tmp_path, folder, monkeypatch) -> None:
    from scree.core.jobs import disk

    monkeypatch.setattr(disk, "SPARE", 1 << 60)
    kept = files_of(folder)
    with pytest.raises(OutputError, match="MB free"):
        update_again(folder)
    assert files_of(folder) == kept
