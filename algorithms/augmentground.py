# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:augmentground, holes of the ground class filled from a reference DTM."""

from __future__ import annotations

from typing import Any, ClassVar

from qgis.core import QgsProcessingContext, QgsProcessingParameterFileDestination

from ..core.augmentation.options import BIASES, EXISTING, STRATEGIES, UNVERIFIED, AugmentOptions
from .base import Parameters
from .bridge import Bridge
from .ground import GroundAlgorithm
from .preview import check_preview, show_clouds
from .values import Reader

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_GROUND", "Ground points among them"),
    ("POINTS_GENERATED", "Points generated from the DTM"),
    ("POINTS_ACCEPTED", "Points added"),
    ("POINTS_REJECTED", "Points generated and rejected"),
    ("POINTS_UNVERIFIED", "Points that could not be verified"),
    ("POINTS_WRITTEN", "Points written"),
    ("BIAS_MEDIAN", "Median of DTM minus ground"),
    ("BIAS_SPREAD", "Spread of DTM minus ground"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)
"""Outputs that carry the number of the same name (in lower case) from the report."""


class AugmentGroundAlgorithm(GroundAlgorithm):
    PACKAGES: ClassVar[tuple[str, ...]] = ("numpy", "scipy", "numba", "laspy", "lazrs", "rasterio")
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:augmentground --INPUT=tiles/ --DTM=dtm.vrt --OUTPUT_FOLDER=filled --REPORT=report.json"
    )

    def name(self) -> str:
        return "augmentground"

    def displayName(self) -> str:
        return self.tr("Fill holes in the ground from a DTM")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,ground,terrain,dtm,augmentation,synthetic,gap,hole,fill,vegetation"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("Adds validated, marked ground points from a DTM where a cloud has none.")

    def explanation(self) -> str:
        return self.tr(
            "Fills holes of the ground class (under trees and buildings, in gaps) with points of a reference DTM, in a "
            "regular grid. Each is compared with the ground around its hole and marked: LAS flag synthetic, "
            "SyntheticArea (0 measured, 1 vegetation, 2 buildings, 3 water, 4 roads, 5 gaps, 100 more where "
            "unverified), SyntheticResidual, SyntheticSupport, SyntheticGap and SyntheticDtm. The DTM is compared with "
            "the ground first: a shift of more than twice MAX_RESIDUAL stops the run and names its likely cause. "
            "scree:removesynthetic gives back the cloud as it was."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_dtm()
        self.add(
            self.choice("STRATEGY", self.tr("Strategy"), STRATEGIES, "intelligent"),
            self.tr(
                "intelligent: holes in the areas of PRIORITIES. gaps: every hole. full: every site, holes or not. What "
                "is in none of the areas is gaps."
            ),
        )
        self.add_sites()
        self._add_validation()
        self._add_marks()
        self.add_cloud_outputs()
        self.add(
            QgsProcessingParameterFileDestination(
                "SYNTHETIC_ONLY", self.tr("Synthetic points alone"), self.tr("LAZ files (*.laz);;LAS files (*.las)"),
                optional=True, createByDefault=False,
            ),
            self.tr("A LAS or LAZ file of the synthetic points alone, in the layout of the inputs."),
        )  # fmt: skip
        self.add_report()
        self.add_crs()
        self.add_text_clouds()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def _add_validation(self) -> None:
        self.add_number(
            "MAX_GAP",
            self.tr("Farthest from ground"),
            self.tr("Sites farther from the nearest cell of ground are left empty, CRS units; empty is no limit."),
        )
        self.add_number(
            "SEARCH_RADIUS",
            self.tr("Search radius"),
            self.tr(
                "How far from a site the ground that supports it is looked for at first, CRS units; empty is 10 m. It "
                "is doubled until it reaches twice as far as the nearest ground and holds MIN_NEIGHBORS cells of "
                "ground; and on, to four times as far, while a quadrant has none. Never beyond MAX_GAP."
            ),
            advanced=True,
        )
        self.add_number(
            "MIN_NEIGHBORS",
            self.tr("Least support"),
            self.tr(
                "A new point with fewer cells of ground around it is unverified: see UNVERIFIED. Up to four of each "
                "quadrant are looked at, or as many as this number says."
            ),
            3,
            whole=True,
            advanced=True,
        )
        self.add_number(
            "MAX_RESIDUAL",
            self.tr("Largest residual"),
            self.tr(
                "Vertical units; empty is 1 m. The DTM may lie this far from the ground that supports a site, and the "
                "new point this far from a robust plane through that ground, plus 20 % for each metre to the nearest "
                "ground, as terrain bends, and up to 3 times that where the ground lies on one side only. On its way "
                "to some of that ground the DTM must not step by more within two pixels, by 1.5 times as much within "
                "four, or 1.8 times within eight. Larger accepts more: terraces and walls of the DTM, and its errors."
            ),
        )
        self._add_acceptance()

    def _add_acceptance(self) -> None:
        self.add(
            self.choice("UNVERIFIED", self.tr("Points without support"), UNVERIFIED, "flag"),
            self.tr("flag: kept, with 100 added to SyntheticArea. keep: kept as any other. drop: left out."),
        )
        self.add_number(
            "MAX_POINTS",
            self.tr("Most points to add"),
            self.tr(
                "SPACING is enlarged, with a warning, until the box of the clouds has no more sites. What is left over "
                "is thinned evenly. Smaller gives fewer points, farther apart; empty is no limit."
            ),
            whole=True,
            advanced=True,
        )
        self.add(
            self.choice("BIAS", self.tr("Correction of the DTM"), BIASES, "offset"),
            self.tr(
                "offset: the median of DTM minus ground is taken off everywhere. smooth: what the DTM lies above the "
                "ground around each hole is, so that the filling meets it without a step. none: the DTM as it is."
            ),
        )

    def _add_marks(self) -> None:
        self.add_number(
            "SYNTHETIC_CLASS", self.tr("Class of new points"), self.tr("Class of the points that are added."), 2,
            whole=True, advanced=True,
        )  # fmt: skip
        self.add_number(
            "POINT_SOURCE_ID", self.tr("Source id of new points"), self.tr("Point source id of the points added."), 0,
            whole=True, advanced=True,
        )  # fmt: skip
        self.add(
            self.choice("EXISTING", self.tr("Clouds augmented before"), EXISTING, "refuse"),
            self.tr(
                "refuse: a cloud that has Synthetic dimensions stops the run. continue: holes that its synthetic "
                "points fill are none, those that are left are filled; only measured ground is compared with the DTM."
            ),
            advanced=True,
        )

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        self._options(reader, self.clouds_planned(reader)).check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.augmentation.job import augment_ground

        reader = Reader(self, parameters, context)
        names = ("OUTPUT", "OUTPUT_FOLDER", "SYNTHETIC_ONLY")
        paths = {name: reader.file_destination(name) for name in names}
        check_preview(reader)
        report = augment_ground(self._options(reader, {n.lower(): p for n, p in paths.items()}), bridge)
        found: dict[str, Any] = {name: path for name, path in paths.items() if path}
        found |= {name: report[name.lower()] for name, _ in NUMBERS if report.get(name.lower()) is not None}
        whole = [path for path in report["outputs"] if path != paths["SYNTHETIC_ONLY"]]
        shown = show_clouds(reader, context, report, whole or list(report["outputs"]), bridge)
        return found | self.reported(reader, report) | shown

    def _options(self, reader: Reader, paths: dict[str, str]) -> AugmentOptions:
        return AugmentOptions(
            dtm=reader.rasters("DTM"),
            strategy=reader.choice("STRATEGY"),
            max_gap=reader.number_or_none("MAX_GAP"),
            search_radius=reader.number_or_none("SEARCH_RADIUS"),
            min_neighbors=reader.whole("MIN_NEIGHBORS"),
            max_residual=reader.number_or_none("MAX_RESIDUAL"),
            unverified=reader.choice("UNVERIFIED"),
            max_points=reader.whole_or_none("MAX_POINTS"),
            bias=reader.choice("BIAS"),
            synthetic_class=reader.whole("SYNTHETIC_CLASS"),
            point_source_id=reader.whole("POINT_SOURCE_ID"),
            existing=reader.choice("EXISTING"),
            **self.site_settings(reader),
            **self.run_settings(reader),
            **paths,
        )
