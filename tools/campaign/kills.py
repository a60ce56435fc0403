# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills: SIGKILL at random moments of a run, then the run again, with other memory and threads."""

from __future__ import annotations

import random
import time

from .engines import RUNS, SWITCHES
from .forks import fork
from .judging import again, judge_map
from .place import Place
from .verdict import outputs, refuse_other

SECONDS = 120.0


def trial(seed: int, place: Place) -> str:
    """One to three kills; whatever was written is whole, and the last run gives the bytes of an undisturbed one."""
    rng = random.Random(f"kills {seed}")
    name = rng.choice(sorted(RUNS))
    run, reference = RUNS[name], place.references[name]
    out = place.trial(f"kills-{seed}")
    run.prepare(place.made, out)
    killed = 0
    for _ in range(rng.choice((1, 1, 2, 3))):
        settings = {"max_memory": rng.choice((900, 1024, 2048)), "threads": rng.choice((1, 2))}
        child = fork(lambda settings=settings: run.start(place.made, out, settings), 30.0)
        time.sleep(rng.random() * reference.seconds * 1.1)
        child.kill()
        killed += bool(child.died)
    if not reference.voxels:
        refuse_other(outputs(out), reference.files, f"{name} after a kill", whole=False)
    elif (out / "map" / "metadata.json").exists() and name in SWITCHES:
        judge_map(place, name, out, after=False)
    again(place, name, out)
    return "ok" if killed else "late"
