# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of voxelmapupdate: one result whatever the way to it, whole or not at all, once and not twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scree.core.clouds.writer import write_cloud
from scree.core.compiled import sources_hash
from scree.core.errors import Cancelled, InputError, OptionError, OutputError
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.telemetry import telemetry
from scree.core.voxels import apply, journal, spool, update
from scree.core.voxels.counts import percentiles
from scree.core.voxels.journal import GENERATION, JOURNAL
from scree.core.voxels.left import delete_generation, find_generations
from scree.core.voxels.merge import MergeOptions, merge_maps
from scree.core.voxels.metadata import read_metadata
from scree.core.voxels.model import Model
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.places import KINDS
from scree.core.voxels.query import QueryOptions, query_map
from scree.core.voxels.tile_files import TileFiles
from scree.core.voxels.update import update_map
from scree.core.voxels.voxel_map import VoxelMap

ROOT = Path(__file__).resolve().parent.parent


def points(seed: int = 1, n: int = 6000, shift: float = 0.0) -> dict:
    """Several observations a voxel, some at one time and place but of other intensity."""
    rng = np.random.default_rng(seed)
    return {
        "x": rng.integers(-9000, 9000, n) / 1000 + shift,
        "y": rng.integers(-9000, 9000, n) / 1000 + shift,
        "z": rng.integers(0, 2500, n) / 1000,
        "intensity": rng.integers(0, 256, n).astype(np.uint16),
        "gps_time": np.floor(rng.random(n) * 50),
        "point_source_id": rng.integers(1, 4, n).astype(np.uint16),
        "classification": rng.integers(1, 8, n).astype(np.uint8),
    }


def write(path: Path, columns: dict, pick=slice(None)) -> Path:
    rest = {n: c[pick] for n, c in columns.items() if n not in "xyz"}
    write_cloud(path, columns["x"][pick], columns["y"][pick], columns["z"][pick], rest)
    return path


def tiles_of(folder: Path) -> dict:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.glob("tile_*/*"))}


def options(folder: Path, *inputs: Path, **more) -> UpdateOptions:
    rest = {"resolution": 0.5, "tile_size": 5.0, "misses": "intensity"}
    return UpdateOptions(inputs=tuple(map(str, inputs)), map=str(folder), **{**rest, **more})


def test_order_and_splitting_of_files_change_no_tile(tmp_path) -> None:
    columns = points()
    whole = write(tmp_path / "whole.laz", columns)
    update_map(options(tmp_path / "a", whole))
    order = np.random.default_rng(9).permutation(len(columns["x"]))
    parts = [write(tmp_path / f"{i}.las", columns, order[i::3]) for i in range(3)]
    update_map(options(tmp_path / "b", *parts[::-1]))
    assert tiles_of(tmp_path / "a") == tiles_of(tmp_path / "b")


@pytest.mark.parametrize("record_bytes", [1 << 18, 1 << 21])
def test_memory_cache_and_bins_change_no_tile(tmp_path, monkeypatch, record_bytes) -> None:
    cloud = write(tmp_path / "c.las", points(n=20_000))
    update_map(options(tmp_path / "a", cloud))
    monkeypatch.setattr(spool, "MOST_BINS", 8)
    monkeypatch.setattr(update, "RECORD_BYTES", record_bytes)
    report = update_map(options(tmp_path / "b", cloud, cache_tiles=1, max_memory=512, threads=1))
    assert tiles_of(tmp_path / "a") == tiles_of(tmp_path / "b")
    assert report["tiles_changed"] == len(list((tmp_path / "b").glob("tile_*")))


def crowded(where: str, n: int = 9000) -> dict:
    """Points of one plane of a tile, of one voxel, or all the same but for what decides last."""
    rng, columns = np.random.default_rng(4), points(4, n)
    if where == "plane":
        columns |= {"x": rng.integers(0, 4999, n) / 1000, "y": rng.integers(0, 4999, n) / 1000}
        columns["z"] = np.full(n, 0.25)
    else:
        columns |= {axis: rng.integers(0, 3, n) / 1000 for axis in "xyz"}
    if where == "alike":
        columns |= {axis: np.full(n, 0.1) for axis in "xyz"}
        columns |= {"gps_time": np.zeros(n), "point_source_id": np.ones(n, np.uint16)}
        columns["intensity"] = rng.integers(30, 40, n).astype(np.uint16)
    return columns


@pytest.mark.parametrize("where", ["plane", "voxel", "alike"])
@pytest.mark.parametrize("misses", ["intensity", "rays"])
def test_a_crowded_tile_is_applied_in_parts_with_the_same_bytes(tmp_path, monkeypatch, where, misses) -> None:
    rays = {"origin": (1.0, 1.0, 2.0), "model": Model(i_th=None, i_max=None, gamma=3.0)} if misses == "rays" else {}
    columns = crowded(where)
    update_map(options(tmp_path / "a", write(tmp_path / "a.las", columns), misses=misses, **rays))
    order = np.random.default_rng(5).permutation(len(columns["x"]))
    sizes, most = [], 400
    real = apply.Applier._weights

    def weighed(self, records):
        sizes.append(len(records))
        return real(self, records)

    monkeypatch.setattr(apply.Applier, "_weights", weighed)
    monkeypatch.setattr(update, "RECORD_BYTES", apply_share(monkeypatch) // most)
    update_map(options(tmp_path / "b", write(tmp_path / "b.las", columns, order), misses=misses, **rays))
    assert tiles_of(tmp_path / "a") == tiles_of(tmp_path / "b")
    assert max(sizes) <= most and sum(sizes) == len(columns["x"])


def apply_share(monkeypatch: pytest.MonkeyPatch) -> int:
    """The bytes that records get, from now on the same in each run."""
    from scree.core.jobs.budget import MB, Budget

    monkeypatch.setattr(Budget, "working", 512 * MB)
    return 128 * MB


def test_a_run_is_as_the_rules_say(tmp_path) -> None:
    from test_voxels_update import reference

    columns = points(n=3000)
    columns["gps_time"] = np.random.default_rng(3).permutation(3000) / 7.0
    update_map(options(tmp_path / "map", write(tmp_path / "c.las", columns), model=Model()))
    order = np.argsort(columns["gps_time"])
    expected: dict = {}
    for i in order:
        cell = tuple(int(np.floor(round(columns[a][i] * 1000) / 500)) for a in "xyz")
        expected.setdefault(cell, []).append((columns["intensity"][i] > 35, float(columns["intensity"][i])))
    found = VoxelMap.open(tmp_path / "map")
    seen = 0
    for part in found.voxels():
        for cell, value, count in zip(part.cells.tolist(), part.log_odds, part.counts):
            wanted = reference(expected[tuple(cell)], Model())
            assert abs(value - wanted[0]) < 1e-11 and count == wanted[1]
            seen += 1
    assert seen == len(expected)


def test_a_cloud_moved_by_whole_voxels_has_the_same_voxels(tmp_path) -> None:
    update_map(options(tmp_path / "a", write(tmp_path / "a.las", points())))
    moved = points()
    moved["x"], moved["y"] = moved["x"] + 700_000, moved["y"] + 6_600_000
    update_map(options(tmp_path / "b", write(tmp_path / "b.las", moved)))
    a = np.concatenate([v.cells for v in VoxelMap.open(tmp_path / "a").voxels()])
    b = np.concatenate([v.cells for v in VoxelMap.open(tmp_path / "b").voxels()])
    assert (b - a == [1_400_000, 13_200_000, 0]).all()
    names = {n.replace("tile_", "") for n in tiles_of(tmp_path / "a")}
    assert len(names) == len(tiles_of(tmp_path / "b"))


def test_runs_are_history_and_keep_the_first_intensities(tmp_path) -> None:
    first, second = write(tmp_path / "1.las", points(1)), write(tmp_path / "2.las", points(2))
    report = update_map(options(tmp_path / "map", first))
    assert report["i_th"] is not None and len(report["weights"]) == 11
    again = update_map(options(tmp_path / "map", second, resolution=None, tile_size=None))
    assert (again["i_th"], again["i_max"], again["runs"]) == (report["i_th"], report["i_max"], 2)
    counts = sum(int(v.counts.sum()) for v in VoxelMap.open(tmp_path / "map").voxels())
    assert counts == 12_000


def test_a_cloud_is_applied_once_unless_asked(tmp_path) -> None:
    cloud = write(tmp_path / "c.las", points())
    update_map(options(tmp_path / "map", cloud))
    before = tiles_of(tmp_path / "map")
    copy = tmp_path / "other name.las"
    copy.write_bytes(cloud.read_bytes())
    with pytest.raises(InputError, match="already applied"):
        update_map(options(tmp_path / "map", copy))
    assert tiles_of(tmp_path / "map") == before
    update_map(options(tmp_path / "map", copy, reapply=True))
    assert tiles_of(tmp_path / "map") != before


def test_a_filter_says_what_is_free(tmp_path) -> None:
    cloud = write(tmp_path / "c.las", points())
    more = {"misses": "filter", "miss_filter": "Class[7]", "filter": "Class[1, 2, 3, 4, 5, 6, 7]"}
    report = update_map(options(tmp_path / "map", cloud, **more))
    assert report["misses"] == int((points()["classification"] == 7).sum())
    assert any((v.log_odds < 0).any() for v in VoxelMap.open(tmp_path / "map").voxels())


def test_options_that_contradict_the_map_are_refused(tmp_path) -> None:
    update_map(options(tmp_path / "map", write(tmp_path / "1.las", points(1))))
    cloud = write(tmp_path / "2.las", points(2))
    for change in ({"resolution": 0.25}, {"tile_size": 10.0}):
        with pytest.raises(OptionError, match="was made with"):
            update_map(options(tmp_path / "map", cloud, **change))
    with pytest.raises(OptionError, match="RESOLUTION is missing"):
        update_map(options(tmp_path / "new", cloud, resolution=None))
    assert not (tmp_path / "new").exists()


def test_a_foreign_folder_and_an_empty_filter_leave_nothing(tmp_path) -> None:
    cloud = write(tmp_path / "1.las", points(1))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="not empty"):
        update_map(options(tmp_path / "mine", cloud))
    with pytest.raises(InputError, match="passes FILTER"):
        update_map(options(tmp_path / "map", cloud, filter="Class[17]"))
    assert not (tmp_path / "map").exists() and not list(tmp_path.glob("scree-*"))


class Stopper:
    """Feedback that cancels when the update begins."""

    def __init__(self, phase: str) -> None:
        self.phase, self.stop = phase, False

    def is_cancelled(self) -> bool:
        return self.stop

    def set_percent(self, percent: float) -> None:
        pass

    def info(self, text: str) -> None:
        self.stop = self.stop or text.startswith(self.phase)

    warning = info


@pytest.mark.parametrize("phase", ["Reading", "Updating"])
def test_cancel_leaves_the_map_as_it_was_and_the_next_run_goes_on(tmp_path, phase) -> None:
    first, second = write(tmp_path / "1.las", points(1)), write(tmp_path / "2.las", points(2, 60_000))
    update_map(options(tmp_path / "map", first))
    update_map(options(tmp_path / "calm", first))
    before, metadata = tiles_of(tmp_path / "map"), (tmp_path / "map" / "metadata.json").read_bytes()
    with pytest.raises(Cancelled):
        update_map(options(tmp_path / "map", second), Stopper(phase))
    assert tiles_of(tmp_path / "map") == before
    assert (tmp_path / "map" / "metadata.json").read_bytes() == metadata
    update_map(options(tmp_path / "map", second))
    update_map(options(tmp_path / "calm", second))
    assert tiles_of(tmp_path / "map") == tiles_of(tmp_path / "calm")


def test_a_save_that_fails_leaves_the_map_as_it_was(tmp_path, monkeypatch) -> None:
    update_map(options(tmp_path / "map", write(tmp_path / "1.las", points(1))))
    before = tiles_of(tmp_path / "map")

    def full(self, *arguments, **keywords):
        raise OutputError("The disk is full.")

    monkeypatch.setattr(TileFiles, "write_unfinished", full)
    with pytest.raises(OutputError):
        update_map(options(tmp_path / "map", write(tmp_path / "2.las", points(2))))
    assert tiles_of(tmp_path / "map") == before
    assert not (tmp_path / "map" / GENERATION).exists()


class Flusher(Stopper):
    """Feedback that asks for a flush once, as the dock does, when a phase begins."""

    asked = False

    def info(self, text: str) -> None:
        if text.startswith(self.phase) and not self.asked:
            (self.entry,) = telemetry.snapshot().jobs
            self.entry.flush.set()
            self.asked = True


@pytest.mark.parametrize("phase", ["Reading", "Updating"])
def test_a_flush_is_done_when_it_is_asked_for_and_changes_no_tile(tmp_path, monkeypatch, phase) -> None:
    cloud, flusher = write(tmp_path / "1.las", points(1, 20_000)), Flusher(phase)
    update_map(options(tmp_path / "calm", cloud))
    flushes: list[int] = []
    real = VoxelMap.flush
    monkeypatch.setattr(VoxelMap, "flush", lambda self: (flushes.append(self.statistics.dirty), real(self))[1])
    update_map(options(tmp_path / "map", cloud), flusher)
    assert not flusher.entry.flush.is_set()
    assert len(flushes) > (phase == "Updating")
    assert tiles_of(tmp_path / "map") == tiles_of(tmp_path / "calm")


KILLER = """
import os, signal, sys
sys.path.insert(0, {path!r})
from scree.core import compiled
compiled.sources_hash = lambda: {code!r}  # a source edited while the tests run would be other code, other work
from scree.core.voxels import {module} as module
holder = {holder}
real, left = getattr(holder, {name!r}), [{after}]
def deadly(*arguments, **keywords):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*arguments, **keywords)
setattr(holder, {name!r}, deadly)
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.update import update_map
update_map(UpdateOptions(inputs=({cloud!r},), map={map!r}, resolution=0.5, tile_size=5.0, misses="intensity"))
"""


@pytest.mark.parametrize(
    ("module", "holder", "name", "after"),
    [
        ("intake", "module", "_take", 1),
        ("tile_files", "module.TileFiles", "write_unfinished", 5),
        ("tile_files", "module", "encode_meta", 7),
        ("update", "module", "commit", 0),
        ("journal", "module", "_move", 0),
        ("journal", "module", "_move", 6),
        ("journal", "module", "discard_generation", 0),
    ],
)
def test_killed_anywhere_a_run_ends_with_the_same_bytes(tmp_path, module, holder, name, after) -> None:
    first, second = write(tmp_path / "1.las", points(1)), write(tmp_path / "2.las", points(2, 120_000))
    for folder in ("map", "calm"):
        update_map(options(tmp_path / folder, first))
    before = tiles_of(tmp_path / "map")
    update_map(options(tmp_path / "calm", second))
    script = KILLER.format(
        path=str(ROOT / "build" / "plugins"), module=module, holder=holder, name=name, after=after,
        cloud=str(second), map=str(tmp_path / "map"), code=sources_hash(),
    )  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9, killed.stderr
    if not (tmp_path / "map" / JOURNAL).exists() and name != "_move":
        assert tiles_of(tmp_path / "map") == before
    update_map(options(tmp_path / "map", second))
    assert tiles_of(tmp_path / "map") == tiles_of(tmp_path / "calm")
    assert read_metadata(tmp_path / "map") == read_metadata(tmp_path / "calm")
    left = {p.name for p in (tmp_path / "map").iterdir() if not p.name.startswith("tile_")}
    assert left == {"metadata.json"}
    assert not list(tmp_path.glob("scree-*"))


MERGE_KILLER = """
import os, signal, sys
sys.path.insert(0, {path!r})
from scree.core.voxels import journal, merge
setattr({holder}, {name!r}, lambda *arguments, **keywords: os.kill(os.getpid(), signal.SIGKILL))
merge.merge_maps(merge.MergeOptions(map={map!r}, other={other!r}))
"""


def scratch(folder: Path) -> list[str]:
    """What runs left in a folder and in its maps."""
    return [p.name for p in (*folder.glob("scree-*"), *folder.glob("*/scree-*"))]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize(
    ("holder", "name", "runs"), [("merge", "merge_tiles", 1), ("journal", "_move_all", 2), ("merge", "run_facts", 2)]
)
@pytest.mark.parametrize("work", ["update", "merge", "query"])
def test_what_a_killed_merge_left_goes_with_the_next_run_of_the_map(tmp_path, holder, name, runs, work) -> None:
    for seed, folder in ((1, "map"), (2, "other"), (3, "third")):
        update_map(options(tmp_path / folder, write(tmp_path / f"{seed}.las", points(seed))))
    script = MERGE_KILLER.format(
        path=str(ROOT / "build" / "plugins"), holder=holder, name=name, map=str(tmp_path / "map"),
        other=str(tmp_path / "other"),
    )  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9 and any(p.startswith("scree-") for p in scratch(tmp_path)), killed.stderr
    if work == "update":
        update_map(options(tmp_path / "map", tmp_path / "3.las"))
    elif work == "merge":
        merge_maps(MergeOptions(map=str(tmp_path / "map"), other=str(tmp_path / "third")))
    else:
        query_map(QueryOptions(map=str(tmp_path / "map"), output=str(tmp_path / "o.csv")))
    query_map(QueryOptions(map=str(tmp_path / "other"), output=str(tmp_path / "o.csv")))
    kept = (journal.LOCK, GENERATION) if work == "query" and runs == 1 else (journal.LOCK,)
    assert not [p for p in scratch(tmp_path) if not p.startswith(kept)]
    assert len(read_metadata(tmp_path / "map").runs) == runs + (work != "query")
    counts = sum(int(v.counts.sum()) for v in VoxelMap.open(tmp_path / "map").voxels())
    assert counts == 6000 * (runs + (work != "query"))


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_what_an_update_left_that_was_killed_after_it_counted_goes_with_the_next(tmp_path) -> None:
    first, second = write(tmp_path / "1.las", points(1)), write(tmp_path / "2.las", points(2))
    script = KILLER.format(
        path=str(ROOT / "build" / "plugins"), module="update", holder="module", name="make_report", after=0,
        cloud=str(first), map=str(tmp_path / "map"), code=sources_hash(),
    )  # fmt: skip
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -9 and len(list(tmp_path.glob("scree-*"))) == 1, killed.stderr
    update_map(options(tmp_path / "map", second))
    assert not scratch(tmp_path) and len(read_metadata(tmp_path / "map").runs) == 2


def scattered(n: int = 3000) -> dict:
    """Points so far from one another that each has a tile of its own."""
    rng, columns = np.random.default_rng(8), points(8, n)
    return columns | {axis: rng.uniform(-1e6, 1e6, n).round(3) for axis in "xyz"}


def test_scattered_points_get_the_lowest_level_that_is_few_bins_and_a_cancel_is_heard_between(
    tmp_path, monkeypatch
) -> None:
    calls: list[str] = []
    grouped = spool.grouped
    monkeypatch.setattr(spool, "grouped", lambda bins: calls.append("grouped") or grouped(bins))
    with JobFolder(tmp_path, "0" * 16) as folder:
        folder.check = lambda: calls.append("check")
        rng = np.random.default_rng(1)
        tiles = rng.integers(-(2**31), 2**31, (20_000, 3))
        records = np.zeros(len(tiles), KINDS["hit"])
        records["at"] = tiles
        written = spool.TileSpool(folder, "observations", KINDS, 4000)
        for part in np.split(np.arange(len(tiles)), 10):
            written.add("hit", tiles[part], records[part])
        written.seal()
        level = next(i for i in range(32) if len(np.unique(tiles >> i, axis=0)) <= spool.MOST_BINS)
        assert written.level == level
        found = {b[1:]: np.concatenate(list(written.parts(b, "hit", 100))) for b in written.bins}
        assert sum(map(len, found.values())) == len(tiles)
        for key, some in found.items():
            assert (some["at"] >> level == key).all()
        written.remove()
    assert "grouped grouped grouped" not in " ".join(calls)


@pytest.mark.parametrize("work", ["update", "merge"])
def test_after_a_cancel_tiles_are_deleted_for_a_while_and_the_rest_by_the_next_run(tmp_path, monkeypatch, work) -> None:
    cloud = write(tmp_path / "c.las", scattered(400))
    update_map(options(tmp_path / "calm", cloud))
    deleted: list[Path] = []
    delete = journal.delete_tile
    monkeypatch.setattr(journal, "delete_tile", lambda tile: deleted.append(tile) or delete(tile))
    monkeypatch.setattr(journal, "DISCARD_SECONDS", 0.0)
    run = {
        "update": lambda feedback: update_map(options(tmp_path / "map", cloud, resume=False), feedback),
        "merge": lambda feedback: merge_maps(
            MergeOptions(map=str(tmp_path / "map"), other=str(tmp_path / "calm")), feedback
        ),
    }[work]
    if work == "merge":
        VoxelMap.create(tmp_path / "map", VoxelMap.open(tmp_path / "calm").grid, read_metadata(tmp_path / "calm").model)
    with pytest.raises(Cancelled):
        run(Stopper("Switching" if work == "update" else "Merging"))
    assert not deleted
    run(None)
    assert tiles_of(tmp_path / "map") == tiles_of(tmp_path / "calm")
    assert bool(deleted) == (work == "update") and not list((tmp_path / "map").glob(GENERATION + "*"))


def test_a_cancel_is_heard_between_the_tiles_of_a_switch(tmp_path, monkeypatch) -> None:
    cloud = write(tmp_path / "c.las", scattered(40))
    update_map(options(tmp_path / "calm", cloud))
    moved: list[Path] = []
    move, feedback = journal._move, Stopper("never")

    def moving(source: Path, target: Path) -> None:
        move(source, target)
        moved.append(target)
        feedback.stop = len(moved) == 5

    monkeypatch.setattr(journal, "_move", moving)
    monkeypatch.setattr("scree.core.jobs.progress.PUMP_SECONDS", 0.0)
    with pytest.raises(OutputError, match="run that counts could not be completed.*cancelled.*nothing"):
        update_map(options(tmp_path / "map", cloud), feedback)
    assert len(moved) == 5
    monkeypatch.setattr(journal, "_move", move)
    update_map(options(tmp_path / "map", cloud))
    assert tiles_of(tmp_path / "map") == tiles_of(tmp_path / "calm")


def test_what_an_interrupted_update_left_is_found_and_deleted(tmp_path) -> None:
    first, second = write(tmp_path / "1.las", points(1)), write(tmp_path / "2.las", points(2, 60_000))
    update_map(options(tmp_path / "map", first))
    before = tiles_of(tmp_path / "map")
    with pytest.raises(Cancelled):
        update_map(options(tmp_path / "map", second), Stopper("Updating"))
    (found,) = find_generations(tmp_path)
    assert found.path.parent == tmp_path / "map" and not found.locked
    with journal.locked(tmp_path / "map"):
        assert find_generations(tmp_path)[0].locked
        with pytest.raises(OutputError, match="Another run"):
            delete_generation(found.path)
    (found.path / "mine.txt").write_text("mine")
    assert delete_generation(found.path) == ("mine.txt",)
    (found.path / "mine.txt").unlink()
    (tmp_path / "map" / JOURNAL).write_text("a run that counts")
    assert not find_generations(tmp_path)
    with pytest.raises(OutputError, match="counts"):
        delete_generation(found.path)
    (tmp_path / "map" / JOURNAL).unlink()
    assert delete_generation(found.path) == () and not find_generations(tmp_path)
    assert tiles_of(tmp_path / "map") == before


def test_intensities_come_from_the_percentiles() -> None:
    assert percentiles([[i, 1] for i in range(1, 101)]) == (2.0, 98.0)
    assert percentiles([[7, 1000]]) == (7.0, 7.0)


def test_equal_intensities_weigh_the_same_and_that_is_said(tmp_path) -> None:
    columns = points()
    columns["intensity"][:] = 0
    report = update_map(options(tmp_path / "map", write(tmp_path / "c.las", columns), misses="none"))
    assert any("weighs the same" in text for text in report["messages"])
    assert sum(map(len, VoxelMap.open(tmp_path / "map").occupied(0.5))) == report["voxels"]


def test_the_report_is_written(tmp_path) -> None:
    path = tmp_path / "report.json"
    update_map(options(tmp_path / "map", write(tmp_path / "c.las", points()), report=str(path)))
    report = json.loads(path.read_text())
    assert report["points_read"] == report["points_passed"] == 6000
    assert report["loads_per_tile"] == 1.0
