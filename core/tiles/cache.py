# SPDX-License-Identifier: GPL-2.0-or-later
"""The one cache of the project: least recently used leaves first, dirty saved before it leaves.

Bounded by number and by bytes.  A save that fails keeps the tile and raises, so nothing is lost.
A tile that is pinned never leaves; whoever works on several tiles pins them all in one call, so
that two workers can not each hold what the other waits for.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import MemoryLimitError
from ..jobs.telemetry import MOST_SHOWN, CacheEntry, MapTile, TileState

Key = TypeVar("Key", bound=Hashable)
Tile = TypeVar("Tile")


@dataclass(frozen=True)
class CacheStatistics:
    """What the dock and the reports show of a cache."""

    resident: int = 0
    dirty: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0
    saves: int = 0


class TileCache(Generic[Key, Tile]):
    """Tiles by key, loaded on demand.

    ``load(key)`` makes a tile, ``save(key, tile)`` writes a dirty one, ``size(tile)`` tells its bytes.
    Raises MemoryLimitError when the pinned tiles alone exceed a bound.
    """

    def __init__(
        self,
        load: Callable[[Key], Tile],
        save: Callable[[Key, Tile], None] | None = None,
        *,
        size: Callable[[Tile], int] = lambda tile: 0,
        max_tiles: int = 16,
        max_bytes: int | None = None,
        entry: CacheEntry | None = None,
        place: Callable[[Key], tuple[float, float, float, float]] | None = None,
    ) -> None:
        """``entry``, where given, shows this cache to the dock: its statistics and, where ``place`` tells the extent
        of a tile (west, south, east, north), the tiles."""
        self._load, self._save, self._size = load, save, size
        self._entry, self._place = entry, place
        self._max_tiles, self._max_bytes = max_tiles, max_bytes
        self._tiles: OrderedDict[Key, Tile] = OrderedDict()
        self._bytes: dict[Key, int] = {}
        self._total = 0
        self._dirty: set[Key] = set()
        self._pins: dict[Key, int] = {}
        self._lock = threading.RLock()
        self._hits = self._misses = self._evictions = self._saves = 0

    def get(self, key: Key) -> Tile:
        """The tile, most recently used from now on."""
        with self._lock:
            tile = self._fetch(key)
            self._shrink(keep=key)
            self._publish()
            return tile

    def take(self, key: Key) -> Tile:
        """The tile, which leaves the cache unsaved: for the last look at it."""
        with self._lock:
            tile = self._fetch(key)
            self._total -= self._bytes.pop(key)
            self._dirty.discard(key)
            del self._tiles[key]
            self.show(key, "disk")
            self._publish()
            return tile

    @contextmanager
    def pinned(self, keys: Iterable[Key]) -> Iterator[dict[Key, Tile]]:
        """All of ``keys`` at once, held until the block ends."""
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            for key in wanted:
                self._pins[key] = self._pins.get(key, 0) + 1
            try:
                tiles = {key: self._fetch(key) for key in wanted}
                self._shrink()
                self._publish()
            except BaseException:
                self._unpin(wanted)
                raise
        try:
            yield tiles
        finally:
            with self._lock:
                self._unpin(wanted)

    def mark_dirty(self, key: Key) -> None:
        """The resident tile was changed: measure it again and save it before it leaves."""
        with self._lock:
            self._dirty.add(key)
            self.show(key, "dirty")
            self._measure(key)
            self._shrink(keep=key)
            self._publish()

    def flush(self) -> None:
        """Save every dirty tile; the tiles stay."""
        with self._lock:
            for key in [k for k in self._tiles if k in self._dirty]:
                self._write(key)
            self._publish()

    def keys(self) -> list[Key]:
        """Keys of the resident tiles, least recently used first."""
        with self._lock:
            return list(self._tiles)

    def clear(self) -> None:
        """Save what is dirty and let every tile go."""
        with self._lock:
            self.flush()
            self._tiles.clear()
            self._bytes.clear()
            self._total = 0

    def peek(self, key: Key) -> Tile | None:
        """The tile if resident, without making it recent."""
        with self._lock:
            return self._tiles.get(key)

    def show(self, key: Key, state: TileState) -> None:
        """Tell the dock where a tile is; of so many that nobody could tell them apart the first only."""
        if self._entry is not None and self._place is not None:
            shown = self._entry.map
            if key in shown or len(shown) < MOST_SHOWN:
                shown[key] = MapTile(*self._place(key), state)

    @property
    def statistics(self) -> CacheStatistics:
        with self._lock:
            return CacheStatistics(
                len(self._tiles), len(self._dirty), self._total, self._hits, self._misses, self._evictions, self._saves
            )

    def _fetch(self, key: Key) -> Tile:
        if key in self._tiles:
            self._hits += 1
            self._tiles.move_to_end(key)
            return self._tiles[key]
        self._misses += 1
        tile = self._load(key)
        self._tiles[key] = tile
        self._measure(key)
        self.show(key, "resident")
        return tile

    def _measure(self, key: Key) -> None:
        size = self._size(self._tiles[key])
        self._total += size - self._bytes.get(key, 0)
        self._bytes[key] = size

    def _unpin(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._pins[key] -= 1
            if not self._pins[key]:
                del self._pins[key]

    def _over(self, tiles: int, total: int) -> bool:
        """True if so many tiles of so many bytes exceed a bound."""
        return tiles > self._max_tiles or (self._max_bytes is not None and total > self._max_bytes)

    def _shrink(self, keep: Key | None = None) -> None:
        if not self._over(len(self._tiles), self._total):
            return
        for key in list(self._tiles):
            if not self._over(len(self._tiles), self._total):
                return
            if key in self._pins or key == keep:
                continue
            if key in self._dirty:
                self._write(key)
            self._total -= self._bytes.pop(key)
            del self._tiles[key]
            self.show(key, "disk")
            self._evictions += 1
        if self._over(len(self._pins), sum(self._bytes[key] for key in self._pins)):
            raise MemoryLimitError(
                f"{len(self._pins)} tiles are needed at once but the cache holds {self._max_tiles} tiles"
                + (f" or {self._max_bytes} bytes" if self._max_bytes is not None else "")
                + "; raise the limit or work on fewer tiles at a time."
            )

    def _write(self, key: Key) -> None:
        if self._save is not None:
            self._save(key, self._tiles[key])
        self._dirty.discard(key)
        self.show(key, "resident")
        self._saves += 1

    def _publish(self) -> None:
        if self._entry is None:
            return
        counters, entry = self.statistics, self._entry
        entry.tiles, entry.dirty, entry.bytes = counters.resident, counters.dirty, counters.bytes
        entry.hits, entry.misses = counters.hits, counters.misses
        entry.evictions, entry.saves = counters.evictions, counters.saves
