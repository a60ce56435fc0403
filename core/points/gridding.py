# SPDX-License-Identifier: GPL-2.0-or-later
"""``grid_points``: from clouds of any size to a raster whose bands are computed from points around each cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from math import ceil, inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..jobs.budget import make_budget
from ..jobs.disk import require_free, require_writable, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..neighborhood.expression import Filter, LanguageError, Place, Scope, parse_filter
from ..neighborhood.language import (
    Definition,
    Usage,
    bound,
    neighbor_dimensions,
    parse_definition,
    reach,
)
from ..neighborhood.language.definition import Knn
from ..neighborhood.search.ticks import Ticks
from ..rasters import RasterGrid, write_raster
from ..reports.facts import balance, run_facts
from ..surface.assemble import Mosaic
from ..surface.units import plan_units
from ..tiles.lattice import as_decimal, make_lattice
from ..tiles.store import Unit
from .cells import CellEngine, CellWork
from .finding import Finder, refuse_unsupported
from .gridoptions import WITHOUT_EFFECT, GridOptions
from .ingest import seal_points
from .plan import Cloud, Points, columns_of, common

if TYPE_CHECKING:
    from ..clouds.collection import Collection

NODATA = -9999.0
CELL = {"x": np.dtype("<f8"), "y": np.dtype("<f8")}
"""What a cell has of its own, beside rasters."""


def grid_points(options: GridOptions, engine: CellEngine, feedback: Feedback | None = None) -> dict[str, Any]:
    """Make the raster of ``engine``; returns the report.  Raises children of ScreeError."""
    from ..clouds.collection import open_collection
    from ..rasters.sample import open_rasters

    options.check()
    collection = open_collection(options.inputs, columns=options.columns, labels=options.labels, crs=options.crs)
    definition, points, process, contextual = _bound(options, engine, collection)
    output = Path(options.output)
    require_writable(output)
    parent = scratch_parent(output, options.scratch)
    require_free({parent: collection.points * (60 + 16 * len(points.columns))})
    choices = {name: value for name, value in asdict(options).items() if name not in WITHOUT_EFFECT}
    choices |= {"algorithm": engine.name, "choices": dict(engine.choices)}
    key = job_key([source.identity() for source in collection.sources] + _beside(options, points), choices)
    budget = make_budget(options.max_memory, growth=options.growth)
    folder = JobFolder(parent, key, resume=options.resume)
    with Job(folder, name=engine.name, budget=budget, threads=options.threads, feedback=feedback) as job:
        for text in collection.warnings:
            job.warn(text)
        with open_rasters(options.rasters, collection, job) as sampler:
            scales = [scale for s in collection.sources for scale in s.scales[:2]]
            lattice = make_lattice(options.resolution, scales, [s.scales[2] for s in collection.sources])
            store, read = seal_points("points", points, lattice, sampler, job)
            ticks = Ticks.of(store, solid=True)
            finder = None
            if definition is not None and not engine.own:
                finder = Finder(definition, contextual, engine.ordered, store, ticks, sampler, job)
            work = CellWork(store, finder, engine, process, ticks, store.box, job, sampler)
            units = list(plan_units(store, store.box, _reach(definition if finder else None, options), job))
            tally = _run(work, units, job)
            store.close()
        _write(output, options, work, units, collection, job)
        return _report(options, collection, read, tally, len(units), job)


def _bound(
    options: GridOptions, engine: CellEngine, collection: Collection
) -> tuple[Definition | None, Points, Filter | None, Filter | None]:
    """Definition, points, filter of cells and filter of pairs, bound to what there is."""
    dimensions, rasters = common(collection.sources), len(options.rasters)
    needs = engine.bind(Scope(dimensions, neighbors=dimensions, rasters=rasters))
    near, definition = needs.neighbors, None
    if options.neighborhood:
        text = parse_definition(options.neighborhood, Usage(raster_cell=options.resolution))
        asked = bound(replace(text, sort=None, sampling=None), CELL, rasters)
        arranged = bound(Definition(Knn(1.0), text.sampling, text.sort), dimensions)
        definition = replace(asked, sampling=arranged.sampling, sort=arranged.sort)
        refuse_unsupported(definition)
        near = near | neighbor_dimensions(arranged)
    process = parse_filter(options.process_filter).bind(CELL, rasters=rasters) if options.process_filter else None
    if process is not None:
        _refuse_heights(process.dimensions, options.process_filter)
    accepted = parse_filter(options.neighbor_filter)
    contextual = accepted.bind(dimensions, base=CELL, rasters=rasters) if accepted.contextual else None
    if contextual is not None:
        _refuse_heights(contextual.base_dimensions, options.neighbor_filter)
    single = parse_filter("") if accepted.contextual else accepted
    near = near | (contextual.dimensions if contextual else frozenset())
    clouds = tuple(Cloud(s, single.bind(s.dimensions, rasters=rasters)) for s in collection.sources)
    points = Points(clouds, columns_of(near, dimensions), options.neighbor_filter, "NEIGHBOR_FILTER")
    return definition, points, process, contextual


def _refuse_heights(dimensions: frozenset[str], text: str) -> None:
    if "z" in dimensions:
        raise LanguageError("a raster cell has no height", Place(text, 0), ("x", "y", "r[i]"))


def _beside(options: GridOptions, points: Points) -> list[dict[str, Any]]:
    """Identities of the other files results depend on."""
    files = frozenset().union(*(cloud.filter.files for cloud in points.clouds))
    paths = sorted(path for path in {*options.rasters, *files} if Path(path).exists())
    return [{"path": p, "size": Path(p).stat().st_size, "mtime_ns": Path(p).stat().st_mtime_ns} for p in paths]


def _reach(definition: Definition | None, options: GridOptions) -> int | None:
    """Cells beyond those with points that may have neighbors; None: all of the raster."""
    if definition is None:
        return 0
    far = reach(definition, options.resolution)
    return None if far is None or far == inf else ceil(far / options.resolution) + 1


def _run(work: CellWork, units: list[Unit], job: Job) -> Counter[str]:
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    size = {unit.node: unit.count + unit.box.clipped(work.grid).cells for unit in units}
    total, left = sum(size.values()), sum(size[unit.node] for unit in waiting)
    job.progress.phase("Computing", total, 50, done=total - left, unit="points and cells")
    run_units(waiting, work, job, work.cost)
    tally: Counter[str] = Counter()
    for unit in units:
        with job.folder.read_result(work.name(unit)) as result:
            tally.update(result.header["counts"])
    return tally


def _write(
    path: Path, options: GridOptions, work: CellWork, units: list[Unit], collection: Collection, job: Job
) -> None:
    bands = work.engine.bands
    grid = RasterGrid.covering(work.grid, as_decimal(options.resolution, "RESOLUTION"), collection.crs_wkt)
    mosaic = Mosaic(job.folder, units, work.grid)

    def window(x: int, y: int, width: int, height: int) -> np.ndarray[Any, Any] | None:
        layers = [mosaic.window(band, x, y, width, height) for band in bands]
        if all(layer is None for layer in layers):
            return None
        empty = np.full((height, width), np.nan, np.float32)
        return np.stack([empty if layer is None else layer for layer in layers])

    job.progress.phase("Writing", grid.cells, 15, unit="cells")
    cog = path.name.lower().endswith(".cog.tif")
    write_raster(path, grid, window, job=job, dtype="float32", nodata=NODATA, bands=bands, cog=cog)


def _report(
    options: GridOptions, collection: Collection, read: dict[str, Any], tally: Counter[str], units: int, job: Job
) -> dict[str, Any]:
    if not tally["written"]:
        job.warn("No cell has a value: widen NEIGHBORHOOD or loosen the filters.")
    facts = run_facts(job, options, collection)
    rejected = read["read"] - read["passed"]
    cells = {"with a value": tally["written"], "without a value": tally["worked"] - tally["written"]}
    return facts | {
        "points_read": read["read"],
        "points_passed": read["passed"],
        "cells_worked": tally["worked"],
        "cells_written": tally["written"],
        "units": units,
        "output": options.output,
        "outputs": {"output": options.output},
        "counts": dict(sorted(tally.items())) | facts["counts"],
        "balances": [
            balance("Points read", read["read"], {"passed": read["passed"], "filtered out": rejected}),
            balance("Cells worked", tally["worked"], cells),
        ],
    }
