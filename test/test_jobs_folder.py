# SPDX-License-Identifier: GPL-2.0-or-later
"""The job folder: what is whole, what is locked, and what is never deleted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from scree.core.errors import Cancelled, InputError, MemoryLimitError, OutputError, StoreError
from scree.core.jobs.disk import SPARE, require_free, require_writable, scratch_parent
from scree.core.jobs.folder import JobFolder, delete_job_folder, find_job_folders, job_key
from scree.core.jobs.results import Result, is_valid, write_result

ROOT = Path(__file__).resolve().parent.parent
KEY = "0123456789abcdef"


def python(code):
    """Command line of a Python that imports this checkout and runs ``code``."""
    return [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT / 'build/plugins')!r})\n{textwrap.dedent(code)}",
    ]


# --- results

ARRAYS = hnp.arrays(
    st.sampled_from([np.dtype("f4"), np.dtype("f8"), np.dtype("i8"), np.dtype("u1"), np.dtype(">i2")]),
    hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=6),
)


@given(st.dictionaries(st.sampled_from("abcdé"), ARRAYS), st.integers(0, 6), st.integers(0, 6))
def test_results_come_back(arrays, start, stop):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unit.scree"
        write_result(path, {"step": 0.1, "name": "ö"}, arrays)
        assert is_valid(path)
        with Result(path) as result:
            assert result.header == {"step": 0.1, "name": "ö"}
            assert result.names == tuple(arrays)
            for name, array in arrays.items():
                assert result.shape(name) == array.shape
                rows = result.rows(name, start, stop)
                assert rows.dtype == array.dtype
                assert rows.tobytes() == np.ascontiguousarray(array[start:stop]).tobytes()


def test_a_result_cut_anywhere_or_damaged_is_absent(tmp_path):
    path = tmp_path / "unit.scree"
    write_result(path, {"a": 1}, {"z": np.arange(7.0)})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not is_valid(path)
        with pytest.raises(StoreError, match="damaged"):
            Result(path)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert not is_valid(path)
    path.write_bytes(whole)
    assert is_valid(path)


def test_rows_reads_no_more_than_the_rows(tmp_path, monkeypatch):
    path = tmp_path / "unit.scree"
    write_result(path, {}, {"a": np.zeros(100), "z": np.arange(1000.0).reshape(100, 10)})
    asked = []
    with Result(path) as result:
        read = result._read
        monkeypatch.setattr(result, "_read", lambda offset, out: (asked.append(len(out)), read(offset, out))[1])
        assert result.rows("z", 7, 9).tolist() == np.arange(70.0, 90.0).reshape(2, 10).tolist()
    assert asked == [2 * 10 * 8]


def test_killed_while_writing_leaves_only_whole_results(tmp_path):
    code = f"""
    import numpy as np
    from pathlib import Path
    from scree.core.jobs.folder import JobFolder
    folder = JobFolder(Path({str(tmp_path)!r}), {KEY!r})
    for i in range(1000):
        folder.write_result(f"unit-{{i % 4}}", {{}}, {{"z": np.full(1_000_000, i)}})
    """
    run = subprocess.Popen(python(code))
    folder = tmp_path / f"scree-{KEY}"
    while run.poll() is None and len(list(folder.glob("unit-?.scree"))) < 4:
        time.sleep(0.005)
    while run.poll() is None and not list(folder.glob("unit-*.part.scree")):
        pass
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    with JobFolder(tmp_path, KEY) as again:
        assert list(folder.glob("*.part.scree")) == []
        assert all(again.has_result(f"unit-{i}") for i in range(4))


# --- life of a folder


@pytest.mark.parametrize(
    ("error", "resume", "kept"),
    [
        (None, True, False),
        (Cancelled("stop"), True, True),
        (Cancelled("stop"), False, False),
        (MemoryLimitError("more"), True, True),
        (OutputError("full"), True, True),
        (ZeroDivisionError("a bug"), True, True),
        (InputError("bad cloud"), True, False),
        (StoreError("damaged"), True, False),
    ],
)
def test_kept_only_where_the_next_run_can_go_on(tmp_path, error, resume, kept):
    expected = pytest.raises(type(error)) if error else nullcontext()
    with expected, JobFolder(tmp_path, KEY, resume=resume) as folder:
        folder.seal("global", {"smoothing": 0.1 + 0.2})
        if error:
            raise error
    assert folder.path.exists() == kept == folder.kept
    with JobFolder(tmp_path, KEY) as folder:
        assert folder.sealed("global") == ({"smoothing": 0.1 + 0.2} if kept else None)


@pytest.mark.parametrize("call", ["write_bytes", "unlink"])
def test_a_folder_that_could_not_be_opened_is_not_held(tmp_path, monkeypatch, call):
    folder = JobFolder(tmp_path, KEY)
    folder.file("cut.part").write_bytes(b"cut")
    folder.close()
    if call == "write_bytes":
        (folder.path / "job.scree").write_bytes(b"Scree keeps")  # its disk was full
    with monkeypatch.context() as patch:
        patch.setattr(Path, call, refused)
        with pytest.raises(OutputError, match="cannot be written"):
            JobFolder(tmp_path, KEY)
    with JobFolder(tmp_path, KEY):
        pass
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("call", ["unlink", "rmdir"])
def test_what_cannot_be_removed_is_no_error_of_the_run(tmp_path, monkeypatch, call):
    with monkeypatch.context() as patch, JobFolder(tmp_path, KEY) as folder:
        patch.setattr(Path, call, refused)
    assert folder.failure == "busy"
    error = InputError("bad cloud")
    with pytest.raises(InputError, match="bad cloud"), monkeypatch.context() as patch, JobFolder(tmp_path, KEY):
        raise patch.setattr(Path, call, refused) or error
    assert [found.path for found in find_job_folders(tmp_path)] == [folder.path]
    if call == "rmdir":
        delete_job_folder(folder.path)
    with JobFolder(tmp_path, KEY):  # the lock was let go
        pass
    assert os.listdir(tmp_path) == []


def test_a_result_is_whole_though_its_part_cannot_be_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "unlink", refused)
    write_result(tmp_path / "unit.scree", {}, {})
    assert is_valid(tmp_path / "unit.scree")


def refused(*given, **more):
    raise OSError(16, "busy")


def test_without_resume_it_starts_empty(tmp_path):
    folder = JobFolder(tmp_path, KEY)
    folder.seal("global", {})
    folder.close()
    folder = JobFolder(tmp_path, KEY, resume=False)
    assert folder.sealed("global") is None


def test_key_is_the_work_and_not_its_order():
    one, two = {"path": "a.laz", "size": 1}, {"path": "b.laz", "size": 2}
    key = job_key([one, two], {"resolution": 1.0})
    assert key == job_key([two, one], {"resolution": 1.0})
    assert len({key, job_key([one], {"resolution": 1.0}), job_key([one, two], {"resolution": 2.0})}) == 3


def test_a_second_run_of_the_same_work_is_refused_until_the_first_dies(tmp_path):
    code = f"""
    from pathlib import Path
    from scree.core.jobs.folder import JobFolder
    folder = JobFolder(Path({str(tmp_path)!r}), {KEY!r})
    print("locked", flush=True)
    sys.stdin.read()
    """
    run = subprocess.Popen(python(code), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert run.stdout.readline() == b"locked\n"
    (found,) = find_job_folders(tmp_path)
    assert found.locked
    with pytest.raises(OutputError, match="Another run"):
        JobFolder(tmp_path, KEY, resume=False)
    with pytest.raises(OutputError, match="Another run"):
        delete_job_folder(found.path)
    run.kill()
    run.communicate()
    (found,) = find_job_folders(tmp_path)
    assert not found.locked
    with JobFolder(tmp_path, KEY):
        pass
    assert find_job_folders(tmp_path) == []


# --- what is never deleted


@pytest.fixture
def foreign(tmp_path):
    """Files of somebody else beside a job folder, in it, and at the end of links in it."""
    folder = JobFolder(tmp_path, KEY)
    folder.seal("ours", {})
    folder.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    files = [
        tmp_path / "beside.tif",
        tmp_path / "beside.scree",
        elsewhere / "job.scree",
        folder.path / "notes.txt",
        folder.path / "sub" / "unit.scree",
    ]
    (folder.path / "sub").mkdir()
    for file in files:
        file.write_text("mine")
    (folder.path / "link.scree").symlink_to(elsewhere / "job.scree")
    (folder.path / "tree.scree").symlink_to(elsewhere)
    return files


@pytest.mark.parametrize("way", ["leave", "restart", "dock"])
def test_foreign_files_are_found_afterwards(tmp_path, foreign, way):
    path = tmp_path / f"scree-{KEY}"
    if way == "dock":
        left = delete_job_folder(path)
    else:
        with JobFolder(tmp_path, KEY, resume=way == "leave") as folder:
            pass
        left = folder.foreign
    assert left == ("link.scree", "notes.txt", "sub", "tree.scree")
    assert all(file.read_text() == "mine" for file in foreign)
    assert not (path / "ours.scree").exists()


def test_what_is_not_ours_is_refused_and_untouched(tmp_path):
    path = tmp_path / f"scree-{KEY}"
    path.mkdir()
    (path / "precious.scree").write_text("mine")
    for refused in (path, tmp_path, tmp_path / "absent"):
        with pytest.raises(OutputError, match="not a job folder"):
            delete_job_folder(refused)
    with pytest.raises(OutputError, match="not a job folder"):
        JobFolder(tmp_path, KEY, resume=False)
    (path / "job.scree").write_text("a marker of somebody else")
    with pytest.raises(OutputError, match="not a job folder"):
        JobFolder(tmp_path, KEY, resume=False)
    assert find_job_folders(tmp_path) == []
    assert (path / "precious.scree").read_text() == "mine"


def test_a_linked_folder_is_refused_and_its_target_untouched(tmp_path):
    real = tmp_path / "real"
    with pytest.raises(Cancelled), JobFolder(real, KEY) as folder:
        raise Cancelled("stop")
    link = tmp_path / f"scree-{KEY}"
    link.symlink_to(folder.path)
    with pytest.raises(OutputError, match="link"):
        JobFolder(tmp_path, KEY, resume=False)
    with pytest.raises(OutputError, match="not a job folder"):
        delete_job_folder(link)
    assert find_job_folders(tmp_path) == []
    assert (folder.path / "job.scree").is_file()


# --- room


def test_room_is_asked_for_the_whole_volume(tmp_path, monkeypatch):
    free = 10 * SPARE
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": free}))
    a, b = tmp_path / "a", tmp_path / "not" / "yet"
    require_free({a: 4 * SPARE, b: 5 * SPARE})
    with pytest.raises(OutputError, match="needs about 704 MB.*640 MB free.*SCRATCH"):
        require_free({a: 5 * SPARE, b: 5 * SPARE})


def test_an_unwritable_parent_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    require_writable(tmp_path / "a.tif")
    for path in (tmp_path / "file" / "a.tif", tmp_path / "absent" / "a.tif", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"):
            require_writable(path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with pytest.raises(OutputError, match="cannot be written"):
        JobFolder(tmp_path / "file", KEY)


@pytest.fixture
def small_disk(tmp_path):
    """Runs code with ``disk``, a file system of 2 MB only that code sees; it is in memory."""
    mount = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"', str(tmp_path)]
    try:
        probe = subprocess.run([*mount, "true"], capture_output=True)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if probe.returncode:
        pytest.skip(f"a private mount is not permitted: {probe.stderr.decode().strip()}")

    def run(code):
        head = f"from pathlib import Path\ndisk = Path({str(tmp_path)!r})\n"
        done = subprocess.run([*mount, *python(head + textwrap.dedent(code))], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_full_disk_is_one_sentence_and_leaves_no_part(small_disk):
    told = small_disk(f"""
    import numpy as np
    from scree.core.errors import OutputError
    from scree.core.jobs.folder import JobFolder
    folder = JobFolder(disk, {KEY!r})
    folder.write_result("unit", {{}}, {{"z": np.zeros(1000)}})
    for name in ("unit", "other"):
        try:
            folder.write_result(name, {{}}, {{"z": np.ones(1_000_000)}})
        except OutputError as error:
            print(error)
    print(sorted(p.name for p in folder.path.iterdir()), folder.read_result("unit").rows("z").sum())
    """).splitlines()
    assert [line.startswith("The disk of ") and "is full" in line for line in told] == [True, True, False]
    assert told[2] == "['job.scree', 'unit.scree'] 0.0"


def test_scratch_in_memory_is_refused(small_disk):
    told = small_disk("""
    from scree.core.errors import OutputError
    from scree.core.jobs.disk import scratch_parent
    print(scratch_parent(disk / "out.tif"))
    try:
        scratch_parent(disk / "out.tif", str(disk / "new"))
    except OutputError as error:
        print(error)
    """).splitlines()
    assert told[0] == "/var/tmp"
    assert "held in memory (tmpfs): set SCRATCH" in told[1]


def test_scratch_is_beside_the_output_unless_named(tmp_path, monkeypatch):
    monkeypatch.setattr("scree.core.jobs.disk._file_system", lambda folder: "ext4")
    assert scratch_parent(tmp_path / "new" / "dem.tif") == tmp_path / "new"
    assert scratch_parent(tmp_path / "dem.tif", str(tmp_path / "s")) == tmp_path / "s"


# --- cancel while results of a run before are looked through


class Stops:
    """Feedback that asks to stop once it was told of ``said``, and counts how often it was asked afterwards."""

    def __init__(self, said: str) -> None:
        self.said, self.stopped = said, False

    def is_cancelled(self) -> bool:
        return self.stopped

    def set_percent(self, percent: float) -> None:
        pass

    def info(self, text: str) -> None:
        self.stopped = self.stopped or self.said in text

    def warning(self, text: str) -> None:
        pass


@pytest.fixture
def thousand(tmp_path, monkeypatch):
    """A job over 1,000 results of a run before, asked to stop; and how many bytes of them are read from then on."""
    from scree.core.jobs import progress, results
    from scree.core.jobs.job import Job

    monkeypatch.setattr(progress, "PUMP_SECONDS", 0.0)
    monkeypatch.setattr(results, "BLOCK", 1000)
    read, real = [], Result._read
    monkeypatch.setattr(Result, "_read", lambda self, at, out: (read.append(len(out)), real(self, at, out))[1])
    with JobFolder(tmp_path, KEY) as folder:
        for i in range(1000):
            folder.write_result(f"unit-{i}", {"counts": {}}, {"a": np.arange(500)})
        folder.close()
    job = Job(JobFolder(tmp_path, KEY), feedback=Stops("stop now"))
    job.progress.info("stop now")
    read.clear()
    yield job, read
    job.folder.remove()


def test_the_look_through_results_hears_a_cancel(thousand):
    job, read = thousand
    with pytest.raises(Cancelled):
        [i for i in range(1000) if not job.folder.has_result(f"unit-{i}")]
    assert sum(read) < 5000
    with pytest.raises(Cancelled):
        job.folder.read_result("unit-1")


def test_every_engine_looks_through_results_by_the_folder_alone():
    """The folder hears the cancel: an engine that opened results itself would not."""
    for path in (ROOT / "core").rglob("*.py"):
        if path.parent.name != "jobs":
            assert ".is_intact(" not in path.read_text("utf-8"), path
