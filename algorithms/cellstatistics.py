# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:cellstatistics, features of points by raster cell."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import QgsProcessingContext

from .base import Parameters
from .bridge import Bridge
from .cells import CellAlgorithm
from .values import Reader


class CellStatisticsAlgorithm(CellAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:cellstatistics --INPUT=cloud.laz --RESOLUTION=1 --FEATURES='min,max,mean,pcount,std' "
        "--OUTPUT=statistics.tif"
    )

    def name(self) -> str:
        return "cellstatistics"

    def displayName(self) -> str:
        return self.tr("Cell statistics")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,raster,statistics,density,minimum,maximum,mean,count,percentile,dsm,"
            "neighborhood,opals,r.in.xyz"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("A raster with a band for each feature of the points in, or around, every cell.")

    def explanation(self) -> str:
        return self.tr(
            "Computes features of any attribute of the points in every cell, or in a neighborhood of its center, and "
            "writes each as a band of one raster. Cells without points are nodata."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_resolution()
        self.add_attribute()
        self.add_text(
            "FEATURES",
            self.tr("Features"),
            self.tr(
                "Separated by commas: min, max, range, mean, median, sum, variance, std (with n - 1), rms, pcount, "
                "pdens, quantile(0.95), nmin(2), nmax(2), minority, majority, entropy (bits)."
            ),
            "min,max,mean,pcount,std",
        )
        self.add_neighborhood(
            "",
            self.tr("Empty takes the points in the cell itself; circle(r=2), window(s=5) or knn(k=8) those around it."),
        )
        self.add_cell_filters()
        self.add_common()

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self.check_texts(self.options(reader, "cells.tif"))
        self._engine(reader)

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.points.gridding import grid_points

        reader = Reader(self, parameters, context)
        options = self.options(reader, reader.raster_destination("OUTPUT"))
        return self.results(reader, grid_points(options, self._engine(reader), bridge), options.output)

    def _engine(self, reader: Reader) -> Any:
        from ..core.points.cellstatistics import CellStatistics

        return CellStatistics(reader.text("ATTRIBUTE"), reader.text("FEATURES"), not reader.text("NEIGHBORHOOD"))
