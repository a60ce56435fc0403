# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures shared by all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("at any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("at any speed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def scree_data() -> Path:
    """Folder of real clouds beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real clouds beside this checkout (../shared/data)")
    return folder


@pytest.fixture
def make_store(tmp_path):  # noqa: ANN001, ANN201
    """Seal points given as lattice steps: ``make_store(x, y, v, per_cell=1000, thinning=Thinning(), ...)``."""
    from fractions import Fraction
    from itertools import count

    import numpy as np

    from scree.core.jobs.budget import Budget
    from scree.core.jobs.folder import JobFolder
    from scree.core.jobs.job import Job
    from scree.core.tiles.columns import Column
    from scree.core.tiles.lattice import Lattice
    from scree.core.tiles.seal import seal
    from scree.core.tiles.spool import Spool
    from scree.core.tiles.store import StoreFiles
    from scree.core.tiles.thinning import Thinning

    numbers = count()

    def make(x, y, v, per_cell=1000, thinning=None, run_points=1 << 16, threads=2, memory=1 << 30, columns=None):  # noqa: ANN001, ANN202
        folder = tmp_path / f"store-{next(numbers)}"
        folder.mkdir()
        lattice = Lattice(Fraction(1), per_cell, Fraction(1, 1000))
        given = {Column(name, a.dtype.str): a for name, a in (columns or {}).items()}
        spool = Spool(folder / "spool", per_cell, 9, run_points, ("x", "y", "v", *(c.name for c in given)))
        rows = [np.asarray(a, np.int64) for a in (x, y, v)] + [c.packed(a) for c, a in given.items()]
        if len(rows[0]):
            spool.add(*rows)
        spool.close()
        job = Job(JobFolder(tmp_path, f"{next(numbers):016x}"), budget=Budget(memory, 0), threads=threads)
        with job:
            store = seal(spool, StoreFiles(folder, "store"), lattice, thinning or Thinning(), job, tuple(given))
        spool.remove()
        return store

    return make


@pytest.fixture(autouse=True)
def own_memory(monkeypatch):
    """A test is not charged for what the tests before it left in this process."""
    from scree.core.jobs import budget, workers
    from scree.core.jobs.memory import resident_bytes

    left = max(0, resident_bytes() - (300 << 20))
    for module in (budget, workers):
        monkeypatch.setattr(module, "resident_bytes", lambda: resident_bytes() - left)
