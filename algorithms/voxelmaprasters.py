# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmaprasters, what stands in each column of a voxel map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import QgsProcessingContext, QgsProcessingParameterRasterDestination

from ..core.voxels.choices import BANDS
from ..ui.styling import style_when_loaded
from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common

RASTERS = (
    ("TOP", "Top", "Upper face of the highest occupied voxel, in the vertical unit of the map."),
    ("BOTTOM", "Bottom", "Lower face of the lowest occupied voxel."),
    ("COUNT", "Occupied voxels", "How many occupied voxels the column has."),
    ("GAP", "Canopy gap", "Height of the largest gap between two occupied voxels; 0 where there is none."),
)
STYLE = {"TOP": "output", "BOTTOM": "output", "COUNT": "count", "GAP": "distance"}

if TYPE_CHECKING:
    from ..core.voxels.rasters import RasterOptions


class VoxelMapRastersAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Top, bottom, number of occupied voxels and largest gap of each column of a voxel map."
    EXAMPLE: ClassVar[str] = "qgis_process run scree:voxelmaprasters --MAP=voxels --TOP=top.tif --GAP=gap.tif"

    def name(self) -> str:
        return "voxelmaprasters"

    def displayName(self) -> str:
        return self.tr("Rasters of a voxel map")

    def explanation(self) -> str:
        return self.tr(
            "Makes rasters of what stands in each column of a voxel map, in cells as wide as its voxels: top and "
            "bottom of what is occupied, number of occupied voxels, largest gap between them. Give at least one "
            "output; columns without an occupied voxel are nodata (number 0)."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_map()
        self.add_min_probability()
        for name, title, text in RASTERS:
            raster = QgsProcessingParameterRasterDestination(
                name, self.tr(title), optional=True, createByDefault=name == "TOP"
            )
            self.add(raster, self.tr(text))
        self.add_report()
        self.add_cache()
        self.add_output_numbers(
            [("COLUMNS", self.tr("Columns with occupied voxels")), ("PEAK_MEMORY", self.tr("Peak memory (MB)"))]
        )

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        _options(reader, {b: b if reader.given(b.upper()) else "" for b in BANDS}).check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.rasters import make_rasters

        reader = Reader(self, parameters, context)
        paths = {band: reader.raster_destination(band.upper()) for band in BANDS}
        report = make_rasters(_options(reader, paths), bridge)
        for band, path in paths.items():
            if path:
                style_when_loaded(context, path, STYLE[band.upper()])
        results: dict[str, Any] = {band.upper(): path for band, path in paths.items() if path}
        numbers = {"COLUMNS": report["columns"], "PEAK_MEMORY": report["peak_memory"]}
        return results | numbers | self.reported(reader, report)


def _options(reader: Reader, paths: dict[str, str]) -> RasterOptions:
    from ..core.voxels.rasters import RasterOptions

    return RasterOptions(**common(reader), **paths, min_probability=reader.number("MIN_PROBABILITY"))
