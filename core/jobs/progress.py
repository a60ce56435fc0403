# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress by points, with phase, rate and time left; and the only door to cancel.

QGIS corrupts its heap when several threads push messages, so workers only add to counters and
queues here; the thread that made the Progress carries them to the Feedback.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ..errors import Cancelled
from .curve import Curve
from .memory import trim
from .telemetry import JobEntry

PUMP_SECONDS = 0.1
LOG_SECONDS = 30.0


class Feedback(Protocol):
    """Who is told; called from the algorithm's own thread only."""

    def is_cancelled(self) -> bool: ...

    def set_percent(self, percent: float) -> None: ...

    def info(self, text: str) -> None: ...

    def warning(self, text: str) -> None: ...


class Silent:
    """Feedback of plain Python use: nobody listens, nobody cancels."""

    def is_cancelled(self) -> bool:
        return False

    def set_percent(self, percent: float) -> None:
        pass

    def info(self, text: str) -> None:
        pass

    def warning(self, text: str) -> None:
        pass


def stop_if_cancelled(feedback: Feedback | None) -> None:
    """Raise Cancelled if the user asked to stop; for what is done before there is a job, or after it."""
    if feedback is not None and feedback.is_cancelled():
        raise Cancelled("The run was cancelled.")


class Progress:
    """Phases one after the other, each a stated share of the whole.

    ``phase``, ``finish`` and ``pump`` belong to the thread that made the object; ``advance``,
    ``check``, ``info`` and ``warning`` may be called from any.
    """

    def __init__(
        self,
        feedback: Feedback | None = None,
        entry: JobEntry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds: dict[str, float] = {}
        """Seconds by phase, for the report."""
        self.curve = Curve()
        self._feedback: Feedback = Silent() if feedback is None else feedback
        self._entry = JobEntry("") if entry is None else entry
        self._clock = clock
        self._owner = threading.get_ident()
        self._lock = threading.Lock()
        self._messages: deque[tuple[bool, str]] = deque()
        self._cancelled = threading.Event()
        self._halted = threading.Event()
        self._weight = self._finished = 0.0
        self._skipped = 0
        self._began = self._started = self._logged = self._pumped = clock()

    def phase(self, name: str, total: int, weight: float, *, done: int = 0, unit: str = "points") -> None:
        """End the phase before and begin one of ``total`` points, ``weight`` percent of the whole run.

        ``done`` points are there already (a resumed run): they count in the percent, not in the rate.
        """
        self.finish()
        trim()  # what the phase before needed, the next need not pay for
        now = self._clock()
        with self._lock:
            self._entry.phase, self._entry.unit = name, unit
            self._entry.total, self._entry.done = total, done
        self._weight, self._skipped = weight, done
        self._started = self._logged = now
        self.curve.begins.append((name, now - self._began))
        resumed = f" ({done:,} of them done before)" if done else ""
        self.info(f"{name}: {total:,} {unit}{resumed}" if total else name)
        self.pump()

    def finish(self) -> None:
        """End the phase; also the end of the run, unless another phase follows."""
        entry = self._entry
        if not entry.phase:
            return
        took = self._clock() - self._started
        self.curve.sample(self._started + took - self._began, always=True)
        self.seconds[entry.phase] = self.seconds.get(entry.phase, 0.0) + took
        amount = f"{entry.done:,} {entry.unit} in " if entry.done else ""
        rate = f", {self._rate(took):,.0f} {entry.unit}/s" if entry.done and took > 0 else ""
        self.info(f"{entry.phase}: {amount}{took:.1f} s{rate}")
        self._finished = min(100.0, self._finished + self._weight)
        self._weight, entry.phase = 0.0, ""
        self.pump()

    def sample(self) -> None:
        """Note what is held just now, where a run is known to hold much."""
        self.curve.sample(self._clock() - self._began, always=True)

    def advance(self, points: int) -> None:
        """So many more points are done."""
        with self._lock:
            self._entry.done += points

    def check(self) -> None:
        """Raise Cancelled if the user asked to stop, or a failed sibling stops this worker."""
        if threading.get_ident() == self._owner and self._clock() - self._pumped >= PUMP_SECONDS:
            self.pump()
        if self._cancelled.is_set() or self._halted.is_set() or self._entry.cancel.is_set():
            raise Cancelled("The run was cancelled.")

    def info(self, text: str) -> None:
        self._say(False, text)

    def warning(self, text: str) -> None:
        self._say(True, text)

    def halt(self) -> None:
        """Make ``check`` raise in every worker, until ``release``."""
        self._halted.set()

    def release(self) -> None:
        self._halted.clear()

    @property
    def percent(self) -> float:
        """Of the whole run, 0 to 100; never goes back."""
        entry = self._entry
        part = min(1.0, entry.done / entry.total) if entry.total > 0 else 0.0
        return min(100.0, self._finished + self._weight * part)

    def pump(self) -> None:
        """Carry counters and messages to the feedback, and its wish to stop to the workers."""
        if threading.get_ident() != self._owner:
            raise RuntimeError("Progress.pump was called from a thread that does not own the feedback.")
        now = self._clock()
        self._pumped = now
        if self._feedback.is_cancelled():
            self._cancelled.set()
        self.curve.sample(now - self._began)
        self._publish(now)
        self._feedback.set_percent(self._entry.percent)
        if self._entry.phase and now - self._logged >= LOG_SECONDS:
            self._logged = now
            self._messages.append((False, self._line()))
        while self._messages:
            is_warning, text = self._messages.popleft()
            (self._feedback.warning if is_warning else self._feedback.info)(text)

    def _say(self, is_warning: bool, text: str) -> None:
        self._messages.append((is_warning, text))
        if threading.get_ident() == self._owner:
            self.pump()

    def _rate(self, took: float) -> float:
        return (self._entry.done - self._skipped) / took

    def _publish(self, now: float) -> None:
        entry, took = self._entry, now - self._started
        if entry.state == "running" and (self._cancelled.is_set() or entry.cancel.is_set()):
            entry.state = "cancelling"
        entry.percent = self.percent
        entry.rate = self._rate(took) if took > 0 and entry.phase else 0.0
        entry.eta = max(0, entry.total - entry.done) / entry.rate if entry.rate > 0 else -1.0

    def _line(self) -> str:
        entry = self._entry
        share = 100.0 * min(1.0, entry.done / entry.total) if entry.total > 0 else 0.0
        left = f", {entry.eta:,.0f} s to go" if entry.eta >= 0 else ""
        return f"{entry.phase}: {share:.0f} % of {entry.total:,} {entry.unit}, {entry.rate:,.0f} {entry.unit}/s{left}"
