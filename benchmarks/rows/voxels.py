# SPDX-License-Identifier: GPL-2.0-or-later
"""The voxel map's updates beside OctoMap's own library: hits alone, and free space carved by rays.

Both hold their points and their map in memory; what is timed is the update alone, in processor seconds
of one thread each, the least of three interleaved runs.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import octomap_peer
from measure import MeasureError
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
    numbers: dict[str, Any] = {}
    for work, (xyz, origin, resolution, tile_size) in works.items():
        xyz = xyz.astype(np.float32).astype(np.float64)  # what OctoMap makes of them
        _rays(xyz[:1000], origin, resolution, tile_size)
        peer, ours = [], []
        for _ in range(bench.times(3)):
            peer.append(octomap_peer.update("rays", resolution, xyz, bench.scratch / "rays.bt", origin))
            seconds, voxel_map = _rays(xyz, origin, resolution, tile_size)
            ours.append(seconds)
        theirs = min(run["seconds"] for run in peer)
        sets = _compare(voxel_map, bench.scratch / "rays.bt", bench.scratch)
        numbers[work] = {"octomap": theirs, "scree": min(ours), "ratio": theirs / min(ours), "rays": len(xyz)} | sets
    ratios = {work: some["ratio"] for work, some in numbers.items()}
    wrong = sum(some["occupied_differ"] for some in numbers.values())
    share = max(some["free_differ"] / some["free"] for some in numbers.values())
    names = ("rays", "octomap", "scree", "ratio", "occupied", "occupied_differ", "free", "free_differ")
    airborne = next(iter(ratios.values()))
    return Outcome(
        f"airborne {airborne:.1f}x OctoMap's insertPointCloud, least of all {min(ratios.values()):.1f}x; occupied sets "
        f"differ in {wrong} voxels, free sets in at most {share:.5%}",
        min(ratios.values()) >= 15 and wrong == 0,
        numbers,
        [
            *table(
                ("work", *names),
                ([work, *(f"{some[n]:.4g}" if isinstance(some[n], float) else f"{some[n]:,}" for n in names)]
                 for work, some in numbers.items()),
            ),
            "",
            "Ours are the voxels of exact traversal (tested against fractions). OctoMap narrows directions to 32-bit "
            "floats and adds up its steps, so a ray that close to an edge takes the voxel beside it. Both get points "
            "that are such floats. Processor seconds of one thread each.",
        ],
    )  # fmt: skip


def _rays(xyz: np.ndarray, origin: tuple[float, ...], resolution: float, tile_size: float) -> tuple[float, Any]:
    from scree.core.voxels.grid import VoxelGrid
    from scree.core.voxels.model import octomap_model
    from scree.core.voxels.scan import insert_scan
    from scree.core.voxels.voxel_map import VoxelMap

    voxel_map = VoxelMap.create(None, VoxelGrid(resolution, tile_size), octomap_model(), cache_tiles=0)
    start = time.process_time()
    insert_scan(voxel_map, xyz, origin)
    return time.process_time() - start, voxel_map


def _points(path: Path) -> np.ndarray:
    from scree.core.clouds import open_collection

    (source,) = open_collection([str(path)]).sources
    return np.concatenate([np.stack([chunk[a] for a in "xyz"], axis=1) for chunk in source.chunks([])])


def _compare(voxel_map: Any, tree: Path, scratch: Path) -> dict[str, int]:
    """Sizes of the map's occupied and free sets, and of their differences from a tree's."""
    keys, occupied, _ = octomap_peer.voxels(tree, scratch)
    parts = list(voxel_map.voxels())
    own = np.concatenate([part.cells for part in parts]) + CENTER
    own_occupied = np.concatenate([part.log_odds for part in parts]) >= 0
    if not ((own >= 0) & (own < 2 * CENTER)).all():
        raise MeasureError("The map is wider than OctoMap's keys.")
    out = {}
    for name, mine, theirs in (
        ("occupied", own[own_occupied], keys[occupied]),
        ("free", own[~own_occupied], keys[~occupied]),
    ):
        out[name] = len(mine)
        out[name + "_differ"] = len(np.setxor1d(_codes(mine), _codes(theirs)))
    return out


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
