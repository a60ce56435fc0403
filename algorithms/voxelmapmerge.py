# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmapmerge, what one voxel map knows added to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import QgsProcessingContext, QgsProcessingOutputFolder

from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common

if TYPE_CHECKING:
    from ..core.voxels.merge import MergeOptions


class VoxelMapMergeAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Adds the log-odds and observations of one voxel map to another, tile by tile, as a whole or not at all."
    EXAMPLE: ClassVar[str] = "qgis_process run scree:voxelmapmerge --MAP=voxels --OTHER=more"

    def name(self) -> str:
        return "voxelmapmerge"

    def displayName(self) -> str:
        return self.tr("Merge voxel maps")

    def explanation(self) -> str:
        return self.tr(
            "Adds the log-odds (within their limits) and the observations of one voxel map to another, voxel by voxel "
            "and tile by tile. The map is changed as a whole or not at all: a run that fails or is cancelled leaves it "
            "as it was."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_map(help_text="The map that is changed.")
        self.add_map(
            "OTHER", "Map to add", "It is only read. Voxel size, tile size, model and CRS must be those of MAP."
        )
        self.add_flag(
            "REAPPLY",
            "Merge maps of the same clouds",
            "Without this, maps that share a cloud are refused; with it, its observations count twice.",
            advanced=True,
        )
        self.add_report()
        self.add_cache()
        self.addOutput(QgsProcessingOutputFolder("OUTPUT", self.tr("The changed map")))
        self.add_output_numbers([("TILES_CHANGED", self.tr("Tiles changed"))])

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        _options(Reader(self, parameters, context)).check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.merge import merge_maps

        reader = Reader(self, parameters, context)
        options = _options(reader)
        report = merge_maps(options, bridge)
        return {"OUTPUT": options.map, "TILES_CHANGED": report["tiles_changed"], **self.reported(reader, report)}


def _options(reader: Reader) -> MergeOptions:
    from ..core.voxels.merge import MergeOptions

    return MergeOptions(**common(reader), other=reader.text("OTHER"), reapply=reader.boolean("REAPPLY"))
