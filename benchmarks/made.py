# SPDX-License-Identifier: GPL-2.0-or-later
"""Clouds the rows make from the generator of terrain.py, kept in build/bench/clouds by name."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from terrain import GROUND, ORIGIN, Block, Survey, Terrain, write_cloud

if TYPE_CHECKING:
    from session import Bench

LAZ_BYTES = 14
"""Of a ground point, about."""


class Sampling(Protocol):
    """How a ground is sampled: terrain.py's Survey, or one of those below."""

    @property
    def points(self) -> int: ...

    def blocks(self, terrain: Terrain) -> Iterator[Block]: ...


@dataclass(frozen=True)
class Square:
    """Ground points, uniform over a square whose side follows from number and density."""

    points: int
    density: float
    noise: float = 0.03
    seed: int = 1

    def blocks(self, terrain: Terrain) -> Iterator[Block]:
        side = math.sqrt(self.points / self.density)
        for k, first in enumerate(range(0, self.points, 250_000)):
            n = min(250_000, self.points - first)
            rng = np.random.default_rng([self.seed, 4, k])
            x, y = ORIGIN[0] + side * rng.random(n), ORIGIN[1] + side * rng.random(n)
            yield ground_block(x, y, terrain(x, y) + rng.normal(0, self.noise, n))


@dataclass(frozen=True)
class WithHole:
    """A sampling without the points in a circle."""

    whole: Sampling
    center: tuple[float, float]
    radius: float

    @property
    def points(self) -> int:
        return self.whole.points

    def blocks(self, terrain: Terrain) -> Iterator[Block]:
        for block in self.whole.blocks(terrain):
            kept = np.hypot(block["x"] - self.center[0], block["y"] - self.center[1]) > self.radius
            yield {name: values[kept] for name, values in block.items()}


@dataclass(frozen=True)
class Given:
    """Points that are there already."""

    block: Block

    @property
    def points(self) -> int:
        return len(self.block["x"])

    def blocks(self, terrain: Terrain) -> Iterator[Block]:
        yield self.block


def ground_block(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> Block:
    """Last returns of class ground."""
    ones = np.ones(len(x), np.uint8)
    return {
        "x": x,
        "y": y,
        "z": z,
        "classification": np.full(len(x), GROUND, np.uint8),
        "return_number": ones,
        "number_of_returns": ones,
    }


def ground(points: int, density: float = 6.25, *, noise: float = 0.03, seed: int = 1, shape: str = "square") -> Survey:
    """The generator's ground points."""
    return Survey(points, density, noise, shape, ground_only=True, seed=seed)


def ground_cloud(bench: Bench, sampling: Sampling, terrain: Terrain = Terrain(), suffix: str = ".laz") -> Path:  # noqa: B008
    """The cloud of ``sampling`` over ``terrain``."""
    return bench.cloud(
        _name(sampling, terrain) + suffix,
        lambda path: write_cloud(path, sampling, terrain),
        sampling.points * LAZ_BYTES / 1e6,
    )


def ground_folder(bench: Bench, survey: Survey) -> Path:
    """The same points as one file for each block of the survey."""

    def make(folder: str) -> None:
        Path(folder).mkdir(exist_ok=True)
        for k, block in enumerate(survey.blocks(Terrain())):
            write_cloud(f"{folder}/{k:04}.laz", Given(block), Terrain())

    return bench.cloud(_name(survey, Terrain()) + "-files", make, survey.points * LAZ_BYTES / 1e6)


def thinned(bench: Bench, square: Square, distance: float) -> Path:
    """Points of a square no two of which are closer than ``distance``: no program's own thinning drops any."""
    from scipy.spatial import cKDTree

    def make(path: str) -> None:
        parts = list(square.blocks(Terrain()))
        block = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        kept = np.ones(square.points, bool)
        for i, j in sorted(cKDTree(np.column_stack((block["x"], block["y"]))).query_pairs(distance)):
            if kept[i]:
                kept[j] = False
        write_cloud(path, Given({name: values[kept] for name, values in block.items()}), Terrain())

    return bench.cloud(_name(square, Terrain()) + f"-apart-{distance:g}.laz", make)


def _name(sampling: Sampling, terrain: Terrain) -> str:
    """A file name from everything that decides the points."""
    shown = repr(sampling) + ("" if terrain == Terrain() else repr(terrain))
    words = "".join(c if c.isalnum() or c == "." else "-" for c in shown.replace("'", ""))
    return "-".join(word for word in words.split("-") if word)
