# SPDX-License-Identifier: GPL-2.0-or-later
"""Races: two runs on one output, one job folder or one map; a reader beside an updater; an input replaced."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .engines import RUNS, copy_map, points_run, update
from .forks import Child, fork
from .judging import again, judge_map, seen
from .place import SETTINGS, Place
from .verdict import Fault, attempt, outputs, refuse_other, refuse_temporary

SECONDS = 120.0
PLAIN = ("dem_rst", "dem_tin", "normals", "calculate", "filter_points", "grid", "augment", "gaps")
READERS_LOOKS = 12


def trial(seed: int, place: Place) -> str:
    rng = random.Random(f"races {seed}")
    out = place.trial(f"races-{seed}")
    return rng.choice(RACES)(rng, place, out)


def together(rng: random.Random, *works: Callable[[], Any]) -> list[str]:
    """How each ended that ran beside the others; raises the first fault."""
    children: list[Child] = []
    for work in works:
        children.append(fork(lambda work=work: _told(work), 30.0))
        time.sleep(rng.random() ** 3 * 0.1)
    for child in children:
        if not child.wait():
            where = child.hung_in()
            for other in children:
                other.kill()
            raise Fault("hang", where or "two runs at once", "over 30 s")
    answers = [child.answer() or ["died", child.died, ""] for child in children]
    for what, where, text in (answer for answer in answers if answer[0] not in ("ok", "refused")):
        raise Fault(what, where, text)
    return [answer[0] for answer in answers]


def _told(work: Callable[[], Any]) -> list[str]:
    try:
        return [attempt(work), "", ""]
    except Fault as fault:
        return [fault.what, fault.place, fault.text]


def same_work(rng: random.Random, place: Place, out: Path) -> str:
    """The same run twice: one job folder, one output."""
    name = rng.choice(PLAIN)
    run, reference = RUNS[name], place.references[name]
    both = [{**SETTINGS, "threads": threads} for threads in (1, 2)]
    ended = together(rng, *(lambda s=s: run.start(place.made, out, s) for s in both))
    if "ok" not in ended:
        raise Fault("nobody ended well", f"{name} twice at once", str(ended))
    refuse_other(outputs(out), reference.files, f"{name} twice at once", whole=True)
    refuse_temporary(out, f"{name} twice at once", job=False)
    return ended[1]


def one_output(rng: random.Random, place: Place, out: Path) -> str:
    """Two different runs that write one file: it is the whole result of one of them."""
    from scree.core.points.normals import Normals
    from scree.core.points.pointstats import PointStatistics

    works = [
        lambda folder: points_run(place.made, folder, SETTINGS, Normals(), "knn(k=5)"),
        lambda folder: points_run(place.made, folder, SETTINGS, PointStatistics("z", "mean"), "circle(r=1)"),
    ]
    whole = []
    for i, work in enumerate(works):
        alone = place.trial(f"{out.name}/alone-{i}")
        if "ok" not in together(rng, lambda work=work, alone=alone: work(alone)):
            raise Fault("refused", "a run alone", "")
        whole.append(outputs(alone)["points.las"])
        shutil.rmtree(alone)
    ended = together(rng, *(lambda work=work: work(out) for work in works))
    found = outputs(out).get("points.las")
    if "ok" not in ended or found not in whole:
        raise Fault("other bytes", "two runs on one output", f"{ended}: the file is that of neither run")
    refuse_temporary(out, "two runs on one output", job=False)
    return "ok"


def one_map(rng: random.Random, place: Place, out: Path) -> str:
    """Two updates of one map: each counts as a whole or is refused."""
    RUNS["map_update"].prepare(place.made, out)
    alone = out / "alone"
    states = {}
    for order in ((0,), (1,), (0, 1), (1, 0)):
        copy_map(place.made / "before", alone / "map")
        if together(rng, lambda order=order: [_apply(place, alone, i) for i in order]) != ["ok"]:
            raise Fault("refused", "updates one after the other", str(order))
        states[order] = outputs(alone)
        shutil.rmtree(alone)
    ended = together(rng, *(lambda i=i: _apply(place, out, i) for i in (0, 1)))
    done = tuple(i for i in (0, 1) if ended[i] == "ok")
    allowed = [state for order, state in states.items() if set(order) == set(done)]
    refuse_temporary(out, "two updates at once", job=False)
    if outputs(out) not in allowed:
        raise Fault("mixed map", "two updates at once", f"{ended}: the map is that of no order of them")
    return "ok" if len(done) == 2 else "refused"


def _apply(place: Place, out: Path, which: int) -> None:
    update(place.made, out, SETTINGS, inputs=(str(place.made / ("more.las", "other.las")[which]),))


def reader(rng: random.Random, place: Place, out: Path) -> str:
    """A reader that looks again and again beside an updater sees the state before or the state after."""
    name = rng.choice(("map_update", "map_merge"))
    run, reference = RUNS[name], place.references[name]
    run.prepare(place.made, out)
    known = {"", place.before, reference.voxels}

    def look() -> None:
        for _ in range(READERS_LOOKS):
            if seen(out / "map", out) not in known:
                raise Fault("mixed map", f"a reader beside {name}", "neither before nor after")

    works: list[Callable[[], Any]] = [look, lambda: run.start(place.made, out, SETTINGS)]
    turned = rng.random() < 0.5
    ended = together(rng, *(works[::-1] if turned else works))
    judge_map(place, name, out, after=ended[0 if turned else 1] == "ok")
    again(place, name, out)
    return "ok"


def replaced_input(rng: random.Random, place: Place, out: Path) -> str:
    """An input is replaced or deleted while it is read: the answer of the old file, of the new, or a refusal."""
    name = rng.choice(("dem_rst", "normals", "filter_points", "grid", "map_new"))
    run, inputs = RUNS[name], out / "made"
    works = {}
    for cloud in ("more.las", "land.las"):
        inputs.mkdir(exist_ok=True)
        shutil.copy2(place.made / cloud, inputs / "land.las")
        alone = place.trial(f"{out.name}/alone")
        if together(rng, lambda alone=alone: run.start(inputs, alone, SETTINGS)) != ["ok"]:
            raise Fault("refused", f"{name} alone", cloud)
        works[cloud] = outputs(alone)
        shutil.rmtree(alone)
    target = place.trial(f"{out.name}/out")
    gone = rng.random() < 0.3
    pause = rng.random() * place.references[name].seconds

    def replace() -> None:
        time.sleep(pause)
        if gone:
            (inputs / "land.las").unlink()
        else:
            shutil.copy2(place.made / "more.las", inputs / "new.las")
            os.replace(inputs / "new.las", inputs / "land.las")

    ended = together(rng, lambda: run.start(inputs, target, SETTINGS), replace)
    found = outputs(target)
    if ended[0] == "ok" and found not in works.values():
        raise Fault("other bytes", f"{name}, its input replaced", "the answer is that of no one file")
    refuse_temporary(target, name, job=True)
    return ended[0]


RACES = (same_work, one_output, one_map, reader, reader, replaced_input)
