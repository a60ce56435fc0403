# SPDX-License-Identifier: GPL-2.0-or-later
"""The editor as Processing's widget of a text parameter: in the toolbox, in batch, and in the modeler.

A parameter asks for it by its metadata (``add_text(..., editor="NeighborhoodWrapper")``), so the
provider loads where there is no window.
"""

from __future__ import annotations

from typing import Any, ClassVar

from processing.gui.wrappers import DIALOG_BATCH, DIALOG_MODELER, WidgetWrapper
from qgis.core import QgsProcessingModelChildParameterSource, QgsProcessingOutputString, QgsProcessingParameterString
from qgis.PyQt.QtWidgets import QComboBox, QVBoxLayout, QWidget

from .expression_edit import ExpressionEdit
from .expression_panel import ExpressionPanel
from .languages import FILTER, NEIGHBORHOOD, Language, Problem
from .words import tr


class ModelerPanel(QWidget):
    """A text of the model's designer, or what another input or step of the model gives."""

    def __init__(self, language: Language, sources: list[tuple[str, Any]]) -> None:
        super().__init__()
        self.panel = ExpressionPanel(language, drawing=False)
        self.source = QComboBox()
        self.source.addItem(tr("Value"))
        for label, source in sources:
            self.source.addItem(label, source)
        self.source.currentIndexChanged.connect(lambda index: self.panel.setVisible(index == 0))
        self.source.setVisible(bool(sources))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.source)
        layout.addWidget(self.panel)

    def value(self) -> Any:
        return self.source.currentData() if self.source.currentIndex() > 0 else self.panel.text()

    def set_value(self, value: Any) -> None:
        if not isinstance(value, QgsProcessingModelChildParameterSource):
            self.source.setCurrentIndex(0)
            self.panel.set_text("" if value is None else str(value))
            return
        for index in range(1, self.source.count()):
            if self.source.itemData(index) == value:
                self.source.setCurrentIndex(index)


class ExpressionWrapper(WidgetWrapper):
    language: ClassVar[Language]

    def createWidget(self, **kwargs: Any) -> QWidget:
        self._wrappers: list[Any] = []
        if self.dialogType == DIALOG_BATCH:
            edit = ExpressionEdit(self.language, lines=1)
            edit.checked.connect(lambda problem: edit.setToolTip(_tip(problem)))
            edit.checked.connect(lambda problem: self.widgetValueHasChanged.emit(self))
            return edit
        if self.dialogType == DIALOG_MODELER:
            found = self.dialog.getAvailableValuesOfType([QgsProcessingParameterString], [QgsProcessingOutputString])
            return ModelerPanel(self.language, [(self.dialog.resolveValueDescription(s), s) for s in found])
        panel = ExpressionPanel(self.language, self._clouds)
        panel.changed.connect(lambda text: self.widgetValueHasChanged.emit(self))
        return panel

    def postInitialize(self, wrappers: list[Any]) -> None:
        self._wrappers = wrappers

    def setValue(self, value: Any) -> None:
        if isinstance(self.widget, ModelerPanel):
            self.widget.set_value(value)
        else:
            self.widget.set_text("" if value is None else str(value))

    def value(self) -> Any:
        return self.widget.value() if isinstance(self.widget, ModelerPanel) else self.widget.text()

    def _clouds(self) -> list[str]:
        """Paths in the INPUT of the same dialog."""
        for wrapper in self._wrappers:
            if wrapper.parameterDefinition().name() == "INPUT":
                value = wrapper.parameterValue()
                return [str(entry) for entry in (value if isinstance(value, list) else [value]) if entry]
        return []


class FilterWrapper(ExpressionWrapper):
    language = FILTER


class NeighborhoodWrapper(ExpressionWrapper):
    language = NEIGHBORHOOD


def _tip(problem: Problem | None) -> str:
    return f"{problem.sentence}\n{problem.drawing}" if problem else ""
