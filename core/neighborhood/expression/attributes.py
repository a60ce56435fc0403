# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of attributes: those of LAS, those of the neighborhood language, and how one finds the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import LanguageError, Place, closest

COORDINATES = ("x", "y", "z")

#: Dimensions every LAS file may have; all others are extra dimensions.
LAS = frozenset(
    "x y z intensity return_number number_of_returns classification user_data scan_angle "
    "point_source_id gps_time red green blue nir synthetic key_point withheld overlap "
    "scan_direction_flag edge_of_flight_line scanner_channel".split()
)

#: Predefined attributes that LAS knows under another name (spelling aside).
ALIASES = {
    "amplitude": "intensity",
    "echonumber": "return_number",
    "nrofechos": "number_of_returns",
    "infrared": "nir",
}

#: Attributes the language defines: a test of their presence is meaningful where a cloud lacks them.
PREDEFINED = (
    "Amplitude EchoWidth EchoRatio Reflectance Range ScanAngle NormalizedZ NormalX NormalY NormalZ "
    "NormalSigma0 NormalEigenvalue1 NormalEigenvalue2 NormalEigenvalue3 NormalPlaneOffset SigmaX SigmaY "
    "SigmaZ BeamVectorX BeamVectorY BeamVectorZ Classification EchoNumber NrOfEchos UserData NormalPtsGiven "
    "NormalPtsUsed NormalEstimationMethod PointSourceId Red Green Blue InfraRed GPSTime Id SegmentID"
).split()


MADE_BY = {
    re.compile("normalizedz"): (
        "make it with scree:calculateattributes, FORMULAS='NormalizedZ(float)=z-r[0]' and the raster of the ground as "
        "RASTERS"
    ),
    re.compile(r"normal([xyz]|sigma0|eigenvalue[123]|planeoffset|pts(given|used)|estimationmethod)"): (
        "make it with scree:normals"
    ),
}
"""How a predefined attribute, spelled loosely, comes into a cloud that lacks it."""


def _loose(name: str) -> str:
    """Spelling without case, blanks and underscores: ``PointSourceId`` is ``point_source_id``."""
    return re.sub(r"[\W_]+", "", name).lower()


def is_known(name: str) -> bool:
    """A name the language itself allows: a user attribute, or a predefined one."""
    return name.startswith("_") or _loose(name) in {_loose(known) for known in PREDEFINED}


def candidates(name: str, available: Iterable[str]) -> list[str]:
    """The dimensions ``name`` may mean: none, one, or several that are equally near.

    A dimension of exactly that name comes first, then one that differs in case, then one that
    differs in blanks and underscores, then an alias.  A user attribute ``_name`` is an extra
    dimension ``_name`` or ``name``.
    """
    names = list(available)
    user = name.startswith("_")
    if user:
        names = [dimension for dimension in names if dimension not in LAS]
    spellings: tuple[Callable[[str], str], ...] = (str, str.lower, _loose)
    for spell in spellings:
        for wanted in (name, name[1:]) if user else (name,):
            found = [dimension for dimension in names if wanted and spell(dimension) == spell(wanted)]
            if found:
                return found
    alias = ALIASES.get(_loose(name))
    return [alias] if alias in names and not user else []


def legal_names(available: Iterable[str]) -> tuple[str, ...]:
    """The dimensions of a cloud, and the other names that the language has for some of them."""
    names = tuple(available)
    return (*names, *(name for name in PREDEFINED if ALIASES.get(name.lower()) in names and name not in names))


@dataclass(frozen=True)
class Scope:
    """What names may stand for, and so which are refused before any point is read.

    ``own``: dimensions of the point itself and their types; ``base``: those of the base point,
    None where there is none; ``neighbors``: those of ``n[i]``; ``rasters``: how many ``r[i]``.
    """

    own: Mapping[str, np.dtype[Any]]
    base: Mapping[str, np.dtype[Any]] | None = None
    neighbors: Mapping[str, np.dtype[Any]] | None = None
    rasters: int = 0

    def require(self, dimension: str, place: Place) -> None:
        """Refuse a cloud without a dimension that a filter reads by its LAS name."""
        if dimension not in COORDINATES and dimension not in self.own:
            raise LanguageError(
                f"the point cloud has no {dimension}, which this filter reads", place, legal_names(self.own)
            )


def resolve(name: str, available: Mapping[str, np.dtype[Any]], place: Place, optional: bool = False) -> str | None:
    """The dimension ``name`` means; None if ``optional`` and the cloud does not have it.

    Raises
    ------
    LanguageError
        The cloud has no such attribute, has several equally near, or it does not hold numbers.
    """
    if name in COORDINATES:
        return name
    found = candidates(name, available)
    if len(found) > 1:
        raise LanguageError(f"'{name}' may mean {' or '.join(found)}: spell it exactly", place)
    if not found:
        if optional and is_known(name):
            return None
        cure = next((f": {how}" for known, how in MADE_BY.items() if known.fullmatch(_loose(name))), "")
        legal = legal_names(available)
        near = () if cure else closest(name, legal)
        raise LanguageError(f"the point cloud has no attribute '{name}'{cure}", place, legal, near)
    dtype = np.dtype(available[found[0]])
    if dtype.kind not in "biuf" or dtype.shape:
        raise LanguageError(f"the attribute '{found[0]}' holds {dtype}, a formula needs one number a point", place)
    return found[0]
