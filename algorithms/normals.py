# SPDX-License-Identifier: GPL-2.0-or-later
"""scree:normals, normals and covariance features of point clouds of any size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from qgis.core import QgsProcessingContext, QgsProcessingParameterBoolean, QgsProcessingParameterFile

from ..core.errors import OptionError
from ..core.points.options import PointOptions
from .base import Parameters
from .bridge import Bridge
from .points import PointAlgorithm
from .values import Reader

if TYPE_CHECKING:
    from ..core.points.normals import Normals
    from ..core.points.orientation import Orientation

METHODS = ("simplePlane", "robustPlane", "fmcd")
DIRECTIONS = ("upward", "point", "trajectory")


class NormalsAlgorithm(PointAlgorithm):
    EXAMPLE: ClassVar[str] = (
        "qgis_process run scree:normals --INPUT=cloud.laz --NEIGHBORHOOD='knn(k=10 dim=3d)' --FEATURES=true "
        "--OUTPUT=normals.laz"
    )

    def name(self) -> str:
        return "normals"

    def displayName(self) -> str:
        return self.tr("Normals and covariance features")

    def tags(self) -> list[str]:
        return self.tr(
            "lidar,las,laz,copc,vpc,point cloud,normal,plane,roughness,eigenvalue,covariance,linearity,planarity,"
            "sphericity,verticality,omnivariance,neighborhood,opals,knn"
        ).split(",")

    def shortDescription(self) -> str:
        return self.tr("A plane through the neighbors of every point: normal, roughness, eigenvalues, shape.")

    def explanation(self) -> str:
        return self.tr(
            "Fits a plane to the neighbors of every point and adds NormalX/Y/Z, NormalSigma0 (standard deviation of "
            "the neighbors from the plane), NormalEigenvalue1..3 of their covariance, NormalPlaneOffset (height of the "
            "point over the plane along the normal), NormalPtsGiven and NormalPtsUsed. Fewer than three neighbors, or "
            "neighbors on one line, have no normal: NaN. Every point keeps its place and all its attributes."
        )

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        self.add_clouds()
        self.add_neighborhood(
            "knn(k=10 dim=3d)",
            self.tr(
                "As knn(k=10 dim=3d), sphere(r=1) or cylinder(r=1 z=2); knn counts in 3-d here unless dim=2d is said. "
                "More neighbors are smoother and slower; 10 or more are advised for the robust methods."
            ),
        )
        self.add(
            self.choice("METHOD", self.tr("Method"), METHODS, "simplePlane"),
            self.tr(
                "simplePlane: least squares over all neighbors. robustPlane: neighbors far from the plane are left "
                "out, step by step. fmcd: the plane of the three quarters of the neighbors with the smallest "
                "covariance determinant, then of all that agree with it; slowest, withstands most blunders."
            ),
        )
        self.add(
            QgsProcessingParameterBoolean("FEATURES", self.tr("Add covariance features"), False),
            self.tr(
                "Adds Linearity, Planarity, Sphericity, Anisotropy, SurfaceVariation, Verticality, Omnivariance and "
                "Eigenentropy (of eigenvalues divided by their sum)."
            ),
        )
        self._add_direction()
        self.add_process_filter()
        self.add_neighbor_filter()
        self.add_common()

    def _add_direction(self) -> None:
        self.add(
            self.choice("ORIENTATION", self.tr("Direction of normals"), DIRECTIONS, "upward"),
            self.tr("upward; toward the point VIEWPOINT; or toward the sensor on TRAJECTORY at the point's GPS time."),
            advanced=True,
        )
        self.add_text(
            "VIEWPOINT",
            self.tr("Position normals point to"),
            self.tr("x y z in CRS units, for ORIENTATION point."),
            advanced=True,
        )
        self.add(
            QgsProcessingParameterFile("TRAJECTORY", self.tr("Trajectory"), optional=True),
            self.tr("A text file with a header line gps_time x y z, or a cloud; linear between its positions."),
            advanced=True,
        )

    def check(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        from ..core.points.normals import Normals

        reader = Reader(self, parameters, context)
        self.check_texts(self.run_options(reader), Normals.usage)
        direction = reader.choice("ORIENTATION")
        for name, needed in (("VIEWPOINT", "point"), ("TRAJECTORY", "trajectory")):
            if reader.given(name) != (direction == needed):
                state = "given" if reader.given(name) else "missing"
                raise OptionError(f"{name} is {state}, and ORIENTATION is {direction}: {name} goes with {needed}.")

    def compute(self, reader: Reader, options: PointOptions, bridge: Bridge) -> Mapping[str, Any]:
        from ..core.points.job import work_points

        return work_points(options, self._engine(reader), bridge)

    def _engine(self, reader: Reader) -> Normals:
        from ..core.points.normals import Normals

        return Normals(reader.choice("METHOD"), reader.boolean("FEATURES"), self._orientation(reader))

    def _orientation(self, reader: Reader) -> Orientation:
        from ..core.points.orientation import TowardPoint, TowardTrajectory, Upward

        direction = reader.choice("ORIENTATION")
        if direction == "point":
            return TowardPoint.of(reader.text("VIEWPOINT"))
        return TowardTrajectory.read(reader.text("TRAJECTORY")) if direction == "trajectory" else Upward()
