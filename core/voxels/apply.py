# SPDX-License-Identifier: GPL-2.0-or-later
"""From spooled observations to tiles, bin by bin: each tile is loaded once and its voxels see one order.

A bin that does not fit in memory is spooled again by smaller bins; a single tile by ranges of the order
of its observations, or it is taken scan by scan where rays carve it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..tiles.ordering import sort_codes
from .batches import TileBatch, by_tile, pieces
from .grid import TileIndex
from .kernels import find_ties
from .model import MISS
from .order import ORDER, column, ordered_parts, sortable
from .places import FIXED_BITS, KINDS
from .rays import Carver, Rays, heaviest
from .spool import Bin, Records, TileSpool
from .voxel_map import VoxelMap

if TYPE_CHECKING:
    from ..jobs.job import Job

RECORD_BYTES = 256
"""Held for each record of a bin while it is sorted and applied."""


@dataclass
class Applier:
    """Applies bins to a map; ``scan_ranks`` orders scans that are numbered by file."""

    voxel_map: VoxelMap
    spool: TileSpool
    misses: str
    scan_ranks: NDArray[np.int64] | None
    most: int
    """Records held at once."""
    job: Job

    def __post_init__(self) -> None:
        grid, threads, check = self.voxel_map.grid, self.job.threads, self.job.progress.check
        self._carver = Carver(grid, threads, check) if self.misses == "rays" else None

    def apply(self, bin_: Bin) -> None:
        """Bring all records of a bin into its tiles.  Raises StoreError, OutputError, Cancelled."""
        self._apply(self.spool, bin_)

    def _pause(self) -> None:
        """Between two tiles or scans: stop where that is asked for, save what is dirty where that is."""
        self.job.progress.check()
        if self.job.flush.is_set():
            self.voxel_map.flush()
            self.job.flush.clear()

    def _apply(self, spool: TileSpool, bin_: Bin) -> None:
        self._pause()
        count = spool.count(bin_, "hit") + spool.count(bin_, "ray")
        if count > self.most and bin_.level:
            self._split(spool, bin_)
        elif self._carver is not None:
            self._carve(spool, bin_, count <= self.most)
        elif count > self.most:
            for records in ordered_parts(spool, bin_, self.most // 2, self.job):
                self._apply_hits(records)
        else:
            self._apply_hits(next(spool.parts(bin_, "hit", count)))

    def _split(self, spool: TileSpool, bin_: Bin) -> None:
        child = TileSpool(self.job.folder, "spool-" + bin_.name, KINDS, self.most // 8)
        try:
            for records in spool.parts(bin_, "hit", self.most // 4):
                child.add("hit", self._cells(records) // self.voxel_map.grid.side, records)
            for records in spool.parts(bin_, "ray", self.most // 4):
                child.add("ray", records["tile"].astype(np.int64), records)
            child.seal()
            for smaller in child.bins:
                self._apply(child, smaller)
        finally:
            child.remove()

    def _cells(self, records: Records) -> NDArray[np.int64]:
        return np.asarray(records["at"] >> FIXED_BITS)

    def _weights(self, records: Records) -> NDArray[np.float64]:
        model = self.voxel_map.model
        weights = model.weights(records["intensity"])
        if self.misses == "intensity" and model.i_th is not None:
            weights[~(records["intensity"] > model.i_th)] = MISS
        if self.misses == "filter":
            weights[records["miss"] != 0] = MISS
        return weights

    # -- hits ------------------------------------------------------------------------------------

    def _apply_hits(self, records: Records) -> None:
        weights = self._weights(records)
        ordered = bool((weights != weights[0]).any())
        if ordered:
            times = sortable(records["time"])
            if (times != times[0]).any():
                order = sort_codes(times, 64)[1]
                records, weights = records[order], weights[order]
        cells = self._cells(records)
        for part in pieces(cells, self.voxel_map.grid):
            some, own = records[part], weights[part]
            moments = np.ascontiguousarray(some["time"]) if ordered else None
            for batch in by_tile(cells[part], self.voxel_map.grid, alike=not ordered):
                self._pause()
                if moments is not None:
                    _settle(batch, moments, some)
                self.voxel_map.observe_tile(batch, own)
        self.job.progress.advance(len(records))

    # -- rays ------------------------------------------------------------------------------------

    def _carve(self, spool: TileSpool, bin_: Bin, whole: bool) -> None:
        """Tile by tile, scan by scan: all records at once, or (a single tile) those of one scan after the other."""
        if whole:
            for tile, hits, rays in self._by_tile(spool, bin_):
                scans = np.unique(np.r_[hits["scan"], rays["scan"]])
                for scan in self._ranked(scans):
                    own = hits[hits["scan"] == scan]
                    self._carve_scan(tile, self._cells(own), self._weights(own), [rays[rays["scan"] == scan]])
                self.job.progress.advance(len(hits) + len(rays))
            return
        tile, half = TileIndex(*bin_[1:]), self.most // 2
        found = [np.unique(r["scan"]) for kind in KINDS for r in spool.parts(bin_, kind, half)]
        for scan in self._ranked(np.unique(np.concatenate(found))):
            own = (r[r["scan"] == scan] for r in spool.parts(bin_, "hit", half))
            sent = (r[r["scan"] == scan] for r in spool.parts(bin_, "ray", half))
            self._carve_scan(tile, *heaviest((self._cells(r), self._weights(r)) for r in own), sent)
        self.job.progress.advance(spool.count(bin_, "hit") + spool.count(bin_, "ray"))

    def _ranked(self, scans: NDArray[np.int64]) -> list[int]:
        if self.scan_ranks is not None:
            scans = scans[np.argsort(self.scan_ranks[scans], kind="stable")]
        return [int(scan) for scan in scans]

    def _by_tile(self, spool: TileSpool, bin_: Bin) -> Iterator[tuple[TileIndex, Records, Records]]:
        both = {}
        for kind, dtype in KINDS.items():
            parts = list(spool.parts(bin_, kind, self.most))
            both[kind] = parts[0] if parts else np.empty(0, dtype)
        hits, rays = both["hit"], both["ray"]
        if not bin_.level:
            yield TileIndex(*bin_[1:]), hits, rays
            return
        of_hits, of_rays = self._cells(hits) // self.voxel_map.grid.side, rays["tile"].astype(np.int64)
        tiles, group = np.unique(np.concatenate([of_hits, of_rays]), axis=0, return_inverse=True)
        group = group.reshape(-1)
        hit_order = np.argsort(group[: len(hits)], kind="stable")
        ray_order = np.argsort(group[len(hits) :], kind="stable")
        hit_ends = np.searchsorted(group[: len(hits)][hit_order], np.arange(len(tiles) + 1))
        ray_ends = np.searchsorted(group[len(hits) :][ray_order], np.arange(len(tiles) + 1))
        for i, (x, y, z) in enumerate(tiles.tolist()):
            yield (
                TileIndex(x, y, z),
                hits[hit_order[hit_ends[i] : hit_ends[i + 1]]],
                rays[ray_order[ray_ends[i] : ray_ends[i + 1]]],
            )

    def _carve_scan(
        self, tile: TileIndex, cells: NDArray[np.int64], weights: NDArray[np.float64], rays: Iterable[Records]
    ) -> None:
        assert self._carver is not None
        self._pause()
        marks = self._carver.marks(tile, cells, weights, map(Rays.of, rays))
        self.voxel_map.observe_scan(tile, marks)


def _settle(batch: TileBatch, times: NDArray[np.float64], records: Records) -> None:
    """Put observations of one voxel and one time in order, in place: by all they are, never by where they came from."""
    tied = np.zeros(len(batch.packed), bool)
    if not find_ties(batch.packed, batch.bits, times, tied):
        return
    at = np.flatnonzero(tied)
    packed = batch.packed[at]
    places = (packed & np.uint64((1 << batch.bits) - 1)).astype(np.int64)
    some, codes = records[places], packed >> np.uint64(batch.bits)
    order = np.lexsort([*(column(some, name) for name in reversed(ORDER)), codes])
    batch.packed[at] = (codes << np.uint64(batch.bits)) | places[order].astype(np.uint64)
