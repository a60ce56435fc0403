# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of every run over points and cells: same bytes however it is cut, killed or cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from points_made import landscape, load, save

from scree.core.errors import Cancelled
from scree.core.jobs.progress import Silent
from scree.core.points import cells, units
from scree.core.points.cellstatistics import CellStatistics
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.gridding import grid_points
from scree.core.points.gridoptions import GridOptions
from scree.core.points.job import work_points
from scree.core.points.normals import Normals
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.stream import stream_points
from scree.core.points.surfaces import PointGrid

POINTS = 2500


@dataclass(frozen=True)
class Kind:
    """One way to run one of the six algorithms."""

    engine: Callable[[], Any] = lambda: None
    around: str = ""
    raster: bool = False
    streams: bool = False
    filter: str = ""

    def run(self, inputs: list[str], output: Path, feedback: Any = None, **options: Any) -> dict[str, Any]:
        settings = {"inputs": tuple(inputs), "max_memory": 1500, "threads": 2, "process_filter": self.filter, **options}
        if self.raster:
            settings |= {"output": str(output), "resolution": 0.75, "neighborhood": self.around}
            return grid_points(GridOptions(**settings), self.engine(), feedback)
        settings |= {"output": str(output), "neighborhood": self.around}
        if self.streams:
            return stream_points(PointOptions(**settings), self.engine(), feedback=feedback)
        kept = "with" if isinstance(self.engine(), Selection) else "all"
        return work_points(PointOptions(**settings), self.engine(), feedback, kept=kept)

    def suffix(self) -> str:
        return ".tif" if self.raster else ".las"


def formulas(text: str) -> Callable[[], Calculator]:
    return lambda: Calculator(parse_assignments(text))


KINDS = {
    "normals": Kind(Normals, "knn(k=9 dim=3d)"),
    "pointstats": Kind(lambda: PointStatistics("z", "mean,std,median,quantile(0.9)"), "cylinder(r=1.2 z=2)"),
    "calculate": Kind(formulas("_dz = n[1].z - z; Amplitude = n[2].Amplitude"), "knn(k=3) sort(3d)"),
    "calculate alone": Kind(formulas("_a(int16) = z * 7 + x; UserData = Amplitude / 11"), streams=True),
    "filter": Kind(Selection, "sphere(r=0.8) minPtCount=4"),
    "filter alone": Kind(streams=True, filter="Generic[z > 202 and Amplitude > 100]"),
    "grid": Kind(lambda: PointGrid("movingparaboloid", "z", "sigma,count,excentricity", 1), "knn(k=9)", raster=True),
    "snap": Kind(lambda: PointGrid("snap", "Amplitude", "count"), raster=True),
    "cells": Kind(lambda: CellStatistics("Amplitude", "mean,std,entropy", False), "circle(r=1.5)", raster=True),
    "cells alone": Kind(lambda: CellStatistics("z", "mean,std,median", True), raster=True),
    "totals": Kind(lambda: CellStatistics("z", "mean,std,rms", True), raster=True),
}
UNITS = [name for name, kind in KINDS.items() if not kind.streams and name != "totals"]


def cloud() -> tuple[Any, Any]:
    xyz = landscape(np.random.default_rng(12), POINTS, 35.0)
    return xyz, np.arange(POINTS).astype(np.uint16)


def content(path: Path) -> bytes:
    """The raster as it is, points in the order of all they hold."""
    if path.suffix == ".tif":
        return path.read_bytes()
    las = load(path)
    names = [name for name in las.points.array.dtype.names if name not in "XYZ"]
    rows = np.column_stack([np.rint(np.asarray(las[axis]) * 1000) for axis in "xyz"] + [las[n] for n in names])
    return bytes(rows[np.lexsort(np.nan_to_num(rows).T)].tobytes())


@pytest.mark.parametrize("name", KINDS)
def test_same_answers_for_any_memory_threads_order_and_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("scree.core.tiles.store.UNIT_POINTS", 500)
    kind, (xyz, tag) = KINDS[name], cloud()
    one, two = (tmp_path / f"{word}{kind.suffix()}" for word in ("one", "two"))
    whole = kind.run([save(tmp_path / "a.las", xyz, intensity=tag)], one)
    order = np.random.default_rng(1).permutation(POINTS)
    parts = [
        save(tmp_path / f"{i}.laz", xyz[part], intensity=tag[part]) for i, part in enumerate(np.array_split(order, 3))
    ]
    split = kind.run(parts[::-1], two, threads=1, max_memory=700)
    assert content(one) == content(two)
    for number in ("points_read", "points_answered", "cells_written"):
        assert whole.get(number) == split.get(number)


@pytest.mark.parametrize("name", UNITS)
def test_a_killed_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("scree.core.tiles.store.UNIT_POINTS", 500)
    kind, (xyz, tag) = KINDS[name], cloud()
    inputs = [save(tmp_path / "a.las", xyz, intensity=tag)]
    whole, again = (tmp_path / f"{word}{kind.suffix()}" for word in ("whole", "again"))
    kind.run(inputs, whole)
    worker = cells.CellWork if kind.raster else units.UnitWork
    work, done = worker.__call__, list[Any]()

    def dying(self: Any, unit: Any) -> None:
        if len(done) == 3:
            raise Cancelled("killed")
        work(self, unit)
        done.append(unit)

    monkeypatch.setattr(worker, "__call__", dying)
    with pytest.raises(Cancelled):
        kind.run(inputs, again, threads=1)
    assert not again.exists()
    before = set(done)
    monkeypatch.setattr(worker, "__call__", lambda self, unit: (work(self, unit), done.append(unit))[0])
    kind.run(inputs, again)
    assert before and not before & set(done[3:])
    assert again.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("scree-*"))


class Impatient(Silent):
    """Cancels a run as soon as it writes."""

    def __init__(self) -> None:
        self.writing = False
        self.percents: list[float] = []

    def info(self, text: str) -> None:
        self.writing |= text.startswith("Writing")

    def is_cancelled(self) -> bool:
        return self.writing


@pytest.mark.parametrize("name", KINDS)
def test_cancelling_while_writing_leaves_no_output_and_the_run_goes_on(tmp_path: Path, name: str) -> None:
    kind, (xyz, tag) = KINDS[name], cloud()
    inputs = [save(tmp_path / "a.las", xyz, intensity=tag)]
    whole, again = (tmp_path / f"{word}{kind.suffix()}" for word in ("whole", "again"))
    kind.run(inputs, whole)
    with pytest.raises(Cancelled):
        kind.run(inputs, again, Impatient())
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith("scree-")}
    assert left == {"a.las", whole.name}
    kind.run(inputs, again)
    assert again.read_bytes() == whole.read_bytes()


class Watching(Silent):
    """Keeps the percent by phase."""

    def __init__(self) -> None:
        self.phase = ""
        self.percents: dict[str, list[float]] = {}

    def info(self, text: str) -> None:
        self.phase = text.split(":")[0]

    def set_percent(self, percent: float) -> None:
        self.percents.setdefault(self.phase, []).append(percent)


@pytest.mark.parametrize("name", ["pointstats", "calculate alone"])
def test_progress_moves_while_files_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("scree.core.jobs.progress.PUMP_SECONDS", 0.0)
    xyz, tag = cloud()
    inputs = [save(tmp_path / f"{i}.las", xyz, intensity=tag) for i in range(6)]
    watching = Watching()
    KINDS[name].run(inputs, tmp_path / "o.las", watching)
    shown = watching.percents["Writing"]
    assert shown == sorted(shown)
    assert len({round(percent, 3) for percent in shown}) >= 6
    assert watching.percents[watching.phase][-1] == pytest.approx(100)
