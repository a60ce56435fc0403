# SPDX-License-Identifier: GPL-2.0-or-later
"""What the algorithms that make rasters of neighborhoods share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import QgsApplication, QgsProcessingParameterRasterDestination

from ..core.points.gridoptions import GridOptions
from .points import NeighborhoodAlgorithm
from .values import Reader

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_PASSED", "Points that passed the filter"),
    ("CELLS_WRITTEN", "Cells with a value"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)
"""Outputs that carry the number of the same name (in lower case) from the report."""


class CellAlgorithm(NeighborhoodAlgorithm):
    """Clouds in, a raster out."""

    def add_resolution(self) -> None:
        self.add_number(
            "RESOLUTION",
            self.tr("Cell size"),
            self.tr("Side of a cell in CRS units; cells lie on multiples of it, so neighboring runs join."),
            1.0,
        )

    def add_attribute(self) -> None:
        self.add_text(
            "ATTRIBUTE",
            self.tr("Attribute"),
            self.tr("z, intensity, or any other dimension, extra ones included; NaN is left out."),
            "z",
        )

    def add_cell_filters(self) -> None:
        self.add_text(
            "PROCESS_FILTER",
            self.tr("Cells to work"),
            self.tr("A cell has x, y and r[i] only, as Generic[r[0] > 0]; empty works all cells."),
            advanced=True,
        )
        self.add_neighbor_filter()

    def add_common(self) -> None:
        self.add_rasters()
        self.add(
            QgsProcessingParameterRasterDestination("OUTPUT", self.tr("Output raster")),
            self.tr(
                "A GeoTIFF with a band for each feature, nodata -9999; a name ending in .cog.tif is cloud optimized."
            ),
        )
        self.add_report()
        self.add_text_clouds()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def options(self, reader: Reader, output: str) -> GridOptions:
        return GridOptions(
            inputs=reader.files("INPUT"),
            output=output,
            resolution=reader.number("RESOLUTION"),
            neighborhood=reader.text("NEIGHBORHOOD"),
            process_filter=reader.text("PROCESS_FILTER"),
            neighbor_filter=reader.text("NEIGHBOR_FILTER"),
            rasters=reader.rasters("RASTERS"),
            columns=reader.text("COLUMNS"),
            labels=reader.text("LABELS"),
            max_memory=reader.whole("MAX_MEMORY"),
            growth=QgsApplication.instance().platform() == "desktop",
            threads=reader.whole("THREADS"),
            resume=reader.boolean("RESUME"),
            scratch=reader.text("SCRATCH"),
        )

    def check_texts(self, options: GridOptions) -> None:
        """Raise LanguageError where a text alone is wrong."""
        from ..core.neighborhood.expression import parse_filter
        from ..core.neighborhood.language import Usage, parse_definition

        options.check()
        if options.neighborhood:
            parse_definition(options.neighborhood, Usage(raster_cell=options.resolution))
        parse_filter(options.process_filter)
        parse_filter(options.neighbor_filter)

    def results(self, reader: Reader, report: Mapping[str, Any], output: str) -> dict[str, Any]:
        """What QGIS gets: the raster, the numbers of the report, and the report."""
        numbers = {name: report[name.lower()] for name, _ in NUMBERS if report.get(name.lower()) is not None}
        return {"OUTPUT": output} | numbers | self.reported(reader, report)
