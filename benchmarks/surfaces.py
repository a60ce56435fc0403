# SPDX-License-Identifier: GPL-2.0-or-later
"""Surfaces through the core's Python API: asked at any place, not only at cell centers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from grids import Raster, read_raster
from session import FOLDER

if TYPE_CHECKING:
    from scree.core.jobs.job import Job
    from scree.core.surface.contract import Interpolator
    from scree.core.tiles.store import Store

MOST_QUERIES = 1 << 22
"""Of a unit at once: its fits are made anew each time."""


@dataclass(frozen=True)
class Surface:
    """The surface of one run before it becomes a raster."""

    store: Store
    interpolator: Interpolator
    job: Job

    def at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Values at places in CRS units, in their order; NaN where there is none."""
        from scree.core.surface.contract import Queries
        from scree.core.tiles.lattice import Box, Node
        from scree.core.tiles.store import TILE_LEVEL

        step, per_cell = self.store.lattice.step, self.store.lattice.per_cell
        across, up = x / step, y / step
        cx, cy = np.floor(across / per_cell).astype(np.int64), np.floor(up / per_cell).astype(np.int64)
        out = np.full(len(x), np.nan)
        for tile in sorted(set(zip((cx >> TILE_LEVEL).tolist(), (cy >> TILE_LEVEL).tolist()))):
            for unit in self.store.units_of(Node(TILE_LEVEL, *tile)):
                box: Box = unit.box
                inside = np.flatnonzero((cx >= box.x0) & (cx < box.x1) & (cy >= box.y0) & (cy < box.y1))
                for some in np.array_split(inside, -(-len(inside) // MOST_QUERIES) or 1):
                    if not len(some):
                        continue
                    cell = (cy[some] - box.y0) * (box.x1 - box.x0) + cx[some] - box.x0
                    order = some[np.argsort(cell, kind="stable")]
                    start = np.zeros(box.cells + 1, np.int64)
                    np.cumsum(np.bincount(cell, minlength=box.cells), out=start[1:])
                    west, south = box.x0 * per_cell, box.y0 * per_cell
                    queries = Queries(box, per_cell, across[order] - west, up[order] - south, start)
                    out[order] = self.interpolator.evaluate(self.store, queries, self.job, False).value
        return out


@contextmanager
def surface(inputs: Path | list[Path], resolution: float, **options: Any) -> Iterator[Surface]:
    """Read, seal and prepare as ``build_dem`` does, and stop there."""
    from scree.core.clouds.collection import open_collection
    from scree.core.jobs.folder import JobFolder, job_key
    from scree.core.jobs.job import Job
    from scree.core.surface.points import seal_points, selections
    from scree.core.surface.registry import make_interpolator

    asked = dem_options(inputs, resolution, **options).settled()
    collection = open_collection(asked.inputs)
    folder = JobFolder(FOLDER / "scratch", job_key([], {"inputs": asked.inputs, **options}), resume=False)
    with Job(folder, threads=2) as job:
        sealed = seal_points(asked, selections(asked, collection), job)
        interpolator = make_interpolator(asked)
        interpolator.restore(sealed.store, interpolator.prepare(sealed.store, job))
        yield Surface(sealed.store, interpolator, job)
        sealed.store.close()


def dem_raster(inputs: Path | list[Path], resolution: float, **options: Any) -> Raster:
    """The DEM, made in this process: for accuracy, where neither time nor memory is the question."""
    from scree.core.surface.dem import build_dem

    asked = dem_options(inputs, resolution, **options)
    scratch = Path(asked.output).parent / "here"
    scratch.mkdir(parents=True, exist_ok=True)
    build_dem(asked)
    shutil.rmtree(scratch, ignore_errors=True)
    return read_raster(Path(asked.output))


def dem_options(inputs: Path | list[Path], resolution: float, **options: Any) -> Any:
    """DemOptions that write build/bench/out/here.tif."""
    from scree.core.surface.options import DemOptions

    paths = [inputs] if isinstance(inputs, Path) else inputs
    return DemOptions(
        inputs=tuple(str(path) for path in paths),
        output=str(FOLDER / "out" / "here.tif"),
        resolution=resolution,
        resume=False,
        **options,
    )
