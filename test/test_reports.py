# SPDX-License-Identifier: GPL-2.0-or-later
"""Reports: histograms of pieces in any order, small maps, sums that add up, one page that needs no other file."""

from __future__ import annotations

import base64
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scree.core.jobs.curve import MOST, Curve
from scree.core.reports import svg
from scree.core.reports.facts import balance
from scree.core.reports.figures import CloudFigure, RasterFigure, keep
from scree.core.reports.histogram import SHOWN, Histogram
from scree.core.reports.page import page
from scree.core.reports.picture import data_uri
from scree.core.reports.write import write_json, write_page


def histogram(*pieces: object) -> Histogram:
    found = Histogram()
    for piece in pieces:
        found.add(np.asarray(piece, np.float64))
    return found


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.integers(1, 9))
def test_a_histogram_counts_every_value_whatever_the_pieces(values: list[float], pieces: int) -> None:
    whole = histogram(values).to_json()
    parts = histogram(*np.array_split(np.array(values)[::-1], pieces)).to_json()
    assert whole == parts
    assert whole is not None
    assert sum(whole["counts"]) + whole["outside"] == len(values)
    assert len(whole["counts"]) <= SHOWN


def test_a_histogram_is_where_the_values_are() -> None:
    found = histogram(np.linspace(10, 20, 10_001)).to_json()
    assert found is not None
    low, high = found["low"], found["low"] + found["width"] * len(found["counts"])
    assert 9.5 < low <= 10.1
    assert 19.9 <= high < 20.5
    middle = found["counts"][5:-5]
    assert max(middle) < 1.2 * min(middle)


def test_a_blunder_does_not_squeeze_the_histogram() -> None:
    found = histogram(np.linspace(0, 1, 10_000), [1e9]).to_json()
    assert found is not None
    assert found["greatest"] == 1e9
    assert found["values"] == 10_001


def test_no_values_no_histogram() -> None:
    assert histogram([np.nan, np.inf]).to_json() is None


def test_a_picture_is_a_png_with_holes() -> None:
    from osgeo import gdal

    values = np.array([[0.0, 1.0, np.nan]])
    code = data_uri(values, 0.0, 1.0).partition("base64,")[2]
    gdal.FileFromMemBuffer("/vsimem/picture.png", base64.b64decode(code))
    pixels = gdal.Open("/vsimem/picture.png").ReadAsArray()
    gdal.Unlink("/vsimem/picture.png")
    assert pixels.shape == (4, 1, 3)
    assert pixels[3].tolist() == [[255, 255, 0]]
    assert (pixels[:3, 0, 0] != pixels[:3, 0, 1]).any()


def test_a_raster_is_seen_in_windows_as_whole() -> None:
    values = np.arange(700 * 900, dtype=np.float32).reshape(1, 700, 900)
    values[0, :100] = -9999
    figure = RasterFigure(Path("dem.tif"), 900, 700, ("",))
    for y in range(0, 700, 512):
        for x in range(0, 900, 512):
            figure.add(x, y, values[:, y : y + 512, x : x + 512], -9999)
    (panel,) = figure.panels()
    assert panel["title"] == "dem.tif"
    assert panel["histogram"]["values"] == 600 * 900
    assert (panel["width"], panel["height"]) == (300, 234)
    assert panel["low"] < panel["high"]


def test_of_a_large_raster_some_cells_are_looked_at() -> None:
    figure = RasterFigure(Path("dem.tif"), 12_000, 512, ("a", "b"))
    for x in range(0, 12_000, 512):
        figure.add(x, 0, np.ones((2, 512, min(512, 12_000 - x))))
    first, second = figure.panels()
    assert first["title"] == "dem.tif: a"
    assert first["histogram"]["values"] == second["histogram"]["values"] == 1200 * 52


def test_a_cloud_is_seen_from_above() -> None:
    figure = CloudFigure(Path("c.laz"), (0.0, 0.0, 10.0, 10.0), 100, ("height",))
    for part in range(4):
        keep = np.arange(25) % 5 > 0
        some = figure.chosen(keep)
        figure.add(some % 10.0, some // 10.0, {"height": some * 1.0 + part})
    density, height = figure.panels()
    assert height["histogram"]["values"] == 80
    assert "points" in density["title"]
    assert density["picture"]().startswith("data:image/png")


def test_of_many_outputs_the_first_are_shown() -> None:
    panels: list[dict[str, object]] = []
    for i in range(100):
        keep(panels, RasterFigure(Path(f"{i}.tif"), 4, 4, ("a", "b")))
    assert len(panels) == 40


def test_headers_that_lie_do_no_harm() -> None:
    figure = CloudFigure(Path("c.laz"), (-np.inf, 0.0, np.inf, 10.0), 3, ())
    some = figure.chosen(np.ones(3, bool))
    figure.add(np.array([1.0, 2.0, 1e30]), some * 1.0, {})
    assert figure.panels()[0]["picture"]()


def test_the_curve_stays_small_and_keeps_its_ends() -> None:
    curve = Curve()
    for i in range(20_000):
        curve.sample(i * 0.2)
    assert len(curve.seconds) == len(curve.resident) <= MOST
    assert curve.seconds[0] == 0
    assert curve.seconds[-1] > 3900
    assert curve.seconds == sorted(curve.seconds)


def test_the_curve_knows_what_the_folder_took(tmp_path: Path) -> None:
    curve = Curve()
    curve.folder = tmp_path
    (tmp_path / "spool").write_bytes(bytes(5000))
    curve.sample(0.0, always=True)
    (tmp_path / "spool").unlink()
    curve.sample(9.0, always=True)
    assert curve.scratch == 5000


REPORT = {
    "algorithm": "scree:dem",
    "seconds": 2.5,
    "peak_memory": 400,
    "memory_limit": 1024,
    "points_passed": 90,
    "inputs": [{"path": "a <b>.laz", "points": 100}],
    "skipped": [],
    "options": {"filter": "Class[2] & x > 1", "mask": ""},
    "messages": ["One & only <warning>."],
    "phases": {"Reading": 1.0, "Writing": 1.5},
    "memory": {
        "seconds": [0.0, 1.0, 2.5],
        "megabytes": [300, 400, 350],
        "phases": [["Reading", 0.0], ["Writing", 1.0]],
    },
    "estimate": {"points": 95, "blocks": 1, "scratch": 1.5, "memory": 410, "workers": 1},
    "balances": [balance("Points read", 100, {"passed": 90, "filtered out": 10})],
    "figures": [],
    "outputs": {"output": "dem.tif"},
}


def images(text: str) -> list[str]:
    """The drawings of a page."""
    codes = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text)
    return [base64.b64decode(code).decode() for code in codes]


def test_the_page_shows_all_and_asks_for_no_other_file() -> None:
    raster = RasterFigure(Path("dem.tif"), 10, 10, ("",))
    raster.add(0, 0, np.arange(100.0).reshape(1, 10, 10))
    text = page(REPORT | {"figures": raster.panels()})
    assert "a &lt;b&gt;.laz" in text
    assert "One &amp; only &lt;warning&gt;." in text
    assert "adds up" in text
    assert "not accounted for" not in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    drawings = images(text)
    assert len(drawings) == 4
    for drawing in drawings:
        ElementTree.parse(io.StringIO(drawing))
    ElementTree.fromstring(re.sub(r"^<!DOCTYPE html>\n", "", text))


def test_a_sum_that_does_not_add_up_is_told() -> None:
    text = page(REPORT | {"balances": [balance("Points read", 100, {"passed": 90, "filtered out": 9})]})
    assert "1 are not accounted for" in text


def test_a_report_of_little_is_a_page_too() -> None:
    assert "<h1>Scree</h1>" in page({})


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12_345.6), (1e-9, 2e-9), (5, 5)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = svg.ticks(low, high, 5)
    assert 1 <= len(found) <= 7
    assert all(low <= value <= high for value in found)


def test_json_has_no_pictures(tmp_path: Path) -> None:
    picture = {"title": "a", "histogram": None, "width": 1, "height": 1, "low": 0.0, "high": 1.0}
    picture |= {"picture": lambda: "data:"}
    report = REPORT | {"figures": [picture]}
    write_json(tmp_path / "r.json", report)
    (figure,) = json.loads((tmp_path / "r.json").read_text())["figures"]
    assert figure == {name: value for name, value in picture.items() if name != "picture"}
    write_page(tmp_path / "r.html", report)
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.html", "r.json"]
