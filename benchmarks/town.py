# SPDX-License-Identifier: GPL-2.0-or-later
"""A made town: blocks of buildings on terraced ground, streets that slope, trees, quays and a canal.

terrain.py makes its cloud (``cloud --town``) and scores DEMs of it (``score --town``).

Canals lie 360 m apart, 14 m wide.  From the quays the ground rises to the middle between two canals: streets follow
the slope, and every block is a terrace with retaining walls, up to 2 m high.  The whole town is turned, so that no wall
follows the cells of a raster.  Buildings are turned rectangles: single, in an L, or around a courtyard.  Everything is
a function of the seed and the place, so the town has no end, and points are drawn by pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from terrain import BLOCK, GROUND, ORIGIN, ROOF, TREE, WATER, Block, Floats

HALF_PERIOD = 180.0
"""Metres from a canal to the middle between two."""
BANK, QUAY, FOOT = 7.0, 13.0, 20.0
"""Metres from the middle of a canal: of its edge, of the end of the level quay, of the first block."""
WATER_LEVEL, QUAY_HEIGHT = 300.0, 1.6
ALONG, UP, STREET = 52.0, 40.0, 9.0
"""Metres from block to block along the canal and up the slope, and the street between two."""
SLOPE, LEFT_OF_SLOPE = 0.07, 0.25
"""Of the hill, and how much of it a terrace keeps."""
WALL = 0.4
"""Metres in which a wall rises."""
FEW_RETURNS, LEFT_UNDER_TREES = 0.01, 0.3


class Building(NamedTuple):
    """A turned rectangle: middle and half sides in the frame of the town, height of its eaves above the terrace."""

    u: float
    v: float
    turn: float
    half: tuple[float, float]
    eaves: float

    def holds(self, u: Floats, v: Floats) -> np.ndarray:
        across, along = self._own(u, v)
        return (np.abs(across) < self.half[0]) & (np.abs(along) < self.half[1])

    def rise(self, u: Floats, v: Floats) -> Floats:
        """Height of a gable roof above the terrace."""
        return self.eaves + 0.6 * (self.half[1] - np.abs(self._own(u, v)[1]))

    def _own(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        c, s = math.cos(self.turn), math.sin(self.turn)
        return (u - self.u) * c + (v - self.v) * s, (v - self.v) * c - (u - self.u) * s


@dataclass(frozen=True)
class Town:
    """The true ground: ``town(x, y)`` is its height, for arrays in metres.

    Under a building it is that of the terrace the building stands on.  On a canal, where no ground point lies, it is
    the height of the water, not of its bed: what a DEM should show there.
    """

    seed: int = 1

    def __call__(self, x: Floats, y: Floats) -> Floats:
        return self.ground(*self.frame(x, y))

    def frame(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Places as metres along the canals and across them."""
        c, s = math.cos(self._turn), math.sin(self._turn)
        east, north = np.asarray(x, float) - ORIGIN[0], np.asarray(y, float) - ORIGIN[1]
        return east * c + north * s, north * c - east * s

    def ground(self, u: Floats, v: Floats) -> Floats:
        """The height at places of the frame."""
        d = _from_canal(v)
        i, j, inside = _blocks(u, v)
        middle_u, middle_v = _middle(i, j)
        hill, middle = self._hill(u, d), self._hill(middle_u, _from_canal(middle_v))
        level = LEFT_OF_SLOPE * hill + (1 - LEFT_OF_SLOPE) * middle
        share = np.clip(inside / WALL, 0, 1)
        z = hill * (1 - share) + level * share
        return z - QUAY_HEIGHT * np.clip((BANK - d) / WALL + 0.5, 0, 1)

    def on_water(self, x: Floats, y: Floats) -> np.ndarray:
        """Whether places lie on a canal."""
        return _from_canal(self.frame(x, y)[1]) < BANK

    def buildings(self, i: int, j: int) -> list[Building]:
        """Those of one block."""
        rng = np.random.default_rng([self.seed, 31, i + (1 << 30), j + (1 << 30)])
        u, v = _middle(np.float64(i), np.float64(j))
        width, depth = (ALONG - STREET) / 2 - rng.uniform(0.3, 3), (UP - STREET) / 2 - rng.uniform(0.3, 3)
        turn, eaves = rng.uniform(-0.12, 0.12), rng.uniform(4, 16)
        kind = rng.random()
        if kind < 0.35:  # around a courtyard
            thick = rng.uniform(4, 6)
            sides = [(0, depth - thick, width, thick), (0, thick - depth, width, thick)]
            sides += [(width - thick, 0, thick, depth), (thick - width, 0, thick, depth)]
        elif kind < 0.55:  # an L
            thick = rng.uniform(4.5, 7.5)
            sides = [(0, depth - thick, width, thick), (thick - width, 0, thick, depth)]
        elif kind < 0.65:  # a hall
            sides = [(0, 0, rng.uniform(0.6, 1) * width, rng.uniform(0.6, 1) * depth)]
        else:
            return [self._house(rng, float(u), float(v), width, depth) for _ in range(rng.integers(3, 9))]
        c, s = math.cos(turn), math.sin(turn)
        return [
            Building(float(u + a * c - b * s), float(v + a * s + b * c), turn, (half_a, half_b), eaves)
            for a, b, half_a, half_b in sides
        ]

    @staticmethod
    def _house(rng: np.random.Generator, u: float, v: float, width: float, depth: float) -> Building:
        """A house anywhere on a terrace, turned as it likes."""
        half = tuple(rng.uniform(2.5, 8, 2).tolist())
        free = width - math.hypot(*half), depth - math.hypot(*half)
        u, v = u + max(0.0, free[0]) * rng.uniform(-1, 1), v + max(0.0, free[1]) * rng.uniform(-1, 1)
        return Building(u, v, rng.uniform(0, math.pi), half, rng.uniform(3, 9))

    @property
    def _turn(self) -> float:
        return float(np.random.default_rng([self.seed, 30]).uniform(0.2, 1.3))

    def _hill(self, u: Floats, d: Floats) -> Floats:
        """The ground before it was built on: level quays, and a slope that swings along the canal."""
        phase = np.random.default_rng([self.seed, 32]).uniform(0, 2 * math.pi, 2)
        t = np.clip((d - QUAY) / 30, 0, 1)
        swing = 2.5 * np.sin(u / 48 + phase[0]) + 0.8 * np.sin(u / 21 + d / 33 + phase[1])
        rise = SLOPE * np.maximum(d - QUAY, 0)
        return WATER_LEVEL + QUAY_HEIGHT + rise + t * t * (3 - 2 * t) * swing


def _from_canal(v: Floats) -> Floats:
    """Distance to the middle of the nearest canal."""
    return np.abs(v - 2 * HALF_PERIOD * np.round(v / (2 * HALF_PERIOD)))


def _blocks(u: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
    """Number of the nearest block along and across the canals, and how far inside it a place lies (negative: outside).

    Rows of blocks are counted up from each canal: of canal k those north of it are 8 k to 8 k + 3, those south 8 k - 1
    to 8 k - 4.
    """
    canal = np.round(v / (2 * HALF_PERIOD))
    north, d = v >= 2 * HALF_PERIOD * canal, _from_canal(v)
    row = np.clip(np.floor((d - FOOT) / UP), 0, 3)
    up = d - FOOT - row * UP
    i = np.floor(u / ALONG)
    across = u - i * ALONG
    inside = np.minimum(np.minimum(across, ALONG - STREET - across), np.minimum(up, UP - STREET - up))
    return i, 8 * canal + np.where(north, row, -1 - row), inside


def _middle(i: Floats, j: Floats) -> tuple[Floats, Floats]:
    """Middle of a block in the frame of the town."""
    canal = np.floor((j + 4) / 8)
    k = j - 8 * canal
    row = np.where(k >= 0, k, -1 - k)
    d = FOOT + row * UP + (UP - STREET) / 2
    return i * ALONG + (ALONG - STREET) / 2, 2 * HALF_PERIOD * canal + np.where(k >= 0, d, -d)


@dataclass(frozen=True)
class TownSurvey:
    """How the town is sampled: squares of 200 m, each drawn by a generator of its own."""

    points: int
    density: float = 8.0
    noise: float = 0.03
    seed: int = 1

    def blocks(self, town: Town) -> Iterator[Block]:
        each = max(1, round(self.density * BLOCK * BLOCK))
        number = math.ceil(self.points / each)
        side = math.ceil(math.sqrt(number))
        for k in range(number):
            yield self._block(town, k % side, k // side, min(each, self.points - k * each))

    def _block(self, town: Town, column: int, row: int, n: int) -> Block:
        rng = np.random.default_rng([self.seed, 33, column, row])
        x, y = ORIGIN[0] + (column + rng.random(n)) * BLOCK, ORIGIN[1] + (row + rng.random(n)) * BLOCK
        z, kinds = town(x, y), np.full(n, GROUND, np.uint8)
        u, v = town.frame(x, y)
        _plant(rng, town, u, v, z, kinds)
        _build(town, u, v, z, kinds)
        water = town.on_water(x, y) & (kinds == GROUND)
        kinds[water] = WATER
        kept = ~water | (rng.random(n) < FEW_RETURNS)
        ones = np.ones(n, np.uint8)
        block = {"x": x, "y": y, "z": z + rng.normal(0, self.noise, n), "classification": kinds}
        block |= {"return_number": ones, "number_of_returns": ones}
        return {name: values[kept] for name, values in block.items()}


def _build(town: Town, u: Floats, v: Floats, z: Floats, kinds: np.ndarray) -> None:
    """Raise the points on buildings to their roofs."""
    i, j, _ = _blocks(u, v)
    which = (i.astype(np.int64) << 32) + j.astype(np.int64)
    order = np.argsort(which, kind="stable")
    for some in np.split(order, np.flatnonzero(np.diff(which[order])) + 1) if len(order) else []:
        for building in town.buildings(int(i[some[0]]), int(j[some[0]])):
            own = some[building.holds(u[some], v[some])]
            base = town.ground(np.array([building.u]), np.array([building.v]))[0]
            z[own], kinds[own] = base + building.rise(u[own], v[own]), ROOF


def _plant(rng: np.random.Generator, town: Town, u: Floats, v: Floats, z: Floats, kinds: np.ndarray) -> None:
    """Crowns of 2 to 4 m radius, one in most squares of 18 m; some points reach the ground through them."""
    column, row = np.floor(u / 18), np.floor(v / 18)
    spot = np.sin(column * 12.9898 + row * 78.233 + town.seed) * 43758.5453
    spot -= np.floor(spot)  # the usual hash of a shader: the same tree from every piece
    du, dv = u - (column + 0.3 + 0.4 * spot) * 18, v - (row + 0.7 - 0.4 * spot) * 18
    crown = (np.hypot(du, dv) < 2 + 2 * spot) & (spot > 0.4) & (_from_canal(v) > BANK + 1)
    hit = crown & (rng.random(len(u)) > LEFT_UNDER_TREES)
    z[hit] += 3 + 5 * rng.random(int(hit.sum()))
    kinds[hit] = TREE
