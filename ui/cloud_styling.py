# SPDX-License-Identifier: GPL-2.0-or-later
"""Styles of loaded points: previews everywhere, and the clouds themselves where this QGIS opens them."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsGradientColorRamp,
    QgsGradientStop,
    QgsGraduatedSymbolRenderer,
    QgsMapLayer,
    QgsMapLayerType,
    QgsPointCloudAttributeByRampRenderer,
    QgsPointCloudLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProcessingUtils,
    QgsProviderRegistry,
    QgsRendererRange,
    QgsStyle,
    QgsVectorLayer,
)

from ..core.coordinates import coordinate
from ..core.round_numbers import stops
from .styling import CLASSES, STYLES, color_items

Span = tuple[float, float]
SYNTHETIC = "SyntheticArea"
"""The attribute that says which points were made, not measured."""

_alive: dict[str, PointStyler] = {}
"""QGIS keeps no reference to a post processor, so each path's newest one is kept here."""


class PointStyler(QgsProcessingLayerPostProcessorInterface):
    """Runs in the window's own thread once the layer is loaded."""

    def __init__(self, attribute: str, span: Span = (0.0, 1.0)) -> None:
        super().__init__()
        self.attribute, self.span = attribute, span

    def postProcessLayer(
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        style_points(layer, self.attribute, self.span)


def style_points_when_loaded(context: QgsProcessingContext, path: str, attribute: str) -> None:
    """Style a layer of points when, and only if, QGIS loads it after the run."""
    if context.willLoadLayerOnCompletion(path):
        _alive[path] = PointStyler(attribute)
        context.layerToLoadOnCompletionDetails(path).setPostProcessor(_alive[path])


def load_cloud(context: QgsProcessingContext, path: str, attribute: str, span: Span | None, given: Any) -> bool:
    """Have the window load a cloud it can open; ``given`` is the parameter's value.  True if it will.

    Without a ``span`` of the attribute's values the cloud keeps QGIS's own style: colors of classes.

    A model's steps hand each other files in QGIS's temporary folder: those are nobody's results.
    """
    path = str(Path(path).absolute())
    between_steps = str(given).startswith(QgsProcessingUtils.tempFolder())
    in_window = QgsApplication.instance().platform() == "desktop" and context.project() is not None
    if not in_window or between_steps or not opens_as_cloud(path):
        return False
    details = QgsProcessingContext.LayerDetails(Path(path).name, context.project(), "OUTPUT")
    context.addLayerToLoadOnCompletion(path, details)
    if span is not None:
        _alive[path] = PointStyler(attribute, span)
        context.layerToLoadOnCompletionDetails(path).setPostProcessor(_alive[path])
    return True


def opens_as_cloud(path: str) -> bool:
    """Whether this QGIS has a provider that takes the file for a point cloud."""
    found = QgsProviderRegistry.instance().querySublayers(path)
    return any(layer.type() == QgsMapLayerType.PointCloudLayer for layer in found)


def style_points(layer: QgsMapLayer, attribute: str, span: Span = (0.0, 1.0)) -> None:
    """Colors by an attribute; a sample is fitted to its values, a cloud to ``span``; synthetic points stand out."""
    if isinstance(layer, QgsPointCloudLayer):
        _style_cloud(layer, attribute, span)
    elif isinstance(layer, QgsVectorLayer):
        _style_sample(layer, attribute)
    layer.triggerRepaint()


def _style_sample(layer: QgsVectorLayer, attribute: str) -> None:
    names = [field.name() for field in layer.fields()]
    if SYNTHETIC in names:
        layer.loadNamedStyle(str(STYLES / "synthetic.qml"))
        renderer = layer.renderer()
        for rule in renderer.rootRule().children():
            if not rule.isElse():
                rule.setFilterExpression(f'"{SYNTHETIC}" <> 0')
        return
    name = attribute if attribute in names else "z"
    layer.loadNamedStyle(str(STYLES / "points.qml"))
    renderer = layer.renderer().clone()
    renderer.setClassAttribute(name)
    values = sorted(v for v in (f[name] for f in layer.getFeatures()) if isinstance(v, (int, float)) and isfinite(v))
    _classify(renderer, stops(*_range(values), CLASSES))
    layer.setRenderer(renderer)


def _classify(renderer: QgsGraduatedSymbolRenderer, bounds: list[float]) -> None:
    """Classes between these numbers, the outermost open, in the colors of those there were."""
    symbols = [item.symbol().clone() for item in renderer.ranges()]
    colors = [symbol.color() for symbol in symbols]
    inner = [QgsGradientStop(i / (len(colors) - 1), color) for i, color in enumerate(colors[1:-1], 1)]
    ramp = QgsGradientColorRamp(colors[0], colors[-1], False, inner)
    renderer.deleteAllClasses()
    number = len(bounds) - 1
    for i, (below, above) in enumerate(zip(bounds, bounds[1:])):
        symbol = symbols[0].clone()
        symbol.setColor(ramp.color(i / max(1, number - 1)))
        label = f"{coordinate(below)} to {coordinate(above)}"
        lower, upper = below if i else float("-inf"), above if i < number - 1 else float("inf")
        renderer.addClassRange(QgsRendererRange(lower, upper, symbol, label))


def _range(values: list[float]) -> tuple[float, float]:
    """The 2nd and 98th percentile of sorted values; never the same number twice."""
    if not values:
        return 0.0, 1.0
    low, high = values[int(0.02 * (len(values) - 1))], values[int(0.98 * (len(values) - 1))]
    return (low, high) if high > low else (low, low + 1.0)


def _style_cloud(layer: QgsPointCloudLayer, attribute: str, span: Span) -> None:
    if attribute not in [entry.name() for entry in layer.attributes().attributes()]:
        return
    values = stops(*span, CLASSES)
    renderer = QgsPointCloudAttributeByRampRenderer()
    renderer.setAttribute(attribute)
    renderer.setMinimum(values[0])
    renderer.setMaximum(values[-1])
    shader = renderer.colorRampShader()
    shader.setMinimumValue(values[0])
    shader.setMaximumValue(values[-1])
    ramp = QgsStyle.defaultStyle().colorRamp("Turbo") or QgsStyle.defaultStyle().colorRamp("Viridis")
    shader.setSourceColorRamp(ramp.clone())
    shader.setColorRampItemList(color_items(values, ramp))
    renderer.setColorRampShader(shader)
    layer.setRenderer(renderer)
