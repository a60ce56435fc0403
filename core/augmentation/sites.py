# SPDX-License-Identifier: GPL-2.0-or-later
"""Which area each site of a unit belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.lattice import Box, Lattice
from .areas import AREAS, BITS, KEPT_EMPTY, MINUS, NEAR_BITS
from .classmap import Bits, ClassMap

if TYPE_CHECKING:
    from ..neighborhood.expression.polygons import Polygons

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]


class AreaRule:
    """Areas by the user's priorities: of each site the first that holds it; one with a minus is kept empty.

    A class makes an area within a distance of its points: VEGETATION_DISTANCE for vegetation, MIN_SPACING for the
    others; polygons make it where they hold the site.
    """

    def __init__(
        self, strategy: str, priorities: tuple[str, ...], polygons: Mapping[str, Polygons], classes: ClassMap,
        lattice: Lattice,
    ) -> None:  # fmt: skip
        self.strategy, self.polygons = strategy, polygons
        self.codes = {w.removeprefix(MINUS): KEPT_EMPTY if w.startswith(MINUS) else AREAS[w] for w in priorities}
        self.classes, self.lattice = classes, lattice

    @property
    def halo(self) -> int:
        """Cells of the class map that are looked at around a unit."""
        return max((self.classes.reaches[a].sure for a in self.codes if a in BITS), default=0)

    def areas(self, box: Box, kinds: Bits, wanted: Bools) -> Bytes:
        """Codes [rows, columns] of the cells of ``box``; 0 is none, what is left is gaps unless ``intelligent``.

        ``kinds`` is the class map of the box grown by ``halo``, ``wanted`` the cells that are asked for.
        """
        out = np.zeros(wanted.shape, np.uint8)
        for area, code in self.codes.items():
            open_ = wanted & (out == 0)
            if not open_.any():
                break
            out[open_ & self._within(area, box, kinds, open_)] = code
        if self.strategy != "intelligent":
            out[wanted & (out == 0)] = AREAS["gaps"]
        return out

    def _within(self, area: str, box: Box, kinds: Bits, asked: Bools) -> Bools:
        if area == "gaps":
            return asked
        h = self.halo
        inner = (slice(h, h + asked.shape[0]), slice(h, h + asked.shape[1]))
        inside = self.classes.reaches[area].surely((kinds & BITS[area]) != 0)[inner]
        inside = inside | ((kinds[inner] & NEAR_BITS[area]) != 0)
        if area not in self.polygons:
            return inside
        row, column = np.nonzero(asked & ~inside)
        cell = float(self.lattice.cell)
        held = self.polygons[area].contain((column + box.x0 + 0.5) * cell, (row + box.y0 + 0.5) * cell)
        inside[row[held], column[held]] = True
        return inside
