# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs of scree:voxelmapupdate: tiles that pass through a small cache, memory over extents, files beside OctoMap's."""

from __future__ import annotations

import json
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import octomap_peer
from measure import Measured, interleaved
from session import FOLDER

from .row import Outcome, Row, table, took, within
from .voxels import terrain

if TYPE_CHECKING:
    from session import Bench

MEMORY_MB = 1024
MB = 1 << 20


def _cloud(bench: Bench, points: int, side: float, seed: int) -> Path:
    """A LAS of scan lines."""

    def make(path: str) -> None:
        from scree.core.clouds.writer import write_cloud

        write_cloud(Path(path), *terrain(points, side, seed).T)

    return bench.cloud(f"voxels-{points}-{side:.0f}.las", make, points * 30 / MB)


def _update(bench: Bench, cloud: Path, label: str, **parameters: object) -> tuple[Measured, dict[str, Any]]:
    """A new map through qgis_process; what the process took, and the report."""
    folder, report = FOLDER / "out" / label, FOLDER / "out" / f"{label}.json"
    shutil.rmtree(folder, ignore_errors=True)
    report.unlink(missing_ok=True)
    values = {"INPUT": cloud, "MAP": folder, "REPORT": report, "MODEL": "octomap", "RESUME": "false", **parameters}
    program = Path(shutil.which("qgis_process.bin") or "qgis_process").name
    command = [
        program,
        "--json",
        "run",
        "scree:voxelmapupdate",
        *(f"--{name}={value}" for name, value in values.items()),
    ]
    measured = bench.run(command, keep=label != "warm").require()
    return measured, json.loads(report.read_text("utf-8"))


# -- cache ---------------------------------------------------------------------------------------


def measure_cache(bench: Bench) -> Outcome:
    tiles = bench.points(1_000_000) // 1000 * 2
    # Two tiles high over the hills: half as many columns.
    side = 10.0 * (tiles / 2.7) ** 0.5
    cloud = _cloud(bench, bench.points(1_000_000), side, 3)
    reports: dict[str, list[dict[str, Any]]] = {"16 tiles": [], "unlimited": []}

    def run(name: str, cache: int) -> Measured:
        measured, report = _update(bench, cloud, f"cache-{cache}", RESOLUTION=0.25, CACHE_TILES=cache)
        reports[name].append(report)
        return measured

    _update(bench, cloud, "warm", RESOLUTION=0.25)
    interleaved({"16 tiles": partial(run, "16 tiles", 16), "unlimited": partial(run, "unlimited", 0)}, bench.times(3))
    best = {name: min(r["seconds"] for r in some) for name, some in reports.items()}
    ratio = best["16 tiles"] / best["unlimited"]
    last = reports["16 tiles"][-1]
    same = _bytes_of(FOLDER / "out" / "cache-16") == _bytes_of(FOLDER / "out" / "cache-0")
    return Outcome(
        f"{ratio:.2f}x the time of the unlimited cache, {last['tiles']:,} tiles, {last['loads_per_tile']} loads for "
        f"each distinct tile; bytes {'equal' if same else 'DIFFER'}",
        ratio <= 1.5 and same,
        {"seconds": {n: [r["seconds"] for r in some] for n, some in reports.items()}, "ratio": ratio}
        | {name: last[name] for name in ("tiles", "voxels", "loads_per_tile", "cache_evictions", "cache_saves")},
        table(
            ("cache", "seconds of the run", "phases"),
            ((n, f"{r['seconds']:.2f}", ", ".join(f"{p} {s:.2f}" for p, s in r["phases"].items()))
             for n, some in reports.items() for r in some),
        ),
    )  # fmt: skip


def _bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("tile_*/*"))}


# -- memory --------------------------------------------------------------------------------------


def measure_memory(bench: Bench) -> Outcome:
    areas = {"1 km2": (bench.points(1_000_000), 1000.0), "10 km2": (bench.points(10_000_000), 1000.0 * 10**0.5)}
    options = {"RESOLUTION": 0.5, "TILE_SIZE": 50, "MAX_MEMORY": MEMORY_MB}
    runs: dict[str, Measured] = {}
    reports = {}
    for name, (points, side) in areas.items():
        cloud = _cloud(bench, points, side, 4)
        runs[name], reports[name] = _update(bench, cloud, "memory", **options)
        shutil.rmtree(FOLDER / "out" / "memory")
    small, large = (run.peak_mb for run in runs.values())
    return Outcome(
        f"peak {small:.0f} MB over 1 km2, {large:.0f} MB over 10 km2 ({reports['10 km2']['voxels']:,} voxels), "
        f"MAX_MEMORY {MEMORY_MB}",
        within(large, small, 0.1) and max(small, large) <= MEMORY_MB,
        {name: run.numbers() | {"voxels": reports[name]["voxels"]} for name, run in runs.items()},
        table(
            ("area", "voxels", "wall s", "cpu s", "peak MB"),
            ((name, f"{reports[name]['voxels']:,}", *took(run)) for name, run in runs.items()),
        ),
    )


# -- files ---------------------------------------------------------------------------------------


def measure_files(bench: Bench) -> Outcome:
    from scree.core.voxels.export import ExportOptions, export_map
    from scree.core.voxels.voxel_map import VoxelMap

    points = bench.points(2_000_000)
    cloud = _cloud(bench, points, 500.0, 5)
    _update(bench, cloud, "files", RESOLUTION=0.5, TILE_SIZE=50)
    folder, tree = FOLDER / "out" / "files", FOLDER / "out" / "files.bt"
    voxel_map = VoxelMap.open(folder, cache_tiles=1)
    export_map(ExportOptions(map=str(folder), output=str(tree), format="bt"))  # compiles
    seconds = {
        "export .bt": _best(bench, lambda: export_map(ExportOptions(map=str(folder), output=str(tree), format="bt")))
    }
    parts = list(voxel_map.voxels())
    seconds["load tiles"] = _best(bench, lambda: [voxel_map.tile(part.tile) for part in parts])
    tiles = [(part.tile, voxel_map.tile(part.tile)) for part in parts]
    copy = FOLDER / "out" / "files-copy"
    seconds["save tiles"] = _best(bench, lambda: _save(copy, voxel_map, tiles))
    voxels = sum(map(len, parts))
    xyz = terrain(points, 500.0, 5)
    peer = octomap_peer.update("hits", 0.5, xyz, bench.scratch / "files.bt")
    keys, occupied, said = octomap_peer.voxels(tree, bench.scratch)
    shift = np.array(json.loads(tree.with_name("files.bt.json").read_text("utf-8"))["shift"]) / 0.5
    own = np.concatenate([part.cells for part in parts]) + 32768 - shift.round().astype(np.int64)
    same = bool(occupied.all()) and np.array_equal(_sorted(keys), _sorted(own))
    sizes = {
        "our .bt": tree.stat().st_size,
        "OctoMap's .bt": (bench.scratch / "files.bt").stat().st_size,
        "octree.bt of the tiles": sum(path.stat().st_size for path in folder.glob("tile_*/octree.bt")),
        "iwlo_meta.bin": sum(path.stat().st_size for path in folder.glob("tile_*/iwlo_meta.bin")),
    }
    theirs = sizes["OctoMap's .bt"]
    rate = {name: s / voxels * 1e6 for name, s in seconds.items()}
    rate |= {"OctoMap writeBinary": peer["save"] / voxels * 1e6, "OctoMap readBinary": peer["load"] / voxels * 1e6}
    return Outcome(
        f"{sizes['our .bt'] / voxels:.2f} bytes a voxel in .bt (OctoMap's own {theirs / voxels:.2f}), "
        f"{sizes['iwlo_meta.bin'] / voxels:.1f} in iwlo_meta.bin; OctoMap reads our .bt: "
        f"{'the same occupied set' if same else 'ANOTHER SET'}",
        same,
        {"voxels": voxels, "bytes": sizes, "seconds_a_million": rate, "nodes": said["nodes"]},
        table(("what", "seconds a million voxels"), ((name, f"{s:.2f}") for name, s in rate.items()))
        + ["", *table(("file", "bytes a voxel"), ((name, f"{size / voxels:.2f}") for name, size in sizes.items()))],
    )


def _best(bench: Bench, work: Any) -> float:
    found = []
    for _ in range(bench.times(3)):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def _save(folder: Path, voxel_map: Any, tiles: list[Any]) -> None:
    """Both files of every tile, as a run writes them."""
    from scree.core.voxels.tile_files import TileFiles

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    files = TileFiles(folder, voxel_map.grid)
    for index, tile in tiles:
        files.write_unfinished(index, tile)


def _sorted(keys: np.ndarray) -> np.ndarray:
    return np.sort((keys[:, 2] << 32) | (keys[:, 1] << 16) | keys[:, 0])


CACHE = Row(
    "voxel-cache",
    "A voxel map of 2,000 tiles through a cache of 16 tiles, scan-ordered input, runs through qgis_process",
    "none",
    "at most 1.5x the time of the unlimited cache",
    measure_cache,
)
MAP_MEMORY = Row(
    "voxel-memory",
    "Voxel map, peak memory over 1 km2 and 10 km2 of the same density (1 point per m2, 0.5 m)",
    "OctoMap and Bonxai grow with the map",
    "equal within 10 %, under MAX_MEMORY",
    measure_memory,
)
FILES = Row(
    "voxel-files",
    "Voxel map, bytes a voxel and the rate of saving and loading",
    "OctoMap .bt: 1.8 bytes a voxel, 0.36 s a million",
    "reported beside OctoMap's; OctoMap reads the same occupied set",
    measure_files,
)
