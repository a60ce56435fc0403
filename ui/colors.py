# SPDX-License-Identifier: GPL-2.0-or-later
"""Colors that can be told apart on a light and on a dark palette."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor, QPalette
from qgis.PyQt.QtWidgets import QWidget

LIGHT = {
    "disk": "#b5bcc4",
    "resident": "#3b7dd8",
    "dirty": "#d9730d",
    "worked": "#8a4fd0",
    "done": "#2f9e5f",
    "line": "#2563c9",
    "limit": "#c22f2f",
    "error": "#b3261e",
    "keyword": "#7a3aa8",
    "number": "#0b6bb0",
    "text": "#2c7a34",
    "key": "#8a5a00",
    "region": "#d9730d",
}
DARK = {
    "disk": "#5d646c",
    "resident": "#5b9bf0",
    "dirty": "#f0a04b",
    "worked": "#b48cf2",
    "done": "#57c98a",
    "line": "#7db2ff",
    "limit": "#ff7b72",
    "error": "#ff8a80",
    "keyword": "#d2a8ff",
    "number": "#79c0ff",
    "text": "#8ddb8c",
    "key": "#e3b341",
    "region": "#f0a04b",
}


def is_dark(widget: QWidget) -> bool:
    return widget.palette().color(QPalette.ColorRole.Base).lightness() < 128


def color(widget: QWidget, name: str) -> QColor:
    """The color of that name on the palette the widget has now."""
    return QColor((DARK if is_dark(widget) else LIGHT)[name])


def ink(widget: QWidget) -> QColor:
    """The palette's text, unless a style sheet (QGIS's own dark themes) changed the paper and not the ink."""
    found = widget.palette().color(QPalette.ColorRole.Text)
    if abs(found.lightness() - paper(widget).lightness()) > 80:
        return found
    return QColor("#e4e6e8" if is_dark(widget) else "#1b1d1f")


def paper(widget: QWidget) -> QColor:
    """The palette's base; a style sheet may leave it transparent, and nothing would be wiped before painting."""
    found = widget.palette().color(QPalette.ColorRole.Base)
    if found.alpha() == 255:
        return found
    return QColor("#232629" if is_dark(widget) else "#ffffff")
