# SPDX-License-Identifier: GPL-2.0-or-later
"""The provider ``scree``: it lists the algorithms and nothing else."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .augmentground import AugmentGroundAlgorithm
from .base import ICON
from .calculateattributes import CalculateAttributesAlgorithm
from .cellstatistics import CellStatisticsAlgorithm
from .checkenvironment import CheckEnvironmentAlgorithm
from .dem import DemAlgorithm
from .filterpoints import FilterPointsAlgorithm
from .gridfrompoints import GridFromPointsAlgorithm
from .groundgaps import GroundGapsAlgorithm
from .normals import NormalsAlgorithm
from .pointstats import PointStatisticsAlgorithm
from .removesynthetic import RemoveSyntheticAlgorithm
from .voxelmapcheck import VoxelMapCheckAlgorithm
from .voxelmapexport import VoxelMapExportAlgorithm
from .voxelmapmerge import VoxelMapMergeAlgorithm
from .voxelmapquery import VoxelMapQueryAlgorithm
from .voxelmaprasters import VoxelMapRastersAlgorithm
from .voxelmapupdate import VoxelMapUpdateAlgorithm

ALGORITHMS = (
    DemAlgorithm,
    NormalsAlgorithm,
    PointStatisticsAlgorithm,
    CalculateAttributesAlgorithm,
    FilterPointsAlgorithm,
    GridFromPointsAlgorithm,
    CellStatisticsAlgorithm,
    GroundGapsAlgorithm,
    AugmentGroundAlgorithm,
    RemoveSyntheticAlgorithm,
    CheckEnvironmentAlgorithm,
    VoxelMapUpdateAlgorithm,
    VoxelMapExportAlgorithm,
    VoxelMapRastersAlgorithm,
    VoxelMapQueryAlgorithm,
    VoxelMapMergeAlgorithm,
    VoxelMapCheckAlgorithm,
)


class ScreeProvider(QgsProcessingProvider):
    def id(self) -> str:
        return "scree"

    def name(self) -> str:
        return "Scree"

    def longName(self) -> str:
        return "Scree: point clouds of any size"

    def icon(self) -> QIcon:
        return QIcon(ICON)

    def svgIconPath(self) -> str:
        return ICON

    def supportsNonFileBasedOutput(self) -> bool:
        return False

    def loadAlgorithms(self) -> None:
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())
