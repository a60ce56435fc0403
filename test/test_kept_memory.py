# SPDX-License-Identifier: GPL-2.0-or-later
"""What a unit leaves in memory when it is done: nothing, or a long run would outgrow MAX_MEMORY."""

from __future__ import annotations

import gc
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest
from numba.core import dispatcher

from scree.core.compiled import argument, kernel
from scree.core.jobs.budget import Budget
from scree.core.jobs.folder import JobFolder
from scree.core.jobs.job import Job
from scree.core.jobs.telemetry import MOST_SHOWN
from scree.core.surface.contract import Queries
from scree.core.surface.options import DemOptions
from scree.core.surface.registry import make_interpolator
from scree.core.tiles.lattice import Box

PER_CELL = 1000
TIMES = 40


@pytest.fixture
def job(tmp_path):
    return Job(JobFolder(tmp_path, "0" * 16), budget=Budget(1 << 30, 0), threads=1)


def with_hole(n=4000, side=64):
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, side * PER_CELL, (2, n))
    kept = np.hypot(x / PER_CELL - 30, y / PER_CELL - 30) > 12
    return x[kept], y[kept], rng.integers(0, 3000, n)[kept]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "rst"},
        {"method": "rst", "segmentation": "surrounded"},
        {"method": "rst", "segmentation": "plain"},
        {"method": "rst", "smoothing": 0.0},
        {"method": "tin"},
        {"method": "naturalneighbor"},
        {"method": "idw"},
        {"method": "movingplane"},
        {"method": "nearest"},
    ],
    ids=lambda options: "-".join(str(value) for value in options.values()),
)
def test_a_unit_keeps_nothing(options, make_store, job, monkeypatch):
    store = make_store(*with_hole())
    given = DemOptions(inputs=("a.las",), output="a.tif", resolution=1.0, **options).settled()
    interpolator = make_interpolator(given)
    interpolator.restore(store, interpolator.prepare(store, job))

    def evaluate():
        interpolator.evaluate(store, Queries.centers(Box(10, 10, 50, 50), PER_CELL), job, False)

    for _ in range(3):  # the first compiles, the second may see arrays of another layout
        evaluate()
    asked = Counter()
    plain = dispatcher._DispatcherBase.typeof_pyval

    def typeof_pyval(self, value):
        asked[f"{self.py_func.__name__}: {type(value).__name__}"] += 1
        return plain(self, value)

    monkeypatch.setattr(dispatcher._DispatcherBase, "typeof_pyval", typeof_pyval)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(TIMES):
        evaluate()
    gc.collect()
    kept = len(gc.get_objects()) - before
    assert not asked, "numba asked anew for types it has seen, and keeps something for each"
    assert kept < TIMES // 2


@argument
class Several(NamedTuple):
    """An argument whose text of types is longer than numba's buffer."""

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray
    fourth: np.ndarray
    fifth: np.ndarray
    number: int


@kernel
def total(several):  # type: ignore[no-untyped-def]
    return several.first.sum() + several.fifth.sum() * several.number


def test_arguments_of_every_layout_have_their_own_type():
    """Up to numba 0.56 the type of such a tuple was guessed from what lay in memory."""

    whole, odd = np.arange(20.0), np.arange(40.0)[::2]
    small, grid = np.arange(20, dtype=np.int32), np.arange(20.0).reshape(4, 5).T
    for _ in range(50):
        for first in (whole, odd, small, whole[3:], grid):
            for fifth in (whole, odd, small):
                expected = first.sum() + 3 * fifth.sum()
                assert total(Several(first, whole, whole, whole, fifth, 3)) == expected
    assert Several(whole, whole, whole, whole, whole, 3)._replace(number=4).number == 4


def test_the_map_of_a_long_run_is_bounded(job):
    for k in range(MOST_SHOWN + 10):
        job.show_tile(k, (0.0, 0.0, 1.0, 1.0), "disk")
    job.show_tile(5, (0.0, 0.0, 1.0, 1.0), "done")
    shown = job._entry.tiles
    assert len(shown) == MOST_SHOWN and shown[5].state == "done"
