# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of augmentation: same bytes however the work is cut, after any death; nothing half made."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from augmentation_made import SOUTH, WEST, Land, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scree.core.augmentation import gap_polygons
from scree.core.augmentation.gap_job import GapOutputs, find_gaps
from scree.core.augmentation.job import augment_ground
from scree.core.augmentation.options import AugmentOptions
from scree.core.errors import Cancelled, MemoryLimitError
from scree.core.tiles import store as store_module

SMALL_UNITS = 2_000
RULES = {"priorities": ("buildings", "vegetation", "gaps"), "bias": "smooth", "max_points": 1_500, "max_gap": 12.0}


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many units from little data."""
    monkeypatch.setattr(store_module, "UNIT_POINTS", SMALL_UNITS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A cloud on the corner of four tiles of the store, its DTM, and the bytes expected."""
    folder = tmp_path_factory.mktemp("made")
    land = Land(slope=0.4)
    columns, raster = land.cloud(), land.raster(folder / "dtm.tif", 0.5, error=0.05)
    return columns, raster


def options(folder: Path, inputs: list[str], dtm: str, **more: Any) -> AugmentOptions:
    return AugmentOptions(
        inputs=tuple(inputs), dtm=(dtm,), synthetic_only=str(folder / "only.las"), **(RULES | {"threads": 2} | more)
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, made: Any) -> bytes:
    folder = tmp_path_factory.mktemp("reference")
    store_module.UNIT_POINTS, before = SMALL_UNITS, store_module.UNIT_POINTS
    try:
        augment_ground(options(folder, [save(folder / "a.las", made[0])], made[1], threads=1, max_memory=2048))
    finally:
        store_module.UNIT_POINTS = before
    return (folder / "only.las").read_bytes()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**30),
    files=st.integers(1, 4),
    suffix=st.sampled_from([".las", ".laz"]),
    threads=st.sampled_from([1, 2, 4]),
    memory=st.sampled_from([700, 4096]),
    units=st.sampled_from([500, SMALL_UNITS, 1 << 18]),
)
def test_same_bytes_for_any_cut(
    tmp_path_factory: Any, made: Any, reference: bytes, seed: int, files: int, suffix: str, threads: int, memory: int,
    units: int,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("cut ü")
    store_module.UNIT_POINTS = units
    parts = np.array_split(np.random.default_rng(seed).permutation(len(made[0]["x"])), files)
    inputs = [save(folder / f"part {i}{suffix}", made[0], part) for i, part in enumerate(parts)]
    random.Random(seed).shuffle(inputs)
    augment_ground(options(folder, inputs, made[1], threads=threads, max_memory=memory))
    assert (folder / "only.las").read_bytes() == reference
    assert not list(folder.glob("scree-*")), "a finished run leaves no job folder"


def test_two_tiles_together_are_one_cloud_and_a_seam_is_no_hole(tmp_path: Path, made: Any, reference: bytes) -> None:
    west = made[0]["x"] < WEST + 60
    tiles = [
        save(tmp_path / f"{i}.las", {k: v[half] for k, v in made[0].items()}) for i, half in enumerate((~west, west))
    ]
    augment_ground(options(tmp_path, tiles, made[1], max_memory=1024))
    assert (tmp_path / "only.las").read_bytes() == reference


def start(folder: Path, run: AugmentOptions, **more: Any) -> subprocess.Popen:
    text = folder / "options.json"
    text.write_text(json.dumps(asdict(run) | more), "utf-8")
    script = Path(__file__).parent / "augmentation_run.py"
    return subprocess.Popen(
        [sys.executable, str(script), str(text), str(SMALL_UNITS)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_killed_and_resumed_with_other_memory(tmp_path: Path, made: Any, reference: bytes) -> None:
    rng = random.Random(3)
    cloud, only = save(tmp_path / "a.laz", made[0]), tmp_path / "only.las"
    child = start(tmp_path, options(tmp_path, [cloud], made[1]))
    begun = time.monotonic()
    child.communicate()
    whole = time.monotonic() - begun
    assert child.returncode == 0 and only.read_bytes() == reference
    for _ in range(2):
        only.unlink(missing_ok=True)
        run = options(tmp_path, [cloud], made[1], max_memory=rng.choice([700, 900]), threads=rng.choice([1, 2]))
        child = start(tmp_path, run)
        try:
            child.communicate(timeout=rng.uniform(0.5, 1.0) * whole)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
    child = start(tmp_path, options(tmp_path, [cloud], made[1], max_memory=1024))
    _, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    assert only.read_bytes() == reference


def test_peak_memory_stays_under_the_limit(tmp_path: Path) -> None:
    land = Land(side=500.0)
    cloud, dtm = save(tmp_path / "big.las", land.cloud(6.0)), land.raster(tmp_path / "d.tif")
    child = start(tmp_path, options(tmp_path, [cloud], dtm, max_memory=512, output=str(tmp_path / "o.las")))
    out, errors = child.communicate()
    assert child.returncode == 0, errors.decode()
    assert json.loads(out.splitlines()[-1])["peak_memory"] <= 512


class Stops:
    """Feedback of a user who cancels when a phase begins."""

    def __init__(self, phase: str) -> None:
        self.phase, self.seen = phase, False

    def is_cancelled(self) -> bool:
        return self.seen

    def set_percent(self, percent: float) -> None:
        pass

    def info(self, text: str) -> None:
        self.seen |= text.startswith(self.phase)

    def warning(self, text: str) -> None:
        pass


@pytest.mark.parametrize("phase", ["Reading", "Filling", "Writing"])
def test_cancel_leaves_no_half_file_and_the_work_so_far(
    tmp_path: Path, made: Any, reference: bytes, phase: str
) -> None:
    run = options(tmp_path, [save(tmp_path / "a.las", made[0])], made[1], output=str(tmp_path / "o.las"))
    with pytest.raises(Cancelled):
        augment_ground(run, Stops(phase))
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"a.las"}
    assert list(tmp_path.glob("scree-*"))
    augment_ground(run)
    assert (tmp_path / "only.las").read_bytes() == reference


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, made: Any) -> None:
    full, scratch = tmp_path / "full", tmp_path / "scratch"
    full.mkdir(), scratch.mkdir()
    cloud = save(tmp_path / "a.las", made[0])
    run = options(full, [cloud], made[1], output=str(full / "o.las"), scratch=str(scratch))
    text = tmp_path / "options.json"
    text.write_text(json.dumps(asdict(run) | {"full_disk": True}), "utf-8")
    script = Path(__file__).parent / "augmentation_run.py"
    shell = f"mount -t tmpfs -o size=1m none '{full}' && '{sys.executable}' '{script}' '{text}'; ls -A '{full}'"
    done = subprocess.run(["unshare", "-m", "sh", "-c", shell], text=True, capture_output=True, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no private mount namespace here: {done.stderr.strip()}")
    assert "OutputError" in done.stderr.splitlines()[-1] and "check the free space" in done.stderr.splitlines()[-1]
    assert done.stdout.split() == ["started"]


def test_gaps_are_the_same_for_any_cut_and_whole(tmp_path: Path, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from osgeo import gdal, ogr
    from scipy import ndimage

    columns, _ = made
    found = {}
    for name, units in (("a", SMALL_UNITS), ("b", 1 << 18)):
        monkeypatch.setattr(store_module, "UNIT_POINTS", units)
        order = None if name == "a" else np.arange(len(columns["x"]))[::-1]
        cloud = save(tmp_path / f"{name}.las", columns, order)
        outputs = GapOutputs(str(tmp_path / f"{name}.tif"), str(tmp_path / f"{name}.gpkg"))
        rules = {"priorities": ("vegetation", "buildings", "water", "gaps"), "max_memory": 1024, "threads": 2}
        report = find_gaps(AugmentOptions(inputs=(cloud,), dtm=(), **rules), outputs)
        raster = gdal.Open(outputs.raster)
        found[name] = [raster.GetRasterBand(i).ReadRaster() for i in (1, 2, 3)]
    assert found["a"] == found["b"]
    shape = (raster.RasterYSize, raster.RasterXSize)
    distance, cause, size = (np.frombuffer(raw, np.float32).reshape(shape) for raw in found["a"])
    labels, number = ndimage.label(distance > 0)
    assert report["holes"] == number and report["cells_in_holes"] == (distance > 0).sum()
    cells = np.bincount(labels.ravel())[labels]
    assert np.array_equal(size[labels > 0], cells[labels > 0])
    assert cause[int(shape[0] - 28), 30] == 2 and cause[int(shape[0] - 22), 82] == 1
    layer = (data := ogr.Open(str(tmp_path / "a.gpkg"))).GetLayer(0)
    polygons = {f.GetField("number"): (f.GetField("area"), f.GetGeometryRef().GetArea()) for f in layer}
    assert len(polygons) == number and all(abs(a - b) < 1e-6 for a, b in polygons.values())
    assert data.GetLayer(0).GetExtent()[0] >= WEST and data.GetLayer(0).GetExtent()[2] >= SOUTH


def test_outlines_that_would_break_the_memory_are_refused(
    tmp_path: Path, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gap_polygons, "STOP", 0.0)
    cloud = save(tmp_path / "a.las", made[0])
    outputs = GapOutputs("", str(tmp_path / "a.gpkg"))
    with pytest.raises(MemoryLimitError, match="outlines of the holes need more than MAX_MEMORY, 1024 MB"):
        find_gaps(AugmentOptions(inputs=(cloud,), dtm=(), max_memory=1024), outputs)
    assert not (tmp_path / "a.gpkg").exists()
