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

GROUND = "ground"
GROUND_BIT, POINT_BIT = 1, 128
BITS = {"vegetation": 2, "buildings": 4, "water": 8, "roads": 16}
"""Bits of the class map: the cell holds ground, any point, or a point of the classes of an area."""
NEAR_BITS = {GROUND: 64, "vegetation": 256, "buildings": 512, "water": 1024, "roads": 2048}
"""Bits of the class map: the center of the cell is within reach of such a point (see ``classmap.Reach``)."""
AROUND_BITS = {GROUND: 32, "vegetation": 4096, "buildings": 8192, "water": 16384, "roads": 32768}
"""Bits of the class map, used while points are read: more such points in the cell make no other cell near."""
