# SPDX-License-Identifier: GPL-2.0-or-later
"""Units run on threads, as many at once as the memory allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

from .budget import resident_bytes, trim
from .progress import PUMP_SECONDS

if TYPE_CHECKING:
    from .job import Job

Task = TypeVar("Task")
Result = TypeVar("Result")

TRIM_SECONDS = 1.0


def run_units(
    tasks: Sequence[Task], work: Callable[[Task], Result], job: Job, cost: Callable[[Task], int]
) -> list[Result]:
    """``work(task)`` for every task on up to ``job.threads`` threads; results in the order of ``tasks``.

    ``cost`` is the peak bytes one task adds.  A task starts only while what is resident and what the
    running ones were promised stay under the budget's admission line; a task that fits in the
    budget alone always gets its turn, one that does not is refused before any work starts.
    ``work`` should call ``job.progress.check()`` at least every 0.2 s.

    Raises MemoryLimitError, Cancelled, or the first error of a task once the running ones stopped.
    """
    costs = [cost(task) for task in tasks]
    job.budget.require(max(costs, default=0), "One unit of the work")
    results: dict[int, Result] = {}
    running: dict[Future[Result], int] = {}
    waiting = iter(range(len(tasks)))
    following = next(waiting, None)
    trimmed = time.monotonic()
    with ThreadPoolExecutor(job.threads, thread_name_prefix="scree") as pool:
        try:
            while running or following is not None:
                while following is not None and _admits(job, costs, list(running.values()), following):
                    running[pool.submit(work, tasks[following])] = following
                    following = next(waiting, None)
                job.workers = max(job.workers, len(running))
                finished, _ = wait(running, PUMP_SECONDS, FIRST_COMPLETED)
                job.progress.check()
                for future in finished:
                    results[running.pop(future)] = future.result()
                if finished and time.monotonic() - trimmed >= TRIM_SECONDS:
                    trim()
                    trimmed = time.monotonic()
        except BaseException:
            job.progress.halt()
            wait(running)
            raise
        finally:
            job.progress.release()
    job.progress.pump()
    return [results[i] for i in range(len(tasks))]


def _admits(job: Job, costs: list[int], running: list[int], following: int) -> bool:
    if not running:
        return True
    promised = sum(costs[i] for i in running) + costs[following]
    return len(running) < job.threads and promised + resident_bytes() < job.budget.admission
