# SPDX-License-Identifier: GPL-2.0-or-later
"""Full disks: a run on a disk of a few hundred kB, in a mount namespace of the campaign's own."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

from .engines import RUNS
from .judging import again, judge_map
from .place import SETTINGS, Place
from .verdict import attempt, outputs, refuse_other, refuse_temporary

SECONDS = 90.0
KB = 1024


def trial(seed: int, place: Place) -> str:
    """A sentence, nothing half written, an earlier output as it was; then the run again elsewhere."""
    from scree.core.jobs import disk

    rng = random.Random(f"disks {seed}")
    name = rng.choice(sorted(RUNS))
    run, reference = RUNS[name], place.references[name]
    out = place.trial(f"disks-{seed}")
    disk.SPARE = -(1 << 50)  # the check before the run is not what is tried here
    mount(out, 4096 * KB)
    try:
        run.prepare(place.made, out)
        fill(out, int(600 * KB * rng.random() ** 3))
        ended = attempt(lambda: run.start(place.made, out, SETTINGS))
        (out / "fill").unlink()
        if reference.voxels:
            if (out / "map" / "metadata.json").exists() or run.changes:
                judge_map(place, name, out, after=ended == "ok")
        else:
            refuse_other(outputs(out), reference.files, f"{name} on a full disk", whole=ended == "ok")
            refuse_temporary(out, name, job=True)
        elsewhere = place.trial(f"disks-{seed}-elsewhere")
        if (out / "map").exists():
            shutil.copytree(out / "map", elsewhere / "map")
        run.prepare(place.made, elsewhere)
        again(place, name, elsewhere)
        shutil.rmtree(elsewhere)
    finally:
        subprocess.run(["umount", "-l", str(out)], check=True)
    return ended


def mount(folder: Path, size: int) -> None:
    """A disk in memory that only the campaign sees."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)


def fill(folder: Path, left: int) -> None:
    """Leave about so many bytes free."""
    free = shutil.disk_usage(folder).free
    with open(folder / "fill", "wb") as file:
        file.write(b"\0" * max(0, free - left))
