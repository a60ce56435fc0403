# SPDX-License-Identifier: GPL-2.0-or-later
"""One scan put into a map at once, as OctoMap's insertPointCloud does, for programs that hold it in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from .grid import TileIndex
from .places import FIXED_BITS, fixed
from .rays import Carver, Rays, cut_rays, tiles_of
from .spool import grouped
from .voxel_map import VoxelMap


def insert_scan(
    voxel_map: VoxelMap,
    points: NDArray[np.float64],
    origin: Sequence[float] | NDArray[np.float64],
    intensity: NDArray | None = None,
    *,
    max_range: float = 0.0,
    threads: int = 1,
) -> None:
    """Make the voxels of ``points`` [n, 3] occupied and those on the way from ``origin`` ([3] or [n, 3]) free.

    Every voxel is updated once and occupied wins; each tile is loaded once.  ``max_range`` in CRS units,
    0 is no limit: farther points are no hits, their rays are cut.  Without ``intensity`` every hit has
    that of I_MAX.  Raises InputError for coordinates that cannot be, OptionError for rays of over 32,767
    voxels or tiles too wide to carve, StoreError for a damaged tile, OutputError.
    """
    model, grid = voxel_map.model, voxel_map.grid
    if not model.settled:
        raise OptionError("I_TH and I_MAX are not set; give both, for a scan is no whole run to take them from.")
    if not len(points):
        return
    if intensity is None:
        intensity = np.full(len(points), model.i_max if model.i_max is not None else 1.0)
    ends, weights = fixed(np.asarray(points, np.float64), grid), model.weights(np.asarray(intensity))
    start = fixed(np.asarray(origin, np.float64).reshape(-1, 3), grid)
    origins, cells = np.tile(start, (len(ends) // len(start), 1)), ends >> FIXED_BITS
    near, carver = cut_rays(origins, ends, grid, max_range), Carver(grid, threads)
    tiles, numbers = tiles_of(origins, ends, grid)
    last = np.r_[numbers[1:] != numbers[:-1], True]
    order, starts = grouped(tiles)
    for a, b in zip(starts, [*starts[1:], len(order)], strict=True):
        tile, rows = TileIndex(*tiles[order[a]].tolist()), numbers[order[a:b]]
        # A hit lies in the last tile of its ray, if that was not cut.
        own = rows[last[order[a:b]]]
        own = own[near[own]]
        voxel_map.observe_scan(tile, carver.marks(tile, cells[own], weights[own], [Rays(origins, ends, rows)]))
