# SPDX-License-Identifier: GPL-2.0-or-later
"""Which units of a raster are made: those of tiles near data."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scree.core.surface.units import plan_units
from scree.core.tiles.lattice import Box

JOB = SimpleNamespace(progress=SimpleNamespace(check=lambda: None))
small = st.integers(-5, 5)
side = st.tuples(st.integers(-4000, 4000), st.integers(1, 5000))


class Tiles:
    """A store of which only the tiles are asked; every tile is one unit, and no block is looked at."""

    def __init__(self, tiles):
        self.tiles = np.array(sorted(tiles), np.int64).reshape(-1, 2)

    def units_of(self, tile):
        return [SimpleNamespace(node=tile, box=tile.box)]

    def blocks(self, box):
        return range(1)


@given(st.sets(st.tuples(small, small), min_size=1, max_size=8), st.integers(0, 3000), side, side)
def test_tiles_within_reach_of_data_are_planned_once(tiles, reach, across, up):
    grid = Box(across[0], up[0], sum(across), sum(up))
    planned = [unit.node for unit in plan_units(Tiles(tiles), grid, reach, JOB)]
    assert len(set(planned)) == len(planned)
    for x in range(grid.x0 >> 9, ((grid.x1 - 1) >> 9) + 1):
        for y in range(grid.y0 >> 9, ((grid.y1 - 1) >> 9) + 1):
            apart = min(max(abs(x - ix), abs(y - iy)) for ix, iy in tiles)
            cells = max(0, (apart - 1) * 512 + 1) if apart else 0
            assert ((9, x, y) in planned) == (cells <= reach)
