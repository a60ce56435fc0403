# SPDX-License-Identifier: GPL-2.0-or-later
"""The switch of an update: the map is as before or as after, for every reader, whatever fails."""

from __future__ import annotations

from collections import Counter

import pytest
from switch_faults import Faults, Prepared, calls_of_a_switch, content, on_disk, one_case, run

from scree.core.errors import OutputError
from scree.core.voxels import journal
from scree.core.voxels.states import held, read_state


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
