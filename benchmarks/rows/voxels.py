# SPDX-License-Identifier: GPL-2.0-or-later
"""The voxel map's updates beside OctoMap's own library: hits alone, and free space carved by rays.

Both hold their points and their map in memory; what is timed is the update alone, in processor seconds
of one thread each, the least of several interleaved runs.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import octomap_peer
from measure import MeasureError
from octomap_rays import explained
from session import SHARED

from .row import Outcome, Row, table

if TYPE_CHECKING:
    from session import Bench

CENTER = 32768
"""OctoMap's key of the voxel at the origin."""
SCANS = ("os1-128-scan1.laz", "os1-128-scan2.laz", "os1-128-scan3.laz")


def terrain(points: int, side: float, seed: int) -> np.ndarray:
    """An airborne cloud over hills with trees, in scan lines of about a metre."""
    rng = np.random.default_rng(seed)
    lines = max(1, int(side))
    y = np.sort(rng.integers(0, lines, points)) / lines * side + rng.uniform(0, 1, points)
    x = rng.uniform(0, side, points)
    ground = 20 * np.sin(x / 90) + 15 * np.cos(y / 70)
    tree = (np.sin(x / 5) * np.sin(y / 6) > 0.3) & (rng.random(points) < 0.7)
    z = ground + np.where(tree, rng.uniform(0, 18, points), rng.normal(0, 0.05, points))
    return np.stack([x, y, z], axis=1).round(3)


# -- hits ----------------------------------------------------------------------------------------


def measure_hits(bench: Bench) -> Outcome:
    from scree.core.voxels.model import Model, octomap_model

    points = bench.points(10_000_000)
    xyz = terrain(points, 1000.0, 1)
    _hits(xyz[:10_000], 0.5, octomap_model())  # compiles
    _hits(xyz[:10_000], 0.5, Model())
    numbers: dict[str, Any] = {}
    lines = []
    for resolution in (0.5, 0.25):
        found: dict[str, list[float]] = {"OctoMap": [], "octomap": [], "iwlo": [], "iwlo, varied intensity": []}
        voxels = 0
        for _ in range(bench.times(3)):
            peer = octomap_peer.update("hits", resolution, xyz, bench.scratch / "hits.bt")
            found["OctoMap"].append(peer["seconds"])
            for name, model in (("octomap", octomap_model()), ("iwlo", Model())):
                seconds, voxels = _hits(xyz, resolution, model)
                found[name].append(seconds)
            found["iwlo, varied intensity"].append(_hits(xyz, resolution, Model(), varied=True)[0])
        best = {name: min(some) for name, some in found.items()}
        numbers[f"{resolution:g} m"] = {"seconds": found, "voxels": voxels}
        lines += [
            (f"{resolution:g} m", f"{voxels:,}", name, f"{seconds:.2f}", f"{best['OctoMap'] / seconds:.1f}x")
            for name, seconds in best.items()
        ]
    ratios = [
        min(some["seconds"]["OctoMap"]) / min(some["seconds"][name])
        for some in numbers.values()
        for name in ("octomap", "iwlo")
    ]
    per_million = max(min(some["seconds"]["octomap"]) for some in numbers.values()) / points * 1e6
    return Outcome(
        f"{min(ratios):.1f}x to {max(ratios):.1f}x OctoMap's updateNode; at most {per_million:.3f} s a million",
        min(ratios) >= 7,
        numbers,
        table(("voxel", "voxels", "model", "processor seconds", "beside OctoMap"), lines),
    )


def _hits(xyz: np.ndarray, resolution: float, model: Any, varied: bool = False) -> tuple[float, int]:
    """Seconds of the update of a new map, and its voxels."""
    from scree.core.voxels.grid import VoxelGrid
    from scree.core.voxels.voxel_map import VoxelMap

    voxel_map = VoxelMap.create(None, VoxelGrid(resolution, 500 * resolution), model, cache_tiles=0)
    intensity = np.full(len(xyz), 200.0)
    if varied:
        intensity = np.random.default_rng(2).integers(36, 255, len(xyz)).astype(float)
    cells, weights = voxel_map.grid.cells_of(*xyz.T), voxel_map.model.weights(intensity)
    start = time.process_time()
    voxel_map.observe(cells, weights)
    seconds = time.process_time() - start
    found = sum(len(voxel_map.tile(tile)) for tile in _tiles(voxel_map))
    voxel_map.close()
    return seconds, found


def _tiles(voxel_map: Any) -> list[Any]:
    from scree.core.voxels.grid import TileIndex

    return [TileIndex(*tile) for tile in voxel_map.tiles().tolist()]


# -- rays ----------------------------------------------------------------------------------------


def measure_rays(bench: Bench) -> Outcome:
    works = {"airborne, 0.5 m": (terrain(bench.points(100_000), 100.0, 2), (50.1, 49.9, 130.3), 0.5, 100.0)}
    scans = SHARED / "data" / "occupancy"
    for name in SCANS if (scans / SCANS[0]).exists() else ():
        works[f"Ouster {name[8:13]}, 0.2 m"] = (_points(scans / name), (0.0, 0.0, 0.0), 0.2, 40.0)
    numbers = {work: _measure_scan(bench, *given) for work, given in works.items()}
    least, airborne = min(some["ratio"] for some in numbers.values()), next(iter(numbers.values()))
    wrong = sum(some["occupied_differ"] for some in numbers.values())
    differ, clear = (sum(some[n] for some in numbers.values()) for n in ("free_differ", "explained"))
    share = max(some["free_differ"] / some["free"] for some in numbers.values())
    names = (
        "rays", "octomap", "scree", "ratio", "ratio_wall", "occupied", "occupied_differ", "free", "free_differ",
        "explained", "by_octomap", "by_our_ends",
    )  # fmt: skip
    return Outcome(
        f"airborne {airborne['ratio']:.1f}x OctoMap's insertPointCloud, least of all {least:.1f}x (wall, two threads: "
        f"{min(some['ratio_wall'] for some in numbers.values()):.1f}x); occupied sets differ in {wrong} voxels, free "
        f"sets in at most {share:.5%}, differences explained by rounding: {clear} of {differ}",
        least >= 15 and wrong == 0 and clear == differ,
        numbers,
        [
            *table(
                ("work", *names),
                ([work, *(f"{some[n]:.4g}" if isinstance(some[n], float) else f"{some[n]:,}" for n in names)]
                 for work, some in numbers.items()),
            ),
            "",
            "`octomap`, `scree`, `ratio`: processor seconds of one thread each; `ratio_wall`: wall seconds, ours with "
            "two threads. Points and places of the sensor are 32-bit floats for both. A differing free voxel is "
            "`explained` if OctoMap's traversal, repeated in its 32-bit directions and summed steps, gives OctoMap's "
            "answer, and fractions from ends rounded down to 1/65536 of a voxel give ours; exact rays between the "
            "unrounded ends have `by_octomap` of them as our set does, and `by_our_ends` as OctoMap's does.",
        ],
    )  # fmt: skip


def _measure_scan(
    bench: Bench, xyz: np.ndarray, origin: tuple[float, ...], resolution: float, tile_size: float
) -> dict[str, Any]:
    """Least seconds of five interleaved runs of both, and how their sets differ."""
    xyz = xyz.astype(np.float32).astype(np.float64)  # what OctoMap makes of them
    origin = tuple(np.array(origin, np.float32).tolist())
    _rays(xyz[:1000], origin, resolution, tile_size)
    peer, ours, wall = [], [], []
    for _ in range(bench.times(5)):
        peer.append(octomap_peer.update("rays", resolution, xyz, bench.scratch / "rays.bt", origin))
        ours.append(_rays(xyz, origin, resolution, tile_size)[0])
        wall.append(_rays(xyz, origin, resolution, tile_size, threads=2)[1])
    voxel_map = _rays(xyz, origin, resolution, tile_size)[2]
    sets, differing, is_ours = _compare(voxel_map, bench.scratch / "rays.bt", bench.scratch)
    theirs, theirs_wall = (min(run[name] for run in peer) for name in ("seconds", "wall"))
    return {
        "rays": len(xyz), "octomap": theirs, "scree": min(ours), "ratio": theirs / min(ours),
        "octomap_wall": theirs_wall, "scree_wall": min(wall), "ratio_wall": theirs_wall / min(wall),
        **sets, **explained(xyz, origin, resolution, differing, is_ours),
    }  # fmt: skip


def _rays(
    xyz: np.ndarray, origin: tuple[float, ...], resolution: float, tile_size: float, threads: int = 1
) -> tuple[float, float, Any]:
    """Processor and wall seconds of the update of a new map, and the map."""
    from scree.core.voxels.grid import VoxelGrid
    from scree.core.voxels.model import octomap_model
    from scree.core.voxels.scan import insert_scan
    from scree.core.voxels.voxel_map import VoxelMap

    voxel_map = VoxelMap.create(None, VoxelGrid(resolution, tile_size), octomap_model(), cache_tiles=0)
    wall, start = time.perf_counter(), time.process_time()
    insert_scan(voxel_map, xyz, origin, threads=threads)
    return time.process_time() - start, time.perf_counter() - wall, voxel_map


def _points(path: Path) -> np.ndarray:
    from scree.core.clouds.collection import open_collection

    (source,) = open_collection([str(path)]).sources
    return np.concatenate([np.stack([chunk[a] for a in "xyz"], axis=1) for chunk in source.chunks([])])


def _compare(voxel_map: Any, tree: Path, scratch: Path) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Sizes of the map's occupied and free sets, and of their differences from a tree's.

    Then the voxels [n, 3] that are free in one of them only, and whether that is the map.
    """
    keys, occupied, _ = octomap_peer.voxels(tree, scratch)
    parts = list(voxel_map.voxels())
    own = np.concatenate([part.cells for part in parts]) + CENTER
    own_occupied = np.concatenate([part.log_odds for part in parts]) >= 0
    if not ((own >= 0) & (own < 2 * CENTER)).all():
        raise MeasureError("The map is wider than OctoMap's keys.")
    free, free_codes = _codes(own[~own_occupied]), _codes(keys[~occupied])
    hit, differing = _codes(own[own_occupied]), np.setxor1d(free, free_codes)
    sizes = {
        "occupied": len(hit), "occupied_differ": len(np.setxor1d(hit, _codes(keys[occupied]))),
        "free": len(free), "free_differ": len(differing),
    }  # fmt: skip
    voxels = np.stack([(differing >> shift) & 0xFFFF for shift in (0, 16, 32)], axis=1) - CENTER
    return sizes, voxels, np.isin(differing, free)


def _codes(keys: np.ndarray) -> np.ndarray:
    return (keys[:, 2] << 32) | (keys[:, 1] << 16) | keys[:, 0]


HITS = Row(
    "voxel-hits",
    "Voxel map, hits only, 10 M points over 1 km2, update alone",
    "OctoMap updateNode on the same cells: 0.70 s for 1 M at 0.5 m; Bonxai 0.085 s",
    "at least 7x OctoMap's updateNode in the same run",
    measure_hits,
)
RAYS = Row(
    "voxel-rays",
    "Voxel map, free space carved: 100,000 rays from 100 m above, and real scans; update alone",
    "OctoMap insertPointCloud 15 s, Bonxai 0.46 s for 100,000 rays",
    "at least 15x OctoMap, the same occupied and free sets",
    measure_rays,
)
