# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:removesynthetic, clouds as they were before they were augmented."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import QgsProcessingContext

from ..core.augmentation.options import AugmentOptions
from .base import Parameters
from .bridge import Bridge
from .ground import GroundAlgorithm
from .preview import check_preview, show_clouds
from .values import Reader

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_REMOVED", "Synthetic points removed"),
    ("POINTS_WRITTEN", "Points written"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)


class RemoveSyntheticAlgorithm(GroundAlgorithm):
    EXAMPLE: ClassVar[str] = "qgis_process run scree:removesynthetic --INPUT=filled.laz --OUTPUT=measured.laz"

    def name(self) -> str:
        return "removesynthetic"

    def displayName(self) -> str:
        return self.tr("Remove synthetic points")

    def tags(self) -> list[str]:
        return self.tr("lidar,las,laz,point cloud,ground,augmentation,synthetic,remove,undo,original").split(",")

    def shortDescription(self) -> str:
        return self.tr("Gives back the points that were measured, byte for byte.")

    def explanation(self) -> str:
        return self.tr(
            "Takes out of clouds what scree:augmentground added: every point whose SyntheticArea is above 0, and the "
            "Synthetic dimensions. What is left are the measured points, byte for byte and in their order, with their "
            "other dimensions and the records of the file's header. The LAS flag synthetic decides nothing: real "
            "clouds have points with it."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_cloud_outputs()
        self.add_report()
        self.add_crs()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self._options(reader, self.clouds_planned(reader)).check_removal()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.augmentation.removal import remove_synthetic

        reader = Reader(self, parameters, context)
        paths = {name: reader.file_destination(name) for name in ("OUTPUT", "OUTPUT_FOLDER")}
        check_preview(reader)
        report = remove_synthetic(self._options(reader, {n.lower(): p for n, p in paths.items()}), bridge)
        found: dict[str, Any] = {name: path for name, path in paths.items() if path}
        found |= {name: report[name.lower()] for name, _ in NUMBERS}
        shown = show_clouds(reader, context, report, list(report["outputs"]), bridge)
        return found | self.reported(reader, report) | shown

    def _options(self, reader: Reader, paths: dict[str, str]) -> AugmentOptions:
        return AugmentOptions(dtm=(), **self.run_settings(reader), **paths)
