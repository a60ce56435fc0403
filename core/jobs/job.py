# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of an algorithm: its memory, threads, progress, folder, warnings and counts."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import Any

from ..errors import Cancelled
from .budget import Budget, make_budget
from .estimate import Estimate
from .folder import JobFolder
from .progress import Feedback, Progress
from .telemetry import MOST_SHOWN, JobEntry, MapTile, TileState, telemetry
from .threads import usable_threads


class Job:
    """Handed to every part of a run; use it as a context manager.

    Leaving it well removes the folder; after Cancel or a crash the folder stays if it may be
    resumed, and the log says where.
    """

    def __init__(
        self,
        folder: JobFolder,
        *,
        name: str = "scree",
        budget: Budget | None = None,
        threads: int = 0,
        feedback: Feedback | None = None,
    ) -> None:
        """``threads`` 0 takes every core the process may use; ``budget`` None is MAX_MEMORY 0."""
        self.folder = folder
        self.budget = make_budget() if budget is None else budget
        self.threads = usable_threads(threads)
        self._entry = JobEntry(name, limit=self.budget.limit, folder=str(folder.path))
        self.progress = Progress(feedback, self._entry)
        self.progress.curve.folder = folder.path
        folder.check = self.progress.check
        self.warnings: list[str] = []
        self.counts: Counter[str] = Counter()
        self.figures: list[dict[str, Any]] = []
        """What the report shows of the outputs; whoever writes one adds it."""
        self.estimate: Estimate | None = None
        self.workers = 1
        """Most units that were worked at once."""
        self._lock = threading.Lock()
        # lazrs decodes on its own pool, which reads this once, at its first use in the process.
        os.environ["RAYON_NUM_THREADS"] = str(self.threads)

    @property
    def name(self) -> str:
        """Id of the algorithm."""
        return self._entry.name

    @property
    def flush(self) -> threading.Event:
        """Set when the dock asks to write what is dirty; clear it when that is done."""
        return self._entry.flush

    def warn(self, text: str) -> None:
        """Tell the user once, whatever the number of calls; kept for the report."""
        with self._lock:
            if text in self.warnings:
                return
            self.warnings.append(text)
        self.progress.warning(text)

    def expect(self, estimate: Estimate) -> None:
        """Say what the run will need, and keep it for the report."""
        self.estimate = estimate
        self.progress.info(estimate.sentence())

    def count(self, name: str, number: int = 1) -> None:
        """Add to a number of the report."""
        with self._lock:
            self.counts[name] += number

    def show_tile(self, key: object, extent: tuple[float, float, float, float], state: TileState) -> None:
        """Tell the dock where a tile is: extent as west, south, east, north in CRS units.

        Of more than MOST_SHOWN the first, so what is held does not grow with the run.
        """
        shown = self._entry.tiles
        if key in shown or len(shown) < MOST_SHOWN:
            shown[key] = MapTile(*extent, state)

    def hide_tile(self, key: object) -> None:
        """Draw a tile no more: what it was made of is drawn by its cache."""
        self._entry.tiles.pop(key, None)

    def __enter__(self) -> Job:
        telemetry.add(self._entry)
        self.folder.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            self.progress.finish()
            self.folder.__exit__(kind, error, trace)
        finally:  # the dock calls a run ended when its folder is free for the next
            self._entry.state = "finished" if kind is None else "cancelled" if kind is Cancelled else "failed"
            self._entry.message = str(error).split("\n")[0] if self._entry.state == "failed" else ""
            telemetry.remove(self._entry)
        if self.folder.kept:
            self.progress.info(f"The work so far is kept in {self.folder.path}; the same run goes on from it.")
        if self.folder.foreign:
            names = ", ".join(self.folder.foreign)
            self.progress.warning(f"{self.folder.path} was left because of files that are not Scree's: {names}")
        if self.folder.failure:
            self.progress.warning(
                f"{self.folder.path} could not be removed ({self.folder.failure}): delete it once no run uses it."
            )
