# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms of the group Ground share: their parameters, and the core's options of them."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingParameterCrs,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorLayer,
)

from ..core.errors import OptionError
from .points import PointAlgorithm
from .values import Reader


class GroundAlgorithm(PointAlgorithm):
    """Parameters of holes in the ground; lengths that are left empty are metres, brought to the clouds' units."""

    def group(self) -> str:
        return self.tr("Ground")

    def groupId(self) -> str:
        return "ground"

    def add_dtm(self) -> None:
        dtm = QgsProcessingParameterMultipleLayers("DTM", self.tr("Reference DTM"), QgsProcessing.SourceType.TypeRaster)
        self.add(
            dtm,
            self.tr(
                "One or more rasters of terrain heights, or a VRT of many; where several have a height the first "
                "counts. Read bilinearly; where one of the four pixels is nodata, nothing is filled. A DTM in another "
                "CRS is transformed, which the log tells."
            ),
        )

    def add_sites(self, priorities: str = "vegetation,gaps") -> None:
        self.add_number(
            "SPACING",
            self.tr("Spacing of sites"),
            self.tr(
                "Side of the cells whose middles are the sites: places that may lie in a hole. CRS units; empty is 1 "
                "m. Cells are counted from coordinate 0, so neighboring runs join. Half of it makes four times the "
                "sites."
            ),
        )
        self.add_number(
            "MIN_SPACING",
            self.tr("Distance that makes a hole"),
            self.tr(
                "A site is in a hole where the nearest ground point is farther than this, CRS units; empty is 1.5 m. "
                "Larger fills only larger holes."
            ),
        )
        self._add_areas(priorities)
        self.add_number(
            "MAX_DENSITY",
            self.tr("Most sites for each square kilometre"),
            self.tr("Where SPACING makes more, it is enlarged for the whole run, with a warning."),
            1_000_000,
            advanced=True,
        )

    def _add_areas(self, priorities: str) -> None:
        self.add_text(
            "PRIORITIES",
            self.tr("Areas, in order"),
            self.tr(
                "The areas to look for holes in, of vegetation, buildings, water, roads and gaps; a site belongs to "
                "the first of them that holds it. Vegetation is within 5 m of classes 3, 4, 5; buildings, water and "
                "roads are within MIN_SPACING of classes 6, 9, 11 or in polygons; gaps is whatever is left, areas that "
                "are not named too. A minus keeps an area empty, as in vegetation,-water,gaps."
            ),
            priorities,
        )
        for area in ("buildings", "roads", "water"):
            polygons = QgsProcessingParameterVectorLayer(
                area.upper(), self.tr(f"Polygons of {area}"), [QgsProcessing.SourceType.TypeVectorPolygon], None, True
            )
            self.add(
                polygons,
                self.tr(f"Sites in these polygons belong to the area {area}, as those near its class do."),
                advanced=True,
            )
        self.add_text(
            "GROUND_CLASSES",
            self.tr("Classes of ground"),
            self.tr("Numbers of the classes that are ground, as 2 or 2,9."),
            "2",
        )
        self.add_number(
            "VEGETATION_DISTANCE",
            self.tr("Reach of vegetation"),
            self.tr("A site this near to a point of class 3, 4 or 5 is in vegetation. CRS units; empty is 5 m."),
            advanced=True,
        )

    def add_crs(self) -> None:
        self.add(
            QgsProcessingParameterCrs("CRS", self.tr("CRS of the clouds"), optional=True),
            self.tr("Assigns a CRS to clouds without one, or overrides a wrong one; coordinates are not changed."),
            advanced=True,
        )

    def run_settings(self, reader: Reader) -> dict[str, Any]:
        """Options every algorithm of the group has."""
        return {
            "inputs": reader.files("INPUT"),
            "crs": reader.crs("CRS"),
            "max_memory": reader.whole("MAX_MEMORY"),
            "growth": QgsApplication.instance().platform() == "desktop",
            "threads": reader.whole("THREADS"),
            "resume": reader.boolean("RESUME"),
            "scratch": reader.text("SCRATCH"),
        }

    def site_settings(self, reader: Reader) -> dict[str, Any]:
        """Options of where sites are."""
        return {
            "columns": reader.text("COLUMNS"),
            "labels": reader.text("LABELS"),
            "spacing": reader.number_or_none("SPACING"),
            "min_spacing": reader.number_or_none("MIN_SPACING"),
            "priorities": tuple(w.strip().lower() for w in reader.text("PRIORITIES").split(",") if w.strip()),
            "ground_classes": classes(reader.text("GROUND_CLASSES")),
            "vegetation_distance": reader.number_or_none("VEGETATION_DISTANCE"),
            "max_density": reader.number("MAX_DENSITY"),
            **{area: reader.vector(area.upper()) for area in ("buildings", "roads", "water")},
        }

    def clouds_planned(self, reader: Reader) -> dict[str, str]:
        """Stand-ins for the paths of clouds, which only a run may ask for."""
        names = ("OUTPUT", "OUTPUT_FOLDER", "SYNTHETIC_ONLY")
        return {n.lower(): f"{n.lower()}.las" for n in names if self.parameterDefinition(n) and reader.given(n)}


def classes(text: str) -> tuple[int, ...]:
    """Class numbers of a list.  Raises OptionError."""
    try:
        return tuple(int(word) for word in text.replace(";", ",").split(",") if word.strip())
    except ValueError:
        raise OptionError(f"GROUND_CLASSES is '{text}'; write class numbers, as 2 or 2,9.") from None
