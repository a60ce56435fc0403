# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:gridfrompoints, a raster by local interpolation of points."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from qgis.core import QgsProcessingContext

from ..core.errors import OptionError
from ..core.points.gridoptions import GridOptions
from .base import Parameters
from .bridge import Bridge
from .cells import CellAlgorithm
from .values import Reader

METHODS = (
    "snap",
    "nearest",
    "movingaverage",
    "movingplanes",
    "robustmovingplanes",
    "movingparaboloid",
    "delaunay",
    "naturalneighbor",
)
WITHOUT_NEIGHBORHOOD = ("snap", "delaunay", "naturalneighbor")
AROUND = "knn(k=8)"


class GridFromPointsAlgorithm(CellAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:gridfrompoints --INPUT=cloud.laz --RESOLUTION=1 --METHOD=movingplanes "
        "--NEIGHBORHOOD='knn(k=8) maxSearchDistance=5' --FEATURES=sigma,count --OUTPUT=grid.tif"
    )

    def name(self) -> str:
        return "gridfrompoints"

    def displayName(self) -> str:
        return self.tr("Grid from points")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,raster,grid,interpolation,moving planes,paraboloid,idw,nearest,"
            "delaunay,natural neighbor,dtm,dsm,opals"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("A raster of any attribute by local interpolation of the points around every cell.")

    def explanation(self) -> str:
        return self.tr(
            "Interpolates an attribute at the center of every cell from the points of its neighborhood, with bands for "
            "the precision (sigma), the number of points and the excentricity where wanted. A cell with too few points "
            "(moving planes 3, paraboloid 6), or whose points do not determine the surface, is nodata."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_resolution()
        self.add(
            self.choice("METHOD", self.tr("Method"), METHODS, "movingplanes"),
            self.tr(
                "snap: the cell's own point nearest to its center. nearest: the nearest neighbor. movingaverage, "
                "movingplanes, movingparaboloid: weighted mean, plane or paraboloid of the neighbors; "
                "robustmovingplanes drops blunders. delaunay: linear in triangles. naturalneighbor: smoother, exact at "
                "the points."
            ),
        )
        self.add_attribute()
        self.add_neighborhood(
            "",
            self.tr(
                "As knn(k=8) maxSearchDistance=5, circle(r=3) or knn(k=16 mode=quadrant); empty is knn(k=8). Not for "
                "snap, delaunay and naturalneighbor, which choose their points themselves."
            ),
        )
        self.add_number(
            "POWER",
            self.tr("Power of the weights"),
            self.tr(
                "Neighbors weigh 1 / distance to this power, 0 to 4; 0 weighs all alike, larger follows near points."
            ),
            0,
            whole=True,
        )
        self.add_text(
            "FEATURES",
            self.tr("Further bands"),
            self.tr(
                "Any of sigma (standard deviation of the neighbors from the surface), count (neighbors) and "
                "excentricity (distance from the cell's center to their center of gravity), separated by commas."
            ),
        )
        self.add_cell_filters()
        self.add_common()

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        reader = Reader(self, parameters, context)
        options = self.options(reader, "grid.tif")
        self.check_texts(options)
        method = reader.choice("METHOD")
        if method in WITHOUT_NEIGHBORHOOD and options.neighborhood:
            raise OptionError(
                f"NEIGHBORHOOD is '{options.neighborhood}'; METHOD {method} chooses its points: empty it."
            )
        if method in ("delaunay", "naturalneighbor"):
            for name in ("FEATURES", "PROCESS_FILTER", "RASTERS"):
                if reader.given(name):
                    raise OptionError(f"{name} is given, and METHOD {method} does not have it: empty it.")
        else:
            self._engine(reader, method)

    def work(self, parameters: Parameters, context: QgsProcessingContext, bridge: Bridge) -> dict[str, Any]:
        from ..core.points.gridding import grid_points

        reader = Reader(self, parameters, context)
        options = self.options(reader, reader.raster_destination("OUTPUT"))
        method = reader.choice("METHOD")
        if method in ("delaunay", "naturalneighbor"):
            return self.results(reader, self._triangular(reader, options, method, bridge), options.output)
        if not options.neighborhood and method not in WITHOUT_NEIGHBORHOOD:
            options = replace(options, neighborhood=AROUND)
        return self.results(reader, grid_points(options, self._engine(reader, method), bridge), options.output)

    def _engine(self, reader: Reader, method: str) -> Any:
        from ..core.points.surfaces import PointGrid

        return PointGrid(method, reader.text("ATTRIBUTE"), reader.text("FEATURES"), reader.whole("POWER"))

    def _triangular(self, reader: Reader, options: GridOptions, method: str, bridge: Bridge) -> dict[str, Any]:
        """The surfaces of scree:dem, with all points."""
        from ..core.points.surfaces import TRIANGULAR
        from ..core.surface.dem import build_dem
        from ..core.surface.options import DemOptions

        return build_dem(
            DemOptions(
                inputs=options.inputs,
                output=options.output,
                columns=options.columns,
                labels=options.labels,
                filter=options.neighbor_filter,
                attribute=reader.text("ATTRIBUTE"),
                resolution=options.resolution,
                method=TRIANGULAR[method],  # type: ignore[arg-type]
                mask_distance=0,
                max_memory=options.max_memory,
                growth=options.growth,
                threads=options.threads,
                resume=options.resume,
                scratch=options.scratch,
            ),
            bridge,
        )
