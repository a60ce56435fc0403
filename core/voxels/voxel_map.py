# SPDX-License-Identifier: GPL-2.0-or-later
"""The voxel map: a few tiles in memory, all of them on disk (or, without a folder, all in memory)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, OutputError
from ..jobs.disk import written_to
from ..jobs.telemetry import MOST_SHOWN, CacheEntry, telemetry
from ..tiles.cache import CacheStatistics, TileCache
from .batches import TileBatch, by_tile, pieces
from .grid import CellBox, TileIndex, VoxelGrid
from .journal import JOURNAL, is_own
from .kernels import probabilities
from .metadata import NAME, Metadata, widened
from .model import MISS, Model, log_odds
from .states import State, read_state, settle
from .tile import ScanMarks, VoxelTile
from .tile_files import TileFiles

UNLIMITED = 2**62


@dataclass(frozen=True)
class Voxels:
    """Some voxels of one tile: ``cells`` [n, 3] of the whole map, log-odds and observations."""

    tile: TileIndex
    cells: NDArray[np.int64]
    log_odds: NDArray[np.float64]
    counts: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cells)

    @property
    def probability(self) -> NDArray[np.float64]:
        return probability_of(self.log_odds)


class VoxelMap:
    """Open with ``VoxelMap.open`` or ``create``; a context manager that flushes at a good end.

    Updates are history: a batch applies its observations in the order given.  What is not yet
    saved when the process dies is lost, a saved tile never is.
    """

    def __init__(
        self,
        folder: Path | None,
        metadata: Metadata,
        *,
        cache_tiles: int = 16,
        cache_bytes: int | None = None,
        generation: Path | None = None,
        state: State | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """``cache_tiles`` 0 keeps every tile; tiles are written to ``generation`` if given, else in place.

        ``state`` is the one to read where other runs may change the map; None: it is locked, and no switch under way.
        ``check`` is called before each of them is, and in the middle; what it raises leaves the tile unsaved.
        """
        if cache_tiles < 0:
            raise OptionError(f"CACHE_TILES is {cache_tiles}; it must be 1 or more, or 0 to keep every tile in memory.")
        self.folder, self.metadata = folder, metadata
        self._numbers, self._check = metadata.model.numbers(), check
        # What waits for its place comes first, and is looked for first: from there a tile moves to where we look next.
        pending = state.pending if state is not None else None
        places = [place for place in (generation, pending, folder) if place is not None]
        self._files = [TileFiles(place, metadata.grid, metadata.model) for place in places]
        self._in_place, self._state = generation is None, state
        self._saved: list[TileIndex] = []
        self._loaded: set[TileIndex] = set()
        self._entry = CacheEntry(str(folder) if folder else "voxel map")
        self._cache: TileCache[TileIndex, VoxelTile] = TileCache(
            self._load,
            self._save if self._files else None,
            size=lambda tile: tile.bytes,
            max_tiles=cache_tiles if cache_tiles and self._files else UNLIMITED,
            max_bytes=cache_bytes if self._files else None,
            entry=self._entry,
            place=metadata.grid.plane_of,
        )
        for files in self._files:
            for tile in islice(files.indices(), MOST_SHOWN):
                self._cache.show(tile, "disk")
        telemetry.add(self._entry)

    @staticmethod
    def create(
        folder: Path | None,
        grid: VoxelGrid,
        model: Model | None = None,
        crs: str = "",
        *,
        cache_tiles: int = 16,
        cache_bytes: int | None = None,
    ) -> VoxelMap:
        """A new map, in memory where ``folder`` is None.  Raises OutputError if something is there already."""
        metadata = Metadata(grid, model or Model(), crs)
        metadata.model.check()
        if folder is not None:
            require_empty(folder)
            with written_to(folder):
                folder.mkdir(parents=True, exist_ok=True)
            metadata.write(folder)
        state = read_state(folder) if folder is not None else None
        return VoxelMap(folder, metadata, cache_tiles=cache_tiles, cache_bytes=cache_bytes, state=state)

    @staticmethod
    def open(folder: Path, *, cache_tiles: int = 16, cache_bytes: int | None = None) -> VoxelMap:
        """A map on disk; a run that was cut while it switched tiles is brought to its end.  Raises InputError.

        If another run changes the map afterwards, every use of it raises InputError.
        """
        settle(folder)
        state = read_state(folder)
        return VoxelMap(folder, state.metadata, cache_tiles=cache_tiles, cache_bytes=cache_bytes, state=state)

    def __enter__(self) -> VoxelMap:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the tiles without saving them."""
        telemetry.remove(self._entry)

    @property
    def grid(self) -> VoxelGrid:
        return self.metadata.grid

    @property
    def model(self) -> Model:
        return self.metadata.model

    # -- update ----------------------------------------------------------------------------------

    def update(
        self,
        x: NDArray,
        y: NDArray,
        z: NDArray,
        intensity: NDArray | None = None,
        *,
        occupied: NDArray[np.bool_] | None = None,
        misses: Literal["none", "intensity"] = "none",
    ) -> None:
        """Apply a batch in the order given; each of its tiles is loaded once.

        ``occupied`` False marks observations of free space; ``misses`` 'intensity' takes every return at
        or below I_TH for one.  Without ``intensity`` every hit has that of I_MAX.
        Raises InputError for coordinates that cannot be, StoreError for a damaged tile, OutputError.
        """
        model = self.model
        if not model.settled:
            raise OptionError("I_TH and I_MAX are not set; give both, for a batch is no whole run to take them from.")
        if intensity is None:
            intensity = np.full(len(x), model.i_max if model.i_max is not None else 1.0)
        weights = model.weights(intensity)
        if misses == "intensity" and model.i_th is not None:
            weights[~(np.asarray(intensity) > model.i_th)] = MISS
        if occupied is not None:
            weights[~np.asarray(occupied, bool)] = MISS
        self.observe(self.grid.cells_of(x, y, z), weights)

    def observe(self, cells: NDArray[np.int64], weights: NDArray[np.float64]) -> None:
        """``update`` for cells [n, 3] and weights (below 0: free)."""
        alike = bool(len(weights)) and bool((weights == weights[0]).all())
        for part in pieces(cells, self.grid):
            for batch in by_tile(cells[part], self.grid, alike=alike):
                self.observe_tile(batch, weights[part])

    def observe_tile(self, batch: TileBatch, weights: NDArray[np.float64]) -> None:
        """Apply one tile's part of a batch."""
        self._changing(batch.tile).observe(batch, weights, self._numbers)
        self._cache.mark_dirty(batch.tile)

    def observe_scan(self, tile: TileIndex, marks: ScanMarks) -> None:
        """Apply one tile's part of a scan; a tile without any stays as it is."""
        if marks.marked:
            self._changing(tile).observe_scan(marks, self._numbers)
            self._cache.mark_dirty(tile)

    def replace_tile(self, tile: TileIndex, voxels: VoxelTile) -> None:
        """Put other voxels in a tile's place."""
        own = self._cache.get(tile)
        own.cells, own.log_odds, own.counts = voxels.cells, voxels.log_odds, voxels.counts
        self._cache.mark_dirty(tile)

    def flush(self) -> None:
        """Save every dirty tile, then the metadata.  Raises OutputError; what was not saved stays dirty."""
        self._cache.flush()
        if self.folder is not None and self._in_place:
            self._require_place()
            self.metadata.write(self.folder)

    def saved(self) -> list[TileIndex]:
        """Tiles saved since this was last asked, in the order they were."""
        saved, self._saved = self._saved, []
        return saved

    @property
    def statistics(self) -> CacheStatistics:
        return self._cache.statistics

    @property
    def loads_per_tile(self) -> float:
        """Loads for each distinct tile that was updated; 1 is the least there can be."""
        return self.statistics.misses / max(1, len(self._loaded))

    # -- queries ---------------------------------------------------------------------------------

    def tiles(self, *, cached_only: bool = False) -> NDArray[np.int32]:
        """Every tile [n, 3], on disk or not yet saved, ascending by x, y, z."""
        cached = np.array(self._cache.keys(), np.int32).reshape(-1, 3)
        parts = [cached] if cached_only else [files.sorted_indices() for files in self._files] + [cached]
        self._require_state()
        return np.unique(np.concatenate(parts), axis=0) if len(parts) > 1 else _sorted(parts[0])

    def tile(self, tile: TileIndex) -> VoxelTile:
        """A tile as it is now, without making it recent; empty where there is none.  Raises StoreError."""
        resident = self._cache.peek(tile)
        return resident if resident is not None else self._read(tile)

    def stored(self, tile: TileIndex) -> VoxelTile | None:
        """A tile as it is on disk, None where there is none.  Raises StoreError."""
        found = None
        for files in self._files:
            found = found if found is not None else files.read(tile)
        self._require_state()
        return found

    def stored_tree(self, tile: TileIndex) -> bytes | None:
        """The octree.bt of a tile, None where there is none.  Raises StoreError."""
        found = None
        for files in self._files:
            found = found if found is not None else files.read_tree(tile)
        self._require_state()
        return found

    def stored_voxels(self, tile: TileIndex) -> int:
        """How many voxels a tile has on disk, by the size of its file."""
        return next(filter(None, (files.voxels(tile) for files in self._files)), 0)

    def load(self, tile: TileIndex) -> VoxelTile:
        """A tile through the cache, for walks that come back to it.  Raises StoreError."""
        return self._cache.get(tile)

    def voxels(self, box: CellBox | None = None, *, cached_only: bool = False) -> Iterator[Voxels]:
        """All voxels ever observed, tile by tile in ascending order, one tile in memory."""
        for x, y, z in self.tiles(cached_only=cached_only).tolist():
            index = TileIndex(x, y, z)
            if box is not None and not self._touches(index, box):
                continue
            tile = self.tile(index)
            cells = tile.positions(self.grid.side) + np.array(index, np.int64) * self.grid.side
            keep = slice(None) if box is None else ((cells >= box.low) & (cells < box.high)).all(axis=1)
            found = Voxels(index, cells[keep], tile.log_odds[keep], tile.counts[keep])
            if len(found):
                yield found

    def occupied(
        self, probability: float = 0.5, box: CellBox | None = None, *, cached_only: bool = False
    ) -> Iterator[Voxels]:
        """Voxels above a probability (strictly: log-odds > ln(p / (1 - p))); see ``voxels``."""
        least = log_odds(check_probability(probability))
        for found in self.voxels(box, cached_only=cached_only):
            keep = found.log_odds > least
            if keep.any():
                yield Voxels(found.tile, found.cells[keep], found.log_odds[keep], found.counts[keep])

    def probability_at(self, x: NDArray, y: NDArray, z: NDArray) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Probability at points, NaN where nothing was observed, and the number of observations."""
        out, counts = np.full(len(x), np.nan), np.zeros(len(x), np.int32)
        values = np.full(len(x), np.nan)
        cells = self.grid.cells_of(x, y, z)
        for part in pieces(cells, self.grid):
            places = np.arange(len(x))[part]
            for batch in by_tile(cells[part], self.grid):
                tile = self.tile(batch.tile)
                found, at = tile.look_up(batch.cells)
                where = places[batch.places[found]]
                values[where], counts[where] = tile.log_odds[at[found]], tile.counts[at[found]]
        known = ~np.isnan(values)
        out[known] = probability_of(values[known])
        return out, counts

    # -- tiles -----------------------------------------------------------------------------------

    def _touches(self, tile: TileIndex, box: CellBox) -> bool:
        side = self.grid.side
        return all(i * side < high and low < (i + 1) * side for i, low, high in zip(tile, *box, strict=True))

    def _read(self, tile: TileIndex) -> VoxelTile:
        found = self.stored(tile)
        return found if found is not None else VoxelTile()

    def _require_state(self) -> None:
        """What was read until now is of one state.  Raises InputError."""
        if self._state is not None:
            self._state.require()

    def _require_place(self) -> None:
        """Tiles can be written in their places.  Raises InputError, OutputError."""
        self._require_state()
        if self._state is not None and self._state.pending is not None:
            raise OutputError(f"Tiles of an earlier run of {self.folder} are not in their places yet: open it again.")

    def _changing(self, tile: TileIndex) -> VoxelTile:
        if self._in_place:  # a run counts its tiles itself
            self._loaded.add(tile)
        return self._cache.get(tile)

    def _load(self, tile: TileIndex) -> VoxelTile:
        self.grid.first_key(tile)
        return self._read(tile)

    def _save(self, tile: TileIndex, voxels: VoxelTile) -> None:
        files = self._files[0]
        if self._in_place:
            self._require_place()
            self._check()
            files.write(tile, voxels)
        else:
            files.write_unfinished(tile, voxels, self._check)
        self._saved.append(tile)
        self.metadata = replace(self.metadata, bounds=widened(self.metadata.bounds, tile))


def probability_of(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + e^-L)."""
    out = np.empty(len(log_odds))
    probabilities(log_odds, out)
    return out


def check_probability(probability: float) -> float:
    """Raises OptionError unless it is from 0 to 1."""
    if not 0.0 <= probability <= 1.0 or math.isnan(probability):
        raise OptionError(f"The probability is {probability}; it must be from 0 to 1.")
    return probability


def require_empty(folder: Path) -> None:
    """Raise OutputError unless ``folder`` can become a map: absent or empty."""
    if folder.is_dir() and any(path.name == JOURNAL or not is_own(path.name) for path in folder.iterdir()):
        holds = any((folder / name).exists() for name in (NAME, JOURNAL))
        what = "already holds a voxel map" if holds else "is not empty and holds no voxel map"
        raise OutputError(f"{folder} {what}: give another MAP folder.")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; MAP is a folder: give another name.")


def _sorted(tiles: NDArray[np.int32]) -> NDArray[np.int32]:
    return tiles[np.lexsort((tiles[:, 2], tiles[:, 1], tiles[:, 0]))]
