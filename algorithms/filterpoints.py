# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:filterpoints, points kept or dropped by a filter or by having enough neighbors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from qgis.core import QgsProcessingContext

from ..core.errors import OptionError
from ..core.points.options import PointOptions
from .base import Parameters
from .bridge import Bridge
from .points import PointAlgorithm
from .values import Reader

MODES = ("keep", "drop")


class FilterPointsAlgorithm(PointAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:filterpoints --INPUT=cloud.laz --NEIGHBORHOOD='sphere(r=2) minPtCount=5' "
        "--NEIGHBOR_FILTER='Generic[b.PointSourceId == PointSourceId]' --OUTPUT=clean.laz"
    )

    def name(self) -> str:
        return "filterpoints"

    def displayName(self) -> str:
        return self.tr("Filter points")

    def tags(self) -> list[str]:
        return self.tr("lidar,las,laz,copc,vpc,point cloud,filter,noise,outlier,class,echo,region,extract,opals").split(
            ","
        )

    def shortDescription(self) -> str:
        return self.tr("Keeps or drops points by a filter, or by how many neighbors of a kind they have.")

    def explanation(self) -> str:
        return self.tr(
            "Writes the points that pass a filter, or those that fail it. With a neighborhood a point must also have "
            "neighbors: minPtCount of them, or one where that is not given, that pass the filter of neighbors. The "
            "point is its own neighbor, so sphere(r=2) minPtCount=5 drops points with fewer than four others within 2 "
            "units."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_process_filter(
            self.tr("The filter points pass or fail, for example Class[Ground]; empty lets all of them pass.")
        )
        self.add(
            self.choice("MODE", self.tr("Points to write"), MODES, "keep"),
            self.tr("keep writes the points that pass; drop writes all others."),
        )
        self.add_neighborhood(
            "", self.tr("Empty decides by the filter alone; sphere(r=2) minPtCount=5 also drops lonely points.")
        )
        self.add_neighbor_filter()
        self.add_common()

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        options = self.run_options(reader)
        self.check_texts(options)
        if not options.neighborhood and options.neighbor_filter:
            raise OptionError(
                f"NEIGHBOR_FILTER is '{options.neighbor_filter}' and NEIGHBORHOOD is empty: give one, or use "
                "PROCESS_FILTER."
            )
        if not options.neighborhood and not options.process_filter:
            raise OptionError("PROCESS_FILTER and NEIGHBORHOOD are empty, so all points pass: give one of them.")

    def compute(self, reader: Reader, options: PointOptions, bridge: Bridge) -> Mapping[str, Any]:
        from ..core.points.job import work_points
        from ..core.points.selection import Selection
        from ..core.points.stream import stream_points

        drop = reader.choice("MODE") == "drop"
        if not options.neighborhood:
            return stream_points(options, drop=drop, feedback=bridge)
        return work_points(options, Selection(), bridge, kept="without" if drop else "with")
