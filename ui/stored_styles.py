# SPDX-License-Identifier: GPL-2.0-or-later
"""Layers of a GeoPackage in the window, with the styles that lie in the file."""

from __future__ import annotations

from qgis.core import (
    QgsApplication,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
)


class StoredStyler(QgsProcessingLayerPostProcessorInterface):
    """Gives a layer the default style of its file, which Processing leaves out as it loads results."""

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        layer.loadDefaultStyle()


_styler = StoredStyler()
"""QGIS keeps no reference to a post processor."""


def show_layers(context: QgsProcessingContext, path: str, layers: list[str]) -> None:
    """In the QGIS window, add layers of a GeoPackage to the project."""
    if QgsApplication.instance().platform() != "desktop" or context.project() is None:
        return
    for layer in layers:
        details = QgsProcessingContext.LayerDetails(layer, context.project(), layer)
        details.setPostProcessor(_styler)
        context.addLayerToLoadOnCompletion(f"{path}|layername={layer}", details)
