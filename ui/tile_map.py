# SPDX-License-Identifier: GPL-2.0-or-later
"""A small map of the tiles: where each lies, and whether it is on disk, in memory, changed, or worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QRectF, QSize, Qt
from qgis.PyQt.QtGui import QPainter, QPaintEvent
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

from .colors import color, ink, paper
from .words import tr

if TYPE_CHECKING:
    from ..core.jobs.telemetry import MapTile, Snapshot

STATES = ("disk", "resident", "dirty", "worked", "done")
"""In the order they are painted: what happens lies on top of what waits."""

LABELS = {
    "disk": "on disk",
    "resident": "in memory",
    "dirty": "not yet saved",
    "worked": "being worked",
    "done": "done",
}
MARGIN = 6


class TileMap(QWidget):
    """North is up; all live jobs and caches share one map."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: list[MapTile] = []
        self.setMinimumHeight(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(260, 170)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        tiles = [tile for job in snapshot.jobs for tile in job.tiles.values()]
        tiles += [tile for cache in snapshot.caches for tile in cache.map.values()]
        tiles.sort(key=lambda tile: STATES.index(tile.state))
        if tiles != self.tiles:
            self.tiles = tiles
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), paper(self))
        painter.setPen(ink(self))
        if not self.tiles:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("No tiles: nothing is running"))
        else:
            below = painter.fontMetrics().height() + MARGIN
            self._draw_tiles(painter, self.height() - below)
            self._draw_legend(painter, self.height() - below)
        painter.end()

    def _draw_tiles(self, painter: QPainter, height: int) -> None:
        west, south = min(t.west for t in self.tiles), min(t.south for t in self.tiles)
        east, north = max(t.east for t in self.tiles), max(t.north for t in self.tiles)
        room_x, room_y = self.width() - 2 * MARGIN, height - 2 * MARGIN
        scale = min(room_x / max(east - west, 1e-9), room_y / max(north - south, 1e-9))
        left = MARGIN + (room_x - (east - west) * scale) / 2
        top = MARGIN + (room_y - (north - south) * scale) / 2
        gap = 1.0 if len(self.tiles) < 2000 else 0.0
        for tile in self.tiles:
            width, tall = (tile.east - tile.west) * scale, (tile.north - tile.south) * scale
            place = QRectF(left + (tile.west - west) * scale, top + (north - tile.north) * scale, width, tall)
            painter.fillRect(place.adjusted(0, 0, -gap, -gap), color(self, tile.state))

    def _draw_legend(self, painter: QPainter, y: int) -> None:
        metrics, x = painter.fontMetrics(), MARGIN
        side = metrics.ascent()
        for state in STATES:
            number = sum(tile.state == state for tile in self.tiles)
            if not number:
                continue
            text = f"{number} {tr(LABELS[state])}"
            painter.fillRect(x, y + 2, side, side, color(self, state))
            painter.drawText(x + side + 3, y + side, text)
            x += side + 3 + metrics.horizontalAdvance(text) + 10
