# SPDX-License-Identifier: GPL-2.0-or-later
"""Running and finished jobs; Cancel posts a request on the job's entry, which its own thread honors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QEvent, QSize, Qt
from qgis.PyQt.QtGui import QBrush
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from .colors import color
from .words import count, duration, tr

if TYPE_CHECKING:
    from ..core.jobs.telemetry import JobEntry, Snapshot

COLUMNS = ("Job", "", "Phase", "Done", "Rate", "Left")
JOB, CANCEL, PHASE, DONE, RATE, LEFT = range(6)
"""Cancel stands where a narrow dock still shows it."""

ROLE = Qt.ItemDataRole.UserRole


class JobsPanel(QTreeWidget):
    """One row a job: the running ones first, then those that ended, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderLabels([tr(column) if column else "" for column in COLUMNS])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setMinimumHeight(80)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._running: dict[int, QTreeWidgetItem] = {}
        self._ended: list[tuple[int, str]] = []

    def sizeHint(self) -> QSize:
        return QSize(260, 110)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        live = {id(entry.cancel): entry for entry in snapshot.jobs}
        for key in [key for key in self._running if key not in live]:
            self.takeTopLevelItem(self.indexOfTopLevelItem(self._running.pop(key)))
        for key, entry in live.items():
            self._fill(self._running.get(key) or self._add(key, entry), entry)
        ended = [(id(entry.cancel), entry.state) for entry in snapshot.finished]
        if ended != self._ended:
            self._ended = ended
            self._show_ended(snapshot.finished)

    def _add(self, key: int, entry: JobEntry) -> QTreeWidgetItem:
        item = QTreeWidgetItem()
        self.insertTopLevelItem(len(self._running), item)
        self._running[key] = item
        button = QPushButton(tr("Cancel"))
        button.setToolTip(tr("Ask the job to stop; it stops between two blocks, within some seconds."))
        button.clicked.connect(lambda *_: (entry.cancel.set(), button.setEnabled(False)))
        self.setItemWidget(item, CANCEL, button)
        return item

    def _fill(self, item: QTreeWidgetItem, entry: JobEntry) -> None:
        phase = tr("cancelling…") if entry.cancel.is_set() or entry.state == "cancelling" else entry.phase
        done = f"{count(entry.done)} / {count(entry.total)} {entry.unit}" if entry.total else ""
        rate = f"{count(entry.rate)}/s" if entry.rate else ""
        texts = {
            JOB: entry.name,
            PHASE: f"{entry.percent:.0f} % {phase}",
            DONE: done,
            RATE: rate,
            LEFT: duration(entry.eta),
        }
        for column, text in texts.items():
            if item.text(column) != text:
                item.setText(column, text)
                item.setToolTip(column, text)

    def _show_ended(self, finished: tuple[JobEntry, ...]) -> None:
        while self.topLevelItemCount() > len(self._running):
            self.takeTopLevelItem(len(self._running))
        for entry in finished:
            item = QTreeWidgetItem([entry.name, "", tr(entry.state), entry.message])
            item.setData(JOB, ROLE, entry.state)
            if entry.state == "failed":
                item.setToolTip(DONE, entry.message)
            self.addTopLevelItem(item)
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        for row in range(len(self._running), self.topLevelItemCount()):
            item = self.topLevelItem(row)
            if item.data(JOB, ROLE) == "failed":
                for column in (PHASE, DONE):
                    item.setForeground(column, QBrush(color(self, "error")))
