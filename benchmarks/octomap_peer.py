# SPDX-License-Identifier: GPL-2.0-or-later
"""OctoMap's own library, by octomap_driver.cpp: needs g++ and liboctomap-dev (Debian)."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from measure import MeasureError
from session import FOLDER, ROOT

SOURCE = ROOT / "benchmarks" / "octomap_driver.cpp"


@cache
def program() -> Path:
    """The compiled driver.  Raises MeasureError where it cannot be made."""
    out = FOLDER / "octomap_driver"
    if out.exists() and out.stat().st_mtime > SOURCE.stat().st_mtime:
        return out
    if not shutil.which("g++"):
        raise MeasureError("OctoMap's driver needs g++ and liboctomap-dev: apt install g++ liboctomap-dev.")
    # Products are not fused into sums, as they are not in the packaged library: octomap_rays.py does the same.
    command = ["g++", "-O3", "-march=native", "-ffp-contract=off", str(SOURCE), "-loctomap", "-loctomath"]
    command += ["-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasureError(f"OctoMap's driver does not compile (apt install liboctomap-dev): {done.stderr[-300:]}")
    return out


def update(mode: str, resolution: float, xyz: np.ndarray, out: Path, origin: tuple[float, ...] = ()) -> dict[str, Any]:
    """Processor and wall seconds of one update (``hits`` or ``rays``); seconds of writing ``out`` and of reading it."""
    points = out.with_suffix(".points")
    np.ascontiguousarray(xyz, np.float64).tofile(points)
    try:
        return _run([mode, repr(resolution), str(points), str(out), *map(repr, origin)])
    finally:
        points.unlink()


def voxels(tree: Path, scratch: Path) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """Keys [n, 3] of the voxels OctoMap reads from a .bt or .ot, which of them are occupied, and what it took."""
    out = scratch / "octomap.voxels"
    said = _run(["read", str(tree), str(out)])
    rows = np.fromfile(out, np.uint16).reshape(-1, 4)
    out.unlink()
    return rows[:, :3].astype(np.int64), rows[:, 3] == 1, said


def _run(arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run([str(program()), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasureError(f"OctoMap's driver ended with {done.returncode}: {done.stderr[-300:]}")
    return json.loads(done.stdout.splitlines()[-1])
