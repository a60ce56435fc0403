# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmapquery, the occupied voxels of a box, or the probability at points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import QgsProcessing, QgsProcessingContext, QgsProcessingParameterMultipleLayers

from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common, numbers_of, place_of

if TYPE_CHECKING:
    from ..core.voxels.query import QueryOptions


class VoxelMapQueryAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Lists the occupied voxels of a box, the probability of being occupied at points, or what rays meet."
    EXAMPLE: ClassVar[str] = "qgis_process run scree:voxelmapquery --MAP=voxels --BOX=0,0,0,10,10,5 --OUTPUT=voxels.csv"

    def name(self) -> str:
        return "voxelmapquery"

    def displayName(self) -> str:
        return self.tr("Query voxel map")

    def explanation(self) -> str:
        return self.tr(
            "Asks a voxel map one of three things and writes the answers as CSV: the occupied voxels of a box (BOX, or "
            "the whole map), the probability of being occupied at places (POINTS), or the first occupied voxel that "
            "rays meet (ORIGIN with TARGET or POINTS)."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_map()
        self.add_box()
        points = QgsProcessingParameterMultipleLayers(
            "POINTS", self.tr("Points to ask at"), QgsProcessing.SourceType.TypeFile, optional=True
        )
        self.add(
            points, self.tr("Clouds (LAS, LAZ, text): each point gets the probability of its voxel, empty if unknown.")
        )
        self.add_text(
            "COLUMNS",
            self.tr("Columns of text clouds"),
            self.tr("As x y z; empty reads their header line."),
            advanced=True,
        )
        self.add_text(
            "ORIGIN",
            self.tr("Start of rays"),
            self.tr("x,y,z: the first occupied voxel on the way from here to TARGET, or to each of the points."),
        )
        self.add_text("TARGET", self.tr("End of the ray"), self.tr("x,y,z in map coordinates; goes with ORIGIN."))
        self.add_min_probability()
        self.add_file(
            "OUTPUT",
            "Answers",
            "CSV files (*.csv)",
            "x, y, z, probability, count; of rays also the voxel met and its distance.",
        )
        self.add_report()
        self.add_cache()
        self.add_output_numbers([("ROWS", self.tr("Rows written")), ("KNOWN", self.tr("Rows in observed voxels"))])

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        _options(Reader(self, parameters, context), "out.csv").check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.query import query_map

        reader = Reader(self, parameters, context)
        report = query_map(_options(reader, reader.file_destination("OUTPUT")), bridge)
        numbers = {"ROWS": report["rows"], "KNOWN": report["known"]}
        return {"OUTPUT": report["output"], **numbers, **self.reported(reader, report)}


def _options(reader: Reader, output: str) -> QueryOptions:
    from ..core.voxels.query import QueryOptions

    return QueryOptions(
        **common(reader),
        output=output,
        box=numbers_of(reader.text("BOX"), "BOX", 6),
        points=reader.files("POINTS") if reader.given("POINTS") else (),
        columns=reader.text("COLUMNS"),
        origin=place_of(reader, "ORIGIN"),
        target=place_of(reader, "TARGET"),
        min_probability=reader.number("MIN_PROBABILITY"),
    )
