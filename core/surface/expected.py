# SPDX-License-Identifier: GPL-2.0-or-later
"""What a surface run will need, from the headers of its clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clouds.taste import passing_share, plane
from ..jobs.budget import Budget
from ..jobs.estimate import Estimate, Spread, building_bytes, estimate, expected_blocks
from .options import DemOptions
from .points import keeps_raw, thinning_of
from .registry import make_interpolator
from .units import BYTES_PER_CELL, Bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..tiles.ingest import Selection

SPOOLED, SEALED = 12, 20
"""Bytes of a point in the spool, and in the sealed store."""
RAW = 28
"""Of a raw point more, with its index, where they are kept."""


def expect(options: DemOptions, selected: Sequence[Selection], bands: Bands, budget: Budget) -> Estimate:
    """Raises MemoryLimitError where a unit cannot fit."""
    share = passing_share([(s.source, s.filter) for s in selected])
    spreads = [Spread(plane(s.source), share * s.source.points) for s in selected]
    rule = thinning_of(options)
    per_cell = 0.0 if rule.kind == "none" else rule.parts**2 / 4.0**rule.level
    stored = expected_blocks(spreads, options.resolution, per_cell=per_cell)
    blocks = stored
    if options.extent is not None:
        blocks = expected_blocks(spreads, options.resolution, per_cell=per_cell, within=options.extent)
    passed, used = sum(s.points for s in spreads), sum(block.points for block in stored)
    interpolator = make_interpolator(options)
    results = 4 * len(bands.names) * sum(block.cells for block in blocks)
    spooled = passed * SPOOLED + used * SEALED
    tiles = expected_blocks(spreads, options.resolution, most=1 << 62)
    raw = passed * RAW if keeps_raw(options) else 0
    return estimate(
        used,
        blocks,
        budget,
        options.threads,
        unit=lambda points, cells: interpolator.unit_bytes(points, cells) + cells * BYTES_PER_CELL,
        building=building_bytes(passed, tiles, 4 if keeps_raw(options) else 3, budget, options.threads),
        scratch=max(spooled, used * SEALED + results) + raw,
    )
