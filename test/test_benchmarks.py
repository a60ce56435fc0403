# SPDX-License-Identifier: GPL-2.0-or-later
"""The instruments of the benchmark: a child's memory and time are the child's, and every row is in the table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from document import document
from earlier import EarlierPage
from grids import Grid, Raster
from measure import MeasureError, interleaved, measure, require_disk
from octomap_rays import explained, passed
from rows import ROWS
from rows.held_out import Ground, held_out
from rows.row import Outcome

ROOT = Path(__file__).resolve().parent.parent
MB = 1 << 20


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_list_names_every_row() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--list"], capture_output=True, text=True, check=True
    )
    assert [line.split()[0] for line in done.stdout.splitlines()] == [row.name for row in ROWS]


def test_peak_is_the_childs_and_not_what_this_process_holds(tmp_path: Path) -> None:
    ballast = np.ones(300 * MB, np.uint8)
    small = measure(python("pass"), scratch=tmp_path)
    large = measure(python("block = b'1' * (200 << 20)"), scratch=tmp_path)
    assert len(ballast) and small.peak_mb < 100
    assert 200 < large.peak_mb < small.peak_mb + 240


def test_peak_and_cpu_of_a_grandchild_count(tmp_path: Path) -> None:
    inner = "import time; block = b'1' * (200 << 20)\nwhile time.process_time() < 0.4: pass"
    found = measure(
        python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"), scratch=tmp_path
    )
    assert found.peak_mb > 200
    assert 0.4 <= found.cpu < 2.0


def test_waiting_is_wall_time_and_not_cpu(tmp_path: Path) -> None:
    found = measure(["sleep", "0.4"], scratch=tmp_path)
    assert found.wall >= 0.4 and found.cpu < 0.2


def test_a_failing_command_says_its_last_words(tmp_path: Path) -> None:
    found = measure(python("raise SystemExit('nothing passes the filter')"), scratch=tmp_path)
    assert found.code == 1
    with pytest.raises(MeasureError, match="nothing passes the filter"):
        found.require()
    assert measure([str(tmp_path / "absent")], scratch=tmp_path).code == 127


def test_limits_of_time_and_memory_hold(tmp_path: Path) -> None:
    late = measure(["sleep", "30"], scratch=tmp_path, timeout=0.3)
    assert late.timed_out and late.wall < 10
    with pytest.raises(MeasureError, match="stopped after"):
        late.require()
    assert "MemoryError" in measure(python("b'1' * (900 << 20)"), scratch=tmp_path, address_space_mb=500).error


def test_an_interrupted_command_is_timed_from_the_interrupt(tmp_path: Path) -> None:
    found = measure(["sleep", "30"], scratch=tmp_path, interrupt_after=0.2)
    assert found.code == -2 and found.stopping is not None and found.stopping < 10


def test_compared_runs_take_turns(tmp_path: Path) -> None:
    order: list[str] = []
    run = measure(["true"], scratch=tmp_path)
    found = interleaved({name: lambda name=name: order.append(name) or run for name in "ab"}, 2)
    assert order == ["a", "b", "a", "b"]
    assert [len(runs) for runs in found.values()] == [2, 2]


def test_too_small_a_disk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="MB free"):
        require_disk(tmp_path, 1e12)


def test_the_page_holds_every_row_and_what_was_measured() -> None:
    table = [line for line in page_of(ROWS[0].name).splitlines() if line.endswith("` |")]
    assert [line.split(" | ")[0] for line in table] == [f"| {row.name}" for row in ROWS]
    assert "**met**: 8,000 points/s" in table[0] and "not measured yet" in table[1]
    assert all(f"`make bench ROWS={row.name}`" in line for row, line in zip(ROWS, table))
    assert "Machine: 2 cores, 24 GB; QGIS 3.22." in page_of(ROWS[0].name) and "run it" in page_of(ROWS[0].name)


def test_rows_measured_elsewhere_keep_what_the_page_says() -> None:
    first, second, third = (row.name for row in ROWS[:3])
    both = page_of(second, EarlierPage(page_of(first)))
    assert both == page_of(first, EarlierPage(page_of(second))), "whichever was measured first"
    assert both.count("**met**: 8,000 points/s") == 2 and both.count("| a | b |") == 2
    assert page_of(None, EarlierPage(both)) == both
    mixed = page_of(third, EarlierPage(both), qgis="3.40")
    assert f"Machine of {first}, {second}: 2 cores, 24 GB; QGIS 3.22.\n" in mixed
    assert f"Machine of {third}: 2 cores, 24 GB; QGIS 3.40.\n" in mixed
    assert page_of(None, EarlierPage(mixed)) == mixed


def test_the_page_in_the_checkout_is_read_whole() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert document(ROWS, dict.fromkeys(row.name for row in ROWS), EarlierPage(page)) == page


def page_of(measured: str | None, earlier: EarlierPage | None = None, qgis: str = "3.22") -> str:
    """The page where one row has a result."""
    outcome = Outcome("8,000 points/s", True, {}, ["| a | b |"])
    machine = {"cores": 2, "memory_gb": 24, "versions": {"QGIS": qgis}}
    result = {"summary": outcome.summary, "met": outcome.met, "details": outcome.details, "commands": ["run it"]}
    none: dict[str, dict[str, Any] | None] = dict.fromkeys(row.name for row in ROWS)
    found = {measured: result | {"machine": machine}} if measured else {}
    return document(ROWS, none | found, earlier or EarlierPage())


def test_a_tenth_is_held_out_by_place_alone() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 10**6, (2, 20_000)) / 1000
    out = held_out(Ground(x, y, x))
    shuffled = rng.permutation(len(x))
    assert 0.09 < out.mean() < 0.11
    assert (held_out(Ground(x[shuffled], y[shuffled], x)) == out[shuffled]).all()


def test_bilinear_sampling_is_exact_on_a_plane() -> None:
    grid = Grid(west=10.0, north=50.0, cell=2.0, columns=6, rows=5)
    x, y = grid.centers()
    plane = Raster(grid, 3 * x - 2 * y)
    rng = np.random.default_rng(2)
    px, py = rng.uniform(11, 21, 100), rng.uniform(41, 49, 100)
    assert plane.bilinear(px, py) == pytest.approx(3 * px - 2 * py)


def test_a_difference_no_rounding_makes_is_not_explained() -> None:
    xyz, voxels = np.array([[10.3, 4.2, 3.1]], np.float32).astype(float), np.array([[5, 2, 1], [5, 3, 1], [0, 0, 0]])
    for ours in (True, False):
        found = explained(xyz, (0.5, 0.5, 0.5), 1.0, voxels, np.full(3, ours))
        assert found["explained"] == 0
    assert passed(xyz.astype(np.float32), np.full(3, 0.5, np.float32), 1.0, np.array([5, 2, 1]))
    assert not passed(xyz.astype(np.float32), np.full(3, 0.5, np.float32), 1.0, np.array([5, 3, 1]))
