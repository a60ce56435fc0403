# SPDX-License-Identifier: GPL-2.0-or-later
"""The tile caches: what is resident, what is dirty, and how often a tile was there when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from .words import count, megabytes, tr

if TYPE_CHECKING:
    from ..core.jobs.telemetry import CacheEntry, Snapshot

COLUMNS = ("Cache", "Tiles", "Dirty", "Memory", "Hits", "Evicted", "Saved")


class CachesPanel(QTreeWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderLabels([tr(column) for column in COLUMNS])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumHeight(56)

    def sizeHint(self) -> QSize:
        return QSize(260, 70)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        while self.topLevelItemCount() > len(snapshot.caches):
            self.takeTopLevelItem(self.topLevelItemCount() - 1)
        while self.topLevelItemCount() < len(snapshot.caches):
            self.addTopLevelItem(QTreeWidgetItem())
        for row, entry in enumerate(snapshot.caches):
            for column, text in enumerate(_texts(entry)):
                self.topLevelItem(row).setText(column, text)


def _texts(entry: CacheEntry) -> tuple[str, ...]:
    asked = entry.hits + entry.misses
    hits = f"{100 * entry.hits / asked:.0f} %" if asked else ""
    return (
        entry.name.rstrip("/\\").replace("\\", "/").rpartition("/")[2],
        count(entry.tiles),
        count(entry.dirty),
        megabytes(entry.bytes),
        hits,
        count(entry.evictions),
        count(entry.saves),
    )
