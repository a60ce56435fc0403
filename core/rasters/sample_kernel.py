# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels of sampling: which tiles positions fall in, and the bilinear values of one tile."""

from __future__ import annotations

import numpy as np

from ..compiled import kernel


@kernel
def mark_tiles(column, row, width, height, side, x0, y0, used):  # type: ignore[no-untyped-def]
    """Mark in ``used`` [tile rows, tile columns], the first of them (x0, y0), the tiles that hold positions."""
    for k in range(len(column)):
        if column[k] >= 0.0 and column[k] <= width - 1 and row[k] >= 0.0 and row[k] <= height - 1:
            used[np.int64(row[k]) // side - y0, np.int64(column[k]) // side - x0] = True


@kernel
def sample_tile(pixels, column, row, width, height, x0, y0, values):  # type: ignore[no-untyped-def]
    """Bilinear ``values`` of the positions in the tile whose first pixel is (x0, y0); the others stay as they are.

    ``pixels`` [side + 1, side + 1] float64; NaN where one of the four is NaN.
    """
    side = len(pixels) - 1
    for k in range(len(column)):
        if not (column[k] >= 0.0 and column[k] <= width - 1 and row[k] >= 0.0 and row[k] <= height - 1):
            continue
        c, r = np.int64(column[k]), np.int64(row[k])
        i, j = c - x0, r - y0
        if i < 0 or j < 0 or i >= side or j >= side:
            continue
        fx, fy = column[k] - c, row[k] - r
        upper = pixels[j, i] * (1.0 - fx) + pixels[j, i + 1] * fx
        lower = pixels[j + 1, i] * (1.0 - fx) + pixels[j + 1, i + 1] * fx
        values[k] = upper * (1.0 - fy) + lower * fy
