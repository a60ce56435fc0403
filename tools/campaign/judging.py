# SPDX-License-Identifier: GPL-2.0-or-later
"""What is left after a disturbance: a map that is whole, and a run that can be done again."""

from __future__ import annotations

from pathlib import Path

from scree.core.jobs.clean import clean

from .engines import RUNS, SWITCHES
from .place import SETTINGS, Place, voxels_of
from .verdict import Fault, attempt, outputs, refuse_other, refuse_temporary


def seen(folder: Path, scratch: Path) -> str:
    """Hash of the voxels a reader finds in a map, "" where it is refused."""
    found: list[str] = []
    attempt(lambda: found.append(voxels_of(folder, scratch)))
    return found[0] if found else ""


def judge_map(place: Place, name: str, out: Path, *, after: bool) -> str:
    """ "before" or "after": what a reader sees of the map; raises Fault for anything between."""
    found = seen(out / "map", place.folder)
    reference = place.references[name]
    before = place.before if RUNS[name].changes else ""
    if found == reference.voxels:
        return "after"
    if found == before and not after:
        return "before"
    raise Fault("mixed map" if found else "lost map", f"{name}, read after a failure", "neither before nor after")


def again(place: Place, name: str, out: Path, *, cleaned: bool = False) -> None:
    """Run undisturbed what was disturbed: the result is that of a run that never was.

    ``cleaned``: what is left then goes by ``clean``, as users are told where the system refused to remove it.
    """
    run, reference = RUNS[name], place.references[name]
    said: list[str] = []
    ended = attempt(lambda: run.start(place.made, out, SETTINGS), said)
    if ended == "refused" and name not in SWITCHES:
        raise Fault("refused again", f"{name}, run again", said[0])
    if cleaned:
        clean(out)
    refuse_temporary(out, f"{name}, run again", job=False)
    refuse_other(outputs(out), reference.files, f"{name}, run again", whole=True)
