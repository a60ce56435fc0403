# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults in the switch of a voxel update: any system call fails, or the process dies at it, with readers between.

``run(folder, seed, cases)`` is what the tests and a campaign of other seeds call.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from scree.core.errors import ScreeError
from scree.core.voxels import files, journal
from scree.core.voxels.grid import VoxelGrid
from scree.core.voxels.metadata import Metadata, read_metadata, widened
from scree.core.voxels.states import State, held, read_state
from scree.core.voxels.voxel_map import VoxelMap

CALLS = ("replace", "rename", "unlink", "rmdir", "fsync", "open", "scandir", "write", "sync_all")
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EBUSY, errno.EROFS)
KINDS = ("once", "stay", "busy", "done and told as an error", "death", "death after")


class Death(BaseException):
    """The process is gone: nothing it would do afterwards is done."""


# -- a map before and after ----------------------------------------------------------------------

Content = dict[tuple[int, int, int], tuple[Any, ...]]


def content(state: State) -> Content:
    """Every tile of a state: voxels and tree."""
    voxel_map, found = VoxelMap(state.folder, state.metadata, state=state), {}
    for voxels in voxel_map.voxels():
        arrays = tuple(a.tobytes() for a in (voxels.cells, voxels.log_odds, voxels.counts))
        found[tuple(voxels.tile)] = (*arrays, voxel_map.stored_tree(voxels.tile))
    voxel_map.close()
    return found


def on_disk(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def points(seed: int, low: float, high: float) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    x, y, z = rng.uniform(low, high, (3, 60))
    return x, y, z * 0.2, rng.integers(40, 255, 60).astype(float)


@dataclass
class Prepared:
    """A map with a run that is ready to count."""

    folder: Path
    metadata: Metadata
    before: tuple[str, Content]
    after: tuple[str, Content]
    files_before: dict[str, bytes]
    files_after: dict[str, bytes]

    @staticmethod
    def make(folder: Path) -> Prepared:
        with VoxelMap.create(folder, VoxelGrid(1.0, 4.0)) as voxel_map:
            voxel_map.update(*points(1, -4, 7))
        files_before = on_disk(folder)
        first = read_state(folder)
        metadata = replace(first.metadata, generation=journal.generation_of(first.metadata, "test"), runs=({"n": 1},))
        generation = journal.generation_folder(folder, metadata.generation)
        generation.mkdir()
        voxel_map = VoxelMap(folder, metadata, generation=generation)
        voxel_map.update(*points(2, -1, 12))
        voxel_map.flush()
        bounds = metadata.bounds
        for tile in voxel_map.tiles().tolist():
            bounds = widened(bounds, tile)
        metadata, before = replace(metadata, bounds=bounds), content(first)
        copy = folder.with_name(folder.name + " done")
        shutil.copytree(folder, copy)
        journal.commit(copy, metadata)
        done = read_state(copy)
        assert read_metadata(copy) == metadata and done.pending is None
        prepared = Prepared(
            folder, metadata, ("", before), (metadata.generation, content(done)), files_before, on_disk(copy)
        )
        assert len(before) < len(prepared.after[1]) and before.items() & prepared.after[1].items()
        return prepared

    def copy(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return folder


# -- faults --------------------------------------------------------------------------------------


@dataclass
class Faults:
    """System calls of the switch, counted; the one with the number ``at`` fails by ``kind``."""

    at: int
    kind: str
    code: int = errno.EIO
    looks: frozenset[int] = frozenset()
    """Calls before which ``look`` is called."""
    look: Callable[[], None] = lambda: None
    count: int = 0
    names: list[str] = field(default_factory=list)
    on: bool = True
    _dead: bool = False
    _bad: tuple[str, str] | None = None
    _left: int = 0

    def call(self, name: str, real: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        if not self.on:
            return real(*arguments, **keywords)
        if self._dead:
            raise Death
        number, self.count = self.count, self.count + 1
        self.names.append(name)
        if number in self.looks or number == self.at:
            self._aside(self.look)
        where = (name, os.path.basename(arguments[-1]) if name in ("replace", "rename") else "")
        if number == self.at:
            if self.kind in ("done and told as an error", "death after"):
                real(*arguments, **keywords)
            if self.kind.startswith("death"):
                self._dead = True
                raise Death
            if self.kind in ("stay", "busy"):
                self._bad, self._left = where, 3 if self.kind == "busy" else 1 << 30
        if number == self.at and self._bad is None or self._bad == where and self._left > 0:
            self._left -= 1
            raise OSError(self.code, os.strerror(self.code), *map(str, arguments[:1]))
        return real(*arguments, **keywords)

    def _aside(self, work: Callable[[], None]) -> None:
        self.on = False
        try:
            work()
        finally:
            self.on = True

    @contextmanager
    def installed(self) -> Iterator[None]:
        places: list[tuple[Any, str]] = [(os, name) for name in CALLS[:-2]]
        places += [(journal, "sync_all"), (files, "_open_new"), (journal, "ATTEMPT_SECONDS")]
        kept = [(place, name, getattr(place, name)) for place, name in places]

        def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *arguments, **keywords: self.call(name, real, *arguments, **keywords)

        for place, name, real in kept:
            if name == "ATTEMPT_SECONDS":
                setattr(place, name, 0.0)
            elif name == "_open_new":
                setattr(place, name, lambda *a, real=real: _written(real(*a), self))
            else:  # what is synced is of no use to a test, and takes long where others write
                setattr(place, name, wrapped(name, real if "sync" not in name else lambda *arguments: None))
        try:
            yield
        finally:
            for place, name, real in kept:
                setattr(place, name, real)


def _written(opened: tuple[Path, Any], faults: Faults) -> tuple[Path, Any]:
    path, file = opened
    return path, _File(file, faults)


@dataclass
class _File:
    """A file whose writes can fail."""

    file: Any
    faults: Faults

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def write(self, data: Any) -> Any:
        return self.faults.call("write", self.file.write, data)


# -- the campaign --------------------------------------------------------------------------------


def calls_of_a_switch(prepared: Prepared, folder: Path) -> tuple[int, int]:
    """How many system calls can fail, and how many of them before the run counts."""
    faults = Faults(-1, "once")
    prepared.copy(folder)
    with faults.installed(), journal.locked(folder):
        journal.commit(folder, prepared.metadata)
    assert set(CALLS) == set(faults.names), faults.names
    return faults.count, faults.names.index("replace") + 1


def run(folder: Path, seed: int, cases: int) -> Counter[str]:
    """``cases`` random faults; how they ended.  Raises AssertionError with the case where a map was mixed or lost."""
    prepared = Prepared.make(folder / "prepared")
    (total, first), ends = calls_of_a_switch(prepared, folder / "dry"), Counter[str]()
    for number in range(cases):
        rng = random.Random(f"{seed} {number}")
        faults = Faults(
            rng.randrange(rng.choice((first, total))),
            rng.choice(KINDS),
            rng.choice(ERRORS),
            frozenset(rng.sample(range(total), 3)),
        )
        try:
            ends[one_case(prepared, folder / "map", faults)] += 1
        except Exception as error:
            case = f"seed {seed}, case {number}: {faults.kind} at call {faults.at}, {errno.errorcode[faults.code]}"
            raise AssertionError(f"{case}: {type(error).__name__}: {error}") from error
    return ends


def one_case(prepared: Prepared, folder: Path, faults: Faults) -> str:
    """One fault, with readers before, at and after it, then the next run; 'before' or 'after'."""
    prepared.copy(folder)
    states, seen = {prepared.before[0]: prepared.before[1], prepared.after[0]: prepared.after[1]}, []

    def look() -> None:
        with held(folder) as state:
            found = content(state)
        assert found == states[state.metadata.generation], "a reader saw a mix"
        seen.append(state.metadata.generation)

    def judge(told: str) -> bool:
        """Whether the run counts, seen before anything is completed."""
        state = read_state(folder)
        assert content(state) == states[state.metadata.generation], "mixed after the fault"
        seen.append(state.metadata.generation)
        assert seen == sorted(seen, key=list(states).index), "a state that counted was lost"
        counts = state.metadata.generation == prepared.after[0]
        assert counts or told, "ended well and is not there"
        assert not counts or told in ("", "death") or "counts" in told, told
        return counts

    faults.look = look
    with faults.installed():
        told = _switched(prepared, folder)
        faults.on = False
        counts = judge(told)
        with journal.locked(folder):
            journal.discard_generation(folder, prepared.metadata.generation)
            journal.recover(folder)
            journal.sweep(folder)
            journal.discard_generation(folder)
        look()
    assert on_disk(folder) == (prepared.files_after if counts else prepared.files_before), "files are left or lost"
    return "after" if counts else "before"


def _switched(prepared: Prepared, folder: Path) -> str:
    """What a run that ends with this switch tells."""
    try:
        with journal.locked(folder):
            journal.commit(folder, prepared.metadata)
    except ScreeError as error:
        assert "\n" not in str(error)
        return str(error)
    except Death:
        return "death"
    return ""
