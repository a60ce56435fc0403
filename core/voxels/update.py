# SPDX-License-Identifier: GPL-2.0-or-later
"""``update_map``: clouds of any size into a map, in one run that counts as a whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, InputError, OptionError
from ..jobs.budget import make_budget
from ..jobs.disk import require_free, scratch_parent, written_to
from ..jobs.folder import JobFolder, delete_job_folder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback, stop_if_cancelled
from .apply import RECORD_BYTES, Applier
from .counts import percentiles
from .expected import expect
from .files import refuse_link
from .grid import TileIndex, VoxelGrid
from .intake import Selected, content_key, take_in
from .journal import (
    JOURNAL,
    commit,
    discard_after,
    discard_generation,
    generation_folder,
    generation_of,
    locked,
    recover,
    sweep,
)
from .ledger import Ledger
from .metadata import NAME, Bounds, Metadata, read_metadata, widened
from .options import UpdateOptions
from .places import KINDS
from .rays import Carver, Sensor, read_poses, read_trajectory
from .reading import delete_left, find_sealed
from .report import make_report
from .spool import TileSpool
from .tile import UPDATE_BYTES
from .tile_files import TileFiles
from .voxel_map import VoxelMap, require_empty

if TYPE_CHECKING:
    from ..clouds.collection import Collection

TILE_SIZE = 10.0
INTAKE = "intake"
"""Result of a job folder: what the pass over the clouds counted."""


def update_map(options: UpdateOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Make or continue the map that ``options`` name; returns the report.

    Raises ScreeError: then the map is as it was before.  A run that was killed goes on where it was.
    """
    options.check()
    collection = options.open()
    selected = select(options, collection)
    folder = Path(options.map)
    made = not folder.exists()
    with written_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not (folder / NAME).exists() and not os.path.lexists(folder / JOURNAL):  # else it is a map, or becomes one
        require_empty(folder)
    try:
        with locked(folder):
            return _update(options, collection, selected, feedback)
    finally:
        if made:
            with suppress(OSError):  # it came to something
                folder.rmdir()


def _update(
    options: UpdateOptions, collection: Collection, selected: list[Selected], feedback: Feedback | None
) -> dict[str, Any]:
    """The run, once the map is ours."""
    folder = Path(options.map)
    check = partial(stop_if_cancelled, feedback)
    recovered = recover(folder, check)
    sweep(folder)
    metadata = _metadata(options, folder, collection)
    request = _request(options, selected)
    _delete_left(options, metadata)
    if recovered and metadata.runs and metadata.runs[-1].get("request") == request:
        return make_report(options, metadata, None, {})
    metadata = replace(metadata, generation=generation_of(metadata, request))
    discard_generation(folder, metadata.generation if options.resume else "", check)
    try:
        return _run(options, collection, selected, metadata, request, feedback)
    except BaseException as error:
        if not options.resume or not isinstance(error, Cancelled):
            discard_after(error, folder, check)  # nothing of a run that counts
        raise


def _delete_left(options: UpdateOptions, metadata: Metadata) -> None:
    """Delete the job folders of dead runs: those that read the map, and one that was killed after it counted."""
    parent = scratch_parent(Path(options.map), options.scratch)
    if not parent.is_dir():
        return
    delete_left(parent, Path(options.map))
    counted = {"generation": metadata.generation}
    for path in find_sealed(parent, INTAKE, counted) if metadata.generation else ():
        with suppress(OSError):  # somebody looks at it
            delete_job_folder(path)


def select(options: UpdateOptions, collection: Collection) -> list[Selected]:
    """Filters bound to each source, the sensor of each, and the key of its content."""
    from ..neighborhood.expression import parse_filter

    chosen, missed = parse_filter(options.filter), parse_filter(options.miss_filter) if options.miss_filter else None
    sources = collection.sources
    poses: list[NDArray[np.float64]] | list[None] = [None] * len(sources)
    if options.poses:
        poses = read_poses(options.poses, len(sources))
    trajectory = read_trajectory(options.trajectory, options.trajectory_columns) if options.trajectory else None
    return [
        Selected(
            source,
            chosen.bind(source.dimensions),
            missed.bind(source.dimensions) if missed else None,
            Sensor(options.origin, pose, trajectory),
            content_key(source.path),
        )
        for source, pose in zip(sources, poses, strict=True)
    ]


def _metadata(options: UpdateOptions, folder: Path, collection: Collection) -> Metadata:
    """That of the map, or of a new one.  Raises OptionError where the options contradict the map."""
    if not (folder / NAME).exists():
        if options.resolution is None:
            raise OptionError(f"RESOLUTION is missing; {folder} is a new map: give the side of its voxels.")
        grid = VoxelGrid(options.resolution, options.tile_size or TILE_SIZE)
        return Metadata(grid, options.model, collection.crs_wkt)
    metadata = read_metadata(folder)
    for name, asked, has in (
        ("RESOLUTION", options.resolution, metadata.grid.resolution),
        ("TILE_SIZE", options.tile_size, metadata.grid.tile_size),
        ("MODEL", options.model.name, metadata.model.name),
    ):
        if asked is not None and asked != has:
            raise OptionError(f"{name} is {asked} but {folder} was made with {has}: keep that, or make another map.")
    if metadata.crs and collection.crs_wkt:
        from ..clouds.crs import describe, same_crs

        if not same_crs(metadata.crs, collection.crs_wkt):
            raise InputError(
                f"The clouds have {describe(collection.crs_wkt)} and {folder} has {describe(metadata.crs)}; "
                "a map has one CRS: reproject the clouds, or make another map."
            )
    return metadata if metadata.crs else replace(metadata, crs=collection.crs_wkt)


def _request(options: UpdateOptions, selected: list[Selected]) -> str:
    """Key of what is asked for, whatever the state of the map."""
    choices = options.choices()
    sensors = [[s.content, None if s.sensor.pose is None else s.sensor.pose.tolist()] for s in selected]
    trajectory = selected[0].sensor.trajectory
    choices["trajectory"] = "" if trajectory is None else hashlib.sha256(trajectory.tobytes()).hexdigest()
    text = json.dumps([choices, sorted(sensors, key=str)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _refuse_applied(options: UpdateOptions, metadata: Metadata, selected: list[Selected]) -> None:
    """Raise InputError for clouds that are in the map, or given twice, unless REAPPLY."""
    seen = {key for run in metadata.runs for key in run.get("inputs", ())}
    for entry in selected:
        if entry.content in seen and not options.reapply:
            raise InputError(
                f"{entry.source.path} was already applied to {options.map}, or is given twice; applied again its "
                "observations would count double: leave it out, or set REAPPLY if that is meant."
            )
        seen.add(entry.content)


@dataclass
class Run:
    """One run under way."""

    options: UpdateOptions
    collection: Collection
    selected: list[Selected]
    metadata: Metadata
    request: str
    job: Job


def _run(
    options: UpdateOptions, collection: Collection, selected: list[Selected], metadata: Metadata, request: str,
    feedback: Feedback | None,
) -> dict[str, Any]:  # fmt: skip
    _refuse_applied(options, metadata, selected)
    folder = Path(options.map)
    parent = scratch_parent(folder, options.scratch)
    points = sum(source.points for source in collection.sources)
    per_point = 60 + (600 if options.misses == "rays" else 0)
    require_free({parent: points * per_point, folder: points * 20})
    budget = make_budget(options.max_memory, growth=options.growth)
    if options.misses == "rays":
        budget.require(Carver.bytes(metadata.grid), "Carving a tile")
    expected = expect(options, metadata.grid, selected, budget)
    files = [s.source.identity() for s in selected]
    key = job_key(files, {"request": request, "map": metadata.to_json(), "path": os.path.abspath(folder)})
    scratch = JobFolder(parent, key, resume=options.resume)
    with Job(scratch, name="scree:voxelmapupdate", budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in collection.warnings:
            job.warn(text)
        run = Run(options, collection, selected, metadata, request, job)
        spool, intake = _spool(run)
        metadata = _settled(run, intake)
        changed = _apply(replace(run, metadata=metadata), spool, intake)
        entry = {
            "request": request,
            "inputs": sorted(s.content for s in selected),
            "points": intake["passed"],
            "misses": options.misses,
        }
        metadata = replace(metadata, runs=(*metadata.runs, entry), bounds=changed.pop("bounds"))
        job.progress.phase("Switching", 1, 5, unit="runs")
        commit(folder, metadata, job=scratch.path, check=job.progress.check)
        return make_report(options, metadata, job, {**intake, **changed})


def _spool(run: Run) -> tuple[TileSpool, dict[str, Any]]:
    """The observations by tile: sealed by an earlier run, or read now."""
    job = run.job
    spool = TileSpool(job.folder, "observations", KINDS, min(1 << 19, job.budget.run_points(200)))
    intake = job.folder.sealed(INTAKE)
    if intake is not None and spool.reopen():
        return spool, intake
    job.progress.phase("Reading", sum(s.source.points for s in run.selected), 45)
    names = {"request": run.request, "generation": run.metadata.generation}
    intake = {**names, **take_in(run.selected, run.metadata.grid, run.options, spool, job).to_json()}
    if not intake["passed"]:
        spool.remove()
        raise InputError(
            f"None of the {intake['read']:,} points read passes FILTER '{run.options.filter}': loosen it, or empty it."
        )
    spool.seal()
    job.folder.seal(INTAKE, intake)
    return spool, intake


def _settled(run: Run, intake: dict[str, Any]) -> Metadata:
    """The metadata with the intensities of the first run, and what is to be said about the points."""
    job, model = run.job, run.metadata.model
    for number, text in (
        (intake["rounded"], "points were rounded to parts of a voxel: their file's scale or offset is odd"),
        (intake["untimed"], "points lie outside the times of TRAJECTORY: they are hits without a ray"),
        (intake["beyond"], "points lie beyond MAX_RANGE: their rays are cut and they are no hits"),
    ):
        if number:
            job.warn(f"{number:,} {text}.")
    if model.settled:
        return run.metadata
    low, high = percentiles(intake["intensities"])
    if low >= high:
        job.warn(
            f"Nearly all intensities are {low:g}, so every return weighs the same: "
            "set I_TH and I_MAX if later clouds have real intensities."
        )
        low -= 1.0
    return replace(run.metadata, model=model.with_intensities(low, high))


def _apply(run: Run, spool: TileSpool, intake: dict[str, Any]) -> dict[str, Any]:
    """Update every tile into the generation folder; counts, and the bounds of the map."""
    job, options, folder = run.job, run.options, Path(run.options.map)
    generation = generation_folder(folder, run.metadata.generation)
    with written_to(generation):
        refuse_link(generation)
        generation.mkdir(exist_ok=True)
    _require_tile(run, spool)
    share = job.budget.working // 4
    voxel_map = VoxelMap(
        folder,
        run.metadata,
        cache_tiles=options.cache_tiles,
        cache_bytes=share,
        generation=generation,
        check=job.progress.check,
    )
    with voxel_map:
        ledger = Ledger(job.folder, TileFiles(generation, run.metadata.grid, run.metadata.model), spool.bins)
        applier = Applier(voxel_map, spool, options.misses, _scan_ranks(run, intake), share // RECORD_BYTES, job)
        sizes = {b: spool.count(b, "hit") + spool.count(b, "ray") for b in spool.bins}
        skipped = sum(sizes[b] for b in ledger.done)
        job.progress.phase("Updating", sum(sizes.values()), 50, done=skipped, unit="observations")
        for number, group in ledger.open_groups():
            for bin_ in group:
                extent = run.metadata.grid.plane_of(TileIndex(*bin_[1:]), bin_.level)
                job.show_tile(bin_, extent, "worked")
                applier.apply(bin_)
                job.hide_tile(bin_)
            voxel_map.flush()
            ledger.seal(number, voxel_map.saved())
        spool.remove()
        counters, tiles = voxel_map.statistics, ledger.tiles
        return {
            "tiles_changed": tiles, "observations": sum(sizes.values()), "bounds": _bounds(run, generation),
            "cache_hits": counters.hits, "cache_misses": counters.misses, "cache_evictions": counters.evictions,
            "cache_saves": counters.saves, "loads_per_tile": round(counters.misses / max(1, tiles), 3),
        }  # fmt: skip


def _require_tile(run: Run, spool: TileSpool) -> None:
    """Refuse before any tile is touched what the largest one could need.  Raises MemoryLimitError."""
    cells = run.metadata.grid.side**3
    coming = cells if run.options.misses == "rays" else max(spool.count(b, "hit") for b in spool.bins)
    files = TileFiles(Path(run.options.map), run.metadata.grid)
    there = 0
    for tile in files.indices():
        run.job.progress.check()
        there = max(there, files.voxels(tile))
    most = min(cells, coming + there)
    if not spool.level:  # else a bin is many tiles
        # The other quarter of the memory is the records'.
        run.job.budget.require(most * UPDATE_BYTES * 4 // 3, f"A tile of up to {most:,} voxels")


def _scan_ranks(run: Run, intake: dict[str, Any]) -> NDArray[np.int64] | None:
    """Rank of every file as a scan: by its first time, then by content, never by its place in the list."""
    if run.options.misses != "rays" or run.options.scan_by != "file":
        return None
    keys = [(time, entry.content) for time, entry in zip(intake["first_times"], run.selected, strict=True)]
    ranks = np.empty(len(keys), np.int64)
    ranks[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return ranks


def _bounds(run: Run, generation: Path) -> Bounds | None:
    bounds = run.metadata.bounds
    for tile in TileFiles(generation, run.metadata.grid).indices():
        bounds = widened(bounds, tile)
    return bounds
