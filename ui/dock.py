# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock: memory, jobs, tile caches and scratch data, twice a second from telemetry.

It reads snapshots and posts requests; it never calls an engine, so it can neither slow one down
nor be blocked by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtGui import QHideEvent, QShowEvent
from qgis.PyQt.QtWidgets import (
    QDockWidget,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .caches_panel import CachesPanel
from .jobs_panel import JobsPanel
from .memory_panel import MemoryPanel
from .scratch_panel import ScratchPanel, Settings
from .tile_map import TileMap
from .words import tr

if TYPE_CHECKING:
    from ..core.jobs.telemetry import Snapshot

OBJECT_NAME = "ScreeDock"
PERIOD = 500
"""Milliseconds between two snapshots."""


class ScreeDock(QDockWidget):
    """``snapshot`` is asked while the dock is seen; ``advice`` is shown where pyqtgraph is missing.

    ``missing`` tells which packages runs would lack, in a sentence, '' for none; asked whenever the dock is shown.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        settings: Settings,
        advice: str,
        parent: QWidget | None = None,
        missing: Callable[[], str] = str,
    ) -> None:
        super().__init__(tr("Scree: Memory and Jobs"), parent)
        self.setObjectName(OBJECT_NAME)
        self._snapshot = snapshot
        self._latest: Snapshot | None = None
        self._missing = missing
        self.banner = QLabel()
        self.banner.setWordWrap(True)
        self.banner.setTextFormat(Qt.TextFormat.PlainText)
        self.banner.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.banner.hide()
        self.memory = MemoryPanel(advice)
        self.jobs = JobsPanel()
        self.caches = CachesPanel()
        self.map = TileMap()
        self.scratch = ScratchPanel(settings)
        self.flush_button = QPushButton(tr("Flush Cache"))
        self.flush_button.setToolTip(tr("Ask running jobs to write their changed tiles to disk between two blocks."))
        self.flush_button.clicked.connect(self.flush)
        self.setWidget(self._contents())
        self.timer = QTimer(self)
        self.timer.setInterval(PERIOD)
        self.timer.timeout.connect(self.refresh)

    def _contents(self) -> QScrollArea:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.addWidget(self.banner)
        layout.addWidget(_group(tr("Memory"), self.memory), 3)
        layout.addWidget(_group(tr("Jobs"), self.jobs), 2)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.flush_button)
        caches = _group(tr("Tiles"), self.map, self.caches)
        caches.layout().addLayout(row)
        layout.addWidget(caches, 4)
        layout.addWidget(_group(tr("Scratch"), self.scratch))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        area.setWidget(inner)
        return area

    def refresh(self) -> None:
        snapshot = self._latest = self._snapshot()
        for panel in (self.memory, self.jobs, self.map, self.caches, self.scratch):
            panel.show_snapshot(snapshot)
        self.flush_button.setEnabled(any(cache.dirty for cache in snapshot.caches))

    def flush(self) -> None:
        """Post the request on every running job; a job without dirty tiles has nothing to do for it."""
        for entry in self._latest.jobs if self._latest else ():
            entry.flush.set()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.memory.prepare()
        sentence = self._missing()
        self.banner.setText(sentence)
        self.banner.setVisible(bool(sentence))
        self.refresh()
        self.timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.timer.stop()

    def stop(self) -> None:
        """Before the dock goes: no timer, no thread, no plot."""
        self.timer.stop()
        self.scratch.wait()
        self.memory.close_plot()


def _group(title: str, *widgets: QWidget) -> QGroupBox:
    group = QGroupBox(title)
    layout = QVBoxLayout(group)
    layout.setContentsMargins(6, 6, 6, 6)
    for widget in widgets:
        layout.addWidget(widget)
    return group
