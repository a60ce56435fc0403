# SPDX-License-Identifier: GPL-2.0-or-later
"""What a surface run will need, from the headers of its clouds."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ..clouds import taste
from ..jobs.budget import Budget
from ..jobs.estimate import Block, Estimate, all_cells, all_points, building_bytes, estimate, expected_blocks
from ..tiles import apart
from .deviations import deviation_bytes
from .options import DemOptions
from .points import epsilon_of, keeps_raw, lattice_of, thinning_of
from .registry import make_interpolator
from .units import Bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..tiles.ingest import Selection

SPOOLED, SEALED = 12, 20
"""Bytes of a point in the spool, and in the sealed store."""
RAW = 28
"""Of a raw point more, with its index, where they are kept."""


def expect(options: DemOptions, selected: Sequence[Selection], bands: Bands, budget: Budget) -> Estimate:
    """Raises MemoryLimitError where a unit cannot fit."""
    spreads = taste.spreads([(s.source, s.filter) for s in selected], options.resolution)
    lattice = lattice_of(options, selected)
    epsilon = epsilon_of(options, lattice)
    rule = thinning_of(options)
    per_cell = 0.0 if rule.kind == "none" else rule.parts**2 / 4.0**rule.level
    thinning = 0
    if epsilon is not None:
        per_cell = apart.DENSITY * float(lattice.per_cell / epsilon) ** 2
        thinning = _thinning_bytes(expected_blocks(spreads, options.resolution), apart.reach(lattice, epsilon))
        budget.require(thinning, f"Thinning by THINNING_DISTANCE {options.thinning_distance:g}")
    stored = expected_blocks(spreads, options.resolution, per_cell=per_cell)
    blocks = stored
    if options.extent is not None:
        blocks = expected_blocks(spreads, options.resolution, per_cell=per_cell, within=options.extent)
    passed, used = sum(s.points for s in spreads), all_points(stored)
    interpolator = make_interpolator(options)
    results = 4 * len(bands.names) * all_cells(blocks)
    spooled = passed * SPOOLED + used * SEALED
    if epsilon is not None:  # all points are sealed, then those that are kept
        spooled = max(passed * SPOOLED, used * (SPOOLED + SEALED))
    if options.deviations:
        needs = (deviation_bytes(interpolator, b.points, b.cells) for b in expected_blocks(spreads, options.resolution))
        budget.require(max(needs, default=0), "Finding the deviations of a unit")
    tiles = expected_blocks(spreads, options.resolution, most=1 << 62)
    raw = passed * RAW if keeps_raw(options) else 0
    return estimate(
        used,
        blocks,
        budget,
        options.threads,
        unit=lambda points, cells: interpolator.unit_bytes(points, cells) + bands.unit_bytes(cells),
        building=max(thinning, building_bytes(passed, tiles, 4 if keeps_raw(options) else 3, budget, options.threads)),
        scratch=max(spooled, used * SEALED + results) + raw + (0 if epsilon is None else passed * SEALED),
    )


def _thinning_bytes(blocks: list[Block], reach: int) -> int:
    """Peak bytes of the largest unit that is thinned by distance, with the ``reach`` cells around it."""
    points = round(all_points(blocks))
    wide = ((block, (1 + 2 * reach / sqrt(block.cells)) ** 2) for block in blocks)
    return apart.BYTES_PER_POINT * max((min(points, round(block.points * share)) for block, share in wide), default=0)
