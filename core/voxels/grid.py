# SPDX-License-Identifier: GPL-2.0-or-later
"""Where voxels and tiles lie: cells of ``resolution`` counted from an origin, ``side`` of them along a tile.

OctoMap's keys are 16 bits wide, so keys of the whole world overflow at 1.6 km where a voxel is 5 cm.
Ours count from the corner of the tile (key frame ``tile``); maps whose keys count from one origin
(``map``) open too.  The tile is found from the cell, never from the coordinate, so no voxel can
fall between two tiles.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..coordinates import coordinates, short
from ..errors import InputError, OptionError
from ..tiles.lattice import as_decimal

KEY_CENTER = 32768
"""OctoMap's key of the cell whose low corner is the origin."""
MOST_CELLS = 32768
"""Cells along a tile: its keys are 32768 to 65535."""
MOST_TILES = 2**31
TILE_NAME = re.compile(r"tile_(-?\d+)_(-?\d+)_(-?\d+)")


class TileIndex(NamedTuple):
    """A cube of ``side`` cells along each axis: cells ``x * side`` to ``(x + 1) * side``."""

    x: int
    y: int
    z: int

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"tile_{self.x}_{self.y}_{self.z}"

    @staticmethod
    def parse(name: str) -> TileIndex | None:
        """The tile of a folder name, None for other folders."""
        match = TILE_NAME.fullmatch(name)
        return TileIndex(*map(int, match.groups())) if match else None


class CellBox(NamedTuple):
    """Cells ``low <= cell < high`` along each axis."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]


@dataclass(frozen=True)
class VoxelGrid:
    """Sizes in CRS units; ``origin`` is the low corner of cell (0, 0, 0)."""

    resolution: float
    tile_size: float
    key_frame: str = "tile"
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        """Raises OptionError unless the tile is a whole number of voxels, at most 32768."""
        cell, tile = as_decimal(self.resolution, "RESOLUTION"), as_decimal(self.tile_size, "TILE_SIZE")
        side = tile / cell
        if abs(side - round(side)) > side * Fraction(1, 10**9) or not round(side):
            raise OptionError(
                f"TILE_SIZE {self.tile_size:g} is {short(float(side))} voxels of RESOLUTION {self.resolution:g}; "
                "it must be a whole number of them, or voxels would straddle two tiles: change one."
            )
        if round(side) > MOST_CELLS:
            raise OptionError(
                f"TILE_SIZE {self.tile_size:g} is {round(side):,} voxels of RESOLUTION {self.resolution:g}; "
                f"OctoMap's keys allow {MOST_CELLS:,}: choose a smaller tile."
            )
        if self.key_frame not in ("tile", "map"):
            raise InputError(f"The key frame is '{self.key_frame}'; it must be 'tile' or 'map': the map is damaged.")
        if not all(map(math.isfinite, self.origin)):
            raise InputError(
                f"The origin of the map is {coordinates(self.origin)}; it must be three numbers: the map is damaged."
            )

    @cached_property
    def side(self) -> int:
        """Cells along a tile."""
        return round(as_decimal(self.tile_size, "TILE_SIZE") / self.cell)

    @cached_property
    def cell(self) -> Fraction:
        """The resolution as the decimal it stands for."""
        return as_decimal(self.resolution, "RESOLUTION")

    def plane_of(self, tile: TileIndex, level: int = 0) -> tuple[float, float, float, float]:
        """West, south, east, north of a tile, or of a cube of ``2**level`` tiles a side."""
        side = self.tile_size * (1 << level)
        west, south = self.origin[0] + tile[0] * side, self.origin[1] + tile[1] * side
        return west, south, west + side, south + side

    def first_key(self, tile: TileIndex) -> tuple[int, int, int]:
        """Key of a tile's lowest cell along each axis.  Raises InputError where keys are too short for it."""
        if self.key_frame == "tile":
            return KEY_CENTER, KEY_CENTER, KEY_CENTER
        x, y, z = (KEY_CENTER + index * self.side for index in tile)
        if min(x, y, z) < 0 or max(x, y, z) + self.side > 2 * KEY_CENTER:
            raise InputError(
                f"{tile.name} lies beyond the 65,536 keys of a map whose keys count from one origin; "
                "such keys repeat, so the map cannot be read or extended there."
            )
        return x, y, z

    def corner(self, tile: TileIndex) -> tuple[float, float, float]:
        """Coordinates of a tile's low corner."""
        x, y, z = (float(index * self.side * self.cell) + o for index, o in zip(tile, self.origin, strict=True))
        return x, y, z

    def tile_of(self, cell: Sequence[int]) -> TileIndex:
        x, y, z = (int(index) // self.side for index in cell)
        return TileIndex(x, y, z)

    def cells_of(self, x: NDArray, y: NDArray, z: NDArray) -> NDArray[np.int64]:
        """Cells [n, 3] of coordinates, as OctoMap finds them: the floor of the product with 1 / resolution.

        Raises InputError where a coordinate is not finite or too far away.
        """
        out = np.empty((len(x), 3), np.int64)
        inverse, most = 1.0 / self.resolution, float(MOST_TILES * self.side)
        for axis, column in enumerate((x, y, z)):
            index = np.floor((np.asarray(column, np.float64) - self.origin[axis]) * inverse)
            if len(index) and not (np.abs(index) < most).all():
                worst = np.asarray(column)[~(np.abs(index) < most)][0]
                raise InputError(
                    f"A coordinate is {worst}; it must be finite and at most 2^31 tiles from the origin: leave it out."
                )
            out[:, axis] = index
        return out

    def centers(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Coordinates [n, 3] of the centers of cells [n, 3], each rounded once."""
        cell = self.cell
        doubled = (2 * cells + 1) * cell.numerator
        return np.asarray(doubled / (2.0 * cell.denominator) + np.asarray(self.origin))

    def box_of(self, bounds: Sequence[float]) -> CellBox:
        """Cells that touch (xmin, ymin, zmin, xmax, ymax, zmax)."""
        ends = np.asarray(bounds, np.float64).reshape(2, 3)
        if not (np.isfinite(ends).all() and (ends[0] < ends[1]).all()):
            raise OptionError(
                f"The box is {coordinates(bounds)}; it must be xmin, ymin, zmin, xmax, ymax, zmax, ascending."
            )
        low = np.floor((ends[0] - self.origin) / self.resolution)
        high = np.ceil((ends[1] - self.origin) / self.resolution)
        most = float(MOST_TILES * self.side)
        low, high = np.clip(low, -most, most), np.clip(high, -most, most)
        (x0, y0, z0), (x1, y1, z1) = low.astype(np.int64).tolist(), high.astype(np.int64).tolist()
        return CellBox((x0, y0, z0), (x1, y1, z1))
