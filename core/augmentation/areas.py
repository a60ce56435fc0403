# SPDX-License-Identifier: GPL-2.0-or-later
"""The areas a synthetic point may belong to, and the classes of points that tell where they are."""

from __future__ import annotations

AREA = "SyntheticArea"
"""The dimension that tells whether a point is synthetic, and which area it is in."""
AREAS = {"vegetation": 1, "buildings": 2, "water": 3, "roads": 4, "gaps": 5}
"""Code of each area in ``SyntheticArea``; 0 is a point that was measured."""
KEPT_EMPTY, MINUS = 255, "-"
"""Code of sites in areas that PRIORITIES names with a minus: no point goes there."""
FLAGGED = 100
"""Added to the code of a point that could not be verified, where such points are flagged."""
CLASSES = {"vegetation": (3, 4, 5), "buildings": (6,), "water": (9,), "roads": (11,)}
"""ASPRS classes that make an area."""

GROUND_BIT, AROUND_BIT, NEAR_BIT, POINT_BIT = 1, 32, 64, 128
"""Of the class map: the cell holds ground; more ground in it makes no other cell near (kept while points are read);
its center is within MIN_SPACING of ground; it holds any point."""
BITS = {"vegetation": 2, "buildings": 4, "water": 8, "roads": 16}
