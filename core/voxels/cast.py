# SPDX-License-Identifier: GPL-2.0-or-later
"""Where rays end in a map: the first voxel above a probability on the way; unknown space is passed through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from .grid import TileIndex
from .model import log_odds
from .places import FIXED, fixed
from .ray_kernels import first_above, longest
from .rays import LONGEST, RAYS_AT_ONCE, tiles_of
from .spool import grouped
from .voxel_map import VoxelMap, check_probability


class Hit(NamedTuple):
    """Where a ray met an occupied voxel: its center, and the distance to it."""

    x: float
    y: float
    z: float
    distance: float


class Hits(NamedTuple):
    """Of every ray: whether it ``met`` a voxel, and that voxel's ``cells`` [n, 3], log-odds and observations."""

    met: NDArray[np.bool_]
    cells: NDArray[np.int64]
    log_odds: NDArray[np.float64]
    counts: NDArray[np.int32]


def cast_ray(
    voxel_map: VoxelMap, origin: tuple[float, float, float], end: tuple[float, float, float], probability: float = 0.5
) -> Hit | None:
    """The first voxel above ``probability`` from ``origin`` to ``end``, both included; None if there is none."""
    hits = cast_rays(voxel_map, np.array([origin], np.float64), np.array([end], np.float64), probability)
    if not hits.met[0]:
        return None
    center = voxel_map.grid.centers(hits.cells)[0]
    x, y, z = center.tolist()
    return Hit(x, y, z, float(np.sqrt(((center - np.asarray(origin)) ** 2).sum())))


def cast_rays(
    voxel_map: VoxelMap, origins: NDArray[np.float64], ends: NDArray[np.float64], probability: float = 0.5
) -> Hits:
    """``cast_ray`` for many: origins and ends [n, 3].  Raises OptionError for rays of over 32,767 voxels."""
    grid, least, n = voxel_map.grid, log_odds(check_probability(probability)), len(origins)
    starts, stops = fixed(origins, grid), fixed(ends, grid)
    if longest(starts, stops) > LONGEST * FIXED:
        raise OptionError(f"A ray is over {LONGEST:,} voxels long: cut it.")
    hits = Hits(np.zeros(n, bool), np.zeros((n, 3), np.int64), np.zeros(n), np.zeros(n, np.int32))
    for start in range(0, n, RAYS_AT_ONCE):
        _cast(voxel_map, starts, stops, start, least, hits)
    return hits


def _cast(
    voxel_map: VoxelMap, origins: NDArray[np.int64], ends: NDArray[np.int64], start: int, least: float, hits: Hits
) -> None:
    """Some rays, all of them a tile farther at a time, so that rays that lie close share the tiles in memory."""
    some = slice(start, start + RAYS_AT_ONCE)
    tiles, numbers = tiles_of(origins[some], ends[some], voxel_map.grid)
    numbers += start
    firsts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    step_of = np.arange(len(numbers)) - np.repeat(firsts, np.diff(np.r_[firsts, len(numbers)]))
    for step in range(int(step_of.max()) + 1):
        here = np.flatnonzero((step_of == step) & ~hits.met[numbers])
        if not len(here):
            break
        order, starts = grouped(tiles[here])
        for a, b in zip(starts, [*starts[1:], len(order)], strict=True):
            rows = here[order[a:b]]
            tile, own = TileIndex(*tiles[rows[0]].tolist()), numbers[rows]
            _meet(voxel_map, tile, origins[own], ends[own], own, least, hits)


def _meet(
    voxel_map: VoxelMap, tile: TileIndex, origins: NDArray[np.int64], ends: NDArray[np.int64],
    numbers: NDArray[np.int64], least: float, hits: Hits,
) -> None:  # fmt: skip
    """Bring into ``hits``, at ``numbers``, what these rays meet in a tile."""
    voxels, side = voxel_map.load(tile), voxel_map.grid.side
    if not len(voxels):
        return
    corner, at = np.array(tile, np.int64) * side, np.empty(len(numbers), np.int64)
    first_above(origins, ends, corner, side, FIXED, voxels.cells, voxels.log_odds, least, at)
    met, at = numbers[at >= 0], at[at >= 0]
    plane, x = np.divmod(voxels.cells[at], side)
    z, y = np.divmod(plane, side)
    hits.met[met], hits.cells[met] = True, np.stack([x, y, z], axis=1) + corner
    hits.log_odds[met], hits.counts[met] = voxels.log_odds[at], voxels.counts[at]
