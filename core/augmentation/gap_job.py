# SPDX-License-Identifier: GPL-2.0-or-later
"""``find_gaps``: the diagnosis alone, so that people see the holes of the ground before they fill them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..jobs.budget import make_budget
from ..jobs.disk import require_free, require_writable, scratch_parent
from ..jobs.folder import JobFolder
from ..jobs.job import Job
from ..jobs.overwriting import refuse_overwriting
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..rasters.grid import RasterGrid
from ..rasters.write import require_tiles, write_raster
from ..reports.facts import balance, run_facts
from ..surface.assemble import Mosaic
from ..tiles.lattice import Box, Lattice
from ..tiles.store import Unit
from .areas import AREAS
from .expected import expect_sites
from .gap_patches import Patches
from .gap_polygons import write_polygons
from .gap_units import GapWork
from .holes import Holes
from .job import files_read, find_holes, job_folder_key, open_area_polygons, refuse_far_polygons
from .lengths import Lengths, resolve_lengths
from .options import AugmentOptions
from .reading import Ground, lattice_of, read_ground

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..rasters.overviews import Resampling

BANDS = ("distance", "cause", "size")
OVERVIEWS: tuple[Resampling, ...] = ("average", "nearest", "nearest")
NODATA = -9999.0
GAP_BYTES = 6.0
"""On disk for each cell while the outputs are written: distance, cause, number of its hole."""


@dataclass(frozen=True)
class GapOutputs:
    """Paths; '' is not wanted."""

    raster: str = ""
    polygons: str = ""


def find_gaps(options: AugmentOptions, outputs: GapOutputs, feedback: Feedback | None = None) -> dict[str, Any]:
    """Write where the ground has holes: distance to ground, cause and size; returns the report.

    Raises children of ScreeError.
    """
    options.check(outputs=False)
    collection = options.open()
    lengths = resolve_lengths(options, collection.crs_wkt)
    refuse_overwriting({"OUTPUT": outputs.raster, "POLYGONS": outputs.polygons}, files_read(options, collection))
    for path in filter(None, (outputs.raster, outputs.polygons)):
        require_writable(Path(path))
    target = Path(outputs.raster or outputs.polygons)
    parent = scratch_parent(target, options.scratch)
    lattice = lattice_of(collection, float(lengths.spacing))
    budget = make_budget(options.max_memory, growth=options.growth)
    expected = expect_sites(collection, lattice, options.min_neighbors, budget, options.threads, GAP_BYTES)
    require_free({parent: expected.scratch})
    folder = JobFolder(parent, job_folder_key(options, collection, "groundgaps"), resume=options.resume)
    with Job(folder, name="scree:groundgaps", budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in collection.warnings:
            job.warn(text)
        return _run(options, collection, lengths, lattice, outputs, job)


def _run(
    options: AugmentOptions, collection: Collection, lengths: Lengths, lattice: Lattice, outputs: GapOutputs, job: Job
) -> dict[str, Any]:
    polygons = open_area_polygons(options, collection.crs_wkt, job)
    ground = read_ground(collection, lattice, options, lengths, job)
    with closing(ground.store):
        refuse_far_polygons(ground, polygons)
        holes = find_holes(options, lengths, ground, polygons, job)
        grid = RasterGrid.covering(holes.footprint.box, ground.store.lattice.cell, collection.crs_wkt)
        require_tiles(grid, len(BANDS), job.budget)
        units = holes.units
        counts = _work(holes, units, job)
        mosaic = Mosaic(job.folder, units, holes.footprint.box)
        try:
            patches = Patches(mosaic, holes.footprint.box, holes.footprint.tiles())
            _write(grid, holes, mosaic, patches, outputs, job)
        finally:
            mosaic.close()
    return _report(options, collection, ground, counts, patches, holes, outputs, job)


def _work(holes: Holes, units: list[Unit], job: Job) -> Counter[str]:
    work = GapWork(holes, job)
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    total, left = (sum(holes.box(unit).cells for unit in some) for some in (units, waiting))
    job.progress.phase("Looking for holes", total, 40, done=total - left, unit="cells")
    run_units(waiting, work, job, work.cost)
    counts: Counter[str] = Counter()
    for unit in units:
        with job.folder.read_result(work.name(unit)) as result:
            counts.update(result.header["counts"])
    return counts


def _write(grid: RasterGrid, holes: Holes, mosaic: Mosaic, patches: Patches, outputs: GapOutputs, job: Job) -> None:
    box, cell = holes.footprint.box, holes.store.lattice.cell

    def numbers(x: int, y: int, width: int, height: int) -> NDArray[np.int64]:
        return patches.window(Box(box.x0 + x, box.y1 - y - height, box.x0 + x + width, box.y1 - y))[::-1]

    def bands(x: int, y: int, width: int, height: int) -> NDArray[np.float32] | None:
        distance = mosaic.window("distance", x, y, width, height)
        cause = mosaic.window("cause", x, y, width, height)
        if distance is None or cause is None:
            return None
        size = np.concatenate([[np.nan], patches.cells * float(cell) ** 2])[numbers(x, y, width, height)]
        return np.stack([distance, np.where(np.isnan(distance), np.nan, cause), size]).astype(np.float32)

    if outputs.raster:
        job.progress.phase("Writing the raster", grid.cells, 10, unit="cells")
        write_raster(Path(outputs.raster), grid, bands, job=job, nodata=NODATA, bands=BANDS, overviews=OVERVIEWS)
    if outputs.polygons:
        job.progress.phase("Outlining", grid.cells, 10, unit="cells")
        raster = job.folder.file("numbers")
        write_raster(raster, grid, numbers, job=job, dtype="uint32", nodata=0, overviews=None)
        write_polygons(Path(outputs.polygons), raster, patches, float(cell) ** 2, grid.crs, job)


def _report(
    options: AugmentOptions, collection: Collection, ground: Ground, counts: Counter[str], patches: Patches,
    holes: Holes, outputs: GapOutputs, job: Job,
) -> dict[str, Any]:  # fmt: skip
    area = float(holes.store.lattice.cell) ** 2
    held = {name: counts[f"hole_{name}"] for name in AREAS}
    others = {
        "near ground": counts["near_ground"], "beyond MAX_GAP": counts["max_gap"], "no area": counts["no_area"],
        "kept empty": counts["kept_empty"],
    }  # fmt: skip
    return {
        "points_read": ground.counts["read"],
        "points_ground": ground.counts["ground"],
        "cells": counts["cells"],
        "cells_in_holes": sum(held.values()),
        "holes": len(patches),
        "largest_hole": int(patches.cells.max(initial=0)) * area,
        "farthest": float(patches.farthest.max(initial=0.0)),
        "causes": held,
        "balances": [balance("Cells", counts["cells"], {f"hole: {n}": c for n, c in held.items()} | others)],
        "outputs": {n: p for n, p in (("OUTPUT", outputs.raster), ("POLYGONS", outputs.polygons)) if p},
        **run_facts(job, options, collection),
    }
