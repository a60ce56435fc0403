# SPDX-License-Identifier: GPL-2.0-or-later
"""Where trials work: the made inputs, what runs make of them undisturbed, and a folder for each trial."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import failing, made
from .engines import RUNS, ask
from .forks import fork
from .verdict import Fault, content

SETTINGS = {"max_memory": 1024, "threads": 2}
SMALL_UNITS = 300
"""Points of a unit: many units from little data."""


@dataclass(frozen=True)
class Reference:
    """What an undisturbed run writes, the seconds it takes, and its calls of the system by name."""

    files: dict[str, str]
    seconds: float
    calls: dict[str, int]
    voxels: str = ""
    """Hash of the voxels of the map it makes."""


@dataclass
class Place:
    """``made`` holds the inputs, read by all trials and changed by none."""

    folder: Path
    references: dict[str, Reference] = field(default_factory=dict)

    @property
    def made(self) -> Path:
        return self.folder / "made"

    @property
    def before(self) -> str:
        """Hash of the voxels of the map that updates continue."""
        return self.references["before"].voxels

    def trial(self, name: str) -> Path:
        """A new folder."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def prepare(self) -> None:
        """Load and compile every kernel here, once; make the inputs and the references in children."""
        from scree.core.jobs import disk
        from scree.core.tiles import store

        store.UNIT_POINTS = SMALL_UNITS
        disk.IN_MEMORY = set()
        self.made.mkdir(parents=True)
        _in_child(lambda: made.make_all(self.made))
        processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(processors)})  # GDAL starts threads of its own for more, and they survive no fork
        for name, run in RUNS.items():
            if not any(read.endswith(".laz") for read in run.reads):  # nor do those of the LAZ decoder
                self._run(name, "warm", {**SETTINGS, "threads": 1})
        os.sched_setaffinity(0, processors)
        for name in RUNS:
            self.references[name] = Reference(**_in_child(lambda name=name: self._reference(name)))
        before = _in_child(lambda: voxels_of(self.made / "before", self.folder))
        self.references["before"] = Reference(content(self.made / "before"), 0.0, {}, before)

    def _run(self, name: str, prefix: str, settings: Any) -> Path:
        out = self.trial(f"{prefix}-{name}")
        RUNS[name].prepare(self.made, out)
        RUNS[name].start(self.made, out, settings)
        return out

    def _reference(self, name: str) -> dict[str, Any]:
        began = time.monotonic()
        out = self._run(name, "reference", SETTINGS)
        seconds = time.monotonic() - began
        voxels = voxels_of(out / "map", self.folder) if (out / "map").exists() else ""
        calls: Counter[str] = Counter()
        with failing.counted(self.folder, calls):
            self._run(name, "counted", SETTINGS)
        files = content(out)
        shutil.rmtree(out)
        return {"files": files, "seconds": seconds, "calls": dict(calls), "voxels": voxels}


def voxels_of(folder: Path, scratch: Path) -> str:
    """Hash of every voxel a reader finds in a map."""
    out = scratch / f"voxels-{folder.parent.name}-{time.monotonic_ns()}"
    out.mkdir()
    try:
        ask(folder, out / "voxels.csv", SETTINGS)
        return content(out)["voxels.csv"]
    finally:
        shutil.rmtree(out)


def _in_child(work: Any) -> Any:
    child = fork(work, 600)
    if not child.wait() or child.died or child.status:
        raise Fault("no reference", child.hung_in(), f"an undisturbed run failed: {child.died or child.status}")
    return child.answer()
