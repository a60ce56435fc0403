# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a command as a process of its own: wall seconds, cpu seconds, peak resident memory, exit code.

The kernel starts a child's peak at what its parent held when it forked, so the command is forked by
a small launcher: this very file, run by a bare interpreter of 10 MB.  It sets the limits, waits by
``wait4`` (cpu and peak are those of the command and of all it waited for, the peak of the largest)
and leaves the numbers in a file.  Everything above ``launch`` is the caller's side.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # the launcher must stay small: it imports neither typing nor subprocess
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

MB = 1 << 20


class MeasureError(Exception):
    """A command failed, took too long, or could not be started; the message says which."""


class Measured:
    """One run of ``command``: seconds ``wall`` and ``cpu``, ``peak_mb``, exit ``code``, what it said."""

    def __init__(self, command: Sequence[str], numbers: dict[str, Any], output: str, error: str) -> None:
        self.command = list(command)
        self.wall: float = numbers["wall"]
        self.cpu: float = numbers["cpu"]
        self.peak_mb: float = numbers["peak_mb"]
        self.code: int = numbers["code"]
        self.timed_out: bool = numbers["timed_out"]
        self.stopping: float | None = numbers["stopping"]
        """Seconds from the interrupt to the end, where one was asked for."""
        self.load: float = numbers["load"]
        self.output, self.error = output, error

    def numbers(self) -> dict[str, float]:
        """What goes into the result of a row."""
        return {
            "wall": round(self.wall, 2),
            "cpu": round(self.cpu, 2),
            "peak_mb": round(self.peak_mb),
            "load": self.load,
        }

    def require(self) -> Measured:
        """Itself; raises MeasureError where the command did not end well."""
        if self.timed_out:
            raise MeasureError(f"{self.command[0]} was stopped after {self.wall:.0f} s.")
        if self.code:
            tail = "\n".join((self.error or self.output).strip().splitlines()[-4:])
            raise MeasureError(f"{' '.join(self.command[:3])} ended with code {self.code}: {tail}")
        return self


def measure(
    command: Sequence[str],
    *,
    scratch: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 900.0,
    address_space_mb: int = 0,
    interrupt_after: float = 0.0,
) -> Measured:
    """Run ``command`` in ``folder``; its log files lie in ``scratch`` meanwhile.

    ``address_space_mb`` caps the memory it may map; ``interrupt_after`` sends SIGINT after so many
    seconds.  A command that fails is no error here: see ``Measured.require``.
    """
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(dir=scratch) as logs:
        order = {
            "command": list(command),
            "logs": os.path.abspath(logs),
            "timeout": timeout,
            "address_space": address_space_mb * MB,
            "interrupt_after": interrupt_after,
        }
        launcher = [sys.executable, "-I", "-S", os.path.abspath(__file__), json.dumps(order)]
        subprocess.run(launcher, cwd=folder, env=None if environment is None else dict(environment), check=True)
        return Measured(command, json.loads(_text(logs, "numbers")), _text(logs, "output"), _text(logs, "error"))


def interleaved(runs: Mapping[str, Callable[[], Measured]], times: int) -> dict[str, list[Measured]]:
    """A B A B ...: what slows the machine down for a while slows all of them."""
    found: dict[str, list[Measured]] = {name: [] for name in runs}
    for _ in range(times):
        for name, run in runs.items():
            found[name].append(run())
    return found


def require_disk(folder: Path, megabytes: float) -> None:
    """Raise MeasureError where the disk of ``folder`` has less room than that."""
    import shutil

    free = shutil.disk_usage(folder).free / MB
    if free < megabytes:
        raise MeasureError(f"{folder} has {free:,.0f} MB free; this needs {megabytes:,.0f} MB.")


def _text(folder: str, name: str) -> str:
    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def launch(order: dict) -> None:
    """The launcher's side: run the command, write its numbers."""
    logs = order["logs"]
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(order, logs)
    state = _Watch(child, order["timeout"], order["interrupt_after"])
    _, status, usage = os.wait4(child, 0)
    ended = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0)
    numbers = {
        "wall": ended - started,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / (1024 if sys.platform != "darwin" else MB),
        "code": os.waitstatus_to_exitcode(status),
        "timed_out": state.timed_out,
        "stopping": ended - state.interrupted if state.interrupted else None,
        "load": round(os.getloadavg()[0], 1),
    }
    with open(os.path.join(logs, "numbers"), "w", encoding="utf-8") as file:
        json.dump(numbers, file)


class _Watch:
    """Ends the command's process group at the timeout, or with this process."""

    def __init__(self, child: int, timeout: float, interrupt_after: float) -> None:
        self.child, self.left = child, timeout
        self.timed_out = False
        self.interrupted = 0.0
        signal.signal(signal.SIGALRM, self._alarm)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._give_up)
        signal.setitimer(signal.ITIMER_REAL, interrupt_after or timeout)
        self.interrupting = interrupt_after > 0

    def _alarm(self, number: int, frame: object) -> None:
        if self.interrupting:
            self.interrupting, self.interrupted = False, time.monotonic()
            self._send(signal.SIGINT)
            signal.setitimer(signal.ITIMER_REAL, self.left)
        else:
            self.timed_out = True
            self._send(signal.SIGKILL)

    def _give_up(self, number: int, frame: object) -> None:
        self._send(signal.SIGKILL)
        os._exit(128 + number)

    def _send(self, number: int) -> None:
        try:
            os.killpg(self.child, number)
        except ProcessLookupError:  # not yet a group of its own, or already gone
            os.kill(self.child, number)


def _become(order: dict, logs: str) -> None:
    """In the fork: take the limits and the log files, and turn into the command."""
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background of a shell inherits "ignore"
        if order["address_space"]:
            resource.setrlimit(resource.RLIMIT_AS, (order["address_space"], order["address_space"]))
        flags = os.O_WRONLY | os.O_CREAT
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.path.join(logs, "output"), flags, 0o600), 1)
        os.dup2(os.open(os.path.join(logs, "error"), flags, 0o600), 2)
        os.execvp(order["command"][0], order["command"])
    except OSError as error:
        os.write(2, f"{order['command'][0]}: {error}".encode())
    finally:
        os._exit(127)


if __name__ == "__main__":
    launch(json.loads(sys.argv[1]))
