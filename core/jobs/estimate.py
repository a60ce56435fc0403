# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run will need, said before it works: points, blocks, scratch, memory, workers.

Everything comes from the headers, a taste of the points, and the engine's own account of a unit, so it is made in a
moment; the report puts it beside what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, expm1, floor, inf, isfinite
from typing import Any

from .budget import Budget
from .memory import MB
from .threads import usable_threads

TILE_CELLS = 512
UNIT_POINTS = 1 << 18
"""Cells along a tile, and most points of a unit, as ``tiles.store`` has them."""
MOST_TILES = 200_000
"""Tiles told apart; of more, one stands for all."""
THIN = 16
"""Where a tile holds fewer points than this, some of its like hold none, and one stands for all that hold some."""

LOADED = 50 * MB
"""Kernels and buffers that every run loads after its budget was made."""
CHUNKS = 20 * MB
"""Of points that are decoded and filtered, before they are spooled."""
SPOOLED_BYTES = 40
"""Of a point of the run that is sorted by node, beside its numbers."""
SORTED_BYTES = 200
"""Promised for a point of a tile while it is sealed, as ``tiles.pieces`` has them; and 32 for each number more."""
SEALED_BYTES = 80
"""Of a point of a tile while it is sealed."""
SEEN = 0.45
"""Of the bytes an engine promises for a unit, with room to spare, those that were seen to be held."""
LARGEST_PIECE = 1 << 21
"""Points sealed at once, as ``tiles.pieces`` has them."""

Rectangle = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Estimate:
    """``scratch`` and ``memory`` in bytes; ``memory`` is the peak of the whole process."""

    points: int
    blocks: int
    scratch: int
    memory: int
    workers: int
    things: str = "points"
    block: str = "block"
    cells: int = 0
    """Cells of the blocks, where they are those of a raster."""

    def sentence(self) -> str:
        blocks = f"{self.blocks:,} {self.block}{'' if self.blocks == 1 else 's'}"
        return (
            f"Expected: {self.points:,} {self.things} in {blocks}, {ceil(self.scratch / MB):,} MB of temporary data, "
            f"at most {ceil(self.memory / MB):,} MB of memory, {self.workers} at once."
        )

    def to_json(self) -> dict[str, Any]:
        """``scratch`` and ``memory`` in MB."""
        return {
            "points": self.points,
            "blocks": self.blocks,
            "scratch": round(self.scratch / MB, 3),
            "memory": round(self.memory / MB),
            "workers": self.workers,
        }


@dataclass(frozen=True)
class Spread:
    """``points`` lying evenly over a rectangle, as a file's header tells of them.

    ``tiles`` is the most tiles of TILE_CELLS that hold some, where points were looked at: those of a diagonal strip,
    or of a cloud with one point far away, leave most of their rectangle empty.
    """

    bounds: Rectangle
    points: float
    tiles: float = inf

    def tiles_across(self, side: float) -> float:
        """Tiles of ``side`` that the rectangle touches; 1 where it is none."""
        west, south, east, north = self.bounds
        if not self.whole:
            return 1.0
        return (floor(east / side) - floor(west / side) + 1.0) * (floor(north / side) - floor(south / side) + 1.0)

    @property
    def whole(self) -> bool:
        """Whether the bounds are finite and in order."""
        west, south, east, north = self.bounds
        return all(map(isfinite, self.bounds)) and east >= west and north >= south


def told_apart(spreads: Sequence[Spread], side: float) -> bool:
    """Whether tiles of ``side`` are so few and hold so many points that each is looked at for itself."""
    across = sum(spread.tiles_across(side) for spread in spreads)
    return across <= MOST_TILES and sum(spread.points for spread in spreads) >= THIN * across


@dataclass(frozen=True)
class Block:
    """A unit as it is expected: its points and cells; it stands for so many ``times`` like it."""

    points: int
    cells: int
    times: float = 1.0


def all_points(blocks: Iterable[Block]) -> float:
    """Points of all blocks."""
    return sum(block.points * block.times for block in blocks)


def all_cells(blocks: Iterable[Block]) -> float:
    """Cells of all blocks."""
    return sum(block.cells * block.times for block in blocks)


def all_blocks(blocks: Iterable[Block]) -> float:
    """How many blocks there are."""
    return sum(block.times for block in blocks)


def expected_blocks(
    spreads: Sequence[Spread], cell: float, *, tile: int = TILE_CELLS, most: int = UNIT_POINTS,
    within: Rectangle | None = None, per_cell: float = 0.0,
) -> list[Block]:  # fmt: skip
    """Units of points spread over tiles of ``tile`` cells; one of more than ``most`` points is split in four.

    ``within`` leaves out what lies outside of it; ``per_cell`` above 0 is the most points thinning leaves in a cell,
    where they fall as rain does.
    """
    side = cell * tile
    if not told_apart(spreads, side):
        return [block for spread in spreads for block in _alike(spread, cell, tile, most, within, per_cell)]
    held: dict[tuple[int, int], tuple[float, float]] = {}
    for spread in spreads:
        for key, points, cells in _tiles_of(spread, side, cell):
            have = held.get(key, (0.0, 0.0))
            held[key] = (have[0] + points, min(have[1] + cells, float(tile) ** 2))
    blocks: list[Block] = []
    for (ix, iy), (points, cells) in held.items():
        box = (ix * side, iy * side, (ix + 1) * side, (iy + 1) * side)
        if within is None or _overlap(box, within):
            _split(_thinned(points, cells, per_cell), cells, most, blocks)
    return blocks


def _alike(spread: Spread, cell: float, tile: int, most: int, within: Rectangle | None, per_cell: float) -> list[Block]:
    """Units of a spread all of whose tiles are taken to be alike: those on which a point falls, as rain does."""
    west, south, east, north = spread.bounds
    across, points = spread.tiles_across(cell * tile), spread.points
    occupied = min(-expm1(-points / across) * across, max(1.0, spread.tiles * (TILE_CELLS / tile) ** 2))
    cells, share = float(tile) ** 2, 1.0
    if spread.whole:
        width, height = max(east - west, cell), max(north - south, cell)
        cells = min(cells, width / cell * (height / cell) / across)
        if within is not None:
            wide = min(east, within[2]) - max(west, within[0])
            tall = min(north, within[3]) - max(south, within[1])
            share = min(1.0, max(0.0, wide) / width) * min(1.0, max(0.0, tall) / height)
    blocks: list[Block] = []
    if occupied * share > 0:
        _split(_thinned(points / occupied, cells, per_cell), max(cells, 1.0), most, blocks, occupied * share)
    return blocks


def _tiles_of(spread: Spread, side: float, cell: float) -> Iterable[tuple[tuple[int, int], float, float]]:
    """(tile, points, cells) of what of a spread lies in each tile."""
    west, south, east, north = spread.bounds
    if not spread.whole:
        yield (0, 0), spread.points, (side / cell) ** 2
        return
    columns = range(floor(west / side), floor(east / side) + 1)
    rows = range(floor(south / side), floor(north / side) + 1)
    width, height = max(east - west, cell), max(north - south, cell)
    for ix in columns:
        wide = max(cell, min(east, (ix + 1) * side) - max(west, ix * side))
        for iy in rows:
            tall = max(cell, min(north, (iy + 1) * side) - max(south, iy * side))
            area = wide * tall
            yield (ix, iy), spread.points * min(1.0, area / (width * height)), area / cell**2


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _thinned(points: float, cells: float, per_cell: float) -> float:
    """Of ``per_cell`` places in a cell those on which at least one point falls."""
    places = per_cell * cells
    return places * (1.0 - exp(-points / places)) if places else points


def _split(points: float, cells: float, most: int, blocks: list[Block], times: float = 1.0) -> None:
    if points > most and cells > 4:
        for _ in range(4):
            _split(points / 4, cells / 4, most, blocks, times)
    elif points >= 0.5:
        blocks.append(Block(round(points), ceil(cells), times))


def building_bytes(points: float, tiles: list[Block], numbers: int, budget: Budget, threads: int) -> float:
    """Bytes while ``points`` of so many numbers each are read into a spool, and its tiles sealed.

    Raises MemoryLimitError where the least piece of a tile does not fit.
    """
    run = min(points, 1 << 20, budget.run_points(100 + 16 * (numbers - 3)))
    largest = max((tile.points for tile in tiles), default=0)
    threads, each = usable_threads(threads), SORTED_BYTES + 32 * (numbers - 3)
    budget.require(min(largest, UNIT_POINTS) * each, "Sorting the points of a tile")
    piece = max(UNIT_POINTS, min(LARGEST_PIECE, budget.working // (each * threads)))
    sealing = min(threads, all_blocks(tiles)) * min(largest, piece) * (SEALED_BYTES + 16 * (numbers - 3))
    return max(CHUNKS + run * (8 * numbers + SPOOLED_BYTES), sealing)


def estimate(
    points: float, blocks: list[Block], budget: Budget, threads: int, *,
    unit: Callable[[int, int], int], building: float, scratch: float, loaded: int = LOADED,
) -> Estimate:  # fmt: skip
    """``unit(points, cells)`` are the bytes one unit takes, ``building`` those while the points are read and sealed,
    ``loaded`` those of kernels.

    Raises MemoryLimitError where not even the largest unit fits: before any work.
    """
    largest = max((unit(block.points, block.cells) for block in blocks), default=0)
    number = max(1, round(all_blocks(blocks)))
    workers = min(budget.units_at_once(largest, usable_threads(threads)), number)
    peak = budget.base + loaded + max(building, workers * largest * SEEN)
    return Estimate(
        round(points), number, round(scratch), round(min(peak, budget.limit)), workers, cells=round(all_cells(blocks))
    )
