# SPDX-License-Identifier: GPL-2.0-or-later
"""The editor as Processing makes it: in the toolbox, in batch and in the modeler."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

pytest.importorskip("qgis.core")

from qgis.core import (
    QgsApplication,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelParameter,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtWidgets import QDialog
from qt_session import qt_application, settle


@pytest.fixture(scope="module")
def factory() -> Any:
    qt_application()
    folder = os.path.join(QgsApplication.pkgDataPath(), "python", "plugins")
    if folder not in sys.path:
        sys.path.append(folder)
    from processing.gui.wrappers import WidgetWrapperFactory

    return WidgetWrapperFactory


@pytest.fixture
def parameter() -> Any:
    from scree.algorithms.dem import DemAlgorithm

    algorithm = DemAlgorithm().create()
    found = algorithm.parameterDefinition("FILTER")
    found.kept = algorithm  # it owns the parameter
    return found


class AlgorithmDialog(QDialog):
    """Processing tells the kind of dialog by the name of its class."""


class BatchAlgorithmDialog(QDialog):
    pass


class ModelerParametersDialog(QDialog):
    def __init__(self) -> None:
        super().__init__()
        self.model = QgsProcessingModelAlgorithm()
        self.model.addModelParameter(
            QgsProcessingParameterString("which", "Which points"), QgsProcessingModelParameter("which")
        )
        self.childId = self.model.addChildAlgorithm(QgsProcessingModelChildAlgorithm("native:buffer"))

    def getAvailableValuesOfType(self, kinds: Any, outputs: Any) -> Any:
        return self.model.availableSourcesForChild(self.childId, [k.typeName() for k in kinds], [])

    def resolveValueDescription(self, source: Any) -> str:
        return self.model.parameterDefinition(source.parameterName()).description()


@pytest.mark.parametrize("kind", [AlgorithmDialog, BatchAlgorithmDialog, ModelerParametersDialog])
def test_text_goes_in_and_comes_out(factory: Any, parameter: Any, kind: type) -> None:
    dialog = kind()
    wrapper = factory.create_wrapper(parameter, dialog)
    assert wrapper.value() == "Class[Ground]"
    wrapper.setValue("Class[Grund]")
    assert wrapper.value() == "Class[Grund]"
    wrapper.setWidgetValue("Echo[Last]", None)
    assert wrapper.parameterValue() == "Echo[Last]"
    dialog.deleteLater()
    settle()


def test_neighborhoods_have_their_own_editor(factory: Any) -> None:
    from scree.algorithms.normals import NormalsAlgorithm
    from scree.ui.languages import NEIGHBORHOOD

    algorithm = NormalsAlgorithm().create()
    dialog = AlgorithmDialog()
    wrapper = factory.create_wrapper(algorithm.parameterDefinition("NEIGHBORHOOD"), dialog)
    assert wrapper.widget.language is NEIGHBORHOOD
    assert wrapper.widget.edit.problem is None
    inputs = factory.create_wrapper(algorithm.parameterDefinition("INPUT"), dialog)
    wrapper.postInitialize([wrapper, inputs])
    wrapper.widget.draw_button.setChecked(True)
    assert "Choose a point cloud" in wrapper.widget.view.message
    dialog.deleteLater()
    settle()


def test_an_error_in_batch_is_in_the_tip(factory: Any, parameter: Any) -> None:
    dialog = BatchAlgorithmDialog()
    wrapper = factory.create_wrapper(parameter, dialog)
    changed: list[Any] = []
    wrapper.widgetValueHasChanged.connect(changed.append)
    wrapper.setValue("Class[Grund]")
    assert "nearest: Ground" in wrapper.widget.toolTip()
    assert "^" in wrapper.widget.toolTip()
    assert changed
    dialog.deleteLater()
    settle()


def test_an_input_of_the_model_can_be_chosen(factory: Any, parameter: Any) -> None:
    dialog = ModelerParametersDialog()
    wrapper = factory.create_wrapper(parameter, dialog)
    source = QgsProcessingModelChildParameterSource.fromModelParameter("which")
    wrapper.setValue(source)
    assert wrapper.value() == source
    assert wrapper.widget.panel.isHidden()
    wrapper.widget.source.setCurrentIndex(0)
    assert wrapper.value() == "Class[Ground]"
    dialog.deleteLater()
    settle()
