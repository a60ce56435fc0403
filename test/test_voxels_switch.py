# SPDX-License-Identifier: GPL-2.0-or-later
"""The switch of an update: the map is as before or as after, for every reader, whatever fails."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from switch_faults import Death, Faults, Prepared, calls_of_a_switch, content, on_disk, one_case, run

from scree.core.clouds.writer import write_cloud
from scree.core.errors import Cancelled, InputError, OutputError, ScreeError
from scree.core.voxels import files, journal, states, update
from scree.core.voxels.check import CheckOptions, check_map
from scree.core.voxels.grid import VoxelGrid
from scree.core.voxels.options import UpdateOptions
from scree.core.voxels.states import held, read_state
from scree.core.voxels.update import update_map
from scree.core.voxels.voxel_map import VoxelMap


def apply(folder: Path, seed: int) -> dict:
    """A run of 1,500 observations."""
    rng, path = np.random.default_rng(seed), folder.with_name(f"{seed}.las")
    write_cloud(path, *rng.uniform(-12, 12, (3, 1500)).round(3))
    return update_map(UpdateOptions(inputs=(str(path),), map=str(folder), resolution=1.0, tile_size=4.0))


def observations(folder: Path) -> int:
    return sum(int(v.counts.sum()) for v in VoxelMap.open(folder).voxels())


def test_random_faults_leave_the_state_before_or_after(tmp_path) -> None:
    ends = run(tmp_path, 1, 80)
    assert ends["before"] > 3 and ends["after"] > 3


@pytest.mark.parametrize("kind", ["once", "death", "death after"])
def test_a_fault_at_every_call_leaves_the_state_before_or_after(tmp_path, kind) -> None:
    prepared, ends = Prepared.make(tmp_path / "prepared"), Counter[str]()
    for at in range(calls_of_a_switch(prepared, tmp_path / "dry")[0]):
        ends[one_case(prepared, tmp_path / "map", Faults(at, kind))] += 1
    assert ends["before"] and ends["after"]


def test_a_tile_that_cannot_be_replaced_stops_the_run_and_the_next_completes_it(tmp_path, monkeypatch) -> None:
    prepared = Prepared.make(tmp_path / "map")
    real, tile = journal._move, max(p.name for p in prepared.folder.glob("tile_*"))

    def refused(source, target):
        if target.name == tile:
            raise PermissionError(13, "Permission denied", str(target))
        real(source, target)

    monkeypatch.setattr(journal, "_move", refused)
    monkeypatch.setattr(journal, "ATTEMPT_SECONDS", 0.0)
    with pytest.raises(OutputError, match=f"run that counts could not be completed.*{tile}"):
        journal.commit(prepared.folder, prepared.metadata)
    journal.discard_generation(prepared.folder)  # what the end of a failed run does
    with held(prepared.folder) as state:
        assert (state.metadata.generation, content(state)) == prepared.after
    monkeypatch.setattr(journal, "_move", real)
    with held(prepared.folder) as state:
        assert state.pending is None and content(state) == prepared.after[1]
    assert on_disk(prepared.folder) == prepared.files_after


def test_a_switch_waits_for_who_reads_the_state_before(tmp_path, monkeypatch) -> None:
    prepared = Prepared.make(tmp_path / "map")
    monkeypatch.setattr(journal, "READERS_SECONDS", 0.0)
    with held(prepared.folder) as early:
        with pytest.raises(OutputError, match="still reading"):
            journal.commit(prepared.folder, prepared.metadata)
        assert content(early) == prepared.before[1]
        with held(prepared.folder) as late:  # reads the state after, from where its tiles are
            assert late.pending is not None and content(late) == prepared.after[1]
        assert content(early) == prepared.before[1]
    assert journal.recover(prepared.folder)
    assert on_disk(prepared.folder) == prepared.files_after
    assert content(read_state(prepared.folder)) == prepared.after[1]


def test_who_cannot_write_reads_the_state_after_where_its_tiles_are(tmp_path, monkeypatch) -> None:
    prepared = Prepared.make(tmp_path / "map")

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    def stopped(*arguments):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_move_all", stopped)
        with pytest.raises(OutputError, match="counts"), journal.locked(prepared.folder):
            journal.commit(prepared.folder, prepared.metadata)
    for module in (journal, states):
        monkeypatch.setattr(module, "FileLock", refused)
    before = on_disk(prepared.folder)
    with held(prepared.folder) as state:
        assert content(state) == prepared.after[1] and not state.kept
    assert on_disk(prepared.folder) == before


def test_waiting_for_readers_can_be_cancelled_and_the_run_counts(tmp_path) -> None:
    prepared = Prepared.make(tmp_path / "map")

    def cancelled() -> None:
        if (prepared.folder / journal.JOURNAL).exists():  # before, the run is discarded
            raise Cancelled("The run was cancelled.")

    with held(prepared.folder) as early:
        with pytest.raises(OutputError, match=r"run that counts could not be completed \(The run was cancelled\)"):
            journal.commit(prepared.folder, prepared.metadata, check=cancelled)
        assert content(early) == prepared.before[1]
    with held(prepared.folder) as state:
        assert state.pending is None and content(state) == prepared.after[1]


def test_readers_beside_an_updater_see_whole_runs(tmp_path) -> None:
    """A reader that never stops sees the observations of 1, 2, 3 whole runs, in that order."""
    folder, seen, stop = tmp_path / "map", [], threading.Event()
    apply(folder, 1)

    def read() -> None:
        while not stop.is_set():
            with held(folder) as state:
                voxel_map = VoxelMap(folder, state.metadata, state=state)
                seen.append((len(state.metadata.runs), sum(int(v.counts.sum()) for v in voxel_map.voxels())))
                voxel_map.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for seed in (2, 3):
            apply(folder, seed)
    finally:
        stop.set()
        reader.join()
    assert seen == sorted(seen) and all(count == 1500 * runs for runs, count in seen)


def test_a_run_that_could_not_be_completed_says_so_and_is_not_applied_again(tmp_path, monkeypatch) -> None:
    apply(tmp_path / "map", 1)
    real = os.replace
    tile = max(p.name for p in (tmp_path / "map").glob("tile_*"))

    def busy(source, target, **more):
        if Path(target).parent.name == tile:
            raise PermissionError(13, "The process cannot access the file", str(source), 32, str(target))
        real(source, target, **more)

    monkeypatch.setattr(journal, "ATTEMPT_SECONDS", 0.0)
    monkeypatch.setattr(os, "replace", busy)
    with pytest.raises(OutputError, match="run that counts could not be completed"):
        apply(tmp_path / "map", 2)
    assert observations(tmp_path / "map") == 3000  # while the file is still open elsewhere
    assert check_map(CheckOptions(map=str(tmp_path / "map")))["damaged"] == 0
    monkeypatch.setattr(os, "replace", real)
    assert apply(tmp_path / "map", 2)["runs"] == 2
    assert observations(tmp_path / "map") == 3000
    assert not [p.name for p in (tmp_path / "map").iterdir() if p.name.startswith("scree")]
    assert not list(tmp_path.glob("scree-*"))


def test_a_switch_that_an_earlier_version_left_is_completed(tmp_path) -> None:
    prepared = Prepared.make(tmp_path / "map")
    folder, metadata = prepared.folder, replace(prepared.metadata, generation="")
    journal.generation_folder(folder, prepared.metadata.generation).rename(folder / journal.GENERATION)
    old = {name: value for name, value in metadata.to_json().items() if name != "generation"}
    (folder / journal.JOURNAL).write_text(json.dumps(old, indent=2))
    found = read_state(folder)
    assert content(found) == prepared.after[1] and found.pending == folder / journal.GENERATION
    with held(folder) as state:
        assert state.pending is None and content(state) == prepared.after[1]
        assert state.metadata.runs == metadata.runs and state.metadata.generation
    assert on_disk(folder).keys() == prepared.files_after.keys()


def test_a_map_opened_before_a_switch_tells_of_it(tmp_path) -> None:
    apply(tmp_path / "map", 1)
    voxel_map = VoxelMap.open(tmp_path / "map")
    before, at = list(voxel_map.voxels()), np.array([0.5])
    voxel_map.update(at, at, at, at)
    apply(tmp_path / "map", 2)
    with pytest.raises(InputError, match="changed by another run"):
        list(voxel_map.voxels())
    with pytest.raises(InputError, match="changed by another run"):
        voxel_map.flush()
    assert before and observations(tmp_path / "map") == 3000


@pytest.mark.parametrize("text", ["{", "{}", '{"version": "1.0"}', "[1]", '"x"', "scree journal 2 0\n{}", ""])
def test_what_is_no_journal_changes_nothing(tmp_path, text) -> None:
    apply(tmp_path / "map", 1)
    (tmp_path / "map" / journal.JOURNAL).write_text(text)
    before = on_disk(tmp_path / "map")
    for work in (lambda: apply(tmp_path / "map", 2), lambda: observations(tmp_path / "map")):
        with pytest.raises(InputError, match=journal.JOURNAL):
            work()
    assert on_disk(tmp_path / "map") == before


def test_a_journal_whose_tiles_are_gone_is_told(tmp_path) -> None:
    prepared = Prepared.make(tmp_path / "map")
    with journal.locked(prepared.folder), Faults(10, "death").installed(), contextlib.suppress(Death):
        journal.commit(prepared.folder, prepared.metadata)
    shutil.rmtree(journal.generation_folder(prepared.folder, prepared.metadata.generation))
    with pytest.raises(InputError, match="is gone, with tiles of"):
        apply(prepared.folder, 1)


# -- links ---------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["generation", "lock", "journal", "metadata.json", "tile", "iwlo_meta.bin"])
def test_links_inside_a_map_are_refused_and_what_they_name_is_left(tmp_path, name) -> None:
    folder, outside = tmp_path / "map", tmp_path / "outside"
    apply(folder, 1)
    outside.mkdir()
    (outside / "mine.txt").write_text("mine")
    tile = min(folder.glob("tile_*"))
    path = {
        "generation": folder / f"{journal.GENERATION}-{'0' * 16}", "lock": folder / journal.LOCK,
        "journal": folder / journal.JOURNAL, "tile": tile, "iwlo_meta.bin": tile / name,
    }.get(name, folder / name)  # fmt: skip
    aim = outside if name in ("generation", "tile") else outside / "mine.txt"
    if name == "metadata.json":
        aim = outside / name
    if path.exists():
        path.rename(outside / path.name)
        aim = outside / path.name
    path.symlink_to(aim)
    kept, before = on_disk(outside), on_disk(folder)
    with pytest.raises(ScreeError, match="link"):
        apply(folder, 2)
    assert on_disk(outside) == kept and on_disk(folder) == before and path.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["metadata.json", "iwlo_meta.bin", journal.JOURNAL])
def test_a_pipe_in_the_place_of_a_file_is_told_and_not_waited_for(tmp_path, name) -> None:
    apply(tmp_path / "map", 1)
    path = next((tmp_path / "map").rglob(name), tmp_path / "map" / name)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(ScreeError, match=f"{name} cannot be read .it is no file"):
        observations(tmp_path / "map")


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_temporary_files_have_new_names_and_follow_no_link(tmp_path, monkeypatch) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    (tmp_path / f"metadata.json{files.PART}").symlink_to(mine)
    files.write_whole(tmp_path / "metadata.json", b"new", sync=True)
    (tmp_path / "octree.bt").symlink_to(mine)
    files.write_anew(tmp_path / "octree.bt", b"new")
    assert mine.read_text() == "mine" and (tmp_path / "octree.bt").read_bytes() == b"new"
    monkeypatch.setattr(secrets, "token_hex", lambda size: "0" * 16)
    (tmp_path / f".metadata.json.{'0' * 16}{files.PART}").symlink_to(mine)
    with pytest.raises(OutputError, match="cannot be written"):
        files.write_whole(tmp_path / "metadata.json", b"newer", sync=True)
    assert mine.read_text() == "mine" and (tmp_path / "metadata.json").read_bytes() == b"new"


@pytest.mark.parametrize("at", [8, 12, 16])
def test_a_new_map_whose_first_switch_was_cut_is_completed(tmp_path, monkeypatch, at) -> None:
    apply(tmp_path / "calm", 1)
    real = journal.commit

    def failing(*arguments, **keywords):
        with Faults(at, "death").installed():
            real(*arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(update, "commit", failing)
        with pytest.raises(Death):
            apply(tmp_path / "map", 1)
    assert not (tmp_path / "map" / "metadata.json").exists() and list((tmp_path / "map").glob("scree-journal*"))
    with pytest.raises(OutputError, match="already holds a voxel map"):
        VoxelMap.create(tmp_path / "map", VoxelGrid(1.0, 4.0))
    assert apply(tmp_path / "map", 1)["runs"] == 1
    assert on_disk(tmp_path / "map") == on_disk(tmp_path / "calm")


@pytest.mark.parametrize("kind", ["stay", "death"])
@pytest.mark.parametrize("at", [0, 4, 7, 10, 20])
def test_a_run_whose_switch_failed_ends_with_the_same_bytes_when_it_is_run_again(
    tmp_path, monkeypatch, kind, at
) -> None:
    for name in ("map", "calm"):
        apply(tmp_path / name, 1)
    apply(tmp_path / "calm", 2)
    real = journal.commit

    def failing(*arguments, **keywords):
        with Faults(at, kind).installed():
            real(*arguments, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(update, "commit", failing)
        with contextlib.suppress(ScreeError, Death):  # a call that is tried again may succeed
            apply(tmp_path / "map", 2)
    assert observations(tmp_path / "map") == 1500 * len(read_state(tmp_path / "map").metadata.runs)
    with contextlib.suppress(InputError):  # it was applied, and completed when it was read
        apply(tmp_path / "map", 2)
    assert on_disk(tmp_path / "map") == on_disk(tmp_path / "calm")
    assert observations(tmp_path / "map") == 3000
