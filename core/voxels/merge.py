# SPDX-License-Identifier: GPL-2.0-or-later
"""``merge_maps``: the knowledge of one map added to another's, tile by tile, as a whole or not at all.

Log-odds of independent observations add up (clamped), and so do the numbers of observations.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError
from ..jobs.disk import written_to
from ..jobs.progress import Feedback, stop_if_cancelled
from ..reports.facts import run_facts
from .expected import expect_reading
from .grid import TileIndex
from .journal import commit, discard_after, generation_folder, generation_of
from .metadata import Metadata, widened
from .model import Model
from .reading import MapOptions, open_run
from .states import held
from .tile import UPDATE_BYTES, VoxelTile
from .voxel_map import VoxelMap

if TYPE_CHECKING:
    from ..jobs.job import Job


@dataclass(frozen=True, kw_only=True)
class MergeOptions(MapOptions):
    """Options of ``merge_maps``: ``other`` is read, ``map`` is changed."""

    other: str
    reapply: bool = False
    """Merge a map that has runs in common with this one."""

    def check(self) -> None:
        """Raise OptionError for the first value that cannot work."""
        if Path(self.map).resolve() == Path(self.other).resolve():
            raise OptionError(f"MAP and OTHER are both {self.map}: a map cannot be merged with itself.")


def merge_maps(options: MergeOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Add ``other`` to ``map``; returns the report.  Raises ScreeError, and then the map is as it was.

    Once the journal is written the merge counts, whatever is raised.
    """
    options.check()
    folder = Path(options.map)
    with (
        open_run("scree:voxelmapmerge", options, feedback, changing=True) as (own, job),
        held(Path(options.other)) as state,
        closing(VoxelMap(state.folder, state.metadata, cache_tiles=1, state=state)) as other,
    ):
        _check(own.metadata, other.metadata, options)
        job.expect(expect_reading(other, "merge", options.cache_tiles, job.budget))
        job.budget.require((_largest(own) + _largest(other)) * UPDATE_BYTES * 2, "Merging the largest tiles")
        request = hashlib.sha256(other.metadata.encoded()).hexdigest()
        metadata = replace(own.metadata, generation=generation_of(own.metadata, request))
        own.close()
        try:
            tiles = _merge(metadata, other, options, job)
            bounds = metadata.bounds
            for tile in tiles.tolist():
                bounds = widened(bounds, tile)
            runs = (*metadata.runs, *other.metadata.runs)
            merged = replace(metadata, bounds=bounds, runs=runs)
            commit(folder, merged, job=job.folder.path, check=job.progress.check)
        except BaseException as error:
            discard_after(error, folder, partial(stop_if_cancelled, feedback))  # nothing of a merge that counts
            raise
        return run_facts(job, options) | {"tiles_changed": len(tiles)}


def _merge(metadata: Metadata, other: VoxelMap, options: MergeOptions, job: Job) -> NDArray[np.int32]:
    """Every tile of ``other`` with the map's own into the generation that ``metadata`` names; the tiles [n, 3]."""
    folder = Path(options.map)
    generation = generation_folder(folder, metadata.generation)
    with written_to(generation):
        generation.mkdir()
    target = VoxelMap(
        folder,
        metadata,
        cache_tiles=options.cache_tiles,
        cache_bytes=job.budget.working // 4,
        generation=generation,
        check=job.progress.check,
    )
    tiles = other.tiles()
    job.progress.phase("Merging", len(tiles), 95, unit="tiles")
    with target:
        for x, y, z in tiles.tolist():
            job.progress.check()
            if job.flush.is_set():
                target.flush()
                job.flush.clear()
            index = TileIndex(x, y, z)
            target.replace_tile(index, merge_tiles(target.load(index), other.tile(index), metadata.model))
            job.progress.advance(1)
    return tiles


def _largest(voxel_map: VoxelMap) -> int:
    """Voxels of the largest tile."""
    return max((voxel_map.stored_voxels(TileIndex(*tile)) for tile in voxel_map.tiles().tolist()), default=0)


def merge_tiles(first: VoxelTile, second: VoxelTile, model: Model) -> VoxelTile:
    """Both tiles' voxels; where they share one, the sums."""
    cells = np.union1d(first.cells, second.cells)
    values, counts = np.zeros(len(cells)), np.zeros(len(cells), np.int64)
    for tile in (first, second):
        at = np.searchsorted(cells, tile.cells)
        values[at] += tile.log_odds
        counts[at] += tile.counts
    values = np.clip(values, model.l_min, model.l_max)
    return VoxelTile(cells, values, np.minimum(counts, 2**31 - 1).astype(np.int32))


def _check(own: Metadata, other: Metadata, options: MergeOptions) -> None:
    for name, mine, theirs in (
        ("RESOLUTION", own.grid.resolution, other.grid.resolution),
        ("TILE_SIZE", own.grid.tile_size, other.grid.tile_size),
        ("origin", own.grid.origin, other.grid.origin),
        ("MODEL", own.model.name, other.model.name),
    ):
        if mine != theirs:
            raise InputError(f"{options.map} has {name} {mine} and {options.other} has {theirs}; they must be equal.")
    if own.crs and other.crs:
        from ..clouds.crs import describe, same_crs

        if not same_crs(own.crs, other.crs):
            raise InputError(
                f"The maps have the CRS {describe(own.crs)} and {describe(other.crs)}; they must be equal."
            )
    seen = {key for run in own.runs for key in run.get("inputs", ())}
    if not options.reapply and any(key in seen for run in other.runs for key in run.get("inputs", ())):
        raise InputError(
            f"{options.map} and {options.other} hold observations of the same cloud, which would count double: "
            "leave it, or set REAPPLY if that is meant."
        )
