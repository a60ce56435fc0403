# SPDX-License-Identifier: GPL-2.0-or-later
"""Outputs in the making: links laid in their way, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scree.core.clouds.las import LasSource
from scree.core.clouds.las_writer import CloudWriter
from scree.core.clouds.output_header import copied_header
from scree.core.clouds.writer import write_cloud
from scree.core.errors import InputError, OutputError
from scree.core.jobs.clean import clean, delete_leftover, find_leftovers
from scree.core.jobs.disk import open_new
from scree.core.jobs.part import MARKER, Part, replacing
from scree.core.jobs.results import Result, write_result

ROOT = Path(__file__).resolve().parent.parent
HELD = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from scree.core.jobs.part import Part
part = Part(Path(sys.argv[1]))
part.path.write_bytes(bytes(1000))
print(part.path.parent, flush=True)
time.sleep(60)
"""


@pytest.fixture
def cloud(tmp_path: Path) -> LasSource:
    path = tmp_path / "in.las"
    x = np.arange(10.0)
    write_cloud(path, x, x, x)
    return LasSource(str(path))


def test_a_file_takes_its_place_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 251 + ".txt")
    target.write_text("before")
    with pytest.raises(UnicodeEncodeError), replacing(target) as path:
        path.write_text("half\ud800", "utf-8")
    assert target.read_text() == "before" and os.listdir(tmp_path) == [target.name]
    with replacing(target) as path:
        assert path.suffix == ".txt" and path.parent.parent == tmp_path
        path.write_text("after")
        path.with_name("by the way").write_text("more")
    assert target.read_text() == "after" and os.listdir(tmp_path) == [target.name]
    with pytest.raises(OutputError, match="cannot be written"), replacing(tmp_path / "no" / "file"):
        pass


@pytest.mark.parametrize("call", ["unlink", "rmdir", "iterdir"])
def test_a_part_that_cannot_be_removed_is_no_error_of_the_run(tmp_path: Path, monkeypatch, call: str) -> None:
    def refused(*given, **more):
        raise OSError(16, "busy")

    for text in ("one", "two"):  # and its lock is let go
        with monkeypatch.context() as patch, replacing(tmp_path / "a.txt") as part:
            part.write_text(text)
            patch.setattr(Path, call, refused)
        assert (tmp_path / "a.txt").read_text() == text

    def cut(patch) -> None:
        with replacing(tmp_path / "a.txt") as part:
            part.write_text("cut")
            patch.setattr(Path, call, refused)
            raise OutputError("full")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="full"):
        cut(patch)
    assert len(find_leftovers(tmp_path)) == 1
    with replacing(tmp_path / "a.txt") as part:
        part.write_text("three")
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_new_file_never_follows_what_lies_there(tmp_path: Path) -> None:
    precious, path = tmp_path / "precious", tmp_path / "new"
    precious.write_text("mine")
    for lay in (path.symlink_to, path.hardlink_to):
        lay(precious)
        with open_new(path) as file:
            file.write(b"ours")
        assert path.read_bytes() == b"ours" and precious.read_text() == "mine" and not path.is_symlink()
        path.unlink()
    (tmp_path / "r.part.scree").symlink_to(precious)
    write_result(tmp_path / "r.scree", {}, {"a": np.arange(3)})
    with Result(tmp_path / "r.scree") as result:
        assert result.rows("a").tolist() == [0, 1, 2]
    assert precious.read_text() == "mine" and not (tmp_path / "r.part.scree").is_symlink()


@pytest.mark.parametrize("planted", ["link", "folder", "marker", "file"])
def test_what_lies_in_the_way_of_an_output_stays(tmp_path: Path, cloud: LasSource, planted: str) -> None:
    """A link to a folder of the user's, a folder of somebody else's, with a link for a marker, and a file."""
    elsewhere, target = tmp_path / "elsewhere", tmp_path / "out.las"
    elsewhere.mkdir()
    (elsewhere / "out.las").write_text("precious")
    part = Part(target)
    way = part.path.parent
    part.remove()
    if planted == "link":
        way.symlink_to(elsewhere)
    elif planted == "file":
        way.write_text("precious")
    else:
        way.mkdir()
        (way / "out.las").write_text("precious")
        if planted == "marker":
            (way / MARKER).symlink_to(elsewhere / "out.las")
    with CloudWriter(str(target), copied_header([cloud]), [cloud]) as out:
        for _, records in cloud.records():
            out.copy(cloud, records)
    assert LasSource(str(target)).points == 10
    assert (elsewhere / "out.las").read_text() == "precious"
    assert way.is_symlink() == (planted == "link")
    assert (way if planted == "file" else way / "out.las").read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == sorted([way.name, "elsewhere", "in.las", "out.las"])
    assert find_leftovers(tmp_path) == [] and clean(tmp_path).removed == ()


def killed(target: Path) -> Path:
    """The folder a run left that was killed while it wrote to ``target``."""
    command = [sys.executable, "-c", HELD, str(target), str(ROOT / "build" / "plugins")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    folder = Path(run.stdout.readline().strip())
    (found,) = find_leftovers(target.parent)
    assert found.path == folder and found.locked and found.bytes >= 1000
    assert clean(target.parent).in_use == (folder,) and folder.is_dir()
    with pytest.raises(OutputError, match="A run is writing"):
        delete_leftover(folder)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    assert folder.is_dir()
    return folder


def test_the_next_run_of_the_same_output_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    target, other = tmp_path / "out.tif", tmp_path / "other.tif"
    folder = killed(target)
    with replacing(other) as path:
        assert path.parent != folder and folder.is_dir()
        path.touch()
    with replacing(target) as path:
        assert path.parent == folder and sorted(os.listdir(folder)) == [MARKER]
        path.touch()
    assert sorted(os.listdir(tmp_path)) == ["other.tif", "out.tif"]


def test_two_runs_of_one_output_do_not_meet(tmp_path: Path) -> None:
    first, second = Part(tmp_path / "out.tif"), Part(tmp_path / "out.tif")
    assert first.path != second.path
    for part in (second, first):
        part.path.write_text(str(part.path))
        part.take_place()
    assert (tmp_path / "out.tif").read_text() == str(first.path) and os.listdir(tmp_path) == ["out.tif"]


def test_leftovers_are_found_and_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = killed(tmp_path / "out.tif")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (folder / "a link").symlink_to(precious)
    (tmp_path / ".scree-part-0123456789abcdef").symlink_to(folder)
    (tmp_path / ".out.las.12.part").write_text("of somebody else's")
    cleaned = clean(tmp_path)
    assert cleaned.removed == (folder,) and cleaned.bytes > 1000 and cleaned.in_use == cleaned.kept == ()
    assert precious.read_text() == "mine"
    left = [".out.las.12.part", ".scree-part-0123456789abcdef", "precious"]
    assert sorted(os.listdir(tmp_path)) == left and clean(tmp_path).removed == ()
    with pytest.raises(InputError, match="is no folder"):
        clean(precious)


def test_a_folder_with_files_of_others_is_left(tmp_path: Path) -> None:
    folder = killed(tmp_path / "out.tif")
    (folder / "theirs").mkdir()
    assert clean(tmp_path).kept == (folder,) and (folder / "theirs").is_dir()
