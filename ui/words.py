# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers as people read them, and the plugin's strings in the user's language."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication

MB = 1 << 20


def tr(text: str) -> str:
    return QCoreApplication.translate("Scree", text)


def megabytes(size: int) -> str:
    return f"{size / MB:,.0f} MB"


def count(number: float) -> str:
    """Three digits are enough to watch a number grow: 950, 12,300, 4.1 M, 2.31 G."""
    for unit, size in (("G", 1e9), ("M", 1e6)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:,.0f}"


def duration(seconds: float) -> str:
    """``2:05`` or ``1:02:05``; '' where it is not known."""
    if seconds < 0:
        return ""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
