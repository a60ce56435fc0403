# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:pointstats, statistics of an attribute among the neighbors of every point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from qgis.core import QgsProcessingContext

from ..core.points.options import PointOptions
from .base import Parameters
from .bridge import Bridge
from .points import PointAlgorithm
from .values import Reader

REFERENCES = ("horizontalPlane", "zeroPlane", "tiltedPlane")


class PointStatisticsAlgorithm(PointAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:pointstats --INPUT=cloud.laz --NEIGHBORHOOD='sphere(r=1)' --ATTRIBUTE=z "
        "--FEATURES='mean,std,quantile(0.95),pcount' --OUTPUT=statistics.laz"
    )

    def name(self) -> str:
        return "pointstats"

    def displayName(self) -> str:
        return self.tr("Point statistics")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,statistics,mean,median,quantile,density,roughness,entropy,majority,"
            "neighborhood,opals"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("Features of any attribute among the neighbors of every point, added as new attributes.")

    def explanation(self) -> str:
        return self.tr(
            "Computes features of an attribute among the neighbors of every point and adds each as an extra dimension "
            "such as mean_z, q95_z or pcount_intensity. Every point keeps its place and all its attributes; one "
            "without neighbors gets NaN, or 0 as a count."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_neighborhood(
            "sphere(r=1)",
            self.tr(
                "As sphere(r=1), circle(d=3), knn(k=20), cylinder(r=1 z=4) or circle(d=3) and knn(k=20). Larger "
                "neighborhoods are smoother and slower; the processed point is its own neighbor."
            ),
        )
        self.add_text(
            "ATTRIBUTE",
            self.tr("Attribute"),
            self.tr("z, intensity, or any other dimension, extra ones included; NaN is left out."),
            "z",
        )
        self.add_text(
            "FEATURES",
            self.tr("Features"),
            self.tr(
                "Separated by commas: min, max, range, mean, median, sum, variance, std (with n - 1), rms, pcount, "
                "pdens (points per area of the region in the plane), quantile(0.95), nmin(2), nmax(2), minority, "
                "majority, entropy (bits)."
            ),
            "mean,std,pcount",
        )
        self.add(
            self.choice("REFERENCE", self.tr("Reference"), REFERENCES, "horizontalPlane"),
            self.tr(
                "horizontalPlane: values minus that of the point itself. zeroPlane: values as they are. tiltedPlane: "
                "distances from the plane through the point across its normal (z only; needs NormalX, NormalY, NormalZ "
                "from scree:normals)."
            ),
        )
        self.add_process_filter()
        self.add_neighbor_filter()
        self.add_common()

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self.check_texts(self.run_options(reader))
        self._engine(reader)

    def compute(self, reader: Reader, options: PointOptions, bridge: Bridge) -> Mapping[str, Any]:
        from ..core.points.job import work_points

        return work_points(options, self._engine(reader), bridge)

    def _engine(self, reader: Reader) -> Any:
        from ..core.points.pointstats import PointStatistics

        return PointStatistics(reader.text("ATTRIBUTE"), reader.text("FEATURES"), reader.choice("REFERENCE"))
