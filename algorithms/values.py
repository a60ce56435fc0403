# SPDX-License-Identifier: GPL-2.0-or-later
"""Parameter values as QGIS hands them over (text from a command line, typed from a dialog), read strictly."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingDestinationParameter,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterNumber,
    QgsProperty,
)

from ..core.errors import InputError, OptionError
from ..core.local_files import require_local

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

FILES = ("multilayer", "raster", "vector", "file", "extent")
"""Types of parameters that take the name of a file."""

PLAIN_NUMBERS = re.compile(r"[\s\d.,eE+-]+")

KINDS = {
    "boolean": "true or false",
    "crs": "a coordinate reference system, as EPSG:2154",
    "extent": "xmin,xmax,ymin,ymax, a raster or a vector file",
    "multilayer": "at least one file or folder",
    "raster": "a raster file that can be read",
    "vector": "a vector file that can be read",
    "file": "the name of a file that is there",
}

Parameters = dict[str, Any]


def given(parameters: Parameters, name: str) -> bool:
    """True if there is a value that is not the empty text."""
    return parameters.get(name) not in (None, "")


def check(definition: QgsProcessingParameterDefinition, parameters: Parameters, context: QgsProcessingContext) -> None:
    """Raise OptionError where the value is missing or of the wrong kind; ranges are for the core."""
    name, value = definition.name(), parameters.get(definition.name())
    optional = bool(definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional)
    if value is None:
        if not optional and definition.defaultValue() is None:
            raise OptionError(f"{name} is missing; give {_kind(definition)}.")
        return
    if (value == "" and optional) or isinstance(value, QgsProperty):
        return
    for path in _paths(definition, value):
        try:
            require_local(path)
        except InputError as error:
            raise OptionError(f"{name} is '{path}': {error}") from error
    good = definition.checkValueIsAcceptable(value, context)
    if good and definition.type() == "boolean" and isinstance(value, str):
        good = value.lower() in TRUE + FALSE
    if not good or (definition.type() == "number" and not _is_number(definition, value)):
        absent = next(filter(_absent, _paths(definition, value)), None)
        if absent is not None:
            raise OptionError(f"{name} is '{absent}', which does not exist; give {_kind(definition)}.")
        raise OptionError(f"{name} is {value!r}; it must be {_kind(definition)}.")


def _paths(definition: QgsProcessingParameterDefinition, value: Any) -> Iterator[str]:
    """The paths that a value of a parameter for files holds, as far as it is text."""
    if definition.type() not in FILES:
        return
    for each in value if isinstance(value, (list, tuple)) else (value,):
        path = each.partition("|")[0] if isinstance(each, str) else ""
        if path and not (definition.type() == "extent" and PLAIN_NUMBERS.fullmatch(path)):
            yield path


def _absent(path: str) -> bool:
    return not path.startswith("/vsi") and not os.path.exists(path)


def _kind(definition: QgsProcessingParameterDefinition) -> str:
    kind = definition.type()
    if kind == "multilayer" and definition.layerType() == QgsProcessing.SourceType.TypeRaster:
        return "a raster file that can be read, or several"
    if kind == "enum":
        return f"one of {', '.join(definition.options())}"
    if kind == "number":
        whole = definition.dataType() == QgsProcessingParameterNumber.Type.Integer
        return "a whole number" if whole else "a number"
    if definition.isDestination():
        return "the name of a file to write"
    return KINDS.get(kind, "text")


def _is_number(definition: QgsProcessingParameterNumber, value: Any) -> bool:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return False
    return definition.dataType() != QgsProcessingParameterNumber.Type.Integer or number == int(number)


class Reader:
    """Reads the values of one run."""

    def __init__(
        self, algorithm: QgsProcessingAlgorithm, parameters: Parameters, context: QgsProcessingContext
    ) -> None:
        self._algorithm, self._parameters, self._context = algorithm, parameters, context

    def given(self, name: str) -> bool:
        return given(self._parameters, name)

    def text(self, name: str) -> str:
        return str(self._algorithm.parameterAsString(self._parameters, name, self._context) or "").strip()

    def choice(self, name: str) -> str:
        return str(self._algorithm.parameterAsEnumString(self._parameters, name, self._context))

    def number(self, name: str) -> float:
        return float(self._algorithm.parameterAsDouble(self._parameters, name, self._context))

    def whole(self, name: str) -> int:
        return int(self.number(name))

    def number_or_none(self, name: str) -> float | None:
        return self.number(name) if self.given(name) else None

    def whole_or_none(self, name: str) -> int | None:
        return self.whole(name) if self.given(name) else None

    def boolean(self, name: str) -> bool:
        value = self._parameters.get(name)
        if isinstance(value, str):
            return value.lower() in TRUE
        return bool(self._algorithm.parameterAsBool(self._parameters, name, self._context))

    def files(self, name: str) -> tuple[str, ...]:
        return tuple(f for f in self._algorithm.parameterAsFileList(self._parameters, name, self._context) if f)

    def sources(self, definition: QgsProcessingParameterDefinition) -> tuple[str, ...]:
        """Paths of the files that a parameter of any kind names."""
        kind, name = definition.type(), definition.name()
        if kind == "multilayer":
            return self.files(name)
        one = {"raster": self.raster, "vector": self.vector}.get(kind, self.text)(name)
        return (one.partition("|")[0],) if one else ()

    def crs(self, name: str) -> str:
        """WKT, or '' where none is given."""
        if not self.given(name):
            return ""
        from ..core.clouds.crs import from_user

        value = self._parameters[name]
        crs = self._algorithm.parameterAsCrs(self._parameters, name, self._context)
        try:  # QGIS before 3.38 drops the vertical part, so the core reads the text itself
            text = from_user(value if isinstance(value, str) else crs.authid())
        except OptionError:
            text = ""
        if not text and not crs.isValid():
            raise OptionError(
                f"{name} is '{value}', which is not known here; give a code as EPSG:2154 or EPSG:2154+5720, or WKT."
            )
        return text or str(crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED))

    def raster(self, name: str) -> str:
        """Path of a raster, or '' where none is given."""
        if not self.given(name):
            return ""
        layer = self._algorithm.parameterAsRasterLayer(self._parameters, name, self._context)
        if layer is None or not layer.isValid():
            raise OptionError(f"{name} is '{self._parameters[name]}', which cannot be read as a raster.")
        return str(layer.source())

    def vector(self, name: str) -> str:
        """Source of a vector layer, as path|layername=NAME, or '' where none is given."""
        if not self.given(name):
            return ""
        layer = self._algorithm.parameterAsVectorLayer(self._parameters, name, self._context)
        if layer is None or not layer.isValid():
            raise OptionError(f"{name} is '{self._parameters[name]}', which cannot be read as a vector layer.")
        return str(layer.source())

    def rasters(self, name: str) -> tuple[str, ...]:
        """Paths of a list of rasters, empty where none is given."""
        if not self.given(name):
            return ()
        layers = self._algorithm.parameterAsLayerList(self._parameters, name, self._context)
        value = self._parameters[name]
        given = value if isinstance(value, (list, tuple)) else [value]
        if len(layers) != len(given) or not all(layer.isValid() for layer in layers):
            raise OptionError(f"{name} is '{value}', which cannot all be read as rasters; name raster files.")
        return tuple(str(layer.source()) for layer in layers)

    def extent_crs(self, name: str) -> QgsCoordinateReferenceSystem | None:
        """The CRS an extent came with; None for four plain numbers, which are in the clouds' CRS."""
        value = self._parameters.get(name)
        if isinstance(value, str) and PLAIN_NUMBERS.fullmatch(value):
            return None
        crs = self._algorithm.parameterAsExtentCrs(self._parameters, name, self._context)
        return crs if crs.isValid() else None

    def extent(
        self, name: str, crs: QgsCoordinateReferenceSystem | None = None
    ) -> tuple[float, float, float, float] | None:
        """(xmin, ymin, xmax, ymax), transformed to ``crs`` if there is one."""
        if not self.given(name):
            return None
        rectangle = (
            self._algorithm.parameterAsExtent(self._parameters, name, self._context)
            if crs is None
            else self._algorithm.parameterAsExtent(self._parameters, name, self._context, crs)
        )
        if rectangle.isNull():
            raise OptionError(f"{name} is '{self._parameters[name]}'; give xmin,xmax,ymin,ymax, a raster or a vector.")
        return rectangle.xMinimum(), rectangle.yMinimum(), rectangle.xMaximum(), rectangle.yMaximum()

    def planned_destination(self, definition: QgsProcessingDestinationParameter) -> str:
        """The file a destination names, '' where it is not wanted; asking QGIS would prepare its loading."""
        value = self._parameters.get(definition.name())
        if isinstance(value, QgsProcessingOutputLayerDefinition):
            value = value.sink.staticValue()
        if value == QgsProcessing.TEMPORARY_OUTPUT:
            return f"{definition.name()}.{definition.defaultFileExtension()}"
        return str(value or "")

    def raster_destination(self, name: str) -> str:
        """Path of a raster to write, '' where it is not wanted; marks it for loading where QGIS asked for that."""
        if not self.given(name):
            return ""
        return str(self._algorithm.parameterAsOutputLayer(self._parameters, name, self._context) or "")

    def layer_destination(self, name: str) -> str:
        """As ``raster_destination``, of any layer."""
        return self.raster_destination(name)

    def value(self, name: str) -> Any:
        """What was given, as it was."""
        return self._parameters.get(name)

    def planned(self, name: str) -> str:
        """As ``planned_destination``, by name; '' where there is no such parameter."""
        definition = self._algorithm.parameterDefinition(name)
        return self.planned_destination(definition) if definition is not None else ""

    def file_destination(self, name: str) -> str:
        if not self.given(name):
            return ""
        return str(self._algorithm.parameterAsFileOutput(self._parameters, name, self._context) or "")


def crs_of(text: str) -> QgsCoordinateReferenceSystem:
    """The CRS of WKT text; invalid where the text is ''."""
    return QgsCoordinateReferenceSystem.fromWkt(text) if text else QgsCoordinateReferenceSystem()
