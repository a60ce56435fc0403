# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a point lies, in whole numbers of 1/65536 of a voxel.

A point that lies on the lattice of its file gets there by integers, so files with other offsets,
or the same cloud moved by whole voxels, fall into the same cells.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..coordinates import coordinate
from ..errors import InputError
from ..tiles.ingest import AxisMap
from ..tiles.lattice import Lattice
from .grid import MOST_TILES, VoxelGrid

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.source import Source

FIXED_BITS = 16
FIXED = 1 << FIXED_BITS
"""Parts of a voxel."""

HIT = np.dtype(
    [("at", "<i8", (3,)), ("time", "<f8"), ("scan", "<i8"), ("intensity", "<f4"), ("source", "<u2"),
     ("return", "u1"), ("miss", "u1")]
)  # fmt: skip
RAY = np.dtype([("origin", "<i8", (3,)), ("end", "<i8", (3,)), ("scan", "<i8"), ("tile", "<i4", (3,))])
KINDS = {"hit": HIT, "ray": RAY}


class Places:
    """From the integers of a file to 1/65536 of a voxel."""

    def __init__(self, source: Source, pose: NDArray[np.float64] | None, grid: VoxelGrid, lattice: Lattice) -> None:
        """``pose`` [3, 4] brings the file's coordinates into the world."""
        self._pose = pose
        step = lattice.cell / lattice.per_cell
        offsets = [Fraction(repr(o)) for o in grid.origin]
        self._maps = [AxisMap(source.scales[i], source.offsets[i], step) for i in range(3)]
        self._shift = [int(o / step) for o in offsets]
        self._per_cell, self._step, self._grid = lattice.per_cell, step, grid
        self.exact = all(m.exact for m in self._maps) or self._pose is not None

    def __call__(self, chunk: Chunk, keep: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Places [n, 3].  Raises InputError for what is too far away."""
        counts = [m(raw[keep]) for m, raw in zip(self._maps, (chunk.X, chunk.Y, chunk.Z), strict=True)]
        if self._pose is not None:
            step = self._step
            local = np.stack([c * float(step.numerator) / float(step.denominator) for c in counts], axis=1)
            # Written out: a matrix product may sum in another order on another machine.
            x, y, z = local[:, 0:1], local[:, 1:2], local[:, 2:3]
            pose = self._pose
            return fixed((x * pose[:, 0] + y * pose[:, 1]) + (z * pose[:, 2] + pose[:, 3]), self._grid)
        out = np.empty((len(counts[0]), 3), np.int64)
        for axis, (count, shift) in enumerate(zip(counts, self._shift, strict=True)):
            cell, rest = np.divmod(count - shift, self._per_cell)
            out[:, axis] = cell * FIXED + rest * FIXED // self._per_cell
            _check_reach(cell, self._grid)
        return out


def fixed(points: NDArray[np.float64], grid: VoxelGrid) -> NDArray[np.int64]:
    """Coordinates [n, 3] in 1/65536 of a voxel, by the product form OctoMap uses.  Raises InputError."""
    scaled = points - np.asarray(grid.origin)
    scaled *= 1.0 / grid.resolution
    if not np.isfinite(scaled).all():
        raise InputError("A coordinate is not finite: check the poses, the trajectory and the clouds.")
    _check_reach(scaled, grid)
    scaled *= FIXED
    return np.floor(scaled, out=scaled).astype(np.int64)


def _check_reach(cells: NDArray[Any], grid: VoxelGrid) -> None:
    most = min(MOST_TILES * grid.side, 1 << 45)
    if len(cells) and not (np.abs(cells) < most).all():
        raise InputError(
            f"A point lies {coordinate(np.abs(cells).max())} voxels of RESOLUTION {grid.resolution:g} from the origin; "
            f"at most {most:,} can be told apart: leave it out by FILTER, or use larger voxels."
        )
