# SPDX-License-Identifier: GPL-2.0-or-later
"""The one Qt application of a test session: QGIS's own where there is one, else Qt's."""

from __future__ import annotations

import os
import tempfile
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_kept: list[Any] = []
"""An application that Python collects takes the session with it."""


def qt_application() -> Any:
    from qgis.PyQt.QtWidgets import QApplication

    if QApplication.instance() is None:
        try:
            from qgis.core import QgsApplication
        except ImportError:
            _kept.append(QApplication([]))
        else:
            os.environ["QGIS_CUSTOM_CONFIG_PATH"] = tempfile.mkdtemp(prefix="qgis-config-")
            _kept.append(QgsApplication([], True))
            _kept[0].initQgis()
    return QApplication.instance()


def settle() -> None:
    """Let deferred deletions and posted events happen."""
    from qgis.PyQt.QtCore import QCoreApplication, QEvent

    deleted = QEvent.Type.DeferredDelete
    QCoreApplication.sendPostedEvents(None, getattr(deleted, "value", deleted))
    QCoreApplication.processEvents()
