# SPDX-License-Identifier: GPL-2.0-or-later
"""The editor of filters and neighborhoods: text, error, presets, and a drawing over real points."""

from __future__ import annotations

from collections.abc import Callable

from qgis.PyQt.QtCore import QEvent, pyqtSignal
from qgis.PyQt.QtGui import QFontDatabase, QHideEvent
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from .colors import color
from .expression_edit import ExpressionEdit
from .languages import NEIGHBORHOOD, Language, Problem
from .neighborhood_facts import facts, scene_of
from .region_view import RegionView
from .sample_points import Sample, SampleReader
from .words import tr


class ExpressionPanel(QWidget):
    """``clouds`` gives the paths of the chosen clouds when points are to be drawn."""

    changed = pyqtSignal(str)

    def __init__(
        self,
        language: Language,
        clouds: Callable[[], list[str]] = list,
        drawing: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.language = language
        self.clouds = clouds
        self.sample: Sample | None = None
        self.edit = ExpressionEdit(language)
        self.message = QLabel()
        self.message.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.message.setWordWrap(False)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.presets = self._presets()
        self.view: RegionView | None = None
        self.reader: SampleReader | None = None
        row = QHBoxLayout()
        row.addWidget(self.presets)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.edit, self.sentence, self.message):
            layout.addWidget(widget)
        layout.addLayout(row)
        if language is NEIGHBORHOOD and drawing:
            self._add_drawing(row)
        row.addStretch(1)
        self.edit.checked.connect(self._show_problem)
        self._show_problem(None)

    def _presets(self) -> QToolButton:
        button = QToolButton()
        button.setText(tr("Presets"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for label, text in self.language.presets:
            action = menu.addAction(f"{tr(label)}\t{text}")
            action.triggered.connect(lambda *_, text=text: self.edit.set_text(text))
        button.setMenu(menu)
        return button

    def _add_drawing(self, row: QHBoxLayout) -> None:
        self.draw_button = QPushButton(tr("Draw"))
        self.draw_button.setCheckable(True)
        self.draw_button.setToolTip(tr("Draw the region over points of the chosen cloud, in plan and from the side."))
        row.addWidget(self.draw_button)
        self.view = RegionView(self)
        self.view.hide()
        self.layout().addWidget(self.view)
        self.reader = SampleReader(self)
        self.reader.ready.connect(self.take_sample)
        self.draw_button.toggled.connect(self._draw_toggled)

    def text(self) -> str:
        return self.edit.text().strip()

    def set_text(self, text: str) -> None:
        self.edit.set_text(text)

    def _show_problem(self, problem: Problem | None) -> None:
        self.sentence.setVisible(problem is not None or self.language is NEIGHBORHOOD)
        self.message.setVisible(problem is not None)
        style = f"color: {color(self, 'error').name()}" if problem is not None else ""
        self.sentence.setStyleSheet(style)
        self.message.setStyleSheet(style)
        if problem is not None:
            self.sentence.setText(problem.sentence)
            self.message.setText(problem.drawing)
        self._redraw()
        self.changed.emit(self.text())

    def _draw_toggled(self, wanted: bool) -> None:
        assert self.view is not None
        assert self.reader is not None
        self.view.setVisible(wanted)
        if wanted and self.sample is None:
            paths = self.clouds()
            if paths:
                self.reader.read(paths)
            self.view.show_scene(None, tr("Reading points…") if paths else tr("Choose a point cloud first."))
        self._redraw()

    def take_sample(self, sample: Sample | str) -> None:
        """Real points have come, or the reason why not."""
        if isinstance(sample, str):
            assert self.view is not None
            self.view.show_scene(None, sample)
            return
        self.sample = sample
        self.edit.attributes = sample.dimensions
        self._redraw()

    def _redraw(self) -> None:
        if self.edit.problem is not None or self.language is not NEIGHBORHOOD:
            return
        scene, reason = (None, "")
        if self.view is not None and self.sample is not None and not self.view.isHidden():
            scene, reason = scene_of(self.text(), self.sample)
            self.view.show_scene(scene, reason)
        self.sentence.setText(facts(self.text(), scene))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.edit.problem is not None:
            self._show_problem(self.edit.problem)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.reader is not None:
            self.reader.wait()
