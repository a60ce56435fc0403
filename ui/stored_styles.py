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


_alive: dict[str, StoredStyler] = {}
"""QGIS keeps no reference to a post processor, and deletes each layer's with the context: none may serve two."""


def show_layers(context: QgsProcessingContext, path: str, layers: list[str]) -> None:
    """In the QGIS window, add layers of a GeoPackage to the project."""
    if QgsApplication.instance().platform() != "desktop" or context.project() is None:
        return
    for layer in layers:
        details = QgsProcessingContext.LayerDetails(layer, context.project(), layer)
        uri = f"{path}|layername={layer}"
        _alive[uri] = StoredStyler()
        details.setPostProcessor(_alive[uri])
        context.addLayerToLoadOnCompletion(uri, details)
