# SPDX-License-Identifier: GPL-2.0-or-later
"""Injected failures: a call of the system fails, most often while a voxel map switches its tiles."""

from __future__ import annotations

import random
from pathlib import Path

from .engines import RUNS, SWITCHES
from .failing import Schedule, drawn, failing
from .judging import again, judge_map
from .place import SETTINGS, Place
from .verdict import Fault, attempt, outputs, refuse_other

SECONDS = 60.0
SWITCH_SHARE = 0.7


def trial(seed: int, place: Place) -> str:
    """The state before or the state after; then the run again, undisturbed: the state after."""
    rng = random.Random(f"failures {seed}")
    name = rng.choice(SWITCHES) if rng.random() < SWITCH_SHARE else rng.choice(sorted(RUNS))
    run, reference = RUNS[name], place.references[name]
    out = place.trial(f"failures-{seed}")
    run.prepare(place.made, out)
    schedule = drawn(rng, reference.calls)
    try:
        return judged(name, place, out, schedule)
    except Fault as fault:
        text = f"{fault.text} [{schedule}: {'; '.join(schedule.failed[:3])}]"
        raise Fault(fault.what, fault.place, text) from fault


def judged(name: str, place: Place, out: Path, schedule: Schedule) -> str:
    """As ``trial``; what is lost counts before a raw exception."""
    run, reference, raw = RUNS[name], place.references[name], None
    try:
        with failing(place.folder, schedule):
            ended = attempt(lambda: run.start(place.made, out, SETTINGS))
    except Fault as fault:
        ended, raw = "refused", fault
    if reference.voxels:
        judge_map(place, name, out, after=ended == "ok")
    else:
        refuse_other(outputs(out), reference.files, f"{name} after a failure", whole=ended == "ok")
    again(place, name, out, cleaned=any(call.startswith(("unlink", "rmdir")) for call in schedule.failed))
    if raw is not None:
        raise raw
    return ended
