# SPDX-License-Identifier: GPL-2.0-or-later
"""``build_dem``: from clouds of any size to a DEM, in the one journey build, seal, units, assemble."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..clouds.crs import metres_in_unit
from ..coordinates import span
from ..errors import InputError, OptionError
from ..jobs.budget import Budget, make_budget
from ..jobs.disk import scratch_parent
from ..jobs.folder import JobFolder, job_key
from ..jobs.job import Job
from ..jobs.progress import Feedback
from ..jobs.workers import run_units
from ..tiles.lattice import LARGEST, Box, as_decimal
from ..tiles.store import Store, Unit
from .assemble import Mosaic
from .crossvalidation import write_cross_validation
from .deviations import check_writable, write_deviations
from .expected import expect
from .hillshade import Hillshade, Window, relief_scale
from .options import RASTERS, DemOptions
from .points import Sealed, keeps_raw, keeps_raw_for_counts, seal_points, selections
from .refusals import (
    inputs_of,
    refuse_overwriting,
    refuse_small_disk,
    refuse_small_disk_for_cells,
    refuse_unwritable,
)
from .registry import make_interpolator
from .report import make_report
from .result import Dem
from .uncertainty import FEW, Uncertainty, calibrate
from .units import Bands, Tally, UnitWork, plan_units

if TYPE_CHECKING:
    from ..clouds.collection import Collection
    from ..rasters import Mask, RasterGrid
    from .contract import Interpolator

MOST_CELLS = 10**12
NODATA = -9999.0
KINDS: dict[str, Literal["uint32", "uint8"]] = {"count": "uint32", "hillshade": "uint8"}
"""Rasters that hold no decimal numbers; 0 is their nodata."""
SHARE = {"Reading": 35, "Sorting": 10, "Global numbers": 5, "Interpolating": 40, "Writing": 10}
"""Percent of a run, by phase."""


def build_dem(options: DemOptions, feedback: Feedback | None = None) -> dict[str, Any]:
    """Make the rasters and files that ``options`` name; returns the report.

    Raises OptionError, InputError, OutputError, MemoryLimitError, MissingPackage, Cancelled: all
    children of ScreeError.  Inputs are only read; outputs appear whole or not at all.
    """
    options.check()
    options = options.settled()
    collection = options.open()
    selected = selections(options, collection)
    if options.deviations:
        check_writable(collection)
    reads = inputs_of(options, collection, selected)
    refuse_overwriting(options, reads)
    refuse_unwritable(options)
    bands = Bands(tuple(name for name in RASTERS if getattr(options, name) and name != "hillshade"))
    parent = scratch_parent(Path(options.output), options.scratch)
    refuse_small_disk(options, collection, parent)
    budget = make_budget(options.max_memory, growth=options.growth)
    if options.mask:
        _check_mask(options, budget)
    expected = expect(options, selected, bands, budget)
    refuse_small_disk_for_cells(options, parent, expected.cells)
    folder = JobFolder(parent, _key(options, collection, reads, bands), resume=options.resume)
    with Job(folder, name="scree:dem", budget=budget, threads=options.threads, feedback=feedback) as job:
        job.expect(expected)
        for text in collection.warnings:
            job.warn(text)
        with closing(seal_points(options, selected, job)) as sealed:
            cells = _grid_cells(options, sealed)
            grid = _raster_grid(options, cells, collection.crs_wkt, budget)
            with _open_mask(options, grid, job) as mask:
                dem = _interpolate(options, sealed, grid, cells, mask, bands, job)
            _write(dem, collection, job)
            return make_report(dem, collection, job)


def _key(options: DemOptions, collection: Collection, reads: list[str], bands: Bands) -> str:
    choices = options.choices()
    choices["bands"] = bands.names
    # Raw points are known by their index over the inputs in the order given.
    choices["raw"] = [source.path for source in collection.sources] if keeps_raw(options) else []
    identities = [source.identity() for source in collection.sources]
    clouds = {source.path for source in collection.sources}
    for path in reads:
        if path not in clouds and Path(path).exists():
            status = Path(path).stat()
            identities.append({"path": path, "size": status.st_size, "mtime_ns": status.st_mtime_ns})
    return job_key(identities, choices)


def _interpolate(
    options: DemOptions, sealed: Sealed, grid: RasterGrid, cells: Box, mask: Mask | None, bands: Bands, job: Job
) -> Dem:
    store = sealed.store
    interpolator = make_interpolator(options, metres_in_unit(grid.crs))
    numbers = job.folder.sealed("numbers")
    job.progress.phase("Global numbers", store.count, SHARE["Global numbers"])
    if numbers is None:
        numbers = interpolator.prepare(store, job)
        job.folder.seal("numbers", numbers)
    interpolator.restore(store, numbers)
    errors = _expected_errors(options, store, interpolator, job)
    interpolator.restore(store, numbers)
    limit = _mask_steps(options, store)
    reach = None if limit is None else limit // store.lattice.per_cell + 1
    if reach is None:
        _refuse_too_many(options, cells, cells.cells)
    counted = sealed.raw if keeps_raw_for_counts(options) and sealed.raw is not None else store
    uncertainty = None if errors is None else Uncertainty(store, errors)
    work = UnitWork(store, counted, interpolator, cells, limit, mask, bands, job, uncertainty)
    units = list(plan_units(store, cells, reach, job))
    if not units:
        raise _nothing_near(options, store)
    number = sum(unit.box.clipped(cells).cells for unit in units)
    _refuse_too_many(options, cells, number)
    refuse_small_disk_for_cells(options, job.folder.path, number)
    return Dem(options, sealed, grid, work, units, _run(work, units, job), numbers, {"uncertainty": errors})


def _expected_errors(options: DemOptions, store: Store, interpolator: Interpolator, job: Job) -> dict[str, Any] | None:
    """What UNCERTAINTY is made from, calibrated and sealed once; None where it is not wanted."""
    if not options.uncertainty:
        return None
    errors = job.folder.sealed("uncertainty")
    if errors is None:
        errors = calibrate(store, interpolator, job)
        job.folder.seal("uncertainty", errors)
    if errors["calibrated_on"] < FEW:
        job.warn(f"UNCERTAINTY was calibrated on {errors['calibrated_on']} errors: below {FEW} it says little.")
    return errors


def _mask_steps(options: DemOptions, store: Store) -> int | None:
    """MASK_DISTANCE in whole lattice steps, None where it is off."""
    if options.mask_distance == 0:
        return None
    distance = as_decimal(min(options.mask_distance, LARGEST), "MASK_DISTANCE")
    return int(distance * store.lattice.per_cell / store.lattice.cell)


def _run(work: UnitWork, units: list[Unit], job: Job) -> Tally:
    """Evaluate every unit that has no result yet; add up what all of them say."""
    waiting = [unit for unit in units if not job.folder.has_result(work.name(unit))]
    size = {unit.node: unit.count + unit.box.clipped(work.grid).cells for unit in units}
    total, left = sum(size.values()), sum(size[unit.node] for unit in waiting)
    job.progress.phase("Interpolating", total, SHARE["Interpolating"], done=total - left, unit="points and cells")
    for unit in waiting:
        work.show(unit, "disk")
    run_units(waiting, work, job, work.cost)
    tally = Tally()
    for unit in units:
        with job.folder.read_result(work.name(unit)) as result:
            tally.add(result.header)
    return tally


def _grid_cells(options: DemOptions, sealed: Sealed) -> Box:
    """Cells of the rasters: EXTENT widened to whole cells, or those that hold points, thinned ones too."""
    if options.extent is None:
        return Box(*sealed.intake["box"])
    cell = sealed.store.lattice.cell
    west, south, east, north = (Fraction(repr(float(number))) / cell for number in options.extent)
    return Box(west.__floor__(), south.__floor__(), east.__ceil__(), north.__ceil__())


def _nothing_near(options: DemOptions, store: Store) -> InputError:
    """The error of an EXTENT none of whose cells lies near a point."""
    side = float(store.lattice.cell)
    west, south, east, north = (edge * side for edge in store.box)
    xmin, ymin, xmax, ymax = options.extent or store.box
    return InputError(
        f"EXTENT x {span(xmin, xmax)}, y {span(ymin, ymax)} has no cell within MASK_DISTANCE of a point; "
        f"the points lie at x {span(west, east)}, y {span(south, north)}: check the EXTENT and its CRS."
    )


def _raster_grid(options: DemOptions, cells: Box, wkt: str, budget: Budget) -> RasterGrid:
    from ..rasters import RasterGrid, require_tiles

    width, height = cells.x1 - cells.x0, cells.y1 - cells.y0
    if width * height > 2 * MOST_CELLS or max(width, height) >= 2**31:
        raise OptionError(
            f"RESOLUTION {options.resolution:g} makes a raster of {width:,} x {height:,} cells; "
            f"at most {2 * MOST_CELLS:,} can be written: choose a coarser one or a smaller EXTENT."
        )
    grid = RasterGrid.covering(cells, as_decimal(options.resolution, "RESOLUTION"), wkt)
    require_tiles(grid, 1, budget)
    return grid


def _check_mask(options: DemOptions, budget: Budget) -> None:
    from ..rasters import check_mask

    check_mask(Path(options.mask), budget)


def _open_mask(options: DemOptions, grid: RasterGrid, job: Job) -> AbstractContextManager[Mask | None]:
    if not options.mask:
        return nullcontext()
    from ..rasters import Mask

    return Mask(Path(options.mask), grid, job)


def _refuse_too_many(options: DemOptions, grid: Box, cells: int) -> None:
    if cells > MOST_CELLS:
        raise OptionError(
            f"RESOLUTION {options.resolution:g} makes {grid.x1 - grid.x0:,} x {grid.y1 - grid.y0:,} cells, "
            f"{cells:,} of them within MASK_DISTANCE; at most {MOST_CELLS:,} are computed: "
            "choose a coarser RESOLUTION or a smaller EXTENT."
        )


def _write(dem: Dem, collection: Collection, job: Job) -> None:
    """All outputs but the report, each whole or not at all."""
    with closing(Mosaic(job.folder, dem.units, dem.work.grid)) as mosaic:
        _write_rasters(dem, mosaic, job)
    if dem.options.deviations:
        dem.measures.update(write_deviations(dem, collection, job))
    if dem.options.cross_validation:
        dem.measures.update(write_cross_validation(dem, job))


def _write_rasters(dem: Dem, mosaic: Mosaic, job: Job) -> None:
    from ..rasters import write_raster

    wanted = [name for name in RASTERS if getattr(dem.options, name)]
    job.progress.phase("Writing", dem.grid.cells * len(wanted), SHARE["Writing"], unit="cells")
    for name in wanted:
        path, method = getattr(dem.options, name), dem.options.method
        kind: Literal["float32", "uint32", "uint8"] = KINDS.get(name, "float32")
        write_raster(
            Path(path),
            dem.grid,
            _windows(dem, mosaic, name),
            dtype=kind,
            nodata=NODATA if kind == "float32" else 0,
            job=job,
            description=name.replace("_", " ") if name != "output" else dem.options.attribute,
            cog=path.lower().endswith(".cog.tif"),
            overviews="nearest" if name in ("aspect", "count") or method == "nearest" else "average",
        )


def _windows(dem: Dem, mosaic: Mosaic, name: str) -> Window:
    """Where the windows of a raster come from."""
    if name != "hillshade":
        return partial(mosaic.window, name)
    scale = relief_scale(float(dem.grid.cell), dem.options.attribute, dem.grid.crs)
    return Hillshade(partial(mosaic.window, "output"), dem.grid.width, dem.grid.height, scale).window
