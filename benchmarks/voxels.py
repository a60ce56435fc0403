# SPDX-License-Identifier: GPL-2.0-or-later
"""The voxel map beside OctoMap's own library, in one run: python benchmarks/voxels.py [OUTPUT.json].

OctoMap's driver is compiled from octomap_driver.cpp; liboctomap-dev must be installed, or its files be
under the folder OCTOMAP_ROOT.  Each figure is the best of three, for both.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "build" / "plugins"))

import numpy as np  # noqa: E402

from scree.core.clouds.writer import write_cloud  # noqa: E402
from scree.core.voxels.grid import VoxelGrid  # noqa: E402
from scree.core.voxels.model import Model, octomap_model  # noqa: E402
from scree.core.voxels.octree_files import read_octree  # noqa: E402
from scree.core.voxels.options import UpdateOptions  # noqa: E402
from scree.core.voxels.update import update_map  # noqa: E402
from scree.core.voxels.voxel_map import VoxelMap  # noqa: E402

HERE = Path(__file__).resolve().parent
REPEATS = 3


def terrain(points: int, side: float, seed: int = 1) -> np.ndarray:
    """An airborne cloud over hills with trees, in scan lines."""
    rng = np.random.default_rng(seed)
    lines = max(1, int(side))
    y = np.sort(rng.integers(0, lines, points)) / lines * side + rng.uniform(0, 1, points)
    x = rng.uniform(0, side, points)
    ground = 20 * np.sin(x / 90) + 15 * np.cos(y / 70)
    tree = (np.sin(x / 5) * np.sin(y / 6) > 0.3) & (rng.random(points) < 0.7)
    z = ground + np.where(tree, rng.uniform(0, 18, points), rng.normal(0, 0.05, points))
    return np.stack([x, y, z], axis=1).round(3)


def driver(folder: Path) -> Path:
    """The compiled driver."""
    root = os.environ.get("OCTOMAP_ROOT", "")
    flags: list[str] = []
    if root:
        libraries = next(Path(root).glob("usr/lib/*/liboctomap.so")).parent
        flags = [f"-I{root}/usr/include", f"-L{libraries}", f"-Wl,-rpath,{libraries}"]
    program = folder / "octomap_driver"
    source = str(HERE / "octomap_driver.cpp")
    subprocess.run(
        ["g++", "-O3", "-march=native", source, *flags, "-loctomap", "-loctomath", "-o", str(program)], check=True
    )
    return program


def octomap(
    program: Path, mode: str, resolution: float, xyz: np.ndarray, out: Path, origin: tuple = ()
) -> dict[str, Any]:
    points = out.with_suffix(".bin")
    xyz.tofile(points)
    command = [str(program), mode, str(resolution), str(points), str(out), *map(str, origin)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(REPEATS)
    ]
    return min(runs, key=lambda run: run["seconds"])


def hits(program: Path, folder: Path, points: int, resolution: float) -> dict[str, Any]:
    """Hits only, the update alone, the map in memory."""
    xyz = terrain(points, 1000.0)
    theirs = octomap(program, "hits", resolution, xyz, folder / "hits.bt")
    row: dict[str, Any] = {"points": points, "resolution": resolution, "octomap": theirs["seconds"]}
    for name, model in (("octomap_model", octomap_model()), ("iwlo", Model())):
        best = []
        for _ in range(REPEATS):
            voxel_map = VoxelMap.create(None, VoxelGrid(resolution, 500 * resolution), model, cache_tiles=0)
            cells, weights = voxel_map.grid.cells_of(*xyz.T), voxel_map.model.weights(np.full(points, 200.0))
            start = time.perf_counter()
            voxel_map.observe(cells, weights)
            best.append(time.perf_counter() - start)
        row[name] = min(best)
        row[f"ratio_{name}"] = theirs["seconds"] / min(best)
    row["voxels"] = sum(map(len, voxel_map.voxels()))
    return row


def rays(program: Path, folder: Path, points: int, resolution: float) -> dict[str, Any]:
    """Carving from 100 m above: a whole run of update_map against insertPointCloud, and the cells of both."""
    xyz = terrain(points, 100.0, 2)
    origin = (50.0, 50.0, 130.0)
    theirs = octomap(program, "rays", resolution, xyz, folder / "rays.bt", origin)
    write_cloud(folder / "rays.las", *xyz.T)
    best: dict[str, Any] = {}
    for i in range(REPEATS):
        options = UpdateOptions(
            inputs=(str(folder / "rays.las"),), map=str(folder / f"rays-{i}"), resolution=resolution,
            tile_size=200 * resolution, misses="rays", origin=origin, model=octomap_model(),
        )  # fmt: skip
        start = time.perf_counter()
        report = update_map(options)
        took = time.perf_counter() - start
        if not best or took < best["seconds"]:
            best = {"seconds": took, "phases": report["phases"], "voxels": report["voxels"]}
    leaves = read_octree(folder / "rays.bt").leaves
    single = int((8 ** (16 - leaves.depths.astype(np.int64))).sum())
    ours = VoxelMap.open(folder / "rays-0")
    free = sum(int((v.log_odds < 0).sum()) for v in ours.voxels())
    their_free = int((8 ** (16 - leaves.depths[leaves.values < 0].astype(np.int64))).sum())
    return {
        "rays": points, "resolution": resolution, "octomap": theirs["seconds"], "ours_whole_run": best["seconds"],
        "ours_phases": best["phases"], "ratio_whole_run": theirs["seconds"] / best["seconds"],
        "cells": {"octomap": single, "ours": best["voxels"], "octomap_free": their_free, "ours_free": free},
    }  # fmt: skip


def paging(tiles: int) -> dict[str, Any]:
    """Scan-ordered batches over many tiles, through 16 tiles and through all."""
    side = 10.0 * tiles**0.5
    xyz = terrain(1_000_000, side, 3)
    row: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        write_cloud(Path(folder) / "c.las", *xyz.T)
        for cache in (16, 0):
            start = time.perf_counter()
            report = update_map(
                UpdateOptions(
                    inputs=(f"{folder}/c.las",), map=f"{folder}/{cache}", resolution=0.25, model=octomap_model(),
                    cache_tiles=cache,
                )
            )  # fmt: skip
            row[f"cache_{cache}"] = time.perf_counter() - start
            row[f"loads_per_tile_{cache}"], row["tiles"] = report["loads_per_tile"], report["tiles"]
        tree = Path(folder) / "0"
        row["bytes_per_voxel"] = {
            name: sum(p.stat().st_size for p in tree.glob(f"tile_*/{name}")) / report["voxels"]
            for name in ("octree.bt", "iwlo_meta.bin")
        }
    row["ratio"] = row["cache_16"] / row["cache_0"]
    return row


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = driver(folder)
        result = {
            "hits": [hits(program, folder, n, r) for n, r in ((1_000_000, 0.5), (1_000_000, 0.25), (10_000_000, 0.5))],
            "rays": rays(program, folder, 100_000, 0.5),
            "paging": paging(2000),
        }
    text = json.dumps(result, indent=2)
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n")


if __name__ == "__main__":
    main()
