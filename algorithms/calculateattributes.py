# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:calculateattributes, new attributes by formulas of own, neighbor and raster values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from qgis.core import (
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterString,
)

from ..core.errors import OptionError
from ..core.points.options import PointOptions
from .base import Parameters
from .bridge import Bridge
from .points import PointAlgorithm
from .values import Reader


class CalculateAttributesAlgorithm(PointAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:calculateattributes --INPUT=strip1.laz --OTHER_CLOUD=strip2.laz "
        "--NEIGHBORHOOD='knn(k=1) maxSearchDistance=1' --FORMULAS='_dz(float) = n[0].z - z' --OUTPUT=difference.laz"
    )

    def name(self) -> str:
        return "calculateattributes"

    def displayName(self) -> str:
        return self.tr("Calculate attributes")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,attribute,formula,calculator,normalized height,transfer,addinfo,opals"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("New attributes by formulas of a point's own values, its neighbors and rasters.")

    def explanation(self) -> str:
        return self.tr(
            "Adds an extra dimension for each formula: of the point's own values (z, Amplitude, any attribute), of "
            "rasters (z - r[0] is the height over a DTM), or of neighbors (n[0].z is the height of the first one, also "
            "from another cloud: attribute transfer). A name the points have (z, Classification, Amplitude, an extra "
            "dimension) is overwritten, where there is a new value that fits its range; elsewhere it keeps what it "
            "had. A new one gets NaN, or 0 of integer types, where a formula is invalid. Every point keeps its place "
            "and all its other attributes."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add(
            QgsProcessingParameterString("FORMULAS", self.tr("Formulas"), "", True, False),
            self.tr(
                "One a line (or between semicolons): name(type) = formula, as _height(float) = z - r[0]; without a "
                "type it is float, or what the points have it as. Types: int8 to int64, uint8 to uint64, float, "
                "double, bool; LAS holds no text. Integers are rounded and cut to their range. A later formula may "
                "use an earlier one's name."
            ),
        )
        self.add_neighborhood(
            "", self.tr("Needed where formulas use n[i]: knn(k=1) makes n[0] the nearest point in the plane.")
        )
        other = QgsProcessingParameterMultipleLayers(
            "OTHER_CLOUD", self.tr("Clouds of the neighbors"), QgsProcessing.SourceType.TypeFile, optional=True
        )
        self.add(other, self.tr("Neighbors come from these clouds; empty takes them from the inputs themselves."))
        self.add_process_filter()
        self.add_neighbor_filter()
        self.add_common()

    def run_options(self, reader: Reader) -> PointOptions:
        names = ("OUTPUT", "OUTPUT_FOLDER")
        paths = {n: f"{n.lower()}.las" if reader.given(n) else "" for n in names}
        return self.options(reader, paths, other_cloud=reader.files("OTHER_CLOUD"))

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        options = self.run_options(reader)
        self.check_texts(options)
        searches = self._engine(reader).searches
        if searches and not options.neighborhood:
            raise OptionError(
                "FORMULAS use n[i] and NEIGHBORHOOD is empty: say which points are neighbors, as knn(k=1)."
            )
        for name in ("NEIGHBORHOOD", "OTHER_CLOUD", "NEIGHBOR_FILTER"):
            if not searches and reader.given(name):
                raise OptionError(f"{name} is given and no formula uses n[i]: use n[i], or empty {name}.")

    def compute(self, reader: Reader, options: PointOptions, bridge: Bridge) -> Mapping[str, Any]:
        from dataclasses import replace

        from ..core.points.job import work_points
        from ..core.points.stream import stream_points

        engine = self._engine(reader)
        if not engine.searches:
            return stream_points(options, engine, feedback=bridge)
        return work_points(replace(options, other_cloud=reader.files("OTHER_CLOUD")), engine, bridge)

    def _engine(self, reader: Reader) -> Any:
        from ..core.points.formulas import Calculator, parse_assignments

        return Calculator(parse_assignments(reader.text("FORMULAS")))
