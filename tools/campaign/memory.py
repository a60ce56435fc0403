# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory traps: clouds and polygons made to break MAX_MEMORY; the peak of the process is measured against it."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .engines import RUNS
from .forks import fork, reset_peak
from .made import SIDE, SOUTH, WEST, write_cloud
from .place import Place
from .verdict import Fault, attempt, cancel_after

SECONDS = 600.0
PATIENCE = 240.0
"""Seconds after which a run is cancelled; what it held until then is judged."""
MB = 1 << 20
RUN_NAMES = ("dem_rst", "dem_tin", "normals", "filter_points", "grid", "gaps", "map_new", "map_track", "augment")


def coincident(rng: Any, n: int) -> Any:
    """All points at one place."""
    return np.tile([WEST + 5.5, SOUTH + 5.5, 100.0], (n, 1))


def plane(rng: Any, n: int) -> Any:
    """All points in one plane of 10 x 10 units."""
    return np.column_stack([WEST + 10 * rng.random(n), SOUTH + 10 * rng.random(n), np.full(n, 100.0)])


def wall(rng: Any, n: int) -> Any:
    """All points in a vertical plane."""
    return np.column_stack([WEST + SIDE * rng.random(n), np.full(n, SOUTH + 20.0), 100 + 20 * rng.random(n)])


def column(rng: Any, n: int) -> Any:
    """All points in one vertical line."""
    return np.column_stack([np.full(n, WEST + 5.5), np.full(n, SOUTH + 5.5), 100 + 50 * rng.random(n)])


def strip(rng: Any, n: int) -> Any:
    """2,000 km by 2 units."""
    return np.column_stack([WEST + 2e6 * rng.random(n), SOUTH + 2 * rng.random(n), np.full(n, 100.0)])


def far_pair(rng: Any, n: int) -> Any:
    """Two heaps 2,000 km apart."""
    heap = np.where(rng.random(n) < 0.5, 0.0, 2e6)
    return np.column_stack([WEST + heap + SIDE * rng.random(n), SOUTH + heap + SIDE * rng.random(n), np.full(n, 100.0)])


SHAPES: tuple[Callable[[Any, int], Any], ...] = (coincident, plane, wall, column, strip, far_pair)


def trial(seed: int, place: Place) -> str:
    rng = random.Random(f"memory {seed}")
    made = place.trial(f"memory-{seed}") / "made"
    made.mkdir()
    for path in place.made.iterdir():
        (made / path.name).symlink_to(path)
    name = rng.choice(RUN_NAMES)
    trap = rng.choice(("shape", "shape", "shape", "shape", "header", "polygons"))
    what = trap
    if trap == "polygons":
        name = "gaps"
        many_polygons(made, rng.choice((30_000, 100_000)))
    elif trap == "header":
        huge_header(made / "land.las", rng.choice((10**7, 2**31, 2**40, 2**62)))
    else:
        shape = rng.choice(SHAPES)
        what = shape.__name__
        heap(made, shape, seed, rng.choice((300_000, 1_000_000, 2_000_000)))
    limit = rng.choice((600, 700))
    return measured(
        lambda: RUNS[name].start(made, made.parent, {"max_memory": limit, "threads": 2}), limit, f"{name}, {what}"
    )


def measured(work: Callable[[], Any], limit: int, what: str) -> str:
    """Run in a child; raises Fault where its peak is over ``limit`` MB."""

    def peak() -> list[Any]:
        from scree.core.jobs.memory import peak_bytes

        reset_peak()
        cancel_after(PATIENCE)
        try:
            ended = [attempt(work), "", ""]
        except Fault as fault:
            ended = [fault.what, fault.place, fault.text]
        return [*ended, peak_bytes() // MB]

    child = fork(peak, 300.0)
    if not child.wait():
        raise Fault("hang", what, f"over 300 s, in {child.hung_in()}")
    if child.died or child.answer() is None:
        raise Fault("died", what, child.died)
    ended, where, text, most = child.answer()
    if ended not in ("ok", "refused", "long"):
        raise Fault(ended, where, text)
    if most > limit:
        raise Fault("over MAX_MEMORY", what, f"{most} MB of {limit} MB")
    return ended


def heap(made: Path, shape: Callable[[Any, int], Any], seed: int, n: int) -> None:
    """A cloud of a shape in the place of land.las."""
    xyz = np.round(shape(np.random.default_rng(seed), n), 3)
    kind = np.full(n, 2, np.uint8)
    (made / "land.las").unlink()
    values = {"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "classification": kind, "gps_time": np.linspace(0, 10, n)}
    write_cloud(made / "land.las", values)


def huge_header(path: Path, points: int) -> None:
    """Let the header count points that are not there."""
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, 247, points)
    path.unlink()
    path.write_bytes(bytes(data))


def many_polygons(made: Path, number: int) -> None:
    """Octagons all over the cloud."""
    turn = np.linspace(0, 2 * np.pi, 9)
    rng = np.random.default_rng(number)
    (made / "areas.geojson").unlink()
    with open(made / "areas.geojson", "w", encoding="utf-8") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for i in range(number):
            x, y = WEST + SIDE * rng.random(), SOUTH + SIDE * rng.random()
            ring = np.column_stack([x + 0.4 * np.cos(turn), y + 0.4 * np.sin(turn)])
            ring[-1] = ring[0]
            shape = {"type": "Polygon", "coordinates": [ring.round(3).tolist()]}
            file.write(("," if i else "") + json.dumps({"type": "Feature", "properties": {}, "geometry": shape}))
        file.write("]}")
