# SPDX-License-Identifier: GPL-2.0-or-later
"""What the voxel map algorithms share: their group, the map, the cache, and the box they ask about."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
)

from ..core.errors import OptionError
from .base import ScreeAlgorithm
from .values import Reader


class VoxelMapAlgorithm(ScreeAlgorithm):
    """An algorithm of the group "Voxel maps"."""

    SUMMARY = ""

    def shortDescription(self) -> str:
        return self.tr(self.SUMMARY)

    def group(self) -> str:
        return self.tr("Voxel maps")

    def groupId(self) -> str:
        return "voxelmaps"

    def tags(self) -> list[str]:
        return self.tr("voxel,octomap,octree,occupancy,log-odds,lidar,point cloud,3d grid,free space,canopy").split(",")

    def add_map(self, name: str = "MAP", description: str = "Voxel map", help_text: str = "") -> None:
        folder = QgsProcessingParameterFile(name, self.tr(description), QgsProcessingParameterFile.Behavior.Folder)
        self.add(folder, self.tr(help_text or "Folder of a map made by scree:voxelmapupdate (it holds metadata.json)."))

    def add_min_probability(self) -> None:
        self.add_number(
            "MIN_PROBABILITY",
            self.tr("Least probability"),
            self.tr(
                "Voxels whose probability is above this count as occupied. Larger keeps only what was seen often or "
                "brightly."
            ),
            0.5,
        )

    def add_box(self) -> None:
        self.add_text(
            "BOX",
            self.tr("Box"),
            self.tr("xmin,ymin,zmin,xmax,ymax,zmax in map coordinates; empty is the whole map."),
        )

    def add_choice(
        self,
        name: str,
        description: str,
        choices: tuple[str, ...],
        default: str,
        help_text: str,
        *,
        advanced: bool = False,
    ) -> None:
        parameter = QgsProcessingParameterEnum(name, self.tr(description), list(choices), False, default, False, True)
        self.add(parameter, self.tr(help_text), advanced=advanced)

    def add_flag(self, name: str, description: str, help_text: str, *, advanced: bool = False) -> None:
        parameter = QgsProcessingParameterBoolean(name, self.tr(description), False)
        self.add(parameter, self.tr(help_text), advanced=advanced)

    def add_file(
        self, name: str, description: str, file_filter: str, help_text: str, *, optional: bool = False
    ) -> None:
        parameter = QgsProcessingParameterFileDestination(
            name, self.tr(description), file_filter, optional=optional, createByDefault=not optional
        )
        self.add(parameter, self.tr(help_text))

    def add_cache(self) -> None:
        self.add_number(
            "CACHE_TILES",
            self.tr("Tiles in memory"),
            self.tr("Most tiles held at once; 0 leaves that to the memory below. The result is the same."),
            16,
            whole=True,
            advanced=True,
        )
        self.add_number(
            "MAX_MEMORY",
            self.tr("Memory to use (MB)"),
            self.tr("Upper bound in MB (2^20 bytes), at least 512; 0 is half of the free memory, at most 8192."),
            0,
            whole=True,
            advanced=True,
        )
        self.add_scratch()

    def add_scratch(self) -> None:
        scratch = QgsProcessingParameterFile(
            "SCRATCH", self.tr("Folder for temporary data"), QgsProcessingParameterFile.Behavior.Folder, optional=True
        )
        self.add(
            scratch,
            self.tr("A folder on a disk with free space; empty is the folder of the output, or of the map."),
            advanced=True,
        )


def common(reader: Reader) -> dict[str, Any]:
    """Core options every algorithm of the group has."""
    return {
        "map": reader.text("MAP"),
        "cache_tiles": reader.whole("CACHE_TILES"),
        "max_memory": reader.whole("MAX_MEMORY"),
        "growth": QgsApplication.instance().platform() == "desktop",
        "scratch": reader.text("SCRATCH"),
    }


def place_of(reader: Reader, name: str) -> tuple[float, float, float] | None:
    """The place 'x,y,z' of an option, None where it is empty.  Raises OptionError."""
    values = numbers_of(reader.text(name), name, 3)
    return (values[0], values[1], values[2]) if values else None


def numbers_of(text: str, name: str, count: int) -> tuple[float, ...] | None:
    """The numbers of 'x,y,z' and the like; None for ''.  Raises OptionError."""
    if not text:
        return None
    try:
        values = tuple(map(float, text.replace(";", ",").split(",")))
    except ValueError:
        values = ()
    if len(values) != count:
        raise OptionError(f"{name} is '{text}'; it must be {count} numbers with commas between them.")
    return values
