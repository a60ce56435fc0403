# SPDX-License-Identifier: GPL-2.0-or-later
"""One scan put into a map at once, as OctoMap's insertPointCloud does, for programs that hold it in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from .grid import TileIndex
from .places import FIXED_BITS, RAY, fixed
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
    rays = np.zeros(len(points), RAY)
    rays["origin"] = fixed(np.broadcast_to(np.asarray(origin, np.float64), (len(points), 3)), grid)
    rays["end"] = hits = fixed(np.asarray(points, np.float64), grid)
    near = cut_rays(rays, grid, max_range)
    cells, weights = (hits >> FIXED_BITS)[near], model.weights(np.asarray(intensity)[near])
    tiles, numbers = tiles_of(rays, grid)
    hits_of, carver, sent = _rows_of(cells // grid.side), Carver(grid, threads), Rays.of(rays)
    for tile, rows in _rows_of(tiles).items():
        # A hit lies in the last tile of its ray, so there is no tile of hits alone.
        own = hits_of.get(tile, rows[:0])
        marks = carver.marks(tile, cells[own], weights[own], [sent._replace(rows=numbers[rows])])
        voxel_map.observe_scan(tile, marks)


def _rows_of(tiles: NDArray[np.int64]) -> dict[TileIndex, NDArray[np.int32]]:
    """Rows of each tile in ``tiles`` [n, 3]."""
    if not len(tiles):
        return {}
    order, starts = grouped(tiles)
    stops = [*starts[1:], len(order)]
    return {TileIndex(*tiles[order[a]].tolist()): order[a:b] for a, b in zip(starts, stops, strict=True)}
