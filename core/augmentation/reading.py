# SPDX-License-Identifier: GPL-2.0-or-later
"""The one pass over the input: cells of ground into a sealed store, all points into the class map, and a sample."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError
from ..neighborhood.search.ticks import Ticks
from ..tiles.blocks import TILE_LEVEL
from ..tiles.ingest import AxisMap, tell_oddities
from ..tiles.lattice import Box, Lattice, make_lattice
from ..tiles.seal import seal
from ..tiles.spool import Spool
from ..tiles.store import Store, StoreFiles
from ..tiles.thinning import Thinning
from .areas import AREA, BITS, CLASSES, GROUND, GROUND_BIT, MINUS, POINT_BIT
from .cellsums import CellSums
from .classmap import ClassMap
from .ground_sample import GroundSample
from .tile_points import by_tile

if TYPE_CHECKING:
    from ..clouds.chunk import Chunk
    from ..clouds.collection import Collection
    from ..clouds.source import Source
    from ..jobs.job import Job
    from .lengths import Lengths
    from .options import AugmentOptions

RUN_BYTES = 110
MOST_CELLS = 1024
"""The farthest a site is near to a point."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """What the pass left: the store of the cells of ground (a point each, the mean of those in it), the class
    map, and the sample [n, 3] of ground points in lattice steps."""

    store: Store
    classes: ClassMap
    sample: Ints
    counts: dict[str, Any]

    @property
    def box(self) -> Box:
        """Cells of all points, ground or not."""
        n, (x0, y0, x1, y1) = self.store.lattice.per_cell, self.counts["extent"]
        return Box(x0 // n, y0 // n, x1 // n + 1, y1 // n + 1)

    @property
    def inner(self) -> Box:
        """Cells whose centers lie between the outermost points."""
        n, (x0, y0, x1, y1) = self.store.lattice.per_cell, self.counts["extent"]
        return Box(
            *(-(-(2 * low - n) // (2 * n)) for low in (x0, y0)), *((2 * high - n) // (2 * n) + 1 for high in (x1, y1))
        )


def lattice_of(collection: Collection, spacing: float) -> Lattice:
    """Cells of a site each, at whose centers synthetic points go."""
    sources = collection.sources
    return make_lattice(spacing, [s.scales[i] for s in sources for i in (0, 1)], [s.scales[2] for s in sources])


def read_ground(
    collection: Collection, lattice: Lattice, options: AugmentOptions, lengths: Lengths, job: Job
) -> Ground:
    """Read all points; found whole where a run before did it.

    Raises InputError where no point is ground, OutputError when the disk is full.
    """
    files = StoreFiles(job.folder.path, "ground")
    near2 = _reaches(lattice, options, lengths)
    if not (files.sealed and job.folder.has_result("read")):
        _Pass(collection, lattice, options.ground_classes, near2, job).run(files)
    with job.folder.read_result("read") as result:
        counts, sample = result.header, result.rows("sample")
        tiles = {(int(x), int(y)) for x, y in result.rows("tiles")}
    tell_oddities(counts["notes"], counts["rounded"], lattice.step, job, " for the search")
    return Ground(Store(files), ClassMap(job.folder, lattice.per_cell, near2, tiles), sample, counts)


def _reaches(lattice: Lattice, options: AugmentOptions, lengths: Lengths) -> dict[str, int]:
    """Squared half steps within which a site is near points of ground and of each area that PRIORITIES names."""
    kinds = [GROUND, *(a for word in options.priorities if (a := word.removeprefix(MINUS)) in BITS)]
    ticks, near2 = Ticks(lattice, 2, 0, 0), {}
    for kind in kinds:
        name = "VEGETATION_DISTANCE" if kind == "vegetation" else "MIN_SPACING"
        length = lengths.vegetation if kind == "vegetation" else lengths.min_spacing
        if length > MOST_CELLS * float(lattice.cell):
            raise OptionError(
                f"{name} is {length:g}, over {MOST_CELLS:,} cells of SPACING ({float(lattice.cell):g}): make it "
                "smaller, or SPACING larger."
            )
        near2[kind] = ticks.squared(length, name)
    return near2


class _Pass:
    def __init__(
        self, collection: Collection, lattice: Lattice, ground_classes: tuple[int, ...], near2: dict[str, int], job: Job
    ) -> None:
        self.collection, self.lattice, self.job = collection, lattice, job
        self.bits = np.full(256, POINT_BIT, np.uint16)
        self.bits[list(ground_classes)] |= GROUND_BIT
        for area, classes in CLASSES.items():
            self.bits[[c for c in classes if c not in ground_classes]] |= BITS[area]
        self.ground_classes = ground_classes
        self.areas = [kind for kind in near2 if kind != GROUND]
        self.classes = ClassMap(job.folder, lattice.per_cell, near2)
        self.cells = CellSums(lattice.per_cell, job)
        self.ground = 0
        self.sample = GroundSample()
        self.seen = np.zeros(256, np.int64)
        self.extent: tuple[int, int, int, int] | None = None
        self.rounded = 0
        self.notes: list[str] = []

    def run(self, files: StoreFiles) -> None:
        job = self.job
        job.progress.phase("Reading", self.collection.points, 30)
        try:
            for source in self.collection.sources:
                self._read(source)
            if not self.ground:
                raise self._no_ground()
            self.classes.flush()
            self._seal(files)
        finally:
            self.cells.remove()
        counts = {
            "read": int(self.seen.sum()), "ground": self.ground, "rounded": self.rounded, "notes": self.notes,
            "classes": {str(c): int(self.seen[c]) for c in np.flatnonzero(self.seen)},
            "extent": list(self.extent or ()),
        }  # fmt: skip
        tiles = np.array(sorted(self.classes.tiles), np.int64).reshape(-1, 2)
        job.folder.write_result("read", counts, {"sample": self.sample.points(), "tiles": tiles})

    def _seal(self, files: StoreFiles) -> None:
        """Write the cells of ground."""
        job, run = self.job, min(1 << 20, self.job.budget.run_points(RUN_BYTES))
        spool = Spool(job.folder.file("ground-spool.part"), self.lattice.per_cell, TILE_LEVEL, run)
        try:
            for cells in self.cells.means():
                spool.add(*cells)
            spool.close()
            job.progress.phase("Sorting", spool.count, 5, unit="cells")
            seal(spool, files, self.lattice, Thinning(), job).close()
        finally:
            spool.remove()

    def _read(self, source: Source) -> None:
        from ..clouds.read_ahead import read_ahead

        if "classification" not in source.dimensions:
            raise InputError(
                f"{source.path} has no classification, so its ground is unknown: name its column by COLUMNS, or "
                "classify it."
            )
        steps = (self.lattice.cell / self.lattice.per_cell,) * 2 + (self.lattice.value_step,)
        maps = [AxisMap(source.scales[i], source.offsets[i], steps[i]) for i in range(3)]
        before = int(self.seen[list(self.ground_classes)].sum())
        wanted = {"classification", AREA} & set(source.dimensions)
        with closing(read_ahead(source.chunks(wanted))) as chunks:
            for chunk in chunks:
                self.job.progress.check()
                self._take(chunk, maps, AREA in wanted)
                self.rounded += 0 if all(axis.exact for axis in maps) else len(chunk)
                self.job.progress.advance(len(chunk))
        self.notes += [f"{source.path} {note}." for note in source.notes]
        if int(self.seen[list(self.ground_classes)].sum()) == before:
            self.notes.append(f"{source.path} has no ground point (classes {_listed(self.ground_classes)}).")

    def _take(self, chunk: Chunk, maps: list[AxisMap], again: bool) -> None:
        """Points of a chunk; ``again``: of a cloud that was augmented before."""
        if not len(chunk):
            return
        x, y, v = maps[0](chunk.X), maps[1](chunk.Y), maps[2](chunk.Z)
        kinds = chunk["classification"]
        bits = self.bits[kinds]
        made = chunk[AREA] > 0 if again else None
        if made is not None:  # a point of a run before fills its hole, but is no witness for the DTM it came from
            bits[made] &= ~np.uint16(GROUND_BIT)
        self.seen += np.bincount(kinds, minlength=256)[:256]
        self._widen(x, y)
        ground = []
        for part, points in by_tile(x, y, v, self.lattice.per_cell):
            self.classes.mark(points, bits[part])
            if len(there := np.flatnonzero(bits[part] & GROUND_BIT)):
                ground.append(points.take(there))
            if made is not None and made[part].any():
                self.classes.mark_near(points.take(made[part]), GROUND)
            for area in self.areas:
                if len(there := np.flatnonzero(bits[part] & BITS[area])):
                    self.classes.mark_near(points.take(there), area)
        for points in ground:
            self.ground += len(points)
            self.classes.mark_near(points, GROUND)
            self.sample.add(points)
        self.cells.add(ground)

    def _widen(self, x: Ints, y: Ints) -> None:
        seen = (int(x.min()), int(y.min()), int(x.max()), int(y.max()))
        old = self.extent or seen
        low, high = np.minimum(old, seen).tolist(), np.maximum(old, seen).tolist()
        self.extent = (low[0], low[1], high[2], high[3])

    def _no_ground(self) -> InputError:
        found = ", ".join(f"{c} ({self.seen[c]:,})" for c in np.flatnonzero(self.seen))
        return InputError(
            f"None of the {int(self.seen.sum()):,} points is ground (GROUND_CLASSES "
            f"{_listed(self.ground_classes)}); the classes present are {found}: classify the ground, or "
            "name the classes that are."
        )


def _listed(classes: tuple[int, ...]) -> str:
    return ", ".join(map(str, classes))
