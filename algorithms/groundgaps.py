# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:groundgaps, where the ground of a cloud has holes, how large, and why."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ..core.augmentation.options import AugmentOptions
from ..core.errors import OptionError
from ..ui.styling import style_when_loaded
from .base import Parameters
from .bridge import Bridge
from .ground import GroundAlgorithm
from .values import Reader

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_GROUND", "Ground points among them"),
    ("CELLS", "Cells of the cloud"),
    ("CELLS_IN_HOLES", "Cells in holes"),
    ("HOLES", "Number of holes"),
    ("LARGEST_HOLE", "Area of the largest hole"),
    ("FARTHEST", "Largest distance to ground"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)


class GroundGapsAlgorithm(GroundAlgorithm):
    PACKAGES: ClassVar[tuple[str, ...]] = ("numpy", "scipy", "numba", "laspy", "lazrs", "rasterio")
    EXAMPLE: ClassVar[str] = "qgis_process run scree:groundgaps --INPUT=tiles/ --OUTPUT=gaps.tif --POLYGONS=gaps.gpkg"

    def name(self) -> str:
        return "groundgaps"

    def displayName(self) -> str:
        return self.tr("Find holes in the ground")

    def tags(self) -> list[str]:
        return self.tr("lidar,las,laz,copc,vpc,point cloud,ground,gap,hole,void,diagnosis,quality,augmentation").split(
            ","
        )

    def shortDescription(self) -> str:
        return self.tr("Where the ground of a cloud has holes, how large they are, and what causes them.")

    def explanation(self) -> str:
        return self.tr(
            "Maps the holes of the ground class before they are filled: of each cell of SPACING farther from ground "
            "than MIN_SPACING the distance to the nearest cell of ground (the mean of its points), the cause (1 "
            "vegetation, 2 buildings, 3 water, 4 roads, 5 other gaps) and the area of the whole hole it belongs to. "
            "Cells that share an edge are one hole."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_sites("vegetation,buildings,water,roads,gaps")
        self.add(
            QgsProcessingParameterRasterDestination("OUTPUT", self.tr("Holes"), optional=True),
            self.tr(
                "A GeoTIFF with the bands distance, cause and size (area of the hole); nodata where there is no hole."
            ),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                "POLYGONS", self.tr("Outlines of holes"), optional=True, createByDefault=False
            ),
            self.tr("A GeoPackage of polygons with area, cause and largest distance to ground."),
        )
        self.add_report()
        self.add_crs()
        self.add_text_clouds()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self._options(reader).check(outputs=False)
        if not (reader.given("OUTPUT") or reader.given("POLYGONS")):
            raise OptionError("No output is asked for: give OUTPUT or POLYGONS.")
        if reader.given("POLYGONS"):
            path = reader.planned_destination(self.parameterDefinition("POLYGONS"))
            if not path.lower().endswith(".gpkg"):
                raise OptionError(f"POLYGONS is '{path}'; its name must end in .gpkg.")

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.augmentation.gap_job import GapOutputs, find_gaps

        reader = Reader(self, parameters, context)
        paths = {name: reader.raster_destination(name) for name in ("OUTPUT", "POLYGONS")}
        if paths["OUTPUT"]:
            style_when_loaded(context, paths["OUTPUT"], "distance")
        report = find_gaps(self._options(reader), GapOutputs(paths["OUTPUT"], paths["POLYGONS"]), bridge)
        found: dict[str, Any] = {name: path for name, path in paths.items() if path}
        found |= {name: report[name.lower()] for name, _ in NUMBERS}
        return found | self.reported(reader, report)

    def _options(self, reader: Reader) -> AugmentOptions:
        return AugmentOptions(dtm=(), **self.site_settings(reader), **self.run_settings(reader))
