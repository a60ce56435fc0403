# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:dem, a digital elevation model from point clouds of any size."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingParameterCrs,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from ..core.surface.options import FILES, METHODS, RASTERS, SEGMENTATIONS, THINNINGS
from ..ui.styling import style_when_loaded
from .base import Parameters, ScreeAlgorithm
from .bridge import Bridge
from .dem_options import dem_options, extent_of_clouds
from .values import Reader

OTHER_RASTERS = (
    (
        "HILLSHADE",
        "Hillshade",
        "The DEM in light from four sides, as gdaldem's multidirectional: greys from 1 (dark) to 255, 0 is nodata. "
        "Heights are converted to the unit of x and y. Every method has it.",
    ),
    ("SLOPE", "Slope", "Degrees, 0 (flat) to 90, from the spline's own derivatives (rst only)."),
    (
        "ASPECT",
        "Aspect",
        "Direction of steepest descent, degrees clockwise from north as gdaldem's; nodata where flat (rst only).",
    ),
    (
        "PROFILE_CURVATURE",
        "Profile curvature",
        "Curvature along the slope line, 1 / CRS unit; above 0 where the slope is convex (rst only).",
    ),
    (
        "TANGENTIAL_CURVATURE",
        "Tangential curvature",
        "Curvature across the slope line, 1 / CRS unit; above 0 on spurs, below 0 in hollows (rst only).",
    ),
    ("MEAN_CURVATURE", "Mean curvature", "Mean of the two principal curvatures, 1 / CRS unit (rst only)."),
    ("DISTANCE", "Distance to data", "Distance from each cell's center to the nearest point that was used, CRS units."),
    (
        "UNCERTAINTY",
        "Expected error",
        "One standard deviation of the error of each cell, in units of the heights: 68 % of points that were left out "
        "lie within it. It rises with the gap around the cell and the roughness beside it. Squares of up to 45 cells "
        "are left out to calibrate it; the report scores it on others. It adds 5 to 30 seconds to a run.",
    ),
    ("COUNT", "Points per cell", "How many points that passed the filter lie in each cell."),
)

NUMBERS = (
    ("POINTS_READ", "Points read"),
    ("POINTS_PASSED", "Points that passed the filter"),
    ("POINTS_USED", "Points left after thinning"),
    ("LEAVES", "Leaves of the quad tree"),
    ("TREE_HEIGHT", "Height of the quad tree"),
    ("CELLS_WRITTEN", "Cells with a value"),
    ("CELLS_MASKED", "Cells skipped by the mask or its distance"),
    ("CELLS_NODATA", "Cells without a value for other reasons"),
    ("STEP_MAX", "Largest step of the surface across a leaf border"),
    ("STEP_RMS", "Root mean square of these steps"),
    ("SMOOTHING_USED", "Smoothing that was used"),
    ("DEVIATION_RMS", "Root mean square deviation of the points from the surface"),
    ("CROSS_VALIDATION_RMSE", "Root mean square error at points left out"),
    ("PEAK_MEMORY", "Peak memory of the process (MB)"),
    ("SECONDS", "Seconds taken"),
    ("WARNINGS", "Number of warnings"),
)
"""Outputs that carry the number of the same name (in lower case) from the report."""


class DemAlgorithm(ScreeAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:dem --INPUT=tiles/ --FILTER='Class[Ground]' --RESOLUTION=1 --METHOD=rst "
        "--OUTPUT=dem.tif --REPORT=report.json"
    )

    def name(self) -> str:
        return "dem"

    def displayName(self) -> str:
        return self.tr("DEM from point clouds")

    def group(self) -> str:
        return self.tr("Surfaces")

    def groupId(self) -> str:
        return "surfaces"

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,ground,terrain,elevation,dtm,dsm,raster,grid,interpolation,"
            "spline,rst,tension,tin,delaunay,natural neighbor,idw,moving plane,nearest,slope,aspect,curvature,"
            "hillshade,relief"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("A raster elevation model from any number of points, in the memory you give.")

    def explanation(self) -> str:
        return self.tr(
            "Makes a raster elevation model from any number of points within the memory you give: by a regularized "
            "spline with tension, TIN, natural neighbor, inverse distance, moving plane or nearest point. No seams, "
            "the same result for any memory, threads or order of files; an interrupted run goes on where it stopped."
        )

    # -- parameters ------------------------------------------------------------------------------

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_filter("Class[Ground]")
        self._add_grid()
        self._add_method()
        self._add_spline()
        self._add_other_methods()
        self._add_mask()
        self._add_outputs()
        self.add_text_clouds()
        self.add_run()
        self.add_output_numbers((name, self.tr(description)) for name, description in NUMBERS)

    def _add_grid(self) -> None:
        self.add_number(
            "RESOLUTION",
            self.tr("Cell size"),
            self.tr(
                "Side of a cell in CRS units (feet where the cloud is in feet). Half of it makes four times the cells. "
                "Cells lie on multiples of it whatever the extent, so neighboring runs join."
            ),
            1.0,
        )
        self.add_text(
            "ATTRIBUTE",
            self.tr("Attribute to grid"),
            self.tr("Dimension whose values make the surface: z, intensity, or any other, extra dimensions included."),
            "z",
            advanced=True,
        )
        self.add(
            QgsProcessingParameterCrs("CRS", self.tr("CRS of the clouds"), optional=True),
            self.tr("Assigns a CRS to clouds without one, or overrides a wrong one; coordinates are not changed."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterExtent("EXTENT", self.tr("Extent"), optional=True),
            self.tr(
                "Area to grid, widened to whole cells; empty covers the points. Points outside still shape the surface "
                "near its edge. Four plain numbers (xmin,xmax,ymin,ymax) are in the clouds' CRS."
            ),
        )

    def _add_method(self) -> None:
        self.add(
            self._choice("METHOD", self.tr("Method"), METHODS, "rst"),
            self.tr(
                "rst: regularized spline with tension, smooth, removes noise, gives slope and curvature. tin: linear "
                "in Delaunay triangles. naturalneighbor: smoother, still exact at the points. idw: inverse distance. "
                "movingplane: a plane through the nearest points. nearest: the nearest point's value."
            ),
        )
        self.add(
            self._choice("THINNING", self.tr("Thinning"), THINNINGS, "auto"),
            self.tr(
                "none: all points. nearest: points are left out until no two are nearer to each other than the "
                "thinning distance. mean: the mean of the points in each square of that side, with their number as "
                "its weight. auto: mean for blended rst, nearest for plain rst, none for the others."
            ),
            advanced=True,
        )
        self.add_number(
            "THINNING_DISTANCE",
            self.tr("Thinning distance"),
            self.tr(
                "CRS units; empty is half a cell, 0 is no thinning. Larger is faster and loses detail; smaller keeps "
                "more points. nearest takes any distance; mean needs one that divides a cell, or 2, 4, 8 … cells."
            ),
            advanced=True,
        )

    def _add_spline(self) -> None:
        self.add_number(
            "TENSION",
            self.tr("Tension (rst)"),
            self.tr(
                "Empty finds it with the smoothing for blended segments and is 40 for plain ones. Larger (to 100) is "
                "like a membrane, smaller (10) like a stiff plate."
            ),
        )
        self.add_text(
            "SMOOTHING",
            self.tr("Smoothing (rst)"),
            self.tr(
                "auto finds it by leave-one-out on a sample of the points; 0 passes through every point; 0.1 is "
                "light, 5 strong. Empty is auto for blended and 0.1 for plain segments."
            ),
        )
        self._add_segments()

    def _add_segments(self) -> None:
        self.add(
            self._choice("SEGMENTATION", self.tr("Segments (rst)"), SEGMENTATIONS, "auto"),
            self.tr(
                "blended: overlapping fits, joined without steps. plain: each segment with its neighbors' points, as "
                "v.surf.rst does; faster to compare, but it may show its borders. surrounded: as blended near points, "
                "and smooth and bounded in gaps, as under buildings and woods; slower where points are sparse. auto: "
                "surrounded, but on very smooth ground the spline continues into gaps without bounds."
            ),
            advanced=True,
        )
        self.add_number(
            "SEGMENT_POINTS",
            self.tr("Points per segment (rst)"),
            self.tr(
                "Most points a leaf of the quad tree holds; empty is 64 for blended and 40 for plain. Larger is "
                "smoother between segments and slower, as its cube. It never depends on memory."
            ),
            whole=True,
            advanced=True,
        )
        self.add_number(
            "NEIGHBOR_POINTS",
            self.tr("Points a plain segment may see (rst)"),
            self.tr("Of more than these the nearest are kept, which is counted. Larger is smoother and slower."),
            600,
            whole=True,
            advanced=True,
        )
        self.add_number(
            "ANISOTROPY_ANGLE",
            self.tr("Direction of anisotropy (rst)"),
            self.tr("Degrees counterclockwise from east; it has no effect while the scale is 1."),
            0.0,
            advanced=True,
        )
        self.add_number(
            "ANISOTROPY_SCALE",
            self.tr("Scale of anisotropy (rst)"),
            self.tr("Factor on squared distances along that direction; below 1 the surface varies less along it."),
            1.0,
            advanced=True,
        )

    def _add_other_methods(self) -> None:
        self.add_number(
            "LONGEST_EDGE",
            self.tr("Longest edge (tin, naturalneighbor)"),
            self.tr("CRS units; cells in triangles with a longer edge are nodata. Smaller leaves more gaps; 0 is off."),
            0.0,
            advanced=True,
        )
        self.add_number(
            "NEIGHBORS",
            self.tr("Neighbors (idw, movingplane)"),
            self.tr(
                "Nearest points a cell is made of; empty is 12 for idw and 24 for movingplane. Larger is smoother and "
                "slower, smaller keeps detail and noise."
            ),
            whole=True,
            advanced=True,
        )
        self.add_number(
            "POWER",
            self.tr("Power (idw)"),
            self.tr("Weight is 1 / distance^power. Larger makes the nearest point count more, smaller averages."),
            2.0,
            advanced=True,
        )

    def _add_mask(self) -> None:
        self.add(
            QgsProcessingParameterRasterLayer("MASK", self.tr("Mask"), optional=True),
            self.tr(
                "Cells where this raster is 0 or nodata are skipped; points there still shape the surface. Another "
                "grid or CRS is read by its nearest cell."
            ),
        )
        self.add_number(
            "MASK_DISTANCE",
            self.tr("Farthest distance to a point"),
            self.tr(
                "CRS units; cells farther from every point are nodata. -1 is 15 cells, 0 is no limit. Larger fills "
                "wider gaps, with less to go by."
            ),
            -1.0,
        )

    def _add_outputs(self) -> None:
        self.add(
            QgsProcessingParameterRasterDestination("OUTPUT", self.tr("DEM")),
            self.tr("GeoTIFF, tiled and compressed; a name that ends in .cog.tif makes a Cloud Optimized GeoTIFF."),
        )
        for name, description, help_text in OTHER_RASTERS:
            raster = QgsProcessingParameterRasterDestination(
                name, self.tr(description), optional=True, createByDefault=False
            )
            self.add(raster, self.tr(help_text))
        self.add(
            self._file("DEVIATIONS", self.tr("Points with deviations"), "LAZ files (*.laz);;LAS files (*.las)"),
            self.tr("The points that passed, thinned ones too, with surface minus point as extra dimension Deviation."),
        )
        self.add(
            self._file("CROSS_VALIDATION", self.tr("Cross-validation"), "LAZ files (*.laz);;LAS files (*.las)"),
            self.tr("A sample of points, each with the error of the surface that was made without it."),
        )
        self.add_number(
            "CROSS_VALIDATION_POINTS",
            self.tr("Points of the cross-validation"),
            self.tr("Size of the sample, the same on every run. Larger is surer and slower."),
            10_000,
            whole=True,
            advanced=True,
        )
        self.add_number(
            "CROSS_VALIDATION_BLOCK",
            self.tr("Squares of the cross-validation"),
            self.tr(
                "Side, in CRS units, of squares that are left out whole: the error of gaps of that size, by distance "
                "in the report. 0 leaves out one point at a time: the error beside points. At least a cell."
            ),
            0.0,
            advanced=True,
            newer=True,
        )
        self.add_report()

    def _choice(
        self, name: str, description: str, choices: tuple[str, ...], default: str
    ) -> QgsProcessingParameterEnum:
        return QgsProcessingParameterEnum(name, description, list(choices), False, default, False, True)

    def _file(self, name: str, description: str, file_filter: str) -> QgsProcessingParameterFileDestination:
        return QgsProcessingParameterFileDestination(
            name, description, file_filter, optional=True, createByDefault=False
        )

    # -- work ------------------------------------------------------------------------------------

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        from ..core.neighborhood.expression import parse_filter

        reader = Reader(self, parameters, context)
        parse_filter(reader.text("FILTER"))
        definitions = {d.name(): d for d in self.destinationParameterDefinitions()}
        paths = {name.upper(): reader.planned_destination(definitions[name.upper()]) for name in FILES}
        dem_options(reader, paths).check()

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.surface.dem import build_dem

        reader = Reader(self, parameters, context)
        names = [name.upper() for name in FILES]
        paths = {
            name: reader.raster_destination(name) if name.lower() in RASTERS else reader.file_destination(name)
            for name in names
        }
        options = dem_options(reader, paths)
        options.check()
        report = build_dem(replace(options, extent=extent_of_clouds(reader, options)), bridge)
        for field in RASTERS:
            if paths[field.upper()]:
                style_when_loaded(context, paths[field.upper()], field)
        results: dict[str, Any] = {name: path for name, path in paths.items() if path}
        results.update({name: report[name.lower()] for name, _ in NUMBERS if report.get(name.lower()) is not None})
        return results | self.reported(reader, report)
