# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs that are replaced, changed or deleted while a run reads them: one sentence, and no output."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import Land, augment
from augmentation_made import save as save_land

from scree.core.augmentation.job import augment_ground
from scree.core.augmentation.options import AugmentOptions
from scree.core.augmentation.removal import remove_synthetic
from scree.core.clouds.collection import open_collection
from scree.core.clouds.las import LasSource
from scree.core.errors import InputError
from scree.core.points.formulas import Calculator, parse_assignments
from scree.core.points.job import work_points
from scree.core.points.normals import Normals
from scree.core.points.options import PointOptions
from scree.core.points.pointstats import PointStatistics
from scree.core.points.selection import Selection
from scree.core.points.stream import stream_points
from scree.core.surface.dem import build_dem
from scree.core.surface.options import DemOptions

SENTENCE = r"(cloud|text)\.(las|laz|txt) was changed or deleted during the run"


def replaced(path: Path) -> None:
    """Another file of as many points, moved into its place."""
    other = path.with_name("other" + path.suffix)
    shutil.copy(path, other)
    os.utime(other, ns=(1, 1))
    os.replace(other, path)


def changed(path: Path) -> None:
    """The same file, size and time: only its header tells."""
    status = path.stat()
    with open(path, "r+b") as file:
        file.seek(30)
        file.write(b"?")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


CHANGES = [replaced, changed, cut, Path.unlink]


class Meddler:
    """Feedback of a user who meddles with an input when a phase begins, or at a percent."""

    def __init__(self, what: Callable[[Path], None], path: Path, phase: str = "", percent: float = 101) -> None:
        self.what, self.path, self.phase, self.percent, self.done = what, path, phase, percent, False

    def is_cancelled(self) -> bool:
        return False

    def set_percent(self, percent: float) -> None:
        self._meddle(percent >= self.percent)

    def info(self, text: str) -> None:
        self._meddle(bool(self.phase) and text.startswith(self.phase))

    def warning(self, text: str) -> None:
        pass

    def _meddle(self, now: bool) -> None:
        if now and not self.done:
            self.done = True
            self.what(self.path)


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, str]:
    land = Land()
    return Path(save_land(tmp_path / "cloud.las", land.cloud())), land.raster(tmp_path / "dtm.tif")


def runs(cloud: str, dtm: str, out: Path, name: str, feedback: Any) -> Any:
    settings = {"inputs": (cloud,), "max_memory": 1500, "threads": 2}
    points = PointOptions(**settings, output=str(out / "o.laz"), neighborhood="knn(k=8)", process_filter="Class[2]")
    if name == "normals":
        return work_points(points, Normals(), feedback)
    if name == "pointstats":
        return work_points(points, PointStatistics("z", "mean"), feedback)
    if name == "calculate":
        return work_points(points, Calculator(parse_assignments("_a=n[1].z")), feedback)
    if name == "filter":
        return work_points(points, Selection(), feedback, kept="with")
    if name == "stream":
        return stream_points(points, feedback=feedback)
    if name == "augment":
        return augment_ground(AugmentOptions(**settings, dtm=(dtm,), output=str(out / "o.las")), feedback)
    if name == "remove":
        return remove_synthetic(AugmentOptions(**settings, dtm=(), output=str(out / "o.las")), feedback)
    deviations = str(out / "d.las") if name == "deviations" else ""
    options = DemOptions(
        **settings, output=str(out / "o.tif"), resolution=1.0, filter="Class[2]", deviations=deviations
    )
    return build_dem(options, feedback)


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize(
    ("name", "phase"),
    [("normals", "Reading"), ("normals", "Writing"), ("pointstats", "Writing"), ("calculate", "Computing"),
     ("filter", "Writing"), ("stream", "Writing"), ("augment", "Reading"), ("augment", "Writing"),
     ("remove", "Writing"), ("dem", "Reading"), ("deviations", "Writing")],
)  # fmt: skip
def test_every_engine_tells_it(tmp_path: Path, made: Any, name: str, phase: str, what: Callable[[Path], None]) -> None:
    cloud, dtm = made
    if name == "remove":
        augment(str(cloud), dtm, tmp_path / "a.las")
        os.replace(tmp_path / "a.las", cloud)
    out = tmp_path / "out"
    out.mkdir()
    meddler = Meddler(what, cloud, phase)
    with pytest.raises(InputError, match=SENTENCE) as told:
        runs(str(cloud), dtm, out, name, meddler)
    assert meddler.done and str(told.value).startswith(str(cloud)) and str(told.value).count(".") >= 2
    assert [p.name for p in out.iterdir()] in ([], ["o.tif"] * (name == "deviations"))


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("suffix", [".las", ".laz", ".txt"])
def test_a_pass_tells_it_at_its_end(tmp_path: Path, suffix: str, what: Callable[[Path], None]) -> None:
    """The file is meddled with after the first chunk."""
    path = tmp_path / f"cloud{suffix}"
    rows = np.round(np.random.default_rng(1).uniform(0, 100, (60_000, 3)), 3)
    if suffix == ".txt":
        np.savetxt(path, rows, fmt="%.3f", header="x y z", comments="")
    else:
        save_land(path, dict(zip("xyz", rows.T, strict=True)), corner=(0.0, 0.0))
    source = open_collection([str(path)]).sources[0]
    assert sum(len(chunk) for chunk in source.chunks(())) == len(rows)
    for items in (source.chunks((), 1000), source.records(1000)):
        next(items)
    items = source.chunks((), 1000)
    next(items)
    what(path)
    with pytest.raises(InputError, match=SENTENCE):
        for _ in items:
            pass
    with pytest.raises(InputError, match=SENTENCE):
        next(source.records())


def test_identity_is_that_of_what_was_opened(tmp_path: Path, made: Any) -> None:
    source = LasSource(str(made[0]))
    before = source.identity()
    replaced(made[0])
    assert source.identity() == before != LasSource(str(made[0])).identity()
    made[0].unlink()
    assert source.identity() == before
