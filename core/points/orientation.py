# SPDX-License-Identifier: GPL-2.0-or-later
"""To which side normals point: up, toward a position, or toward the sensor as it flew by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..neighborhood.expression import LanguageError, Place, Scope
from .neighborhoods import Worked

Vectors = NDArray[np.float64]


class Orientation(Protocol):
    """Chooses one of the two directions of each normal."""

    @property
    def choices(self) -> Mapping[str, Any]: ...

    def bind(self, scope: Scope) -> frozenset[str]:
        """Dimensions of the worked points it reads."""

    def turn(self, normals: Vectors, base: Worked) -> None:
        """Reverse those of the unit ``normals`` [3, n] of these points that point away; no zero is left negative."""


class Upward:
    """NormalZ is not negative; of two horizontal directions the one to the east, of the others that to the north."""

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"toward": "up"}

    def bind(self, scope: Scope) -> frozenset[str]:
        return frozenset()

    def turn(self, normals: Vectors, base: Worked) -> None:
        _reverse(normals, _downward(normals))


@dataclass(frozen=True)
class TowardPoint:
    """Toward a position in CRS units."""

    x: float
    y: float
    z: float

    @staticmethod
    def of(text: str) -> TowardPoint:
        """From 'x y z'.  Raises OptionError."""
        try:
            x, y, z = (float(word) for word in text.replace(",", " ").split())
        except ValueError as error:
            raise OptionError(f"VIEWPOINT is '{text}'; it must be three numbers: x y z in CRS units.") from error
        return TowardPoint(x, y, z)

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"toward": [self.x, self.y, self.z]}

    def bind(self, scope: Scope) -> frozenset[str]:
        return frozenset()

    def turn(self, normals: Vectors, base: Worked) -> None:
        _turn_toward(normals, base, np.array([[self.x], [self.y], [self.z]]))


@dataclass(frozen=True)
class TowardTrajectory:
    """Toward the sensor at the point's GPS time: ``track`` [n, 4] holds time, x, y, z; between them it is linear."""

    path: str
    track: NDArray[np.float64]

    @staticmethod
    def read(path: str) -> TowardTrajectory:
        """From a cloud (text, LAS) with gps_time.  Raises InputError, OptionError."""
        from ..clouds.collection import open_collection

        source = open_collection([path]).sources[0]
        if "gps_time" not in source.dimensions:
            raise OptionError(f"TRAJECTORY {path} has no gps_time; its columns must be gps_time x y z.")
        parts = [
            np.column_stack([chunk[name] for name in ("gps_time", "x", "y", "z")]).astype(np.float64)
            for chunk in source.chunks({"gps_time"})
        ]
        track = np.concatenate(parts)
        return TowardTrajectory(path, track[np.lexsort(track.T[::-1])])

    @property
    def choices(self) -> Mapping[str, Any]:
        return {"toward": self.track.tolist()}

    def bind(self, scope: Scope) -> frozenset[str]:
        if "gps_time" not in scope.own:
            raise LanguageError("a trajectory needs gps_time, and the point cloud has none", Place("gps_time", 0))
        return frozenset({"gps_time"})

    def turn(self, normals: Vectors, base: Worked) -> None:
        times = base["gps_time"].astype(np.float64)
        sensor = np.stack([np.interp(times, self.track[:, 0], self.track[:, i]) for i in (1, 2, 3)])
        _turn_toward(normals, base, sensor)


def _downward(normals: Vectors) -> NDArray[np.bool_]:
    """Which are not the upward one of the two directions."""
    x, y, z = normals
    down = z < 0
    level = np.flatnonzero(z == 0)
    down[level] = (x[level] < 0) | ((x[level] == 0) & (y[level] < 0))
    return down


def _reverse(normals: Vectors, chosen: NDArray[np.bool_]) -> None:
    np.multiply(normals, np.where(chosen, -1.0, 1.0), out=normals)
    normals += 0.0


def _turn_toward(normals: Vectors, base: Worked, target: Vectors) -> None:
    side = ((target - np.stack([base["x"], base["y"], base["z"]])) * normals).sum(axis=0)
    _reverse(normals, np.where(side == 0, _downward(normals), side < 0))
