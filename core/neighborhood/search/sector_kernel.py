# SPDX-License-Identifier: GPL-2.0-or-later
"""Sectors round a position, as numbers: half-open, so that a point on a border is in one of them only.

Quadrants counterclockwise from north-east; eight sectors of 45 degrees counterclockwise from east;
eight octants: the quadrants above (dz >= 0), then those below.  The position itself is in the first.
"""

from __future__ import annotations

from ...compiled import kernel

EVERYWHERE = -1
QUADRANT = 0
FLAT_OCTANT = 4
SOLID_OCTANT = 12


@kernel
def quadrant_of(dx, dy):  # type: ignore[no-untyped-def]
    """0 north-east (dx > 0, dy >= 0), 1 north-west, 2 south-west, 3 south-east; (0, 0) is north-east."""
    if dx > 0 and dy >= 0:
        return 0
    if dx <= 0 and dy > 0:
        return 1
    if dx < 0 and dy <= 0:
        return 2
    return 3 if dy < 0 else 0


@kernel
def flat_octant_of(dx, dy):  # type: ignore[no-untyped-def]
    """0 to 7 counterclockwise from east; the second half of a quadrant starts on its diagonal."""
    quadrant = quadrant_of(dx, dy)
    along, across = (abs(dx), abs(dy)) if quadrant % 2 == 0 else (abs(dy), abs(dx))
    return 2 * quadrant + (1 if across >= along and across > 0 else 0)


@kernel
def sector_of(dx, dy, dz, sectors, solid):  # type: ignore[no-untyped-def]
    """Which of 1, 4 or 8 ``sectors`` an offset is in; of 8 ``solid`` ones four are above."""
    if sectors == 1:
        return 0
    if sectors == 4:
        return quadrant_of(dx, dy)
    if solid:
        return quadrant_of(dx, dy) + (4 if dz < 0 else 0)
    return flat_octant_of(dx, dy)


@kernel
def in_sector(sector, dx, dy, dz):  # type: ignore[no-untyped-def]
    """True if an offset is in the sector of that number."""
    if sector < FLAT_OCTANT:
        return quadrant_of(dx, dy) == sector
    if sector < SOLID_OCTANT:
        return flat_octant_of(dx, dy) == sector - FLAT_OCTANT
    return quadrant_of(dx, dy) + (4 if dz < 0 else 0) == sector - SOLID_OCTANT


@kernel
def sides_of(sector):  # type: ignore[no-untyped-def]
    """Whether a sector lies to the right (dx >= 0), and whether above (dy >= 0)."""
    quadrant = sector
    if sector >= SOLID_OCTANT:
        quadrant = (sector - SOLID_OCTANT) % 4
    elif sector >= FLAT_OCTANT:
        quadrant = (sector - FLAT_OCTANT) // 2
    return quadrant == 0 or quadrant == 3, quadrant < 2


@kernel
def may_reach(sector, west, south, low, east, north, high):  # type: ignore[no-untyped-def]
    """False only if no offset between (west, south, low) and (east, north, high) is in the sector."""
    if sector == EVERYWHERE:
        return True
    quadrant = sector
    if sector >= SOLID_OCTANT:
        quadrant = (sector - SOLID_OCTANT) % 4
        if (high < 0) if sector - SOLID_OCTANT < 4 else (low >= 0):
            return False
    elif sector >= FLAT_OCTANT:
        quadrant = (sector - FLAT_OCTANT) // 2
    if quadrant == 0:
        return east >= 0 and north >= 0
    if quadrant == 1:
        return west <= 0 and north > 0
    if quadrant == 2:
        return west < 0 and south <= 0
    return east >= 0 and south < 0
