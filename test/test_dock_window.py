# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin adds to a window of QGIS, remembers, and takes away again."""

from __future__ import annotations

import gc
from typing import Any

import pytest

pytest.importorskip("qgis.core")

from qgis.core import QgsSettings
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QAction, QApplication, QDockWidget, QMainWindow, QMenu, QToolBar
from qt_session import qt_application, settle


class Iface:
    """The few calls of QgisInterface the plugin makes, on a main window of its own."""

    def __init__(self) -> None:
        self.window = QMainWindow()
        self.menu, self.toolbar = QMenu(self.window), QToolBar(self.window)

    def mainWindow(self) -> QMainWindow:
        return self.window

    def addDockWidget(self, area: Any, dock: QDockWidget) -> None:
        self.window.addDockWidget(area, dock)

    def removeDockWidget(self, dock: QDockWidget) -> None:
        self.window.removeDockWidget(dock)

    def addPluginToMenu(self, name: str, action: QAction) -> None:
        self.menu.addAction(action)

    def removePluginMenu(self, name: str, action: QAction) -> None:
        self.menu.removeAction(action)

    def addToolBarIcon(self, action: QAction) -> None:
        self.toolbar.addAction(action)

    def removeToolBarIcon(self, action: QAction) -> None:
        self.toolbar.removeAction(action)


@pytest.fixture(scope="session")
def application() -> Any:
    return qt_application()


@pytest.fixture
def iface(application: Any) -> Any:
    QgsSettings().remove("scree")
    iface = Iface()
    iface.window.show()
    yield iface
    iface.window.deleteLater()
    settle()
    QgsSettings().remove("scree")


@pytest.fixture
def load(iface: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The plugin in a window; without its provider, which the session may already have."""
    from scree.plugin import ScreePlugin

    monkeypatch.setattr(ScreePlugin, "initProcessing", lambda self: None)

    def load() -> Any:
        plugin = ScreePlugin(iface)
        plugin.initGui()
        return plugin

    return load


def test_hidden_until_asked_for(iface: Any, load: Any) -> None:
    plugin = load()
    dock, action = plugin.window.dock, plugin.window.action
    assert not dock.isVisible()
    assert action in iface.menu.actions()
    assert action in iface.toolbar.actions()
    action.trigger()
    assert dock.isVisible()
    dock.close()
    assert not action.isChecked()
    plugin.unload()


def test_its_place_is_remembered(iface: Any, load: Any) -> None:
    plugin = load()
    plugin.window.action.trigger()
    iface.window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, plugin.window.dock)
    plugin.unload()
    settle()
    plugin = load()
    assert plugin.window.dock.isVisible()
    assert plugin.window.action.isChecked()
    assert iface.window.dockWidgetArea(plugin.window.dock) == Qt.DockWidgetArea.BottomDockWidgetArea
    plugin.window.dock.setFloating(True)
    plugin.window.action.trigger()
    plugin.unload()
    settle()
    plugin = load()
    assert not plugin.window.dock.isVisible()
    assert plugin.window.dock.isFloating()
    plugin.unload()


def test_nothing_is_left_after_ten_reloads(iface: Any, load: Any) -> None:
    def once() -> None:
        plugin = load()
        plugin.window.dock.show()
        settle()
        plugin.unload()
        settle()

    once()
    gc.collect()
    widgets, children = len(QApplication.allWidgets()), len(iface.window.findChildren(QAction))
    for _ in range(10):
        once()
    gc.collect()
    settle()
    assert len(QApplication.allWidgets()) <= widgets
    assert len(iface.window.findChildren(QAction)) <= children
    assert iface.window.findChildren(QDockWidget) == []
    assert iface.menu.actions() == iface.toolbar.actions() == []
