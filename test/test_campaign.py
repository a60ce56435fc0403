# SPDX-License-Identifier: GPL-2.0-or-later
"""The campaign: that it sees what is wrong, and a little of it over today's code."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from campaign.failing import Schedule, failing
from campaign.forks import fork
from campaign.mutated_bytes import mutated
from campaign.mutated_text import FILTERS, mutated_json, mutated_table, mutated_words
from campaign.results import FAULT, Result, Results
from campaign.summary import page
from campaign.verdict import Fault, attempt, refuse_other, refuse_temporary

from scree.core.errors import Cancelled, InputError

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="trials are forked")


def stops(error: BaseException) -> None:
    raise error


def test_a_sentence_is_no_fault_and_anything_else_is() -> None:
    assert attempt(lambda: None) == "ok"
    assert attempt(lambda: stops(InputError("a.las is cut: copy it again."))) == "refused"
    assert attempt(lambda: stops(Cancelled("stop"))) == "long"
    for error in (InputError(""), InputError("one\ntwo"), ValueError("x"), OSError(28, "full"), RecursionError()):
        with pytest.raises(Fault):
            attempt(lambda error=error: stops(error))


def test_other_bytes_and_what_is_left_are_faults(tmp_path: Path) -> None:
    refuse_other({"a": "1"}, {"a": "1", "b": "2"}, "run", whole=False)
    for found, whole in (({"a": "1"}, True), ({"a": "2", "b": "2"}, False), ({"c": "1"}, False)):
        with pytest.raises(Fault):
            refuse_other(found, {"a": "1", "b": "2"}, "run", whole=whole)
    job = tmp_path / "scree-0123456789abcdef"
    job.mkdir()
    refuse_temporary(tmp_path, "run", job=True)
    with pytest.raises(Fault, match="job folder left"):
        refuse_temporary(tmp_path, "run", job=False)
    for name in (".a.las.12.part", ".dem.tif.scree-part", "metadata.json.scree-part", "scree-journal.json"):
        (tmp_path / name).touch()
        with pytest.raises(Fault, match="temporary left"):
            refuse_temporary(tmp_path, "run", job=True)
        (tmp_path / name).unlink()


def test_calls_fail_by_the_schedule(tmp_path: Path) -> None:
    def write() -> None:
        (tmp_path / "a").write_bytes(b"1")
        os.replace(tmp_path / "a", tmp_path / "b")

    with failing(tmp_path, Schedule({"replace": 2}, errno.EBUSY)) as _:
        write()
        with pytest.raises(OSError, match="busy"):
            write()
        write()
    for name in ("open", "write"):
        with failing(tmp_path, Schedule({name: 1}, errno.ENOSPC, "from then on")):
            for _ in range(2):
                with pytest.raises(OSError, match="No space"):
                    write()
    write()


def test_mutants_are_the_same_for_a_seed_and_differ_between_seeds() -> None:
    data, tree, table = bytes(range(256)) * 4, '{"a": [1, {"b": "c"}]}', "x y z\n1 2 3\n4 5 6\n"
    for make in (
        lambda rng: mutated(data, "a.las", rng),
        lambda rng: mutated(data, "a.bin", rng),
        lambda rng: mutated_words(FILTERS[4], rng).encode(),
        lambda rng: mutated_json(tree, rng),
        lambda rng: mutated_table(table, rng),
    ):
        made = [make(random.Random(seed)) for seed in range(40)]
        assert made == [make(random.Random(seed)) for seed in range(40)]
        assert len(set(made)) > 15


def test_a_child_that_dies_or_does_not_end_harms_nobody() -> None:
    assert fork(lambda: [1], 20).wait()
    died = fork(lambda: os.kill(os.getpid(), signal.SIGTERM), 20)
    assert died.wait()
    assert died.died == "SIGTERM"
    late = fork(lambda: time.sleep(600), 0.2)
    assert not late.wait()
    late.hung_in()
    assert late.died == "SIGKILL"


def test_results_are_found_again_by_code_and_a_cut_line_is_not(tmp_path: Path) -> None:
    results = Results(tmp_path / "some" / "results.jsonl")
    results.add(Result("kills", 1, "a", "2026-01-01", "ok"))
    results.add(Result("kills", 2, "b", "2026-01-02", FAULT, "hang", "core/x.py y"))
    with open(results.path, "a", encoding="utf-8") as file:
        file.write('{"kind": "kills", "seed": 3')
    assert results.done("a") == {("kills", 1)}
    text = page(results, "b")
    assert "--kind kills --seed 2'" in text
    assert "| b | kills | 1 | 1,000 | 0 | 0 | 0 | 1 | 2026-01-02 | 2026-01-02 |" in text


def test_two_minutes_of_the_campaign_find_no_fault(tmp_path: Path) -> None:
    """The first trials of each kind; `make campaign` does the rest."""
    done = subprocess.run(
        [sys.executable, "-m", "campaign", "--share", "0.03", "--minutes", "2", "--results", str(tmp_path / "results")],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'build' / 'plugins'}{os.pathsep}{ROOT / 'tools'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
