# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over points or cells will need, from the headers of its clouds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..clouds import taste
from ..jobs.budget import Budget
from ..jobs.estimate import (
    Estimate,
    Spread,
    all_blocks,
    all_cells,
    building_bytes,
    estimate,
    expected_blocks,
)
from ..neighborhood.search.nearest import peak_bytes
from ..tiles.columns import record_of
from .cells import CELL_BYTES, OWN_BYTES
from .ingest import lattice_of
from .totals import TILE_BYTES, TILE_CELLS
from .units import record_of as answer_of

if TYPE_CHECKING:
    from .cellplan import Asked
    from .cells import CellEngine
    from .engine import Engine
    from .plan import Plan, Points

STREAMED = 30 << 20
"""Bytes of the chunks that are read, calculated and written at once."""
SPOOLED = 4
"""Bytes of each whole number of a point in the spool, where it is packed; twice as many of a float."""


def expect_points(plan: Plan, engine: Engine, budget: Budget, threads: int) -> Estimate:
    """Of ``work_points``.  Raises MemoryLimitError where a unit cannot fit."""
    roles = [points for points in (plan.worked, plan.neighbors) if points is not None]
    lattice = lattice_of([cloud.source for points in roles for cloud in points.clouds])
    spreads = _spreads(plan.worked, float(lattice.cell))
    worked = sum(spread.points for spread in spreads)
    answer = answer_of(engine).itemsize
    held = 2 * (answer + 64 + 16 * len(plan.worked.columns))
    stored = [_stored(points, float(lattice.cell)) for points in roles]
    return estimate(
        worked,
        expected_blocks(spreads, float(lattice.cell)),
        budget,
        threads,
        unit=lambda points, cells: held * points + peak_bytes(points, points),
        building=max(_building(points, float(lattice.cell), budget, threads) for points in roles),
        scratch=max(stored[0][0], sum(sealed for _, sealed in stored) + worked * answer),
    )


def expect_stream(points: int, budget: Budget) -> Estimate:
    """Of ``stream_points``: chunks pass through, nothing is kept."""
    return estimate(points, [], budget, 1, unit=lambda n, cells: 0, building=STREAMED, scratch=0, loaded=0)


def expect_totals(asked: Asked, resolution: float, engine: CellEngine, budget: Budget, threads: int) -> Estimate:
    """Of ``grid_points`` by totals, which store no point: tiles are held, and those that are too many written."""
    spreads = _spreads(asked.points, resolution)
    tiles = expected_blocks(spreads, resolution, most=1 << 62)
    bands = 4 * len(engine.bands)
    number = all_blocks(tiles)
    held = min(number, max(1, budget.working // 2 // TILE_BYTES))
    return estimate(
        sum(spread.points for spread in spreads),
        tiles,
        budget,
        threads,
        unit=lambda n, cells: 2 * TILE_BYTES + bands * cells,
        building=TILE_BYTES / TILE_CELLS * all_cells(tiles) * (held / max(1.0, number)),
        scratch=bands * all_cells(tiles) + (number - held) * TILE_BYTES,
    )


def expect_cells(asked: Asked, resolution: float, engine: CellEngine, budget: Budget, threads: int) -> Estimate:
    """Of ``grid_points`` by the points in or around each cell."""
    points, searches = asked.points, asked.definition is not None and not engine.own
    spreads = _spreads(points, resolution)
    blocks = expected_blocks(spreads, resolution)
    bands = 4 * len(engine.bands)
    search: Callable[[int, int], int] = peak_bytes if searches else lambda n, cells: n * OWN_BYTES
    building, sealed = _stored(points, resolution)
    return estimate(
        sum(spread.points for spread in spreads),
        blocks,
        budget,
        threads,
        unit=lambda n, cells: cells * (CELL_BYTES + bands) + search(n, cells),
        building=_building(points, resolution, budget, threads),
        scratch=max(building, sealed + bands * all_cells(blocks)),
    )


def _spreads(points: Points, cell: float) -> list[Spread]:
    return taste.spreads([(cloud.source, cloud.filter) for cloud in points.clouds], cell)


def _stored(points: Points, cell: float) -> tuple[float, float]:
    """Bytes on disk while the points are sealed, spool and store, and of the store alone."""
    number = sum(spread.points for spread in _spreads(points, cell))
    sealed = number * record_of(points.columns).itemsize
    return sealed + number * SPOOLED * (3 + sum(1 + column.is_float for column in points.columns)), sealed


def _building(points: Points, cell: float, budget: Budget, threads: int) -> float:
    spreads = _spreads(points, cell)
    tiles = expected_blocks(spreads, cell, most=1 << 62)
    number = sum(spread.points for spread in spreads)
    return building_bytes(number, tiles, 3 + len(points.columns), budget, threads)
