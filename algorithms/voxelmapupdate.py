# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:voxelmapupdate, clouds of any size into a tiled voxel map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterCrs,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
)

from ..core.errors import OptionError
from ..core.voxels.choices import MISSES, MODELS, SCANS
from .base import Parameters
from .bridge import Bridge
from .values import Reader
from .voxelmap import VoxelMapAlgorithm, common, place_of

if TYPE_CHECKING:
    from ..core.voxels.model import Model
    from ..core.voxels.options import UpdateOptions

MODEL_NUMBERS = (
    ("L_OCC", "Log-odds of a hit", "Added, times weight and rate, by a hit. Larger is surer sooner."),
    ("L_FREE", "Log-odds of a miss", "Added by a miss, below 0. Farther from 0 frees sooner."),
    ("L_MIN", "Lowest log-odds", "Values stop there. Closer to 0 forgets sooner."),
    ("L_MAX", "Highest log-odds", "Values stop there. Closer to 0 forgets sooner."),
    (
        "GAMMA",
        "Sharpness of the weights",
        "At 0.1 intensity hardly matters (0.4876 to 0.5125), at 3 much (0.18 to 0.82).",
    ),
    ("DECAY", "Decay of the rate", "The rate is 1 / (1 + decay x observations). Larger settles sooner."),
    ("ALPHA_MIN", "Least rate", "The rate falls no lower. Larger keeps old voxels changeable."),
    ("P_TH", "Protection begins at", "Probability beyond which a contradicting observation counts less."),
    ("R_MAX", "Strength of protection", "What is left of such an observation; smaller protects more, 1 not at all."),
)
OUTPUTS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_PASSED", "Points that passed the filter"),
    ("OBSERVATIONS", "Hits and rays by tile"),
    ("TILES", "Tiles of the map"),
    ("TILES_CHANGED", "Tiles this run changed"),
    ("VOXELS", "Voxels of the map"),
    ("LOADS_PER_TILE", "Loads for each distinct tile"),
    ("I_TH", "Intensity at or below which a return weighs nothing"),
    ("I_MAX", "Intensity from which the weight grows no more"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)


class VoxelMapUpdateAlgorithm(VoxelMapAlgorithm):
    SUMMARY = "Makes or continues a log-odds voxel map larger than memory, which OctoMap's tools can open."
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:voxelmapupdate --INPUT=tiles/ --RESOLUTION=0.5 --TILE_SIZE=50 --MAP=voxels"
    )

    def name(self) -> str:
        return "voxelmapupdate"

    def displayName(self) -> str:
        return self.tr("Update voxel map")

    def explanation(self) -> str:
        return self.tr(
            "Adds point clouds to a tiled voxel map: each voxel keeps the log-odds of being occupied and how often it "
            "was observed. Only a few tiles are in memory. A run counts as a whole or not at all, an interrupted one "
            "goes on, and its result does not depend on memory, order or splitting of files. Airborne clouds have no "
            "free space unless the sensor's place is known: by default every return is a hit."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_filter("")
        self._add_map()
        self._add_misses()
        self._add_sensor()
        self._add_model()
        self.add_text_clouds()
        self.add(
            QgsProcessingParameterCrs("CRS", self.tr("CRS of the clouds"), optional=True),
            self.tr("Assigns a CRS to clouds without one, or overrides a wrong one; coordinates are not changed."),
            advanced=True,
        )
        self.add_flag(
            "REAPPLY",
            "Apply again what is in the map",
            "A cloud that is in the map already is refused unless this is set; its observations then count twice.",
            advanced=True,
        )
        self.add_number(
            "CACHE_TILES",
            self.tr("Tiles in memory"),
            self.tr("Tiles held at once, within the memory below; 0 is no other limit. The result is the same."),
            16,
            whole=True,
            advanced=True,
        )
        self.add_run()
        self.add_report()
        self.add_output_numbers((name, self.tr(text)) for name, text in OUTPUTS)

    def _add_map(self) -> None:
        self.add(
            QgsProcessingParameterFolderDestination("MAP", self.tr("Voxel map")),
            self.tr("Folder of the map. One that holds a map is continued; any other folder must be empty or new."),
        )
        self.add_number(
            "RESOLUTION",
            self.tr("Voxel size"),
            self.tr("Side of a voxel in CRS units; empty takes that of the map. Half makes up to 8 x the voxels."),
        )
        self.add_number(
            "TILE_SIZE",
            self.tr("Tile size"),
            self.tr(
                "Side of a tile in CRS units, a whole number of voxels; empty is 10, or that of the map. Airborne "
                "clouds at 0.5 m are faster with 50 or 100 (fewer files); smaller tiles need less memory."
            ),
        )
        self.add_choice(
            "MODEL", "Model", MODELS, "iwlo",
            "iwlo weighs hits by intensity; octomap adds and clamps as OctoMap does. A map keeps its own.",
        )  # fmt: skip

    def _add_misses(self) -> None:
        self.add_choice(
            "MISSES", "What is free", MISSES, "none",
            "none: every return is a hit. intensity: a return at or below I_TH is a miss. filter: the returns of "
            "MISS_FILTER are misses. rays: voxels between sensor and return are free.",
        )  # fmt: skip
        self.add_text(
            "MISS_FILTER",
            self.tr("Returns that are misses"),
            self.tr("A filter, as Class[7]; for MISSES filter."),
            editor="FilterWrapper",
        )

    def _add_sensor(self) -> None:
        self.add_text(
            "ORIGIN", self.tr("Place of the sensor"), self.tr("x,y,z in CRS units: one place for all; for MISSES rays.")
        )
        files = (
            (
                "POSES",
                "Poses",
                "Text: a 3 x 4 matrix (row by row) a line for each input, from the sensor into the world.",
            ),
            (
                "TRAJECTORY",
                "Trajectory",
                "Text or LAS with gps time, x, y, z; the place at each point's time is interpolated.",
            ),
        )
        for name, title, text in files:
            self.add(QgsProcessingParameterFile(name, self.tr(title), optional=True), self.tr(text))
        self.add_text(
            "TRAJECTORY_COLUMNS",
            self.tr("Columns of the trajectory"),
            self.tr("Of a text trajectory, in order, as gps_time x y z; empty reads its header line."),
            advanced=True,
        )
        self.add_number(
            "MAX_RANGE",
            self.tr("Longest ray"),
            self.tr(
                "CRS units; farther returns are no hits and their rays are cut there. Smaller is faster; 0 is no limit."
            ),
            0.0,
        )
        self.add_choice(
            "SCAN_BY", "A scan is", SCANS, "file",
            "In a scan each voxel is updated once and occupied wins: a file, a PointSourceId, or a window of gps time.",
            advanced=True,
        )  # fmt: skip
        self.add_number(
            "SCAN_SECONDS",
            self.tr("Seconds of a scan"),
            self.tr("Window of gps time for SCAN_BY time."),
            0.1,
            advanced=True,
        )
        self.add_flag(
            "DISCRETIZE", "Rays end in voxel centers", "A ray for each voxel hit, to its center: faster, coarser.",
            advanced=True,
        )  # fmt: skip

    def _add_model(self) -> None:
        for name, text in (
            (
                "I_TH",
                "Intensity at or below which a return weighs nothing; empty is the 2nd percentile of the first run.",
            ),
            ("I_MAX", "Intensity from which the weight grows no more; empty is the 98th percentile of the first run."),
        ):
            self.add_number(name, self.tr(name), self.tr(text), advanced=True)
        for name, title, text in MODEL_NUMBERS:
            self.add_number(name, self.tr(title), self.tr(text + " Empty is the model's own."), advanced=True)

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        from ..core.neighborhood.expression import parse_filter

        reader = Reader(self, parameters, context)
        parse_filter(reader.text("FILTER"))
        parse_filter(reader.text("MISS_FILTER"))
        update_options(reader, "map").check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.voxels.update import update_map

        reader = Reader(self, parameters, context)
        folder = str(self.parameterAsString(parameters, "MAP", context))
        report = update_map(update_options(reader, folder), bridge)
        results: dict[str, Any] = {"MAP": folder, **self.reported(reader, report)}
        results.update({name: report[name.lower()] for name, _ in OUTPUTS if report.get(name.lower()) is not None})
        return results


def update_options(reader: Reader, folder: str) -> UpdateOptions:
    """The core's options; ``folder`` is the map."""
    from ..core.voxels.options import UpdateOptions

    return UpdateOptions(
        **{**common(reader), "map": folder},
        inputs=reader.files("INPUT"),
        resolution=reader.number_or_none("RESOLUTION"),
        tile_size=reader.number_or_none("TILE_SIZE"),
        model=_model(reader),
        filter=reader.text("FILTER"),
        misses=reader.choice("MISSES"),
        miss_filter=reader.text("MISS_FILTER"),
        origin=place_of(reader, "ORIGIN"),
        poses=reader.text("POSES"),
        trajectory=reader.text("TRAJECTORY"),
        trajectory_columns=reader.text("TRAJECTORY_COLUMNS"),
        max_range=reader.number("MAX_RANGE"),
        scan_by=reader.choice("SCAN_BY"),
        scan_seconds=reader.number("SCAN_SECONDS"),
        discretize=reader.boolean("DISCRETIZE"),
        reapply=reader.boolean("REAPPLY"),
        columns=reader.text("COLUMNS"),
        labels=reader.text("LABELS"),
        crs=reader.crs("CRS"),
        threads=reader.whole("THREADS"),
        resume=reader.boolean("RESUME"),
    )


def _model(reader: Reader) -> Model:
    from ..core.voxels.model import Model, octomap_model

    octomap = reader.choice("MODEL") == "octomap"
    base = octomap_model() if octomap else Model(i_th=None, i_max=None)
    names = [name for name, _, _ in MODEL_NUMBERS] + ["I_TH", "I_MAX"]
    given = {name.lower(): reader.number(name) for name in names if reader.given(name)}
    foreign = sorted(set(given) - {"l_occ", "l_free", "l_min", "l_max"})
    if octomap and foreign:
        raise OptionError(f"{foreign[0].upper()} is given but MODEL is octomap, which does not use it: leave it out.")
    return replace(base, **given)
