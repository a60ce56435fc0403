# SPDX-License-Identifier: GPL-2.0-or-later
"""Mutants: one input, text or file of a map is spoiled, and a run that reads it answers or refuses in a sentence."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .engines import RUNS, copy_map, dem_run, grid_run, points_run
from .forks import reset_peak
from .mutated_bytes import mutated
from .mutated_text import DEFINITIONS, FILTERS, FORMULAS, mutated_json, mutated_table, mutated_words
from .place import Place
from .verdict import Fault, attempt, cancel_after, content, refuse_temporary

SECONDS = 30.0
PATIENCE = 20.0
"""Seconds after which a long run is cancelled: a spoiled coordinate may make honest work of hours."""
MAX_MEMORY = 1024
MAP_FILES = 0.15
TEXTS = 0.2
"""Shares of the mutants."""
JOURNAL = "journal"
MB = 1 << 20


def trial(seed: int, place: Place) -> str:
    from scree.core.jobs.memory import peak_bytes

    rng = random.Random(f"mutants {seed}")
    folder = place.trial(f"mutants-{seed}")
    made, out = folder / "made", folder / "out"
    made.mkdir()
    for path in place.made.iterdir():
        (made / path.name).symlink_to(path)
    draw = rng.random()
    chosen = map_file if draw < MAP_FILES else words if draw < MAP_FILES + TEXTS else file
    what, work = chosen(rng, place, made, out)
    before = content(made)
    reset_peak()
    cancel_after(PATIENCE)
    ended = attempt(lambda: work({"max_memory": MAX_MEMORY, "threads": rng.choice((1, 2))}))
    most = peak_bytes() // MB
    if most > MAX_MEMORY:
        raise Fault("over MAX_MEMORY", what, f"{most} MB of {MAX_MEMORY} MB")
    if not what.endswith(JOURNAL):  # whoever opens a map brings a journal to its end
        changed = [name for name, _ in set(content(made).items()) ^ set(before.items())]
        if changed:
            raise Fault("input changed", what, ", ".join(sorted(set(changed))))
        refuse_temporary(out, what, job=ended != "ok", tiles=ended == "long")
    return ended


Work = Callable[[Any], Any]


def file(rng: random.Random, place: Place, made: Path, out: Path) -> tuple[str, Work]:
    """A file that a run reads."""
    run = RUNS[rng.choice([name for name, run in RUNS.items() if any("." in read for read in run.reads)])]
    name = rng.choice([read for read in run.reads if "." in read])
    spoil(made / name, rng)
    run.prepare(place.made, out)
    return f"{run.name} {name}", lambda settings: run.start(made, out, settings)


def spoil(path: Path, rng: random.Random) -> None:
    """Put a mutant in the place of a file or of a link to one."""
    data = path.read_bytes()
    path.unlink()
    if rng.random() < 0.003:  # what is no regular file
        (os.mkfifo if rng.random() < 0.5 else os.mkdir)(path)
        return
    name = path.name
    if rng.random() < 0.8:
        text = data.decode("utf-8", "replace")
        if name.endswith((".json", ".geojson", ".vpc")):
            path.write_bytes(mutated_json(text, rng))
            return
        if name.endswith(".txt"):
            path.write_bytes(mutated_table(text, rng))
            return
    path.write_bytes(mutated(data, name, rng))


def words(rng: random.Random, place: Place, made: Path, out: Path) -> tuple[str, Work]:
    """A definition, a filter or formulas."""
    from scree.core.neighborhood.expression import parse_filter
    from scree.core.points.formulas import Calculator, parse_assignments
    from scree.core.points.normals import Normals
    from scree.core.points.pointstats import PointStatistics

    out.mkdir()
    kind = rng.choice(("definition", "definition", "cells", "filter", "dem", "formulas", "formulas"))
    raster = (str(made / "dtm.tif"),)
    if kind == "definition":
        text = mutated_words(rng.choice(DEFINITIONS), rng)
        return kind, lambda s: points_run(made, out, s, Normals(), text)
    if kind == "cells":
        from scree.core.points.cellstatistics import CellStatistics

        text = mutated_words(rng.choice(DEFINITIONS), rng)
        return kind, lambda s: grid_run(made, out, s, CellStatistics("z", "mean", False), text)
    if kind == "formulas":
        text = mutated_words(rng.choice(FORMULAS), rng)
        return kind, lambda s: points_run(made, out, s, Calculator(parse_assignments(text)), "knn(k=3)", rasters=raster)
    text = mutated_words(rng.choice(FILTERS), rng)
    if kind == "dem":
        return kind, lambda s: (parse_filter(text), dem_run(made, out, s, filter=text, method="nearest"))
    features = mutated_words("mean,std,quantile(0.9)", rng) if rng.random() < 0.2 else "mean"
    return kind, lambda s: points_run(made, out, s, PointStatistics("z", features), "circle(r=1)", process_filter=text)


def map_file(rng: random.Random, place: Place, made: Path, out: Path) -> tuple[str, Work]:
    """A file of a voxel map, or a journal that a cut run seems to have left."""
    run = RUNS[rng.choice(("map_update", "map_merge", "map_check", "map_query", "map_export", "map_rasters"))]
    for name in ("before", "friend"):
        (made / name).unlink()
        copy_map(place.made / name, made / name)
    run.prepare(place.made, out)
    folder = out / "map" if run.changes else made / "before"
    if "friend" in run.reads and rng.random() < 0.5:
        folder = made / "friend"
    if rng.random() < 0.2:
        tiles = sorted(folder.glob("tile_*"))
        (folder / "scree-generation").mkdir()
        shutil.copytree(tiles[0], folder / "scree-generation" / tiles[0].name)
        metadata = (folder / "metadata.json").read_text("utf-8")
        (folder / "scree-journal.json").write_text(metadata, "utf-8")
        spoil(folder / "scree-journal.json", rng)
        return f"{run.name} {JOURNAL}", lambda settings: run.start(made, out, settings)
    metadata = rng.random() < 0.5
    paths = [folder / "metadata.json"] if metadata else sorted(folder.glob("tile_*/*.b*"))
    spoil(rng.choice(paths), rng)
    return f"{run.name} map", lambda settings: run.start(made, out, settings)
