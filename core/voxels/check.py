# SPDX-License-Identifier: GPL-2.0-or-later
"""``check_map``: every tile read, the damaged listed, trees made anew from the truth where they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ScreeError, StoreError
from ..jobs.progress import Feedback
from ..reports.facts import run_facts
from .expected import expect_reading
from .files import PART, write_whole
from .grid import TileIndex
from .journal import locked
from .model import Model
from .reading import MapOptions, open_run
from .tile_files import META, TREE, TileFiles, encode_tree

MOST_LISTED = 1000


@dataclass(frozen=True, kw_only=True)
class CheckOptions(MapOptions):
    """Options of ``check_map``."""

    rebuild: bool = False
    """Write octree.bt anew where it differs from iwlo_meta.bin."""


def check_map(options: CheckOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Counts, and the sentences of what is damaged.  Raises ScreeError where the map itself cannot be read."""
    folder = Path(options.map)
    with open_run("scree:voxelmapcheck", options, feedback) as (voxel_map, job):
        files = TileFiles(folder, voxel_map.grid)
        tiles = voxel_map.tiles()
        job.expect(expect_reading(voxel_map, "check", options.cache_tiles, job.budget))
        job.progress.phase("Checking", len(tiles), 100, unit="tiles")
        damaged: list[str] = []
        counts = {"tiles": len(tiles), "voxels": 0, "damaged": 0, "trees_wrong": 0, "trees_rebuilt": 0}
        for x, y, z in tiles.tolist():
            job.progress.check()
            try:
                _check_tile(files, TileIndex(x, y, z), voxel_map.model, options, counts)
            except ScreeError as error:
                counts["damaged"] += 1
                damaged = [*damaged, str(error)][:MOST_LISTED]
                job.warn(str(error))
            job.progress.advance(1)
        return run_facts(job, options) | counts | {"messages": damaged}


def _check_tile(files: TileFiles, tile: TileIndex, model: Model, options: CheckOptions, counts: dict[str, int]) -> None:
    voxels = files.read(tile)
    folder = files.path(tile)
    for left in folder.glob("*" + PART) if options.rebuild else ():
        left.unlink()
    if voxels is None:
        return
    counts["voxels"] += len(voxels)
    if len(voxels) and not model.l_min <= voxels.log_odds.min() <= voxels.log_odds.max() <= model.l_max:
        raise StoreError(
            f"{folder / META} has log-odds outside {model.l_min:g} to {model.l_max:g}, which no update leaves: "
            "it is damaged; restore it from a copy."
        )
    tree = encode_tree(voxels, tile, files.grid)
    path = folder / TREE
    if path.exists() and path.read_bytes() == tree:
        return
    counts["trees_wrong"] += 1
    if options.rebuild:
        with locked(files.folder):
            write_whole(path, tree, sync=True)
        counts["trees_rebuilt"] += 1
