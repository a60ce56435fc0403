# SPDX-License-Identifier: GPL-2.0-or-later
"""``grid_points``: from clouds of any size to a raster whose bands are computed from points around each cell."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import OptionError
from ..jobs.budget import Budget, make_budget
from ..jobs.disk import require_free, require_writable, scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.overwriting import refuse_overwriting
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..neighborhood.language import Definition, reach
from ..neighborhood.search.ticks import Ticks
from ..rasters import RasterGrid, require_tiles, write_raster
from ..rasters.write import TILE
from ..reports.facts import balance, run_facts
from ..surface.assemble import Mosaic
from ..surface.units import plan_units
from ..tiles.lattice import Box, Lattice, as_decimal, make_lattice
from ..tiles.store import Unit
from .adding import TotalsWork, add_points
from .cellplan import Asked, bind
from .cells import CellEngine, CellWork
from .cellstatistics import CellStatistics
from .expected import expect_cells, expect_totals
from .finding import Finder
from .gridoptions import GridOptions
from .ingest import seal_points
from .plan import Points
from .totals import TooLarge

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..neighborhood.expression import Sampler
    from ..rasters.overviews import Resampling

NODATA = -9999.0
TOTALS_BYTES = 16
"""Of the job folder for each point where totals do: spooled, should memory be short."""
NOT_AVERAGED = ("minority", "majority", "pcount", "count")
MOST_TILES = 1 << 20
"""Tiles of 512 x 512 cells of a raster, its bands counted: more make the directory of the file itself too large."""


def grid_points(options: GridOptions, engine: CellEngine, feedback: Feedback | None = None) -> dict[str, Any]:
    """Make the raster of ``engine``; returns the report.  Raises children of ScreeError."""
    from ..rasters.sample import open_rasters

    options.check()
    collection = options.open()
    asked = bind(options, engine, collection)
    output = Path(options.output)
    refuse_overwriting(
        {"OUTPUT": options.output},
        [source.path for source in collection.sources] + _beside_paths(options, asked.points),
    )
    require_writable(output)
    parent = scratch_parent(output, options.scratch)
    adds_up = asked.plain and isinstance(engine, CellStatistics) and engine.adds_up
    require_free({parent: collection.points * (TOTALS_BYTES if adds_up else 60 + 16 * len(asked.points.columns))})
    choices = options.choices()
    choices |= {"algorithm": engine.name, "choices": dict(engine.choices)}
    key = job_key([source.identity() for source in collection.sources] + _beside(options, asked.points), choices)
    budget = make_budget(options.max_memory, growth=options.growth)
    expecting = expect_totals if adds_up else expect_cells
    expected = expecting(asked, options.resolution, engine, budget, options.threads)
    _require_space(options, engine, expected.cells, parent)
    folder = JobFolder(parent, key, resume=options.resume)
    with Job(folder, name=engine.name, budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in (*collection.warnings, *filter(None, [asked.note])):
            job.warn(text)
        with open_rasters(options.rasters, collection, job) as sampler:
            scales = [scale for s in collection.sources for scale in s.scales[:2]]
            lattice = make_lattice(options.resolution, scales, [s.scales[2] for s in collection.sources])
            made = None
            if adds_up and isinstance(engine, CellStatistics):
                made = _add_up(options, asked.points, engine, lattice, sampler, job)
            if made is None:
                made = _search(options, asked, engine, lattice, sampler, job)
        _write(output, options, engine, made, collection, job)
        return _report(options, collection, made, job)


@dataclass(frozen=True)
class Made:
    """What the units of a run left: their results, over the cells of ``box``."""

    units: list[Unit]
    box: Box
    tally: Counter[str]
    read: dict[str, Any]


def _add_up(
    options: GridOptions, points: Points, engine: CellStatistics, lattice: Lattice, sampler: Sampler | None, job: Job
) -> Made | None:
    """By totals, which store no point; None where a value is beyond what they hold."""
    try:
        totals, read = add_points(points, engine.dimension, lattice, sampler, job)
    except TooLarge:
        return None
    with closing(totals):
        assert totals.box is not None, "some points passed"
        _refuse_too_many(options, totals.box, engine, job.budget)
        tiles = [tile for group in totals.tiles() for tile in group]
        _require_space(options, engine, sum(tile.box.clipped(totals.box).cells for tile in tiles), job.folder.path)
        units, tally = TotalsWork(totals, engine, lattice, totals.box, job).run()
    return Made(units, totals.box, tally, read)


def _refuse_too_many(options: GridOptions, box: Box, engine: CellEngine, budget: Budget) -> None:
    width, height = box.x1 - box.x0, box.y1 - box.y0
    if -(-width // TILE) * -(-height // TILE) * len(engine.bands) > MOST_TILES:
        raise OptionError(
            f"RESOLUTION {options.resolution:g} makes {width:,} x {height:,} cells, more than a raster can have: "
            "choose a coarser one, or leave out far points by NEIGHBOR_FILTER, as Generic[x < 1000000]."
        )
    require_tiles(RasterGrid.covering(box, as_decimal(options.resolution, "RESOLUTION")), len(engine.bands), budget)


def _require_space(options: GridOptions, engine: CellEngine, cells: int, parent: Path) -> None:
    """Raise OutputError where the results of so many cells, or the raster of them, do not fit."""
    results, output = cells * 4 * len(engine.bands), Path(options.output).absolute().parent
    needs = {parent: results}
    needs[output] = needs.get(output, 0) + results * 2 // 3  # compressed, with its overviews
    require_free(needs)


def _search(
    options: GridOptions, asked: Asked, engine: CellEngine, lattice: Lattice, sampler: Sampler | None, job: Job
) -> Made:
    """By the points in or around each cell."""
    store, read = seal_points("points", asked.points, lattice, sampler, job)
    with closing(store):
        _refuse_too_many(options, store.box, engine, job.budget)
        ticks, definition = Ticks.of(store, solid=True), None if engine.own else asked.definition
        finder = None
        if definition is not None:
            finder = Finder(definition, asked.contextual, engine.ordered, store, ticks, sampler, job, raster=True)
        work = CellWork(store, finder, engine, asked.process, ticks, store.box, job, sampler)
        reach = _reach(definition, options)
        units = list(plan_units(store, store.box, reach, job))
        _require_space(options, engine, sum(unit.box.clipped(store.box).cells for unit in units), job.folder.path)
        return Made(units, store.box, _run(work, units, job), read)


def _beside(options: GridOptions, points: Points) -> list[dict[str, Any]]:
    """Identities of the other files results depend on."""
    paths = _beside_paths(options, points)
    return [{"path": p, "size": Path(p).stat().st_size, "mtime_ns": Path(p).stat().st_mtime_ns} for p in paths]


def _beside_paths(options: GridOptions, points: Points) -> list[str]:
    files = frozenset().union(*(cloud.filter.files for cloud in points.clouds))
    return sorted(path for path in {*options.rasters, *files} if Path(path).exists())


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


def _write(path: Path, options: GridOptions, engine: CellEngine, made: Made, collection: Collection, job: Job) -> None:
    bands = engine.bands
    grid = RasterGrid.covering(made.box, as_decimal(options.resolution, "RESOLUTION"), collection.crs_wkt)

    def window(x: int, y: int, width: int, height: int) -> np.ndarray[Any, Any] | None:
        layers = [mosaic.window(band, x, y, width, height) for band in bands]
        if all(layer is None for layer in layers):
            return None
        empty = np.full((height, width), np.nan, np.float32)
        return np.stack([empty if layer is None else layer for layer in layers])

    job.progress.phase("Writing", grid.cells, 15, unit="cells")
    cog = path.name.lower().endswith(".cog.tif")
    with closing(Mosaic(job.folder, made.units, made.box)) as mosaic:
        write_raster(path, grid, window, job=job, nodata=NODATA, bands=bands, cog=cog, overviews=_overviews(engine))


def _overviews(engine: CellEngine) -> list[Resampling]:
    """How each band is made coarser: values that may be classes, and counts, are not averaged."""
    kept = engine.choices.get("method") in ("snap", "nearest")
    return ["nearest" if kept or band in NOT_AVERAGED else "average" for band in engine.bands]


def _report(options: GridOptions, collection: Collection, made: Made, job: Job) -> dict[str, Any]:
    read, tally = made.read, made.tally
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
        "units": len(made.units),
        "output": options.output,
        "outputs": {"output": options.output},
        "counts": dict(sorted(tally.items())) | facts["counts"],
        "balances": [
            balance("Points read", read["read"], {"passed": read["passed"], "filtered out": rejected}),
            balance("Cells worked", tally["worked"], cells),
        ],
    }
