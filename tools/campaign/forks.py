# SPDX-License-Identifier: GPL-2.0-or-later
"""A child that begins with everything this process has loaded: a trial costs milliseconds, and may die."""

from __future__ import annotations

import faulthandler
import json
import os
import re
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

MOST_ADDRESSES = 8 << 30
"""Bytes of address space of a child, so that a fault of memory harms nobody else."""


@dataclass
class Child:
    """A forked process that answers once, in JSON."""

    pid: int
    pipe: int
    deadline: float
    stack: int
    """A file the child writes its stack to when it is told to."""
    said: bytes = field(default=b"")
    status: int | None = None

    def over(self) -> bool:
        """Whether it ended; reads what it says meanwhile."""
        if self.status is None:
            while select.select([self.pipe], [], [], 0)[0]:
                some = os.read(self.pipe, 1 << 16)
                if not some:
                    break
                self.said += some
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._end(status)
        return self.status is not None

    def _end(self, status: int) -> None:
        while some := os.read(self.pipe, 1 << 16) if select.select([self.pipe], [], [], 0)[0] else b"":
            self.said += some
        os.close(self.pipe)
        self.status = status

    def late(self) -> bool:
        return time.monotonic() > self.deadline

    def kill(self) -> None:
        """SIGKILL, to it and to what it started where it leads a group of its own."""
        if self.status is None:
            with suppress(ProcessLookupError):
                if os.getpgid(self.pid) == self.pid:
                    os.killpg(self.pid, signal.SIGKILL)
                else:
                    os.kill(self.pid, signal.SIGKILL)
            self._end(os.waitpid(self.pid, 0)[1])

    def wait(self) -> bool:
        """Wait to the end or the deadline; False if it is late."""
        pause = 0.001
        while not self.over():
            if self.late():
                return False
            time.sleep(pause)
            pause = min(0.02, pause * 1.3)
        return True

    @property
    def died(self) -> str:
        """The signal it died of, "" if it ended by itself."""
        return signal.Signals(os.WTERMSIG(self.status)).name if self.status and os.WIFSIGNALED(self.status) else ""

    def hung_in(self) -> str:
        """File and function of core/ a child is in that does not end; it is killed."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGUSR1)
            time.sleep(0.2)
        self.kill()
        os.lseek(self.stack, 0, os.SEEK_SET)
        text = os.read(self.stack, 1 << 16).decode("utf-8", "replace")
        places = re.findall(r'File "[^"]*/scree/core/([^"]*)", line \d+ in (\S+)', text)
        return f"core/{places[0][0]} {places[0][1]}" if places else ""

    def close(self) -> None:
        os.close(self.stack)

    def answer(self) -> Any:
        """What its function returned, None where it died."""
        return json.loads(self.said) if self.said else None


def fork(work: Callable[[], Any], seconds: float, *, leads: bool = False) -> Child:
    """Run ``work`` in a child, which has so many seconds; ``leads``: it leads a group of its own."""
    reading, writing = os.pipe()
    stack = os.memfd_create("stack")
    pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, reading, time.monotonic() + seconds, stack)
    code = 1
    try:
        os.close(reading)
        if leads:
            os.setsid()
        faulthandler.register(signal.SIGUSR1, file=stack)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
        said = json.dumps(work()).encode()
        while said:
            said = said[os.write(writing, said) :]
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def reset_peak() -> None:
    """Begin to measure the peak of resident memory anew."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
