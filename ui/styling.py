# SPDX-License-Identifier: GPL-2.0-or-later
"""Styles of loaded rasters: a ramp from resources/styles, fitted to the layer's values."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsColorRamp,
    QgsColorRampShader,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRasterLayer,
    QgsSingleBandPseudoColorRenderer,
)

from ..core.coordinates import coordinate
from ..core.round_numbers import stops

STYLES = Path(__file__).resolve().parent.parent / "resources" / "styles"

STYLE_OF = {
    "output": "elevation",
    "hillshade": "hillshade",
    "slope": "slope",
    "aspect": "aspect",
    "profile_curvature": "curvature",
    "tangential_curvature": "curvature",
    "mean_curvature": "curvature",
    "distance": "distance",
    "uncertainty": "distance",
    "count": "count",
}

FITTED = ("elevation", "distance", "count")
"""Ramps from 0 to 1 in the file, stretched over round numbers about the 2nd and 98th percentile."""

SYMMETRIC = ("curvature",)
"""Ramps from -1 to 1 in the file, stretched so that 0 stays in the middle."""

WHOLE = ("count",)
"""Ramps of whole numbers."""

CLASSES = 10
"""Steps of a legend, at most; two more where round numbers enclose it."""

SAMPLE = 250_000
"""Cells looked at to fit a ramp."""

_alive: dict[str, RampStyler] = {}
"""QGIS keeps no reference to a post processor, so each path's newest one is kept here."""


class RampStyler(QgsProcessingLayerPostProcessorInterface):
    """Runs in the window's own thread once the layer is loaded."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self.style = style

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        if isinstance(layer, QgsRasterLayer):
            apply_style(layer, self.style)


def style_when_loaded(context: QgsProcessingContext, path: str, field: str) -> None:
    """Style the raster of this option when, and only if, QGIS loads it after the run."""
    if context.willLoadLayerOnCompletion(path):
        _alive[path] = RampStyler(STYLE_OF[field])
        context.layerToLoadOnCompletionDetails(path).setPostProcessor(_alive[path])


def apply_style(layer: QgsRasterLayer, style: str) -> None:
    """Give the layer a ramp of resources/styles, fitted to its values."""
    layer.loadNamedStyle(str(STYLES / f"{style}.qml"))
    renderer = layer.renderer()
    if style in FITTED + SYMMETRIC and isinstance(renderer, QgsSingleBandPseudoColorRenderer):
        low, high = layer.dataProvider().cumulativeCut(1, 0.02, 0.98, layer.extent(), SAMPLE)
        if style in SYMMETRIC:
            high = max(abs(low), abs(high))
            low = -high
        if high > low:
            _stretch(renderer, stops(low, high, CLASSES, float(style in WHOLE)))
            layer.setRenderer(renderer.clone())  # tells the legend, which was drawn when the layer was added
    layer.triggerRepaint()


def color_items(values: list[float], ramp: QgsColorRamp) -> list[QgsColorRampShader.ColorRampItem]:
    """The ramp from the first of the values to the last, with a row of the legend for each."""
    low, high = values[0], values[-1]
    return [
        QgsColorRampShader.ColorRampItem(value, ramp.color((value - low) / (high - low)), coordinate(value))
        for value in values
    ]


def _stretch(renderer: QgsSingleBandPseudoColorRenderer, values: list[float]) -> None:
    """Give the ramp these values instead of its own."""
    shader = renderer.shader().rasterShaderFunction()
    shader.setColorRampItemList(color_items(values, shader.createColorRamp()))
    shader.setMinimumValue(values[0])
    shader.setMaximumValue(values[-1])
    renderer.setClassificationMin(values[0])
    renderer.setClassificationMax(values[-1])
