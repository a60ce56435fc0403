# SPDX-License-Identifier: GPL-2.0-or-later
"""The one cache: recency, bounds, dirty tiles, failed saves, pins, and what the dock sees."""

from __future__ import annotations

import pytest

from scree.core.errors import MemoryLimitError, OutputError
from scree.core.jobs.telemetry import CacheEntry
from scree.core.tiles.cache import TileCache


class Disk:
    """Tiles are lists; a refused key fails to save."""

    def __init__(self) -> None:
        self.saved: dict[int, list[int]] = {}
        self.loads: list[int] = []
        self.refused: set[int] = set()

    def load(self, key: int) -> list[int]:
        self.loads.append(key)
        return list(self.saved.get(key, []))

    def save(self, key: int, tile: list[int]) -> None:
        if key in self.refused:
            raise OutputError("The disk is full.")
        self.saved[key] = list(tile)


def cache_of(disk: Disk, **options) -> TileCache[int, list[int]]:
    return TileCache(disk.load, disk.save, size=lambda tile: 8 * len(tile), **options)


def test_the_least_recently_used_tile_leaves_first() -> None:
    disk = Disk()
    cache = cache_of(disk, max_tiles=2)
    for key in (1, 2, 1, 3):
        cache.get(key)
    assert cache.keys() == [1, 3]
    assert disk.loads == [1, 2, 3]


def test_peeking_leaves_the_order_as_it_is() -> None:
    cache = cache_of(Disk(), max_tiles=2)
    cache.get(1)
    cache.get(2)
    assert cache.peek(1) == [] and cache.peek(7) is None
    cache.get(3)
    assert cache.keys() == [2, 3]


def test_a_tile_that_is_taken_leaves_without_being_saved() -> None:
    disk = Disk()
    cache = cache_of(disk, max_bytes=32)
    cache.get(1).extend([5, 6])
    cache.mark_dirty(1)
    assert cache.take(1) == [5, 6] and cache.take(2) == []
    assert cache.keys() == [] and cache.statistics.bytes == 0 and cache.statistics.dirty == 0
    cache.flush()
    assert disk.saved == {} and cache.get(1) == []


def test_a_dirty_tile_is_saved_when_it_leaves_and_a_clean_one_is_not() -> None:
    disk = Disk()
    cache = cache_of(disk, max_tiles=1)
    cache.get(1).append(5)
    cache.mark_dirty(1)
    cache.get(2)
    cache.get(3)
    assert disk.saved == {1: [5]}
    assert cache.statistics.saves == 1 and cache.statistics.evictions == 2


def test_the_byte_limit_counts_what_tiles_have_grown_to() -> None:
    disk = Disk()
    cache = cache_of(disk, max_tiles=10, max_bytes=100)
    for key in range(4):
        cache.get(key).extend(range(4))
        cache.mark_dirty(key)
    assert cache.keys() == [1, 2, 3] and cache.statistics.bytes == 96
    cache.get(3).extend(range(6))
    cache.mark_dirty(3)
    assert cache.keys() == [3] and cache.statistics.bytes == 80


def test_a_failed_save_keeps_the_tile_and_raises() -> None:
    disk = Disk()
    disk.refused = {1}
    cache = cache_of(disk, max_tiles=1)
    cache.get(1).append(5)
    cache.mark_dirty(1)
    with pytest.raises(OutputError):
        cache.get(2)
    assert cache.peek(1) == [5] and cache.statistics.dirty == 1
    disk.refused = set()
    cache.flush()
    assert disk.saved == {1: [5]} and cache.statistics.dirty == 0


def test_a_cleared_cache_holds_no_bytes() -> None:
    disk = Disk()
    cache = cache_of(disk, max_tiles=3, max_bytes=20)
    cache.get(1).extend([5, 6])
    cache.mark_dirty(1)
    cache.clear()
    assert cache.statistics.bytes == cache.statistics.resident == 0 and disk.saved == {1: [5, 6]}
    cache.get(1)
    assert cache.keys() == [1] and cache.statistics.bytes == 16


def test_a_failed_load_leaves_nothing_behind() -> None:
    def load(key: int) -> list[int]:
        raise OutputError("damaged")

    cache: TileCache[int, list[int]] = TileCache(load)
    with pytest.raises(OutputError):
        cache.get(1)
    assert cache.keys() == []


def test_pinned_tiles_stay_and_too_many_are_refused_at_once() -> None:
    cache = cache_of(Disk(), max_tiles=2)
    with cache.pinned([1, 2]):
        with pytest.raises(MemoryLimitError), cache.pinned([3]):
            pass
        assert {1, 2} <= set(cache.keys())
    cache.get(4)
    assert len(cache.keys()) == 2


def test_the_entry_of_the_dock_is_kept_up_to_date() -> None:
    entry = CacheEntry("tiles")
    cache = cache_of(Disk(), max_tiles=1, entry=entry)
    cache.get(1).append(1)
    cache.mark_dirty(1)
    assert (entry.tiles, entry.dirty, entry.bytes, entry.misses) == (1, 1, 8, 1)
    cache.get(2)
    assert (entry.evictions, entry.saves, entry.dirty) == (1, 1, 0)


def test_the_dock_sees_where_every_tile_is() -> None:
    from scree.core.jobs.telemetry import CacheEntry

    entry = CacheEntry("voxels")
    cache: TileCache[int, list[int]] = TileCache(
        lambda key: [key],
        lambda key, tile: None,
        max_tiles=2,
        entry=entry,
        place=lambda key: (key, 0.0, key + 1.0, 1.0),
    )
    cache.show(7, "disk")
    cache.get(1)
    cache.get(2)
    cache.mark_dirty(2)
    assert {key: tile.state for key, tile in entry.map.items()} == {7: "disk", 1: "resident", 2: "dirty"}
    assert (entry.map[2].west, entry.map[2].east) == (2, 3)
    cache.get(3)
    assert entry.map[1].state == "disk"
    cache.flush()
    assert entry.map[2].state == "resident"
