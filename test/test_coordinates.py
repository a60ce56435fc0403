# SPDX-License-Identifier: GPL-2.0-or-later
"""Coordinates in messages, reports and files read back as what they were."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.clouds.fitting import Fitting, Place
from scree.core.coordinates import coordinate, coordinates, short, span
from scree.core.errors import InputError, OptionError
from scree.core.reports import page, svg
from scree.core.surface.dem import _nothing_near
from scree.core.surface.options import DemOptions
from scree.core.tiles.lattice import Box
from scree.core.voxels.export import ExportOptions, _style, export_map
from scree.core.voxels.grid import VoxelGrid
from scree.core.voxels.octree_files import header
from scree.core.voxels.voxel_map import VoxelMap

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")
FAR = (770_520.125, 6_277_530.375, 32.5)


def read_back(text: str) -> list[float]:
    return [float(found) for found in NUMBER.findall(text)]


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_decimals_read_back_exactly(steps: int, places: int) -> None:
    value = steps / 10**places
    text = coordinate(value)
    assert float(text) == value
    assert "e" not in text or abs(value) < 1e-4
    assert not text.endswith(".") and text != "-0"


@given(st.floats(-1e12, 1e12))
def test_any_float_is_told_to_15_digits(value: float) -> None:
    assert float(coordinate(value)) == pytest.approx(value, rel=1e-14, abs=0)
    assert float(short(value)) == pytest.approx(value, rel=1e-5, abs=1e-3)


def test_several_and_ranges() -> None:
    assert coordinates(FAR) == "770520.125, 6277530.375, 32.5"
    assert span(6_860_000.0, 6_861_000.0) == "6860000 to 6861000"
    assert short(6_277_530.4567) == "6277530.457"
    assert short(0.123456789) == "0.123457"


class Listener:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def is_cancelled(self) -> bool:
        return False

    def set_percent(self, percent: float) -> None: ...

    def info(self, text: str) -> None: ...

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def test_the_shift_of_an_exported_tree(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x, y, z = rng.uniform(0, 20, (3, 500))
    with VoxelMap.create(tmp_path / "map", VoxelGrid(0.25, 2.5), crs="") as voxel_map:
        voxel_map.update(x + FAR[0], y + FAR[1], z + FAR[2], np.full(500, 100.0), misses="none")
    heard = Listener()
    path = tmp_path / "out.bt"
    export_map(ExportOptions(map=str(tmp_path / "map"), output=str(path), format="bt"), heard)
    (warning,) = [text for text in heard.warnings if "counts from" in text]
    told = read_back(warning.split("counts from")[1])[:3]
    assert told == json.loads((tmp_path / "out.bt.json").read_text())["shift"]
    assert max(told) > 1e6


def test_the_resolution_of_a_tree_file() -> None:
    for resolution in (0.25, 0.1, 0.05, 0.123456789):
        assert f"\nres {resolution}\n" in header("bt", 1, resolution).decode()


def test_the_extent_that_misses_the_points() -> None:
    options = SimpleNamespace(extent=(0.5, 10.0, 20.0, 30.25))
    box = Box(770_520, 6_860_000, 770_620, 6_861_001)
    error = _nothing_near(options, SimpleNamespace(lattice=SimpleNamespace(cell=1), box=box))  # type: ignore[arg-type]
    assert read_back(str(error)) == [0.5, 20, 10, 30.25, 770_520, 770_620, 6_860_000, 6_861_001]


def test_an_extent_that_is_upside_down() -> None:
    options = DemOptions(inputs=("a.laz",), output="a.tif", extent=(770_620.5, 6_861_000.0, 770_520.25, 6_860_000.0))
    with pytest.raises(OptionError) as caught:
        options.check()
    assert read_back(str(caught.value)) == [770_620.5, 770_520.25, 6_861_000, 6_860_000]


def test_boxes_and_origins_of_voxel_maps() -> None:
    grid = VoxelGrid(0.5, 5.0)
    with pytest.raises(OptionError) as caught:
        grid.box_of((770_520.125, 6_277_530.375, 0.0, 770_500.0, 6_277_600.0, 10.0))
    assert read_back(str(caught.value)) == [770_520.125, 6_277_530.375, 0, 770_500, 6_277_600, 10]
    with pytest.raises(InputError, match="origin of the map is 770520.125, 6277530.375, nan"):
        VoxelGrid(0.5, 5.0, "tile", (770_520.125, 6_277_530.375, float("nan")))


def test_values_beyond_the_range_of_a_scaled_coordinate() -> None:
    fitting = Fitting({"x": None})
    fitting._places["x"] = Place("X", np.dtype("i4"), -(2**31), 2**31 - 1, 0.001, 6_000_000.0)
    fitting._outside["x"] = 3
    (note,) = fitting.notes()
    assert read_back(note)[1:] == pytest.approx([3_852_516.352, 8_147_483.647], abs=1e-6)


def test_a_report_to_look_at() -> None:
    assert read_back(page._say([770_520.125, 6_277_530.375])) == [770_520.125, 6_277_530.375]
    assert read_back(page._say(6_277_530.375)) == [6_277_530.375]
    assert read_back(page._say((8.123456789, 47.987654321))) == [8.123456789, 47.987654321]
    found: dict[str, Any] = {"counts": [1, 2], "low": 6_860_000.0, "width": 500.0, "outside": 0}
    ticks = {float(text) for text in re.findall(r">(\d+)</text>", svg.histogram(found))}
    assert {6_860_200.0, 6_860_400.0} <= ticks


def test_heights_in_the_style_of_an_exported_map(tmp_path: Path) -> None:
    with VoxelMap.create(tmp_path / "map", VoxelGrid(0.5, 5.0), crs="") as voxel_map:
        text = _style(voxel_map, [1], 1, 1_234_567.5, 1_234_570.25)
    assert "1234567.5" in text
    assert "1234570.25" in text


def test_nobody_else_prints_places_with_six_digits() -> None:
    """Numbers that say where something is go through core.coordinates: ``:g`` has six digits."""
    places = re.compile(
        r"\{[^{}]*\b(x|y|[xyz]min|[xyz]max|west|south|east|north|shift|origin|corner|bounds|box|extent)\b"
        r"[^{}]*:\.?\d*g\}"
    )
    for folder in ("core", "algorithms", "ui"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not places.search(path.read_text("utf-8")), path
