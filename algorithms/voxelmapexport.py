# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmapexport, a voxel map as OctoMap trees, clouds, GeoPackage points or PLY."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import QgsProcessingContext

from ..core.voxels.choices import FORMATS
from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common, numbers_of

OUTPUTS = (("VOXELS", "Voxels written"), ("NODES", "Nodes of the tree"), ("PEAK_MEMORY", "Peak memory (MB)"))
FILTER = ";;".join(f"{name.upper()} files (*.{name})" for name in ("laz", "las", "bt", "ot", "gpkg", "ply"))

if TYPE_CHECKING:
    from ..core.voxels.export import ExportOptions


class VoxelMapExportAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Writes a voxel map as OctoMap tree (.bt, .ot), point cloud, GeoPackage points or PLY."
    EXAMPLE: ClassVar[str] = "qgis_process run scree:voxelmapexport --MAP=voxels --FORMAT=bt --OUTPUT=voxels.bt"

    def name(self) -> str:
        return "voxelmapexport"

    def displayName(self) -> str:
        return self.tr("Export voxel map")

    def explanation(self) -> str:
        return self.tr(
            "Writes a voxel map for other programs: as one tree for OctoMap's tools (bt, ot), or as the centers of the "
            "occupied voxels in a cloud (las, laz), a GeoPackage or PLY."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_map()
        self.add_choice(
            "FORMAT", "Format", FORMATS, "laz",
            "bt keeps occupied or free, ot log-odds, both for OctoMap's tools; las, laz, gpkg and ply hold the centers "
            "of occupied voxels with probability and count. Where coordinates exceed OctoMap's keys a tree is shifted "
            "by a tile corner, which is said and written beside it (.json).",
        )  # fmt: skip
        self.add_min_probability()
        self.add_box()
        self.add_number(
            "COARSEN",
            self.tr("Voxels joined along a side"),
            self.tr("An overview: cubes of so many voxels become one point (not in bt, ot); it divides the tile."),
            1,
            whole=True,
            advanced=True,
        )
        self.add_flag(
            "OVERVIEWS",
            "Overviews for display",
            "A GeoPackage gets layers of coarser cubes too, each shown at its scales, so that a large map draws fast.",
            advanced=True,
        )
        self.add_file("OUTPUT", "Output", FILTER, "Its name ends in the format.")
        self.add_report()
        self.add_cache()
        self.add_output_numbers((name, self.tr(text)) for name, text in OUTPUTS)

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        _options(reader, f"out.{reader.choice('FORMAT')}").check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.export import export_map

        reader = Reader(self, parameters, context)
        options = _options(reader, reader.file_destination("OUTPUT"))
        report = export_map(options, bridge)
        if options.format == "gpkg":
            from ..ui.stored_styles import show_layers

            show_layers(context, options.output, list(report["levels"]))
        numbers = {n: report[n.lower()] for n, _ in OUTPUTS if n.lower() in report}
        return {"OUTPUT": report["output"], **numbers, **self.reported(reader, report)}


def _options(reader: Reader, output: str) -> ExportOptions:
    from ..core.voxels.export import ExportOptions

    return ExportOptions(
        **common(reader),
        output=output,
        format=reader.choice("FORMAT"),
        min_probability=reader.number("MIN_PROBABILITY"),
        coarsen=reader.whole("COARSEN"),
        overviews=reader.boolean("OVERVIEWS"),
        box=numbers_of(reader.text("BOX"), "BOX", 6),
    )
