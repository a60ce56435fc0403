# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin adds to QGIS's window, and takes away again: one action, one dock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon

from ..algorithms.base import ScreeAlgorithm
from ..core.jobs.telemetry import telemetry
from ..core.packages import advice, how_to_install
from .dock import ScreeDock
from .words import tr

try:  # Qt 6 moved it
    from qgis.PyQt.QtGui import QAction
except ImportError:
    from qgis.PyQt.QtWidgets import QAction

MENU = "Scree"
AREA, FLOATING, VISIBLE, GEOMETRY = ("scree/dock_" + name for name in ("area", "floating", "visible", "geometry"))
AREAS = {"left": Qt.DockWidgetArea.LeftDockWidgetArea, "right": Qt.DockWidgetArea.RightDockWidgetArea}
AREAS |= {"top": Qt.DockWidgetArea.TopDockWidgetArea, "bottom": Qt.DockWidgetArea.BottomDockWidgetArea}


class Window:
    """Made by ``initGui``, removed by ``unload``; hidden at first, later where and as it was left."""

    def __init__(self, iface: Any, icon: str) -> None:
        self._iface = iface
        self._settings = QgsSettings()
        self.dock = ScreeDock(telemetry.snapshot, self._settings, _plot_advice(), iface.mainWindow(), _missing)
        self.action = QAction(QIcon(icon), tr("Memory and Jobs"), iface.mainWindow())
        self.action.setObjectName("ScreeDockAction")
        self.action.setCheckable(True)
        self.action.setToolTip(tr("Scree: memory, running jobs, tile caches and scratch data"))

    def add(self) -> None:
        area = AREAS.get(str(self._settings.value(AREA, "right")), AREAS["right"])
        self._iface.addDockWidget(area, self.dock)
        geometry = self._settings.value(GEOMETRY)
        if self._flag(FLOATING):
            self.dock.setFloating(True)
            if geometry:
                self.dock.restoreGeometry(geometry)
        self.dock.setVisible(self._flag(VISIBLE))
        self.action.setChecked(self._flag(VISIBLE))
        self.action.toggled.connect(self.dock.setVisible)
        self.dock.visibilityChanged.connect(self._follow)
        self._iface.addPluginToMenu(MENU, self.action)
        self._iface.addToolBarIcon(self.action)

    def remove(self) -> None:
        self._save_place()
        self.dock.visibilityChanged.disconnect(self._follow)
        self._iface.removePluginMenu(MENU, self.action)
        self._iface.removeToolBarIcon(self.action)
        self.dock.stop()
        self._iface.removeDockWidget(self.dock)
        self.dock.deleteLater()
        self.action.deleteLater()

    def _follow(self, visible: bool) -> None:
        """A dock behind another tab is not visible, and still open."""
        self.action.setChecked(not self.dock.isHidden())

    def _save_place(self) -> None:
        area = self._iface.mainWindow().dockWidgetArea(self.dock)
        self._settings.setValue(AREA, next((name for name, value in AREAS.items() if value == area), "right"))
        self._settings.setValue(FLOATING, self.dock.isFloating())
        self._settings.setValue(VISIBLE, not self.dock.isHidden())
        self._settings.setValue(GEOMETRY, self.dock.saveGeometry())

    def _flag(self, key: str) -> bool:
        return str(self._settings.value(key, False)).lower() == "true"


def _missing() -> str:
    return advice(ScreeAlgorithm.PACKAGES, _profile())


def _plot_advice() -> str:
    return tr("The curve needs the Python package pyqtgraph; {0}").format(how_to_install(("pyqtgraph",), _profile()))


def _profile() -> Path:
    return Path(QgsApplication.qgisSettingsDirPath())
