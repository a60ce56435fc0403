# SPDX-License-Identifier: GPL-2.0-or-later
"""The editor of filters and neighborhoods: words, errors, drawing.  Needs Qt only; test_dock_qt6.py runs it on Qt 6."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("qgis.PyQt.QtWidgets")

from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor, QKeyEvent, QPalette
from qgis.PyQt.QtWidgets import QApplication
from qt_session import qt_application, settle

from scree.core.errors import OptionError
from scree.core.neighborhood.language import parse_definition
from scree.core.neighborhood.preview import preview
from scree.ui.colors import color
from scree.ui.expression_panel import ExpressionPanel
from scree.ui.languages import FILTER, NEIGHBORHOOD, completions, problem_in
from scree.ui.neighborhood_facts import facts
from scree.ui.sample_points import Sample, read_sample


@pytest.fixture(scope="session")
def application() -> Any:
    return qt_application()


@pytest.fixture
def panel(application: Any) -> Any:
    panel = ExpressionPanel(NEIGHBORHOOD)
    panel.show()
    yield panel
    panel.hide()
    panel.deleteLater()
    settle()


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kn", ["knn("]),
        ("knn(", ["k=", "dim=", "mode="]),
        ("knn(k=8 dim=", ["2d", "3d"]),
        ("knn(k=8 mode=q", ["quadrant"]),
        ("circle(r=1) s", ["sampling(", "sort("]),
        ("circle(r=1) sort(dist=", ["2d", "3d"]),
        ("circle(r=1) sampling(cellsize=1 select=me", ["mean", "median"]),
    ],
)
def test_words_of_a_neighborhood(text: str, words: list[str]) -> None:
    assert completions(NEIGHBORHOOD, text, len(text))[1] == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["Generic[", "Class[", "Echo[", "Region[", "Synthetic"]),
        ("Class[gr", ["Ground"]),
        ("Class[2] ", ["and", "or"]),
        ("Echo[L", ["Last", "LastOfMany"]),
        ("Generic[inten", ["intensity"]),
        ("Generic[_dev", ["_deviation"]),
    ],
)
def test_words_of_a_filter(text: str, words: list[str]) -> None:
    attributes = ("x", "y", "z", "intensity", "_deviation")
    assert completions(FILTER, text, len(text), attributes)[1] == words


def test_words_stand_at_the_cursor_not_at_the_end() -> None:
    assert completions(NEIGHBORHOOD, "circ(r=1) sort(3d)", 4) == (0, ["circle("])


@pytest.mark.parametrize("language", [FILTER, NEIGHBORHOOD])
def test_presets_are_legal(language: Any) -> None:
    assert [text for _, text in language.presets if problem_in(language, text)] == []


@pytest.mark.parametrize("language", [FILTER, NEIGHBORHOOD])
def test_no_text_is_no_error(language: Any) -> None:
    assert problem_in(language, " ") is None


# -- the text field ------------------------------------------------------------------------------


def type_text(edit: Any, text: str) -> None:
    for character in text:
        edit.keyPressEvent(QKeyEvent(QKeyEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character))


def test_an_error_is_shown_with_its_caret_as_one_types(panel: Any) -> None:
    panel.set_text("circl(e=1)")
    assert panel.edit.problem.position == 6
    assert "legal here: radius, diameter" in panel.sentence.text()
    line, caret = panel.message.text().split("\n")
    assert line[caret.index("^")] == "e"
    formats = panel.edit.document().firstBlock().layout().formats()
    assert any(f.start == 6 and f.format.fontUnderline() is False and f.format.underlineStyle() for f in formats)
    panel.set_text("circle(r=1)")
    assert panel.edit.problem is None
    assert panel.message.isHidden()
    assert panel.sentence.text() == "Halo: 1 CRS units"


def test_typing_offers_words_and_takes_one(panel: Any) -> None:
    edit = panel.edit
    type_text(edit, "cy")
    assert edit.completer.popup().isVisible()
    assert edit.completer.model().stringList() == ["cylinder("]
    edit.insert_word("cylinder(")
    assert edit.text() == "cylinder("
    assert edit.words() == ["radius=", "diameter=", "zExtent="]
    edit.completer.popup().hide()


def test_words_and_numbers_are_colored(panel: Any) -> None:
    panel.set_text("knn(k=20 mode='quadrant')")
    formats = panel.edit.document().firstBlock().layout().formats()
    colors = {(f.start, f.length): f.format.foreground().color().name() for f in formats}
    assert colors[(0, 3)] == color(panel.edit, "keyword").name()
    assert colors[(4, 1)] == color(panel.edit, "key").name()
    assert colors[(6, 2)] == color(panel.edit, "number").name()
    assert colors[(14, 10)] == color(panel.edit, "text").name()


def test_colors_follow_the_palette(panel: Any) -> None:
    panel.set_text("knn()")
    light = panel.sentence.styleSheet()
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Base, QColor("#202326"))
    QApplication.setPalette(palette)
    settle()
    assert panel.sentence.styleSheet() != light
    QApplication.setPalette(QPalette())


def test_presets_replace_the_text(panel: Any) -> None:
    panel.presets.menu().actions()[0].trigger()
    assert panel.text() == NEIGHBORHOOD.presets[0][1]


# -- the drawing ---------------------------------------------------------------------------------


def grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A point every 1 in x and y from -5 to 5, rising by half to the east."""
    x, y = (a.ravel().astype(float) for a in np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)))
    return x, y, x / 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("circle(r=1)", 5),
        ("window(s=2)", 9),
        ("window(x=2 y=4)", 15),
        ("sphere(r=1)", 3),
        ("box(s=2)", 9),
        ("box(x=4 y=2 z=1)", 9),
        ("cylinder(r=2 z=1)", 11),
        ("knn(k=7)", 7),
        ("knn(k=200)", 121),
        ("circle(r=1) and knn(k=3)", 3),
        ("knn(k=3) and circle(r=5)", 3),
        ("circle(r=1) or knn(k=9)", 9),
        ("knn(k=50) maxSearchDistance=1", 5),
        ("circle(r=2) maxSearchDistance=1", 13),
        ("circle(r=2) or knn(k=3) maxSearchDistance=1", 5),
        ("circle(r=2) sampling(cellsize=0.5 select=all)", 5),
    ],
)
def test_neighbors_of_the_drawing(text: str, count: int) -> None:
    assert preview(parse_definition(text), *grid()).chosen.sum() == count


@pytest.mark.parametrize("text", ["circle(r=z)", "knn(k=8 mode=quadrant)"])
def test_what_is_not_drawn_says_why(text: str) -> None:
    with pytest.raises(OptionError, match="not drawn"):
        preview(parse_definition(text), *grid())


def test_a_distance_that_is_ignored_is_told_while_it_is_written() -> None:
    assert "is ignored" in facts("circle(r=2) maxSearchDistance=1", None)
    assert "is ignored" not in facts("knn(k=9) maxSearchDistance=1", None)


def test_regions_are_drawn_to_scale(panel: Any) -> None:
    x, y, z = grid()
    panel.draw_button.setChecked(True)
    panel.take_sample(Sample("grid", x, y, z, ("x", "y", "z", "roughness")))
    panel.set_text("circle(r=2)")
    view = panel.view
    view.setFixedSize(400, 220)
    settle()
    assert view.radius() == 2.5
    assert "13 neighbors" in panel.sentence.text()
    picture = view.grab().toImage()
    outline, scale = color(view, "region"), 200 / 2 / 2.5
    middle_y = int(110 - 8)
    assert near(picture, 100 + 2 * scale, middle_y, outline)
    assert near(picture, 300 + 2 * scale, middle_y, outline)
    assert not near(picture, 100 + 1.5 * scale, middle_y + 20, outline)
    assert "roughness" in panel.edit.attributes


def near(picture: Any, x: float, y: float, wanted: QColor) -> bool:
    around = [QColor(picture.pixel(int(x) + i, int(y) + j)) for i in range(-3, 4) for j in range(-3, 4)]
    return any(sum(abs(a - b) for a, b in zip(c.getRgb()[:3], wanted.getRgb()[:3], strict=True)) < 40 for c in around)


def test_without_a_cloud_the_drawing_says_so(panel: Any) -> None:
    panel.draw_button.setChecked(True)
    assert "Choose a point cloud" in panel.view.message


def test_a_sample_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "points.xyz"
    path.write_text("x y z\n" + "\n".join(f"{i} {i % 7} {i / 10}" for i in range(100)) + "\n")
    sample = read_sample([str(path)])
    assert isinstance(sample, Sample)
    assert (len(sample.dx), sample.name) == (100, "points.xyz")
    assert 0 in np.hypot(sample.dx, sample.dy)
    assert isinstance(read_sample([str(tmp_path / "nothing.laz")]), str)
