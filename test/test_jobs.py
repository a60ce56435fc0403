# SPDX-License-Identifier: GPL-2.0-or-later
"""Budget, progress, workers, telemetry: numbers, threads, and every way a run may stop."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.errors import Cancelled, InputError, MemoryLimitError, OutputError
from scree.core.jobs import budget as budgets
from scree.core.jobs import workers
from scree.core.jobs.budget import RESERVE, Budget, make_budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.jobs.memory import MB, available_bytes, peak_bytes, resident_bytes
from scree.core.jobs.progress import Progress
from scree.core.jobs.telemetry import CacheEntry, JobEntry, Telemetry, telemetry
from scree.core.jobs.workers import run_units

KEY = "0123456789abcdef"


class Recorder:
    """A feedback that remembers what it was told and by which thread."""

    def __init__(self, cancel_when=lambda: False):
        self.cancel_when = cancel_when
        self.percents, self.infos, self.warnings, self.threads = [], [], [], set()

    def is_cancelled(self):
        self.threads.add(threading.get_ident())
        return self.cancel_when()

    def set_percent(self, percent):
        self.threads.add(threading.get_ident())
        self.percents.append(percent)

    def info(self, text):
        self.threads.add(threading.get_ident())
        self.infos.append(text)

    def warning(self, text):
        self.threads.add(threading.get_ident())
        self.warnings.append(text)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def make_job(tmp_path, **options):
    options.setdefault("budget", Budget(4096 * MB, 256 * MB))
    return Job(JobFolder(tmp_path, KEY), **options)


# --- budget


def test_less_than_512_mb_is_refused_with_the_base_load():
    with pytest.raises(MemoryLimitError, match=rf"511 MB; {budgets.resident_bytes() // MB // 10}\d* MB are loaded"):
        make_budget(511)


def test_zero_takes_half_of_the_free_memory_up_to_8192(monkeypatch):
    monkeypatch.setattr(budgets, "resident_bytes", lambda: 300 * MB)
    for free, expected in ((100_000, 8192), (3000, 1800), (20, 512)):
        monkeypatch.setattr(budgets, "available_bytes", lambda free=free: free * MB)
        assert make_budget(0).limit == expected * MB


def test_growth_leaves_out_what_was_there_before(monkeypatch):
    monkeypatch.setattr(budgets, "resident_bytes", lambda: 3000 * MB)
    assert make_budget(1024, growth=True).working == 1024 * MB - RESERVE
    with pytest.raises(MemoryLimitError, match="3000 MB are already loaded: set it to 3128 MB"):
        make_budget(1024)


def test_what_cannot_fit_is_refused_with_the_memory_that_would_do():
    budget = Budget(1024 * MB, 300 * MB)
    budget.require(660 * MB, "A unit")
    with pytest.raises(MemoryLimitError, match="A unit needs 661 MB.*leaves 660 MB.*set MAX_MEMORY to 1025 MB"):
        budget.require(661 * MB, "A unit")


@given(st.integers(512, 8192), st.integers(1, 64), st.integers(1, 300 * MB))
def test_units_at_once_fit_together(limit, threads, unit):
    budget = Budget(limit * MB, 140 * MB)
    together = budget.units_at_once(unit, threads)
    assert 1 <= together <= threads
    assert together * unit <= budget.working
    assert together == threads or (together + 1) * unit > budget.working


def test_memory_is_measured():
    before = resident_bytes()
    block = np.ones(80 * MB, np.uint8)
    assert resident_bytes() - before > 70 * MB
    assert peak_bytes() >= before + len(block) * 0.9
    del block
    assert available_bytes() > 0


# --- progress


def test_progress_tells_rate_percent_and_time_left():
    clock, feedback, entry = Clock(), Recorder(), JobEntry("test")
    progress = Progress(feedback, entry, clock)
    progress.phase("Reading", 1000, 40)
    clock.now = 5.0
    progress.advance(250)
    progress.pump()
    assert (entry.rate, entry.eta, feedback.percents[-1]) == (50.0, 15.0, 10.0)
    clock.now = 31.0
    progress.pump()
    assert feedback.infos[-1] == "Reading: 25 % of 1,000 points, 8 points/s, 93 s to go"
    progress.phase("Fitting", 1000, 60, done=500, unit="cells")
    assert "Reading: 250 points in 31.0 s, 8 points/s" in feedback.infos
    assert feedback.percents[-1] == 70.0
    clock.now = 41.0
    progress.advance(100)
    progress.pump()
    assert (entry.rate, entry.eta, feedback.percents[-1]) == (10.0, 40.0, 76.0)
    progress.finish()
    assert progress.seconds == {"Reading": 31.0, "Fitting": 10.0}
    assert feedback.percents[-1] == 100.0


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 60), st.lists(st.integers(0, 40), max_size=5)), max_size=5))
def test_percent_never_goes_back_nor_beyond_100(phases):
    feedback = Recorder()
    progress = Progress(feedback)
    for i, (total, weight, steps) in enumerate(phases):
        progress.phase(str(i), total, weight)
        for step in steps:
            progress.advance(step)
            progress.pump()
    progress.finish()
    assert feedback.percents == sorted(feedback.percents)
    assert all(0 <= p <= 100 for p in feedback.percents)


def test_only_the_owner_reaches_the_feedback(tmp_path):
    feedback = Recorder()
    with make_job(tmp_path, threads=4, feedback=feedback) as job:
        job.progress.phase("Fitting", 40, 100)

        def work(task):
            job.progress.check()
            job.warn("the same sentence")
            job.warn(f"unit {task % 3}")
            job.count("units")
            job.progress.advance(1)

        run_units(range(40), work, job, lambda task: 1)
        with pytest.raises(RuntimeError, match="own"):
            run_units([0], lambda task: job.progress.pump(), job, lambda task: 1)
    assert feedback.threads == {threading.get_ident()}
    assert sorted(feedback.warnings) == ["the same sentence", "unit 0", "unit 1", "unit 2"]
    assert sorted(job.warnings) == sorted(feedback.warnings)
    assert job.counts["units"] == 40
    assert feedback.percents[-1] == 100.0


# --- workers


def test_results_come_in_the_order_of_the_tasks(tmp_path):
    with make_job(tmp_path, threads=3) as job:
        assert run_units(range(50), lambda t: (time.sleep(0.001 * (t % 3)), t)[1], job, lambda t: t) == list(range(50))
        assert run_units([], str, job, len) == []


def test_units_are_admitted_by_bytes(tmp_path, monkeypatch):
    running, most, lock = 0, 0, threading.Lock()
    unit = 100 * MB
    budget = Budget(1024 * MB, 300 * MB)
    monkeypatch.setattr(workers, "resident_bytes", lambda: budget.base + running * unit)

    def work(task):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    with make_job(tmp_path, threads=8, budget=budget) as job:
        run_units(range(40), work, job, lambda t: unit)
        assert 2 <= most <= 5  # 5 promised units beside the base load reach the line at 870 MB
        most = 0
        run_units(range(5), work, job, lambda t: 600 * MB)
        assert most == 1


def test_a_unit_that_cannot_fit_is_refused_before_any_work(tmp_path):
    done = []
    job = make_job(tmp_path, budget=Budget(1024 * MB, 300 * MB))
    with pytest.raises(MemoryLimitError, match="needs 5000 MB.*MAX_MEMORY"), job:
        run_units([1, 5000], done.append, job, lambda t: t * MB)
    assert done == []


def test_the_first_error_stops_the_rest_and_is_raised(tmp_path):
    ended, started = [], []

    def work(task):
        started.append(task)
        if task == 0:
            time.sleep(0.05)
            raise InputError("unit 0 is bad")
        try:
            while True:
                job.progress.check()
                time.sleep(0.005)
        finally:
            ended.append(task)

    with make_job(tmp_path, threads=3) as job:
        with pytest.raises(InputError, match="unit 0 is bad"):
            run_units(range(100), work, job, lambda t: 1)
        assert sorted(started) == [0, 1, 2]
        assert sorted(ended) == [1, 2]
        assert run_units([7], lambda t: (job.progress.check(), t)[1], job, lambda t: 1) == [7]


@pytest.mark.parametrize("by_dock", [False, True])
def test_cancel_reaches_workers_and_caller(tmp_path, by_dock):
    pressed = threading.Event()
    ended = []

    def work(task):
        if by_dock:
            telemetry.snapshot().jobs[-1].cancel.set()
        pressed.set()
        try:
            while True:
                job.progress.check()
                time.sleep(0.005)
        finally:
            ended.append(task)

    feedback = Recorder(lambda: pressed.is_set() and not by_dock)
    with pytest.raises(Cancelled), make_job(tmp_path, threads=2, feedback=feedback) as job:
        run_units(range(10), work, job, lambda t: 1)
    assert sorted(ended) == [0, 1]
    assert JobFolder(tmp_path, KEY).path.is_dir()


# --- telemetry


def test_snapshot_copies_what_engines_publish(tmp_path):
    register = Telemetry()
    job, cache = JobEntry("dem", limit=7), CacheEntry("voxels", hits=3)
    register.add(job)
    register.add(cache)
    seen = register.snapshot()
    cache.hits, job.done = 4, 9
    assert (seen.caches[0].hits, seen.jobs[0].done, seen.limit) == (3, 0, 7)
    assert 0 < seen.resident <= seen.peak * 1.01
    seen.jobs[0].flush.set()
    assert job.flush.is_set()
    register.remove(job)
    register.remove(job)
    assert register.snapshot().jobs == ()


def test_a_job_is_listed_while_it_runs(tmp_path):
    with make_job(tmp_path, name="dem") as job:
        job.progress.phase("Reading", 10, 100)
        assert [(j.name, j.phase) for j in telemetry.snapshot().jobs] == [("dem", "Reading")]
    assert telemetry.snapshot().jobs == ()


def test_a_kept_folder_and_foreign_files_are_told(tmp_path):
    feedback = Recorder()
    with pytest.raises(OutputError), make_job(tmp_path, feedback=feedback) as job:
        raise OutputError("full")
    assert str(job.folder.path) in feedback.infos[-1]
    with make_job(tmp_path, feedback=feedback) as job:
        (job.folder.path / "notes.txt").write_text("mine")
    assert "notes.txt" in feedback.warnings[-1]
    assert (job.folder.path / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_removed_is_told(tmp_path, monkeypatch):
    def refused(path):
        raise OSError(16, "busy")

    feedback = Recorder()
    with make_job(tmp_path, feedback=feedback) as job:
        monkeypatch.setattr(Path, "rmdir", refused)
    assert feedback.warnings == [f"{job.folder.path} could not be removed (busy): delete it once no run uses it."]


@pytest.mark.parametrize(
    ("error", "state"),
    [(None, "finished"), (Cancelled("The run was cancelled."), "cancelled"), (InputError("a.laz is cut."), "failed")],
)
def test_a_job_that_ended_is_remembered_with_its_end(tmp_path, error, state):
    job = make_job(tmp_path)
    try:
        with job:
            job.progress.phase("Reading", 10, 50)
            job.show_tile("a", (0.0, 0.0, 1.0, 1.0), "worked")
            assert telemetry.snapshot().jobs[-1].tiles["a"].state == "worked"
            if isinstance(error, Cancelled):
                telemetry.snapshot().jobs[-1].cancel.set()
                job.progress.check()
            if error is not None:
                raise error
    except type(error or ValueError):
        pass
    snapshot = telemetry.snapshot()
    assert not snapshot.jobs
    assert (snapshot.finished[0].state, snapshot.finished[0].tiles) == (state, {})
    assert snapshot.finished[0].message == ("a.laz is cut." if state == "failed" else "")
