# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel of the even rank of lattice sites."""

from __future__ import annotations

from ..compiled import kernel

LEVELS = 10


@kernel
def rank_sites(ix, iy, out):  # type: ignore[no-untyped-def]
    """Rank (int64 below 4^10) in a Bayer matrix of 1024 x 1024 sites: the finest bits of the index weigh most."""
    for i in range(len(ix)):
        rank = 0
        for bit in range(LEVELS):
            x, y = (ix[i] >> bit) & 1, (iy[i] >> bit) & 1
            rank |= (((x ^ y) << 1) | y) << (2 * (LEVELS - 1 - bit))
        out[i] = rank
