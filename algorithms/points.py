# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms that work points share: clouds in, neighborhood and filters, the same clouds out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterVectorDestination,
)

from ..core.points.options import PointOptions
from .base import Parameters, ScreeAlgorithm
from .bridge import Bridge
from .preview import check_preview, show_clouds
from .values import Reader

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_WORKED", "Points that passed the process filter"),
    ("POINTS_ANSWERED", "Points with an answer"),
    ("POINTS_INVALID", "Points a formula is invalid for"),
    ("POINTS_WRITTEN", "Points written"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)
"""Outputs that carry the number of the same name (in lower case) from the report."""


class NeighborhoodAlgorithm(ScreeAlgorithm):
    """Group and common parameters of all algorithms driven by a neighborhood."""

    def group(self) -> str:
        return self.tr("Neighborhoods")

    def groupId(self) -> str:
        return "neighborhoods"

    def add_neighborhood(self, default: str, help_text: str) -> None:
        self.add_text("NEIGHBORHOOD", self.tr("Neighborhood"), help_text, default, editor="NeighborhoodWrapper")

    def add_process_filter(self, help_text: str = "") -> None:
        self.add_text(
            "PROCESS_FILTER",
            self.tr("Points to work"),
            help_text
            or self.tr("Only points that pass get new values, for example Class[Ground]; empty works all points."),
            editor="FilterWrapper",
        )

    def add_neighbor_filter(self) -> None:
        self.add_text(
            "NEIGHBOR_FILTER",
            self.tr("Points that count as neighbors"),
            self.tr(
                "Only points that pass are neighbors; b. is the point (or cell) being worked: Generic[b.PointSourceId "
                "== PointSourceId] leaves those of its own strip. A filter with b. is checked after the search, so a "
                "knn may keep fewer than k. Empty counts all points."
            ),
            editor="FilterWrapper",
        )

    def add_rasters(self) -> None:
        rasters = QgsProcessingParameterMultipleLayers(
            "RASTERS", self.tr("Rasters of formulas"), QgsProcessing.SourceType.TypeRaster, optional=True
        )
        self.add(
            rasters,
            self.tr("r[0], r[1], … of formulas and filters, in this order; read bilinearly, invalid at nodata."),
            advanced=True,
        )

    def choice(self, name: str, description: str, options: tuple[str, ...], default: str) -> QgsProcessingParameterEnum:
        """A choice by static strings."""
        parameter = QgsProcessingParameterEnum(name, description, list(options), False, default)
        parameter.setUsesStaticStrings(True)
        return parameter


class PointAlgorithm(NeighborhoodAlgorithm):
    """Clouds in, the same points out."""

    def add_cloud_outputs(self) -> None:
        clouds = self.tr("LAZ files (*.laz);;LAS files (*.las)")
        self.add(
            QgsProcessingParameterFileDestination(
                "OUTPUT", self.tr("Output cloud"), clouds, optional=True, createByDefault=False
            ),
            self.tr(
                "One LAS or LAZ file with the points of all inputs in the order given; their point formats must be the "
                "same. Give this or OUTPUT_FOLDER."
            ),
        )
        self.add(
            QgsProcessingParameterFolderDestination(
                "OUTPUT_FOLDER", self.tr("Output folder"), optional=True, createByDefault=False
            ),
            self.tr("A folder for one file of the same name for each input; COPC becomes LAZ, text becomes LAS."),
        )
        self.add(
            QgsProcessingParameterVectorDestination(
                "PREVIEW", self.tr("Preview"), optional=True, createByDefault=False
            ),
            self.tr(
                "A GeoPackage (.gpkg) with an even sample of at most 200,000 of the points written, their new "
                "attributes and style, for a QGIS that opens no LAS or LAZ. The sample is the same on every run."
            ),
        )

    def add_common(self) -> None:
        """What stands last in every dialog."""
        self.add_rasters()
        self.add_cloud_outputs()
        self.add_report()
        self.add_text_clouds()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def options(self, reader: Reader, paths: Mapping[str, str], **more: Any) -> PointOptions:
        """The options all runs have; ``paths`` by parameter name."""
        return PointOptions(
            inputs=reader.files("INPUT"),
            output=paths["OUTPUT"],
            output_folder=paths["OUTPUT_FOLDER"],
            neighborhood=reader.text("NEIGHBORHOOD") if self.parameterDefinition("NEIGHBORHOOD") else "",
            process_filter=reader.text("PROCESS_FILTER") if self.parameterDefinition("PROCESS_FILTER") else "",
            neighbor_filter=reader.text("NEIGHBOR_FILTER") if self.parameterDefinition("NEIGHBOR_FILTER") else "",
            rasters=reader.rasters("RASTERS"),
            columns=reader.text("COLUMNS"),
            labels=reader.text("LABELS"),
            max_memory=reader.whole("MAX_MEMORY"),
            growth=QgsApplication.instance().platform() == "desktop",
            threads=reader.whole("THREADS"),
            resume=reader.boolean("RESUME"),
            scratch=reader.text("SCRATCH"),
            **more,
        )

    def run_options(self, reader: Reader) -> PointOptions:
        """What ``check`` looks at, with stand-ins for the paths."""
        names = ("OUTPUT", "OUTPUT_FOLDER")
        return self.options(reader, {n: f"{n.lower()}.las" if reader.given(n) else "" for n in names})

    def check_texts(self, options: PointOptions, usage: Any = None) -> None:
        """Raise LanguageError where a text alone is wrong."""
        from ..core.neighborhood.expression import parse_filter
        from ..core.neighborhood.language import POINTS, parse_definition

        options.check()
        if options.neighborhood:
            parse_definition(options.neighborhood, usage or POINTS)
        parse_filter(options.process_filter)
        parse_filter(options.neighbor_filter)

    def results(self, reader: Reader, report: Mapping[str, Any], options: PointOptions) -> dict[str, Any]:
        """What QGIS gets: the outputs that were asked for, and the numbers of the report."""
        paths = {"OUTPUT": options.output, "OUTPUT_FOLDER": options.output_folder}
        found: dict[str, Any] = {name: path for name, path in paths.items() if path}
        return found | {name: report[name.lower()] for name, _ in NUMBERS if report.get(name.lower()) is not None}

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        reader = Reader(self, parameters, context)
        paths = {
            "OUTPUT": reader.file_destination("OUTPUT"),
            "OUTPUT_FOLDER": reader.file_destination("OUTPUT_FOLDER"),
        }
        options = self.options(reader, paths)
        check_preview(reader)
        report = self.compute(reader, options, bridge)
        shown = show_clouds(reader, context, report, list(report["outputs"]), bridge)
        return self.results(reader, report, options) | self.reported(reader, report) | shown

    def compute(self, reader: Reader, options: PointOptions, bridge: Bridge) -> Mapping[str, Any]:
        """Do the work and return the report."""
        raise NotImplementedError
