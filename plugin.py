# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin as QGIS loads it: a provider, with or without a window."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication

from .algorithms.base import ICON
from .algorithms.models import ScreeModels
from .algorithms.provider import ScreeProvider
from .ui.translation import install_translator


class ScreePlugin:
    """``iface`` is None under qgis_process, which calls ``initProcessing`` only."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.translator = install_translator()
        self.provider: ScreeProvider | None = None
        self.models: ScreeModels | None = None
        self.window: Any = None

    def initProcessing(self) -> None:
        self.provider = ScreeProvider()
        self.models = ScreeModels()
        QgsApplication.processingRegistry().addProvider(self.provider)
        QgsApplication.processingRegistry().addProvider(self.models)

    def initGui(self) -> None:
        from .ui.window import Window

        self.initProcessing()
        self.window = Window(self.iface, ICON)
        self.window.add()

    def unload(self) -> None:
        if self.window is not None:
            self.window.remove()
            self.window = None
        if self.models is not None:
            QgsApplication.processingRegistry().removeProvider(self.models)
            self.models = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.translator is not None:
            QCoreApplication.removeTranslator(self.translator)
            self.translator = None
