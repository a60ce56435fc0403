# SPDX-License-Identifier: GPL-2.0-or-later
"""``check_map``: every tile read, the damaged listed, trees made anew from the truth where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScreeError
from ..jobs.disk import discard
from ..jobs.progress import Feedback
from ..reports.facts import run_facts
from .expected import expect_reading
from .files import PART, write_whole
from .grid import TileIndex
from .reading import MapOptions, open_run
from .tile_files import TREE, encode_tree
from .voxel_map import VoxelMap

MOST_LISTED = 1000


@dataclass(frozen=True, kw_only=True)
class CheckOptions(MapOptions):
    """Options of ``check_map``."""

    rebuild: bool = False
    """Write octree.bt anew where it differs from iwlo_meta.bin."""


def check_map(options: CheckOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Counts, and the sentences of what is damaged.  Raises ScreeError where the map itself cannot be read."""
    with open_run("scree:voxelmapcheck", options, feedback, changing=options.rebuild) as (voxel_map, job):
        tiles = voxel_map.tiles()
        job.expect(expect_reading(voxel_map, "check", options.cache_tiles, job.budget))
        job.progress.phase("Checking", len(tiles), 100, unit="tiles")
        damaged: list[str] = []
        counts = {"tiles": len(tiles), "voxels": 0, "damaged": 0, "trees_wrong": 0, "trees_rebuilt": 0}
        for x, y, z in tiles.tolist():
            job.progress.check()
            try:
                _check_tile(voxel_map, TileIndex(x, y, z), options, counts)
            except ScreeError as error:
                counts["damaged"] += 1
                damaged = [*damaged, str(error)][:MOST_LISTED]
                job.warn(str(error))
            job.progress.advance(1)
        return run_facts(job, options) | counts | {"messages": damaged}


def _check_tile(voxel_map: VoxelMap, tile: TileIndex, options: CheckOptions, counts: dict[str, int]) -> None:
    folder = Path(options.map) / tile.name
    for left in folder.glob("*" + PART) if options.rebuild else ():
        discard(left)
    voxels = voxel_map.stored(tile)
    if voxels is None:
        return
    counts["voxels"] += len(voxels)
    tree = encode_tree(voxels, tile, voxel_map.grid)
    if voxel_map.stored_tree(tile) == tree:
        return
    counts["trees_wrong"] += 1
    if options.rebuild:
        write_whole(folder / TREE, tree, sync=True)
        counts["trees_rebuilt"] += 1
