# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of the system that fail by a schedule: open, write, fsync, replace, rename, unlink, mkdir, rmdir."""

from __future__ import annotations

import builtins
import errno
import io
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EBUSY, errno.EPERM)
CALLS = ("open", "write", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir")
MANNERS = ("once", "from then on", "this file always")


@dataclass
class Schedule:
    """Fails the ``at``-th call of each name; ``manner`` says what comes after."""

    at: dict[str, int]
    error: int = 0
    manner: str = "once"
    calls: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    """Calls and paths that failed."""
    _cursed: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, name: str, path: str) -> None:
        """Count a call; raises OSError where it is to fail."""
        with self._lock:
            self.calls[name] += 1
            number, at = self.calls[name], self.at.get(name)
            fails = path in self._cursed and name != "open"
            if at is not None:
                fails = fails or number == at or (self.manner == "from then on" and number > at)
            if not fails:
                return
            if self.manner == "this file always":
                self._cursed.add(path)
            self.failed.append(f"{name} {path}")
        raise OSError(self.error, os.strerror(self.error), path)

    def __str__(self) -> str:
        return f"{self.at}, {errno.errorcode.get(self.error)}, {self.manner}"


def drawn(rng: random.Random, calls: dict[str, int]) -> Schedule:
    """A schedule over the calls an undisturbed run makes."""
    names = rng.sample([name for name in CALLS if calls.get(name)], rng.choice((1, 1, 1, 2)))
    return Schedule({n: rng.randint(1, calls[n]) for n in names}, rng.choice(ERRORS), rng.choice(MANNERS))


@contextmanager
def counted(root: Path, calls: Counter[str]) -> Iterator[None]:
    """Count the calls on files below ``root``."""
    with failing(root, Schedule({}, calls=calls)):
        yield


@contextmanager
def failing(root: Path, schedule: Schedule) -> Iterator[None]:
    """Put ``schedule`` before the calls on files below ``root``; use it in a child of its own."""
    patches = _patches(str(root), schedule)
    saved = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    for owner, name, new in patches:
        setattr(owner, name, new)
    try:
        yield
    finally:
        for owner, name, old in saved:
            setattr(owner, name, old)


def _patches(root: str, schedule: Schedule) -> list[tuple[Any, str, Any]]:
    def path_of(file: Any, folder: int | None = None) -> str:
        if isinstance(file, int):
            return os.readlink(f"/proc/self/fd/{file}")
        path = os.fsdecode(file)
        return path if folder is None else f"{os.readlink(f'/proc/self/fd/{folder}')}/{path}"

    def before(name: str, call: Callable[..., Any], target: int = 0) -> Callable[..., Any]:
        """``call``, which may fail as ``name``; the argument ``target`` says which file it is about."""

        def called(*given: Any, **more: Any) -> Any:
            path = path_of(given[target], more.get("dir_fd") if target == 0 else None)
            if path.startswith(root):
                schedule.call(name, path)
            return call(*given, **more)

        return called

    opened = _opened(builtins.open, root, schedule)
    named = [("open", "open", 0), ("replace", "replace", 1), ("rename", "rename", 1), ("unlink", "unlink", 0),
             ("remove", "unlink", 0), ("mkdir", "mkdir", 0), ("rmdir", "rmdir", 0), ("fsync", "fsync", 0),
             ("write", "write", 0), ("pwrite", "write", 0)]  # fmt: skip
    patches: list[tuple[Any, str, Any]] = [
        (os, name, before(as_, getattr(os, name), target)) for name, as_, target in named
    ]
    return [*patches, (builtins, "open", opened), (io, "open", opened)]


def _opened(true: Callable[..., Any], root: str, schedule: Schedule) -> Callable[..., Any]:
    """As ``open``; files below ``root`` that are written fail by the schedule."""

    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            schedule.call("write", str(self.name))
            return super().write(data)

    def opened(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None, errors: str | None = None,
        newline: str | None = None, closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        if isinstance(file, int) or not os.fsdecode(file).startswith(root):
            return true(file, mode, buffering, encoding, errors, newline, closefd, opener)
        schedule.call("open", os.fsdecode(file))
        if not set(mode) & set("wax+"):
            return true(file, mode, buffering, encoding, errors, newline, closefd, opener)
        raw = Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    return opened
