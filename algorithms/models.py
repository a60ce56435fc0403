# SPDX-License-Identifier: GPL-2.0-or-later
"""The models of resources/models in the toolbox, beside the algorithms they are made of.

They are a provider of their own: QGIS gives a model the name it was saved with, blanks and all, and
what holds for every algorithm of Scree (strict parameters, packages named) holds for its steps.
"""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsProcessingModelAlgorithm, QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .base import ICON

MODELS = Path(ICON).parent / "models"


class ModelAlgorithm(QgsProcessingModelAlgorithm):
    """A model whose id is the name of its file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.fromFile(str(path))
        self.setSourceFilePath(str(path))

    def name(self) -> str:
        return self._path.stem

    def createInstance(self) -> ModelAlgorithm:
        return ModelAlgorithm(self._path)


class ScreeModels(QgsProcessingProvider):
    def id(self) -> str:
        return "screemodels"

    def name(self) -> str:
        return "Scree models"

    def icon(self) -> QIcon:
        return QIcon(ICON)

    def svgIconPath(self) -> str:
        return ICON

    def loadAlgorithms(self) -> None:
        for path in sorted(MODELS.glob("*.model3")):
            self.addAlgorithm(ModelAlgorithm(path))
