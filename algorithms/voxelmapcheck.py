# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmapcheck, every tile of a voxel map verified."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import QgsProcessingContext, QgsProcessingOutputString

from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common

OUTPUTS = (
    ("TILES", "Tiles"),
    ("VOXELS", "Voxels"),
    ("DAMAGED", "Damaged tiles"),
    ("TREES_WRONG", "Trees that differ from the truth"),
    ("TREES_REBUILT", "Trees made anew"),
)


class VoxelMapCheckAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Reads every tile of a voxel map, lists the damaged, and can make octree.bt anew from iwlo_meta.bin."
    EXAMPLE: ClassVar[str] = "qgis_process run scree:voxelmapcheck --MAP=voxels --REBUILD=true"

    def name(self) -> str:
        return "voxelmapcheck"

    def displayName(self) -> str:
        return self.tr("Check voxel map")

    def explanation(self) -> str:
        return self.tr(
            "Reads every tile of a voxel map and lists the damaged ones. A tile is two files: iwlo_meta.bin holds "
            "log-odds and observations and is the truth, octree.bt is the tree OctoMap's tools open; a tree that is "
            "missing or differs can be made anew. A damaged iwlo_meta.bin must come from a copy."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_map()
        self.add_flag(
            "REBUILD", "Make wrong trees anew", "Writes octree.bt where it is missing or differs from iwlo_meta.bin."
        )
        self.add_cache()
        self.add_output_numbers((name, self.tr(text)) for name, text in OUTPUTS)
        self.addOutput(QgsProcessingOutputString("MESSAGES", self.tr("What is damaged")))

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.check import CheckOptions, check_map

        reader = Reader(self, parameters, context)
        report = check_map(CheckOptions(**common(reader), rebuild=reader.boolean("REBUILD")), bridge)
        return {**{name: report[name.lower()] for name, _ in OUTPUTS}, "MESSAGES": "\n".join(report["messages"])}
