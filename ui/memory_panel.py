# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory of the process over the last minutes, with the limit of the running job."""

from __future__ import annotations

import importlib
from collections import deque
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QEvent, Qt
from qgis.PyQt.QtWidgets import QLabel, QVBoxLayout, QWidget

from .colors import color, ink, paper
from .words import MB, megabytes, tr

if TYPE_CHECKING:
    from ..core.jobs.telemetry import Snapshot

SAMPLES = 600
"""Five minutes at two a second."""

UNLOADABLE = (ImportError, AttributeError, RuntimeError, TypeError, ValueError)
"""What importing pyqtgraph raises where it is absent, or built for another NumPy or Qt."""


class MemoryPanel(QWidget):
    """Numbers always; a plot where pyqtgraph is installed, and a sentence where it is not."""

    def __init__(self, advice: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._advice = advice
        self._history: deque[float] = deque(maxlen=SAMPLES)
        self._plot: Any = None
        self._curve: Any = None
        self._limit: Any = None
        self.numbers = QLabel()
        self.numbers.setWordWrap(True)
        self.numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.numbers)
        layout.addWidget(self.sentence)

    def prepare(self) -> None:
        """Import pyqtgraph and make the plot; called when the panel is first seen, not before."""
        if self._plot is not None or self.sentence.text():
            return
        try:
            pyqtgraph = importlib.import_module("pyqtgraph")
        except UNLOADABLE:
            self.sentence.setText(self._advice)
            self.sentence.show()
            return
        self._plot = pyqtgraph.PlotWidget(self)
        self._plot.setMinimumHeight(130)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setLabel("left", "MB")
        self._plot.setLabel("bottom", tr("seconds ago"))
        self._plot.getAxis("left").enableAutoSIPrefix(False)
        self._plot.getAxis("bottom").enableAutoSIPrefix(False)
        self._curve = self._plot.plot([], [])
        self._limit = pyqtgraph.InfiniteLine(angle=0)
        self._limit.hide()
        self._plot.addItem(self._limit)
        self.layout().addWidget(self._plot)
        self._color()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        self._history.append(snapshot.resident / MB)
        limit = tr("limit {0}").format(megabytes(snapshot.limit)) if snapshot.limit else tr("no job, no limit")
        now, peak = megabytes(snapshot.resident), megabytes(snapshot.peak)
        self.numbers.setText(f"<b>{now}</b> · {tr('peak {0}').format(peak)} · {limit}")
        if self._plot is None:
            return
        times = [(i - len(self._history) + 1) / 2 for i in range(len(self._history))]
        self._curve.setData(times, list(self._history))
        self._limit.setVisible(snapshot.limit > 0)
        self._limit.setValue(snapshot.limit / MB)
        top = max([*self._history, snapshot.limit / MB])
        self._plot.setXRange(min(-60.0, times[0]), 0, padding=0)
        self._plot.setYRange(0, top * 1.1, padding=0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        if self._plot is None:
            return
        pyqtgraph = importlib.import_module("pyqtgraph")
        self._plot.setBackground(paper(self))
        for side in ("left", "bottom"):
            self._plot.getAxis(side).setPen(ink(self))
            self._plot.getAxis(side).setTextPen(ink(self))
        self._curve.setPen(pyqtgraph.mkPen(color(self, "line"), width=2))
        self._limit.setPen(pyqtgraph.mkPen(color(self, "limit"), style=Qt.PenStyle.DashLine))

    def close_plot(self) -> None:
        """pyqtgraph's scene must go before its widget, or it outlives the dock."""
        if self._plot is not None:
            self._plot.close()
            self._plot.deleteLater()
            self._plot = self._curve = self._limit = None
