# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:checkenvironment, what a run stands on and what to do about each fault; it needs no package at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
)

from .base import Parameters, ScreeAlgorithm
from .bridge import Bridge
from .environment import examine, tell, temporary_folder
from .values import Reader


class CheckEnvironmentAlgorithm(ScreeAlgorithm):
    PACKAGES: ClassVar[tuple[str, ...]] = ()
    EXAMPLE: ClassVar[str] = "qgis_process run scree:checkenvironment --SCRATCH=/data/scratch"

    def name(self) -> str:
        return "checkenvironment"

    def displayName(self) -> str:
        return self.tr("Check the environment")

    def group(self) -> str:
        return self.tr("Setup")

    def groupId(self) -> str:
        return "setup"

    def tags(self) -> list[str]:
        return self.tr("version,packages,install,diagnose,gdal,numba,laspy,lazrs,memory,scratch").split(",")

    def shortDescription(self) -> str:
        return self.tr("Versions, packages, memory and disk a run stands on, and what to do about each fault.")

    def explanation(self) -> str:
        return self.tr(
            "Prints the versions of everything Scree stands on, whether rasterio and QGIS share one GDAL, the LAZ "
            "backends, processors, memory and the disk for temporary data, and says what to do about each fault. "
            "Nothing is installed or changed."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        scratch = QgsProcessingParameterFile(
            "SCRATCH", self.tr("Folder for temporary data"), QgsProcessingParameterFile.Behavior.Folder, optional=True
        )
        self.add(scratch, self.tr("Folder to examine, as SCRATCH of the other algorithms; empty is the system's own."))
        self.addOutput(QgsProcessingOutputNumber("FAULTS", self.tr("Number of faults")))
        self.addOutput(QgsProcessingOutputString("FINDINGS", self.tr("What was found")))

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        folder = Reader(self, parameters, context).text("SCRATCH")
        findings = examine(Path(QgsApplication.qgisSettingsDirPath()), Path(folder) if folder else temporary_folder())
        lines, faults = tell(findings, bridge.info, bridge.warning)
        bridge.info(f"{faults} faults." if faults else "Everything a run needs is here.")
        return {"FAULTS": faults, "FINDINGS": "\n".join(lines)}
