# SPDX-License-Identifier: GPL-2.0-or-later
"""Free space: where the sensor was, the rays it sent, and what a scan's rays and hits make of a tile.

In a scan every voxel is updated once, and occupied wins (Hornung et al. 2013, insertPointCloud): the
cells before a ray's last one are free unless a hit of the same scan lies in them.  Of several
hits in a voxel the one of the highest weight counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError
from ..jobs.disk import open_regular
from .mark_kernels import count_marks, mark_cells, mark_hits
from .places import FIXED, FIXED_BITS, RAY, fixed
from .ray_kernels import carve, list_tiles, longest
from .tile import ScanMarks

if TYPE_CHECKING:
    from .counts import Intake
    from .grid import TileIndex, VoxelGrid
    from .options import UpdateOptions
    from .spool import TileSpool

RAYS_AT_ONCE = 10_000
"""Rays in one kernel call."""
MOST_SIDE = 512
"""Cells along a tile whose free space is carved: all of them may change at once."""
LONGEST = 32_767
"""Voxels along an axis of the longest ray."""


@dataclass(frozen=True)
class Sensor:
    """Where it was: one place, one pose (which also brings its points into the world), or a trajectory."""

    origin: tuple[float, float, float] | None = None
    pose: NDArray[np.float64] | None = None
    trajectory: NDArray[np.float64] | None = None
    """Rows of gps time, x, y, z, ascending by time."""

    def places(self, time: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The sensor's place [n, 3] at each point's time, and where it is known."""
        if self.trajectory is None:
            place = self.origin if self.pose is None else tuple(self.pose[:, 3])
            assert place is not None
            return np.tile(np.asarray(place, np.float64), (len(time), 1)), np.ones(len(time), bool)
        path = self.trajectory
        known = (time >= path[0, 0]) & (time <= path[-1, 0])
        return np.stack([np.interp(time, path[:, 0], path[:, a]) for a in (1, 2, 3)], axis=1), known


def read_poses(path: str, inputs: int) -> list[NDArray[np.float64]]:
    """One [3, 4] sensor-to-world matrix a line, row-major, for each input.  Raises InputError."""
    try:
        with open_regular(path) as file:
            lines = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError as error:
        raise InputError(f"POSES {path} cannot be read ({error.strerror}): check the path.") from error
    poses = []
    for number, line in enumerate(lines, 1):
        try:
            values = np.array(line.replace(",", " ").split(), np.float64)
        except ValueError:
            values = np.empty(0)
        if values.size != 12 or not np.isfinite(values).all():
            raise InputError(f"POSES {path} has no 12 numbers in line {number}: write a 3 x 4 matrix row by row.")
        matrix = values.reshape(3, 4)
        if abs(np.linalg.det(matrix[:, :3]) - 1.0) > 1e-3:
            raise InputError(f"POSES {path} has no rotation in line {number}: its determinant must be 1.")
        poses.append(matrix)
    if len(poses) != inputs:
        raise InputError(f"POSES {path} has {len(poses)} matrices and there are {inputs} inputs: give one for each.")
    return poses


def read_trajectory(path: str, columns: str = "") -> NDArray[np.float64]:
    """Rows of gps time, x, y, z from a text file (``columns`` names its columns) or a cloud.  Raises InputError."""
    from ..clouds.collection import open_collection

    rows = []
    for source in open_collection([path], columns=columns).sources:
        if "gps_time" not in source.dimensions:
            raise InputError(
                f"TRAJECTORY {path} has no gps_time: name its columns in its first line, as time x y z, "
                "or by TRAJECTORY_COLUMNS."
            )
        rows += [np.stack([c[n] for n in ("gps_time", "x", "y", "z")], axis=1) for c in source.chunks(["gps_time"])]
    table = np.unique(np.concatenate(rows).astype(np.float64), axis=0)
    if len(table) < 2 or not np.isfinite(table).all() or (np.diff(table[:, 0]) <= 0).any():
        raise InputError(f"TRAJECTORY {path} must have two or more places, one a time, all numbers: check it.")
    return table


def spool_rays(
    hits: NDArray[np.void], sensor: Sensor, grid: VoxelGrid, options: UpdateOptions, intake: Intake, spool: TileSpool
) -> NDArray[np.void]:
    """Spool the rays of some points into every tile they touch; returns the hits that remain."""
    places, known = sensor.places(hits["time"])
    intake.untimed += int(np.count_nonzero(~known))
    origins, ends = fixed(places[known], grid), hits["at"][known]
    if options.discretize:
        ends = ((ends >> FIXED_BITS) << FIXED_BITS) + FIXED // 2
    near = np.ones(len(hits), bool)
    near[known] = cut_rays(origins, ends, grid, options.max_range)
    intake.beyond += int(np.count_nonzero(~near))
    rays = np.zeros(len(ends), RAY)
    rays["origin"], rays["end"], rays["scan"] = origins, ends, hits["scan"][known]
    for start in range(0, len(rays), RAYS_AT_ONCE):
        some = rays[start : start + RAYS_AT_ONCE]
        some = np.unique(some) if options.discretize else some
        tiles, numbers = tiles_of(np.ascontiguousarray(some["origin"]), np.ascontiguousarray(some["end"]), grid)
        clipped = some[numbers]
        clipped["tile"] = tiles
        spool.add("ray", tiles, clipped)
    return hits[near]


def cut_rays(
    origins: NDArray[np.int64], ends: NDArray[np.int64], grid: VoxelGrid, max_range: float
) -> NDArray[np.bool_]:
    """Cut rays at ``max_range`` (0: nowhere), in place; which were shorter.  Raises OptionError for endless ones."""
    near = np.ones(len(ends), bool)
    if max_range:
        way = (ends - origins).astype(np.float64)
        length = np.sqrt((way[:, 0] ** 2 + way[:, 1] ** 2) + way[:, 2] ** 2)
        limit = max_range / grid.resolution * FIXED
        near = length <= limit
        far = ~near
        ends[far] = origins[far] + np.floor(way[far] * (limit / length[far])[:, None]).astype(np.int64)
    reach = longest(origins, ends) / FIXED
    if reach > LONGEST:
        raise OptionError(
            f"A ray is {reach * grid.resolution:,.0f} units long, over {LONGEST:,} voxels: set MAX_RANGE "
            f"(it is {max_range:g}), or check where the sensor is said to be."
        )
    return near


def tiles_of(
    origins: NDArray[np.int64], ends: NDArray[np.int64], grid: VoxelGrid
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every tile [n, 3] that rays go through, from the first to the last of each, with the number of the ray."""
    room = 4 * len(origins)
    while True:
        tiles, numbers = np.empty((room, 3), np.int64), np.empty(room, np.int64)
        found = int(list_tiles(origins, ends, grid.side * FIXED, tiles, numbers))
        if found <= room:
            return tiles[:found], numbers[:found]
        room = found


class Rays(NamedTuple):
    """``rows`` of origins and ends [n, 3], in parts of a voxel."""

    origins: NDArray[np.int64]
    ends: NDArray[np.int64]
    rows: NDArray[np.integer]

    @staticmethod
    def of(records: NDArray[np.void]) -> Rays:
        rows = np.arange(len(records), dtype=np.int64)
        return Rays(np.ascontiguousarray(records["origin"]), np.ascontiguousarray(records["end"]), rows)


class Carver:
    """Free and occupied cells of one tile, scan by scan; two bits for each cell of a tile."""

    def __init__(self, grid: VoxelGrid, threads: int = 1, check: Callable[[], None] = lambda: None) -> None:
        """``check`` is called between two kernels, by each thread.  Raises OptionError for tiles of too many voxels."""
        self._side = grid.side
        if self._side > MOST_SIDE:
            raise OptionError(
                f"A tile is {self._side:,} voxels wide; free space is carved in tiles of at most {MOST_SIDE}: "
                "choose a smaller TILE_SIZE."
            )
        self._threads, self._check = max(1, threads), check
        words = -(-(self._side**3) // 64)
        self._hit, self._free = np.zeros(words, np.uint64), np.zeros((self._threads, words), np.uint64)

    @staticmethod
    def bytes(grid: VoxelGrid) -> int:
        """Held, with the voxels a scan leaves."""
        return min(grid.side, MOST_SIDE) ** 3 * 18

    def marks(
        self, tile: TileIndex, cells: NDArray[np.int64], weights: NDArray[np.float64], rays: Iterable[Rays]
    ) -> ScanMarks:
        """What a scan makes of a tile; who applies the marks clears them for the next.

        ``cells`` [n, 3] of the map and ``weights`` are the scan's hits in the tile.
        """
        side = self._side
        corner = np.array(tile, np.int64) * side
        local = cells - corner
        numbers = (local[:, 2] * side + local[:, 1]) * side + local[:, 0]
        if len(weights) == 0 or bool((weights == weights[0]).all()):
            best = weights[:1]
            mark_cells(numbers, self._hit)
        else:
            order = np.lexsort((weights, numbers))
            best = np.empty(len(cells))
            best = best[: int(mark_hits(numbers[order], weights[order], self._hit, best))]
        for part in rays:
            self._carve(part, corner)
        return ScanMarks(self._free[0], self._hit, best, int(count_marks(self._free[0], self._hit)))

    def _carve(self, rays: Rays, corner: NDArray[np.int64]) -> None:
        """By so many threads, each with bits of its own."""

        def some(rows: NDArray[np.integer], free: NDArray[np.uint64]) -> None:
            for start in range(0, len(rows), RAYS_AT_ONCE):
                self._check()
                carve(rays.origins, rays.ends, rows[start : start + RAYS_AT_ONCE], corner, self._side, free)

        if self._threads == 1 or len(rays.rows) < RAYS_AT_ONCE:
            some(rays.rows, self._free[0])
            return
        shares = np.array_split(rays.rows, self._threads)
        with ThreadPoolExecutor(self._threads - 1) as pool:
            others = [pool.submit(some, *given) for given in zip(shares[1:], self._free[1:], strict=True)]
            some(shares[0], self._free[0])  # this thread is the one that hears a cancel from outside
            for other, own in zip(others, self._free[1:], strict=True):
                other.result()
                self._free[0] |= own
                own[:] = 0


def heaviest(
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Hits in parts (cells [n, 3], weights): each cell once, with the highest of its weights, as a scan takes them."""
    cells, weights = np.empty((0, 3), np.int64), np.empty(0)
    for more, theirs in parts:
        cells, weights = np.concatenate([cells, more]), np.concatenate([weights, theirs])
        order = np.lexsort((weights, *cells.T))
        cells, weights = cells[order], weights[order]
        last = np.ones(len(cells), bool)
        last[:-1] = (cells[1:] != cells[:-1]).any(axis=1)
        cells, weights = cells[last], weights[last]
    return cells, weights
