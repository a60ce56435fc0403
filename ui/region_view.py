# SPDX-License-Identifier: GPL-2.0-or-later
"""A neighborhood around one point, to scale: in plan on the left, from the south on the right."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPaintEvent, QPen
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

from .colors import color, ink, paper
from .words import tr

if TYPE_CHECKING:
    from ..core.neighborhood.preview import Outline

DRAWN = 4000
"""Dots drawn at most; the neighbors always."""
ROOM = 1.25
"""What is seen, as a multiple of the region."""
LEAST = 1e-3


@dataclass(frozen=True)
class Scene:
    """Offsets of the points from the base point (CRS units), and which of them are its neighbors."""

    dx: Any
    dy: Any
    dz: Any
    chosen: Any
    outlines: tuple[Outline, ...]


class RegionView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene: Scene | None = None
        self.message = ""
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(420, 190)

    def show_scene(self, scene: Scene | None, message: str = "") -> None:
        self.scene, self.message = scene, message
        self.update()

    def radius(self) -> float:
        """Half the side of what is seen, CRS units."""
        assert self.scene is not None
        sizes = [size for o in self.scene.outlines for size in (o.half_x, o.half_y, o.half_z) if isfinite(size)]
        return max([*sizes, LEAST]) * ROOM

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), paper(self))
        painter.setPen(ink(self))
        if self.scene is None:
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(8, 8, -8, -8), flags, self.message)
        else:
            half = self.width() / 2
            self._draw(painter, QRectF(0, 0, half, self.height()), tr("plan"), side=False)
            self._draw(painter, QRectF(half, 0, half, self.height()), tr("from the south"), side=True)
        painter.end()

    def _draw(self, painter: QPainter, area: QRectF, title: str, side: bool) -> None:
        scene = self.scene
        assert scene is not None
        painter.save()
        painter.setClipRect(area)
        scale = min(area.width(), area.height() - 20) / 2 / self.radius()
        center = QPointF(area.center().x(), area.center().y() - 8)
        up = scene.dz if side else scene.dy
        self._dots(painter, center, scale, scene.dx, up, scene.chosen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color(self, "region"), 2))
        for outline in scene.outlines:
            self._outline(painter, center, scale, outline, side, area)
        painter.setPen(QPen(color(self, "error"), 2))
        painter.drawLine(center - QPointF(5, 0), center + QPointF(5, 0))
        painter.drawLine(center - QPointF(0, 5), center + QPointF(0, 5))
        painter.setPen(ink(self))
        painter.drawText(QPointF(area.left() + 6, area.bottom() - 6), title)
        self._ruler(painter, area, scale)
        painter.restore()

    def _dots(self, painter: QPainter, center: QPointF, scale: float, right: Any, up: Any, chosen: Any) -> None:
        seen = (abs(right) <= self.radius() * 2) & (abs(up) <= self.radius() * 2)
        for near, name, size in ((False, "disk", 2.0), (True, "resident", 3.5)):
            here = seen & (chosen == near)
            step = 1 if near else max(1, int(here.sum()) // DRAWN)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color(self, name)))
            for x, y in zip(right[here][::step].tolist(), up[here][::step].tolist(), strict=True):
                painter.drawEllipse(center + QPointF(x * scale, -y * scale), size / 2, size / 2)

    def _outline(
        self, painter: QPainter, center: QPointF, scale: float, outline: Outline, side: bool, area: QRectF
    ) -> None:
        half_up = outline.half_z if side else outline.half_y
        endless = not isfinite(half_up)
        width, height = outline.half_x * scale, area.height() if endless else half_up * scale
        shape = QRectF(center.x() - width, center.y() - height, 2 * width, 2 * height)
        if outline.round_side if side else outline.round_plan:
            painter.drawEllipse(shape)
        else:
            painter.drawRect(shape)

    def _ruler(self, painter: QPainter, area: QRectF, scale: float) -> None:
        length = _round_length(self.radius() * 0.6)
        end = QPointF(area.right() - 8, area.bottom() - 8)
        painter.drawLine(end - QPointF(length * scale, 0), end)
        text = f"{length:g}"
        painter.drawText(end - QPointF(painter.fontMetrics().horizontalAdvance(text), 5), text)


def _round_length(length: float) -> float:
    """1, 2 or 5 times a power of ten, not above ``length``."""
    from math import floor, log10

    power = 10.0 ** floor(log10(length))
    return max(step * power for step in (1, 2, 5) if step * power <= length * (1 + 1e-9))
